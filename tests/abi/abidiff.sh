#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# abidiff.sh [BUILD-FOLDER] | --self-test: is all that the last landed commit promised still so? For CI.
#
# The commit that `landed` names is taken from this clone (or its origin), and its library is built. Then
#  - test_offsets.c compares the headers: a struct may grow at its end, since it begins with its size,
#    and there may be more of anything; nothing else may change;
#  - abidiff compares the libraries (ours of BUILD-FOLDER, or built here), and objects that have all
#    structs and functions of the headers in their debug information, plugin.h's too. What it may pass
#    over are the structs that have grown as they may, by name: its own rule for insertions "at the
#    end" also passes over changes that insert nothing.
# Without that commit the headers of the newest release take its place, and there is no library.
# Exit status: 1: something has changed; 99: it cannot be told.
set -u
top_srcdir=$(cd "$(dirname "$0")/../.." && pwd)
. "$top_srcdir/tests/abi/lib.sh"
export LC_ALL=C.UTF-8
WORK=$(mktemp -d "${TMPDIR:-/tmp}/hfcore-abi.XXXXXX") || exit 99
trap 'rm -rf "$WORK"' EXIT
trap 'exit 99' INT TERM HUP
passed=0 failed=0

unknown ()
{
  echo "abidiff.sh: $1" >&2
  exit 99
}

ok ()
{
  echo "ok - $1"
  passed=$((passed + 1))
}

not_ok ()
{
  echo "not ok - $1"
  head -n 60 "$WORK/said" | sed 's/^/#   /'
  failed=$((failed + 1))
}

# ---- comparing ----

# same_headers OLD NEW: $WORK/said tells what is not kept. Leaves the structs that have grown in
# $WORK/grown.
same_headers ()
{
  sh "$ABI/table.sh" "$1" >"$WORK/old.inc" && sh "$ABI/table.sh" "$2" >"$WORK/new.inc" ||
    unknown "cannot read the headers of $1 and $2"
  grep '^STRUCT' "$WORK/new.inc" | grep -vxFf "$WORK/old.inc" | sed 's/STRUCT (\(.*\),.*/\1/' \
    >"$WORK/grown"
  if ! keeps "$2" "$WORK/old.inc"
  then
    grep 'error:' "$WORK/compiler" >"$WORK/said"
  elif adds_well "$WORK/old.inc" "$WORK/new.inc" >"$WORK/said"
  then
    return 0
  fi
  : >"$WORK/grown"
  return 1
}

# same_objects OLD NEW ARGUMENT…: by abidiff, which passes over those of $WORK/grown.
same_objects ()
{
  local old=$1 new=$2 code=0
  shift 2
  sed 's/.*/[suppress_type]\n  name = &\n  type_kind = struct/' "$WORK/grown" >"$WORK/grown.abignore"
  timeout 60 abidiff --fail-no-debug-info --no-added-syms --suppressions "$WORK/grown.abignore" \
    "$@" "$old" "$new" >"$WORK/said" 2>&1 || code=$?
  # 1: abidiff's own failure; 4: a change; 8: one that is certainly not compatible.
  test $((code & ~12)) -eq 0 || unknown "abidiff failed ($code): $(cat "$WORK/said")"
  return "$code"
}

# same_probes OLD NEW, of headers
same_probes ()
{
  sh "$ABI/probe.sh" "$1" "$WORK/old.so" && sh "$ABI/probe.sh" "$2" "$WORK/new.so" ||
    unknown "cannot compile the headers of $1 and $2"
  same_objects "$WORK/old.so" "$WORK/new.so"
}

# ---- would it be noticed? ----

self_test ()
{
  local name file edit now=$top_srcdir/include
  while IFS='|' read -r name file edit _
  do
    test -n "$name" || continue
    change "$now" "$WORK/changed" "$file" "$edit" || unknown "nothing changes: $name"
    if same_headers "$now" "$WORK/changed" && same_probes "$now" "$WORK/changed"
    then ok "allowed: $name"; else not_ok "allowed: $name"; fi
  done <<<"$COMPATIBLE"
  while IFS='|' read -r name file edit _
  do
    test -n "$name" || continue
    change "$now" "$WORK/changed" "$file" "$edit" || unknown "nothing changes: $name"
    : >"$WORK/grown"
    ! same_probes "$now" "$WORK/changed" && ! same_headers "$now" "$WORK/changed" &&
      ok "refused: $name" || not_ok "refused: $name"
  done <<<"$INCOMPATIBLE"
  while IFS='|' read -r name file edit _
  do
    test -n "$name" || continue
    change "$now" "$WORK/changed" "$file" "$edit" || unknown "nothing changes: $name"
    ! same_headers "$now" "$WORK/changed" && ok "refused: $name" || not_ok "refused: $name"
  done <<<"$CONSTANT_CHANGES"
}

# ---- the landed commit ----

# take_landed COMMIT: its files in $WORK/landed.
take_landed ()
{
  local commit=$1 git_dir origin
  command -v git >/dev/null || return 1
  git_dir=$(git -C "$top_srcdir" rev-parse --absolute-git-dir 2>/dev/null) || return 1
  if ! git --git-dir="$git_dir" cat-file -e "$commit^{commit}" 2>/dev/null
  then
    # Into a repository of its own: the clone stays as it is.
    origin=$(git --git-dir="$git_dir" config remote.origin.url) || return 1
    git init -q --bare "$WORK/fetched" || return 1
    git_dir=$WORK/fetched
    (cd "$top_srcdir" && GIT_TERMINAL_PROMPT=0 timeout 30 git --git-dir="$git_dir" fetch -q --depth 1 \
      "$origin" "$commit") 2>"$WORK/said" || return 1
  fi
  mkdir "$WORK/landed" && git --git-dir="$git_dir" archive "$commit" | tar -x -C "$WORK/landed"
}

# library SOURCE FOLDER: libhfcore.so alone, with all of its debug information.
library ()
{
  (
    mkdir -p "$2" && cd "$2" || exit
    test -x "$1/configure" || (cd "$1" && NOCONFIGURE=1 ./autogen.sh) || exit
    "$1/configure" -q --disable-tests CFLAGS='-O0 -g' && make -s -j"$(nproc)" libhfcore.la
  ) >"$WORK/said" 2>&1 || unknown "cannot build the library of $1: $(tail -n 20 "$WORK/said")"
}

compare ()
{
  local commit old than ours=${1:-}
  commit=$(cat "$ABI/landed") || unknown "there is no $ABI/landed"
  if take_landed "$commit"
  then
    old=$WORK/landed/include than="than in ${commit:0:12}"
  else
    echo "commit $commit is not to be had: compared with the headers of release $NEWEST, without a library"
    old=$ABI/$NEWEST than="than in $NEWEST"
  fi

  same_headers "$old" "$top_srcdir/include" && ok "no header promises less $than" ||
    not_ok "no header promises less $than"
  while read -r name
  do
    echo "#   struct $name has grown, or is new"
  done <"$WORK/grown"
  same_probes "$old" "$top_srcdir/include" && ok "abidiff: no struct or function is another $than" ||
    not_ok "abidiff: no struct or function is another $than"

  test -d "$WORK/landed" || return
  test -n "$ours" || { ours=$WORK/ours && library "$top_srcdir" "$ours"; }
  test -e "$ours/.libs/libhfcore.so" || unknown "$ours has no .libs/libhfcore.so"
  library "$WORK/landed" "$WORK/landed-build"
  same_objects "$WORK/landed-build/.libs/libhfcore.so" "$ours/.libs/libhfcore.so" \
    --headers-dir1 "$old/hfcore" --headers-dir2 "$top_srcdir/include/hfcore" &&
    ok "abidiff: the library has all $than" || not_ok "abidiff: the library has all $than"
}

command -v abidiff >/dev/null || unknown 'no abidiff: install abigail-tools'
have_compiler || unknown "no compiler: $ABI_CC"
case ${1:-} in
  --self-test) self_test ;;
  -*) unknown 'usage: abidiff.sh [BUILD-FOLDER] | --self-test' ;;
  *) compare "$@" ;;
esac
echo "$passed passed, $failed failed"
test "$failed" -eq 0
