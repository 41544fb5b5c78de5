# SPDX-License-Identifier: Apache-2.0
# verify.sh: hfcore cache verify: what is damaged, missing or too much is found, in the cache, in
# layers and in local folders, with and without a Hub; --repair fetches that and nothing else
# (spec 7.6).
. "$(dirname "$0")/lib.sh"
start_usual_hub

REPO=models--org--m
OTHER_SHA=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

# A new cache with main of org/m.
fill ()
{
  new_cache
  SNAPSHOT=$CACHE/$REPO/snapshots/$C2
  run download org/m -q "$@"
  exits 0
  hub_log_clear
}

blob_of ()
{
  readlink -f -- "$SNAPSHOT/$1"
}

# One byte of the file is another; its length and its time stay.
flip ()
{
  local file
  file=$(readlink -f -- "$1")
  touch -r "$file" "$WORK/time"
  chmod u+w "$file"
  printf 'X' | dd of="$file" bs=1 seek="${2:-3}" conv=notrunc status=none
  touch -r "$WORK/time" "$file"
}

# Each TEXT stands on stdout.
tells ()
{
  local text
  for text
  do
    grep -qF -- "$text" "$OUT" || wrong "stdout does not say '$text': $(head -c 900 "$OUT")"
  done
}

tells_not ()
{
  ! grep -qF -- "$1" "$OUT" || wrong "stdout says '$1': $(head -c 900 "$OUT")"
}

all_right ()
{
  exits 0
  tells '. All checksums match.'
}

# The value of a member of the JSON on stdout, by Python's eval of $1 on `v`.
json ()
{
  local value
  value=$(python3 -c 'import json, sys
v = json.load (sys.stdin)
print (eval (sys.argv[1]))' "$1" <"$OUT" 2>&1)
  test "$value" = "$2" || wrong "JSON: $1 is $value, not $2"
}

# ---- right ----

it 'a whole snapshot: told as hf cache verify tells it'
fill
run cache verify org/m
exits 0; silent
that diff "$OUT" - <<END
✓ Verified 7 file(s) for model 'org/m'. All checksums match.
  repo_id: org/m
  repo_type: model
  checked: 7
  path: $SNAPSHOT
END
run cache verify org/m --json
exits 0; silent
prints "{\"repo_id\": \"org/m\", \"repo_type\": \"model\", \"checked\": 7, \"path\": \"$SNAPSHOT\", \"revision\": \"$C2\", \"mismatches\": [], \"missing\": [], \"extra\": [], \"unchecked\": [], \"repaired\": []}"
run cache verify org/m -q
exits 0; silent; prints_nothing

it 'no file is fetched, nothing is written'
tree "$CACHE" >"$WORK/before"
hub_log_clear
run cache verify org/m
all_right
requested 0 '' /resolve/
tree "$CACHE" >"$WORK/after"
that diff "$WORK/before" "$WORK/after"

it 'offline no request is made'
hub_log_clear
run cache verify org/m --offline
all_right
tells 'Verified 7 file(s)'
requested 0 '' ''
HF_HUB_OFFLINE=1 run cache verify org/m
all_right
requested 0 '' ''

it 'revisions: by branch, by commit, by name of the type'
fill
run download org/m --revision v1.0 -q
run download datasets/org/d -q
run cache verify org/m --revision v1.0
all_right
tells 'Verified 9 file(s)' "path: $CACHE/$REPO/snapshots/$C1"
run cache verify org/m --revision "$C1" --offline
all_right
run cache verify org/d --type dataset
all_right
tells "for dataset 'org/d'"
run cache verify datasets/org/d
all_right
run cache verify org/m@v1.0
exits 2

it 'without main the only revision; of several one is to be named'
new_cache
run download org/m --revision v1.0 -q
run cache verify org/m --offline
all_right
tells "path: $CACHE/$REPO/snapshots/$C1"
run download org/m --revision refs/pr/1 -q
run cache verify org/m --offline
fails 2 'several revisions' --revision

# ---- wrong ----

it 'one flipped byte: 6, and which digest it has'
fill
blob=$(blob_of model.safetensors)
flip "$blob"
for how in '' --offline
do
  # shellcheck disable=SC2086 # no option, or one
  run cache verify org/m $how
  exits 6
  says "hfcore: Verification failed for 'org/m' (model) in $SNAPSHOT. Revision: $C2"
  that diff "$OUT" - <<END
❌ Checksum verification failed for the following file(s):
  - model.safetensors: expected ${blob##*/} (sha256), got $(sha256sum <"$blob" | cut -d' ' -f1)
END
done
run cache verify org/m --json
exits 6
json 'v["mismatches"][0]["path"], len (v["mismatches"]), v["checked"]' "('model.safetensors', 1, 7)"
json 'v["mismatches"][0]["algorithm"], v["mismatches"][0]["storage"]' "('sha256', 'cache')"
run cache verify org/m -q
exits 6
prints model.safetensors

it 'a small file: its git digest'
fill
blob=$(blob_of config.json)
flip "$blob"
run cache verify org/m
exits 6
tells "  - config.json: expected ${blob##*/} (git-sha1), got "

it 'cut off, emptied, longer: 6'
for size in 100 0 400000
do
  fill
  truncate -s "$size" "$(blob_of model.safetensors)"
  run cache verify org/m --offline
  exits 6
  tells '  - model.safetensors: expected '
done

it 'a removed file: a warning, or by its flag an error; nobody need be asked'
fill
rm "$SNAPSHOT/config.json" "$SNAPSHOT/art/one.txt"
for how in '' --offline
do
  # shellcheck disable=SC2086
  run cache verify org/m $how
  all_right
  tells 'Verified 5 file(s)'
  says 'warning: 2 remote file(s) are missing locally. Use --fail-on-missing-files for details.'
  # shellcheck disable=SC2086
  run cache verify org/m --fail-on-missing-files $how
  exits 6
  that diff "$OUT" - <<END
❌ Missing files (present remotely, absent locally):
  - art/one.txt
  - config.json
END
done
run cache verify org/m --json
exits 0
json 'v["missing"]' "['art/one.txt', 'config.json']"

it 'an extra file: the same'
fill
echo extra >"$SNAPSHOT/art/extra.txt"
mkdir -p "$SNAPSHOT/.git"
echo ignored >"$SNAPSHOT/.git/config"
for how in '' --offline
do
  # shellcheck disable=SC2086
  run cache verify org/m $how
  all_right
  says 'warning: 1 local file(s) do not exist on the remote repo. Use --fail-on-extra-files for details.'
  # shellcheck disable=SC2086
  run cache verify org/m --fail-on-extra-files $how
  exits 6
  that diff "$OUT" - <<END
❌ Extra files (present locally, absent remotely):
  - art/extra.txt
END
done

it 'a link that leads nowhere is a missing file, also where no list is remembered'
fill
rm "$(blob_of config.json)"
run cache verify org/m --fail-on-missing-files
exits 6
tells '  - config.json'
rm -r "$CACHE/$REPO/trees"
run cache verify org/m --fail-on-missing-files --offline
exits 6
tells '  - config.json'
ln -s nowhere "$SNAPSHOT/other.txt"
run cache verify org/m
all_right
says '1 remote file(s) are missing locally.'

it 'a blob of another name: by the list it is right, by its name it is not'
fill
mv "$(blob_of model.safetensors)" "$CACHE/$REPO/blobs/$OTHER_SHA"
ln -sf "../../blobs/$OTHER_SHA" "$SNAPSHOT/model.safetensors"
run cache verify org/m
all_right
run cache verify org/m --offline
all_right
rm -r "$CACHE/$REPO/trees"
run cache verify org/m --offline
exits 6
tells "  - model.safetensors: expected $OTHER_SHA (sha256), got "

it 'a file of another file: by the list it is wrong, though its blob is whole'
fill
ln -sf "$(readlink "$SNAPSHOT/README.md")" "$SNAPSHOT/config.json"
for how in '' --offline
do
  # shellcheck disable=SC2086
  run cache verify org/m $how
  exits 6
  tells '  - config.json: expected '
  tells_not README.md
done

it 'plain files of a snapshot are checked against the list, and without one they cannot be'
new_cache
SNAPSHOT=$CACHE/$REPO/snapshots/$C2
printf 'storage:\n  - { name: cache, %s, root: "%s" }\nretries: 0\n' "$COPIES" "$CACHE" | configure
run download org/m -q
exits 0
run cache verify org/m --offline
all_right
tells 'Verified 7 file(s)'
flip "$SNAPSHOT/config.json"
run cache verify org/m --offline
exits 6
tells '  - config.json: expected '
rm -r "$CACHE/$REPO/trees"
run cache verify org/m
exits 6
tells '  - config.json: expected '
run cache verify org/m --offline
exits 0
says '7 file(s) of model' 'cannot be checked' 'without --offline'
run cache verify org/m --offline --json
exits 0
json 'len (v["unchecked"]), v["checked"]' '(7, 0)'
run cache verify org/m --repair
all_right
that grep -q '"v": 2' "$SNAPSHOT/config.json"
echo 'retries: 0' | configure

it 'a file that may not be read is told as one'
fill
chmod 0 "$(blob_of config.json)"
if test "${#AS_NOBODY[@]}" -gt 0
then
  chmod -R a+rX "$WORK"
  chmod 0 "$(blob_of config.json)"
  RUN_BY=("${AS_NOBODY[@]}")
fi
if test "${#AS_NOBODY[@]}" -gt 0 && ! can_be_nobody
then
  RUN_BY=()
  skip 'another user cannot run the command from here'
else
  run cache verify org/m
  exits 6
  tells '  - config.json: expected ' 'cannot read' 'Permission denied'
fi
RUN_BY=()

it 'names with control characters are shown without them'
fill
printf x >"$SNAPSHOT/"$'a\033[31mb\nc'
run cache verify org/m --fail-on-extra-files
exits 6
tells '  - a?[31mb?c'
that test "$(wc -l <"$OUT")" -eq 2
run cache verify org/m --json
exits 0
json 'v["extra"]' "['a\\x1b[31mb\\nc']"
printf x >"$SNAPSHOT/"$'bad\377utf'
run cache verify org/m --json
exits 0
json 'v["extra"][1]' 'bad?utf'
run cache verify org/m --fail-on-extra-files --repair
exits 6
that test -e "$SNAPSHOT/"$'a\033[31mb\nc'

# ---- repair ----

it '--repair fetches what is damaged, for all that link to it, and nothing else'
fill
run download org/m --revision v1.0 -q
flip "$(blob_of model.safetensors)"
hub_log_clear
run cache verify org/m --repair
all_right
tells '✓ Repaired the following file(s):' '  - model.safetensors' 'Verified 7 file(s)'
requested 1 GET /resolve/
that intact "$SNAPSHOT/model.safetensors"
that intact "$CACHE/$REPO/snapshots/$C1/model.safetensors"
tidy
run cache verify org/m --revision v1.0
all_right
run cache verify org/m --repair --json
exits 0
json 'v["repaired"]' '[]'

it '--repair of what is missing: a pointer whose blob is there needs nothing fetched'
fill
rm "$SNAPSHOT/config.json" "$(blob_of README.md)"
hub_log_clear
run cache verify org/m --repair --json
exits 0
json 'v["repaired"], v["missing"], v["checked"]' "(['README.md', 'config.json'], [], 7)"
requested 1 GET /resolve/
requested 1 GET README.md
that intact "$SNAPSHOT/config.json"
that intact "$SNAPSHOT/README.md"

it '--repair of a missing pointer whose blob is damaged fetches it'
fill
flip "$(blob_of config.json)"
rm "$SNAPSHOT/config.json"
run cache verify org/m --repair
all_right
that intact "$SNAPSHOT/config.json"

it 'two revisions of one blob: fetched once'
fill
blob=$(blob_of art/one.txt)
run download org/m --revision v1.0 -q
flip "$blob"
hub_log_clear
run cache verify --all --repair
exits 0
requested 1 GET /resolve/
that intact "$SNAPSHOT/art/one.txt"
that intact "$CACHE/$REPO/snapshots/$C1/art/one.txt"

it 'a blob that is a link to what others share is replaced, and what they share is not touched'
fill
blob=$(blob_of model.safetensors)
mkdir -p "$CACHE/blobs/ab"
mv "$blob" "$CACHE/blobs/ab/payload"
ln -s ../../blobs/ab/payload "$blob"
run cache verify org/m --offline
all_right
flip "$CACHE/blobs/ab/payload"
before=$(sha256sum <"$CACHE/blobs/ab/payload")
run cache verify org/m --repair
all_right
that test -f "$blob" -a ! -L "$blob"
that intact "$SNAPSHOT/model.safetensors"
that test "$(sha256sum <"$CACHE/blobs/ab/payload")" = "$before"

it 'without a Hub what can be repaired is, the rest is told: 6'
fill
flip "$(blob_of model.safetensors)"
rm "$SNAPSHOT/config.json"
before=$(sha256sum <"$(blob_of model.safetensors)")
run cache verify org/m --repair --offline
exits 6
tells '✓ Repaired' '  - config.json' '  - model.safetensors: expected '
says "'model.safetensors' is not repaired" "Verification failed for 'org/m'"
that test "$(sha256sum <"$(blob_of model.safetensors)")" = "$before"
tidy
run cache verify org/m --repair
all_right

it 'a Hub that sends damaged bytes repairs nothing, and what was there stays'
fill
flip "$(blob_of model.safetensors)"
hub_fault flip=100,origin=cdn
run cache verify org/m --repair
hub_faults_clear
exits 6
says "'model.safetensors' is not repaired"
that test -s "$SNAPSHOT/model.safetensors"
tidy

# ---- what cannot be ----

it 'the Hub cannot be reached: 5, and nothing is claimed'
fill
HF_ENDPOINT=http://127.0.0.1:2 run cache verify org/m
exits 5
prints_nothing
HF_ENDPOINT=http://127.0.0.1:2 run cache verify org/m --offline
all_right

it 'not cached: 3; a repository that the Hub does not have: 3'
new_cache
run cache verify org/m
fails 3 "model 'org/m' is not in the cache"
fill
run cache verify org/m --revision nope
fails 3 "revision 'nope'"
run cache verify org/m --revision "$C1"
fails 3 "revision '$C1'"
cp -r "$CACHE/$REPO" "$CACHE/models--org--nope"
run cache verify org/nope
exits 3

it 'usage: 2'
run cache verify
fails 2 REPO_ID --all
run cache verify org/m --cache-dir "$CACHE" --local-dir "$WORK"
fails 2 'Cannot pass both --local-dir and --cache-dir'
run cache verify --all org/m
fails 2 --all
run cache verify --all --revision x
fails 2 --all
run cache verify ../x
exits 2
run cache verify org/m --revision ../x
exits 2
run cache verify org/m --local-dir ''
fails 2 --local-dir

it 'a read-only cache is checked; --repair says why it cannot'
fill
flip "$(blob_of config.json)"
if test "${#AS_NOBODY[@]}" -gt 0 && ! can_be_nobody
then
  skip 'another user cannot run the command from here'
else
  chmod -R a+rX,a-w "$HF_HOME"
  chmod 755 "$WORK"
  RUN_BY=("${AS_NOBODY[@]}")
  run cache verify org/m --offline
  exits 6
  run cache verify org/m --repair
  exits 6
  says "'config.json' is not repaired" 'ermission denied'
  RUN_BY=()
  chmod -R u+w "$HF_HOME"
fi

# ---- all ----

it '--all: every repository and revision, without a request'
fill
run download org/m --revision v1.0 -q
run download datasets/org/d -q
mkdir -p "$CACHE/models--half--made"
hub_log_clear
run cache verify --all
exits 0; silent
prints '✓ Verified 18 file(s) of 3 revision(s). All checksums match.'
requested 0 '' ''
flip "$(blob_of model.safetensors)"
rm "$CACHE/datasets--org--d/snapshots/$D1/train/a.csv"
run cache verify --all
exits 6
that test "$(grep -c '  - model.safetensors: ' "$OUT")" -eq 2
says '1 remote file(s) are missing locally' "Revision: $C1" "Revision: $C2"
run cache verify --all --json
exits 6
json '[(r["repo_id"], len (r["mismatches"]), len (r["missing"])) for r in v]' \
  "[('org/d', 0, 1), ('org/m', 1, 0), ('org/m', 1, 0)]"
hub_log_clear
run cache verify --all --repair
exits 0
requested 1 GET /resolve/
run cache verify --all -q
exits 0; prints_nothing
new_cache
run cache verify --all
fails 3 'no cache folder'

# ---- local folders ----

it 'a local folder: against main, its own metadata is no extra file'
new_cache
LOCAL=$WORK/local
run download org/m --local-dir "$LOCAL" -q
run cache verify org/m --local-dir "$LOCAL" --fail-on-extra-files --fail-on-missing-files
all_right
tells 'Verified 7 file(s)' "path: $LOCAL"
untouched
run cache verify org/m --local-dir "$LOCAL" --offline
all_right
tells 'Verified 7 file(s)'
run cache verify org/m --local-dir "$LOCAL" --revision v1.0
exits 6
tells '  - config.json: expected '
says '2 remote file(s) are missing locally'

it 'a local folder that was changed: found, and repaired, offline too'
flip "$LOCAL/model.safetensors"
echo mine >"$LOCAL/config.json"
rm "$LOCAL/README.md"
run cache verify org/m --local-dir "$LOCAL" --offline
exits 6
tells '  - config.json: ' '  - model.safetensors: '
says '1 remote file(s) are missing locally'
hub_log_clear
run cache verify org/m --local-dir "$LOCAL" --repair
all_right
requested 3 GET /resolve/
that grep -q '"v": 2' "$LOCAL/config.json"
run cache verify org/m --local-dir "$LOCAL" --fail-on-extra-files --fail-on-missing-files
all_right
rm -r "$LOCAL/.cache/huggingface/trees"
flip "$LOCAL/model.safetensors"
run cache verify org/m --local-dir "$LOCAL" --offline
exits 6
tells '  - model.safetensors: expected '
run cache verify org/m --local-dir "$WORK/absent"
fails 3 "$WORK/absent is not there"

# ---- layers ----

layers ()
{
  rm -rf "$WORK/shared"
  new_cache
  run download org/m --cache-dir "$WORK/shared" -q
  exits 0
  configure <<END
retries: 0
storage:
$1
END
  SHARED=$WORK/shared/$REPO/snapshots/$C2
}

it 'a damaged file of a layer below: a good one goes into the cache, the layer stays'
layers "  - { name: cache, plugin: store-symlink, root: \"$WORK/upper\" }
  - { name: shared, plugin: store-symlink, root: \"$WORK/shared\", access: read-only }"
flip "$SHARED/config.json"
tree "$WORK/shared" >"$WORK/before"
export HF_HUB_CACHE=$WORK/upper
run cache verify org/m
exits 6
tells '  - config.json: expected '
run cache verify org/m --repair
all_right
that intact "$WORK/upper/$REPO/snapshots/$C2/config.json"
tree "$WORK/shared" >"$WORK/after"
that diff "$WORK/before" "$WORK/after"
run cache verify org/m
all_right
unset HF_HUB_CACHE

it 'a damaged file of a layer above: told where, and what to do'
layers "  - { name: shared, plugin: store-symlink, root: \"$WORK/shared\", access: read-only }
  - { name: cache, plugin: store-symlink, root: \"$WORK/upper2\" }"
flip "$SHARED/config.json"
tree "$WORK/shared" >"$WORK/before"
run cache verify org/m --repair --cache-dir "$WORK/upper2"
exits 6
says "'config.json' is not repaired: it lies in 'shared'" "name 'cache' first"
tree "$WORK/shared" >"$WORK/after"
that diff "$WORK/before" "$WORK/after"
echo 'retries: 0' | configure

# ---- at the same time, and stopped ----

it 'two repair at once: both end well'
fill
flip "$(blob_of model.safetensors)"
flip "$(blob_of config.json)"
"$HFCORE" cache verify org/m --repair -q >"$WORK/one" 2>&1 &
first=$!
run cache verify org/m --repair -q
exits 0
what='the other one'
wait "$first" || wrong "the other failed: $(cat "$WORK/one")"
that intact "$SNAPSHOT/model.safetensors"
that intact "$SNAPSHOT/config.json"
tidy

it 'Ctrl-C while a large file is read: 130, at once'
fill
truncate -s 200G "$CACHE/$REPO/blobs/$OTHER_SHA" 2>/dev/null
if test "$(stat -c %s "$CACHE/$REPO/blobs/$OTHER_SHA")" -ne $((200 << 30))
then
  skip 'no files of this size here'
else
  ln -s "../../blobs/$OTHER_SHA" "$SNAPSHOT/huge"
  rm -r "$CACHE/$REPO/trees"
  what='hfcore cache verify, interrupted'
  "$HFCORE" cache verify org/m --offline >"$OUT" 2>"$ERR" </dev/null &
  pid=$!
  # It is under way when it has the file open.
  eventually sh -c "ls -l /proc/$pid/fd | grep -q $OTHER_SHA"
  began=$(date +%s%N)
  kill -INT "$pid"
  kill "$pid"
  status=0
  wait "$pid" || status=$?
  took=$((($(date +%s%N) - began) / 1000000))
  exits 130
  says interrupted
  prints_nothing
  that test "$took" -lt 2000
fi

finish
