# SPDX-License-Identifier: Apache-2.0
# lanes.sh: one large file over several connections: more while they bring more, whole whatever
# happens to each of them, and resumed from what was proven.
. "$(dirname "$0")/lib.sh"
need_plugin transport-hub

SIZE=$((192 << 20))
cat >"$WORK/manifest.json" <<END
{ "repos": [ { "id": "org/big", "commits": [ { "hash": "$C1",
  "files": { "big.bin": { "size": $SIZE, "seed": 5 } } } ] } ] }
END
# Each answer has its own rate, as behind many a CDN.
hub_start --manifest "$WORK/manifest.json" --rate 24000000 || exit 1
BLOBS=$CACHE/models--org--big/blobs
FILE=$CACHE/models--org--big/snapshots/$C1/big.bin

settings ()
{
  { printf 'retries: 3\nretry-pause: 10ms\nretry-pause-max: 20ms\ndownload-timeout: 2s\n'; cat; } |
    configure
}
settings </dev/null

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

arrives ()
{
  run download org/big big.bin "$@"
  exits 0
  prints "$FILE"
  that intact "$FILE"
  that test "$(find "$BLOBS" -name '*.incomplete' | wc -l)" -eq 0
  that test "$(find "$CACHE/.locks" -type f ! -name '*.lock' | wc -l)" -eq 0
}

gets ()
{
  logged '"method":"GET"' /lfs/ | wc -l
}

bytes_sent ()
{
  logged '"method":"GET"' /lfs/ | sed 's/.*"bytes_sent":\([0-9]*\).*/\1/' |
    { sum=0; while read -r bytes; do sum=$((sum + bytes)); done; echo "$sum"; }
}

it 'where each connection is slow, several bring the file, hardly a byte twice'
afresh
arrives
that test "$(gets)" -ge 4
that test "$(bytes_sent)" -le $((SIZE + (SIZE >> 3)))

it 'max-connections: 1 is one'
settings <<<'max-connections: 1'
afresh
arrives
that test "$(gets)" -eq 1
settings </dev/null

it 'a server that knows no ranges sends it once, and no more'
afresh norange,origin=cdn
arrives
that test "$(bytes_sent)" -le $((SIZE * 2))

for fault in status=403 status=429 status=503 drop cut=0 etag=other length=77
do
  it "all connections but the first are refused: $fault"
  afresh "$fault,after=1,times=40,origin=cdn"
  arrives
done

it 'every other connection is cut'
afresh cut=3000000,after=1,times=1,origin=cdn cut=5000000,after=2,times=2,origin=cdn \
  cut=100,after=1,times=2,origin=cdn
arrives
that test "$(bytes_sent)" -le $((SIZE + (SIZE >> 2)))

it 'a connection that stalls is replaced, and keeps what it brought'
afresh stall=2000000,after=1,times=1,origin=cdn
arrives
that test "$(bytes_sent)" -le $((SIZE + (SIZE >> 2)))

it 'a damaged piece is found out'
afresh flip=1000000,after=2,times=1,origin=cdn
arrives
says 'damaged'

it 'the source goes in the middle: what came is kept, and 5'
afresh
"$HFCORE" download org/big big.bin >"$OUT" 2>"$ERR" &
pid=$!
lines_of_journal ()
{
  find "$CACHE/.locks" -type f -name '*@*' -exec cat {} + 2>/dev/null | wc -l
}
has_journal ()
{
  test "$(lines_of_journal)" -ge 4
}
eventually has_journal
hub_fault status=404,origin=cdn
hub_fault drop
wait "$pid"
that test $? -eq 5
that test "$(find "$BLOBS" -name '*.incomplete' | wc -l)" -eq 1
hub_faults_clear
hub_log_clear
arrives
that test "$(bytes_sent)" -le $((SIZE - 20000000))

it 'killed with -9 again and again: only what was not proven comes again'
afresh
kills=0
sent=0
while test $kills -lt 5
do
  "$HFCORE" download org/big big.bin >"$OUT" 2>"$ERR" &
  pid=$!
  before=$(lines_of_journal)
  further ()
  {
    test "$(lines_of_journal)" -ge $((before + 3)) || ! kill -0 "$pid" 2>/dev/null
  }
  eventually further
  kill -9 "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  kills=$((kills + 1))
  test ! -e "$FILE" || break
done
that test $kills -ge 3
arrives
# A piece of each connection and what was on its way, a kill.
sent=$(bytes_sent)
that test "$sent" -le $((SIZE + kills * 16 * (12 << 20)))

it 'what one connection left is kept when several go on, and are killed'
settings <<<'max-connections: 1'
afresh stall=90000000,times=1,ms=60000,origin=cdn
"$HFCORE" download org/big big.bin >"$OUT" 2>"$ERR" &
pid=$!
has_much ()
{
  test -n "$(find "$BLOBS" -name '*.incomplete' -size +60M 2>/dev/null)"
}
eventually has_much
kill -9 "$pid"
wait "$pid" 2>/dev/null
settings </dev/null
hub_faults_clear
hub_log_clear
"$HFCORE" download org/big big.bin >"$OUT" 2>"$ERR" &
pid=$!
has_proof ()
{
  test "$(lines_of_journal)" -ge 2
}
eventually has_proof
kill -9 "$pid"
wait "$pid" 2>/dev/null
hub_log_clear
arrives
that test "$(bytes_sent)" -le $((SIZE - 50000000))

it 'two processes at once: both end well, one blob'
afresh
"$HFCORE" download org/big big.bin >"$WORK/one" 2>&1 &
one=$!
"$HFCORE" download org/big big.bin >"$WORK/two" 2>&1 &
two=$!
that wait "$one"
that wait "$two"
that intact "$FILE"
that test "$(find "$BLOBS" -type f | wc -l)" -eq 1
that cp "$FILE" "$WORK/whole"

it 'to a folder of its own'
afresh
run download org/big big.bin --local-dir "$WORK/plain" -q
exits 0
that cmp -s "$WORK/plain/big.bin" "$WORK/whole"

finish
