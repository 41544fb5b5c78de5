# SPDX-License-Identifier: Apache-2.0
# trim.sh: hfcore cache trim, max-size and pin: what was not used for longest goes, and nothing that
# somebody needs.
. "$(dirname "$0")/lib.sh"
need_plugin transport-hub

# Repositories of about 100 kB each; org/two has revisions with one blob in common.
A=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
B=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
cat >"$WORK/manifest.json" <<END
{ "repos": [
  { "id": "org/one", "commits": [ { "hash": "$A",
    "files": { "big.bin": { "size": 100000, "seed": 1 }, "sub/note.txt": { "text": "one\n" } } } ] },
  { "id": "org/two", "commits": [
    { "hash": "$A", "files": { "big.bin": { "size": 100000, "seed": 2 },
      "same.bin": { "size": 50000, "seed": 9 } } },
    { "hash": "$B", "files": { "big.bin": { "size": 100000, "seed": 3 },
      "same.bin": { "size": 50000, "seed": 9 } } } ],
    "refs": { "main": 1, "old": 0 } },
  { "id": "org/three", "commits": [ { "hash": "$A",
    "files": { "big.bin": { "size": 100000, "seed": 4 } } } ] },
  { "type": "dataset", "id": "org/one", "commits": [ { "hash": "$A",
    "files": { "big.bin": { "size": 100000, "seed": 5 } } } ] },
  { "id": "org/huge", "commits": [ { "hash": "$A",
    "files": { "big.bin": { "size": 900000, "seed": 6 } } } ] }
] }
END
hub_start --manifest "$WORK/manifest.json" --rate 3000000 || exit 1
usual='retries: 0'
export NO_COLOR=1
configure <<<"$usual"

# HOURS REPO-FOLDER COMMIT: as if it was last used so many hours ago.
used ()
{
  local snapshot=$CACHE/$2/snapshots/$3 blob
  while IFS= read -r -d '' blob
  do
    touch -d "$1 hours ago" "$(readlink -f "$blob")"
  done < <(find "$snapshot" \( -type l -o -type f \) -print0)
  find "$snapshot" -type d -exec touch -d "$1 hours ago" {} +
}

# The four of 100 kB, the first one least recently used; in all 400,004 bytes.
fill ()
{
  new_cache
  configure <<<"$usual"
  "$HFCORE" download org/one -q >/dev/null && "$HFCORE" download org/three -q >/dev/null &&
    "$HFCORE" download org/two --revision old big.bin -q >/dev/null &&
    "$HFCORE" download org/one --repo-type dataset -q >/dev/null || wrong 'the cache was not filled'
  used 90 models--org--one $A
  used 80 models--org--two $A
  used 70 models--org--three $A
  used 60 datasets--org--one $A
}

has ()
{
  local folder
  for folder
  do
    that test -d "$CACHE/$folder"
  done
}

lost ()
{
  local folder
  for folder
  do
    never test -e "$CACHE/$folder"
  done
}

# What a scan would warn of: links to nothing, refs to nothing, no folder of snapshots.
sound ()
{
  local repo ref
  that test -z "$(find "$CACHE" -xtype l)"
  for repo in "$CACHE"/*--*
  do
    test -d "$repo" || continue
    that test -d "$repo/snapshots"
    while IFS= read -r ref
    do
      that test -d "$repo/snapshots/$(cat "$ref")"
    done < <(find "$repo/refs" -type f 2>/dev/null)
  done
  run scan-cache
  never grep -qi warning "$OUT"
}

bytes ()
{
  find "$CACHE" -path '*/.locks' -prune -o \( -path '*/blobs/*' -o -path '*/snapshots/*' \) -type f \
    -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }'
}

# ---- what is used ----

it 'a download marks its revision as used, at most every ten minutes, and adds nothing'
fill
find "$CACHE" -printf '%P %y %l\n' | sort >"$WORK/before"
run download org/one
exits 0
find "$CACHE" -printf '%P %y %l\n' | sort >"$WORK/after"
that diff "$WORK/before" "$WORK/after"
mark=$CACHE/models--org--one/snapshots/$A
that test "$(find "$mark" -maxdepth 0 -mmin -2)"
touch -d '5 minutes ago' "$mark"
before=$(stat -c %Y "$mark")
run download org/one --offline
that test "$(stat -c %Y "$mark")" = "$before"
touch -d '11 minutes ago' "$mark"
run download org/one sub/note.txt --revision $A
that test "$(find "$mark" -maxdepth 0 -mmin -2)"

it 'a look-up, a dry run and a local folder do not'
touch -d '2 hours ago' "$mark"
before=$(stat -c %Y "$mark")
run lookup org/one sub/note.txt
exits 0
run download org/one --dry-run
run download org/one --local-dir "$WORK/local"
exits 0
that test "$(stat -c %Y "$mark")" = "$before"

# ---- the command ----

it 'what was not used for longest goes first'
fill
run cache trim --max-size 250kB --yes
exits 0; silent
lost models--org--one models--org--two
has models--org--three/snapshots/$A datasets--org--one/snapshots/$A
sound
that test "$(bytes)" -le 250000
run cache trim --max-size 250kB --yes
exits 0
prints 'The cache has 200.0K, within 250.0K. Nothing to free.'

it 'a use moves a revision to the end'
fill
run download org/one
run cache trim --max-size 250kB --yes
exits 0
lost models--org--two models--org--three
has models--org--one datasets--org--one

it 'so does an access, where the file system tells'
fill
touch -a -d '2 hours ago' "$(readlink -f "$CACHE/models--org--one/snapshots/$A/big.bin")"
run cache trim --max-size 250kB --yes
exits 0
lost models--org--two models--org--three
has models--org--one datasets--org--one

it 'a dry run tells the plan and removes nothing'
fill
tree "$CACHE" >"$WORK/before"
run cache trim --max-size 250kB --dry-run
exits 0; silent
that grep -qE "^model/org/one@aaaaaaaa \(main\) +100\.0K +4 days ago +least recently used$" "$OUT"
that grep -qE "^model/org/two@aaaaaaaa \(old\) +100\.0K +3 days ago +least recently used$" "$OUT"
never grep -q three "$OUT"
that grep -qx 'Dry run: nothing was deleted.' "$OUT"
tree "$CACHE" >"$WORK/after"
that cmp "$WORK/before" "$WORK/after"
run cache trim --max-size 250kB --dry-run --json
exits 0; silent
that python3 -c 'import json, sys
plan = json.load (open (sys.argv[1]))
assert plan["dry_run"] and plan["fits"] and plan["size"] == 400004 and plan["limit"] == 250000
assert plan["freed"] == 200004, plan["freed"]
assert [i["repo_id"] for i in plan["items"]] == ["org/one", "org/two"]
assert all (i["goes"] and i["kind"] == "revision" for i in plan["items"])' "$OUT"
run cache trim --max-size 250kB --dry-run -q
prints 200004

it 'without a yes nothing goes'
run cache trim --max-size 250kB
exits 1
says '--yes'
tree "$CACHE" >"$WORK/after"
that cmp "$WORK/before" "$WORK/after"

it 'what is kept by option or pinned in the configuration stays'
fill
configure <<END
$usual
pin: [ "model/org/one" ]
END
run cache trim --max-size 250kB --yes --keep org/two@old
exits 0; silent
has models--org--one models--org--two
lost models--org--three datasets--org--one
run config show
that grep -qE '^pin *= *\[ *model/org/one *\]' "$OUT"
configure <<<"$usual"

it 'a limit that cannot be met: what can go goes, the rest is told, status 7'
fill
run cache trim --max-size 150kB --yes --keep org/one --keep org/nothing
exits 7
says "nothing in the cache is called 'org/nothing'" 'the cache has 200.0K, more than 150.0K'
lost models--org--two models--org--three
has models--org--one datasets--org--one
that grep -qE '^model/org/one@aaaaaaaa \(main\) .*pinned$' "$OUT"

it 'what was used within the last hour stays'
fill
run download org/one
run download org/two big.bin --revision old
run cache trim --max-size 1kB --yes
exits 7
has models--org--one models--org--two
lost models--org--three datasets--org--one
that grep -q 'used within the last hour$' "$OUT"

it 'what is open in a program stays'
fill
exec 9<"$CACHE/models--org--one/snapshots/$A/big.bin"
run cache trim --max-size 250kB --yes
exec 9<&-
exits 0
has models--org--one datasets--org--one
lost models--org--two models--org--three

it 'what no revision uses goes first, and that may do'
fill
head -c 60000 /dev/zero >"$CACHE/models--org--three/blobs/${A}11"
head -c 70000 /dev/zero >"$CACHE/models--org--three/blobs/$B.12345678.incomplete"
head -c 80000 /dev/zero >"$CACHE/models--org--three/blobs/$B.new"
touch -d '2 hours ago' "$CACHE"/models--org--three/blobs/{${A}11,$B.12345678.incomplete}
run cache trim --max-size 500kB --yes
exits 0
has models--org--one models--org--two models--org--three datasets--org--one
lost models--org--three/blobs/${A}11 models--org--three/blobs/$B.12345678.incomplete
that test -f "$CACHE/models--org--three/blobs/$B.new"

it 'a revision whose blobs others have is not given up for nothing'
new_cache
configure <<<"$usual"
run download org/two same.bin --revision old
run download org/two
used 90 models--org--two $A
used 80 models--org--two $B
run download org/three
used 70 models--org--three $A
run cache trim --max-size 150kB --yes
exits 0
has models--org--three
lost models--org--two
run download org/two same.bin --revision old
run download org/two
used 90 models--org--two $A
used 80 models--org--two $B
run cache trim --max-size 200kB --yes --keep org/two@main
exits 0
has models--org--two/snapshots/$A models--org--two/snapshots/$B
lost models--org--three

it 'what is asked for wrongly'
fill
run cache trim
fails 2 'no size was given'
run cache trim --max-size much
fails 2 '--max-size is a size'
run cache trim --max-size 0
fails 2 '--max-size is a size'
run cache trim --max-size 1kB --keep ../etc --yes
fails 2 "'../etc'"
run cache trim --max-size 1kB --cache-dir "$WORK/nowhere" --yes
exits 3
configure <<<'pin: [ "a/b/c/d" ]'
run config check "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
exits 2
says 'pin' 'org/name'
configure <<<"$usual"
has models--org--one models--org--two models--org--three datasets--org--one

# ---- downloads ----

it 'a download makes room first, and says so in one line'
fill
configure <<END
$usual
max-size: 350kB
END
run download org/two
exits 0
prints "$CACHE/models--org--two/snapshots/$B"
that test "$(wc -l <"$ERR")" -eq 1
says 'freed 200.0K of the cache' 'max-size 350.0K' 'model/org/one@aaaaaaaa'
lost models--org--one models--org--two/snapshots/$A
has models--org--three datasets--org--one
that test "$(bytes)" -le 350000
sound
run download org/two
exits 0; silent

it 'so does one of a single file'
fill
configure <<END
$usual
max-size: 460kB
END
run download org/two same.bin
exits 0
silent
run download org/two big.bin
exits 0
says 'freed 100.0K of the cache'
lost models--org--one
that test "$(bytes)" -le 460000
sound

it 'what the download itself has already is not freed, and not fetched again'
new_cache
configure <<<"$usual"
run download org/two --revision old
run download org/one
used 90 models--org--two $A
used 80 models--org--one $A
configure <<END
$usual
max-size: 200kB
END
hub_log_clear
run download org/two
exits 0
requested 1 GET /lfs/
lost models--org--one models--org--two/snapshots/$A
has models--org--two/snapshots/$B
that intact "$CACHE/models--org--two/snapshots/$B/same.bin"
sound

it 'a download larger than the limit fails before anything is freed or fetched'
fill
configure <<END
$usual
max-size: 200kB
END
tree "$CACHE" >"$WORK/before"
run download org/huge
fails 7 "model 'org/huge' needs 900.0K in the cache, more than max-size 200.0K"
tree "$CACHE" >"$WORK/after"
that cmp "$WORK/before" "$WORK/after"
run download org/huge big.bin
fails 7 'more than max-size'
run download org/huge --local-dir "$WORK/huge"
exits 0

it 'where the rest is pinned or used the cache grows, and that is said'
fill
configure <<END
$usual
max-size: 200kB
pin: [ org/one, org/two, org/three ]
END
run download org/two --revision main
exits 0
says 'grows to 550.0K, beyond max-size 200.0K'
has models--org--one models--org--two/snapshots/$A models--org--three models--org--two/snapshots/$B

it 'two downloads at once leave each other alone'
fill
configure <<END
$usual
max-size: 250kB
END
"$HFCORE" download org/two >/dev/null 2>"$WORK/err.1" </dev/null &
one=$!
"$HFCORE" download org/huge --local-dir "$WORK/elsewhere" >/dev/null 2>"$WORK/err.2" </dev/null &
two=$!
"$HFCORE" download org/two big.bin --revision old >/dev/null 2>"$WORK/err.3" </dev/null &
three=$!
for pid in $one $two $three
do
  wait "$pid" || wrong "a download ended with $?: $(cat "$WORK"/err.?)"
done
that intact "$CACHE/models--org--two/snapshots/$B/big.bin"
that intact "$CACHE/models--org--two/snapshots/$B/same.bin"
that intact "$CACHE/models--org--two/snapshots/$A/big.bin"
lost models--org--one
sound

# A download of org/two that stalls in the middle, in the background; $pid is its number.
begin_slowly ()
{
  fill
  rm -rf "$CACHE/models--org--three"
  configure <<END
$usual
download-timeout: 60s
END
  "$HFCORE" download org/two same.bin --revision old -q >/dev/null || wrong 'it cannot be fetched'
  used 80 models--org--two $A
  hub_fault stall=60000,times=1,origin=cdn
  "$HFCORE" download org/two >/dev/null 2>&1 </dev/null &
  pid=$!
  what="hfcore download in the background, number $pid"
  eventually has_begun
}

partial ()
{
  find "$CACHE/models--org--two/blobs" -name '*.incomplete' "$@" 2>/dev/null
}

has_begun ()
{
  test -n "$(partial -size +50k)"
}

it 'where a download is under way nothing is freed, however long it takes'
begin_slowly
used 70 models--org--two $B
touch -d '2 hours ago' "$(partial)"
run cache trim --max-size 1kB --yes
exits 7
that grep -q '^model/org/two@aaaaaaaa (old) .*being downloaded$' "$OUT"
has models--org--two/snapshots/$A models--org--two/snapshots/$B
lost models--org--one datasets--org--one
that test -n "$(partial)"
kill -9 "$pid"
wait "$pid" 2>/dev/null

it 'a download that died goes, but for an hour, and for the one that goes on with it'
begin_slowly
kill -9 "$pid"
wait "$pid" 2>/dev/null
run cache trim --max-size 1kB --yes
exits 7
that test -n "$(partial)"
touch -d '2 hours ago' "$(partial)"
configure <<END
$usual
max-size: 200kB
END
hub_log_clear
run download org/two
exits 0
that test "$(logged '"range":"bytes=' '/lfs/' | wc -l)" -ge 1
that intact "$CACHE/models--org--two/snapshots/$B/big.bin"
begin_slowly
kill -9 "$pid"
wait "$pid" 2>/dev/null
touch -d '2 hours ago' "$(partial)"
run cache trim --max-size 360kB --yes
exits 0
that test -z "$(partial)"
has models--org--one datasets--org--one models--org--two/snapshots/$A
sound
hub_faults_clear

it 'a storage that is only read is not touched, nor counted'
fill
shared=$CACHE
tree "$shared" >"$WORK/before"
new_cache
configure <<END
$usual
max-size: 160kB
storage:
  - { name: shared, plugin: auto, root: "$shared", access: read-only }
  - { name: own, plugin: auto, root: "$HF_HOME/hub" }
END
unset HF_HOME
CACHE=$WORK/hf$lib_caches/hub
run download org/one
exits 0; silent
run download org/two
exits 0; silent
run cache trim --max-size 1kB --yes
exits 7
that grep -q two "$OUT"
never grep -qE 'one|three' "$OUT"
tree "$shared" >"$WORK/after"
that cmp "$WORK/before" "$WORK/after"
configure <<<"$usual"

it 'the copy form'
new_cache
configure <<END
$usual
storage: [ { name: cache, $COPIES, root: "$WORK/copies/hub" } ]
END
unset HF_HOME
CACHE=$WORK/copies/hub
run download org/one
run download org/three
used 90 models--org--three $A
used 80 models--org--one $A
run cache trim --max-size 150kB --yes
exits 0
lost models--org--three
has models--org--one
sound
configure <<<"$usual"

it 'killed at any moment: a scan has nothing to say, and the next one ends it'
for kill_after in 0.002 0.004 0.006 0.008 0.010 0.012 0.014 0.018 0.025 0.040
do
  fill
  timeout --foreground -s KILL "$kill_after" "$HFCORE" cache trim --max-size 150kB --yes \
    >/dev/null 2>&1 </dev/null
  sound
  run cache trim --max-size 150kB --yes
  exits 0
  has datasets--org--one
  that test "$(bytes)" -le 150000
  sound
  tidy
done

finish
