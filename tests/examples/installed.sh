# SPDX-License-Identifier: Apache-2.0
# installed.sh: what the scripts of `make installcheck` share: the installed hfcore, as an outsider
# has it, in place of the build tree's. make says by variables where things are; $DESTDIR goes
# before.
# shellcheck shell=bash

: "${prefix:?run make installcheck}" "${bindir:?}" "${libdir:?}" "${includedir:?}" \
  "${docdir:?}" "${mandir:?}" "${pkgconfigdir:?}" "${pkglibdir:?}"
DESTDIR=${DESTDIR:-}
HFCORE=$DESTDIR$bindir/hfcore
export HFCORE_PLUGIN_PATH=$DESTDIR$pkglibdir
LD_LIBRARY_PATH=$DESTDIR$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
unset PYTHONPATH CPATH C_INCLUDE_PATH LIBRARY_PATH CFLAGS CPPFLAGS LDFLAGS
# shellcheck source=../cli/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

have pkg-config || skip_all 'there is no pkg-config'
DOC=$DESTDIR$docdir/examples
PAGE=$DESTDIR$mandir/man3/hfcore-plugin.3
TOOLS=$WORK/tools
mkdir "$TOOLS" "$WORK/pkgconfig"

# With a DESTDIR, or another prefix than the configured one, things are not where hfcore.pc and the
# program say that they are.
PKG_CONFIG_PATH=$DESTDIR$pkgconfigdir
MOVED=$DESTDIR
grep -qxF "prefix=$prefix" "$PKG_CONFIG_PATH/hfcore.pc" || MOVED=$prefix
if test -n "$MOVED"
then
  sed -e "s|^libdir=.*|libdir=$DESTDIR$libdir|" -e "s|^includedir=.*|includedir=$DESTDIR$includedir|" \
    -e "s|^docdir=.*|docdir=$DESTDIR$docdir|" "$PKG_CONFIG_PATH/hfcore.pc" >"$WORK/pkgconfig/hfcore.pc"
  PKG_CONFIG_PATH=$WORK/pkgconfig
fi
export PKG_CONFIG_PATH

# `cc` and `hfcore`, as they are typed; with what hfcore itself was built with.
case ${CC:=cc} in
  *clang*) CXX=${CXX:-clang++} ;;
  *) CXX=${CXX:-g++} ;;
esac
for name in cc c++
do
  test "$name" = cc && compiler=$CC || compiler=$CXX
  printf '#!/bin/sh\nexec %s %s "$@"\n' "$compiler" "${SAN_FLAGS:-}" >"$TOOLS/$name"
  chmod 755 "$TOOLS/$name"
done
PATH=$TOOLS:$DESTDIR$bindir:$PATH

# That an example is built with this line alone, and without a word from the compiler.
builds ()
{
  what=$*
  "$@" >"$OUT" 2>"$ERR" || wrong "it does not build: $(head -c 700 "$ERR")"
  test ! -s "$ERR" || wrong "the compiler says: $(head -c 700 "$ERR")"
}

# A program with these arguments, as `run` runs hfcore.
program ()
{
  what=$*
  status=0
  timeout --foreground -k 5 60 "$@" >"$OUT" 2>"$ERR" </dev/null || status=$?
  test "$status" -lt 124 || test "$status" -eq 130 || wrong "it crashed or hung: status $status"
}
