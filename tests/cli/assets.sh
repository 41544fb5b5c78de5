# SPDX-License-Identifier: Apache-2.0
# assets.sh: the folders that libraries keep their own files in: where they are, what is in them, and
# how they go (spec 6, 8.2; design 6, 7).
. "$(dirname "$0")/lib.sh"
need_plugin assets-tree

ASSETS=$HF_HOME/assets

# The folders and files of a small tree: 1,500 bytes in lib/ns/sub, 20 in lib/ns/other, and so on.
plant ()
{
  rm -rf "$HF_HOME"
  mkdir -p "$ASSETS"/lib/ns/sub/deep "$ASSETS"/lib/ns/other "$ASSETS"/lib/default/default \
    "$ASSETS"/lib2/ns/sub "$WORK/outside"
  head -c 1000 /dev/zero >"$ASSETS/lib/ns/sub/a"
  head -c 500 /dev/zero >"$ASSETS/lib/ns/sub/deep/b"
  head -c 20 /dev/zero >"$ASSETS/lib/ns/other/c"
  head -c 3 /dev/zero >"$ASSETS/lib/beside"
  head -c 7 /dev/zero >"$ASSETS/lib2/ns/sub/d"
  echo kept >"$WORK/outside/kept"
  find "$ASSETS" -type f -exec touch -d @1700000000 {} +
}

# ---- path ----

it 'assets path: makes the folder, prints it, again and again'
run assets path datasets
exits 0; silent
prints "$ASSETS/datasets/default/default"
that test -d "$ASSETS/datasets/default/default"
run assets path datasets Helsinki-NLP/tatoeba_mt
prints "$ASSETS/datasets/Helsinki-NLP--tatoeba_mt/default"
run assets path 'ReAlLy dumb' user/repo_name 'this is/not\clever'
prints "$ASSETS/ReAlLy--dumb/user--repo_name/this--is--not--clever"
run assets path datasets ../.. /etc
prints "$ASSETS/datasets/..--../--etc"
run assets path -q datasets
exits 0; silent
prints "$ASSETS/datasets/default/default"
run assets path --json datasets
exits 0
prints "{\"path\": \"$ASSETS/datasets/default/default\"}"

it 'the modes are those of any new folder'
(umask 027 && run assets path modes)
that test "$(stat -c %a "$ASSETS/modes" "$ASSETS/modes/default" | tr '\n' ' ')" = '750 750 '

it '--dir, --assets-dir, HF_ASSETS_CACHE, the configuration: whose root it is'
run assets path lib --dir "$WORK/flag"
prints "$WORK/flag/lib/default/default"
run assets path lib --assets-dir '~/flag'
prints "$HOME/flag/lib/default/default"
HF_ASSETS_CACHE=$WORK/variable run assets path lib
prints "$WORK/variable/lib/default/default"
HF_ASSETS_CACHE=$WORK/variable run assets path lib --dir "$WORK/flag"
prints "$WORK/flag/lib/default/default"
(cd "$WORK" && run assets path lib --dir relative && prints "$WORK/relative/lib/default/default")
that test -d "$WORK/relative/lib/default/default"
printf 'assets: { plugin: assets-tree, root: "%s" }\n' "$WORK/file" | configure
run assets path lib
prints "$WORK/file/lib/default/default"
HF_ASSETS_CACHE=$WORK/variable run assets path lib
prints "$WORK/variable/lib/default/default"
configure </dev/null
run assets path lib --dir ''
fails 2 --assets-dir

it 'a root that is a link is resolved, as in Python'
mkdir -p "$WORK/real"
ln -s real "$WORK/link"
run assets path lib --dir "$WORK/link"
prints "$WORK/real/lib/default/default"

it 'names that may not be: 2, and nothing is made'
rm -rf "$HF_HOME"
long=$(printf '%0256d' 0)
for name in '' . .. $'a\nb' $'\033[31m' $'\177' $'\377' "$long" "$(printf '%0128d' 0 | tr 0 /)"
do
  run assets path "$name"
  fails 2 'bad library'
  run assets path lib "$name"
  fails 2 'bad namespace'
  run assets path lib ns "$name"
  fails 2 'bad subfolder'
  run assets ls "$name"
  fails 2 'bad library'
  run assets rm lib "$name" --yes
  fails 2 'bad namespace'
done
untouched
run assets path
fails 2 LIBRARY
run assets path a b c d
fails 2 "'d'"
run assets ls a b c
fails 2 "'c'"
run assets rm
fails 2 LIBRARY
run assets
fails 2 "'assets'"
run assets lst
fails 2 "'assets ls'"

it 'a file in the way: 1, and its name'
plant
run assets path lib beside sub
fails 1 'because of an existing file' "$ASSETS/lib/beside)"
that test -f "$ASSETS/lib/beside"
run assets path lib --dir "$ASSETS/lib/beside/root"
fails 1 "$ASSETS/lib/beside)"

# ---- ls ----

it 'assets ls: a line a folder, by name, and the sum'
plant
run assets ls
exits 0; silent
sed '/^$/,$d' "$OUT" | awk '{ print $1, $2, $3, $4, $NF }' >"$WORK/columns"
that diff "$WORK/columns" - <<END
LIBRARY NAMESPACE SUBFOLDER SIZE PATH
lib - - 3.0 $ASSETS/lib
lib default default 0.0 $ASSETS/lib/default/default
lib ns other 20.0 $ASSETS/lib/ns/other
lib ns sub 1.5K $ASSETS/lib/ns/sub
lib2 ns sub 7.0 $ASSETS/lib2/ns/sub
END
that grep -qx 'Found 5 folders of 2 libraries, 1.5K in all\.' "$OUT"
that grep -q '1.5K  [0-9]* years\? ago  ' "$OUT"
run assets ls lib ns
that grep -qx 'Found 2 folders of 1 library, 1.5K in all\.' "$OUT"
run assets ls lib -q
exits 0; silent
that diff "$OUT" - <<END
$ASSETS/lib
$ASSETS/lib/default/default
$ASSETS/lib/ns/other
$ASSETS/lib/ns/sub
END

it 'assets ls --json: numbers'
run assets ls lib2 --json
exits 0; silent
prints "[{\"library\": \"lib2\", \"namespace\": \"ns\", \"subfolder\": \"sub\", \"size\": 7, \"last_modified\": 1700000000, \"path\": \"$ASSETS/lib2/ns/sub\"}]"
run assets ls lib --json
that grep -qF '[{"library": "lib", "namespace": null, "subfolder": null, "size": 3, "last_modified": 1700000000,' "$OUT"
run assets ls absent --json
exits 0
prints '[]'

it 'assets ls --tree: sums at every level'
run assets ls --tree
exits 0; silent
sed -E 's/^( *)(\(other files\)|[^ ]+) +([^ ]+).*/\1\2 \3/; /^$/,$d' "$OUT" >"$WORK/columns"
that diff "$WORK/columns" - <<END
NAME SIZE
lib 1.5K
  (other files) 3.0
  default 0.0
    default 0.0
  ns 1.5K
    other 20.0
    sub 1.5K
lib2 7.0
  ns 7.0
    sub 7.0
END
that grep -qx 'Found 5 folders of 2 libraries, 1.5K in all\.' "$OUT"
for flag in --json -q
do
  run assets ls --tree $flag
  fails 2 --tree
done

it 'nothing there: told; no assets folder: 3'
run assets ls absent
exits 0; silent
prints 'No assets found.'
mkdir -p "$WORK/nothing"
run assets ls --dir "$WORK/nothing"
prints 'No assets found.'
run assets ls --dir "$WORK/missing"
fails 3 "$WORK/missing"
run assets ls --dir "$WORK/outside/kept"
fails 1 "$WORK/outside/kept"
never test -e "$WORK/missing"

it 'links planted: told where they lie, never followed'
plant
ln -s "$WORK/outside" "$ASSETS/evil"
ln -s "$WORK/outside" "$ASSETS/lib/evil"
ln -s "$WORK/outside/kept" "$ASSETS/lib/ns/sub/evil"
ln -s / "$ASSETS/lib/ns/sub/root"
ln -s . "$ASSETS/lib/ns/sub/round"
run assets ls --json
exits 0; silent
never grep -q outside "$OUT"
that grep -qF '"subfolder": "sub", "size": 1500,' "$OUT"
run assets ls evil -q
prints "$ASSETS/evil"
run assets ls evil ns
fails 1 "$ASSETS/evil"
run assets rm evil kept --yes
fails 1 "$ASSETS/evil"
run assets rm lib --yes
exits 0
run assets rm evil --yes
exits 0
never test -e "$ASSETS/lib"
never test -L "$ASSETS/evil"
that test "$(cat "$WORK/outside/kept")" = kept

it 'names that others gave: never raw'
plant
mkdir -p "$ASSETS"/$'z\033[31mred\nlib'/ns/sub "$ASSETS"/lib/$'bad\377'/sub "$ASSETS/lib/a b/c"
run assets ls
exits 0; silent
that grep -q 'z?\[31mred?lib' "$OUT"
that grep -q 'lib  *a b  *c ' "$OUT"
run assets ls --tree
exits 0
run assets rm lib --dry-run
exits 0
that grep -qF 'lib/bad?/sub' "$OUT"
run assets ls --json
exits 0; says 'no UTF-8'
that grep -qiF '"library": "z\u001b[31mred\nlib"' "$OUT"
that grep -qF '"namespace": "bad?"' "$OUT"
run assets rm lib --yes
exits 0
never test -e "$ASSETS/lib"

# ---- rm ----

it 'assets rm without a terminal: refused, 1, nothing goes'
plant
tree "$HF_HOME" >"$WORK/before"
run assets rm lib ns
exits 1
says --yes
that diff "$OUT" - <<'END'
About to delete 2 folders totalling 1.5K:
  - lib/ns/other  20.0
  - lib/ns/sub    1.5K
END
for flag in --json -q
do
  run assets rm lib $flag
  fails 1 --yes
done
that diff "$WORK/before" <(tree "$HF_HOME")

it '--dry-run says what would go'
run assets rm lib --dry-run
exits 0; silent
that grep -qx 'About to delete 4 folders totalling 1.5K:' "$OUT"
that grep -q '^  - lib (other files)  *3\.0$' "$OUT"
that grep -qx 'Dry run: nothing was deleted\.' "$OUT"
run assets rm lib --dry-run --json
prints '{"dry_run": true, "folders": 4, "size": 1523}'
run assets rm lib ns sub --dry-run -q
prints "$ASSETS/lib/ns/sub"
that diff "$WORK/before" <(tree "$HF_HOME")

it '--yes: one subfolder, a namespace, a library, and no more'
run assets rm lib ns sub --yes
exits 0; silent
that grep -qx 'Deleted 1 folder; freed 1.5K\.' "$OUT"
never test -e "$ASSETS/lib/ns/sub"
that test -f "$ASSETS/lib/ns/other/c"
run assets rm lib ns -y --json
exits 0; silent
prints '{"folders_deleted": 1, "freed": 20}'
never test -e "$ASSETS/lib/ns"
that test -f "$ASSETS/lib/beside"
run assets rm lib2 ns sub -y -q
exits 0; silent
prints "$ASSETS/lib2/ns/sub"
never test -e "$ASSETS/lib2"
run assets rm lib --yes
exits 0
that test "$(ls -A "$ASSETS")" = ''

it 'the names may be those that assets path was given'
run assets path lib 'user/a b' 'x\y'
run assets rm lib 'user/a b' 'x\y' --yes
exits 0
never test -e "$ASSETS/lib"

it 'nothing to delete: a warning, 0'
run assets rm lib ns --yes
exits 0
says 'warning: there are no assets of lib/ns'
prints 'Nothing to delete.'
run assets rm lib --json
exits 0
prints '{"folders_deleted": 0, "freed": 0}'
run assets rm lib --dir "$WORK/missing"
exits 0
prints 'Nothing to delete.'
never test -e "$WORK/missing"

# ---- the question ----

# `script` runs the command on a terminal, where this is typed; what it shows comes to $WORK/screen.
have_terminal ()
{
  have script && script -qec true /dev/null >/dev/null 2>&1 </dev/null
}

# ANSWER ARGUMENT…
answer ()
{
  local typed=$1
  shift
  what="on a terminal, typed $(printf %q "$typed"): $*"
  printf 'exec %q' "$HFCORE" >"$WORK/on_terminal.sh"
  printf ' %q' "$@" >>"$WORK/on_terminal.sh"
  status=0
  printf '%b' "$typed" | timeout -k 5 60 script -qec "bash $WORK/on_terminal.sh" /dev/null \
    >"$WORK/screen" 2>&1 || status=$?
}

it 'on a terminal it asks: no, nothing and the end of input leave all as it is'
if have_terminal
then
  plant
  for typed in 'n\n' 'No\n' '\n' '\004' 'what?\nn\n'
  do
    answer "$typed" assets rm lib
    exits 1
    that grep -aqF 'Proceed with deletion? [y/N]: ' "$WORK/screen"
    that grep -aq 'nothing was deleted' "$WORK/screen"
    that test -f "$ASSETS/lib/ns/sub/a"
  done
else
  skip 'script (util-linux) cannot be run here'
fi

it 'on a terminal it asks: yes deletes'
if have_terminal
then
  for typed in 'y\n' 'YES\n' 'maybe\ny\n'
  do
    plant
    answer "$typed" assets rm lib
    exits 0
    that grep -aqF 'Deleted 4 folders; freed 1.5K.' "$WORK/screen"
    never test -e "$ASSETS/lib"
    that test -f "$ASSETS/lib2/ns/sub/d"
  done
else
  skip 'script (util-linux) cannot be run here'
fi

it 'on a terminal with --json or -q it does not ask'
if have_terminal
then
  plant
  for flag in --json -q
  do
    answer 'y\n' assets rm lib $flag
    exits 1
    never grep -aqF Proceed "$WORK/screen"
    that test -f "$ASSETS/lib/ns/sub/a"
  done
else
  skip 'script (util-linux) cannot be run here'
fi

screen ()
{
  tmux -S "$WORK/tmux" -f /dev/null "$@"
}

screen_shows ()
{
  screen capture-pane -p | grep -qF -- "$1"
}

it 'in a real terminal: it waits for the answer; Ctrl-C leaves all as it is'
if have tmux && screen new-session -d -x 80 -y 24 'exec timeout --foreground 100 bash --norc' 2>/dev/null
then
  plant
  screen send-keys "$HFCORE assets rm lib" Enter
  eventually screen_shows '[y/N]:'
  screen send-keys C-c
  screen send-keys 'echo status $?' Enter
  eventually screen_shows 'status 130'
  that test -f "$ASSETS/lib/ns/sub/a"
  screen send-keys clear Enter
  eventually eval "! screen_shows 'status 130'"
  screen send-keys "$HFCORE assets rm lib" Enter
  eventually screen_shows '[y/N]:'
  screen send-keys y Enter
  eventually screen_shows 'Deleted 4 folders; freed 1.5K.'
  never test -e "$ASSETS/lib"
  screen kill-server
else
  skip 'tmux cannot be run here'
fi

# ---- who may not, who else is there ----

it 'read-only: 7, and what is there can be seen'
plant
if test "${#AS_NOBODY[@]}" -gt 0 && ! can_be_nobody
then
  skip 'no other user can run the command here'
else
  chmod -R u+rwX,go+rX "$HF_HOME"
  find "$ASSETS" -type d -exec chmod 555 {} +
  tree "$HF_HOME" >"$WORK/before"
  RUN_BY=("${AS_NOBODY[@]}")
  run assets path new
  fails 7 "$ASSETS"
  run assets path lib ns sub
  exits 0
  run assets ls lib2 -q
  prints "$ASSETS/lib2/ns/sub"
  run assets rm lib ns sub --yes
  exits 7
  says "$ASSETS/lib/ns/sub"
  RUN_BY=()
  that diff "$WORK/before" <(tree "$HF_HOME")
  chmod -R u+rwx "$HF_HOME"
fi

it 'configured read-only: 7 as well'
plant
printf 'assets: { plugin: assets-tree, access: read-only, root: "%s" }\n' "$ASSETS" | configure
run assets path lib ns sub
exits 0
run assets path lib ns new
fails 7 "$ASSETS/lib/ns/new"
run assets rm lib --yes
exits 7
configure </dev/null
that test -f "$ASSETS/lib/ns/sub/a"

it 'what may not be read is passed over, and that is said'
plant
if test "${#AS_NOBODY[@]}" -gt 0 && ! can_be_nobody
then
  skip 'no other user can run the command here'
else
  chmod -R u+rwX,go+rX "$HF_HOME"
  chmod 0 "$ASSETS/lib/ns/sub/deep"
  RUN_BY=("${AS_NOBODY[@]}")
  run assets ls lib ns --json
  exits 0
  says "$ASSETS/lib/ns/sub/deep"
  that grep -qF '"subfolder": "sub", "size": 1000,' "$OUT"
  RUN_BY=()
  chmod -R u+rwx "$HF_HOME"
fi

it 'several at once: paths are made while others remove'
rm -rf "$HF_HOME"
jobs=()
for worker in 1 2 3 4
do
  (
    for round in 1 2 3 4 5 6 7 8
    do
      if test $((worker % 2)) -eq 0
      then
        "$HFCORE" assets path lib ns "sub$round" || exit
      else
        "$HFCORE" assets rm lib ns --yes || exit
      fi
    done
  ) >"$WORK/at-once.$worker" 2>&1 </dev/null &
  jobs+=($!)
done
for job in "${jobs[@]}"
do
  wait "$job" || wrong "one failed: $(grep -h 'hfcore: ' "$WORK"/at-once.* | grep -v warning)"
done

# ---- a plugin of one's own ----

it 'another plugin can be named in the configuration'
PLUGINS=$WORK/plugins
mkdir -m 755 "$PLUGINS"
if test_module cabinet
then
  rm -rf "$HF_HOME"
  configure <<END
plugin-path: [ "$PLUGINS" ]
assets: { plugin: test-cabinet, name: mine, root: /cabinet }
END
  run assets path lib 'a b'
  exits 0; silent
  prints '/cabinet:lib:a b:default'
  run assets path lib --dir /other
  prints '/other:lib:default:default'
  run assets path ..
  fails 2 library
  run assets ls
  exits 0; silent
  that grep -qx 'Found 3 folders of 2 libraries, 2.0K in all\.' "$OUT"
  run assets ls --tree
  exits 0
  run assets ls --json
  exits 0
  that grep -qF '"subfolder": "sub", "size": 1500, "last_modified": 1700000000, "path": ""}' "$OUT"
  run -v assets rm lib --yes
  exits 0
  says '[mine] asked to remove lib (all) (all)'
  configure <<END
plugin-path: [ "$PLUGINS" ]
assets: { plugin: test-cabinet, fail: "list down" }
END
  run assets ls
  fails 5 'told to say down' test-cabinet
  run assets rm lib --yes
  fails 5
  untouched
else
  skip 'there is no compiler and no built module'
fi
configure <<'END'
assets: { plugin: no-such-tree }
END
run assets path lib
fails 2 hfcore.yaml:1: no-such-tree
configure <<'END'
assets: { plugin: assets-tree, rot: /x }
END
run assets path lib
fails 2 '`root`'
configure <<'END'
assets: { plugin: store-symlink, root: /x }
END
run assets path lib
fails 2 'no asset tree'

finish
