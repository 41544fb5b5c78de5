# SPDX-License-Identifier: Apache-2.0
# memory.sh: the peak of the resident memory does not depend on sizes and numbers: a file of 4 GiB
# under 24 MiB, a snapshot of 5,000 files under 32 MiB.
. "$(dirname "$0")/lib.sh"
need_plugin transport-hub

is_instrumented && skip_all 'the memory of an instrumented build is not its own'
PEAK=$top_builddir/tests/support/peak
test -x "$PEAK" || skip_all "there is no $PEAK to measure with"

GIANT=4294967296
# SHA-256 of so many zeros, so that the Hub need not compute it.
GIANT_SHA256=8479e43911dc45e89f934fe48d01297e16f51d17aa561d4d1c216b1ae0fcddca
configure <<'END'
retries: 0
download-timeout: 60s
END
cat >"$WORK/manifest.json" <<END
{ "repos": [
  { "id": "org/giant", "commits": [ { "hash": "$C1",
    "files": { "zeros.bin": { "size": $GIANT, "zero": true, "sha256": "$GIANT_SHA256" } } } ] },
  { "id": "org/big", "commits": [ { "hash": "$C1",
    "files": { "a.bin": { "size": 200000000, "seed": 1 } } } ] },
  { "id": "org/many", "commits": [ { "hash": "$C2",
    "many": [ { "count": 5000, "prefix": "data/file-with-a-name-of-some-length-", "suffix": ".txt",
      "size": 300, "seed": 1 } ] } ] }
] }
END
hub_start --manifest "$WORK/manifest.json" || exit 1

# Run the command; sets `status` and its `peak` (KiB).
watch_peak ()
{
  what="hfcore $*"
  status=0
  "$PEAK" "$WORK/peak" "$HFCORE" "$@" >"$OUT" 2>"$ERR" </dev/null || status=$?
  peak=$(cat "$WORK/peak")
  lib_check_output
  echo "#   $what: $peak KiB"
}

free_kib ()
{
  df -Pk "$WORK" | awk 'NR == 2 { print $4 }'
}

it 'a file of 200 MB: less than 24 MiB'
watch_peak download org/big a.bin
exits 0
that intact "$CACHE/models--org--big/snapshots/$C1/a.bin"
that test "$peak" -gt 0 -a "$peak" -lt 24576
rm -rf "$HF_HOME"

it 'a snapshot of 5,000 files: less than 32 MiB'
watch_peak download org/many
exits 0
that test "$peak" -gt 0 -a "$peak" -lt 32768
that test "$(find "$CACHE/models--org--many/snapshots/$C2/data" -type l | wc -l)" -eq 5000
tidy

it '…and again: one request, less than 32 MiB'
hub_log_clear
watch_peak download org/many
exits 0
requested 1 '' ''
that test "$peak" -gt 0 -a "$peak" -lt 32768
rm -rf "$HF_HOME"

it 'a file of 4 GiB: less than 24 MiB'
if test "$(free_kib)" -lt 9000000
then
  skip 'there are less than 9 GB free on the disk'
else
  watch_peak download org/giant zeros.bin
  exits 0
  that test "$peak" -gt 0 -a "$peak" -lt 24576
  that test "$(stat -Lc %s "$CACHE/models--org--giant/snapshots/$C1/zeros.bin")" = "$GIANT"
  tidy
fi

finish
