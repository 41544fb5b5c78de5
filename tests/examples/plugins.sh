# SPDX-License-Identifier: Apache-2.0
# plugins.sh: each worked example of a plugin: copied out of the installed documentation, built by one
# line, checked against the contract, named in YAML and used.
# shellcheck source=installed.sh
. "$(dirname "$0")/installed.sh"

SHOP=$WORK/shop
FILES=$SHOP/files
mkdir -p "$FILES/models/acme/tiny/sub"
chmod 755 "$SHOP"
cd "$SHOP" || exit 1
printf '# A tiny model\n' >files/models/acme/tiny/README.md
: >files/models/acme/tiny/empty
head -c 700000 /dev/urandom >files/models/acme/tiny/sub/model.bin

for source in store_memory transport_folder wrap_count assets_quota
do
  name=hfcore-${source/_/-}.so
  it "$source.c builds by one line, pedantically too"
  that cp "$DOC/plugins/$source.c" .
  # shellcheck disable=SC2046
  builds cc -std=c17 -pedantic -Wall -Wextra -Werror -shared -fPIC $(pkg-config --cflags hfcore) \
    -o "$name" "$source.c"
  # shellcheck disable=SC2046
  builds cc -shared -fPIC $(pkg-config --cflags hfcore) -o "$name" "$source.c"

  it "$name keeps the contract"
  set --
  test "$source" != transport_folder || set -- --set root="$FILES" --repo acme/tiny
  run plugin check "./$name" "$@"
  exits 0
  that grep -qE '^[0-9]+ passed' "$OUT"
  never grep -q '^FAIL' "$OUT"
done

# The named lists of the configuration, each before a line of its own.
use ()
{
  new_cache
  { echo "plugin-path: [ \"$SHOP\" ]"; cat; } | configure
}

it 'files come from a folder, byte by byte and as git names them'
use <<END
transport:
  - { name: files, plugin: transport-folder, root: "$FILES" }
END
run download acme/tiny
exits 0
that diff -r "$(cat "$OUT")" "$FILES/models/acme/tiny"
that intact "$(cat "$OUT")/sub/model.bin"
tidy
run cache verify acme/tiny
exits 0
run download acme/tiny nothing.txt
fails 3 'nothing.txt'
run download acme/other
fails 5 'acme/other'

it 'no link leads out of the folder, wherever it is'
mkdir -p secret/tiny/sub
echo secret >secret/tiny/key
ln -s "$SHOP/secret" files/models/elsewhere
ln -s "$SHOP/secret/tiny" files/models/acme/linked
ln -s "$SHOP/secret/tiny" files/models/acme/tiny/folder
ln -s "$SHOP/secret/tiny/key" files/models/acme/tiny/key
mkfifo files/models/acme/tiny/pipe
for repo in elsewhere/tiny acme/linked
do
  run download "$repo"
  fails 5 "$repo"
  run download "$repo" key
  fails 5 "$repo"
done
for file in key folder/key pipe
do
  run download acme/tiny "$file"
  fails 3 "$file"
done
ln -s "$FILES" "$SHOP/by-a-link"
run plugin check ./hfcore-transport-folder.so --set root="$SHOP/by-a-link" --repo acme/tiny
exits 0
rm files/models/{elsewhere,acme/linked,acme/tiny/{folder,key,pipe}}

it 'a file that changed is another commit'
run lookup acme/tiny README.md
exits 0
before=$(cat "$OUT")
printf '# A tiny model, revised\n' >files/models/acme/tiny/README.md
run download acme/tiny README.md
exits 0
never test "$(cat "$OUT")" = "$before"
that cmp "$(cat "$OUT")" files/models/acme/tiny/README.md

it 'a transport and a storage are counted'
use <<END
storage:
  - { name: store, plugin: wrap-count, wraps: cache }
  - { name: cache, plugin: auto, root: "$WORK/counted" }
transport:
  - { name: source, plugin: wrap-count, wraps: files }
  - { name: files, plugin: transport-folder, root: "$FILES" }
END
run download acme/tiny -v
exits 0
that diff -r "$(cat "$OUT")" "$FILES/models/acme/tiny"
says '[source] ' 'read 2, ' 'list 1, ' '[store] ' 'commit 3, '
that grep -qE '\[source\] .* 700024 bytes read' "$ERR"
that grep -qE '\[store\] .* 700024 bytes written' "$ERR"

it 'files are kept in memory'
use <<END
storage:
  - { name: ram, plugin: store-memory, limit: 1MB }
transport:
  - { name: files, plugin: transport-folder, root: "$FILES" }
END
run download acme/tiny README.md
exits 0
prints ''
untouched

it '... and put into a folder from there'
run download acme/tiny --local-dir "$WORK/here"
exits 0
that cmp "$WORK/here/sub/model.bin" "$FILES/models/acme/tiny/sub/model.bin"

it '... as long as they fit'
head -c 1100000 /dev/zero >"$FILES/models/acme/tiny/large"
run download acme/tiny large
fails 7 limit

it 'no folder is made beyond a quota'
use <<END
assets: { plugin: assets-quota, root: "$WORK/assets", quota: 1KB }
END
run assets path 'my lib' a/b
exits 0
prints "$WORK/assets/my--lib/a--b/default"
head -c 2000 /dev/zero >"$WORK/assets/my--lib/a--b/default/file"
run assets path 'my lib' a/b
exits 0
run assets path other
fails 7 '2000 bytes' quota
run assets ls --json
exits 0
that grep -q '"my--lib"' "$OUT"
run assets rm 'my lib' -y
exits 0
run assets path other
exits 0

it 'links are neither counted nor followed when assets are listed and removed'
mkdir -p "$SHOP/secret/x/y"
head -c 5000 /dev/zero >"$SHOP/secret/x/y/kept"
mkdir -p "$WORK/assets/lib/ns"
ln -s "$SHOP/secret" "$WORK/assets/linked"
ln -s "$SHOP/secret" "$WORK/assets/lib/linked"
ln -s "$SHOP/secret" "$WORK/assets/lib/ns/linked"
for names in 'linked x' 'linked x y' 'lib linked x'
do
  # shellcheck disable=SC2086
  run assets rm $names -y
  never test "$status" -eq 0
done
run assets ls --json
exits 0
never grep -q kept "$OUT"
run assets path third # nothing over 1 KB was counted
exits 0
for names in linked 'lib linked' 'lib ns linked' lib
do
  # shellcheck disable=SC2086
  run assets rm $names -y
done
that test -f "$SHOP/secret/x/y/kept"
that test -f "$SHOP/secret/tiny/key"
never test -e "$WORK/assets/lib"

finish
