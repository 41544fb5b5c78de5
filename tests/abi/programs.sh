# SPDX-License-Identifier: Apache-2.0
# programs.sh: programs of each release, built with its header, and of a release to come, run with
# today's library: download, lookup and scan.
. "$(dirname "$0")/../cli/lib.sh"
. "$(dirname "$0")/lib.sh"

have_compiler || skip_all 'no compiler'
test -e "$top_builddir/.libs/libhfcore.so" || skip_all 'no shared library was built'
start_usual_hub

# build HEADERS SOURCE TO
build ()
{
  compiler -std=c17 -pedantic -Wall -Wextra -Werror -I"$1" -o "$3" "$2" -L"$top_builddir/.libs" -lhfcore \
    >"$WORK/compiler" 2>&1 || wrong "it does not build: $(head -c 900 "$WORK/compiler")"
}

# program ARGUMENT…: as `run` runs hfcore.
program ()
{
  what=$*
  status=0
  timeout --foreground -k 5 60 "$@" >"$OUT" 2>"$ERR" </dev/null || status=$?
  test "$status" -lt 124 || wrong "it crashed or hung: status $status"
  lib_check_output
}

# use FOLDER: its programs download, lookup and scan.
use ()
{
  new_cache
  program "$1/lookup" org/m config.json
  exits 1
  program "$1/download" org/m config.json
  exits 0
  prints "$CACHE/models--org--m/snapshots/$C2/config.json"
  says 'got config.json: '
  program "$1/lookup" org/m config.json
  exits 0
  prints "$CACHE/models--org--m/snapshots/$C2/config.json"
  program "$1/download" org/m nothing
  exits 1
  says nothing
  program "$1/lookup" org/m nothing
  exits 3
  program "$1/download" org/m
  exits 0
  prints "$CACHE/models--org--m/snapshots/$C2"
  that intact "$CACHE/models--org--m/snapshots/$C2/model.safetensors"
  program "$1/scan"
  exits 0
  that grep -qE '^model/org/m [0-9]+ bytes$' "$OUT"
  that grep -q "^  ${C2:0:12} 7 files main" "$OUT"
  that grep -q '^    config.json$' "$OUT"
  that grep -q '^1 repositories, 1 revisions' "$OUT"
}

for release in $RELEASES
do
  it "$release: its programs build with its header, and with today's"
  mkdir "$WORK/$release"
  for source in "$ABI/$release"/programs/*.c
  do
    build "$top_srcdir/include" "$source" "$WORK/rebuilt"
    build "$ABI/$release" "$source" "$WORK/$release/$(basename "$source" .c)"
  done
  it "$release: ... and run with today's library"
  use "$WORK/$release"
done

it 'newer: programs build'
that sh "$ABI/newer.sh" "$top_srcdir/include" "$WORK/headers"
mkdir "$WORK/newer"
for source in "$top_srcdir"/core/lib/examples/{download,lookup,scan}.c "$ABI/newer_program.c"
do
  build "$WORK/headers" "$source" "$WORK/newer/$(basename "$source" .c)"
done
it 'newer: ... and run with this library'
use "$WORK/newer"

it 'newer: what this library does not know it leaves alone'
new_cache
program "$WORK/newer/newer_program" org/m config.json
exits 0
silent
prints "$CACHE/models--org--m/snapshots/$C2/config.json"

finish
