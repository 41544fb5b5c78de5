# SPDX-License-Identifier: Apache-2.0
# exports.sh: the symbols of the built files. The library still has those of each release, by the same
# version and file name (tests/man/functions.sh compares them with map, header and manual); a plugin
# exports its descriptor, and needs nothing of hfcore.
. "$(dirname "$0")/../cli/lib.sh"
. "$(dirname "$0")/lib.sh"

have nm && have readelf || skip_all 'no nm and readelf'
LIBRARY=$top_builddir/.libs/libhfcore.so
test -e "$LIBRARY" || skip_all 'no shared library was built'

# Names with their versions; what a sanitizer adds begins with `_`.
exported ()
{
  nm -D --defined-only "$1" | awk '$2 != "A" && $3 !~ /^_/ { sub (/@@/, "@", $3); print $3 }' | sort
}
dynamic ()
{
  readelf -d "$2" | sed -n "s/.*($1).*\[\(.*\)\]/\1/p"
}

for release in $RELEASES
do
  it "a program that was linked with $release finds its library"
  exported "$LIBRARY" >"$WORK/exported"
  dynamic SONAME "$LIBRARY" >>"$WORK/exported"
  lacking=$(grep -vxFf "$WORK/exported" "$ABI/$release/symbols")
  that test "$(wc -l <"$ABI/$release/symbols")" -ge 31
  test -z "$lacking" || wrong "the library has no more: $lacking"
done

it 'no function of the library is without a version'
that test "$(grep -c '@HFCORE_' "$WORK/exported")" -ge 30
unversioned=$(grep -vE "^libhfcore|@HFCORE_[0-9.]+\$" "$WORK/exported")
test -z "$unversioned" || wrong "$unversioned"

modules=0
for module in "$top_builddir"/plugins/.libs/hfcore-*.so
do
  test -e "$module" || continue
  modules=$((modules + 1))
  it "${module##*/} exports its descriptor alone, and needs nothing of hfcore"
  test "$(exported "$module")" = hfcore_plugin_v1 || wrong "it exports: $(exported "$module" | tr '\n' ' ')"
  never grep -q libhfcore <(dynamic NEEDED "$module")
  never grep -qi hfcore <(nm -D --undefined-only "$module")
done
it 'there are modules'
that test "$modules" -ge 2

finish
