# SPDX-License-Identifier: Apache-2.0
# fault.sh: the plugin `fault` around a transport and a storage: what each fault does, that nothing
# goes wrong that was not asked for, and the examples of its manual page.
. "$(dirname "$0")/lib.sh"
need_plugin fault

start_usual_hub
R=models--org--m
BIG=snapshots/$C2/model.safetensors

# An empty cache, an empty log of requests, and faults around the transport and the storage: two
# lists of YAML, without their brackets.
with ()
{
  new_cache
  hub_log_clear
  configure <<END_OF_YAML
log-level: debug
retries: 3
retry-pause: 10ms
retry-pause-max: 20ms
transport:
  - { name: hub, plugin: transport-hub }
  - { name: line, plugin: fault, wraps: hub, faults: [ $1 ], seed: ${SEED:-1} }
storage:
  - { name: cache, plugin: auto }
  - { name: disk, plugin: fault, wraps: cache, faults: [ ${2:-} ], seed: ${SEED:-1} }
END_OF_YAML
}

without ()
{
  configure <<'END_OF_YAML'
retries: 0
END_OF_YAML
}

# The large file came, whole, and nothing else is left.
arrives ()
{
  run download org/m model.safetensors
  exits 0
  prints "$CACHE/$R/$BIG"
  that intact "$CACHE/$R/$BIG"
  tidy
}

# The download ends with this exit status, says each TEXT, and nothing of the file can be seen.
ends ()
{
  local code=$1
  shift
  run download org/m model.safetensors
  exits "$code"
  prints_nothing
  says "$@"
  never test -e "$CACHE/$R/$BIG"
  test -z "$(find "$CACHE" -path '*/blobs/*' ! -name '*.incomplete' 2>/dev/null)" ||
    wrong "blobs: $(ls "$CACHE/$R/blobs")"
}

# N faults were injected, with TEXT in what was logged of them.
injected ()
{
  local count
  count=$(grep -E '^hfcore: debug: \[[a-z]+\] fault: injected ' "$ERR" | grep -cF -- "${2:-}")
  test "$count" -eq "$1" || wrong "$count faults '${2:-}', not $1: $(grep -F injected "$ERR")"
}

# Names, kinds, modes, lengths, texts of links.
shape ()
{
  (cd "$1" && find . -mindepth 1 \( -type f -printf '%P f %m %s\n' -o -printf '%P %y %m %l\n' \)) |
    sort
}

# ---- without faults ----

it 'with no faults a set-up is what it is without the wrapper'
new_cache
PLAIN=$CACHE
without
run download org/m
exits 0
run download org/m --revision v1.0
run download org/d --repo-type dataset
with '' ''
run download org/m
exits 0
prints "$CACHE/$R/snapshots/$C2"
injected 0
run download org/m --revision v1.0
exits 0
run download org/d --repo-type dataset
exits 0
that diff <(shape "$PLAIN") <(shape "$CACHE")
that diff -r "$PLAIN" "$CACHE"
run lookup org/m model.safetensors
exits 0
prints "$CACHE/$R/$BIG"
run cache verify org/m
exits 0
run cache ls --json
exits 0
that grep -q '"org/m"' "$OUT"
run cache rm dataset/org/d --yes --format json
exits 0
never test -e "$CACHE/datasets--org--d"

it 'a flag or a variable for the cache reaches the storage that is wrapped'
with '' ''
run download org/m config.json --cache-dir "$WORK/elsewhere"
exits 0
prints "$WORK/elsewhere/$R/snapshots/$C2/config.json"

# ---- the transport ----

it 'failures that pass: it is tried again'
with 'resolve nth=1..2 code=RETRY'
arrives
injected 2 'RETRY, in call'
injected 1 'in call 2 of resolve (resolve nth=1..2 code=RETRY)'
requested 1 HEAD model.safetensors
says 'fault: injected RETRY, in call 1 of resolve; trying again'
with 'read nth=1..2 code=RETRY'
arrives
requested 1 GET /lfs/
injected 2

it '…and every time: it gives up, and the text says who it was'
with 'resolve code=RETRY'
ends 5 '[line (fault)]'
injected 4 RETRY
requested 0 HEAD model.safetensors
with 'read nth=2.. code=DOWN'
arrives
with 'resolve nth=2.. code=DOWN, read nth=1 code=RETRY'
ends 5 'fault: injected DOWN, in call 2 of resolve'

it 'every second call, one of a range, all ops at once'
with 'read every=2 code=RETRY'
run download org/m --include '*.json' --include '*.txt' --max-workers 1
exits 0
injected 0 'in call 1 of'
injected 1 'in call 2 of read'
injected 0 'in call 3 of'
injected 1 'in call 4 of read'
with '"* nth=1 code=RETRY"'
arrives
injected 1 'in call 1 of resolve'
injected 1 'in call 1 of read'
with 'list nth=1..2 code=RETRY'
run download org/m
exits 0
injected 2 'of list'

it 'how long to wait is passed on'
with 'resolve nth=1 code=RETRY retry-after=60ms'
arrives
says 'trying again in 0.1 s'

it 'a code for each reaction'
for pair in NOTFOUND:3 DOWN:5 AUTH:4 CORRUPT:6 CANCELLED:130 NOSPACE:7 READONLY:7 BUSY:5 CONFIG:2 IO:1 \
  PASS:5 RETRY:5 CONFLICT:1 UNSUPPORTED:1 NOMEM:1
do
  with "resolve code=${pair%:*}"
  ends "${pair#*:}"
  grep -qF "fault: injected ${pair%:*}, in call 1 of resolve" "$ERR" || wrong "no ${pair%:*}"
done

it 'a cut is made good: the rest is asked for by Range'
with 'read cut=100000 nth=1'
arrives
injected 1 'RETRY after 100000 bytes'
requested 2 GET /lfs/
that test "$(logged '"range":"bytes=100000-' /lfs/ | wc -l)" -eq 1

it 'a cut that nobody notices but by counting'
with 'read cut=100000 nth=1 quiet'
arrives
injected 1 'an end that looks like success after 100000 bytes'
says 'ended after 100000 of its 300000 bytes'
that test "$(logged '"range":"bytes=100000-' /lfs/ | wc -l)" -eq 1

it 'a cut with another code, before the first byte, and one behind the end'
with 'read cut=0 code=AUTH'
ends 4 'injected AUTH after 0 bytes'
with 'read cut=300000'
arrives
injected 0

it 'a peer that ignores ranges'
with 'read cut=100000 nth=1, read ignore-ranges'
arrives
injected 1 'a beginning at 0 where 100000 was asked for'
that test "$(logged '"range":null' /lfs/ | wc -l)" -eq 2

it 'a damaged byte is found by the digest: once, it is fetched again'
with 'read flip=4096 nth=1'
arrives
injected 1 'another byte at the offset 4096'
says 'arrived damaged'
requested 2 GET /lfs/

it '…always: 6, and nothing can be seen'
with 'read flip=0, read flip=299999, read flip=150000'
ends 6 'arrived damaged'
injected 6 'another byte'
never test -e "$CACHE/$R/refs/main"
without
arrives

it 'a damaged byte after a cut is that of the file, not of the answer'
with 'read cut=100000 nth=1, read flip=100001 nth=2'
arrives
injected 1 'at the offset 100001, in call 2'

it 'a delay: before the op, and all that go together add up'
with 'resolve nth=1 delay=150ms, "* nth=1 delay=100ms"'
start=$(date +%s%N)
arrives
that test $((($(date +%s%N) - start) / 1000000)) -ge 350
injected 3 'a delay of'
injected 2 'a delay of 100 ms'

it 'Ctrl-C ends a delay: 130'
with 'read delay=10m'
env --default-signal=INT "$HFCORE" download org/m model.safetensors >"$OUT" 2>"$ERR" </dev/null &
pid=$!
eventually grep -q 'a delay of 600000 ms' "$ERR"
start=$(date +%s%N)
kill -INT "$pid"
status=0
wait "$pid" || status=$?
what='hfcore download, interrupted'
exits 130
prints_nothing
that test $((($(date +%s%N) - start) / 1000000)) -lt 5000
never test -e "$CACHE/$R/$BIG"

it 'and so does the time that a call has'
without
run download solo --cache-dir "$PLAIN"
exits 0
run cache export solo -o "$WORK/solo.tar" --cache-dir "$PLAIN"
exits 0
with '' 'lock delay=10m'
start=$(date +%s%N)
run cache import "$WORK/solo.tar"
exits 0
says 'no lock: '
injected 1 'a delay of 600000 ms'
that test $((($(date +%s%N) - start) / 1000000)) -ge 1900
that test -e "$CACHE"/models--solo/snapshots/*/config.json

# ---- the storage ----

it 'no space after so many bytes: 7, nothing half done can be seen, and the rest comes later'
with '' 'write after=100000'
ends 7 'injected NOSPACE'
never test -e "$CACHE/$R/refs/main"
that test "$(stat -c %s "$CACHE/$R"/blobs/*.incomplete)" -eq 100000
without
hub_log_clear
arrives
that test "$(logged '"range":"bytes=100000-' /lfs/ | wc -l)" -eq 1

it '…of all files together'
with '' 'write after=300010'
run download org/m
exits 7
that test "$(find "$CACHE/$R/blobs" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }')" \
  -le 300010

it '…by another code'
with '' 'write after=1000 code=READONLY'
ends 7 'injected READONLY after'

it 'a short write, told and untold'
with '' 'write short=10 nth=1'
ends 1 'injected IO after 10 of'
with '' 'write short=0 quiet nth=1'
run download org/m model.safetensors
injected 1 'a success with 0 of'
run cache verify org/m
exits 6
grep -qF model.safetensors "$OUT" "$ERR" || wrong 'the hole was not found'

it 'a disk that writes something else: verify finds it'
with '' 'write flip=4096, write flip=0'
run download org/m model.safetensors
exits 0
injected 2 'another byte'
never intact "$CACHE/$R/$BIG"
that test "$(cmp -l "$PLAIN/$R/$BIG" "$CACHE/$R/$BIG" | awk '{ print $1 - 1 }' | tr '\n' ' ')" = '0 4096 '
run cache verify org/m
exits 6

it 'a partial that is read back wrongly is thrown away'
with 'read cut=100000, resolve nth=2.. code=AUTH'
ends 4
sed -i -e 's/faults: \[ read.*\], seed/seed/' -e 's/faults: \[  \]/faults: [ read_back flip=5 ]/' \
  "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
hub_log_clear
arrives
injected 1 'of read_back'
says 'arrived damaged'
that test "$(logged '"range":"bytes=100000-' /lfs/ | wc -l)" -eq 1

it 'a commit that fails leaves the writer ended, and what came for the next try'
with '' 'commit nth=1 code=IO'
ends 1 'injected IO, in call 1 of commit'
with '' 'commit code=NOSPACE'
ends 7
without
hub_log_clear
arrives
requested 0 GET /lfs/

it 'other ops of a storage'
with '' 'create code=NOSPACE'
ends 7 'of create'
with '' 'file_set code=READONLY'
run download org/m model.safetensors
exits 7
with '' 'ref_set code=IO'
run download org/m model.safetensors
injected 1 'of ref_set'
with '' 'stat nth=1 code=PASS, ref_get code=PASS, file_get nth=1 code=PASS'
arrives
injected 1 'PASS, in call 1 of stat'
with '' 'lock code=BUSY, use_mark code=PASS, list code=UNSUPPORTED'
run download org/m model.safetensors
injected 1 'BUSY, in call 1 of lock'

it 'bytes that leave a storage are cut and damaged too'
with '' ''
arrives
disk_reads ()
{
  sed -i "s/wraps: cache, faults: \[.*\], seed/wraps: cache, faults: [ $1 ], seed/" \
    "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
}
disk_reads 'read flip=5'
run cache export org/m -o "$WORK/out.tar"
exits 6
injected 1 'at the offset 5, in call 1 of read'
never test -e "$WORK/out.tar"
disk_reads 'read cut=1000 quiet'
run cache export org/m -o "$WORK/out.tar"
injected 1 'after 1000 bytes, in call 1 of read'
never test "$status" -eq 0
disk_reads 'read cut=1000 code=IO'
run cache export org/m -o "$WORK/out.tar"
exits 1
injected 1 'IO after 1000 bytes'
never test -e "$WORK/out.tar"

# ---- chance ----

outcome ()
{
  SEED=$1 with '"* chance=30% delay=1ms", "resolve chance=12.5% code=RETRY"' \
    '"* chance=30% delay=1ms"'
  run download org/m --max-workers 1
  exits 0
  grep -o 'fault: injected .*' "$ERR" >"$WORK/outcome$2"
}

it 'the same seed has the same outcome, another seed another'
outcome 7 a
outcome 7 b
outcome 8 c
that test "$(wc -l <"$WORK/outcomea")" -ge 3
that diff "$WORK/outcomea" "$WORK/outcomeb"
never cmp -s "$WORK/outcomea" "$WORK/outcomec"

it 'never and always'
with 'read chance=0% code=IO, resolve chance=100% delay=1ms'
arrives
injected 0 ' IO'
injected 1 'of resolve'

# ---- what cannot be read ----

# This fault, around the transport or (`-s`) the storage, is refused, and said to be TEXT.
refuses ()
{
  local line=6
  if test "$1" = -s
  then
    shift
    line=9
    with '' "$1"
  else
    with "$1"
  fi
  sed -i '/^log-level/d' "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
  run download org/m model.safetensors
  fails 2 "hfcore.yaml:$line:5: \`faults\`" "$2"
}

it 'a fault that cannot be read: 2, where it is, and the word'
refuses '""' 'it is empty'
refuses 'raed code=IO' '`raed` is no op that can fail; did you mean `read`?'
refuses 'abandon code=IO' '`abandon` is no op'
refuses 'commit code=IO' '`commit` is an op of a storage, and what is wrapped is a transport'
refuses -s 'resolve code=IO' '`resolve` is an op of a transport'
refuses 'read' 'it does not say what is to happen'
refuses 'read nth=2' 'it does not say what is to happen'
refuses 'read coed=IO' 'the item `read coed=IO`: there is no word `coed`; did you mean `code`?'
refuses 'read code=RETYR' 'there is no code `RETYR`; did you mean `RETRY`?'
refuses 'read code' '`code` needs a value'
refuses 'read cut=1 quiet=yes' '`quiet` takes no value'
refuses 'read code=IO code=DOWN' '`code` stands there twice'
for value in 0 x 3... 3..2 ..3 -1 99999999999999999999 ''
do
  refuses "read code=IO nth=$value" "or 3..5, not \`$value\`"
done
refuses 'read code=IO every=0' '`every` expects a number from 1, not `0`'
for value in 10 101% 100.1% .5% 0.00001% 5.% x%
do
  refuses "read code=IO chance=$value" "\`chance\` expects"
done
refuses 'read delay=soon' '`delay` expects a duration such as 200ms, 10s or 5m, not `soon`'
refuses 'read delay=9999999h' '`delay` expects'
refuses 'read code=RETRY retry-after=1x' '`retry-after` expects'
refuses 'read cut=1 retry-after=1s quiet' '`retry-after` goes with'
refuses 'read delay=1s retry-after=1s' '`retry-after` goes with'
refuses 'read cut=all' '`cut` expects bytes such as 512, 20KB or 4MiB, not `all`'
refuses 'resolve cut=10' '`cut` means nothing to `resolve`'
refuses '"* cut=10"' '`cut` means nothing to `*`'
refuses -s 'read short=10' '`short` means nothing to `read`'
refuses -s 'read after=10' '`after` means nothing to `read`'
refuses -s 'read ignore-ranges' '`ignore-ranges` is for a transport'
refuses 'read cut=10 flip=3' '`cut` and `flip` cannot stand in one fault; write two'
refuses 'read flip=3 code=IO' '`flip` and `code` cannot stand in one fault; write two'
refuses 'read code=IO quiet' '`quiet` goes with `cut` or `short`'
refuses 'read cut=3 code=IO quiet' '`quiet` is a success'
refuses 'read cut=3 code=PASS' '`PASS` is no end of a call that has begun'
refuses -s 'create code=PASS' '`PASS` is no answer of `create`'
refuses -s '"* code=PASS"' '`PASS` is no answer of `*`'
refuses "read $(printf '%080d' 0)" 'is too long'
refuses "$(printf 'read code=IO,%.0s' {1..65})" '64 is the most'
requested 0 '' ''

it 'a wrapper around nothing: 2'
configure <<'END'
storage: [ { name: alone, plugin: fault } ]
END
run download org/m
fails 2 hfcore.yaml:1: 'there is nothing to wrap' '`wraps: NAME`' '`alone`'

# ---- the manual page: its examples, word for word ----

# The example NAME.yaml of the page, as $WORK/NAME.yaml, with the test's Hub in place of the real one.
example ()
{
  awk -v name="# $1.yaml" '/^\.Bd/ { getline; on = $0 == name } /^\.Ed/ { on = 0 } on' \
    "$top_srcdir/core/man/hfcore-fault.7" | sed "s|https://huggingface.co|$HF_ENDPOINT|" \
    >"$WORK/$1.yaml"
  that test -s "$WORK/$1.yaml"
  without
  new_cache
  hub_log_clear
}

drill ()
{
  local name=$1
  shift
  run --config "$WORK/$name.yaml" download --cache-dir "$CACHE" org/m "$@"
}

it 'the manual page: a bad line'
example bad-line
drill bad-line model.safetensors
exits 0
prints "$CACHE/$R/$BIG"
says 'fault: injected RETRY, in call 1 of resolve; trying again' 'injected RETRY after 100000 bytes'
that test "$(logged '"range":"bytes=100000-' /lfs/ | wc -l)" -eq 1
tidy
sed -i 's/nth=1 code=RETRY/code=DOWN/' "$WORK/bad-line.yaml"
drill bad-line model.safetensors
exits 0
new_cache
drill bad-line model.safetensors
exits 5

it 'the manual page: a mirror that is down'
example mirror-down
export -n HF_ENDPOINT
drill mirror-down
export HF_ENDPOINT
exits 0
that intact "$CACHE/$R/$BIG"
that test "$(hub_count '' /resolve/)" -gt 0

it 'the manual page: a full disk'
example full-disk
drill full-disk model.safetensors
exits 7
says 'fault: injected NOSPACE'
never test -e "$CACHE/$R/$BIG"
run lookup org/m model.safetensors
exits 1
hub_log_clear
run download --cache-dir "$CACHE" org/m model.safetensors
exits 0
that intact "$CACHE/$R/$BIG"
that test "$(logged '"range":"bytes=200000-' /lfs/ | wc -l)" -eq 1

it 'the manual page: a disk that lies'
example lying-disk
drill lying-disk
exits 0
run cache verify --cache-dir "$CACHE" org/m
exits 6
grep -qF model.safetensors "$OUT" "$ERR" || wrong 'the damaged file is not named'
never grep -qF config.json "$OUT" "$ERR"

finish
