# SPDX-License-Identifier: Apache-2.0
# transport_exec.sh: a program of the site as a source: the example in Python end to end, a source in a
# few lines of shell, and programs that do everything wrong.
. "$(dirname "$0")/lib.sh"

need_plugin transport-exec
have python3 || skip_all 'no python3'

PROGRAMS=$WORK/programs
ROOT=$WORK/store
MARK=$WORK/mark
export HF_TOKEN=$SECRET
mkdir -m 755 "$PROGRAMS"
install -m 755 "$top_srcdir/plugins/examples/transport_exec_folder.py" "$PROGRAMS/folder.py"

# ---- the site's set-up ----

# An empty cache, and a source that runs PROGRAM with what else is said of it (in YAML). Whatever it
# starts has MARK in its environment.
with_program ()
{
  new_cache
  configure <<END
retries: 0
transport:
  - { name: site, plugin: transport-exec, program: "$1", environment: [ "MARK=$MARK" ]${2:+, $2} }
END
}

# The cache of the last run, with another configuration: COMMAND...
with_same_cache ()
{
  local home=$HF_HOME
  "$@"
  HF_HOME=$home
  CACHE=$home/hub
}

with_folder ()
{
  with_program "$PROGRAMS/folder.py" "arguments: [ \"$ROOT\" ]${1:+, $1}"
}

# PROGRAM, of stdin.
program ()
{
  cat >"$PROGRAMS/$1"
  chmod 755 "$PROGRAMS/$1"
}

# The processes with our mark.
marked ()
{
  grep -lsazxF "MARK=$MARK" /proc/[0-9]*/environ | sed 's,/proc/\([0-9]*\)/.*,\1,'
}

nothing_runs ()
{
  test -z "$(marked)"
}

store_file ()
{
  mkdir -p "$ROOT/$(dirname "$1")"
  cat >"$ROOT/$1"
}

printf 'hello\n' | store_file models/org/m/main/config.json
printf 'deep\n' | store_file 'models/org/m/main/sub/dätä ñ.txt'
: | store_file models/org/m/main/empty
head -c 11000000 /dev/zero | tr '\0' x | store_file models/org/m/main/large.bin
printf 'x\n' | store_file models/org/m/feature/x/config.json
printf '1,2\n' | store_file dataset/d/main/a.csv

# ---- the example ----

export HF_HUB_OFFLINE=1

it 'a whole repository, offline, as it is in the folder'
with_folder
run download org/m
exits 0; silent
folder=$(cat "$OUT")
that diff -r "$folder" "$ROOT/models/org/m/main"
while IFS= read -r file
do
  that intact "$file"
done < <(find "$folder" -type l)
that test -f "$CACHE/models--org--m/trees/$(basename "$folder").json"
that nothing_runs
tidy

it 'a branch with a slash, a data set, a commit'
run download org/m config.json --revision feature/x
exits 0; silent
that cmp "$(cat "$OUT")" <(echo x)
run download d --repo-type dataset
exits 0; silent
run download org/m large.bin --revision "$(basename "$folder")" --force-download
exits 0; silent
prints "$folder/large.bin"

it 'what is not there'
run download org/m nope.txt
fails 3 nope.txt '[site (transport-exec)]'
run download org/none
fails 5
run download org/m --revision none
fails 5
run download org/m --revision "$C1"
fails 5
that nothing_runs

it 'no link leads out of its folder'
echo secret >"$WORK/secret"
ln -s "$WORK/secret" "$ROOT/models/org/m/feature/x/link"
with_folder
run download org/m link --revision feature/x
fails 3
run download org/m --revision feature/x
exits 0
never test -e "$(cat "$OUT")/link"
rm "$ROOT/models/org/m/feature/x/link"

it 'a name that is no UTF-8 is left out, and .git is'
mkdir -p "$ROOT/models/org/latin/main/.git" "$ROOT/models/org/latin/main/"$'sub\351'
echo good | store_file models/org/latin/main/good
echo bad | store_file $'models/org/latin/main/caf\351'
echo bad | store_file $'models/org/latin/main/sub\351/file'
echo bad | store_file models/org/latin/main/.git/config
run download org/latin -v
exits 0
says 'left out' 'caf'
that test "$(ls -A "$(cat "$OUT")")" = good
run download org/latin .git/config
fails 3 .git/config

it 'it keeps the contract of a transport'
run plugin check transport-exec --set "program=$PROGRAMS/folder.py" --set "arguments=$ROOT" \
  --set "environment=MARK=$MARK" --repo org/m
exits 0
that grep -q '^[0-9]* passed, 0 failed' "$OUT"
eventually nothing_runs

it 'two thousand files'
mkdir -p "$ROOT/models/org/many/main/data"
for i in $(seq 2000)
do
  echo "$i" >"$ROOT/models/org/many/main/data/f$i"
done
with_folder
run download org/many --include 'data/f12?'
exits 0; silent
that test "$(find "$CACHE" -type l | wc -l)" -eq 10
that test "$(grep -o '"size"' "$CACHE"/models--org--many/trees/*.json | wc -l)" -eq 2000

unset HF_HUB_OFFLINE

# What a program is asked, line by line, into $WORK/asked, and how many bytes it sends.
program spy.sh <<END
#!/bin/sh
tee -a "$WORK/asked" | "$PROGRAMS/folder.py" "$ROOT"
END

it 'a download that was killed is gone on with, and leaves no process'
program slow.py <<'END'
#!/usr/bin/env python3
# The folder, cut: 4 MiB of a file, then nothing more.
import os, subprocess, sys, time
folder = subprocess.Popen([sys.argv[1], sys.argv[2]], stdout=subprocess.PIPE)
left = 4 << 20
while left and (piece := os.read(folder.stdout.fileno(), min(65536, left))):
    left -= len(piece)
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
open(sys.argv[3], "w").close()
time.sleep(1000)
END
with_program "$PROGRAMS/slow.py" "arguments: [ $PROGRAMS/folder.py, $ROOT, $WORK/stalled ]"
"$HFCORE" download org/m large.bin >"$OUT" 2>"$ERR" &
pid=$!
eventually test -e "$WORK/stalled"
partial=
held ()
{
  partial=$(find "$CACHE" -name '*.incomplete' -size +3000k) && test -n "$partial"
}
eventually held
{ kill -9 "$pid"; wait "$pid"; } 2>/dev/null
# It sleeps and hears of nothing; a program that reads its stdin would have ended by itself.
for process in $(marked)
do
  kill -9 "$process" 2>/dev/null
done
eventually nothing_runs
have=$(stat -c %s "$partial")
: >"$WORK/asked"
with_same_cache with_program "$PROGRAMS/spy.sh"
run download org/m large.bin
exits 0; silent
that intact "$(cat "$OUT")"
offset=$(sed -n 's/.*"op":"read".*"offset":\([0-9]*\).*/\1/p' "$WORK/asked")
that test "$offset" -gt 3000000
that test "$offset" -le "$have"
tidy

it 'killed while its program waits to be asked: that ends, too'
program waits.sh <<END
#!/bin/sh
echo '{"hello": {"protocol": 1, "local": true}}'
read -r line
: >"$WORK/asked.once"
read -r line
END
with_program "$PROGRAMS/waits.sh"
"$HFCORE" download org/m config.json >"$OUT" 2>"$ERR" &
pid=$!
eventually test -e "$WORK/asked.once"
{ kill -9 "$pid"; wait "$pid"; } 2>/dev/null
eventually nothing_runs

# ---- a source in shell ----

it 'a source of one file in a few lines of shell'
# It is the one of the manual.
awk '/^\.Bd / { inside = 1; text = ""; next }
     /^\.Ed/ { if (inside && text ~ /^#!\/bin\/sh\n/) printf "%s", text; inside = 0 }
     inside { gsub (/\\e/, "\\"); text = text $0 "\n" }' \
  "$top_srcdir/core/man/hfcore-transport-exec.7" | program one.sh
with_program "$PROGRAMS/one.sh"
run download house/tiny
exits 0; silent
that intact "$(cat "$OUT")/f"
run download house/tiny g
fails 3 'house/tiny has no such file'
that nothing_runs

it '…keeps the contract'
run plugin check transport-exec --set "program=$PROGRAMS/one.sh" --set "environment=MARK=$MARK" \
  --repo house/tiny
exits 0
that grep -q '^[0-9]* passed, 0 failed' "$OUT"
that grep -q '^ok    transport/read-whole' "$OUT"
that grep -q '^ok    transport/read-other-file' "$OUT"
that grep -q '^ok    transport/unknown-repo' "$OUT"
eventually nothing_runs

it '…and leaves to the next source what it does not have'
with_program "$PROGRAMS/one.sh"
cat >>"$XDG_CONFIG_HOME/hfcore/hfcore.yaml" <<END
  - { name: folder, plugin: transport-exec, program: "$PROGRAMS/folder.py", arguments: [ "$ROOT" ] }
END
run download org/m config.json
exits 0
that cmp "$(cat "$OUT")" "$ROOT/models/org/m/main/config.json"
run download house/tiny --revision none
fails 5

it 'what a chain of links leads to is run by its own path'
mkdir -m 755 "$WORK/chain"
program where.sh <<END
#!/bin/sh
printf '%s\n' "\$0" >"$WORK/where"
tr '\0' '\n' </proc/\$\$/cmdline >>"$WORK/where"
exec "$PROGRAMS/one.sh"
END
ln -s "$PROGRAMS/where.sh" "$WORK/chain/second"
ln -s second "$WORK/chain/first"
with_program "$WORK/chain/first"
run download house/tiny f
exits 0; silent
that test "$(head -n 1 "$WORK/where")" = "$(realpath "$PROGRAMS/where.sh")"
never grep -q chain "$WORK/where"
ln -s "$(command -v sh)" "$WORK/chain/sh"
with_program "$WORK/chain/sh" \
  "arguments: [ -c, \"tr '\\\\0' '\\\\n' </proc/\$\$/cmdline >$WORK/where; exec $PROGRAMS/one.sh\" ]"
run download house/tiny f
exits 0; silent
that test "$(head -n 1 "$WORK/where")" = "$WORK/chain/sh"

it 'bytes in pieces'
program pieces.sh <<'END'
#!/bin/sh
"${0%/*}/one.sh" | while read -r line
do
  case $line in
    '{"data": 6}')
      read -r bytes
      printf '{"data": 4}\n%.4s{"wait": true}\n{"data": 0}\n{"data": 2}\no\n' "$bytes" ;;
    *) echo "$line" ;;
  esac
done
END
with_program "$PROGRAMS/pieces.sh"
run download house/tiny
exits 0; silent
that intact "$(cat "$OUT")/f"
that nothing_runs

# ---- what a program is given ----

it 'a small environment without the token, three descriptors, no signal blocked or ignored, "/"'
program looks.sh <<END
#!/bin/sh
env >"$WORK/environment"
ls /proc/self/fd >"$WORK/descriptors"
grep -E 'Sig(Blk|Ign)' /proc/self/status >"$WORK/signals"
pwd >"$WORK/folder"
printf '%s|' "\$@" >"$WORK/arguments"
exec "$PROGRAMS/one.sh"
END
with_program "$PROGRAMS/looks.sh" 'arguments: [ "a b", "$HOME `x`", "", "*" ]'
# shellcheck disable=SC2093 # the descriptor is for this run alone
exec 9</dev/null
LANG=C.UTF-8 HFCORE_SECRET=1 run download house/tiny f
exec 9<&-
exits 0
that test "$(grep -vE '^(PWD|OLDPWD|SHLVL|_)=' "$WORK/environment" | sed 's/=.*//' | sort |
  tr '\n' ' ')" = 'HFCORE_TRANSPORT_EXEC HOME LANG MARK PATH '
that grep -qxF "HOME=$HOME" "$WORK/environment"
# The folder that ls lists is the fourth.
that test "$(tr '\n' ' ' <"$WORK/descriptors")" = '0 1 2 3 '
# Those from 32 on are the C library's own.
that test "$(grep -cE '[08]0000000$' "$WORK/signals")" -eq 2
that test "$(cat "$WORK/folder")" = /
that test "$(cat "$WORK/arguments")" = 'a b|$HOME `x`||*|'

it '…and what the site gives it'
new_cache
configure <<END
retries: 0
transport:
  - name: site
    plugin: transport-exec
    program: $PROGRAMS/looks.sh
    environment: [ "LANG=xx", "KEY=a=b", "HF_TOKEN", "NOT_SET" ]
END
run download house/tiny f
exits 0
that grep -qxF LANG=xx "$WORK/environment"
that grep -qxF KEY=a=b "$WORK/environment"
that grep -qxF "HF_TOKEN=$SECRET" "$WORK/environment"
never grep -q NOT_SET "$WORK/environment"
rm "$WORK/environment"

it '…which nothing shows; and who asks no source starts no program'
run config show
that grep -q '^transport.site.environment *= *\[(hidden), ' "$OUT"
never grep -q 'a=b' "$OUT"
run config check "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
exits 0
run lookup house/tiny f
run download house/tiny f --local-files-only
run plugin list
never test -e "$WORK/environment"

it 'options that are wrong are refused'
refused ()
{
  with_program "$1" "$2"
  run download house/tiny f
  fails 2 "$3"
  untouched
}
refused programs/one.sh '' 'no absolute path'
refused "$PROGRAMS/nothing" '' 'No such file'
refused "$PROGRAMS" '' 'no regular file'
refused "$PROGRAMS/one.sh" 'processes: 0' 'not 1 to 64'
refused "$PROGRAMS/one.sh" 'processes: 65' 'not 1 to 64'
refused "$PROGRAMS/one.sh" 'timeout: 0' timeout
new_cache
for item in '=x' '1A=x' 'A B=x' ''
do
  configure <<END
retries: 0
transport: [ { name: s, plugin: transport-exec, program: "$PROGRAMS/one.sh", environment: [ "$item" ] } ]
END
  run download house/tiny f
  fails 2 KEY=VALUE
done

it 'a program that others may write to is not run, nor one that may not be executed'
echo '#!/bin/sh' | program plain
chmod 644 "$PROGRAMS/plain"
refused "$PROGRAMS/plain" '' 'Permission denied'
chmod 757 "$PROGRAMS/plain"
refused "$PROGRAMS/plain" '' 'anyone may write to it'
mkdir -m 757 "$WORK/open"
install -m 755 "$PROGRAMS/one.sh" "$WORK/open/one.sh"
refused "$WORK/open/one.sh" '' 'anyone may write to it'
ln -s "$WORK/open/one.sh" "$PROGRAMS/link.sh"
refused "$PROGRAMS/link.sh" '' 'anyone may write to it'
ln -s "$PROGRAMS/one.sh" "$WORK/open/link.sh"
refused "$WORK/open/link.sh" '' 'anyone may write to it'
chmod 755 "$WORK/open"
with_program "$PROGRAMS/link.sh"
run download house/tiny f
exits 0
echo '#!/no/such/interpreter' | program interpreter
refused "$PROGRAMS/interpreter" '' 'interpreter'
printf '\1\2\3' | program format
refused "$PROGRAMS/format" '' 'Exec format'

# ---- programs that do it wrong ----

# A source of the file f, 100,000 bytes, that goes wrong in the way that its argument names.
program wrong.py <<'END'
#!/usr/bin/env python3
import hashlib, json, os, signal, subprocess, sys, time

wrong, note = sys.argv[1], sys.argv[2]
data = bytes(i * 7 % 251 for i in range(100000))
commit = "1" * 40
etag = hashlib.sha1(b"blob 100000\0" + data).hexdigest()
out = sys.stdout.buffer


def say(line):
    out.write(json.dumps(line).encode() + b"\n")
    out.flush()


def raw(data):
    out.write(data)
    out.flush()


def once():
    if os.path.exists(note):
        return False
    open(note, "w").close()
    return True


def hang():
    time.sleep(1000)


if wrong == "dies at once":
    sys.stderr.write("cannot find \x1b[31mmy disks\n")
    sys.exit(3)
if wrong == "no hello":
    say({"commit": commit})
if wrong == "garbage for hello":
    raw(b"\x1b]0;hello\x07\0\xff\n")
if wrong == "never says hello":
    hang()
if wrong == "version 2":
    say({"hello": {"protocol": 2}})
if wrong == "a flag that is none":
    say({"hello": {"protocol": 1, "range": "yes"}})
if wrong == "leaves others":
    subprocess.Popen(["sleep", "1000"])
if wrong == "leaves others and ends":
    say({"hello": {"protocol": 1, "local": True}})
    subprocess.Popen(["sleep", "1000"])
    os._exit(4)
if wrong == "shouts":
    for i in range(5000):
        sys.stderr.write("line %d \x1b[31m\x07 %s\n" % (i, "x" * 3000))
    sys.stderr.flush()
if wrong == "closes stdin":
    os.close(0)
say({"hello": {"protocol": 1, "range": wrong != "all of it", "list": True,
               "local": wrong != "not local"}})
if wrong == "talks unasked":
    say({"end": True})
if wrong == "closes stdin":
    hang()

for line in sys.stdin:
    ask = json.loads(line)
    if wrong == "never answers":
        hang()
    if wrong == "ends when asked" and once():
        sys.exit(0)
    if wrong == "killed when asked":
        os.kill(os.getpid(), signal.SIGSEGV)
    if wrong == "closes stdout":
        os.close(1)
        hang()
    if wrong == "garbage":
        raw(b"Traceback (most recent call last):\n")
    if wrong == "a list":
        say([1, 2])
    if wrong == "two members":
        say({"commit": commit, "end": True})
    if wrong == "twice the same":
        raw(b'{"commit": "a", "commit": "b"}\n')
    if wrong == "a long line":
        raw(b'{"commit": "' + b"1" * (2 << 20) + b'"}\n')
    if wrong == "a line without end":
        raw(b"1" * (8 << 20))
    if wrong == "another kind":
        say({"begin": {"offset": 0}})
    if wrong == "waits" and ask["op"] == "resolve":
        for i in range(6):
            time.sleep(0.5)
            say({"wait": True})
    while wrong == "waits without end":
        say({"wait": True})
        time.sleep(0.01)
    if wrong.startswith("error "):
        say({"error": json.loads(wrong[6:])})
        continue
    if wrong == "idle death" and once():
        say({"commit": commit})
        os._exit(1)
    if ask["op"] == "resolve":
        file = {"path": "f", "commit": commit, "etag": etag, "size": 100000, "location": "here"}
        if wrong.startswith("file "):
            file.update(json.loads(wrong[5:]))
        say({"file": file} if "path" in ask else
            {"commit": "main" if wrong == "no commit" else commit})
    elif ask["op"] == "list":
        path = "f"
        if wrong.startswith("path "):
            path = json.loads(wrong[5:])
        say({"file": {"path": path, "size": 100000, "etag": etag}})
        if wrong == "part of a list":
            say({"incomplete": True})
        if wrong == "dies in a list":
            sys.exit(7)
        say({"end": True})
    else:
        offset = ask["offset"]
        with open(note + ".asked", "a") as asked:
            asked.write("%d\n" % offset)
        if wrong in ("ignores ranges", "all of it"):
            offset = 0
        first = offset + 5 if wrong == "another offset" else offset
        if wrong == "no begin":
            say({"data": 1})
        if wrong == "begin without offset":
            say({"begin": {"total": 100000}})
        if wrong == "another file":
            say({"file": {"etag": "2" * 40}})
        say({"begin": {"offset": first, "total": None if wrong == "no total" else
                       99999 if wrong == "another total" else 100000}})
        if wrong == "begins twice":
            say({"begin": {"offset": offset, "total": 100000}})
        part = data[offset:]
        if wrong == "other bytes":
            part = part[:-1] + b"!"
        if wrong == "dishonest offset":
            part = data[offset + 1:] + b"!"
        if wrong == "cut once" and once():
            say({"data": 60000})
            raw(part[:60000])
            say({"error": {"code": "RETRY", "message": "the line is bad"}})
            continue
        if wrong == "dies in the bytes":
            say({"data": len(part)})
            raw(part[:50000])
            print("the disk is gone", end="", file=sys.stderr, flush=True)
            os._exit(9)
        if wrong == "silent in the bytes":
            say({"data": len(part)})
            raw(part[:50000])
            hang()
        if wrong == "short":
            part = part[:-1]
        while wrong == "sends nothing without end":
            say({"data": 0})
        if wrong == "negative":
            say({"data": -1})
        if wrong == "too many":
            part += b"!"
        say({"data": len(part)})
        raw(part)
        if wrong == "more than said":
            raw(b"more")
        if wrong == "no end":
            continue
        say({"end": True})
        if wrong == "more behind the end":
            raw(b"more\n")
if wrong == "never ends":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hang()
END

# The source that is WRONG in this way, and what the entry says besides.
with_wrong ()
{
  local wrong=${1//\\/\\\\}
  rm -f "$WORK/note" "$WORK/note.asked"
  with_program "$PROGRAMS/wrong.py" "arguments: [ \"${wrong//\"/\\\"}\", \"$WORK/note\" ]${2:+, $2}"
}

# One that is WRONG fails with STATUS and says TEXT...; nothing of the file is there, nothing runs.
silence=20s
fails_when ()
{
  local wrong=$1
  shift
  with_wrong "$wrong" "timeout: $silence"
  run download org/m f
  fails "$@"
  test -z "$(find "$CACHE" -path '*/blobs/*' ! -name '*.incomplete' 2>/dev/null)" ||
    wrong "there is a blob of one with '$wrong'"
  eventually nothing_runs
}

# It is there nevertheless.
works_when ()
{
  with_wrong "$1" "${2-timeout: 20s}"
  run download org/m f
  exits 0
  that intact "$(cat "$OUT")"
  that test "$(stat -Lc %s "$(cat "$OUT")")" -eq 100000
  eventually nothing_runs
}

patient ()
{
  sed -i 's/^retries: 0/retries: 2\nretry-pause: 10ms/' "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
}

it 'the source of these tests is well when nothing is wrong'
works_when nothing
silent

it 'one that does not begin'
fails_when 'dies at once' 5 'ended with exit status 3' 'cannot find ?[31mmy disks'
fails_when 'no hello' 5 'line that says hello'
fails_when 'garbage for hello' 5 'no JSON object'
fails_when 'version 2' 5 'version 1 of the protocol'
fails_when 'a flag that is none' 5 'neither true nor false'

it 'one that ends in the middle'
fails_when 'ends when asked' 5 'ended with exit status 0'
fails_when 'killed when asked' 5 'signal 11'
fails_when 'closes stdout' 5 'closed its output'
fails_when 'closes stdin' 5
fails_when 'dies in the bytes' 5 'exit status 9' ': the disk is gone'
fails_when 'leaves others and ends' 5 'exit status 4'

it 'one that is silent'
silence=700ms
for wrong in 'never says hello' 'never answers' 'silent in the bytes'
do
  fails_when "$wrong" 5 'said nothing for 700 ms'
done
silence=20s

it '…but says that it is at work'
works_when waits 'timeout: 2s'

it '…and nothing else without end'
for wrong in 'waits without end' 'sends nothing without end'
do
  with_wrong "$wrong" 'timeout: 700ms'
  run download org/m f -q
  fails 5 'said nothing but that it is at work for 7000 ms'
  that nothing_runs
done

it 'one that answers garbage'
fails_when garbage 5 'no JSON object of one member' 'Traceback'
fails_when 'a list' 5 'no JSON object'
fails_when 'two members' 5 'no JSON object'
fails_when 'twice the same' 5 'no JSON object'
fails_when 'a long line' 5 'more than 1048576 bytes'
fails_when 'a line without end' 5 'more than 1048576 bytes'
fails_when 'another kind' 5 '`begin`' '`file`'
fails_when 'no begin' 5 'before it said where'
fails_when 'begin without offset' 5 'without an offset'
fails_when 'begins twice' 5 'began to send twice'
fails_when negative 5 'no number of bytes'
for file in '{"size": -1}' '{"size": 1.5}' '{"size": "9"}' '{"size": null}' '{"commit": "main"}' \
  '{"etag": "../x"}' '{"etag": null}' '{"path": "g"}' '{"path": 5}' '{"location": "a\nb"}'
do
  fails_when "file $file" 5
done
with_wrong 'no commit'
run download org/m
fails 5 '40 hex digits'

it 'one that sends too much, or too little'
fails_when 'too many' 5 'more bytes than it announced'
fails_when short 5 'sent 99999 bytes' '100000 were to come'
fails_when 'talks unasked' 5 '`end`'
works_when 'no total'
# All of the file is there, whatever comes then.
works_when 'more than said'
works_when 'more behind the end'

it 'one that sends something else'
fails_when 'another file' 1 2222222222222222222222222222222222222222
for wrong in 'other bytes' 'dishonest offset' 'another offset' 'another total'
do
  with_wrong "$wrong"
  run download org/m f
  exits 6
  prints_nothing
  never test -e "$CACHE/models--org--m/snapshots"
  test -z "$(find "$CACHE" -path '*/blobs/*' ! -name '*.incomplete')" ||
    wrong "there is a blob of one that sends $wrong"
done
that nothing_runs

it 'paths that lead elsewhere'
for path in '"../x"' '"/etc/x"' '"a/../../x"' '"a\u001b[31mb"' '"a\nb"' '""' '"."' 'null' '7' '"a//b"'
do
  with_wrong "path $path"
  run download org/m
  fails 5
  never test -e "$CACHE/models--org--m/snapshots"
done
that nothing_runs

it 'a list that breaks off, and one of which the rest is not known'
with_wrong 'dies in a list'
run download org/m
fails 5 'exit status 7'
with_wrong 'part of a list'
run download org/m
exits 0
says 'some may be missing'
never test -e "$CACHE/models--org--m/trees"

it 'its own errors'
fails_when 'error {"code": "NOTFOUND", "missing": "file", "message": "no \u001b[31mf\n here"}' 3 \
  'no ?[31mf? here'
fails_when 'error {"code": "NOTFOUND", "missing": "repo", "message": "no repo"}' 3 'no repo'
fails_when 'error {"code": "AUTH", "message": "who are you"}' 4 'who are you'
fails_when 'error {"code": "CORRUPT", "message": "bad tape"}' 6 'bad tape'
fails_when 'error {"code": "DOWN", "message": "moved"}' 5 'moved'
fails_when 'error {"code": "CANCELLED", "message": "x"}' 5 'an error that is none'
fails_when 'error {"code": "OK"}' 5 'an error that is none'
fails_when 'error {"code": 7}' 5 'an error that is none'
fails_when 'error {"code": "NOTFOUND", "missing": "all"}' 5 'an error that is none'
fails_when 'error 5' 5 'an error that is none'

it 'a range that is ignored, or never asked for'
for wrong in 'ignores ranges' 'all of it'
do
  with_wrong 'cut once'
  run download org/m f
  fails 5 'the line is bad'
  that test -n "$(find "$CACHE" -name '*.incomplete' -size +40k)"
  with_same_cache with_wrong "$wrong"
  run download org/m f
  exits 0
  that intact "$(cat "$OUT")"
  that test "$(stat -Lc %s "$(cat "$OUT")")" -eq 100000
  test "$wrong" = 'ignores ranges' && asked=60000 || asked=0
  that test "$(cat "$WORK/note.asked")" = "$asked"
done

it 'RETRY: the same source again, from where it was'
with_wrong 'cut once'
patient
run download org/m f
exits 0
that intact "$(cat "$OUT")"
that test "$(tr '\n' ' ' <"$WORK/note.asked")" = '0 60000 '

it 'one that ended while it was not asked is started again'
with_wrong 'idle death'
patient
run download org/m
exits 0
that intact "$(cat "$OUT")/f"

it 'another source is asked where one is no use'
with_wrong garbage
cat >>"$XDG_CONFIG_HOME/hfcore/hfcore.yaml" <<END
  - { name: folder, plugin: transport-exec, program: "$PROGRAMS/folder.py", arguments: [ "$ROOT" ] }
END
run download org/m config.json
exits 0
that cmp "$(cat "$OUT")" "$ROOT/models/org/m/main/config.json"

it 'one that is not local is not asked offline, and is asked else'
with_wrong 'not local'
HF_HUB_OFFLINE=1 run download org/m f
fails 5 'offline mode is on'
run download org/m f
exits 0; silent

# ---- what is left ----

it 'what it started ends with it'
works_when 'leaves others'

it 'one that does not end when nothing is asked any more is ended'
works_when 'never ends'

it 'stderr goes to the log, clean and not without end'
with_wrong shouts
run download org/m f -v
exits 0
that grep -q 'process [0-9]*: line 0 ?\[31m? xxx' "$ERR"
that test "$(grep -c 'process [0-9]*: line' "$ERR")" -eq 1000
says 'the others are not told'
that test "$(awk '{ if (length ($0) > most) most = length ($0) } END { print most }' "$ERR")" -lt 1200
with_wrong shouts
run download org/m f
exits 0
never grep -q 'process [0-9]*: line' "$ERR"

it 'an interrupted download kills what does not answer, at once'
with_wrong 'silent in the bytes' 'timeout: 60s'
env --default-signal=INT "$HFCORE" download org/m f >"$OUT" 2>"$ERR" </dev/null &
pid=$!
held ()
{
  test -n "$(find "$CACHE" -name '*.incomplete' -size +40k)"
}
eventually held
begun=$(date +%s%N)
kill -INT "$pid"
wait "$pid"
status=$?
exits 130
is_instrumented || that test $((($(date +%s%N) - begun) / 1000000)) -lt 1500
eventually nothing_runs

# ---- side by side ----

# Sends f and g when so many of it are at work at once; notes how many were at the most.
program together.py <<'END'
#!/usr/bin/env python3
import hashlib, json, os, sys, time

folder, wanted = sys.argv[1], int(sys.argv[2])
etags = {n: hashlib.sha1(b"blob 1\0" + n.encode()).hexdigest() for n in "fg"}


def say(line):
    print(json.dumps(line), flush=True)


say({"hello": {"protocol": 1, "list": True, "local": True}})
for line in sys.stdin:
    ask = json.loads(line)
    if ask["op"] == "resolve":
        say({"commit": "1" * 40})
    elif ask["op"] == "list":
        for name in "fg":
            say({"file": {"path": name, "size": 1, "etag": etags[name]}})
        say({"end": True})
    else:
        mine = os.path.join(folder, ask["path"])
        open(mine, "w").close()
        until = time.monotonic() + 15
        while not os.path.exists(folder + ".met") and time.monotonic() < until:
            if len(os.listdir(folder)) >= wanted:
                open(folder + ".met", "w").close()
            time.sleep(0.01)
        with open(folder + ".most", "a") as most:
            most.write("%d %d\n" % (len(os.listdir(folder)), os.getpid()))
        if wanted == 1:
            time.sleep(0.1)
            os.remove(mine)
        say({"begin": {"offset": 0, "total": 1}})
        say({"data": 1})
        sys.stdout.write(ask["path"])
        say({"end": True})
END

it 'two processes at once'
mkdir "$WORK/two"
with_program "$PROGRAMS/together.py" "arguments: [ \"$WORK/two\", \"2\" ], processes: 2"
run download org/m
exits 0; silent
that test -e "$WORK/two.met"
that test "$(cut -d' ' -f2 "$WORK/two.most" | sort -u | wc -l)" -eq 2

it '…and never more than are allowed'
mkdir "$WORK/single"
with_program "$PROGRAMS/together.py" "arguments: [ \"$WORK/single\", \"1\" ], processes: 1"
run download org/m
exits 0; silent
that test "$(cut -d' ' -f1 "$WORK/single.most" | sort -u)" = 1
that test "$(cut -d' ' -f2 "$WORK/single.most" | sort -u | wc -l)" -eq 1
that nothing_runs

finish
