# SPDX-License-Identifier: Apache-2.0
# hfcore delete-cache --disable-tui: the editable file, the questions, what goes and what stays. The
# picker itself has picker.sh.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=picks.sh
. "$(dirname "$0")/picks.sh"
export TMPDIR=$WORK/tmp NO_COLOR=1
mkdir "$TMPDIR"

# ---- a dialogue ----

DIALOGUE=
FILE=

# Begin `delete-cache --disable-tui ARGUMENT…`, up to its first question; $FILE is to be edited.
begin ()
{
  what="hfcore delete-cache --disable-tui $*"
  status=0
  rm -f "$WORK/keys"
  mkfifo "$WORK/keys"
  : >"$OUT"
  # In the background of a script SIGINT would be ignored.
  env --default-signal=INT timeout --foreground -k 5 60 "${RUN_BY[@]}" \
    "$HFCORE" delete-cache --disable-tui "$@" >"$OUT" 2>"$ERR" <"$WORK/keys" &
  DIALOGUE=$!
  exec 7>"$WORK/keys"
  eventually asked 'Continue ?'
  FILE=$(sed -n 's/^File to edit: //p' "$OUT")
}

asked ()
{
  grep -qF -- "$1" "$OUT" || ! kill -0 "$DIALOGUE"
}

# Type this; then nothing more is typed. Wait for its end.
answer ()
{
  printf '%b' "$1" >&7
  exec 7>&-
  await_end
}

await_end ()
{
  wait "$DIALOGUE" || status=$?
  test "$status" -lt 124 || test "$status" -eq 130 || wrong "it crashed or hung: status $status"
  lib_check_output
  test -z "$(ls -A "$TMPDIR")" || wrong "left behind: $(ls -A "$TMPDIR")"
}

# Of the file: take the comment sign off the revisions whose hash begins so.
choose ()
{
  local start
  for start
  do
    sed -i "s/^#    $start/$start/" "$FILE"
  done
}

headings ()
{
  sed -n '1,/^# REVISIONS/d; s/^# \([A-Z][a-z]* [^ ]*\) .*/\1/p' "$FILE" | paste -sd, -
}

same_tree ()
{
  tree "$CACHE" | diff "$WORK/before" - >/dev/null || wrong 'something was changed'
}

it 'no terminal: 1, and what to do instead'
plant_picks
tree "$CACHE" >"$WORK/before"
run delete-cache
fails 1 'terminal' '--disable-tui'
same_tree

it 'no cache: 3, and its name; a file in its place: 1'
run delete-cache --disable-tui --dir "$WORK/missing"
fails 3 "Cache directory not found: $WORK/missing"
run delete-cache --dir "$WORK/missing"
fails 3 "Cache directory not found: $WORK/missing"
never test -e "$WORK/missing"
run delete-cache --disable-tui --dir "$ERR"
fails 1 "$ERR"

it 'what it does not take: 2'
run delete-cache --sort Size
fails 2 'lastUpdated' "'Size'"
run delete-cache --json --disable-tui
fails 2 'cache rm'
run delete-cache -q
fails 2 'cache rm'
run delete-cache gpt2
fails 2 "'gpt2'"

it 'the file is as Python writes it; the kill switch, prompts and the summary too'
plant_picks
begin
that test -f "$FILE"
that test "$(stat -c %a "$FILE")" = 600
cp "$FILE" "$WORK/text"
choose 1111 3333
answer 'n\ny\n\n'
exits 0; silent
never test "$(tail -c 1 "$WORK/text")" = ''
that diff <(sed '1,/^# REVISIONS/d' "$WORK/text"; echo) - <<END
# ------------
# Dataset org/data (3.0K, used 5 hours ago)
#    $P4 # Refs: (detached) # modified 5 hours ago

# Model org/one (3.0K, used 2 days ago)
#    $P1 # Refs: main # modified 2 days ago
#    $P2 # Refs: refs/pr/1 # modified 2 days ago

# Model gpt2 (3.0, used 2 hours ago)
#    $P3 # Refs: main # modified 2 hours ago
END
that diff "$OUT" - <<END
TUI is disabled. In order to select which revisions you want to delete, please edit
the following file using the text editor of your choice. Instructions for manual
editing are located at the beginning of the file. Edit the file, save it and confirm
to continue.
File to edit: $FILE
0 revisions selected counting for 0.0. Continue ? (y/N) 2 revisions selected counting for 5.0. Continue ? (y/N) 2 revisions selected counting for 5.0. Confirm deletion ? (Y/n) Start deletion.
Done. Deleted 1 repo(s) and 1 revision(s) for a total of 5.0.
END
left "data 4444,one 2222"

it 'the path is bold, but not with NO_COLOR'
plant_picks
NO_COLOR='' begin
exec 7>&-
wait "$DIALOGUE"
that grep -qaP '^File to edit: \x1b\[1m.*\x1b\[0m$' "$OUT"

it 'CANCEL_DELETION: nothing goes'
plant_picks
tree "$CACHE" >"$WORK/before"
begin
choose 1111 4444
sed -i 's/^# CANCEL_DELETION$/CANCEL_DELETION/' "$FILE"
answer 'n\nyes\n'
exits 0; silent
that grep -qF 'Nothing will be deleted. Continue ? (y/N) Deletion is cancelled. Do nothing.' "$OUT"
same_tree

it 'nothing chosen: nothing goes'
begin
answer 'y\n'
exits 0; silent
that grep -qF '(y/N) Deletion is cancelled. Do nothing.' "$OUT"
same_tree

it 'answers: case does not matter, others are asked again'
for typed in 'n\nY\nn\n' 'No\nYES\nNO\n' '0\n1\n0\n' 'what\n\nyes\nyesyesyes\n y\nN\n' 'n\ny\nn'
do
  begin
  choose 1111
  answer "$typed"
  exits 0; silent
  that grep -qF 'Confirm deletion ? (Y/n) Deletion is cancelled. Do nothing.' "$OUT"
  same_tree
done
begin
answer 'maybe\n'
that grep -qF "Invalid input. Must be one of ('y', 'yes', '1', 'n', 'no', '0', '')" "$OUT"
begin
answer "$(printf '%09000d' 1)\\n"
that test "$(grep -c Invalid "$OUT")" -eq 1

it 'the end of input is a no, to either question'
begin
choose 1111
answer ''
exits 0; silent
that grep -qFx 'Deletion is cancelled. Do nothing.' "$OUT"
same_tree
begin
choose 1111
answer 'n\ny\n'
exits 0; silent
that grep -qF 'Confirm deletion ?' "$OUT"
that grep -qFx 'Deletion is cancelled. Do nothing.' "$OUT"
same_tree

it 'a signal: 130, nothing goes, no file is left'
for signal in INT TERM HUP
do
  begin
  choose 1111
  kill -"$signal" "$DIALOGUE"
  await_end
  exits 130
  says 'nothing was deleted'
  same_tree
  begin
  choose 1111
  printf 'n\ny\n' >&7
  eventually asked 'Confirm deletion ?'
  kill -"$signal" "$DIALOGUE"
  await_end
  exits 130
  says 'nothing was deleted'
  same_tree
done

it 'hashes that are not there: a warning, and they count'
begin
printf '\nabcdef1\n%s0 # longer\n' "$P1" >>"$FILE"
answer 'n\ny\n\n'
exits 0
says "not found, cannot delete them: abcdef1, ${P1}0"
that grep -qF '2 revisions selected counting for 0.0. Confirm deletion ?' "$OUT"
that grep -qFx 'Done. Deleted 0 repo(s) and 0 revision(s) for a total of 0.0.' "$OUT"
same_tree

it 'a file that is gone, or is no text: 1 or nothing, and nothing goes'
begin
rm "$FILE"
answer 'n\n'
exits 1
says "$FILE" 'nothing was deleted'
same_tree
begin
head -c 3000 /dev/zero >"$FILE"
answer 'n\nn\n'
exits 0
same_tree

it 'an editor may put another file in its place, with other line ends'
begin
{ printf '\357\273\277'; sed "s/^#    \($P3\)/\1/; s/\$/\r/" "$FILE"; } >"$FILE.new"
mv "$FILE.new" "$FILE"
answer 'n\ny\ny\n'
exits 0; silent
left "data 4444,one 1111,one 2222"

it 'one hash in two repositories: the one under its heading goes'
plant_picks
plant_revision models--org--two $P1 main '1 day' f two
begin
sed -i '/^# Model org\/two/,$ s/^#    1111/1111/' "$FILE"
answer 'n\ny\n\n'
exits 0; silent
left "data 4444,gpt2 3333,one 1111,one 2222"

it '--sort'
plant_picks
plant_revision models--Aa--z $P3 main '1 day' f "$(printf '%01000d' 0)"
while read -r sort expected
do
  begin --sort "$sort"
  that test "$(headings)" = "$(echo "$expected" | sed 's/=/ /g')"
  answer ''
done <<'END'
alphabetical Dataset=org/data,Model=Aa/z,Model=gpt2,Model=org/one
lastUpdated Model=gpt2,Dataset=org/data,Model=Aa/z,Model=org/one
lastUsed Model=gpt2,Dataset=org/data,Model=Aa/z,Model=org/one
size Model=org/one,Dataset=org/data,Model=Aa/z,Model=gpt2
END

it 'an empty cache: a list of nothing'
new_cache
mkdir -p "$CACHE"
begin
that test "$(tail -c 16 "$FILE")" = $'S\n# ------------'
answer 'y\n'
exits 0; silent

it 'names from others: never raw, and never a line of their own'
plant_picks
mkdir -p "$CACHE"/models--evil--x/{refs,blobs,snapshots/$P1}
printf %s $P1 >"$CACHE/models--evil--x/refs/"$'y\n'"$P2"$'\n\033[31m'
tree "$CACHE" >"$WORK/before"
begin
never grep -qaP '\x1b' "$FILE"
answer 'n\ny\n'
exits 0; silent
that grep -qF 'Deletion is cancelled. Do nothing.' "$OUT"
same_tree

it 'a folder for the file that cannot be written: it is named, and nothing goes'
TMPDIR=$WORK/none run delete-cache --disable-tui
fails 1 "$WORK/none"
same_tree

it '--dir: that cache and no other'
plant_picks
first=$CACHE
new_cache
plant_revision models--org--other $P3 main '1 day' f other
configure <<END
storage:
  - { name: first, plugin: store-symlink, root: "$CACHE" }
  - { name: second, plugin: store-symlink, root: "$first" }
END
unset HF_HOME
begin
that test "$(headings)" = 'Dataset org/data,Model org/one,Model org/other,Model gpt2'
answer ''
begin --dir "$first"
that test "$(headings)" = 'Dataset org/data,Model org/one,Model gpt2'
answer ''
configure <<END
storage:
  - { name: first, plugin: store-symlink, root: "$first", access: read-only }
  - { name: second, plugin: store-symlink, root: "$CACHE" }
END
begin
that test "$(headings)" = 'Model org/other'
answer ''
configure </dev/null

it 'what may not be deleted: 7, told, and the rest goes'
plant_picks
if test "${#AS_NOBODY[@]}" -gt 0 && ! can_be_nobody
then
  skip 'no other user can run the command here'
else
  chmod -R a+rwX "$HF_HOME" "$TMPDIR"
  chmod 755 "$CACHE"/models--org--one "$CACHE"/models--org--one/{snapshots,refs,blobs}
  RUN_BY=("${AS_NOBODY[@]}")
  begin
  choose 1111 3333
  RUN_BY=()
  answer 'n\ny\n\n'
  exits 7
  says "warning: "
  that grep -q '^Done\. Deleted 1 repo(s) and ' "$OUT"
  chmod -R u+rwx "$HF_HOME"
  left "data 4444,one 1111,one 2222"
fi

it 'the command is not linked with ncurses'
never eval 'readelf -d "$HFCORE" | grep -q curses'

finish
