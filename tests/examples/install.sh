# SPDX-License-Identifier: Apache-2.0
# install.sh: install into a folder of its own, and let `make installcheck` look at that.
set -u
: "${top_builddir:?run make check}"

root=$(mktemp -d "${TMPDIR:-/tmp}/hfcore-install.XXXXXX") || exit 1
trap 'chmod -R u+rwx "$root"; rm -rf "$root"' EXIT
trap 'exit 1' INT TERM HUP
unset MAKEFLAGS MFLAGS MAKELEVEL
make=${MAKE:-make}

# Other scripts may install from the same tree: one at a time.
if ! flock "$top_builddir" "$make" -s -C "$top_builddir" install DESTDIR="$root" >"$root/log" 2>&1
then
  tail -n 20 "$root/log"
  echo 'not ok - make install'
  exit 1
fi
"$make" -s -C "$top_builddir" installcheck DESTDIR="$root"
