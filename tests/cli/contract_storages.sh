# SPDX-License-Identifier: Apache-2.0
# contract_storages.sh: each of our storages, with each way of sharing and without links, passes
# every case of the contract of storages: none fails, none is left out.
. "$(dirname "$0")/lib.sh"

export TMPDIR=$WORK/tmp
mkdir -m 711 "$TMPDIR"

VARIANTS='
store-symlink
store-copy share=reflink share=copy
store-copy share=copy
store-copy share=hard-link share=copy
auto
auto symlinks=no
'

# Check one variant in the background, as NUMBER.
check ()
{
  local number=$1 plugin=$2
  shift 2
  "$HFCORE" plugin check "$plugin" ${@/#/--set=} --only storage/ \
    >"$WORK/out.$number" 2>"$WORK/err.$number" &
}

# One case of the six: all that hfcore knows has passed.
passed ()
{
  local out=$WORK/out.$1
  wait "$2" || wrong "ended with $?: $(grep -A 1 '^FAIL' "$out"; head -c 500 "$WORK/err.$1")"
  ! grep -qE '^(FAIL|skip)' "$out" || wrong "$(grep -A 1 -E '^(FAIL|skip)' "$out")"
  test "$(tail -n 1 "$out")" = "$ALL passed, 0 failed, 0 skipped" ||
    wrong "not $ALL passed: $(tail -n 1 "$out")"
}

it 'there are cases'
run plugin check --list
exits 0; silent
ALL=$(grep -c '^storage/' "$OUT")
test "$ALL" -ge 80 || wrong "only $ALL cases"

# They wait for the disk most of the time.
number=0
jobs=()
while read -r variant
do
  number=$((number + 1))
  test -n "$variant" && ! plugin_off "${variant%% *}" || continue
  check "$number" $variant
  jobs[number]=$!
done <<<"$VARIANTS"

number=0
while read -r variant
do
  number=$((number + 1))
  test -n "$variant" || continue
  it "the contract: $variant"
  if plugin_off "${variant%% *}"
  then
    skip 'it was configured off'
  else
    passed "$number" "${jobs[number]}"
  fi
done <<<"$VARIANTS"

finish
