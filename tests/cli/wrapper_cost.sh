# SPDX-License-Identifier: Apache-2.0
# wrapper_cost.sh: what a wrapper costs, in instructions: a download through `fault` with no faults
# around the transport and the storage executes less than 3 % more of them, and none to copy the data.
. "$(dirname "$0")/lib.sh"
need_plugin fault transport-hub transport-dir

is_instrumented && skip_all 'an instrumented build executes more than its own instructions'
have valgrind || skip_all 'valgrind is not here to count instructions'

MIB=$((1 << 20))
SIZE=$((64 * MIB))
unset MALLOC_PERTURB_
cat >"$WORK/manifest.json" <<END_OF_JSON
{ "repos": [ { "id": "org/big", "commits": [ { "hash": "$C1",
  "files": { "big.bin": { "size": $SIZE, "seed": 5 } } } ] } ] }
END_OF_JSON
hub_start --manifest "$WORK/manifest.json" || exit 1

# The source of the files: an entry of `transport:` that is named `source`.
plain ()
{
  configure <<END_OF_YAML
retries: 0
download-timeout: 60s
transport: [ { name: source, $1 } ]
END_OF_YAML
}

wrapped ()
{
  configure <<END_OF_YAML
retries: 0
download-timeout: 60s
transport: [ { name: source, $1 }, { name: around, plugin: fault, wraps: source } ]
storage: [ { name: cache, plugin: auto }, { name: around, plugin: fault, wraps: cache } ]
END_OF_YAML
}

# Download into an empty cache; sets `counted`, the instructions of the whole process.
count ()
{
  new_cache
  rm -f "$WORK"/callgrind.*
  RUN_BY=(valgrind -q --tool=callgrind --callgrind-out-file="$WORK/callgrind.%p"
    --log-file="$WORK/valgrind.%p")
  run download org/big big.bin --revision "$C1"
  RUN_BY=()
  exits 0
  that test "$(stat -L -c %s "$CACHE/models--org--big/snapshots/$C1/big.bin")" -eq "$SIZE"
  counted=$(cat "$WORK"/callgrind.* | sed -n 's/^totals: *\([0-9]*\)$/\1/p')
  that test "${counted:-0}" -gt "$SIZE"
}

# The smaller of two counts: packets come in other portions each time.
count_twice ()
{
  local first
  count
  first=${counted:-0}
  count
  test "${counted:-0}" -lt "$first" || counted=$first
}

HUB='plugin: transport-hub'
it 'from the Hub: less than 3 % more instructions'
plain "$HUB"
count_twice
without=${counted:-1}
wrapped "$HUB"
count_twice
echo "#   $without instructions, with wrappers $counted"
that test $((counted * 100)) -lt $((without * 103))

# From a folder all comes in the same portions, so that a single copy of the data, of 32 bytes with
# two instructions, would be seen.
it 'from a folder: not as many more as a copy of the data takes'
STICK=$WORK/stick
plain "$HUB"
run download org/big big.bin --revision "$C1" --cache-dir "$STICK"
exits 0
FOLDER="plugin: transport-dir, root: \"$STICK\""
export -n HF_ENDPOINT
plain "$FOLDER"
count
without=${counted:-1}
wrapped "$FOLDER"
count
echo "#   $without instructions, with wrappers $counted"
that test $((counted - without)) -lt $((SIZE / 32))
never test "$counted" -eq "$without"

finish
