# SPDX-License-Identifier: Apache-2.0
# lib.sh: what the end-to-end scripts share. A script sources it, starts a Hub, and is then a list of
#   it 'what is to be true'; run ARGUMENT…; exits 0; prints 'TEXT'; …
# Each case ends in a line "ok - …" or "not ok - …"; `finish` closes with "N passed, N failed".
# Every run of the command is also checked for control characters and for the token's text.
# Run by hand: HFCORE=… HUB_SERVER=… HFCORE_PLUGIN_PATH=… bash tests/cli/NAME.sh
# shellcheck shell=bash

set -u
LC_ALL=C.UTF-8
export LC_ALL

: "${top_srcdir:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${top_builddir:=$top_srcdir/build}"
: "${HFCORE:=$top_builddir/hfcore}"
: "${HUB_SERVER:=$top_builddir/tests/support/hub_server}"
: "${HFCORE_PLUGIN_PATH:=$top_builddir/plugins}"
export HFCORE HUB_SERVER HFCORE_PLUGIN_PATH
# shellcheck source=../support/hub.sh
. "$top_srcdir/tests/support/hub.sh"

for lib_program in "$HFCORE" "$HUB_SERVER"
do
  test -x "$lib_program" || { echo "not ok - $lib_program is not built"; exit 1; }
done

# The program itself and not libtool's script around it: quicker, and nothing of the shell's is
# measured.
if test -x "${HFCORE%/*}/.libs/hfcore"
then
  export LD_LIBRARY_PATH=${HFCORE%/*}/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  HFCORE=${HFCORE%/*}/.libs/hfcore
fi

# ---- a world of its own ----

# Nothing of the person who runs the tests: neither settings nor caches nor proxies.
for lib_variable in $(compgen -e)
do
  case $lib_variable in
    HFCORE | HFCORE_PLUGIN_PATH | HFCORE_INSTRUMENTED) ;;
    HF_* | HFCORE_* | HUGGING* | TRANSFORMERS_OFFLINE | XDG_* | SSL_CERT_* | NO_COLOR | COLUMNS | \
      DISABLE_TELEMETRY | DO_NOT_TRACK | *_proxy | *_PROXY) unset "$lib_variable" ;;
  esac
done

WORK=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/hfcore-cli.XXXXXX")" && pwd -P) || exit 1
chmod 755 "$WORK"
OUT=$WORK/stdout
ERR=$WORK/stderr
export HOME=$WORK/home XDG_CONFIG_HOME=$WORK/config
mkdir -p "$HOME" "$XDG_CONFIG_HOME/hfcore"
SECRET=hf_tEsT0123456789abcdefghijklmnop
status=0
what=
lib_case=
lib_wrong=
lib_passed=0
lib_failed=0
lib_skipped=0
lib_caches=0
lib_finished=

lib_end ()
{
  local code=$?
  test -z "${HUB_PID:-}" || hub_stop
  swap_hubs
  test -z "${HUB_PID:-}" || hub_stop
  chmod -R u+rwx "$WORK" 2>/dev/null
  rm -rf "$WORK"
  if test -z "$lib_finished"
  then
    echo "not ok - ${lib_case:-the script} (the script ended here, status $code)"
    exit 1
  fi
}
trap lib_end EXIT
trap 'exit 1' INT TERM HUP

# The user's configuration file, from stdin. By default nothing is tried twice.
configure ()
{
  cat >"$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
}
configure <<'END'
retries: 0
END

# An empty HF_HOME; $CACHE is the cache in it.
new_cache ()
{
  lib_caches=$((lib_caches + 1))
  export HF_HOME=$WORK/hf$lib_caches
  CACHE=$HF_HOME/hub
}
new_cache

# ---- cases ----

lib_close ()
{
  test -n "$lib_case" || return 0
  if test -n "$lib_wrong"
  then
    lib_failed=$((lib_failed + 1))
    echo "not ok - $lib_case"
  else
    lib_passed=$((lib_passed + 1))
    echo "ok - $lib_case"
  fi
  lib_case=
}

# Begin a case; it ends where the next one begins.
it ()
{
  lib_close
  lib_case=$1
  lib_wrong=
}

# The running case is left out.
skip ()
{
  lib_skipped=$((lib_skipped + 1))
  echo "ok - $lib_case # SKIP $1"
  lib_case=
}

# The whole script is left out, or what is to come of it.
skip_all ()
{
  test "$lib_failed" -eq 0 || finish
  lib_finished=yes
  echo "# skipped: $1"
  exit 77
}

# Was this plugin left out by configure?
plugin_off ()
{
  case " ${PLUGINS_OFF:-} " in *" $1 "*) return 0 ;; esac
  return 1
}

# In YAML: a storage without links, by whatever plugin there is.
COPIES='plugin: store-copy'
! plugin_off store-copy || COPIES='plugin: auto, symlinks: no'

# The script is of no use without these plugins.
need_plugin ()
{
  local name
  for name
  do
    ! plugin_off "$name" || skip_all "configured with --disable-$name"
  done
}

# The running case has failed: why, and what the last run said.
wrong ()
{
  test -n "$lib_wrong" || printf '#   after: %s\n' "$what"
  lib_wrong=yes
  printf '#   %s\n' "$1"
}

finish ()
{
  lib_close
  lib_finished=yes
  printf '%d passed, %d failed' "$lib_passed" "$lib_failed"
  test "$lib_skipped" -eq 0 || printf ', %d skipped' "$lib_skipped"
  echo
  test "$lib_failed" -eq 0
  exit
}

# ---- running the command ----

# What is true of every run: no control characters, no token, and no sanitizer's complaint.
lib_bad_output='[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|'$SECRET'|Sanitizer|runtime error:|^==[0-9]+=='

lib_check_output ()
{
  ! LC_ALL=C grep -qaP "$lib_bad_output" "$OUT" "$ERR" ||
    wrong "control characters, the token or a crash in the output: $(cat -v "$OUT" "$ERR" |
      head -c 3000)"
}

# hfcore with these arguments; sets `status`, fills $OUT and $ERR. RUN_BY: what is to run it.
RUN_BY=()
run ()
{
  what="hfcore $*"
  status=0
  timeout --foreground -k 5 60 "${RUN_BY[@]}" "$HFCORE" "$@" >"$OUT" 2>"$ERR" </dev/null || status=$?
  test "$status" -lt 124 || test "$status" -eq 130 || wrong "it crashed or hung: status $status"
  lib_check_output
}

# ---- what is to be true of the last run ----

exits ()
{
  test "$status" -eq "$1" || wrong "exit status $status, not $1; stderr: $(head -c 700 "$ERR")"
}

# Exactly this line on stdout.
prints ()
{
  test "$(cat "$OUT")" = "$1" && test "$(wc -l <"$OUT")" -eq 1 ||
    wrong "printed $(head -c 400 "$OUT" | tr '\n' '|'), not $1"
}

prints_nothing ()
{
  test ! -s "$OUT" || wrong "stdout is not empty: $(head -c 300 "$OUT")"
}

# Nothing on stderr but the lines of progress that a slow machine gets to see.
silent ()
{
  ! grep -qvE '^hfcore: [0-9]+/[0-9]+ files, ' "$ERR" ||
    wrong "stderr is not empty: $(head -c 500 "$ERR")"
}

# Each TEXT stands on stderr.
says ()
{
  local text
  for text
  do
    grep -qF -- "$text" "$ERR" || wrong "stderr does not say '$text': $(head -c 700 "$ERR")"
  done
}

# Exit status N, nothing on stdout, exactly one line on stderr, with each TEXT in it.
fails ()
{
  exits "$1"
  shift
  prints_nothing
  test "$(wc -l <"$ERR")" -eq 1 ||
    wrong "$(wc -l <"$ERR") lines on stderr, not 1: $(head -c 700 "$ERR")"
  grep -qE '^hfcore: .{8,}' "$ERR" || wrong "no line 'hfcore: …': $(head -c 300 "$ERR")"
  test "$(wc -c <"$ERR")" -le 1200 || wrong "a line of $(wc -c <"$ERR") bytes"
  says "$@"
}

# Any command that is to succeed.
that ()
{
  "$@" || wrong "not true: $*"
}

never ()
{
  ! "$@" || wrong "true: $*"
}

# Poll (for at most 20 s) until the command succeeds.
eventually ()
{
  local tries=0
  until "$@" 2>/dev/null
  do
    tries=$((tries + 1))
    test "$tries" -lt 1000 || { wrong "never came true: $*"; return 1; }
    read -r -t 0.02 <>"$WORK/never" || :
  done
}
mkfifo "$WORK/never"

# ---- requests ----

# N requests with METHOD ('' any) and PART of the URL ('' any) since the log was cleared.
requested ()
{
  local count
  count=$(hub_count "$2" "$3")
  test "$count" = "$1" || wrong "$count requests ${2:-of any method} '$3', not $1:
$(hub_log | sed 's/^/#     /')"
}

# A second Hub takes its turn in hub_* and $HF_ENDPOINT; $OTHER_ENDPOINT is the one that waits.
OTHER_ENDPOINT= OTHER_CDN= OTHER_LOG= OTHER_PID= OTHER_DIR=
swap_hubs ()
{
  local endpoint=${HF_ENDPOINT:-} cdn=${CDN:-} log=${HUB_LOG:-} pid=${HUB_PID:-} dir=${HUB_DIR:-}
  export HF_ENDPOINT=$OTHER_ENDPOINT
  CDN=$OTHER_CDN HUB_LOG=$OTHER_LOG HUB_PID=$OTHER_PID HUB_DIR=$OTHER_DIR
  OTHER_ENDPOINT=$endpoint OTHER_CDN=$cdn OTHER_LOG=$log OTHER_PID=$pid OTHER_DIR=$dir
}

# Lines of the log that hold all PARTs, such as '"origin":"cdn"'.
logged ()
{
  local part
  hub_log | sed 's/": /":/g' >"$WORK/log"
  for part
  do
    grep -F -- "$part" "$WORK/log" >"$WORK/log.part"
    mv "$WORK/log.part" "$WORK/log"
  done
  cat "$WORK/log"
}

# ---- files ----

# All below a folder, one a line: name, kind, mode, size, time, link text.
tree ()
{
  find "$1" -mindepth 1 -printf '%P %y %m %s %T@ %l\n' 2>/dev/null | sort
}

# Does the content of this file of the cache match the blob's name?
intact ()
{
  local blob name
  blob=$(readlink -f -- "$1") && test -f "$blob" || return 1
  name=${blob##*/}
  case ${#name} in
    64) test "$(sha256sum <"$blob" | cut -d' ' -f1)" = "$name" ;;
    40)
      test "$({ printf 'blob %d\0' "$(stat -c %s "$blob")"; cat "$blob"; } | sha1sum |
        cut -d' ' -f1)" = "$name"
      ;;
    *) return 1 ;;
  esac
}

# No download in the making, no record of one, no temporary file is left.
tidy ()
{
  local left
  left=$(find "${1:-$CACHE}" \( -name '*.incomplete' -o -name '*.tmp' -o -name 'tmp*' \
    -o -name '.partials' \) 2>/dev/null)
  test -z "$left" || wrong "left behind: $left"
}

# The cache was not even made.
untouched ()
{
  test ! -e "$HF_HOME" || wrong "written: $(find "$HF_HOME" | head -n 5 | tr '\n' ' ')"
}

# ---- the machine ----

have ()
{
  command -v "$1" >/dev/null
}

# Under a sanitizer or valgrind memory and system calls are not the command's own.
is_instrumented ()
{
  test -n "${HFCORE_INSTRUMENTED:-}" || grep -qaE "__(a|t)san_init" "$HFCORE"
}

# The test module NAME (of tests/support/plugins) as $PLUGINS/hfcore-test-NAME.so, with `-` for `_`;
# the script has made that folder.
test_module ()
{
  local name=hfcore-test-${1//_/-}.so folder
  for folder in "${TEST_PLUGIN_DIR:-$top_builddir/tests/support/plugins}"{/.libs,}
  do
    if test -f "$folder/$name"
    then
      install -m 644 "$folder/$name" "$PLUGINS/$name"
      return
    fi
  done
  have "${CC:-cc}" && "${CC:-cc}" -shared -fPIC -D_GNU_SOURCE -I"$top_srcdir" \
    -I"$top_srcdir/include" "$top_srcdir/tests/support/plugins/$1.c" -o "$PLUGINS/$name" \
    2>"$WORK/cc.log" && chmod 644 "$PLUGINS/$name"
}

# For RUN_BY: a user without rights.
AS_NOBODY=()
test "$(id -u)" -ne 0 || AS_NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups)

can_be_nobody ()
{
  "${AS_NOBODY[@]}" "$HFCORE" version >/dev/null 2>&1 &&
    "${AS_NOBODY[@]}" "$HFCORE" plugin show store-symlink >/dev/null 2>&1
}

# ---- a Hub with the usual things ----

C1=1111111111111111111111111111111111111111
C2=2222222222222222222222222222222222222222
C3=3333333333333333333333333333333333333333
D1=dddddddddddddddddddddddddddddddddddddddd
BIG_SIZE=300000

# Start a Hub that serves org/m (main C2, v1.0 and feature/x C1, refs/pr/1 C3) and others.
start_usual_hub ()
{
  need_plugin transport-hub
  cat >"$WORK/manifest.json" <<END
{ "repos": [
  { "id": "org/m",
    "commits": [
      { "hash": "$C1",
        "files": {
          "README.md": { "text": "# one\n" },
          "config.json": { "text": "{ \"v\": 1 }\n" },
          "model.safetensors": { "size": $BIG_SIZE, "seed": 1 },
          "art/one.txt": { "text": "one\n" },
          "art/deep/two.txt": { "text": "two\n" },
          "artist.txt": { "text": "not in the folder\n" },
          "empty.txt": { "text": "" },
          "dätä/ü ñ.txt": { "text": "unicode\n" },
          "to?/awful%20file#1.txt": { "text": "awful\n" } } },
      { "hash": "$C2",
        "files": {
          "README.md": { "text": "# one\n" },
          "config.json": { "text": "{ \"v\": 2 }\n" },
          "model.safetensors": { "size": $BIG_SIZE, "seed": 1 },
          "art/one.txt": { "text": "one\n" },
          "art/deep/two.txt": { "text": "two\n" },
          "artist.txt": { "text": "not in the folder\n" },
          "empty.txt": { "text": "" } } },
      { "hash": "$C3",
        "files": {
          "README.md": { "text": "# a pull request\n" },
          "model.safetensors": { "size": $BIG_SIZE, "seed": 1 } } } ],
    "refs": { "main": 1, "v1.0": 0, "feature/x": 0, "refs/pr/1": 2 } },
  { "id": "solo", "commits": [ { "files": { "config.json": { "text": "{}\n" } } } ] },
  { "id": "org/old", "renamed_to": "org/m" },
  { "id": "org/private", "private": true,
    "commits": [ { "hash": "$D1", "files": { "a.txt": { "text": "private\n" },
      "big.bin": { "size": 100000, "seed": 7 } } } ] },
  { "id": "org/gated", "gated": true,
    "commits": [ { "files": { "a.txt": { "text": "gated\n" } } } ] },
  { "id": "org/disabled", "disabled": true,
    "commits": [ { "files": { "a.txt": { "text": "x\n" } } } ] },
  { "type": "dataset", "id": "org/d",
    "commits": [ { "hash": "$D1",
      "files": { "train/a.csv": { "text": "1,2\n" }, "data.parquet": { "size": 5000, "seed": 3 } }
    } ] },
  { "type": "space", "id": "org/s",
    "commits": [ { "files": { "app.py": { "text": "print ()\n" } } } ] }
] }
END
  hub_start --manifest "$WORK/manifest.json" --token "$SECRET" "$@" || exit 1
}
