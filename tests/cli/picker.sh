# SPDX-License-Identifier: Apache-2.0
# hfcore delete-cache, the picker: driven in a real terminal, tmux, whose screen is read back. Left out
# where there is no tmux, or failing when HFCORE_REQUIRE_TMUX is set.
REQUIRE_TMUX=${HFCORE_REQUIRE_TMUX:-}
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=picks.sh
. "$(dirname "$0")/picks.sh"

# ---- a terminal ----

terminal ()
{
  tmux -S "$WORK/tmux" -f /dev/null "$@"
}

# A terminal of this width and height, in which a shell shows the prompt "$ ".
open_terminal ()
{
  terminal kill-server 2>/dev/null
  cat >"$WORK/rc" <<'END'
PS1='$ '
unset HISTFILE
ulimit -c 0
END
  terminal new-session -d -x "$1" -y "$2" "exec timeout --foreground 300 bash --rcfile $WORK/rc" \
    >"$OUT" 2>"$ERR"
}

end_terminal ()
{
  local code=$?
  terminal kill-server 2>/dev/null
  (exit "$code")
}

screen ()
{
  terminal capture-pane -p
}

# Each TEXT is on the screen, perhaps over the end of a line.
on_screen ()
{
  local text
  terminal capture-pane -pJ >"$WORK/screen"
  for text
  do
    grep -qF -- "$text" "$WORK/screen" || return 1
  done
}

shows ()
{
  eventually on_screen "$@" || screen | sed 's/^/#     /'
}

off_screen ()
{
  screen >"$WORK/screen"
  ! grep -qF -- "$1" "$WORK/screen"
}

shows_no ()
{
  eventually off_screen "$1"
}

press ()
{
  terminal send-keys "$@"
}

# Letters, that tmux must not take for names of keys.
type ()
{
  terminal send-keys -l -- "$1"
}

# Start the command in the terminal, on a clean screen.
start ()
{
  what="hfcore delete-cache $* (in a terminal)"
  # A shell that mends nothing itself, and lives on when Ctrl-C ends the command.
  cat >"$WORK/start" <<END
trap : INT QUIT
stty -g >'$WORK/modes.before'
$(printf '%q ' "$HFCORE" delete-cache "$@")
echo "ended: \$?"
stty -g >'$WORK/modes.after'
END
  rm -f "$WORK/modes.after"
  type "clear; sh '$WORK/start'"
  press Enter
}

# The terminal is as it was, and this was the exit status.
ended ()
{
  eventually test -s "$WORK/modes.after"
  shows "ended: $1"
  that diff "$WORK/modes.before" "$WORK/modes.after"
  that test "$(terminal display-message -p '#{alternate_on} #{cursor_flag} #{keypad_cursor_flag}')" \
    = '0 1 0'
}

# $PID: the process in the foreground of the terminal that is the command.
find_command ()
{
  local tty
  tty=$(terminal display-message -p '#{pane_tty}')
  PID=$(ps -t "${tty#/dev/}" -o pid=,comm= | sed -n 's/^ *\([0-9]*\) hfcore$/\1/p')
  that test -n "$PID"
}

same_tree ()
{
  tree "$CACHE" | diff "$WORK/before" - >/dev/null || wrong 'something was changed'
}

if ! have tmux || ! open_terminal 80 24
then
  test -n "$REQUIRE_TMUX" || skip_all 'there is no tmux'
  lib_finished=yes
  echo 'not ok - there is no tmux, or it does not run here'
  exit 1
fi
trap 'end_terminal; lib_end' EXIT

# ---- cases ----

it 'what is cached is shown, at 80x24'
plant_picks
press C-l
export HF_HOME
type " export HF_HOME=$HF_HOME HFCORE_PLUGIN_PATH=$HFCORE_PLUGIN_PATH"
press Enter
tree "$CACHE" >"$WORK/before"
start
shows 'Select revisions to delete: 0 revisions selected counting for 0.0.' '<ctrl+c> quit'
screen >"$WORK/screen"
that diff <(sed '1,2d; $d; /^$/d' "$WORK/screen") - <<'END'
> [ ] None of the following (if selected, nothing will be deleted).
  Dataset org/data (3.0K, used 5 hours ago)
  [ ] 44444444: (detached) # modified 5 hours ago
  Model org/one (3.0K, used 2 days ago)
  [ ] 11111111: main # modified 2 days ago
  [ ] 22222222: refs/pr/1 # modified 2 days ago
  Model gpt2 (3.0, used 2 hours ago)
  [ ] 33333333: main # modified 2 hours ago
END
that test "$(wc -l <"$WORK/screen")" -eq 24

it 'space chooses, and the freed size follows'
press Down Down Space
shows '1 revisions selected counting for 2.0.' '> [x] 11111111'
press Down Space
shows '2 revisions selected counting for 3.0K.' '> [x] 22222222'
press Space
shows '1 revisions selected counting for 2.0.' '> [ ] 22222222'

it 'a takes all, or nothing'
type a
shows '4 revisions selected counting for 6.0K.' '[x] 33333333'
type a
shows '0 revisions selected counting for 0.0.' '[ ] 33333333'

it 'the first line makes it void'
type a
press Home Space
shows 'Nothing will be deleted.' '> [x] None of the following'
press Space
shows '4 revisions selected counting for 6.0K.'
type a

it 'End, Home, no way round'
press End
shows '> [ ] 33333333'
press Down
press Up
shows '> [ ] 22222222'
press Home
press Up
shows '> [ ] None of'

it '/ filters by name, ref and hash; Esc leaves it'
type /org/o
shows 'Filter: org/o  (2 of 4)' '> [ ] 11111111'
that off_screen 33333333
press Enter
shows '<space> select'
type a
shows '2 revisions selected counting for 3.0K.'
type /
press BSpace BSpace BSpace BSpace BSpace
type pr/1
shows 'Filter: pr/1  (1 of 4)' '[x] 22222222'
that off_screen 11111111
press Escape
shows '33333333' '[x] 11111111'
that off_screen Filter
type /4444
shows 'Filter: 4444  (1 of 4)' 'org/data'
that off_screen org/one
press Escape
shows 33333333

it 'Ctrl-C leaves everything, 0, and the terminal is as it was'
press C-c
ended 0
shows 'Deletion is cancelled. Do nothing.'
shows_no '<space>'
same_tree

it 'q leaves everything as well'
start
shows '<space> select'
type a
shows '4 revisions'
type q
ended 0
shows 'Deletion is cancelled. Do nothing.'
same_tree

it 'enter with nothing, or with the first line: nothing goes'
start
shows '<space> select'
press Enter
ended 0
shows '0 revision(s) selected.' 'Deletion is cancelled. Do nothing.'
start
shows '<space> select'
type a
press Home Space
shows 'Nothing will be deleted.'
press Enter
ended 0
shows 'Deletion is cancelled. Do nothing.'
same_tree

it 'the question: n, Ctrl-C and the end of input leave everything'
for key in n C-c C-d
do
  start
  shows '<space> select'
  type a
  shows '4 revisions'
  press Enter
  shows '4 revisions selected counting for 6.0K. Confirm deletion ? (Y/n)'
  press "$key"
  test "$key" != n || press Enter
  case $key in
    C-c)
      ended 130
      shows 'nothing was deleted'
      ;;
    *)
      ended 0
      shows 'Deletion is cancelled. Do nothing.'
      ;;
  esac
  same_tree
done

it 'a signal: 130, and the terminal is as it was; a crash gives it back as well'
for signal in TERM HUP INT SEGV ABRT QUIT
do
  start
  shows '<space> select'
  type a
  shows '4 revisions'
  find_command
  kill -"$signal" "$PID"
  case $signal in
    TERM | HUP) ended 130 ;;
    INT) ended 0 ;;
    SEGV) ended 139 ;;
    ABRT) ended 134 ;;
    QUIT) ended 131 ;;
  esac
  same_tree
done

it 'Ctrl-Z and fg: the shell has the terminal, then the picker again'
# As a job of the shell itself: one between them could stop first.
type "clear; $(printf '%q ' "$HFCORE" delete-cache)"
press Enter
shows '<space> select'
press C-z
shows 'Stopped'
type fg
press Enter
shows '<space> select' '> [ ] None of'
press C-c
shows 'Deletion is cancelled'

it 'enter and yes delete exactly that'
start --sort size
shows '<space> select'
type /pr/1
shows '(1 of 4)'
press Enter
press Space
shows '1 revisions selected counting for 4.0.'
press Escape
shows '33333333'
press End Space
shows '2 revisions selected counting for 7.0.'
press Enter
shows 'Select revisions to delete: 2 revision(s) selected.' \
  '2 revisions selected counting for 7.0. Confirm deletion ? (Y/n)'
press Enter
ended 0
shows 'Start deletion.' 'Done. Deleted 1 repo(s) and 1 revision(s) for a total of 7.0.'
left 'data 4444,one 1111'

it 'the size changes: 80x24, 40x10, 20x3, and back'
plant_picks
type "clear; export HF_HOME=$HF_HOME"
press Enter
start
shows '<space> select'
press Down Space
shows '1 revisions selected counting for 3.0K.'
terminal resize-window -x 40 -y 10
shows '1 revisions selected counting for 3.0K.' 'space a:all /:filter enter ctrl+c:quit' \
  '> [x] 44444444'
that off_screen 'Select revisions'
that test "$(screen | wc -l)" -eq 10
that test "$(screen | grep -c '…$')" -ge 5
press End
shows '> [ ] 33333333'
type a
shows '4 revisions selected counting for 6.0K.'
terminal resize-window -x 20 -y 3
shows '4 selected: 6.0K' '> [x] 33333333'
terminal resize-window -x 80 -y 24
shows 'Select revisions to delete: 4 revisions selected counting for 6.0K.' '<ctrl+c> quit' \
  '  Dataset org/data' '> [x] 33333333'
press C-c
ended 0

it 'names: wide and combining characters; what a terminal would obey is not obeyed'
new_cache
wide=$(printf '日本語%.0s' {1..20})
plant_revision "models--org--$wide" $P1 main '1 day' f 1
plant_revision models--org--esc $P2 $'\033[31mred\007\tbell' '2 days' f 2
plant_revision models--org--combining $P3 "$(printf 'e\314\201%.0s' {1..60})" '3 days' f 3
type "clear; export HF_HOME=$HF_HOME"
press Enter
start
shows '<space> select' '22222222: \x1b[31mred\x07\tbell # modified 2 days ago' \
  "$(printf 'e\314\201%.0s' {1..50})"
that test "$(screen | grep -c '日本語…$')" -eq 1
terminal resize-window -x 41 -y 10
shows 'enter ctrl+c:quit'
that test "$(screen | grep -c '[日本語]…$')" -eq 1
that test "$(screen | wc -l)" -eq 10
press Down Space Down Space
shows '2 revisions selected counting for 2.0.'
press C-c
ended 0
terminal resize-window -x 80 -y 24

it '2,000 revisions scroll'
new_cache
mkdir -p "$CACHE"
# 20 repositories, in the copy form: no process for each file.
for ((i = 0; i < 20; i++))
do
  printf -v commits '%04d%036d ' $(for ((j = 0; j < 100; j++)); do echo $((i * 100 + j)) 7; done)
  snapshots=$CACHE/models--many--m$((i + 10))/snapshots
  # shellcheck disable=SC2086 # words are meant
  mkdir -p "$snapshots" && (cd "$snapshots" && mkdir $commits)
  for commit in $commits
  do
    echo "${commit:0:4}" >"$snapshots/$commit/f"
  done
done
type "clear; export HF_HOME=$HF_HOME"
press Enter
start --sort alphabetical
shows '<space> select'
type a
shows '2000 revisions selected counting for 10.0K.'
press End
shows '[x] 19790000' '> [x] 19990000'
for ((i = 0; i < 30; i++))
do
  press PPage
done
press NPage
press Space
shows '1999 revisions selected'
type a
type a
shows '0 revisions selected'
type /19990
shows '(1 of 2000)' '> [ ] 19990000'
press Enter
press Space
shows '1 revisions selected counting for 5.0.'
press Enter
shows 'Confirm deletion ?'
press y Enter
ended 0
shows 'Done. Deleted 0 repo(s) and 1 revision(s) for a total of 5.0.'
that test "$(find "$CACHE" -mindepth 3 -maxdepth 3 -path '*/snapshots/*' | wc -l)" -eq 1999

it 'the terminal goes away, SIGHUP ignored or not: the command ends'
tree "$CACHE" >"$WORK/before"
for ignored in 'trap : HUP' "trap '' HUP"
do
  type "clear; $ignored; $(printf '%q ' "$HFCORE" delete-cache)"
  press Enter
  shows '<space> select'
  find_command
  terminal kill-server
  eventually eval "! kill -0 $PID"
  same_tree
  open_terminal 80 24
  type "export HF_HOME=$HF_HOME HFCORE_PLUGIN_PATH=$HFCORE_PLUGIN_PATH"
  press Enter
done

it 'NO_COLOR is no matter; a terminal that cannot be drawn on: 1, and what to do instead'
type 'clear; export NO_COLOR=1'
press Enter
start
shows '<space> select'
press C-c
ended 0
for kind in dumb "''" no-such-terminal
do
  type "clear; export TERM=$kind"
  press Enter
  start
  ended 1
  shows --disable-tui
done

it 'ncurses that does not load: 1, and what to do instead'
type 'clear; export TERM=screen'
press Enter
if is_instrumented
then
  skip 'no other library path with sanitizers'
else
  mkdir "$WORK/broken"
  echo broken >"$WORK/broken/libncursesw.so.6"
  type " export LD_LIBRARY_PATH=$WORK/broken:$LD_LIBRARY_PATH"
  press Enter
  start
  ended 1
  shows --disable-tui ncurses
fi

finish
