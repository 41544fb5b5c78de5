# SPDX-License-Identifier: Apache-2.0
# walk.sh: the section A WALK of hfcore-plugin(3), typed as it stands there, in an empty folder.
# shellcheck source=installed.sh
. "$(dirname "$0")/installed.sh"

# The displays of the section, as a page shows them.
commands ()
{
  sed -n '/^\.Sh A WALK/,/^\.Sh [^A]/p' "$1" | sed -n '/^\.Bd -literal/,/^\.Ed/p' |
    sed -e '/^\.[BE]d/d' -e 's/\\-/-/g' -e "s/\\\\(aq/'/g" -e 's/\\&//g' -e 's/\\e/\\/g'
}

mkdir "$WORK/walk"
cd "$WORK/walk" || exit 1
# The plugins that came with hfcore are found where they were installed.
test -n "$MOVED" || unset HFCORE_PLUGIN_PATH

it 'the page tells all of it'
commands "$PAGE" >"$WORK/walk.sh"
for part in 'cp ' 'cc -shared -fPIC $(pkg-config --cflags hfcore)' 'hfcore plugin check ./' \
  'plugin-path:' 'hfcore download '
do
  that grep -qF -- "$part" "$WORK/walk.sh"
done

it 'the walk ends where it says'
program sh -eu "$WORK/walk.sh"
exits 0
silent
that grep -qE '^[0-9]+ passed, 0 failed' "$OUT"
never grep -q '^FAIL' "$OUT"
that test -f "$(tail -n 1 "$OUT")"
folder=$(tail -n 2 "$OUT" | head -n 1)
that diff -r "$folder" files/models/acme/tiny
that intact "$folder/model.bin"

finish
