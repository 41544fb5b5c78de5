# SPDX-License-Identifier: Apache-2.0
# reflink.sh: on a file system that can share the bytes of files, a copy takes no room of its own.
# shellcheck source=mounts.sh
. "$(dirname "$0")/mounts.sh"
. "$(dirname "$0")/lib.sh"

mount_image btrfs 256
have filefrag || cannot_mount 'there is no filefrag'
start_usual_hub
M=$CACHE/models--org--m

# Does the file share its bytes with another one?
shares ()
{
  sync -f "$1"
  filefrag -v "$1" | grep -qE '^ +[0-9]+:.*shared'
}

it 'plugin show tells of it'
mkdir -p "$CACHE"
run plugin show auto
exits 0; silent
that grep -qE '^reflinks +yes$' "$OUT"
that grep -qE '^hard links +yes$' "$OUT"
that grep -qE '^form +links$' "$OUT"
that test -z "$(ls -A "$CACHE")"

it 'a file of a blob that is there shares its bytes'
run download org/m model.safetensors
exits 0
that test -L "$M/snapshots/$C2/model.safetensors"
blob=$(readlink -f "$M/snapshots/$C2/model.safetensors")
never shares "$blob"
HF_HUB_DISABLE_SYMLINKS=1 run download org/m model.safetensors --revision v1.0
exits 0; silent
copy=$M/snapshots/$C1/model.safetensors
that test -f "$copy" -a ! -L "$copy"
that cmp -s "$copy" "$blob"
that test "$copy" -ef "$copy" -a ! "$copy" -ef "$blob"
that shares "$copy"
that shares "$blob"
tidy

it 'and not where sharing is not allowed'
configure <<END
retries: 0
storage: [ { $COPIES, root: "$CACHE", share: [ copy ] } ]
END
rm "$copy"
run download org/m model.safetensors --revision v1.0
exits 0; silent
that cmp -s "$copy" "$blob"
never shares "$copy"

it 'or is one file with two names, if that is allowed'
configure <<END
retries: 0
storage: [ { $COPIES, root: "$CACHE", share: [ hard-link ] } ]
END
rm "$copy"
run download org/m model.safetensors --revision v1.0
exits 0; silent
that test "$copy" -ef "$blob"

it 'a new blob becomes the file, whatever is allowed'
configure <<END
retries: 0
storage: [ { $COPIES, root: "$CACHE", share: [ reflink ] } ]
END
rm -rf "$CACHE"
run download org/m
exits 0; silent
that test "$(find "$M/snapshots/$C2" -type f | wc -l)" -eq 7
that test -z "$(find "$M/blobs" -type f)"
never shares "$M/snapshots/$C2/model.safetensors"
tidy

# Each suite with reflinks as the only way, so that nothing else can have made a copy.
for suite in contract/storage_contract contract/storage_names contract/storage_layers
do
  it "reflinks alone: $suite"
  if ! plugin_off store-copy && test -x "$top_builddir/tests/$suite"
  then
    TMPDIR=$MOUNT HFCORE_TEST_STORAGE=store-copy HFCORE_TEST_OPTIONS=share=reflink \
      "$top_builddir/tests/$suite" >"$OUT" 2>&1 ||
      wrong "$(grep -E 'FAILED|^ +[0-9]+\.' "$OUT" | head -n 20)"
  else
    skip 'the suite or store-copy is not built'
  fi
done

for suite in test_files_share test_hub_copy test_hub_foreign test_hub_auto
do
  it "and unit/$suite"
  if test -x "$top_builddir/tests/unit/$suite"
  then
    TMPDIR=$MOUNT "$top_builddir/tests/unit/$suite" >"$OUT" 2>&1 ||
      wrong "$(grep -E 'FAILED|^ +[0-9]+\.' "$OUT" | head -n 20)"
  else
    skip 'it is not built'
  fi
done

finish
