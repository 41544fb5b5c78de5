#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify.sh: hfcore cache verify beside openssl's own speed, run in turn, with the ratio of each
# pair: several large blobs against all cores, one against one core. Ratios are what counts: 1.00 is
# a verification for which reading costs nothing. PAIRS: how many (7); MIB: the size of a blob (1024).
set -eu
: "${HFCORE:?run it by: make bench}"
command -v openssl >/dev/null || { echo 'openssl is not installed: left out'; exit 0; }
folder=/dev/shm
[ -w "$folder" ] || folder=${TMPDIR:-/tmp}
work=$(mktemp -d "$folder/hfcore-verify-XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ -x "${HFCORE%/*}/.libs/hfcore" ]; then
  export LD_LIBRARY_PATH=${HFCORE%/*}/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  HFCORE=${HFCORE%/*}/.libs/hfcore
fi
export HOME=$work XDG_CONFIG_HOME=$work HF_HUB_OFFLINE=1
pairs=${PAIRS:-7} mib=${MIB:-1024}
commit=1111111111111111111111111111111111111111

# A cache of COUNT blobs of MIB each.
make_cache () # NAME COUNT
{
  local repo=$work/$1/models--bench--verify i hash
  mkdir -p "$repo/blobs" "$repo/snapshots/$commit" "$repo/refs"
  printf %s "$commit" >"$repo/refs/main"
  for ((i = 0; i < $2; i++)); do
    openssl enc -aes-128-ctr -K "$i" -iv 0 -in /dev/zero 2>/dev/null | head -c "$((mib << 20))" \
      >"$work/blob" || :
    hash=$(openssl dgst -sha256 -r "$work/blob" | cut -d' ' -f1)
    mv "$work/blob" "$repo/blobs/$hash"
    ln -s "../../blobs/$hash" "$repo/snapshots/$commit/$i.bin"
  done
}

verify () # CACHE: GB/s, the command's start and end included
{
  local began ended bytes
  bytes=$(($(find "$1" -type f -name '????????????????????????????????????????????????????????????????' -printf '%s+')0))
  began=$(date +%s%N)
  "$HFCORE" cache verify bench/verify --cache-dir "$1" -q
  ended=$(date +%s%N)
  awk -v b="$bytes" -v t="$((ended - began))" 'BEGIN { printf "%.3f\n", b / t }'
}

# By the clock, as we are measured, and not by the time that openssl had of a core.
speed () # OPTION…: GB/s of openssl's SHA-256
{
  openssl speed -elapsed -evp sha256 -seconds 1 -mr "$@" 2>/dev/null |
    awk -F: '/^\+F:/ { print $NF / 1e9 }' | tail -n 1
}

# Median ratio of runs in turn.
compare () # WHAT CACHE OPTION…
{
  local what=$1 cache=$2 i ours theirs
  shift 2
  verify "$cache" >/dev/null
  for ((i = 0; i < pairs; i++)); do
    theirs=$(speed "$@")
    ours=$(verify "$cache")
    echo "$ours $theirs"
  done | awk -v what="$what" '
    { ours[NR] = $1; theirs[NR] = $2; ratio[NR] = $1 / $2 }
    function median (list, n,  i, j, t)
    {
      for (i = 1; i <= n; i++)
        for (j = i + 1; j <= n; j++)
          if (list[j] < list[i]) { t = list[i]; list[i] = list[j]; list[j] = t }
      return list[int ((n + 1) / 2)]
    }
    END {
      printf "%-28s %.2f GB/s, openssl speed %.2f GB/s, ratio %.2f\n", what, median(ours, NR),
             median(theirs, NR), median(ratio, NR)
    }'
}

cores=$(nproc)
make_cache several "$((2 * cores))"
make_cache one 1
echo "== verify, offline, blobs of $mib MiB in $folder =="
compare "$((2 * cores)) blobs, $cores cores" "$work/several" -multi "$cores" -bytes 16384
compare 'one blob' "$work/one" -bytes 1048576
