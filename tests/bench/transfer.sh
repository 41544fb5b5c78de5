#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# transfer.sh: downloads of one large file beside curl, openssl, aria2c and Python's client, from an nginx
# on loopback that answers as the Hub does. Runs in turn, A B A B; medians, and ratios of pairs.
#   PAIRS=5   how many;  MIB=1024  the file;  RATE=50m  of a connection of the slow server;
#   HFCORE_VENV=FOLDER  a Python with huggingface_hub (left out where there is none);
#   JSON=FILE  the numbers, for a chart.
# Needs nginx, curl, openssl; aria2c where it is there.
set -u
: "${HFCORE:?run it by: make bench}"
for program in nginx curl openssl; do
  command -v "$program" >/dev/null || { echo "transfer.sh: $program is not installed: left out"; exit 0; }
done
pairs=${PAIRS:-5} mib=${MIB:-1024} rate=${RATE:-50m}
work=$(mktemp -d "${TMPDIR:-/tmp}/hfcore-transfer-XXXXXX")
trap 'test ! -e "$work/pid" || kill "$(cat "$work/pid")" 2>/dev/null; rm -rf "$work"' EXIT
chmod 755 "$work"
if [ -x "${HFCORE%/*}/.libs/hfcore" ]; then
  export LD_LIBRARY_PATH=${HFCORE%/*}/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  HFCORE=${HFCORE%/*}/.libs/hfcore
fi
export HOME=$work XDG_CONFIG_HOME=$work HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HUB_DISABLE_TELEMETRY=1
commit=1111111111111111111111111111111111111111

# ---- a Hub ----

mkdir "$work/files" "$work/tmp"
openssl enc -aes-128-ctr -K 7 -iv 0 -in /dev/zero 2>/dev/null | head -c "$((mib << 20))" >"$work/files/big.bin"
sha=$(openssl dgst -sha256 -r "$work/files/big.bin" | cut -d' ' -f1)
port=$((20000 + $$ % 20000))

# server PORT DIRECTIVES
server ()
{
  cat <<END
  server {
    listen 127.0.0.1:$1;
    $2
    location ~ ^/bench/big/resolve/[^/]+/(.+)\$ {
      etag off;
      add_header ETag '"$sha"' always;
      add_header X-Repo-Commit $commit always;
      alias $work/files/\$1;
    }
  }
END
}
{
  cat <<END
worker_processes 2;
pid $work/pid;
error_log $work/error;
events { worker_connections 512; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000;
END
  for kind in client_body proxy fastcgi uwsgi scgi; do echo "  ${kind}_temp_path $work/tmp;"; done
  server "$port" ''
  server "$((port + 1))" "limit_rate $rate;"
  echo '}'
} >"$work/nginx.conf"
nginx -c "$work/nginx.conf" -p "$work" || exit 1
fast=http://127.0.0.1:$port slow=http://127.0.0.1:$((port + 1))
url=bench/big/resolve/main/big.bin

# ---- who is timed; each leaves nothing behind, after its time was taken ----

clean ()
{
  rm -rf "$work/cache" "$work/out" "$work/python"
}
do_hfcore ()
{
  HF_ENDPOINT=$1 HF_HUB_CACHE=$work/cache "$HFCORE" download bench/big big.bin -q >/dev/null
}
do_curl ()
{
  curl -s -o "$work/out" "$1/$url"
}
do_curl_sync ()
{
  curl -s -o "$work/out" "$1/$url" && sync "$work/out"
}
do_openssl ()
{
  openssl dgst -sha256 "$work/files/big.bin" >/dev/null
}
do_aria2 ()
{
  aria2c -q -x16 -s16 --file-allocation=none --checksum="sha-256=$sha" -d "$work" -o out "$1/$url"
}
do_hf ()
{
  HF_ENDPOINT=$1 HF_HUB_CACHE=$work/python "$HFCORE_VENV/bin/hf" download bench/big big.bin >/dev/null 2>&1
}

seconds ()
{
  local began ended
  clean
  began=$(date +%s%N)
  "$@" || echo "transfer.sh: $* failed" >&2
  ended=$(date +%s%N)
  awk -v t="$((ended - began))" 'BEGIN { printf "%.3f\n", t / 1e9 }'
}

median ()
{
  sort -n | awk '{ a[NR] = $1 } END { print a[int ((NR + 1) / 2)] }'
}

# compare WHAT SERVER WHO…: rounds in turn; a line of medians, each with the ratio of hfcore's to it.
compare ()
{
  local what=$1 server=$2 who i
  shift 2
  rm -f "$work"/times.*
  for who; do seconds "do_$who" "$server" >/dev/null; done
  for ((i = 0; i < pairs; i++)); do
    for who; do seconds "do_$who" "$server" >>"$work/times.$who"; done
  done
  echo "== $what"
  for who; do
    printf '   %-12s %7.3f s   hfcore takes %.2f of it\n' "$who" "$(median <"$work/times.$who")" \
      "$(paste "$work/times.hfcore" "$work/times.$who" | awk '{ print $1 / $2 }' | median)"
    test -z "${JSON:-}" ||
      printf '{"case":"%s","who":"%s","seconds":[%s]}\n' "$what" "$who" \
        "$(paste -sd, "$work/times.$who")" >>"$JSON"
  done
}

cat "$work/files/big.bin" >/dev/null
others=
command -v aria2c >/dev/null && others=aria2
[ -x "${HFCORE_VENV:-}/bin/hf" ] && others="$others hf"
# shellcheck disable=SC2086 # words are meant
compare "one file of $mib MiB, checked while it comes" "$fast" hfcore curl curl_sync openssl $others
paste "$work/times.hfcore" "$work/times.curl" "$work/times.openssl" |
  awk '{ m = $2 > $3 ? $2 : $3; print $1 / m, $1 / ($2 + $3) }' >"$work/both"
printf '   hfcore takes %.2f of the larger of curl and openssl, %.2f of their sum\n' \
  "$(cut -d' ' -f1 "$work/both" | median)" "$(cut -d' ' -f2 "$work/both" | median)"
# shellcheck disable=SC2086
compare "the same, $rate bytes/s a connection" "$slow" hfcore $others
clean
/usr/bin/time -f '   hfcore: %M KiB at the most' true 2>/dev/null &&
  /usr/bin/time -f '   hfcore: %M KiB at the most' env HF_ENDPOINT="$slow" HF_HUB_CACHE="$work/cache" \
    "$HFCORE" download bench/big big.bin -q 2>&1 >/dev/null | tail -n 1
