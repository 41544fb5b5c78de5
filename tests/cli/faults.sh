# SPDX-License-Identifier: Apache-2.0
# faults.sh: a line and a Hub that fail in passing: retries, resuming, and that bytes are not fetched
# twice (spec 2.8, 2.9; design section 2).
. "$(dirname "$0")/lib.sh"

start_usual_hub
M=$CACHE/models--org--m
BIG=$M/snapshots/$C2/model.safetensors

patient ()
{
  configure <<'END'
retries: 3
retry-pause: 10ms
retry-pause-max: 20ms
etag-timeout: 300ms
download-timeout: 300ms
END
}

hasty ()
{
  configure <<'END'
retries: 0
etag-timeout: 300ms
download-timeout: 300ms
END
}

# An empty cache, an empty log, no faults; then the faults that are named.
afresh ()
{
  local fault
  rm -rf "$CACHE"
  hub_faults_clear
  hub_log_clear
  for fault
  do
    hub_fault "$fault"
  done
}

# The large file is there, whole, and nothing else is.
arrives ()
{
  run download org/m model.safetensors "$@"
  exits 0
  prints "$BIG"
  that intact "$BIG"
  tidy
}

# The bytes of the large file that were sent, in all answers.
bytes_sent ()
{
  logged '"method":"GET"' /lfs/ | sed 's/.*"bytes_sent":\([0-9]*\).*/\1/' |
    { sum=0; while read -r bytes; do sum=$((sum + bytes)); done; echo "$sum"; }
}

ranges ()
{
  logged '"range":"bytes=' /lfs/ | wc -l
}

# ---- within one run ----

patient
it 'a cut connection: the rest is fetched by Range'
afresh cut=100000,times=1,origin=cdn
arrives
requested 2 GET /lfs/
that test "$(ranges)" -eq 1
that test "$(bytes_sent)" -le $((BIG_SIZE + 1000))
says 'trying again'

it 'cut again and again: what comes counts, and gives back the retries'
afresh cut=40000,times=7,origin=cdn
arrives
requested 8 GET /lfs/
that test "$(bytes_sent)" -le $((BIG_SIZE + 1000))

it 'cut in the headers or before any byte: so often and no more'
afresh cut=0,origin=cdn
run download org/m model.safetensors
exits 5
prints_nothing
requested 4 GET /lfs/
that test ! -e "$BIG"

it 'a stalled line is given up after the download timeout and taken up again'
afresh stall=150000,times=1,origin=cdn
arrives
requested 2 GET /lfs/
that test "$(ranges)" -eq 1

it 'a server that ignores the Range starts from zero, and so do we'
afresh cut=100000,times=1,origin=cdn norange,origin=cdn
arrives
requested 2 GET /lfs/
that test "$(ranges)" -eq 1

it 'cut and then damaged: the digest is found out, and it is fetched from zero'
afresh cut=100000,times=1,origin=cdn flip=7,after=1,times=1,origin=cdn
arrives
that test "$(logged /lfs/ '"range":null' | wc -l)" -eq 2

it 'dropped connections'
afresh drop,times=2
arrives
afresh drop,times=2,origin=cdn
arrives

it 'answers of 503, 500, 502, 504, 408 and 429 in passing'
for code in 500 502 503 504 408 429
do
  afresh "status=$code,times=2,origin=hub"
  arrives
  afresh "status=$code,times=2,origin=cdn"
  arrives
done

it 'Retry-After and ratelimit are kept to (a second more than they say)'
for fault in status=503,retry_after=0 status=429,ratelimit=0
do
  afresh "$fault,times=1,origin=cdn"
  start=$(date +%s%N)
  arrives
  that test $((($(date +%s%N) - start) / 1000000)) -ge 1000
  says 'trying again in 1.0 s'
done

it 'a signature that has run out is asked for again'
afresh status=403,times=1,origin=cdn
arrives
requested 2 GET /lfs/
requested 2 HEAD /resolve/

it 'it says so when it gives up: one line, and the warnings before it'
afresh status=503
run download org/m model.safetensors
exits 5
prints_nothing
that test "$(grep -vc '^hfcore: warning: ' "$ERR")" -eq 1
that test "$(grep -c 'trying again' "$ERR")" -eq 3
says 503

it 'a snapshot through all of this'
afresh drop,times=2 status=503,times=3,match=/resolve/ cut=10000,times=2,origin=cdn \
  status=500,times=1,match=/tree/ status=502,times=1,match=/revision/
run download org/m
exits 0
prints "$M/snapshots/$C2"
that test "$(find "$M/snapshots/$C2" -type l | wc -l)" -eq 7
while IFS= read -r -d '' file
do
  that intact "$file"
done < <(find "$M/snapshots/$C2" -type l -print0)
tidy

it 'a snapshot that fails: one line at the end, what is done stays, the ref does not point to it'
afresh status=404,match=/resolve/$C2/config.json
run download org/m
exits 3
prints_nothing
that test ! -e "$M/snapshots/$C2/config.json"
hub_faults_clear
hub_log_clear
run download org/m
exits 0
that test "$(find "$M/snapshots/$C2" -type l | wc -l)" -eq 7

it 'compressed answers, though nobody asked for them'
afresh gzip
run download org/m --revision v1.0
exits 0
that intact "$M/snapshots/$C1/config.json"
afresh header=Content-Encoding:gzip,match=config.json,method=HEAD
run download org/m config.json --revision v1.0
case $status in
  0) that intact "$M/snapshots/$C1/config.json" ;;
  5 | 6) that test ! -e "$M/snapshots/$C1/config.json" ;;
  *) wrong "status $status" ;;
esac

it 'a redirect through the resolve cache, with Xet announced'
hub_stop
start_usual_hub --resolve-cache --xet
afresh
run download org/m config.json
exits 0
that intact "$M/snapshots/$C2/config.json"
arrives
afresh
run download org/m
exits 0
that intact "$BIG"
that grep -q '"xet_hash"' "$M/trees/$C2.json"
hub_stop

it 'a signature that is good for no time at all'
start_usual_hub --signature-seconds 0
afresh
run download org/m model.safetensors
test "$status" -eq 0 || fails 5 || :
case $status in
  0) that intact "$BIG" ;;
  5) that test ! -e "$BIG" ;;
  *) wrong "status $status" ;;
esac
hub_stop
start_usual_hub

# ---- across runs ----

hasty
it 'a run that was cut off is gone on with by the next one'
afresh cut=200000,times=1,origin=cdn
run download org/m model.safetensors
fails 5
that test ! -e "$BIG"
that test -n "$(find "$M/blobs" -name '*.incomplete' -size +0)"
hub_log_clear
arrives
requested 1 GET /lfs/
that test "$(ranges)" -eq 1
that test "$(bytes_sent)" -le $((BIG_SIZE - 190000))

it 'also after several runs'
afresh cut=60000,times=4,origin=cdn
for _ in 1 2 3 4
do
  run download org/m model.safetensors
  fails 5
done
arrives
that test "$(bytes_sent)" -le $((BIG_SIZE + 1000))
that test "$(find "$M/blobs" -type f | wc -l)" -eq 1

it 'also by a snapshot, and of a snapshot'
afresh cut=200000,times=1,origin=cdn
run download org/m model.safetensors
fails 5
hub_log_clear
run download org/m
exits 0
that intact "$BIG"
that test "$(ranges)" -eq 1
afresh cut=200000,times=1,origin=cdn
run download org/m
fails 5
hub_log_clear
arrives
that test "$(ranges)" -eq 1

it 'what is left and damaged is found out'
afresh cut=200000,times=1,origin=cdn
run download org/m model.safetensors
partial=$(find "$M/blobs" -name '*.incomplete')
printf X | dd of="$partial" bs=1 seek=1000 conv=notrunc 2>/dev/null
run download org/m model.safetensors
exits 0
that intact "$BIG"
tidy

it 'what is left and too long is found out'
afresh cut=200000,times=1,origin=cdn
run download org/m model.safetensors
partial=$(find "$M/blobs" -name '*.incomplete')
head -c 500000 /dev/zero >>"$partial"
run download org/m model.safetensors
exits 0
that intact "$BIG"
that test "$(stat -Lc %s "$BIG")" -eq "$BIG_SIZE"
tidy

it 'what is left and whole needs no byte'
afresh cut=200000,times=1,origin=cdn
run download org/m model.safetensors
partial=$(find "$M/blobs" -name '*.incomplete')
new_home=$HF_HOME
new_cache
"$HFCORE" download org/m model.safetensors >/dev/null
cat "$CACHE/models--org--m/snapshots/$C2/model.safetensors" >"$partial"
rm -rf "$HF_HOME"
HF_HOME=$new_home
CACHE=$HF_HOME/hub
hub_log_clear
arrives
requested 0 GET /lfs/

it 'what is left by --force-download is not used'
afresh cut=200000,times=1,origin=cdn
run download org/m model.safetensors
hub_log_clear
run download org/m model.safetensors --force-download
exits 0
that intact "$BIG"
that test "$(ranges)" -eq 0

# A slow download in the background; $pid is its number.
begin_slowly ()
{
  "$HFCORE" download org/m model.safetensors >"$OUT" 2>"$ERR" &
  pid=$!
  what="hfcore download in the background, number $pid"
}

# Has the partial the bytes that the Hub sends before it stalls?
has_begun ()
{
  test -n "$(find "$M/blobs" -name '*.incomplete' -size +190k 2>/dev/null)"
}

patient
sed -i 's/^download-timeout.*/download-timeout: 60s/' "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"

it 'killed with -9, the next run goes on where it was'
afresh stall=200000,times=1,origin=cdn
begin_slowly
eventually has_begun
that test ! -e "$BIG"
that test "$(find "$M/blobs" -type f ! -name '*.incomplete' | wc -l)" -eq 0
kill -9 "$pid"
wait "$pid" 2>/dev/null
hub_log_clear
arrives
requested 1 GET /lfs/
that test "$(ranges)" -eq 1
that test "$(bytes_sent)" -le $((BIG_SIZE - 190000))

it 'ended with SIGTERM: 130, one line, and the next run goes on'
afresh stall=200000,times=1,origin=cdn
begin_slowly
eventually has_begun
kill "$pid"
wait "$pid"
status=$?
fails 130
hub_log_clear
arrives
that test "$(ranges)" -eq 1

it 'a partial that a living process writes is left to it'
afresh stall=200000,times=1,origin=cdn
begin_slowly
eventually has_begun
run download org/m config.json
exits 0
that test -n "$(find "$M/blobs" -name '*.incomplete')"
kill -9 "$pid"
wait "$pid" 2>/dev/null

it 'a file list that is remembered wrongly does not stand in the way'
new_cache
hub_faults_clear
run download org/m
exits 0
repo=$CACHE/models--org--m
sed -i 's/"size": /"size": 1/; s/"blob_id": "./"blob_id": "0/' "$repo"/trees/*.json
rm -rf "$repo/blobs" "$repo/snapshots"
run download org/m
exits 0
that test "$(find "$repo/snapshots" -type l ! -xtype f | wc -l)" -eq 0
that test "$(find "$repo/snapshots" -type l | wc -l)" -gt 3

finish
