# SPDX-License-Identifier: Apache-2.0
# concurrent.sh: several processes on one cache at once, and processes that die in between (spec 1.10,
# 2.6 step 9; design section 2).
. "$(dirname "$0")/lib.sh"

start_usual_hub --rate 1500000
M=$CACHE/models--org--m
BIG=$M/snapshots/$C2/model.safetensors

afresh ()
{
  rm -rf "$CACHE"
  hub_faults_clear
  hub_log_clear
}

# N WORD…: so many processes with these arguments at the same time; all are to succeed.
at_once ()
{
  local count=$1 i
  shift
  what="hfcore $*, $count times at once"
  pids=()
  for i in $(seq "$count")
  do
    "$HFCORE" "$@" >"$WORK/out.$i" 2>"$WORK/err.$i" </dev/null &
    pids+=("$!")
  done
  for i in $(seq "$count")
  do
    wait "${pids[i - 1]}" || wrong "number $i ended with $?: $(cat "$WORK/err.$i")"
    test ! -s "$WORK/err.$i" || wrong "number $i said: $(cat "$WORK/err.$i")"
    cmp -s "$WORK/out.1" "$WORK/out.$i" || wrong "number $i printed $(cat "$WORK/out.$i")"
  done
}

whole ()
{
  local count=0
  while IFS= read -r -d '' file
  do
    that intact "$file"
    count=$((count + 1))
  done < <(find "$M/snapshots/$C2" -type l -print0)
  that test "$count" -eq "$1"
  tidy
}

it 'four processes on one file: its bytes are fetched once'
afresh
at_once 4 download org/m model.safetensors
that test "$(cat "$WORK/out.1")" = "$BIG"
requested 1 GET /lfs/
whole 1

it 'four processes on one snapshot: each blob is fetched once'
afresh
at_once 4 download org/m
requested 1 GET /lfs/
requested 1 GET /config.json
whole 7
that test "$(find "$M/blobs" -type f | wc -l)" -eq 7

it 'files, snapshots and another revision, all at once'
afresh
pids=()
for words in 'org/m' 'org/m model.safetensors' 'org/m --revision v1.0' 'org/m README.md' \
  'org/m --revision refs/pr/1' 'org/m art/ config.json' "org/m --revision $C2" 'org/m nothing.txt'
do
  # shellcheck disable=SC2086
  "$HFCORE" download $words >/dev/null 2>"$WORK/err.${#pids[@]}" </dev/null &
  pids+=("$!")
done
for i in "${!pids[@]}"
do
  status=0
  wait "${pids[i]}" || status=$?
  case $i:$status in
    7:3 | [0-6]:0) ;;
    *) wrong "number $i ended with $status: $(cat "$WORK/err.$i")" ;;
  esac
done
whole 7
requested 1 GET /lfs/
for ref in main v1.0 refs/pr/1
do
  that test "$(stat -c %s "$M/refs/$ref")" -eq 40
done

it 'forced downloads at once: whole in the end, and at every moment'
at_once 3 download org/m model.safetensors --force-download
whole 7

it 'a reader sees the file whole or not at all while it is fetched'
afresh
"$HFCORE" download org/m model.safetensors >/dev/null 2>&1 &
pid=$!
seen=0
while kill -0 "$pid" 2>/dev/null
do
  if test -e "$BIG"
  then
    that test "$(stat -Lc %s "$BIG")" -eq "$BIG_SIZE"
  fi
  while IFS= read -r -d '' file
  do
    that intact "$file"
  done < <(find "$M/blobs" -type f ! -name '*.incomplete' -print0 2>/dev/null)
  seen=$((seen + 1))
done
wait "$pid" || wrong 'it failed'
that test "$seen" -gt 0
that intact "$BIG"

it 'a process that waits for the lock takes over when the holder is killed'
configure <<'END'
retries: 0
download-timeout: 60s
END
afresh
hub_fault stall=200000,times=1,origin=cdn
"$HFCORE" download org/m model.safetensors >/dev/null 2>&1 &
first=$!
has_begun ()
{
  test -n "$(find "$M/blobs" -name '*.incomplete' -size +190k)"
}
eventually has_begun
"$HFCORE" download org/m model.safetensors >"$OUT" 2>"$ERR" </dev/null &
second=$!
# It has asked what the file is; what comes next is the lock.
second_has_asked ()
{
  test "$(hub_count HEAD model.safetensors)" -eq 2
}
eventually second_has_asked
what='hfcore download, waiting for another one that is killed'
kill -9 "$first"
wait "$first" 2>/dev/null
status=0
wait "$second" || status=$?
exits 0
prints "$BIG"
that intact "$BIG"
that test -n "$(logged /lfs/ '"range":"bytes=')"
tidy

it 'one that waits for a lock can be interrupted'
afresh
hub_fault stall=200000,times=1,origin=cdn
"$HFCORE" download org/m model.safetensors >/dev/null 2>&1 &
first=$!
eventually has_begun
"$HFCORE" download org/m model.safetensors >"$OUT" 2>"$ERR" </dev/null &
second=$!
eventually second_has_asked
kill "$second"
status=0
wait "$second" || status=$?
fails 130
kill -9 "$first"
wait "$first" 2>/dev/null

it 'killed at 30 moments: nothing wrong is ever visible, and little is fetched twice'
hub_stop
start_usual_hub --rate 1000000
rm -rf "$HF_HOME"
moment=0
while test "$moment" -lt 30
do
  moment=$((moment + 1))
  test ! -e "$BIG" || rm -rf "$CACHE"
  "$HFCORE" download org/m >/dev/null 2>&1 &
  pid=$!
  # A moment that is not the same each time: between 5 and 250 ms.
  read -r -t "0.$(printf %03d $((RANDOM % 245 + 5)))" <>"$WORK/never"
  kill -9 "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  while IFS= read -r -d '' file
  do
    that intact "$file"
  done < <(find "$M/blobs" -type f ! -name '*.incomplete' -print0 2>/dev/null)
  test ! -e "$M/refs/main" || that test "$(cat "$M/refs/main")" = "$C2"
done
what='hfcore download, after 30 that were killed'
run download org/m
exits 0
whole 7
run download org/m
exits 0

configure <<'END'
retries: 3
retry-pause: 10ms
END

it 'a lock file that was removed under a waiter is no matter'
afresh
hub_fault stall=100000,times=1,origin=cdn,ms=500
"$HFCORE" download org/m model.safetensors >/dev/null 2>&1 &
first=$!
locks_there ()
{
  ls "$CACHE"/.locks/models--org--m/*.lock >/dev/null
}
eventually locks_there
rm -f "$CACHE"/.locks/models--org--m/*.lock
run download org/m model.safetensors
exits 0
wait "$first"
that intact "$BIG"
tidy

it 'a prune that takes the partial away: it is fetched again'
afresh
hub_fault stall=200000,times=1,origin=cdn,ms=300
"$HFCORE" download org/m model.safetensors >"$OUT" 2>"$ERR" &
pid=$!
eventually has_begun
find "$M/blobs" -name '*.incomplete' -delete
status=0
wait "$pid" || status=$?
what='hfcore download, its partial removed by somebody else'
exits 0
that intact "$BIG"
tidy

finish
