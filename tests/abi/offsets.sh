# SPDX-License-Identifier: Apache-2.0
# offsets.sh: today's headers keep what those of each release promised: every offset, size, type,
# constant and prototype. And would we notice if they did not?
. "$(dirname "$0")/../cli/lib.sh"
. "$(dirname "$0")/lib.sh"

have_compiler || skip_all 'no compiler'
printf '#ifndef __LP64__\n#error\n#endif\n' >"$WORK/lp64.c"
compiler -fsyntax-only "$WORK/lp64.c" 2>"$ERR" || skip_all 'the tables are for LP64'
NOW=$top_srcdir/include
TABLE=$ABI/$NEWEST/table.inc

for release in $RELEASES
do
  it "the table of $release has all of its headers, and nothing else"
  that sh "$ABI/table.sh" "$ABI/$release" >"$WORK/table"
  that diff "$ABI/$release/table.inc" "$WORK/table"
  # Counted by other means.
  lines=$(cat "$ABI/$release"/hfcore/*.h | sed '/^#define/,/[^\\]$/d' | grep -cE \
    -e '^  [a-z].*[a-z_0-9] ?\(\*[a-z_]+\) \(' \
    -e '^ +(const )?(struct )?[a-z0-9_]+ \**(const \*)*[a-z_0-9, ]+(\[[0-9]+\])?;')
  told=$(grep -c '^MEMBER' "$WORK/table")
  test "$told" -ge "$lines" && test "$lines" -gt 400 || wrong "$told members, and lines for $lines"

  it "what $release promised holds"
  keeps "$ABI/$release" "$ABI/$release/table.inc" || wrong "not even in its own headers: $(cat "$WORK/compiler")"
  keeps "$NOW" "$ABI/$release/table.inc" || wrong "$(head -c 2000 "$WORK/compiler")"
done

it 'what is new stands behind what was there'
that sh "$ABI/table.sh" "$NOW" >"$WORK/now"
adds_well "$TABLE" "$WORK/now" >"$WORK/misplaced" || wrong "$(cat "$WORK/misplaced")"

it 'the minor has grown with plugin.h'
minor=$(sed -n 's/^#define HFCORE_ABI_MINOR \([0-9]*\).*/\1/p' "$NOW/hfcore/plugin.h")
that test "$minor" -ge "${NEWEST#*.}"
if test "$minor" -eq "${NEWEST#*.}"
then
  declared ()
  {
    awk -f "$ABI/declarations.awk" "$1/hfcore/types.h" "$1/hfcore/plugin.h" | sort
  }
  test -z "$(comm -13 <(declared "$ABI/$NEWEST" | sed 's/(\*).*//') <(declared "$NOW" | sed 's/(\*).*//'))" ||
    wrong "plugin.h has grown: HFCORE_ABI_MINOR must be higher than ${NEWEST#*.}"
fi

it 'a later release may add at every end'
that sh "$ABI/newer.sh" "$NOW" "$WORK/newer"
keeps "$WORK/newer" "$TABLE" || wrong "$(head -c 2000 "$WORK/compiler")"
that sh "$ABI/table.sh" "$WORK/newer" >"$WORK/newest"
adds_well "$WORK/now" "$WORK/newest" >"$WORK/misplaced" || wrong "$(cat "$WORK/misplaced")"
that test "$(grep -c 'newer_op' "$WORK/newest")" -eq "$(grep -c '^STRUCT' "$WORK/now")"

while IFS='|' read -r name file edit _
do
  test -n "$name" || continue
  it "allowed: $name"
  that change "$NOW" "$WORK/changed" "$file" "$edit"
  keeps "$WORK/changed" "$TABLE" || wrong "$(head -c 700 "$WORK/compiler")"
done <<<"$COMPATIBLE"

while IFS='|' read -r name file edit named
do
  test -n "$name" || continue
  it "refused by name: $name"
  that change "$NOW" "$WORK/changed" "$file" "$edit"
  ! keeps "$WORK/changed" "$TABLE" || wrong 'it was not noticed'
  that grep -qF -- "$named" "$WORK/compiler"
done <<<"$INCOMPATIBLE$CONSTANT_CHANGES"

it 'refused by name: a member in the padding'
that change "$ABI/1.0" "$WORK/odd" hfcore.h '/^struct hfcore_event$/,/^};/s/^\};/  int32_t odd;\n};/'
that change "$WORK/odd" "$WORK/changed" hfcore.h \
  '/^struct hfcore_event$/,/^};/s/^\};/  int32_t newer;\n};/'
that sh "$ABI/table.sh" "$WORK/odd" >"$WORK/then"
that sh "$ABI/table.sh" "$WORK/changed" >"$WORK/padded"
that keeps "$WORK/changed" "$WORK/then"
never adds_well "$WORK/then" "$WORK/padded" >"$WORK/misplaced"
that grep -q '^hfcore_event.newer lies in what was padding: at [0-9]* of [0-9]*$' "$WORK/misplaced"

it 'refused by name: a struct without its size'
that change "$ABI/1.0" "$WORK/changed" types.h 's/^struct hfcore_repo$/struct hfcore_newer\n{\n  int32_t code;\n};\n&/'
that sh "$ABI/table.sh" "$WORK/changed" >"$WORK/sizeless"
never adds_well "$ABI/1.0/table.inc" "$WORK/sizeless" >"$WORK/misplaced"
that grep -q '^struct hfcore_newer ' "$WORK/misplaced"

finish
