#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh: look-ups, downloads and memory beside Python's huggingface_hub and bare C, as whole
# processes run in turn, with the ratios of each pair. The library is installed into a scratch
# folder first, so that no build-tree wrapper is measured. Python is left out where PyPI cannot
# be had.
set -eu
: "${top_builddir:?run it by: make bench}" "${top_srcdir:?}" "${HUB_SERVER:?}"
here=$top_builddir/tests/bench
work=$(mktemp -d)
trap 'hub_stop; rm -rf "$work"' EXIT
. "$top_srcdir/tests/support/hub.sh"

make -s -C "$top_builddir" install DESTDIR="$work/stage" >/dev/null 2>&1
prefix=$work/stage$(sed -n 's/^prefix = //p' "$top_builddir/Makefile")
hfcore=$prefix/bin/hfcore
export HFCORE_PLUGIN_PATH=$prefix/lib/hfcore LD_LIBRARY_PATH=$prefix/lib
export HOME=$work HF_HOME=$work/home XDG_CONFIG_HOME=$work HF_HUB_DISABLE_XET=1
export HF_HUB_DISABLE_TELEMETRY=1 HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HUB_DISABLE_UPDATE_CHECK=1

cat >"$work/manifest.json" <<JSON
{ "repos": [
  { "type": "model", "id": "bench/small",
    "commits": [ { "files": { "config.json": { "size": 4096, "seed": 1 } } } ], "refs": { "main": 0 } },
  { "type": "model", "id": "bench/big",
    "commits": [ { "files": { "model.bin": { "size": 1073741824, "seed": 2, "lfs": true } } } ],
    "refs": { "main": 0 } },
  { "type": "model", "id": "bench/many",
    "commits": [ { "files": { }, "many": [ { "count": 1000, "size": 4096, "prefix": "files/" } ] } ],
    "refs": { "main": 0 } } ] }
JSON
hub_start --manifest "$work/manifest.json"
python=$(bash "$top_srcdir/tests/interop/venv.sh" newest) || python=
hf=$(dirname "$python")/hf

"$hfcore" download bench/small >/dev/null
commit=$(cat "$HF_HOME/hub/models--bench--small/refs/main")

echo "== a look-up, whole process =="
set -- -- 'trivial dynamic C program' "$here/trivial" \
  -- 'hfcore lookup, commit' "$hfcore" lookup bench/small config.json --revision "$commit" \
  -- 'hfcore lookup, main' "$hfcore" lookup bench/small config.json \
  -- 'hfcore download FILE, commit' "$hfcore" download bench/small config.json --revision "$commit"
"$here/pairs" -n 300 -w 30 "$@"
if [ -n "$python" ]; then
  "$here/pairs" -n 5 -w 1 -- 'hfcore download FILE, commit' "$hfcore" download bench/small \
    config.json --revision "$commit" \
    -- 'hf download FILE, commit' "$hf" download bench/small config.json --revision "$commit" \
    -- 'python hf_hub_download' "$python" -c "from huggingface_hub import hf_hub_download
hf_hub_download ('bench/small', 'config.json', revision='$commit')"
fi

echo "== a look-up in the library =="
loop=$here/.libs/lookup_loop
printf 'commit: '; "$loop" "$HF_HOME/hub" bench/small "$commit" config.json
printf 'main:   '; "$loop" "$HF_HOME/hub" bench/small main config.json
[ -z "$python" ] || "$python" - "$commit" <<'PY'
import statistics, sys, time
from huggingface_hub import try_to_load_from_cache as load
def slice(revision):
    start = time.perf_counter()
    for _ in range(1000):
        load("bench/small", "config.json", revision=revision)
    return (time.perf_counter() - start) * 1e3
for revision in (sys.argv[1], "main"):
    print(f"python try_to_load_from_cache, {revision[:8]}: {statistics.median(slice(revision) for _ in range(11)):.1f} us")
PY

echo "== a cache of 1,000 repositories, 30,000 blobs, 60,000 links =="
python3 "$top_srcdir/tests/bench/make_cache.py" "$work/large"
walk=$here/walk scan=$here/.libs/scan_once
"$here/pairs" -n 15 -w 2 -- 'bare walk, 1 thread' "$walk" "$work/large" 1 \
  -- 'library, 1 thread' "$scan" "$work/large" 1 \
  -- 'library, 2 threads' "$scan" "$work/large" 2 \
  -- 'hfcore cache ls' "$hfcore" cache ls --cache-dir "$work/large" \
  -- 'hfcore scan-cache' "$hfcore" scan-cache --dir "$work/large"
[ -z "$python" ] || "$here/pairs" -n 3 -w 1 -- 'hfcore cache ls' "$hfcore" cache ls --cache-dir \
  "$work/large" -- 'hf cache ls' "$hf" cache ls --cache-dir "$work/large"
rm -rf "$work/large"

# Many small files go to memory where there is some: a disk that is busy with the discards of the
# last big file would be all that is measured.
cold=$work/cold
fresh () { rm -rf "$cold"; "$@" --cache-dir "$cold"; }
export -f fresh
export cold
echo "== 1 GiB, cold cache, digest checked by hfcore alone =="
set -- -- 'hfcore download' bash -c "fresh $hfcore download bench/big -q"
[ -z "$python" ] || set -- "$@" -- 'hf download' bash -c "fresh $hf download bench/big -q"
"$here/pairs" -n 3 -w 1 "$@"
[ ! -w /dev/shm ] || cold=$(mktemp -d /dev/shm/hfcore-bench-XXXXXX)
trap 'hub_stop; rm -rf "$work" "$cold"' EXIT
echo "== 1,000 files of 4 KiB, cold cache in $cold =="
set -- -- 'hfcore download' bash -c "fresh $hfcore download bench/many -q"
[ -z "$python" ] || set -- "$@" -- 'hf download' bash -c "fresh $hf download bench/many -q"
"$here/pairs" -n 3 -w 1 "$@"
