#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A cache on a file system without links, filled by hfcore and by Python in turn.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
interop_need newest PYTHON_NEWEST
interop_need 0.26.2 PYTHON_0_26_2
: "${top_srcdir:=$(cd "$interop_dir/../.." && pwd)}"
# shellcheck source=../cli/mounts.sh
. "$top_srcdir/tests/cli/mounts.sh"
# shellcheck source=../cli/lib.sh
. "$top_srcdir/tests/cli/lib.sh"

mount_image exfat 64
start_usual_hub
M=$CACHE/models--org--m
export HF_HUB_DISABLE_SYMLINKS_WARNING=1 HF_HUB_DISABLE_TELEMETRY=1 PYTHONDONTWRITEBYTECODE=1

cat >"$WORK/ask.py" <<'END'
"""download FILE REVISION, snapshot REVISION, lookup FILE, scan: what Python says, on one line."""
import sys

import huggingface_hub as hub

what, *rest = sys.argv[1:]
if what == "download":
    print(hub.hf_hub_download("org/m", rest[0], revision=rest[1]))
elif what == "snapshot":
    # One at a time: 0.26.2 takes links for possible while another thread tries them.
    print(hub.snapshot_download("org/m", revision=rest[0], max_workers=1))
elif what == "lookup":
    print(hub.try_to_load_from_cache("org/m", rest[0]))
else:
    info = hub.scan_cache_dir()
    revisions = {revision for repo in info.repos for revision in repo.revisions}
    # 0.26.2 knows no CACHEDIR.TAG.
    warnings = [str(warning) for warning in info.warnings if "CACHEDIR.TAG" not in str(warning)]
    print(warnings, sorted(len(revision.files) for revision in revisions))
END

# Python is to print exactly this line.
python_prints ()
{
  local expected=$1
  shift
  what="python $*"
  status=0
  timeout -k 5 120 "$PYTHON" -B "$WORK/ask.py" "$@" >"$OUT" 2>"$ERR" </dev/null || status=$?
  exits 0
  prints "$expected"
}

both_ways ()
{
  local PYTHON=$2
  rm -rf "$CACHE"

  it "$1: Python reads and extends what hfcore wrote"
  run download org/m config.json
  exits 0
  python_prints "$M/snapshots/$C2/config.json" lookup config.json
  hub_log_clear
  python_prints "$M/snapshots/$C2/config.json" download config.json main
  requested 0 GET /config.json
  python_prints "$M/snapshots/$C2" snapshot main
  that test "$(find "$M/snapshots/$C2" -type f | wc -l)" -eq 7

  it "$1: hfcore reads and extends what Python wrote"
  python_prints "$M/snapshots/$C3/README.md" download README.md refs/pr/1
  hub_log_clear
  run lookup org/m README.md --revision refs/pr/1
  exits 0
  prints "$M/snapshots/$C3/README.md"
  HF_HUB_OFFLINE=1 run download org/m art/deep/two.txt
  exits 0; silent
  prints "$M/snapshots/$C2/art/deep/two.txt"
  HF_HUB_OFFLINE=1 run download org/m
  exits 0
  prints "$M/snapshots/$C2"
  requested 0 '' ''
  run download org/m --revision refs/pr/1
  exits 0; silent
  prints "$M/snapshots/$C3"

  it "$1: Python finds nothing wrong with it"
  python_prints '[] [2, 7]' scan
  HF_HUB_OFFLINE=1 python_prints "$M/snapshots/$C3" snapshot refs/pr/1
  that test -z "$(find "$M/blobs" -type f)"
  tidy
}

both_ways newest "$PYTHON_NEWEST"
both_ways 0.26.2 "$PYTHON_0_26_2"

finish
