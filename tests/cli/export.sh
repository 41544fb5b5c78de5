# SPDX-License-Identifier: Apache-2.0
# export.sh: hfcore cache export, and import into other caches: the same bytes always, the same tree
# afterwards, and nothing half.
. "$(dirname "$0")/lib.sh"

start_usual_hub
TAR=$WORK/all.tar
M=models--org--m
D=datasets--org--d

# A cache with all that there can be: two revisions, a tag, a pull request, a missing file, a data set.
fill ()
{
  new_cache
  local -a ask
  for ask in 'org/m' 'org/m --revision v1.0' 'org/m README.md --revision refs/pr/1' 'datasets/org/d'
  do
    # shellcheck disable=SC2086 # words are meant
    "$HFCORE" download $ask -q >/dev/null || wrong "cannot fill: $ask"
  done
  "$HFCORE" download org/m nope.txt >/dev/null 2>&1
  # A name whose letters are not composed stays as it is.
  blob=$(readlink "$CACHE/$M/snapshots/$C1/config.json")
  ln -s "$blob" "$CACHE/$M/snapshots/$C1/$(printf 'e\xcc\x81t\xc3\xa9.txt')"
}

# What is in a cache: names, modes of files, sizes, links; neither locks nor times.
content ()
{
  (cd "$1" && find . -mindepth 1 -path ./.locks -prune -o -printf '%P %y %s %l\n' |
    sed 's/ d [0-9]* / d /' | sort)
}

# Every file of the snapshots of one cache, with its content's digest.
files_of ()
{
  (cd "$1" && find ./*/snapshots ./*/refs ./*/.no_exist \( -type l -o -type f \) -print0 2>/dev/null | sort -z |
    xargs -0 sha256sum)
}

copy_form ()
{
  configure <<END
storage: [ { $COPIES, root: "$CACHE" } ]
END
}

link_form ()
{
  configure <<'END'
retries: 0
END
}

fill
SOURCE=$CACHE SOURCE_HOME=$HF_HOME
hub_log_clear

# ---- the archive ----

it 'writes what is cached, asks nobody, and says what it was'
run cache export org/m datasets/org/d -o "$TAR"
exits 0; silent
prints "exported 2 repositories, 4 revisions, 20 files, 305.1KB to $TAR"
requested 0 '' ''
that test "$(stat -c %a "$TAR")" = 644
that test -z "$(find "$WORK" -name '*.tmp')"

it 'as JSON, and quietly'
run cache export org/m -o "$WORK/m.tar" --json
exits 0; silent
that grep -q '"repos": 1, "revisions": 3, "refs": 3, "files": 18, "blobs": 11, "bytes": 300085, "blobs_known": 0}' "$OUT"
run cache export org/m -o "$WORK/m2.tar" -q
exits 0; silent; prints_nothing
that cmp "$WORK/m.tar" "$WORK/m2.tar"

it 'is one plain tar that begins with its manifest, without times, owners or folders'
that test "$(tar tf "$TAR" | head -n 1)" = .locks/hfcore-export.json
that test -z "$(tar tvf "$TAR" --full-time | grep -v '^[-l]rw[-x]r[-w][-x]r[-w][-x] 0/0 .* 1970-01-01 00:00:00 ')"
that test "$(tail -c 1024 "$TAR" | tr -d '\0' | wc -c)" -eq 0
that test "$(tar tf "$TAR" | grep -c "^$M/snapshots/")" -eq 18
never grep -qa hdrcharset "$TAR"

it 'the same bytes in another order, with a tight umask, another locale, by another user, in a pipe'
run cache export datasets/org/d org/m -o "$WORK/b.tar"
that cmp "$TAR" "$WORK/b.tar"
run cache export org/m org/m datasets/org/d hf://org/m@v1.0 -o "$WORK/b.tar"
that cmp "$TAR" "$WORK/b.tar"
old_umask=$(umask)
umask 077
RUN_BY=(env LC_ALL=C TZ=Asia/Tokyo)
run cache export org/m datasets/org/d -o "$WORK/c.tar"
umask "$old_umask"
exits 0
that cmp "$TAR" "$WORK/c.tar"
RUN_BY=(env LC_ALL=POSIX)
"$HFCORE" cache export org/m datasets/org/d -o - 2>"$ERR" | cat >"$WORK/d.tar"
that cmp "$TAR" "$WORK/d.tar"
says 'hfcore: exported 2 repositories'
RUN_BY=()
if can_be_nobody
then
  chmod -R a+rX "$WORK"
  mkdir -p "$WORK/theirs"
  chmod 777 "$WORK/theirs"
  RUN_BY=("${AS_NOBODY[@]}")
  run cache export org/m datasets/org/d -o "$WORK/theirs/e.tar"
  RUN_BY=()
  exits 0
  that cmp "$TAR" "$WORK/theirs/e.tar"
fi

it 'one revision: its files, its ref, its blobs and no others'
run cache export org/m --revision v1.0 -o "$WORK/v1.tar"
exits 0
prints "exported 1 repository, 1 revision, 10 files, 300.1KB to $WORK/v1.tar"
that test "$(tar tf "$WORK/v1.tar" | grep /refs/)" = "$M/refs/v1.0"
never grep -q "$C2" <(tar tf "$WORK/v1.tar")
run cache export org/m --revision "$C2" -o "$WORK/c2.tar"
exits 0
never grep -q /refs/ <(tar tf "$WORK/c2.tar")
that grep -q "$M/.no_exist/$C2/nope.txt" <(tar tf "$WORK/c2.tar")
run cache export org/m --revision refs/pr/1 -o "$WORK/pr.tar"
exits 0
that grep -q "$M/refs/refs/pr/1" <(tar tf "$WORK/pr.tar")

it 'what is not cached is told: 3, and no file'
run cache export org/nothing -o "$WORK/none.tar"
fails 3 "org/nothing"
run cache export org/m --revision v9 -o "$WORK/none.tar"
fails 3 v9
run cache export org/m --revision "$C2$C2" -o "$WORK/none.tar"
fails 3
run cache export org/m org/nothing -o "$WORK/none.tar"
fails 3 org/nothing
run cache export ../m -o "$WORK/none.tar"
fails 2
run cache export org/m --revision ../x -o "$WORK/none.tar"
fails 2
that test ! -e "$WORK/none.tar"

it 'asked for wrongly: 2'
run cache export org/m
fails 2 '-o FILE'
run cache export -o "$WORK/none.tar"
fails 2
run cache export hf://org/m/config.json -o "$WORK/none.tar"
fails 2 'names a file'
run cache export org/m -o - --json
fails 2
run cache import
fails 2
run cache import "$WORK/none.tar"
fails 3
run cache export org/m -o "$WORK/no/such/folder.tar"
fails 3
run cache export org/m -o "$WORK/none.tar" --have "$WORK/nothing.json"
fails 3 nothing.json
if have script && ! is_instrumented
then
  script -qec "$HFCORE cache export org/m -o -" /dev/null </dev/null >"$WORK/typed" 2>&1
  that grep -q 'nothing for a terminal' "$WORK/typed"
fi

it 'an old archive stays until the new one is whole; a device and a pipe are written as they are'
cp "$TAR" "$WORK/old.tar"
run cache export org/m org/nothing -o "$WORK/old.tar"
exits 3
that cmp "$TAR" "$WORK/old.tar"
run cache export org/m -o /dev/null
exits 0
that test -c /dev/null
mkfifo "$WORK/pipe"
cat "$WORK/pipe" >"$WORK/piped.tar" &
run cache export org/m -o "$WORK/pipe"
exits 0
wait $!
that cmp "$WORK/m.tar" "$WORK/piped.tar"

it 'a link is neither replaced nor written through'
cp "$WORK/old.tar" "$WORK/linked.tar"
ln -s linked.tar "$WORK/link"
ln -s no/such "$WORK/broken"
for link in link broken
do
  run cache export org/m -o "$WORK/$link"
  fails 2 'is a link'
  that test -L "$WORK/$link"
done
that cmp "$WORK/old.tar" "$WORK/linked.tar"

it 'no room for it: 7, and nothing is left'
run cache export org/m -o /dev/full
fails 7

# ---- to another machine ----

it 'import: the same tree, every blob whole, and Python may look at it'
new_cache
run cache import "$TAR"
exits 0; silent
prints "imported 2 repositories, 4 revisions, 20 files, 305.1KB from $TAR"
that diff <(content "$SOURCE") <(content "$CACHE")
that diff <(files_of "$SOURCE") <(files_of "$CACHE")
tidy
run download org/m --offline
exits 0
prints "$CACHE/$M/snapshots/$C2"
run lookup org/m nope.txt
exits 3
run cache export org/m datasets/org/d -o "$WORK/again.tar"
that cmp "$TAR" "$WORK/again.tar"

it 'import twice: nothing to do'
tree "$CACHE" >"$WORK/before"
run cache import "$TAR" --json
exits 0; silent
that grep -q '"blobs": 0, "bytes": 0, "blobs_known": 13}' "$OUT"
that diff "$WORK/before" <(tree "$CACHE")

it 'import of a part into a cache that has another: together they are all'
new_cache
run cache import "$WORK/v1.tar"
exits 0
run cache import "$WORK/pr.tar"
exits 0
run cache import "$WORK/c2.tar"
exits 0
that test "$(find "$CACHE/$M/snapshots" -type l | wc -l)" -eq 18
that test "$(find "$CACHE/$M/snapshots" -xtype l | wc -l)" -eq 0
run lookup org/m config.json --revision v1.0
exits 0

it 'a ref that names something else is replaced'
printf %s "$C2" >"$CACHE/$M/refs/v1.0"
run cache import "$WORK/v1.tar" -v
exits 0
says 'names '"$C1"
that test "$(cat "$CACHE/$M/refs/v1.0")" = "$C1"

it 'from one cache to another through a pipe'
new_cache
HF_HOME=$SOURCE_HOME "$HFCORE" cache export org/m datasets/org/d -o - -q | "$HFCORE" cache import - >"$OUT" 2>"$ERR"
status=${PIPESTATUS[1]}
exits 0; silent
prints 'imported 2 repositories, 4 revisions, 20 files, 305.1KB from stdin'
that diff <(content "$SOURCE") <(content "$CACHE")

it 'a tar that tar unpacks is a cache'
new_cache
mkdir -p "$CACHE"
tar xf "$TAR" -C "$CACHE"
run download org/m --offline
exits 0
prints "$CACHE/$M/snapshots/$C2"
run lookup org/m 'dätä/ü ñ.txt' --revision v1.0
exits 0
that test "$(find "$CACHE" -xtype l | wc -l)" -eq 0
that diff <(files_of "$SOURCE") <(files_of "$CACHE")

it 'more files than may be open at once'
mkdir "$WORK/many"
{
  printf '{ "repos": [ { "id": "org/many", "commits": [ { "hash": "%s", "files": {' "$C1"
  for i in $(seq 400)
  do
    printf '%s"f%s.txt": { "text": "file %s\\n" }' "$(test "$i" -eq 1 || printf ', ')" "$i" "$i"
  done
  printf '} } ] } ] }'
} >"$WORK/many.json"
swap_hubs
hub_start --manifest "$WORK/many.json"
new_cache
run download org/many -q
exits 0
run cache export org/many -o "$WORK/many.tar"
exits 0
hub_stop
swap_hubs
MANY=$CACHE
new_cache
RUN_BY=(bash -c 'ulimit -n 200; exec "$@"' -)
run cache import "$WORK/many.tar"
RUN_BY=()
exits 0; silent
that diff <(content "$MANY") <(content "$CACHE")
tidy

it 'cut off with many staged: nothing is left of them'
new_cache
mkdir -p "$CACHE"
head -c -2048 "$WORK/many.tar" >"$WORK/cut.tar"
run cache import "$WORK/cut.tar"
fails 6 'nothing was added'
that test "$(find "$CACHE" -type f ! -name CACHEDIR.TAG | wc -l)" -eq 0

# ---- what the other side has ----

it 'the manifest alone: what there is, without its bytes'
new_cache
run cache import "$WORK/v1.tar"
OTHER=$CACHE OTHER_HOME=$HF_HOME
run cache export org/m --manifest -o "$WORK/have.json"
exits 0; silent
prints "listed 1 repository, 1 revision, 10 files, 300.1KB to $WORK/have.json"
that test "$(wc -c <"$WORK/have.json")" -lt 6000
that cmp <(tar xOf "$WORK/v1.tar" .locks/hfcore-export.json) "$WORK/have.json"
run cache export org/m --manifest
exits 0
that cmp "$OUT" "$WORK/have.json"

it '--have a manifest: only what is lacking goes, and the other side has all then'
HF_HOME=$SOURCE_HOME
run cache export org/m --have "$WORK/have.json" -o "$WORK/update.tar" --json
exits 0
that grep -q '"blobs": 2, "bytes": 28, "blobs_known": 9}' "$OUT"
that test "$(stat -c %s "$WORK/update.tar")" -lt 60000
run cache export org/m -o "$WORK/full.tar"
HF_HOME=$OTHER_HOME
run cache import "$WORK/update.tar"
exits 0; silent
that diff <(files_of "$OTHER" | grep -v "$D") <(files_of "$SOURCE" | grep -v "$D")
run cache export org/m -o "$WORK/theirs.tar"
that cmp "$WORK/full.tar" "$WORK/theirs.tar"

it '--have an earlier archive, also one that left things out'
HF_HOME=$SOURCE_HOME
run cache export org/m --have "$WORK/v1.tar" -o "$WORK/update2.tar"
exits 0
that cmp "$WORK/update.tar" "$WORK/update2.tar"
run cache export org/m --have "$WORK/update.tar" -o "$WORK/update3.tar" --json
that grep -q '"blobs": 0, "bytes": 0, "blobs_known": 11}' "$OUT"
run cache export org/m --have <(cat "$WORK/v1.tar") -o "$WORK/update2.tar"
exits 0
that cmp "$WORK/update.tar" "$WORK/update2.tar"

it 'what is left out and is not here either: 3, and nothing is added'
new_cache
mkdir -p "$CACHE"
run cache import "$WORK/update.tar"
fails 3 '9 blobs' --have 'nothing was added'
that test -z "$(ls -A "$CACHE")"

it 'what is left out lies in another storage'
new_cache
configure <<END
storage:
  - { name: shared, plugin: store-symlink, root: "$OTHER_HOME/hub", access: read-only }
  - { name: own, plugin: store-symlink, root: "$WORK/own" }
END
HF_HOME=$WORK/own-home
rm -f "$OTHER/$M/refs/main"
rm -rf "$OTHER/$M/snapshots/$C2" "$OTHER/$M/trees/$C2.json" "$OTHER/$M/blobs/7701df1d345125ae57d5e730b6c51b61651aed69"
unset HF_HOME
HFCORE_CONFIG=$XDG_CONFIG_HOME/hfcore/hfcore.yaml run cache import "$WORK/update.tar"
exits 0; silent
that cmp "$WORK/own/$M/snapshots/$C2/model.safetensors" "$SOURCE/$M/snapshots/$C2/model.safetensors"
that cmp "$WORK/own/$M/snapshots/$C2/config.json" "$SOURCE/$M/snapshots/$C2/config.json"
link_form

it '--have what is no manifest: 6'
export HF_HOME=$SOURCE_HOME
head -c 100000 /dev/urandom >"$WORK/noise"
run cache export org/m --have "$WORK/noise" -o "$WORK/none.tar"
fails 6 noise
printf '{ "format": "x" }\n' >"$WORK/noise"
run cache export org/m --have "$WORK/noise" -o "$WORK/none.tar"
fails 6 noise
head -c 1000 "$WORK/have.json" >"$WORK/noise"
run cache export org/m --have "$WORK/noise" -o "$WORK/none.tar"
fails 6 noise
that test ! -e "$WORK/none.tar"

# ---- where no links are ----

it 'into a store without links: files, no blobs; and back the same bytes'
new_cache
copy_form
run cache import "$TAR"
exits 0; silent
that test "$(find "$CACHE" -type l | wc -l)" -eq 0
that test "$(find "$CACHE"/*/blobs -type f 2>/dev/null | wc -l)" -eq 0
that diff <(files_of "$SOURCE") <(files_of "$CACHE")
tidy
run cache export org/m datasets/org/d -o "$WORK/copied.tar"
exits 0; silent
that cmp "$TAR" "$WORK/copied.tar"
run download org/m --offline
exits 0
for revision in "$C1" "$C2" "$C3"
do
  test -d "$CACHE/$M/snapshots/$revision" || continue
  run cache verify org/m --revision "$revision" --offline --fail-on-missing-files
  exits 0
done
run cache verify org/m --offline
exits 0

it 'twice into it: nothing to do'
tree "$CACHE" >"$WORK/before"
run cache import "$TAR" --json
exits 0; silent
that grep -q '"blobs": 0, "bytes": 0' "$OUT"
that diff "$WORK/before" <(tree "$CACHE")

it 'a copy that nothing says the etag of is read for it'
rm -rf "$CACHE"/*/trees
run cache export org/m --revision "$C3" --manifest
exits 0
that grep -q "blobs/$(basename "$(readlink "$SOURCE/$M/snapshots/$C3/README.md")")" "$OUT"

it 'a damaged copy: 6 where the file list tells what it is to be'
new_cache
copy_form
run cache import "$TAR"
printf X | dd of="$CACHE/$M/snapshots/$C2/config.json" bs=1 conv=notrunc 2>/dev/null
run cache export org/m -o "$WORK/none.tar"
fails 6 config.json
that test ! -e "$WORK/none.tar"

it '--have of a machine without links, imported there'
new_cache
copy_form
run cache import "$WORK/v1.tar"
exits 0
run cache export org/m --manifest -o "$WORK/have2.json"
that cmp "$WORK/have.json" "$WORK/have2.json"
run cache import "$WORK/update.tar"
exits 0; silent
that diff <(files_of "$CACHE") <(files_of "$SOURCE" | grep -v "$D")
link_form

# ---- what is wrong in the cache ----

it 'a damaged blob: 6, its file is named, and nothing is written'
new_cache
run cache import "$TAR"
blob=$(readlink -f "$CACHE/$M/snapshots/$C2/model.safetensors")
chmod u+w "$blob"
printf X | dd of="$blob" bs=1 seek=77777 conv=notrunc 2>/dev/null
run cache export org/m -o "$WORK/none.tar"
fails 6 model.safetensors 'is damaged'
that test ! -e "$WORK/none.tar"
that test -z "$(find "$WORK" -maxdepth 1 -name '*.tmp')"
"$HFCORE" cache export org/m -o - 2>"$ERR" | cat >"$WORK/broken.tar"
SAVED=$HF_HOME
new_cache
run cache import "$WORK/broken.tar"
fails 6
HF_HOME=$SAVED CACHE=$SAVED/hub
run cache import "$TAR"
exits 0

it 'a blob that is cut short is found out, and mended by an import'
truncate -s 100 "$blob"
run cache export org/m -o "$WORK/none.tar"
fails 6
run cache import "$TAR"
exits 0
that intact "$CACHE/$M/snapshots/$C2/model.safetensors"

it 'a blob that is missing: 6'
rm -f "$blob"
run cache export org/m -o "$WORK/none.tar"
fails 6 model.safetensors
that test ! -e "$WORK/none.tar"
run cache import "$TAR"
exits 0
that intact "$CACHE/$M/snapshots/$C2/model.safetensors"

it 'a snapshot that is not whole is told of, and exported'
rm "$CACHE/$M/snapshots/$C2/config.json" "$CACHE/$M/snapshots/$C2/art/one.txt"
run cache export org/m -o "$WORK/gaps.tar"
exits 0
says "$C2" 'lacks 2 of its 7 files'

it 'an etag that is no digest is told of, and carried over with a digest'
new_cache
run cache import "$WORK/v1.tar"
mv "$(readlink -f "$CACHE/$M/snapshots/$C1/config.json")" "$CACHE/$M/blobs/weak-etag_1"
ln -sf ../../blobs/weak-etag_1 "$CACHE/$M/snapshots/$C1/config.json"
ln -sf ../../blobs/weak-etag_1 "$CACHE/$M/snapshots/$C1/$(printf 'e\xcc\x81t\xc3\xa9.txt')"
run cache export org/m -o "$WORK/weak.tar"
exits 0
says config.json 'is no digest'
that grep -q 'weak-etag_1", "size": 11, "sha256": "' <(tar xOf "$WORK/weak.tar" .locks/hfcore-export.json)
WEAK=$CACHE
new_cache
run cache import "$WORK/weak.tar"
exits 0
that diff <(files_of "$WEAK") <(files_of "$CACHE")
at=$(grep -abo '{ "v": 1 }' "$WORK/weak.tar" | tail -n 1 | cut -d: -f1)
printf X | dd of="$WORK/weak.tar" bs=1 seek="$at" conv=notrunc 2>/dev/null
new_cache
run cache import "$WORK/weak.tar"
fails 6 weak-etag_1

# ---- at the same time ----

it 'an import while the same is downloaded'
new_cache
"$HFCORE" download org/m -q >/dev/null 2>"$WORK/download.err" &
downloading=$!
run cache import "$WORK/m.tar"
exits 0
wait "$downloading" || wrong "the download failed: $(cat "$WORK/download.err")"
that test "$(find "$CACHE/$M/snapshots" -xtype l | wc -l)" -eq 0
for file in "$CACHE/$M/blobs"/*
do
  that intact "$file"
done
tidy

it 'a download that waits for its bytes finds the blob there'
new_cache
hub_fault stall=200000,times=1,origin=cdn
"$HFCORE" download org/m model.safetensors -q >"$WORK/path" 2>"$WORK/download.err" &
downloading=$!
has_begun ()
{
  test -n "$(find "$CACHE/$M/blobs" -name '*.incomplete' -size +190k 2>/dev/null)"
}
eventually has_begun
run cache export org/m -o "$WORK/none.tar"
fails 3
run cache import "$WORK/m.tar"
exits 0
that intact "$CACHE/$M/snapshots/$C2/model.safetensors"
kill -9 "$downloading" 2>/dev/null
wait "$downloading" 2>/dev/null
hub_faults_clear

it 'killed in the middle: nothing can be seen, and the next one is whole'
new_cache
mkfifo "$WORK/half"
what='hfcore cache import, killed'
"$HFCORE" cache import - <"$WORK/half" >"$OUT" 2>"$ERR" &
importing=$!
exec 7>"$WORK/half"
at=$(grep -abo "$M/snapshots/" "$WORK/m.tar" | sed -n '20p' | cut -d: -f1)
head -c "$((at < 200000 ? 200000 : at))" "$WORK/m.tar" >&7
is_staged ()
{
  test -n "$(find "$CACHE/$M/blobs" -name '*.incomplete' -size +100k 2>/dev/null)"
}
eventually is_staged
kill -9 "$importing"
wait "$importing" 2>/dev/null
exec 7>&-
that test "$(find "$CACHE/$M" -type f ! -name '*.incomplete' | wc -l)" -eq 0
that test ! -e "$CACHE/$M/snapshots"
run cache import "$WORK/m.tar"
exits 0
that diff <(files_of "$CACHE") <(files_of "$SOURCE" | grep -v "$D")
tidy

it 'interrupted: 130 within a moment, nothing is added, no file is left'
new_cache
mkdir -p "$CACHE"
"$HFCORE" cache import - <"$WORK/half" >"$OUT" 2>"$ERR" &
importing=$!
exec 7>"$WORK/half"
head -c 200000 "$WORK/m.tar" >&7
eventually is_staged
start=$(date +%s%N)
kill -INT "$importing" 2>/dev/null
kill "$importing"
wait "$importing"
status=$?
that test $((($(date +%s%N) - start) / 1000000)) -lt 1500
exec 7>&-
fails 130 interrupted
that test "$(find "$CACHE" -type f ! -name CACHEDIR.TAG | wc -l)" -eq 0
HF_HOME=$SOURCE_HOME
mkfifo "$WORK/full-pipe"
exec 8<>"$WORK/full-pipe"
what='hfcore cache export into a pipe that nobody reads'
"$HFCORE" cache export org/m -o "$WORK/full-pipe" >"$OUT" 2>"$ERR" &
exporting=$!
is_stuck ()
{
  test "$(awk '{ print $3 }' "/proc/$exporting/stat")" = S && test -d "/proc/$exporting/task" &&
    grep -q poll "/proc/$exporting/wchan" 2>/dev/null
}
eventually is_stuck
kill "$exporting"
wait "$exporting"
status=$?
exec 8>&-
fails 130 interrupted

it 'no room on the disk: 7, and nothing is added'
mkdir "$WORK/small"
if mount -t tmpfs -o size=256k,nr_inodes=200 none "$WORK/small" 2>/dev/null
then
  run cache import "$TAR" --cache-dir "$WORK/small/hub"
  status_seen=$status
  left=$(find "$WORK/small" -type f ! -name CACHEDIR.TAG | wc -l)
  umount "$WORK/small"
  status=$status_seen
  exits 7
  that test "$left" -eq 0
else
  skip 'cannot mount'
fi

it 'a cache that may not be written: 7'
if can_be_nobody
then
  new_cache
  mkdir -p "$CACHE"
  chmod 755 "$CACHE" "$HF_HOME"
  RUN_BY=("${AS_NOBODY[@]}")
  run cache import "$TAR"
  RUN_BY=()
  fails 7
else
  skip 'no other user'
fi

it 'only those who need it load libarchive'
HF_HOME=$SOURCE_HOME
LD_DEBUG=files "$HFCORE" lookup org/m config.json >"$WORK/loaded" 2>&1
that grep -q libc.so "$WORK/loaded"
never grep -q libarchive "$WORK/loaded"
LD_DEBUG=files "$HFCORE" cache export org/m -o "$WORK/none.tar" >"$WORK/loaded" 2>&1
that grep -q libarchive "$WORK/loaded"

finish
