# SPDX-License-Identifier: Apache-2.0
# cli.sh: the command line itself: help, mistakes, what goes to stdout and what to stderr, colours,
# bars on a terminal, Ctrl-C (design section 6).
. "$(dirname "$0")/lib.sh"

start_usual_hub

# ---- help and version ----

commands=(download lookup 'assets path' 'assets ls' 'assets rm' 'config show' 'config check'
  'config path' 'plugin list' 'plugin show' env version)

it 'no arguments, --help, -h and help: the commands, on stdout, 0'
for words in '' --help -h help
do
  # shellcheck disable=SC2086
  run $words
  exits 0; silent
  for command in "${commands[@]}"
  do
    that grep -q "^  $command  " "$OUT"
  done
  that grep -q '^Exit status: ' "$OUT"
done

it 'every command has help, in three ways, within 80 columns'
for command in "${commands[@]}"
do
  # shellcheck disable=SC2086
  run $command --help
  exits 0; silent
  that grep -q "^Usage: hfcore $command " "$OUT"
  that grep -q -- '--help' "$OUT"
  cp "$OUT" "$WORK/help"
  # shellcheck disable=SC2086
  run help $command
  exits 0; silent
  that cmp -s "$WORK/help" "$OUT"
  # shellcheck disable=SC2086
  run --help $command
  exits 0
  that test "$(wc -L <"$WORK/help")" -le 80
done
for group in assets config plugin
do
  run "$group" --help
  exits 0
  that grep -q "^  $group " "$OUT"
done
run --help
that test "$(wc -L <"$OUT")" -le 80

it 'help wins over what is wrong elsewhere, and asks nobody'
run download --help --nonsense-later
test "$status" -eq 0 -o "$status" -eq 2 || wrong "status $status"
run download a/b/c/d x --help
exits 0
requested 0 '' ''

it 'version'
run version
exits 0; silent
that grep -qE '^hfcore [0-9]+\.[0-9]+\.[0-9]+$' "$OUT"
cp "$OUT" "$WORK/version"
run --version
exits 0
that cmp -s "$WORK/version" "$OUT"

it 'env'
run env
exits 0; silent
that grep -qxF -- "- Hub cache: $CACHE" "$OUT"
that grep -qxF -- "- Endpoint: $HF_ENDPOINT" "$OUT"
run env --json
exits 0
that grep -q '^{' "$OUT"

# ---- mistakes ----

it 'unknown commands and options: 2, and what may have been meant'
run downlod
fails 2 "'download'"
run config shw
fails 2 "'config show'"
run plugin lst
fails 2 "'plugin list'"
run nonsense
fails 2 nonsense
run download org/m --revison x
fails 2 "'--revision'"
run download org/m --zzzzzzzz
fails 2 --zzzzzzzz
run download org/m -z
fails 2 -z
run --revision main download org/m
fails 2
run $'down\033[31mload'
fails 2
run $'--op\033tion'
fails 2
run ''
fails 2

it 'arguments that are missing, too many or without their value: 2'
run download
fails 2 REPO_ID
run lookup org/m
fails 2 FILE
run lookup org/m a b
fails 2
run config
fails 2
run config check
fails 2 FILE
run config show x
fails 2
run plugin show
fails 2 NAME
run version x
fails 2
run download org/m --revision
fails 2 --revision
run download org/m --dry-run=yes
fails 2 --dry-run
run download org/m --re x
fails 2 ambiguous
requested 0 '' ''
untouched

it 'options before and after the command, with = and without, and -- before names'
run -q download org/m config.json
exits 0
run download --json org/m config.json
exits 0
run download org/m config.json -q --revision=v1.0
exits 0
prints "$CACHE/models--org--m/snapshots/$C1/config.json"
run download -- org/m config.json
exits 0
run download org/m -- -x
fails 3

it 'POSIXLY_CORRECT changes nothing'
POSIXLY_CORRECT=1 run download org/m config.json --revision v1.0
exits 0
prints "$CACHE/models--org--m/snapshots/$C1/config.json"

# ---- outputs ----

it 'a closed or full stdout is an error, also when all is cached'
status=0
"$HFCORE" download org/m config.json >&- 2>"$ERR" || status=$?
that test "$status" -eq 1
that test "$(wc -l <"$ERR")" -eq 1
if test -c /dev/full
then
  for words in 'download org/m config.json' 'lookup org/m config.json' 'config show' --help version
  do
    status=0
    # shellcheck disable=SC2086
    "$HFCORE" $words >/dev/full 2>"$ERR" || status=$?
    that test "$status" -eq 1
    that test "$(wc -l <"$ERR")" -eq 1
  done
fi

it 'closed stdin and stderr do no harm to the cache'
rm -rf "$HF_HOME"
"$HFCORE" download org/m >"$OUT" <&- 2>&- || wrong "status $?"
while IFS= read -r -d '' file
do
  that intact "$file"
done < <(find "$CACHE" -path '*/snapshots/*' -type l -print0)
run download org/m
exits 0

it 'a reader that goes away: no crash'
"$HFCORE" config show 2>"$ERR" | :
that test "${PIPESTATUS[0]}" -le 1

it 'no escapes in what is piped, whatever TERM is; long downloads say a line now and then'
rm -rf "$HF_HOME"
TERM=xterm-256color run download org/m
exits 0; silent

# A terminal: `script` runs the words of a command on one; what it shows comes to $WORK/screen.
have_terminal ()
{
  have script && script -qec true /dev/null >/dev/null 2>&1 </dev/null
}

# COLUMNS ROWS WORD…
on_terminal ()
{
  local columns=$1 rows=$2
  shift 2
  what="on a terminal: $*"
  printf 'stty cols %d rows %d; exec %s\n' "$columns" "$rows" "$*" >"$WORK/on_terminal.sh"
  status=0
  timeout -k 5 60 script -qec "bash $WORK/on_terminal.sh" /dev/null >"$WORK/screen" 2>&1 \
    </dev/null || status=$?
}

# Is the cursor shown at the end, and was it hidden no more often than it was shown?
cursor_is_back ()
{
  test "$(grep -ao $'\033\[?25l' "$WORK/screen" | wc -l)" -eq \
    "$(grep -ao $'\033\[?25h' "$WORK/screen" | wc -l)" &&
    ! tail -c 5 "$WORK/screen" | grep -aqF '[?25l'
}

export TERM=xterm
it 'on a terminal: bars while it lasts, the cursor back, the path at the end'
if have_terminal
then
  hub_stop
  start_usual_hub --rate 400000
  rm -rf "$HF_HOME"
  on_terminal 80 24 "$HFCORE" download org/m
  exits 0
  that grep -aq 'model.safetensors' "$WORK/screen"
  that grep -aq '%' "$WORK/screen"
  that grep -aqF $'\033[?25l' "$WORK/screen"
  that cursor_is_back
  that grep -aqF "$CACHE/models--org--m/snapshots/$C2" "$WORK/screen"
else
  skip 'script (util-linux) cannot be run here'
fi

it 'a narrow terminal: no line is wider than it, down to 20 columns and 2 rows'
if have_terminal
then
  for columns in 20 40
  do
    rm -rf "$HF_HOME"
    on_terminal "$columns" 2 "$HFCORE" download org/m model.safetensors
    exits 0
    that cursor_is_back
    # Frames without escapes; the path at the end is not cut.
    sed -e $'s/\033\\[[?0-9;]*[A-Za-z]/\\n/g' "$WORK/screen" | tr '\r' '\n' | grep -av "$CACHE" |
      grep -av 'hfcore: ' >"$WORK/lines"
    that test "$(wc -L <"$WORK/lines")" -le "$columns"
    that grep -aq '%' "$WORK/lines"
  done
else
  skip 'script (util-linux) cannot be run here'
fi

it 'no bars with -q, with TERM=dumb and with HF_HUB_DISABLE_PROGRESS_BARS; no colours with NO_COLOR'
if have_terminal
then
  for words in "$HFCORE -q download org/m model.safetensors" \
    "env TERM=dumb $HFCORE download org/m model.safetensors" \
    "env HF_HUB_DISABLE_PROGRESS_BARS=1 $HFCORE download org/m model.safetensors"
  do
    rm -rf "$HF_HOME"
    on_terminal 80 24 "$words"
    exits 0
    never grep -aq $'\033' "$WORK/screen"
    that test "$(wc -l <"$WORK/screen")" -eq 1
  done
  on_terminal 80 24 "$HFCORE" nonsense
  exits 2
  that grep -aq $'\033' "$WORK/screen"
  on_terminal 80 24 env NO_COLOR=1 "$HFCORE" nonsense
  never grep -aq $'\033' "$WORK/screen"
  on_terminal 80 24 env NO_COLOR= "$HFCORE" nonsense
  that grep -aq $'\033' "$WORK/screen"
else
  skip 'script (util-linux) cannot be run here'
fi

it 'names from the network do not reach a terminal as they are, even with -q'
if have_terminal
then
  rm -rf "$HF_HOME"
  printf '[{"type": "file", "path": "a\\u202egnp.exe", "size": 3, "oid": "%s"}]' "$C1" \
    >"$WORK/turned.json"
  hub_fault "json=$WORK/turned.json,match=/tree/"
  on_terminal 80 24 "$HFCORE -q download org/m --dry-run"
  exits 0
  that grep -aq 'a?gnp.exe' "$WORK/screen"
  never grep -aq $'\u202e' "$WORK/screen"
  run -q download org/m --dry-run
  prints $'a\u202egnp.exe'
  hub_faults_clear
else
  skip 'script (util-linux) cannot be run here'
fi

it 'a failure in the midst of bars: the line is whole, the cursor back'
if have_terminal
then
  rm -rf "$HF_HOME"
  hub_fault cut=150000,origin=cdn
  on_terminal 80 24 "$HFCORE" download org/m model.safetensors
  exits 5
  that cursor_is_back
  that grep -aq 'hfcore:.*localhost' "$WORK/screen"
  hub_faults_clear
else
  skip 'script (util-linux) cannot be run here'
fi

it 'Ctrl-C: 130, one line, the cursor back, and the next run goes on'
if have_terminal
then
  hub_stop
  start_usual_hub
  rm -rf "$HF_HOME"
  hub_fault stall=200000,times=1,origin=cdn
  printf 'stty cols 80 rows 24; exec %s download org/m model.safetensors\n' "$HFCORE" \
    >"$WORK/on_terminal.sh"
  mkfifo "$WORK/keys"
  : >"$WORK/screen"
  timeout -k 5 60 script -qfec "bash $WORK/on_terminal.sh" /dev/null >"$WORK/screen" 2>&1 \
    <"$WORK/keys" &
  pid=$!
  exec 8>"$WORK/keys"
  eventually grep -aq '%' "$WORK/screen"
  printf '\003' >&8
  status=0
  wait "$pid" || status=$?
  exec 8>&-
  what='hfcore download, interrupted on a terminal'
  exits 130
  that cursor_is_back
  that test "$(grep -ac 'hfcore:.*interrupted' "$WORK/screen")" -eq 1
  hub_faults_clear
  hub_log_clear
  run download org/m model.safetensors
  exits 0
  that intact "$CACHE/models--org--m/snapshots/$C2/model.safetensors"
  that test -n "$(logged /lfs/ '"range":"bytes=')"
  tidy
else
  skip 'script (util-linux) cannot be run here'
fi

finish
