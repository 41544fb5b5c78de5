#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scan.sh: scan-cache and cache ls: what they print of folders made by hand, and of bad ones. That
# they print what Python does is tests/interop/scan.sh.
. "$(dirname "$0")/lib.sh"

export NO_COLOR=1
peak=$top_builddir/tests/support/peak

# repo FOLDER COMMIT REF: a repository of one file of 12 bytes.
repo ()
{
  mkdir -p "$CACHE/$1/blobs" "$CACHE/$1/refs" "$CACHE/$1/snapshots/$2"
  printf 'twelve bytes' >"$CACHE/$1/blobs/e1"
  printf %s "$2" >"$CACHE/$1/refs/$3"
  ln -sf ../../blobs/e1 "$CACHE/$1/snapshots/$2/f"
}

shows ()
{
  local text
  for text
  do
    grep -qF -- "$text" "$OUT" || wrong "stdout lacks '$text': $(head -c 700 "$OUT")"
  done
}

it 'a missing cache is told, with code 3'
for command in 'scan-cache' 'scan-cache -v' 'scan-cache --json' 'cache ls' 'cache list -q'
do
  run $command
  fails 3 "Cache directory not found: $CACHE"
done
run scan-cache --dir "$WORK/nowhere"
fails 3 "Cache directory not found: $WORK/nowhere"

it 'a cache that is a file is told'
echo text >"$WORK/file"
run scan-cache --dir "$WORK/file"
fails 1 "$WORK/file"
run cache ls --cache-dir "$WORK/file"
fails 1 "$WORK/file"

it 'an empty cache'
mkdir -p "$CACHE"
run scan-cache
exits 0
silent
shows 'REPO ID REPO TYPE SIZE ON DISK' 'Scanned 0 repo(s) for a total of 0.0.'
run cache ls
prints 'No results found.'
run cache ls --json
prints '[]'
run cache ls -q
exits 0
prints_nothing

it 'the report of a repository and of its revisions'
repo models--org--m $C1 main
repo datasets--org--d $D1 v1
run scan-cache
exits 0
silent
shows "org/m   model             12.0        1 a few seconds ago a few seconds ago main $CACHE/models--org--m   "
that test "$(sed -n 3p "$OUT" | cut -c1-5)" = org/d
run scan-cache -v
shows "org/m   model     $C1         12.0        1 a few seconds ago main $CACHE/models--org--m/snapshots/$C1"
run scan-cache -q
that test "$(cat "$OUT")" = "$CACHE/datasets--org--d
$CACHE/models--org--m"
run -v scan-cache --json
silent
that python3 - "$OUT" <<END
import json, sys
told = json.load (open (sys.argv[1]))
assert told["size"] == 24 and told["warnings"] == [], told
first = told["revisions"][0]
assert (first["repo_id"], first["revision"], first["size"]) == ("org/d", "$D1", 12), first
assert first["path"] == "$CACHE/datasets--org--d/snapshots/$D1" and first["refs"] == ["v1"], first
END

it 'colours, unless NO_COLOR is set'
HFCORE_PLAIN=$("$HFCORE" scan-cache | grep -c $'\033')
COLOURED=$(NO_COLOR='' "$HFCORE" scan-cache | grep -cF $'\033[1m\033[31m24.0\033[0m.')
that test "$HFCORE_PLAIN $COLOURED" = '0 1'
that test "$(NO_COLOR='' "$HFCORE" cache ls | grep -c $'\033')" = 2

it 'cache ls: formats'
run cache ls
shows 'ID            SIZE LAST_ACCESSED     LAST_MODIFIED     REFS' \
  'Found 2 repo(s) for a total of 2 revision(s) and 24.0 on disk.'
run cache ls -q
that test "$(cat "$OUT")" = "dataset/org/d
model/org/m"
run cache list --format agent --revisions
shows "model/org/m	$C1	12.0	a few seconds ago	['main']"
run cache ls --format json --limit 1
shows '[{"id": "dataset/org/d", "repo_id": "org/d", "repo_type": "dataset", "size": "12.0", "last_accessed": '
run cache ls --revisions --no-revisions -q
shows model/org/m

it 'cache ls: filters, order, limit'
run cache ls -q -f type=model -f 'size>=12'
prints model/org/m
run cache ls -q -f refs=V1
prints dataset/org/d
run cache ls -q -f 'modified>1d'
prints_nothing
run cache ls -q --sort name:desc --limit 1
prints model/org/m
run cache ls -q --limit 0
prints_nothing

it 'cache ls: what is asked wrongly ends with 2'
run cache ls --limit -1
fails 2 'Limit must be a positive integer, got -1'
run cache ls --limit x
fails 2 "'x'"
run cache ls -f 'size>1.5GB'
fails 2 "Invalid value '1.5GB'"
run cache ls -f age=1
fails 2 "Unsupported filter key 'age'"
run cache ls -f 'size==1'
fails 2 "Unsupported operator '=='"
run cache ls --format csv
fails 2 csv
run cache ls --json --format agent
fails 2 'mutually exclusive'
run cache ls -q --json
fails 2 'mutually exclusive'

it 'cache ls: a narrow screen'
COLUMNS=40 run cache ls
shows '...'
says 'Hint: Use `--no-truncate`'
COLUMNS=40 run cache ls --no-truncate
shows model/org/m
silent

it 'a broken repository is left out, and said to be'
repo models--org--broken $C2 main
rm "$CACHE/models--org--broken/blobs/e1"
run scan-cache
exits 0
shows 'Got 1 warning(s) while scanning. Use -vvv to print details.'
run scan-cache -vvv
shows 'Got 1 warning(s) while scanning.' \
  "Blob missing (broken symlink): $CACHE/models--org--broken/blobs/e1"
run cache ls
says 'Warning: Found 1 cache inconsistencies. Re-run with `--show-warnings` to display them.'
run cache ls -q --show-warnings
says "Warning: Blob missing (broken symlink): $CACHE/models--org--broken/blobs/e1. Repo ignored."
rm -r "$CACHE/models--org--broken"

it 'a download that did not end is mentioned'
printf 1234 >"$CACHE/models--org--m/blobs/e2.01234567.incomplete"
run cache ls
says "Hint: Found 1 incomplete download(s) totalling 4.0. Remove them with 'hfcore cache prune'."
run cache ls -q
silent
rm "$CACHE"/models--org--m/blobs/*.incomplete

it 'hostile names never reach the terminal'
evil=$'models--evil\033[31m--na\nme\x7f\xff'
repo "$evil" "$C3" $'ref\033]0;x\a'
mkdir "$CACHE"/$'wo\033[2Jrse'
for command in 'scan-cache' 'scan-cache -vvv' 'scan-cache --json' 'scan-cache -v --json' 'cache ls' \
  'cache ls --show-warnings' 'cache ls --revisions' 'cache ls -q' 'cache ls --json' \
  'cache ls --format agent' 'cache ls --revisions --format agent'
do
  run $command
  exits 0
  shows 'evil\'
done
run scan-cache -vvv
shows 'evil\x1b[31m/na\nme\x7f\udcff' 'wo\x1b[2Jrse'
rm -r "$CACHE/$evil" "$CACHE"/wo*

it 'a cache that may only be read'
chmod -R a-w "$CACHE"
before=$(tree "$CACHE")
RUN_BY=("${AS_NOBODY[@]}")
if can_be_nobody && chmod 755 "$WORK" "$HF_HOME"
then
  run scan-cache
  exits 0
  shows 'Scanned 2 repo(s)'
  chmod 700 "$CACHE/models--org--m/snapshots"
  run scan-cache -vvv
  exits 0
  shows 'Scanned 1 repo(s)' 'Repo cannot be read: cannot list '
  chmod 555 "$CACHE/models--org--m/snapshots"
fi
RUN_BY=()
run cache ls
exits 0
that test "$(tree "$CACHE")" = "$before"
chmod -R u+w "$CACHE"

it 'two storages'
mkdir -p "$WORK/lab"
mv "$CACHE/datasets--org--d" "$WORK/lab"
configure <<END
storage:
  - { name: mine, plugin: store-symlink, root: $CACHE }
  - { name: lab, plugin: store-symlink, root: $WORK/lab, access: read-only }
END
run cache ls -q
that test "$(cat "$OUT")" = "dataset/org/d
model/org/m"
run scan-cache -q --dir "$CACHE"
prints "$CACHE/models--org--m"
configure <<END
retries: 0
END

it 'a revision of 100,000 files, in little memory'
new_cache
mkdir -p "$CACHE/models--org--huge/blobs" "$CACHE/models--org--huge/snapshots/$C1"
(cd "$CACHE/models--org--huge/snapshots/$C1" && python3 -c '
import os
for i in range(100000):
    os.symlink(f"../../blobs/{i % 1000:040x}", f"file-{i:06}")
for i in range(1000):
    open(f"../../blobs/{i:040x}", "w").close()')
run cache ls --no-truncate
exits 0
shows 'Found 1 repo(s) for a total of 1 revision(s) and 0.0 on disk.'
run scan-cache -v
shows '   100000 '
if test -x "$peak" && ! is_instrumented
then
  "$peak" "$WORK/peak" "$HFCORE" cache ls >"$OUT" 2>"$ERR" || wrong 'it failed'
  echo "#   $(cat "$WORK/peak") KiB"
  that test "$(cat "$WORK/peak")" -le 24576
fi
finish
