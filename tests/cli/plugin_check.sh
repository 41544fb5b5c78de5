# SPDX-License-Identifier: Apache-2.0
# plugin_check.sh: hfcore plugin check: every shipped plugin passes, and plugins that are broken in
# one way each are refused or contained, with a message that names the plugin and the rule.
. "$(dirname "$0")/lib.sh"

PLUGINS=$WORK/plugins
BROKEN=$WORK/broken
export TMPDIR=$WORK/tmp
mkdir -m 755 "$PLUGINS" "$BROKEN"
mkdir -m 711 "$TMPDIR"

# The broken module NAME as $BROKEN/hfcore-broken-NAME.so.
broken_module ()
{
  local folder
  for folder in "$top_builddir/tests/broken"{/.libs,}
  do
    test -f "$folder/hfcore-broken-$1.so" || continue
    install -m 644 "$folder/hfcore-broken-$1.so" "$BROKEN/"
    return
  done
  wrong "hfcore-broken-$1.so is not built"
}

# Exactly this line is on stdout.
has_line ()
{
  grep -qxF -- "$1" "$OUT" || wrong "no line '$1' in: $(head -c 2000 "$OUT")"
}

# The case NAME has failed, with TEXT, and the rule begins so.
failed_with ()
{
  grep -A 1 -F -- "FAIL  $1: " "$OUT" >"$WORK/failure" || wrong "$1 did not fail: $(head -c 2000 "$OUT")"
  grep -qF -- "$2" "$WORK/failure" || wrong "$1 does not say '$2': $(cat "$WORK/failure")"
  grep -qE -- "^      rule: $3" "$WORK/failure" || wrong "$1: no rule '$3': $(cat "$WORK/failure")"
}

# Nothing is left in the folder for temporary files (but the Hub's).
leaves_nothing ()
{
  test -z "$(find "$TMPDIR" -name 'hfcore-check*')" || wrong "left: $(find "$TMPDIR")"
}

# plugin check NAME passes: no case has failed, at least LEAST have passed.
passes ()
{
  local least=$1
  shift
  run plugin check "$@"
  exits 0; silent
  ! grep -q '^FAIL' "$OUT" || wrong "$(grep -A 1 '^FAIL' "$OUT")"
  tail -n 1 "$OUT" | grep -qE '^[0-9]+ passed, 0 failed, [0-9]+ skipped$' ||
    wrong "last line: $(tail -n 1 "$OUT")"
  test "$(sed -n '$s/ passed.*//p' "$OUT")" -ge "$least" || wrong "only $(tail -n 1 "$OUT")"
  leaves_nothing
}

# ---- the shipped ones ----

for name in store-symlink store-copy auto
do
  it "$name keeps the contract"
  if plugin_off "$name"
  then
    skip 'it was configured off'
    continue
  fi
  passes 40 "$name"
  has_line 'ok    module/opens'
  has_line 'ok    storage/unseen-until-commit'
done

it 'transport-dir keeps the contract'
if plugin_off transport-dir
then
  skip 'it was configured off'
else
  passes 25 transport-dir
  has_line 'ok    transport/read-range'
fi

it 'assets-tree keeps the contract'
if plugin_off assets-tree
then
  skip 'it was configured off'
else
  passes 12 assets-tree
fi

it 'transport-hub keeps the contract, over the Hub'
if plugin_off transport-hub
then
  skip 'it was configured off'
else
  BIG_SIZE=1000000
  start_usual_hub
  passes 20 transport-hub --set "endpoint=$HF_ENDPOINT" --repo org/m
  has_line 'ok    transport/read-range'
  has_line 'ok    transport/cancel-while-reading'
fi

it 'fault without faults keeps the contract of what it wraps'
if plugin_off fault
then
  skip 'it was configured off'
else
  passes 40 fault
  has_line 'ok    module/needs-what-it-wraps'
  passes 40 fault --wraps auto --only storage
fi

it 'and with one it does not, which is told'
if plugin_off fault
then
  skip 'it was configured off'
else
  run plugin check fault --set 'faults=stat nth=1 code=IO' --only storage/nothing-is-known
  exits 1
  failed_with storage/nothing-is-known 'it returned IO' storage
fi

it 'transport-exec keeps the contract, with its example'
example=$top_srcdir/plugins/examples/transport_exec_folder.py
if plugin_off transport-exec
then
  skip 'it was configured off'
elif ! have python3
then
  skip 'there is no python3'
else
  mkdir -p "$WORK/exec/model/org/x/main"
  printf 'one\n' >"$WORK/exec/model/org/x/main/one.txt"
  head -c 300000 /dev/zero >"$WORK/exec/model/org/x/main/zeros.bin"
  install -m 755 "$example" "$WORK/exec.py"
  passes 15 transport-exec --set "program=$(command -v python3)" --set "arguments=$WORK/exec.py" \
    --set "arguments=$WORK/exec" --repo org/x
fi

# ---- the broken ones: refused ----

# The broken module is refused: 2, one line, with its file and these TEXTs.
refused ()
{
  local file=$1
  shift
  run plugin check "$file"
  fails 2 "$file" "$@"
  leaves_nothing
}

it 'a descriptor of a wrong size is refused'
broken_module size
refused "$BROKEN/hfcore-broken-size.so" 'its descriptor has only 8 bytes'

it 'a descriptor without a name is refused'
broken_module null
refused "$BROKEN/hfcore-broken-null.so" 'does not tell its name, version and summary'

it 'another ABI is refused'
test_module other_major
refused "$PLUGINS/hfcore-test-other-major.so" 'made for plugin ABI 2 and hfcore has 1'

it 'what is no ELF file is refused'
printf 'no module\n' >"$BROKEN/hfcore-broken-elf.so"
refused "$BROKEN/hfcore-broken-elf.so" 'cannot be loaded'

it 'an undefined symbol is refused, and named'
test_module undefined
refused "$PLUGINS/hfcore-test-undefined.so" 'nobody_has_this_function'

it 'a file that has the name of another plugin is refused'
test_module misnamed
refused "$PLUGINS/hfcore-test-misnamed.so" '`somebody-else`' hfcore-somebody-else.so
run plugin check test-misnamed --plugin-dir "$PLUGINS"
fails 2 '`somebody-else`'

it 'a file of any other name is loaded, and a relative one'
cp "$PLUGINS/hfcore-test-misnamed.so" "$PLUGINS/x.so"
run plugin check "$PLUGINS/x.so" --only module/describes-itself
exits 0; silent
(cd "$PLUGINS" && what='hfcore plugin check ./x.so' &&
  "$HFCORE" plugin check ./x.so --only module/describes-itself >"$OUT" 2>"$ERR") || wrong "$(cat "$ERR")"
has_line 'ok    module/describes-itself'

# ---- ... contained ----

it 'a crash in open: told once, and nothing else is tried'
broken_module crash
run plugin check broken-crash --plugin-dir "$BROKEN"
exits 1
says 'the plugin broken-crash breaks the contract in 1 of'
failed_with module/opens 'crashed (SIGSEGV) in open, while checking that it is opened and closed' \
  'contract 3: .*; contract 9: '
that grep -qx 'skip  storage/refs: it cannot be opened; see module/opens' "$OUT"
leaves_nothing

it 'codes that there are none of'
broken_module codes
run plugin check broken-codes --plugin-dir "$BROKEN" --repo org/m --file abc.txt --only resolve-file
exits 1
says 'the plugin broken-codes breaks the contract'
failed_with transport/resolve-file 'resolve returned 4711, which means nothing' 'transport, resolve: '
leaves_nothing

it 'an answer comes with what was recorded of it'
run plugin check broken-codes --plugin-dir "$BROKEN" --repo org/m --file abc.txt --only transport/
exits 1
failed_with transport/revision-is-a-commit \
  'it answered IO (fault of the plugin: resolve returned 4711, which means nothing)' 'transport, resolve: '

it 'what keeps nearly all cases of a transport from being tried is told once'
that test "$(grep -c '^FAIL' "$OUT")" -eq 1
has_line 'skip  transport/read-whole: what it has cannot be found out; see transport/revision-is-a-commit'

it 'begin, and begin again'
broken_module begin
run plugin check broken-begin --plugin-dir "$BROKEN" --repo org/m --file abc.txt --only read-
exits 1
says 'the plugin broken-begin breaks the contract'
failed_with transport/read-by-location 'read began to send twice' 'hfcore_read, location: '
leaves_nothing

it 'bytes that are written after commit'
broken_module late
run plugin check broken-late --plugin-dir "$BROKEN" --only unseen-until-commit
exits 1
says 'the plugin broken-late breaks the contract'
failed_with storage/unseen-until-commit 'the bytes that were committed' 'storage, '
leaves_nothing

it 'a call that is kept'
broken_module call
run plugin check broken-call --plugin-dir "$BROKEN" --only nothing-is-known
exits 1
says 'the plugin broken-call breaks the contract'
failed_with storage/nothing-is-known \
  'used the call, or a name that came with it, after the op had returned; it did so in stat' \
  'contract 4: '
leaves_nothing

it 'an op that never comes back'
broken_module block
run plugin check broken-block --plugin-dir "$BROKEN" --only nothing-is-known --timeout 500ms
exits 1
says 'the plugin broken-block breaks the contract'
failed_with storage/nothing-is-known \
  'did not come back within 0.5 s; last op: stat, while checking that ' '.*; contract 10: '
leaves_nothing

it 'an op that ends the program'
broken_module exit
run plugin check broken-exit --plugin-dir "$BROKEN" --only nothing-is-known
exits 1
says 'the plugin broken-exit breaks the contract'
failed_with storage/nothing-is-known \
  'ended the process (exit status 0); last op: stat, while checking that ' '.*; contract 9: '
leaves_nothing

it 'a stop in the middle leaves nothing and ends with 130'
"$HFCORE" plugin check broken-block --plugin-dir "$BROKEN" --only nothing-is-known --timeout 60s \
  >"$OUT" 2>"$ERR" </dev/null &
pid=$!
eventually sh -c 'test -n "$(find "$TMPDIR" -name "hfcore-check*")"'
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
exits 130
leaves_nothing

# ---- ... and in a download ----

# A download by this transport alone fails with one line that has these TEXTs.
download_by ()
{
  local plugin=$1
  shift
  configure <<END
retries: 0
plugin-path: [ "$BROKEN" ]
transport: [ { name: mine, plugin: $plugin } ]
END
  run download org/m abc.txt
  exits 1
  says "$@"
  never test -s "$OUT"
}

it 'codes that there are none of end a download, and nothing worse'
download_by broken-codes 'fault of the plugin' 'resolve returned 4711, which means nothing' \
  'mine (broken-codes)'

it 'so does begin, and begin again'
new_cache
download_by broken-begin 'fault of the plugin' 'read began to send twice' 'mine (broken-begin)'
tidy

configure <<'END'
retries: 0
END

# ---- one name twice ----

it 'of two plugins of one name the first is used, and the other is told'
mkdir -m 755 "$WORK/first" "$WORK/second"
for folder in first second
do
  install -m 644 "$PLUGINS/hfcore-test-undefined.so" "$WORK/$folder/hfcore-twin.so"
  install -m 644 "$BROKEN/hfcore-broken-call.so" "$WORK/$folder/"
done
HFCORE_PLUGIN_PATH=$WORK/second:$HFCORE_PLUGIN_PATH run plugin list --plugin-dir "$WORK/first"
exits 0; silent
that grep -qE "^broken-call  +storage  +1  +$WORK/first/hfcore-broken-call.so\$" "$OUT"
that grep -qE "^broken-call  +-  +-  +hidden: $WORK/second/hfcore-broken-call.so; $WORK/first/hfcore-broken-call.so comes first\$" "$OUT"
HFCORE_PLUGIN_PATH=$WORK/second:$HFCORE_PLUGIN_PATH run plugin list --json --plugin-dir "$WORK/first"
exits 0
that grep -qF "\"hides\": [\"$WORK/second/hfcore-broken-call.so\"]" "$OUT"
HFCORE_PLUGIN_PATH=$WORK/second:$HFCORE_PLUGIN_PATH run plugin check broken-call \
  --plugin-dir "$WORK/first" --only module
exits 0; silent
has_line "note  $WORK/second/hfcore-broken-call.so is hidden by $WORK/first/hfcore-broken-call.so"

it 'a link to the same file hides nothing'
rm "$WORK/second/hfcore-broken-call.so"
ln -s "$WORK/first/hfcore-broken-call.so" "$WORK/second/"
HFCORE_PLUGIN_PATH=$WORK/second:$HFCORE_PLUGIN_PATH run plugin list --plugin-dir "$WORK/first"
exits 0
that test "$(grep -c '^broken-call ' "$OUT")" -eq 1

# ---- words ----

it '--list tells every case, --only some'
run plugin check --list
exits 0; silent
has_line 'storage/twin-commits: of two writers of one blob both succeed'
that test "$(wc -l <"$OUT")" -ge 80
never grep -qvE '^(module|storage|transport|assets)/[a-z0-9-]+: .{10,}$' "$OUT"
that test -z "$(cut -d: -f1 "$OUT" | sort | uniq -d)"
run plugin check --list -q --only module/opens
exits 0
has_line module/opens
never grep -q : "$OUT"
run plugin check --list --json --only module/opens
exits 0
that grep -qF '"interface": "module", "name": "opens", "means": "' "$OUT"

it '--json tells the plugin, each case and the sums'
run plugin check broken-call --plugin-dir "$BROKEN" --json --only nothing-is-known
exits 1
that grep -qE '^\{"plugin": \{"name": "broken-call", "version": "1", "summary": "[^"]*", "file": "/[^"]*", "hides": \[\]\}, "results": \[\{"interface": "storage", "name": "nothing-is-known", "verdict": "failed", "text": "used the call, [^"]*", "rule": "contract 4: [^"]*", "ms": [0-9]+\}\], "passed": 0, "failed": 1, "skipped": 0\}$' "$OUT"
run plugin check auto --json --only module/opens
exits 0; silent
that grep -qF '"verdict": "passed", "text": null, "rule": null' "$OUT"

it '-q tells what has failed and nothing else'
run plugin check auto -q --only module
exits 0; silent
prints_nothing
run plugin check broken-call --plugin-dir "$BROKEN" -q --only nothing-is-known
exits 1
that test "$(wc -l <"$OUT")" -eq 2
failed_with storage/nothing-is-known 'used the call' 'contract 4: '

it 'a transport of which nothing could be checked is no success, and quiet is not silent'
if plugin_off transport-hub
then
  skip 'it was configured off'
else
  for quiet in '' -q
  do
    run plugin check transport-hub --set endpoint=http://127.0.0.1:1 $quiet
    exits 2
    says 'nothing of the transport was checked' '--repo' '--set'
  done
  prints_nothing
  run plugin check transport-hub --set endpoint=http://127.0.0.1:1 --only module/
  exits 0; silent
fi

it 'what the plugin does not have is no fault of the plugin'
if plugin_off transport-dir
then
  skip 'it was configured off'
else
  mkdir -p "$WORK/tree/models/org/m/main"
  printf 'one\n' >"$WORK/tree/models/org/m/main/one.txt"
  over=(transport-dir --set "root=$WORK/tree" --set layout=tree)
  run plugin check "${over[@]}" --repo no/such
  fails 2 'the plugin transport-dir does not have model no/such at main' '('
  prints_nothing
  run plugin check "${over[@]}" --repo org/m --file nofile
  fails 2 'the plugin transport-dir does not have nofile of model org/m at main (NOTFOUND: '
  run plugin check "${over[@]}" --repo bad//id
  fails 2 "invalid repo id 'bad//id'"
  run plugin check "${over[@]}" --repo org/m --file ../x
  fails 2 "invalid path of a file '../x'"
  run plugin check "${over[@]}" --repo no/such --only module/opens
  exits 0; silent
  passes 1 "${over[@]}" --repo org/m --only transport/root-is-gone
  has_line 'ok    transport/root-is-gone'
  that test "$(find "$WORK/tree" -type f | wc -l)" -eq 1
fi

it 'what is asked for wrongly: 2 and why'
run plugin check
fails 2 'is missing' --help
run plugin check auto store-symlink
fails 2 "'store-symlink'"
run plugin check nothing-like-it
fails 2 hfcore-nothing-like-it.so
run plugin check ./nothing-like-it.so
fails 2 ./nothing-like-it.so
(cd "$PLUGINS" && "$HFCORE" plugin check x.so >"$OUT" 2>"$ERR") && wrong 'x.so was taken for a name'
that grep -qF 'a file has a / in it: ./x.so' "$ERR"
ln -s hfcore-broken-elf.so "$BROKEN/elf-link.so"
run plugin check "$BROKEN/elf-link.so"
fails 2 "$BROKEN/elf-link.so leads to $BROKEN/hfcore-broken-elf.so"
if ! plugin_off transport-exec
then
  run plugin check transport-exec
  fails 2 '`program`' '--set program=…'
fi
run plugin check auto --only no-such-case
fails 2 no-such-case
run plugin check auto --timeout soon
fails 2 --timeout soon
run plugin check auto --timeout 0
fails 2 --timeout
run plugin check auto --set rot=/x
fails 2 '`rot`' '`root`'
run plugin check auto --set root
fails 2 '`root`' KEY=VALUE
run plugin check auto --set share=magic
fails 2 auto magic
run plugin check auto --wraps nothing-like-it
fails 2 nothing-like-it
run plugin check transport-hub --file config.json
fails 2 --repo
leaves_nothing

it 'a root that was named is used, and stays'
mkdir "$WORK/named"
passes 30 auto --set "root=$WORK/named" --only storage
that test -n "$(ls -A "$WORK/named")"

it 'a folder or a file that others may write to is refused'
mkdir -m 755 "$WORK/open"
install -m 644 "$BROKEN/hfcore-broken-call.so" "$WORK/open/x.so"
chmod 777 "$WORK/open"
run plugin check "$WORK/open/x.so"
fails 2 "$WORK/open" chmod
chmod 755 "$WORK/open"
chmod 666 "$WORK/open/x.so"
run plugin check "$WORK/open/x.so"
fails 2 "$WORK/open/x.so" chmod

it 'a user without rights can check, too'
if test "$(id -u)" -ne 0
then
  skip 'this is one'
elif ! can_be_nobody
then
  skip 'the build cannot be read by others'
else
  chmod 1777 "$TMPDIR"
  RUN_BY=("${AS_NOBODY[@]}")
  passes 40 auto
  RUN_BY=()
fi

it 'a parent that ignores the end of its children changes nothing'
env --ignore-signal=CHLD "$HFCORE" plugin check store-symlink --only module/ >"$OUT" 2>"$ERR"
that test $? -eq 0
never grep -q 'did not come back' "$OUT"
that grep -qE '^1[0-9] passed, 0 failed' "$OUT"

finish
