# SPDX-License-Identifier: Apache-2.0
# Shell functions around hub_server, for POSIX shells: `. hub.sh`, then
#   hub_start [OPTION]…        start a Hub; sets HF_ENDPOINT (exported), CDN, HUB_LOG, HUB_PID
#   hub_stop                   end it and remove its folder (`trap hub_stop EXIT` is wise; the
#                              process, though not the folder, also goes when this shell does)
#   hub_fault SPEC             add a fault, see hub_server --help-fault
#   hub_faults_clear           remove all faults
#   hub_count METHOD SUBSTRING print how many requests there were ('' matches any)
#   hub_log                    print the request log, once running requests have ended
#   hub_log_clear              forget the requests so far
# $HUB_SERVER names the binary; otherwise it is looked for below $abs_top_builddir.  A second Hub in
# the same shell: save these variables and HUB_DIR first, and set them again for its calls.

hub_binary ()
{
  printf '%s\n' "${HUB_SERVER:-${abs_top_builddir:-.}/tests/support/hub_server}"
}

hub_start ()
{
  HUB_DIR=$(mktemp -d "${TMPDIR:-/tmp}/hub.XXXXXX") || return 1
  HUB_LOG=$HUB_DIR/log
  mkfifo "$HUB_DIR/ready" || return 1
  # The reader of the pipe wakes up when the server is ready, or when it has died.
  "$(hub_binary)" --die-with-parent --log "$HUB_LOG" "$@" >"$HUB_DIR/ready" &
  HUB_PID=$!
  HF_ENDPOINT=
  CDN=
  while IFS= read -r hub_line
  do
    case $hub_line in
      HF_ENDPOINT=*) HF_ENDPOINT=${hub_line#HF_ENDPOINT=} ;;
      CDN=*) CDN=${hub_line#CDN=} ;;
    esac
  done <"$HUB_DIR/ready"
  rm -f "$HUB_DIR/ready"
  if test -z "$CDN"
  then
    echo "hub_start: the test Hub did not start" >&2
    hub_stop
    return 1
  fi
  export HF_ENDPOINT
}

hub_stop ()
{
  test -n "${HUB_PID:-}" || return 0
  kill "$HUB_PID" 2>/dev/null || :
  wait "$HUB_PID" 2>/dev/null || :
  rm -rf "$HUB_DIR"
  HUB_PID=
  unset HF_ENDPOINT CDN HUB_LOG HUB_DIR
}

hub_fault ()
{
  "$(hub_binary)" --ctl "$HF_ENDPOINT" POST /-/fault "$1"
}

hub_faults_clear ()
{
  "$(hub_binary)" --ctl "$HF_ENDPOINT" DELETE /-/fault
}

hub_count ()
{
  "$(hub_binary)" --ctl "$HF_ENDPOINT" COUNT "$1" "$2"
}

hub_log ()
{
  "$(hub_binary)" --ctl "$HF_ENDPOINT" GET /-/log
}

hub_log_clear ()
{
  "$(hub_binary)" --ctl "$HF_ENDPOINT" DELETE /-/log
}
