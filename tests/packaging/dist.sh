# SPDX-License-Identifier: Apache-2.0
# dist.sh [FILE]: `make dist` gives the same bytes from two clones that differ in all but what they
# hold, and what it gives builds and installs without git and autotools. FILE: where to leave it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

kept=${1:+$(realpath -m "$1")}
NAME=hfcore-$(version_of "$top")
DIST=$WORK/one/$NAME.tar.xz
unset SOURCE_DATE_EPOCH DESTDIR

test -e "$top/.git" || { echo "1 skipped: $top is no clone"; exit 77; }

# clone FOLDER UMASK: the last commit, and what the tree has beyond it.
clone ()
{
  umask "$2"
  mkdir -p "${1%/*}" && git clone -q "file://$top" "$1" && copy_tree "$1"
}

# dist SOURCE BUILD
dist ()
{
  cd "$1" && NOCONFIGURE=1 ./autogen.sh && mkdir -p "$2" && cd "$2" && "$1/configure" -q && make -s dist
}

one ()
{
  clone "$WORK/one" 022 && LC_ALL=C TZ=UTC dist "$WORK/one" "$WORK/one"
}

# Elsewhere, by a careful person, years ago, in another language and time zone, not in the tree itself.
two ()
{
  clone "$WORK/another/way/two" 077 &&
    find "$WORK/another" -depth -exec touch -h -d '2001-02-03 04:05:06' {} + &&
    TZ=Asia/Kathmandu dist "$WORK/another/way/two" "$WORK/build"
}

# Both at once; FOLDER's log is told if it fails.
(one) >"$WORK/one.log" 2>&1 &
first=$!
(two) >"$WORK/two.log" 2>&1 &
second=$!
status_of ()
{
  wait "$1" || { cat "$2"; false; }
}
need 'make dist in a clone' status_of $first "$WORK/one.log"
need 'make dist of another clone, out of the tree' status_of $second "$WORK/two.log"

same ()
{
  sha256sum "$@" && cmp "$1" "$2" && return
  for file
  do
    tar -tvf "$file" >"${file//\//-}.list"
  done
  diff ./*.list
}
cd "$WORK" || exit 99
it 'both give the same bytes' same "$DIST" "$WORK/build/$NAME.tar.xz"

# Whoever unpacks it has neither git nor autotools.
mkdir "$WORK/without"
for tool in git autoconf autoheader autom4te autoreconf automake automake-1.16 aclocal aclocal-1.16 \
  libtoolize makeinfo
do
  printf '#!/bin/sh\necho "%s is not to be needed" >&2\nexit 1\n' $tool >"$WORK/without/$tool"
done
chmod +x "$WORK"/without/*
PATH=$WORK/without:$PATH

build ()
{
  tar -xf "$DIST" -C "$WORK" && cd "$WORK/$NAME" &&
    ./configure -q --prefix="$WORK/prefix" CFLAGS=-O0 && make -s -j"$(nproc)"
}
need 'it builds without git and autotools' build

again ()
{
  cd "$WORK/$NAME" && make -s dist && same "$DIST" "$WORK/$NAME/$NAME.tar.xz"
}
it 'and gives the same bytes once more' again

installs ()
{
  make -s -C "$WORK/$NAME" install DESTDIR="$WORK/stage" && test ! -e "$WORK/prefix" &&
    test "$(find "$WORK/stage$WORK" -mindepth 1 -maxdepth 1)" = "$WORK/stage$WORK/prefix" &&
    ! grep -rlF "$WORK/stage" "$WORK/stage" && ! find "$WORK/stage" -perm /022 -not -type l | grep .
}
need 'make install DESTDIR= stays below it and forgets it' installs

# The installed command by itself: the library and the plugins are found where they were to be.
works ()
{
  local plugin
  mv "$WORK/stage$WORK/prefix" "$WORK/prefix" &&
    env -i HOME="$WORK" "$WORK/prefix/bin/hfcore" version &&
    env -i HOME="$WORK" "$WORK/prefix/bin/hfcore" plugin list >"$WORK/list" && cat "$WORK/list" &&
    ! grep -v -e '^NAME ' -e "  *$WORK/prefix/lib/hfcore/hfcore-[a-z-]*\.so$" "$WORK/list" &&
    for plugin in auto store-symlink store-copy transport-hub transport-dir assets-tree
    do
      grep -q "^$plugin " "$WORK/list" || return
    done
  mv "$WORK/prefix" "$WORK/stage$WORK/prefix"
}
it 'what is installed finds itself' works

uninstalls ()
{
  make -s -C "$WORK/$NAME" uninstall DESTDIR="$WORK/stage" && ! find "$WORK/stage" -not -type d | grep .
}
it 'make uninstall leaves no file' uninstalls

test -z "$kept" || cp "$DIST" "$kept"
finish
