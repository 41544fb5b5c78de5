# SPDX-License-Identifier: Apache-2.0
# plugins.sh: plugins of each release, built with its headers, and plugins of a release to come: all
# load, keep the contract and work, alone and around each other.
. "$(dirname "$0")/../cli/lib.sh"
. "$(dirname "$0")/lib.sh"

have_compiler || skip_all 'no compiler'
umask 022
FILES=$WORK/files
MODULES=$WORK/modules
mkdir -p "$FILES/models/acme/tiny/sub" "$MODULES"
chmod 755 "$MODULES"
export TMPDIR=$WORK/tmp
mkdir -m 755 "$TMPDIR"
printf '# A tiny model\n' >"$FILES/models/acme/tiny/README.md"
: >"$FILES/models/acme/tiny/empty"
head -c 700000 /dev/urandom >"$FILES/models/acme/tiny/sub/model.bin"

# build HEADERS SOURCE TO ARGUMENT…: a module, as an outsider builds it.
build ()
{
  local headers=$1 source=$2 to=$3
  shift 3
  compiler -std=c17 -pedantic -Wall -Wextra -Werror -shared -fPIC -I"$headers" "$@" -o "$to" "$source" \
    >"$WORK/compiler" 2>&1 || wrong "it does not build: $(head -c 900 "$WORK/compiler")"
}

# ---- of each release ----

for release in $RELEASES
do
  mkdir "$MODULES/$release"
  for source in "$ABI/$release"/plugins/*.c
  do
    name=$(basename "$source" .c)
    it "$release: $name builds with its headers, and with today's"
    build "$top_srcdir/include" "$source" "$WORK/rebuilt.so"
    build "$ABI/$release" "$source" "$MODULES/$release/hfcore-${name//_/-}.so"
  done
done

# ---- of a release to come ----

# The examples, with what that release has more of in their hands: every struct is longer, there are
# ops, capabilities, and members and flags of options that this hfcore does not know.
that sh "$ABI/newer.sh" "$top_srcdir/include" "$WORK/newer"
mkdir "$MODULES/newer" "$WORK/sources"
cat >"$WORK/newer_op.h" <<'END_OF_C'
#include <stdlib.h>
static int
newer_op (void *self)
{
  (void) self;
  abort (); /* this hfcore cannot know it */
}
END_OF_C
# build_newer SOURCE TO
build_newer ()
{
  build "$WORK/newer" "$1" "$2" -Wno-missing-field-initializers -D_POSIX_C_SOURCE=200809L \
    -include "$WORK/newer_op.h"
}
for source in "$top_srcdir"/plugins/examples/*.c
do
  name=$(basename "$source" .c)
  it "newer: $name builds"
  sed -E -e 's/^(  \.size = sizeof (storage_|transport_)?ops,)$/\1 .newer_number = 7, .newer_op = newer_op,/' \
    -e 's/^  \.caps = HFCORE_/  .caps = HFCORE_NEWER_CAP | HFCORE_/' \
    -e 's/^(  \{ "[a-z]+", HFCORE_OPTION_[A-Z]+, )(.*") \},$/\1HFCORE_OPTION_NEWER_FLAG | \2, 7, "newer", newer_op },/' \
    -e 's/^HFCORE_PLUGIN_DEFINE \(/&.newer_text = "newer", .newer_op = newer_op, /' \
    -e 's/\.needs_host_minor = HFCORE_ABI_MINOR/.needs_host_minor = 0/' "$source" >"$WORK/sources/$name.c"
  that test "$(grep -c newer_op "$WORK/sources/$name.c")" -ge 2
  build_newer "$WORK/sources/$name.c" "$MODULES/newer/hfcore-${name//_/-}.so"
done

it 'newer: a plugin that cannot do without is refused'
mkdir "$MODULES/needy" "$WORK/needy"
sed 's/\.needs_host_minor = 0/.needs_host_minor = HFCORE_ABI_MINOR/' "$WORK/sources/wrap_count.c" \
  >"$WORK/needy/wrap_count.c"
build_newer "$WORK/needy/wrap_count.c" "$MODULES/needy/hfcore-wrap-count.so"
run plugin check "$MODULES/needy/hfcore-wrap-count.so"
fails 2 hfcore-wrap-count.so 'needs plugin ABI 1.' 'update hfcore'

it 'newer: a type of option that is not known here is refused by name'
sed 's/HFCORE_OPTION_SIZE/HFCORE_OPTION_NEWER/' "$WORK/sources/store_memory.c" >"$WORK/needy/store_memory.c"
build_newer "$WORK/needy/store_memory.c" "$MODULES/needy/hfcore-store-memory.so"
run plugin check "$MODULES/needy/hfcore-store-memory.so"
fails 2 hfcore-store-memory.so 'option `limit` is of an unknown type (99)'

# ---- the contract ----

# keeps_contract MODULE LEAST ARGUMENT…
keeps_contract ()
{
  local module=$1 least=$2
  shift 2
  run plugin check "$module" "$@"
  exits 0
  never grep '^FAIL' "$OUT"
  that test "$(sed -n '$s/ passed.*//p' "$OUT")" -ge "$least"
}

for release in $RELEASES newer
do
  test "$release" = newer && minor=$(($(sed -n 's/^#define HFCORE_ABI_MINOR \([0-9]*\).*/\1/p' \
    "$top_srcdir/include/hfcore/plugin.h") + 100)) || minor=${release#*.}
  for module in store-memory transport-folder wrap-count assets-quota
  do
    it "$release: $module is told with its minor"
    run plugin show "$module" --plugin-dir "$MODULES/$release"
    exits 0
    that grep -qE "1\.$minor( |$)" "$OUT"
  done

  it "$release: a storage keeps the contract"
  keeps_contract "$MODULES/$release/hfcore-store-memory.so" 30
  it "$release: a transport keeps the contract"
  keeps_contract "$MODULES/$release/hfcore-transport-folder.so" 15 --set root="$FILES" --repo acme/tiny
  it "$release: assets keep the contract"
  keeps_contract "$MODULES/$release/hfcore-assets-quota.so" 8
  it "$release: a wrapper keeps the contract, around what is in the program"
  keeps_contract "$MODULES/$release/hfcore-wrap-count.so" 40
  for below in $RELEASES newer
  do
    # What is old around what is new, and the other way.
    test "$below" != "$release" && { test "$release" = newer || test "$below" = newer; } || continue
    it "$release: a wrapper keeps the contract, around a storage of $below"
    keeps_contract "$MODULES/$release/hfcore-wrap-count.so" 30 --only storage \
      --wraps "$MODULES/$below/hfcore-store-memory.so"
  done
done

# ---- at work ----

chain ()
{
  new_cache
  { echo "plugin-path: [ \"$MODULES/chain\" ]"; cat; } | configure
}

# A plugin is found by its name: those of each release get one of their own.
mkdir "$MODULES/chain"
for release in $RELEASES newer
do
  for name in store-memory transport-folder wrap-count assets-quota
  do
    it "$release: $name under a name of its own"
    sources=$ABI/$release/plugins
    test "$release" != newer || sources=$WORK/sources
    sed "s/\.name = \"$name\"/.name = \"$name-${release//./-}\"/" "$sources/${name//-/_}.c" \
      >"$WORK/renamed.c"
    renamed=$MODULES/chain/hfcore-$name-${release//./-}.so
    if test "$release" = newer
    then
      build_newer "$WORK/renamed.c" "$renamed"
    else
      build "$ABI/$release" "$WORK/renamed.c" "$renamed"
    fi
  done
done

for release in $RELEASES
do
  old=${release//./-}
  for order in "$old newer" "newer $old"
  do
    # shellcheck disable=SC2086 # two words
    set -- $order
    it "a download through wrappers of $1 around $2"
    chain <<END
storage:
  - { name: outer, plugin: wrap-count-$1, wraps: inner }
  - { name: inner, plugin: wrap-count-$2, wraps: cache }
  - { name: cache, plugin: auto, root: "$WORK/cache-$1" }
transport:
  - { name: far, plugin: wrap-count-$1, wraps: near }
  - { name: near, plugin: wrap-count-$2, wraps: files }
  - { name: files, plugin: transport-folder-$2, root: "$FILES" }
END
    run download acme/tiny -v
    exits 0
    that diff -r "$(cat "$OUT")" "$FILES/models/acme/tiny"
    says '[outer] ' '[inner] ' '[far] ' '[near] '
    that grep -qE '\[outer\] .*commit 3, .* 700015 bytes written' "$ERR"
    that grep -qE '\[inner\] .*commit 3, .* 700015 bytes written' "$ERR"
    that grep -qE '\[far\] .*read 2, .* 700015 bytes read' "$ERR"
    that grep -qE '\[near\] .*read 2, .* 700015 bytes read' "$ERR"
    run cache verify acme/tiny
    exits 0
    run cache ls --json
    exits 0
    that grep -q '"acme/tiny"' "$OUT"
    NO_COLOR=1 run cache rm model/acme/tiny -y
    exits 0
    never test -e "$WORK/cache-$1/models--acme--tiny"

    it "a storage of $1 behind a transport of $2, and assets of $1"
    chain <<END
storage:
  - { name: outer, plugin: wrap-count-$2, wraps: ram }
  - { name: ram, plugin: store-memory-$1, limit: 10MB }
transport:
  - { name: files, plugin: transport-folder-$2, root: "$FILES" }
assets: { plugin: assets-quota-$1, root: "$WORK/assets-$1", quota: 1KB }
END
    run download acme/tiny --local-dir "$WORK/here-$1"
    exits 0
    that cmp "$WORK/here-$1/sub/model.bin" "$FILES/models/acme/tiny/sub/model.bin"
    run assets path mylib
    exits 0
    prints "$WORK/assets-$1/mylib/default/default"
    head -c 2000 /dev/zero >"$WORK/assets-$1/mylib/default/default/file"
    run assets ls
    exits 0
    that grep -q mylib "$OUT"
    run assets path other
    fails 7 quota
  done
done

finish
