# SPDX-License-Identifier: Apache-2.0
# lib.sh: what the tests of packages share. CI runs them, make check does not: they build the whole
# tree several times. Each closes with "N passed, N failed".
# shellcheck shell=bash

set -u
export LC_ALL=C.UTF-8
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/hfcore-packaging.XXXXXX") || exit 99
passed=0
failed=0

# Anything that is mounted below the work folder would be removed with it.
end ()
{
  local mount
  while read -r mount
  do
    umount "$mount" || umount -l "$mount"
  done < <(findmnt -rno TARGET | grep "^$WORK/" | sort -r)
  if ! findmnt -rno TARGET | grep -q "^$WORK/"
  then
    chmod -R u+rwX "$WORK"
    rm -rf --one-file-system "$WORK"
  fi
}
trap end EXIT
trap 'exit 1' INT TERM HUP

ok ()
{
  passed=$((passed + 1))
  printf 'ok - %s (after %d s)\n' "$1" "$SECONDS"
}

not_ok ()
{
  failed=$((failed + 1))
  printf 'not ok - %s\n' "$1"
}

# it 'what is true' COMMAND…
it ()
{
  local name=$1
  shift
  if "$@" >"$WORK/it.log" 2>&1
  then
    ok "$name"
  else
    not_ok "$name"
    tail -n 40 "$WORK/it.log" | cut -c 1-400 | sed 's/^/#   /'
  fi
}

# need 'what is true' COMMAND…: as `it`, and there is no going on without it.
need ()
{
  local before=$failed
  it "$@"
  test "$failed" -eq "$before" || finish
}

finish ()
{
  printf '%d passed, %d failed\n' "$passed" "$failed"
  test "$failed" -eq 0
  exit
}

version_of ()
{
  sed -n 's/^AC_INIT(\[hfcore\], \[\([^]]*\)\].*/\1/p' "$1/configure.ac"
}

# The files of the tree, as they are now, into this folder: what git has or would take, or, in what was
# unpacked, all.
copy_tree ()
{
  mkdir -p "$1"
  if test -e "$top/.git"
  then
    (cd "$top" && git ls-files -z --cached --others --exclude-standard |
      while IFS= read -r -d '' file
      do
        ! test -e "$file" || printf '%s\0' "$file"
      done | sort -zu | tar -c --null -T -) | tar -x -m --no-same-permissions -C "$1"
  else
    tar -c -C "$top" --exclude=./build --exclude='*.tar.xz' . | tar -x -m --no-same-permissions -C "$1"
  fi
}
