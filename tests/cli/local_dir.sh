# SPDX-License-Identifier: Apache-2.0
# local_dir.sh: files in a plain folder, in place of the cache (spec 3, 4.2).
. "$(dirname "$0")/lib.sh"

start_usual_hub
BIG_ETAG=
folders=0

# A new folder $D that is not there, and its metadata $K; an empty log, no faults, an empty cache.
afresh ()
{
  local fault
  folders=$((folders + 1))
  D=$WORK/folder$folders
  K=$D/.cache/huggingface
  new_cache
  hub_faults_clear
  hub_log_clear
  for fault
  do
    hub_fault "$fault"
  done
}

# download org/m with these arguments into $D.
get ()
{
  run download org/m --local-dir "$D" "$@"
}

# The first lines of the metadata of FILE are COMMIT and ETAG, and the third is a time of today.
noted ()
{
  local file=$K/download/$1.metadata
  that test "$(sed -n 1p "$file")" = "$2"
  test -z "${3:-}" || that test "$(sed -n 2p "$file")" = "$3"
  that grep -qxE '[0-9]{10}\.[0-9]{1,6}' <(sed -n 3p "$file")
  that test "$(sed -n 3p "$file" | cut -d. -f1)" -ge $(($(date +%s) - 600))
  that test "$(wc -l <"$file")" -eq 3
}

# FILE is there with this text and (or else there is none) no partial of anything.
holds ()
{
  that test ! -L "$D/$1"
  that test "$(cat "$D/$1")" = "$2"
  tidy "$D"
}

big_is_whole ()
{
  that test "$(sha256sum <"$D/model.safetensors" | cut -d' ' -f1)" = "$BIG_ETAG"
}

# Never more than read.
cache_untouched ()
{
  untouched
}

git_etag ()
{
  { printf 'blob %d\0' "${#1}"; printf %s "$1"; } | sha1sum | cut -d' ' -f1
}
CONFIG_2=$(git_etag '{ "v": 2 }
')

# ---- what is made ----

it 'a file: where it lies, its metadata, its lock, and nothing in the cache'
afresh
get config.json
exits 0; silent
prints "$D/config.json"
holds config.json '{ "v": 2 }'
noted config.json "$C2" "$CONFIG_2"
that test "$(cd "$D" && find . -mindepth 1 | sort | tr '\n' ' ')" = './.cache ./.cache/huggingface '`
  `'./.cache/huggingface/.gitignore ./.cache/huggingface/CACHEDIR.TAG '`
  `'./.cache/huggingface/download ./.cache/huggingface/download/config.json.lock '`
  `'./.cache/huggingface/download/config.json.metadata ./config.json '
that test "$(stat -c %a "$K/download/config.json.lock")" = 664
that test "$(od -An -c "$K/.gitignore" | tr -d ' ')" = '*'
that grep -q '^Signature: 8a477f597d28d172789f06886806bc55$' "$K/CACHEDIR.TAG"
cache_untouched

it 'a nested file, a large one, an empty one, an awful one'
afresh
get art/deep/two.txt
exits 0
prints "$D/art/deep/two.txt"
holds art/deep/two.txt two
noted art/deep/two.txt "$C2"
get model.safetensors
exits 0
BIG_ETAG=$(sed -n 2p "$K/download/model.safetensors.metadata")
that test "${#BIG_ETAG}" -eq 64
big_is_whole
get empty.txt
exits 0
that test -f "$D/empty.txt"
get 'to?/awful%20file#1.txt' --revision v1.0
exits 0
holds 'to?/awful%20file#1.txt' awful
noted 'to?/awful%20file#1.txt' "$C1"
cache_untouched

it 'the umask decides the modes, but not that of the lock'
afresh
umask 027
get art/one.txt
umask 022
that test "$(stat -c %a "$D/art/one.txt")" = 640
that test "$(stat -c %a "$K/download/art/one.txt.metadata")" = 640
that test "$(stat -c %a "$D")" = 750
that test "$(stat -c %a "$K/download/art")" = 750
that test "$(stat -c %a "$K/download/art/one.txt.lock")" = 664

it 'a snapshot: all files, its list, and the folder as the result'
afresh
get
exits 0; silent
prints "$D"
that test "$(cd "$D" && find . -path ./.cache -prune -o -type f -print | wc -l)" -eq 7
holds art/deep/two.txt two
big_is_whole
noted model.safetensors "$C2" "$BIG_ETAG"
that test "$(stat -c %a "$K/trees/$C2.json")" = 600
that grep -q '"format_version": 1' "$K/trees/$C2.json"
cache_untouched

it 'the folder is made absolute, ~ is expanded, links on the way to it are resolved'
afresh
mkdir "$WORK/real$folders"
ln -s "real$folders" "$D"
(cd "$WORK" && "$HFCORE" download org/m config.json --local-dir "folder$folders/./sub") >"$OUT"
prints "$WORK/real$folders/sub/config.json"
# shellcheck disable=SC2088 # hfcore expands it
run download org/m config.json --local-dir '~/models'
exits 0
prints "$HOME/models/config.json"

it '--json, -q, several files, a folder, patterns'
afresh
get config.json --json
that grep -qxF "{\"path\": \"$D/config.json\"}" "$OUT"
get art/ README.md -q
exits 0; silent
prints "$D"
that test -f "$D/art/deep/two.txt"
that test -f "$D/README.md"
that test ! -e "$D/artist.txt"
get --include '*.txt' --exclude 'art/*'
that test -f "$D/artist.txt"
that test ! -e "$D/model.safetensors"

it 'what is wrong on the command line: 2, and nothing is asked'
afresh
for words in '--link hard' '--local-dir= config.json' "--local-dir $D --link soft" \
  "--local-dir $D --link" "--local-dir $D .cache" "--local-dir $D .cache/huggingface/download/x" \
  "--local-dir $D .CACHE/HuggingFace/x.metadata" "--local-dir $D ../x"
do
  # shellcheck disable=SC2086
  run download org/m $words
  fails 2
done
requested 0 '' ''
that test ! -e "$D"
run download --help
that grep -q -- --local-dir "$OUT"
that grep -q -- --link "$OUT"

# ---- what is there already (spec 3.3) ----

it 'of a commit that the metadata names nobody is asked'
afresh
get config.json
hub_log_clear
tree "$D" >"$WORK/before"
get config.json --revision "$C2"
exits 0; silent
prints "$D/config.json"
requested 0 '' ''
that diff "$WORK/before" <(tree "$D")

it 'of another revision only what the file is, when that is the same: the metadata follows'
afresh
get README.md
hub_log_clear
get README.md --revision v1.0
exits 0; silent
requested 1 HEAD ''
requested 0 GET ''
noted README.md "$C1"
holds README.md '# one'

it 'a second snapshot asks which commit it is, and nothing else'
afresh
get
hub_log_clear
get
exits 0; silent
requested 1 '' ''
get --revision "$C2"
requested 1 '' ''

it 'another revision: what has changed is fetched'
afresh
get
hub_log_clear
get --revision v1.0
exits 0
requested 1 GET /config.json
requested 0 GET model.safetensors
holds config.json '{ "v": 1 }'
noted model.safetensors "$C1" "$BIG_ETAG"
that test -f "$K/trees/$C1.json"
that test -f "$K/trees/$C2.json"

it 'a large file without metadata is compared by its digest, a small one is fetched'
afresh
get
rm "$K"/download/*.metadata
hub_log_clear
get model.safetensors
exits 0
requested 0 GET ''
noted model.safetensors "$C2" "$BIG_ETAG"
get config.json
requested 1 GET config.json
noted config.json "$C2" "$CONFIG_2"

it 'one that differs is fetched, with the same length and with another'
afresh
get model.safetensors
rm "$K/download/model.safetensors.metadata"
printf X | dd of="$D/model.safetensors" conv=notrunc 2>/dev/null
hub_log_clear
get model.safetensors
exits 0
requested 1 GET /lfs/
big_is_whole
rm "$K/download/model.safetensors.metadata"
echo >>"$D/model.safetensors"
get model.safetensors
big_is_whole

it 'metadata that is older than the file does not count, but a second of slack does'
afresh
get config.json
echo mine >"$D/config.json"
touch -d '+10 seconds' "$D/config.json"
hub_log_clear
get config.json --revision "$C2"
exits 0
requested 1 GET config.json
holds config.json '{ "v": 2 }'
echo mine >"$D/config.json"
touch -d "@$(sed -n 3p "$K/download/config.json.metadata")" "$D/config.json"
get config.json --revision "$C2"
holds config.json mine

it 'damaged metadata is told of, removed, and made anew'
for text in '' "$C2" "$C2\n$CONFIG_2" "$C2\n$CONFIG_2\nsoon" "x\n$CONFIG_2\n1795390138.0" \
  "$C2\n../../x\n1795390138.0" "$C2\n$CONFIG_2\n1795390138.0x"
do
  afresh
  get config.json
  # shellcheck disable=SC2059
  printf "$text" >"$K/download/config.json.metadata"
  get config.json --revision "$C2"
  exits 0
  says config.json.metadata damaged
  noted config.json "$C2" "$CONFIG_2"
done

it 'metadata without the file: the file is fetched'
afresh
get config.json
rm "$D/config.json"
get config.json --revision "$C2"
exits 0
holds config.json '{ "v": 2 }'

it 'a forced download fetches what is there'
afresh
get config.json
hub_log_clear
get config.json --revision "$C2" --force-download
exits 0
requested 1 GET config.json
get --force-download
requested 1 GET /lfs/
get --force-download
requested 2 GET /lfs/
big_is_whole

it 'a link of the user is replaced by a file, and not written through'
afresh
mkdir "$D"
echo mine >"$WORK/mine"
ln -s "$WORK/mine" "$D/config.json"
get config.json
exits 0
holds config.json '{ "v": 2 }'
that test "$(cat "$WORK/mine")" = mine

it 'a folder that is a link is followed, also to another file system'
afresh
mkdir -p "$D" "$WORK/elsewhere"
ln -s "$WORK/elsewhere" "$D/art"
get art/one.txt
exits 0
that test "$(cat "$WORK/elsewhere/one.txt")" = one
if test "$(stat -c %d /dev/shm 2>/dev/null)" != "$(stat -c %d "$WORK")" &&
  shm=$(mktemp -d /dev/shm/hfcore-cli.XXXXXX 2>/dev/null)
then
  ln -sfn "$shm" "$D/art"
  get
  exits 0
  that test "$(cat "$shm/one.txt")" = one
  that test "$(find "$shm" -type f | wc -l)" -eq 2
  that test "$(stat -c %a "$shm/one.txt")" = 644
  rm -rf "$shm"
fi

# ---- what the cache has ----

# The cache has all of main.
fill_cache ()
{
  afresh
  "$HFCORE" download org/m >/dev/null || wrong 'the cache could not be filled'
  M=$CACHE/models--org--m
  BLOB=$M/blobs/$BIG_ETAG
  tree "$HF_HOME" >"$WORK/before"
  hub_log_clear
}

unchanged ()
{
  diff "$WORK/before" <(tree "$HF_HOME") || wrong 'the cache was changed'
}

it 'what the cache has is taken from there'
fill_cache
get
exits 0; silent
requested 1 '' ''
big_is_whole
noted model.safetensors "$C2" "$BIG_ETAG"
unchanged
that test "$(stat -c %h "$D/model.safetensors")" -eq 1
that test "$(stat -c %a "$D/model.safetensors")" = 644
hub_log_clear
get --revision v1.0
requested 1 GET /config.json
get --revision v1.0 --force-download
requested 1 GET /lfs/
unchanged

it 'and from a layer that is only read'
fill_cache
shared=$CACHE
new_cache
configure <<END
retries: 0
storage:
  - { name: shared, plugin: store-symlink, root: "$shared", access: read-only }
  - { name: own, plugin: store-symlink, root: "$CACHE" }
END
hub_log_clear
HF_HOME='' get model.safetensors
exits 0
requested 0 GET ''
big_is_whole
that test ! -e "$CACHE"
configure <<'END'
retries: 0
END

it '--link none: a copy'
fill_cache
get model.safetensors --link none
exits 0; silent
big_is_whole
that test "$(stat -c %h "$D/model.safetensors")" -eq 1
unchanged

it '--link hard: the same file, and a new one replaces it'
fill_cache
get --link hard
exits 0; silent
requested 1 '' ''
that test "$D/model.safetensors" -ef "$BLOB"
that test "$(stat -c %h "$BLOB")" -eq 2
tidy "$D"
unchanged
get --link hard
that test "$(stat -c %h "$BLOB")" -eq 2
rm "$K/download/model.safetensors.metadata" "$K/download/config.json.metadata"
get --link hard
exits 0
that test "$D/model.safetensors" -ef "$BLOB"
that test "$(stat -c %h "$(readlink -f "$M/snapshots/$C2/config.json")")" -eq 2
tidy "$D"
get --force-download
big_is_whole
that intact "$BLOB"
that test "$(stat -c %h "$BLOB")" -eq 1
unchanged

it '--link hard where none can be made: a copy, and that is said'
if test "$(stat -c %d /dev/shm 2>/dev/null)" != "$(stat -c %d "$WORK")" &&
  shm=$(mktemp -d /dev/shm/hfcore-cli.XXXXXX 2>/dev/null)
then
  fill_cache
  run download org/m model.safetensors --local-dir "$shm/d" --link hard
  exits 0
  says 'is a copy'
  that cmp "$shm/d/model.safetensors" "$BLOB"
  unchanged
  run download org/m config.json --local-dir "$shm/d"
  exits 0; silent
  rm -rf "$shm"
else
  skip 'no second file system is at hand'
fi

it 'a cached file that is too short, or gone, is not taken'
fill_cache
chmod u+w "$BLOB"
truncate -s 1000 "$BLOB"
get model.safetensors
exits 0
requested 1 GET /lfs/
big_is_whole
rm "$BLOB"
get model.safetensors --force-download
big_is_whole

# ---- dry runs ----

it 'a dry run tells, and leaves nothing'
afresh
get model.safetensors --dry-run
exits 0
that grep -q 'Will download 1 files' "$OUT"
get --dry-run --json
exits 0
that grep -q "\"path\": \"$D/art/one.txt\"" "$OUT"
that test "$(grep -o '"will_download": true' "$OUT" | wc -l)" -eq 7
that test ! -e "$D"
cache_untouched
get config.json
tree "$D" >"$WORK/before"
get --dry-run
that grep -q 'Will download 6 files (out of 7)' "$OUT"
get config.json --dry-run --revision v1.0
that grep -q 'Will download 1 files' "$OUT"
get config.json --dry-run --revision "$C2" --force-download
that grep -q 'Will download 1 files' "$OUT"
that diff "$WORK/before" <(tree "$D")
fill_cache
get --dry-run
that grep -q 'Will download 0 files (out of 7)' "$OUT"
that test ! -e "$D"
unchanged

# ---- nobody can be asked ----

it 'offline: what is there is used, and that is said'
afresh
get config.json
hub_log_clear
HF_HUB_OFFLINE=1 get config.json
exits 0
prints "$D/config.json"
says 'nobody was asked' "$D/config.json"
get config.json --local-files-only
exits 0
says 'nobody was asked'
HF_HUB_OFFLINE=1 get config.json --revision "$C2"
exits 0; silent
echo mine >"$D/README.md"
get README.md --local-files-only
exits 0
holds README.md mine
requested 0 '' ''

it 'offline: what is not there fails, also if the cache has it, and so does force'
fill_cache
HF_HUB_OFFLINE=1 get config.json
fails 5 config.json "$D" HF_HUB_OFFLINE
get config.json --local-files-only
fails 5 config.json
get --local-files-only
fails 5 "$D"
HF_HUB_OFFLINE=1 get
fails 5 "$D" HF_HUB_OFFLINE
get config.json --local-files-only --force-download
fails 2
that test ! -e "$D"
requested 0 '' ''

it 'offline: a whole snapshot, one that lacks a file, a folder without a list'
afresh
get
hub_log_clear
HF_HUB_OFFLINE=1 get --json
exits 0
says "$D is used as it is"
that grep -qxF "{\"path\": \"$D\"}" "$OUT"
get --local-files-only --revision "$C2"
exits 0
rm "$D/art/one.txt"
HF_HUB_OFFLINE=1 get
fails 5 art/one.txt
HF_HUB_OFFLINE=1 get --revision "$C2"
fails 5 art/one.txt
HF_HUB_OFFLINE=1 get --exclude 'art/*'
exits 0
rm -r "$K/trees"
HF_HUB_OFFLINE=1 get
exits 0
says "$D is used as it is"
requested 0 '' ''
afresh
mkdir "$D"
HF_HUB_OFFLINE=1 get
fails 5 "$D"

it 'offline: the list of the commit that a cached ref names comes before the newest one'
fill_cache
get
get --revision v1.0
rm "$D/model.safetensors" "$D/dätä/ü ñ.txt"
HF_HUB_OFFLINE=1 get
fails 5 model.safetensors
get model.safetensors
HF_HUB_OFFLINE=1 get
exits 0
HF_HUB_OFFLINE=1 get --revision feature/x
fails 5 'ü ñ.txt'

it 'a Hub that is down, or refuses, or does not know us: what is there is used'
for fault in drop status=503 status=401,error_code=RepoNotFound status=403 noheader=ETag
do
  afresh
  get
  hub_fault "$fault"
  get config.json
  exits 0
  prints "$D/config.json"
  says "$D/config.json is used as it is"
  get config.json --revision v1.0
  exits 0
  case $fault in noheader*) continue ;; esac
  get
  exits 0
  says "$D is used as it is"
done
hub_faults_clear
rm "$D/config.json"
hub_fault status=503
get config.json
fails 5 503
get README.md --force-download
fails 5 503

it 'a file or a revision that does not exist is an error all the same, and leaves nothing'
afresh
get nothing.txt
fails 3 nothing.txt
get nothing.txt --revision nothing
fails 3 nothing
get --revision nothing
fails 3 nothing
run download org/nothing config.json --local-dir "$D"
fails 3
that test ! -e "$D"
mkdir "$D"
echo mine >"$D/nothing.txt"
get nothing.txt
fails 3 nothing.txt
that test "$(find "$D" -type f)" = "$D/nothing.txt"
cache_untouched

# ---- faults ----

it 'a wrong digest: 6, the old file stays, no partial is left'
afresh
get config.json --revision v1.0
hub_fault flip=3
get config.json
exits 6
prints_nothing
says config.json 'arrived damaged'
holds config.json '{ "v": 1 }'
noted config.json "$C1"
hub_faults_clear
get config.json
exits 0
holds config.json '{ "v": 2 }'

it 'cut off: the old file stays, what came is kept, and the rest is fetched'
afresh cut=100000,origin=cdn
get model.safetensors
fails 5
that test ! -e "$D/model.safetensors"
that test -n "$(find "$K/download" -name "*.$BIG_ETAG.*.incomplete" -size +90k)"
hub_faults_clear
get model.safetensors
exits 0
that test -n "$(logged /lfs/ '"range":"bytes=100000-')"
big_is_whole
tidy "$D"

it 'a list that is wrong does not stand in the way'
afresh
get
rm "$D/model.safetensors"
sed -i "s/$BIG_ETAG/$(printf %064d 0)/" "$K/trees/$C2.json"
get --revision "$C2" --include 'model*'
exits 0
big_is_whole
noted model.safetensors "$C2" "$BIG_ETAG"

it 'a damaged list is fetched again'
afresh
get
echo '{' >"$K/trees/$C2.json"
hub_log_clear
get --revision "$C2"
exits 0
requested 1 GET /tree/
that grep -q format_version "$K/trees/$C2.json"

it 'a folder, or a file, is in the way: one line that says so'
afresh
mkdir -p "$D/config.json"
get config.json
fails 1 "$D/config.json"
rmdir "$D/config.json"
echo mine >"$D/art"
get art/one.txt
fails 1 "$D/art" 'a file is where a folder should be'
get
fails 1 "$D/art"
run download org/m config.json --local-dir "$D/art"
fails 1 "$D/art" 'a file is where a folder should be'
run download org/m --local-dir "$D/art/sub"
fails 1 "$D/art"
that test "$(cat "$D/art")" = mine
run download org/m config.json --local-dir "$D/$(printf %0300d 0)"
fails 1 'too long' 'shorter path'

it 'links below .cache/huggingface are not followed'
outside=$WORK/outside
for link in .cache .cache/huggingface .cache/huggingface/download .cache/huggingface/download/art
do
  afresh
  rm -rf "$outside"
  mkdir -p "$outside" "$(dirname "$D/$link")"
  ln -s "$outside" "$D/$link"
  get art/one.txt
  fails 1 "$D/$link is a link"
  that test -z "$(ls -A "$outside")"
done
echo mine >"$outside/file"
for name in config.json.metadata config.json.lock
do
  afresh
  mkdir -p "$K/download"
  ln -s "$outside/file" "$K/download/$name"
  get config.json
  exits 0
  holds config.json '{ "v": 2 }'
  that test "$(cat "$outside/file")" = mine
done
afresh
mkdir -p "$K"
ln -s "$outside" "$K/trees"
get
exits 0
that test "$(ls -A "$outside")" = file

if test "$(id -u)" -ne 0 || can_be_nobody
then
  it 'a folder that may not be written: 7; what is there is served'
  afresh
  mkdir "$D"
  chmod 555 "$D"
  RUN_BY=("${AS_NOBODY[@]}")
  get config.json
  fails 7 "$D"
  get
  fails 7 "$D"
  RUN_BY=()
  chmod 755 "$D"
  get
  chmod -R a-w "$D"
  chmod -R a+rX "$D"
  tree "$D" >"$WORK/before"
  RUN_BY=("${AS_NOBODY[@]}")
  get config.json --revision "$C2"
  exits 0; silent
  prints "$D/config.json"
  get README.md --revision v1.0
  exits 0; silent
  get
  exits 0; silent
  RUN_BY=()
  that diff "$WORK/before" <(tree "$D")
  chmod -R u+w "$D"
fi

# In a mount namespace of its own: a file system of 200 kB.
it 'a full disk: 7, nothing is published, and with room it goes on'
mkdir "$WORK/small"
cat >"$WORK/full.sh" <<'END'
mount -t tmpfs -o size=200k none "$1" || exit 99
"$HFCORE" download org/m model.safetensors --local-dir "$1/d" >"$1.out" 2>"$1.err"
echo $? >"$1.status"
find "$1" -name model.safetensors >"$1.found"
mount -o remount,size=2m "$1" || exit 99
"$HFCORE" download org/m model.safetensors --local-dir "$1/d" >>"$1.out" 2>>"$1.err"
echo $? >>"$1.status"
find "$1" -name '*.incomplete' >>"$1.found"
sha256sum <"$1/d/model.safetensors" >"$1.sum"
END
unshare_root=-m
test "$(id -u)" -eq 0 || unshare_root=-rm
afresh
if unshare $unshare_root bash "$WORK/full.sh" "$WORK/small" 2>/dev/null
then
  what='hfcore download --local-dir on a full disk'
  that test "$(tr '\n' ' ' <"$WORK/small.status")" = '7 0 '
  that test "$(wc -l <"$WORK/small.err")" -eq 1
  that grep -q 'No space' "$WORK/small.err"
  that test ! -s "$WORK/small.found"
  that test "$(cut -d' ' -f1 <"$WORK/small.sum")" = "$BIG_ETAG"
  that test -n "$(logged /lfs/ '"range":"bytes=')"
else
  skip 'no small file system can be mounted here'
fi

# ---- a hostile repository ----

it 'a list with a name where the metadata is kept: 6, and nothing is written'
afresh
cat >"$WORK/hostile.json" <<END
[ { "type": "file", "path": "good.txt", "size": 5, "oid": "$(printf %040d 1)" },
  { "type": "file", "path": ".cache/huggingface/download/config.json.metadata", "size": 5,
    "oid": "$(printf %040d 2)" } ]
END
hub_fault "json=$WORK/hostile.json,match=/tree/"
get
fails 6 .cache/huggingface
that test ! -e "$D"
get --exclude '.cache/*' --dry-run
exits 0

it 'a list that would change what git does in the folder: 6, and nothing is written'
afresh
cat >"$WORK/hostile.json" <<END
[ { "type": "file", "path": "good.txt", "size": 5, "oid": "$(printf %040d 1)" },
  { "type": "file", "path": "sub/.Git/config", "size": 5, "oid": "$(printf %040d 2)" } ]
END
hub_faults_clear
hub_fault "json=$WORK/hostile.json,match=/tree/"
get
fails 6 sub/.Git/config
that test ! -e "$D"
hub_faults_clear

# ---- several processes, and some that die ----

hub_stop
start_usual_hub --rate 1500000

it 'three processes at once: its bytes are fetched once'
afresh
pids=()
for i in 1 2 3
do
  "$HFCORE" download org/m model.safetensors --local-dir "$D" >"$WORK/out.$i" 2>"$WORK/err.$i" &
  pids+=("$!")
done
what='hfcore download --local-dir, 3 times at once'
for i in 1 2 3
do
  wait "${pids[i - 1]}" || wrong "number $i ended with $?: $(cat "$WORK/err.$i")"
  that test "$(cat "$WORK/out.$i")" = "$D/model.safetensors"
  that test ! -s "$WORK/err.$i"
done
requested 1 GET /lfs/
big_is_whole
tidy "$D"

has_begun ()
{
  test -n "$(find "$K/download" -name '*.incomplete' -size +150k)"
}

configure <<'END'
retries: 0
download-timeout: 60s
END

it 'killed: the file is not there, and the next one goes on where it stopped'
afresh stall=200000,times=1,origin=cdn
mkdir -p "$D"
echo old >"$D/model.safetensors"
"$HFCORE" download org/m model.safetensors --local-dir "$D" >/dev/null 2>&1 &
first=$!
eventually has_begun
kill -9 "$first"
wait "$first" 2>/dev/null
that test "$(cat "$D/model.safetensors")" = old
hub_log_clear
umask 027
get model.safetensors
umask 022
exits 0
that test -n "$(logged /lfs/ '"range":"bytes=200000-')"
that test "$(logged /lfs/ '"method":"GET"' | sed 's/.*"bytes_sent":\([0-9]*\).*/\1/')" -le \
  $((BIG_SIZE - 200000 + 1000))
big_is_whole
that test "$(stat -c %a "$D/model.safetensors")" = 640
tidy "$D"

it 'what is still written by another is left alone, what is dead of another commit is removed'
afresh stall=200000,times=1,origin=cdn
"$HFCORE" download org/m model.safetensors --local-dir "$D" >/dev/null 2>&1 &
first=$!
eventually has_begun
kill -9 "$first"
wait "$first" 2>/dev/null
partial=$(find "$K/download" -name '*.incomplete')
H=$(basename "$partial" | cut -d. -f1)
that test "${#H}" -eq 28
mv "$partial" "$K/download/$H.$BIG_ETAG.00000001.incomplete"
cp "$K/download/$H.$BIG_ETAG.00000001.incomplete" "$K/download/$H.$C1.00000002.incomplete"
cp "$K/download/$H.$BIG_ETAG.00000001.incomplete" "$K/download/other.$BIG_ETAG.00000003.incomplete"
exec 8<"$K/download/$H.$BIG_ETAG.00000001.incomplete"
flock 8
hub_log_clear
get model.safetensors
exits 0
that test -z "$(logged /lfs/ '"range":"bytes=')"
that test "$(find "$K/download" -name '*.incomplete' | wc -l)" -eq 2
that test -f "$K/download/$H.$BIG_ETAG.00000001.incomplete"
that test -f "$K/download/other.$BIG_ETAG.00000003.incomplete"
exec 8<&-

it 'one that waits for the lock takes over when its holder is killed, and can be interrupted'
afresh stall=200000,times=1,origin=cdn
"$HFCORE" download org/m model.safetensors --local-dir "$D" >/dev/null 2>&1 &
first=$!
eventually has_begun
second_has_asked ()
{
  test "$(hub_count HEAD model.safetensors)" -eq "$1"
}
"$HFCORE" download org/m model.safetensors --local-dir "$D" >"$OUT" 2>"$ERR" </dev/null &
second=$!
eventually second_has_asked 2
kill "$second"
status=0
wait "$second" || status=$?
what='hfcore download --local-dir, interrupted while it waits'
fails 130
"$HFCORE" download org/m model.safetensors --local-dir "$D" >"$OUT" 2>"$ERR" </dev/null &
second=$!
eventually second_has_asked 3
kill -9 "$first"
wait "$first" 2>/dev/null
status=0
wait "$second" || status=$?
what='hfcore download --local-dir, waiting for another one that is killed'
exits 0
prints "$D/model.safetensors"
big_is_whole
that test -n "$(logged /lfs/ '"range":"bytes=')"
tidy "$D"

it 'one that waits for the lock looks again, also where its holder has not noted the file yet'
cp "$D/model.safetensors" "$WORK/model"
afresh
mkdir -p "$K/download"
exec 8>"$K/download/model.safetensors.lock"
flock 8
"$HFCORE" download org/m model.safetensors --local-dir "$D" >"$OUT" 2>"$ERR" </dev/null 8>&- &
second=$!
eventually second_has_asked 1
cp "$WORK/model" "$D/model.safetensors"
exec 8>&-
status=0
wait "$second" || status=$?
what='hfcore download --local-dir, waiting for another client'
exits 0; silent
requested 0 GET ''
noted model.safetensors "$C2" "$BIG_ETAG"

configure <<'END'
retries: 3
retry-pause: 10ms
END

it 'a partial that somebody removes is fetched again, and its lock file is no matter'
afresh stall=200000,times=1,origin=cdn,ms=300
"$HFCORE" download org/m model.safetensors --local-dir "$D" >"$OUT" 2>"$ERR" &
first=$!
eventually has_begun
find "$K/download" -type f -delete
status=0
wait "$first" || status=$?
what='hfcore download --local-dir, its partial removed by somebody else'
exits 0
big_is_whole
tidy "$D"

it 'killed at 20 moments of a snapshot: no file is ever wrong, and metadata only of what is there'
afresh
moment=0
while test "$moment" -lt 20
do
  moment=$((moment + 1))
  revision=$(test $((moment % 2)) -eq 0 && echo main || echo v1.0)
  "$HFCORE" download org/m --local-dir "$D" --revision "$revision" >/dev/null 2>&1 &
  pid=$!
  read -r -t "0.$(printf %03d $((RANDOM % 245 + 5)))" <>"$WORK/never"
  kill -9 "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  test ! -e "$D/model.safetensors" || big_is_whole
  case $(cat "$D/config.json" 2>/dev/null) in
    '' | '{ "v": 1 }' | '{ "v": 2 }') ;;
    *) wrong "config.json is $(cat "$D/config.json")" ;;
  esac
  if test -s "$K/download/config.json.metadata"
  then
    that test "$(sed -n 2p "$K/download/config.json.metadata")" = "$(git_etag "$(cat "$D/config.json")
")"
  fi
done
what='hfcore download --local-dir, after 20 that were killed'
get
exits 0
big_is_whole
tidy "$D"
holds config.json '{ "v": 2 }'
noted config.json "$C2" "$CONFIG_2"

finish
