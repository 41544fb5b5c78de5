# SPDX-License-Identifier: Apache-2.0
# delete.sh: hfcore cache rm and cache prune: what goes and what stays, what is asked and told, and
# that neither a second deleter, nor a download, nor kill -9 breaks the cache (spec 8, issue 4).
. "$(dirname "$0")/lib.sh"

# Colours are Python's: on, unless somebody says no.
export NO_COLOR=1
start_usual_hub

A1=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1
A2=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2
B1=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb1
OTHER=cccccccccccccccccccccccccccccccccccccccc

# blob REPO TEXT: a blob whose name is its digest; prints it.
blob ()
{
  local digest
  digest=$({ printf 'blob %d\0' "${#2}"; printf %s "$2"; } | sha1sum | cut -d' ' -f1)
  mkdir -p "$CACHE/$1/blobs"
  printf %s "$2" >"$CACHE/$1/blobs/$digest"
  echo "$digest"
}

# link REPO COMMIT NAME TEXT: a file of a revision.
link ()
{
  local folder=$CACHE/$1/snapshots/$2
  mkdir -p "$folder"
  ln -s "../../blobs/$(blob "$1" "$4")" "$folder/$3"
}

ref ()
{
  mkdir -p "$(dirname "$CACHE/$1/refs/$2")"
  printf %s "$3" >"$CACHE/$1/refs/$2"
}

# org/x: A1 (main) and A2 (refs/pr/1) share a blob; dataset org/y: B1, detached.
plant ()
{
  new_cache
  link models--org--x "$A1" shared.txt 'in both revisions'
  link models--org--x "$A1" one.txt 'only in the first'
  link models--org--x "$A2" shared.txt 'in both revisions'
  link models--org--x "$A2" two.txt 'only in the second one'
  ref models--org--x main "$A1"
  ref models--org--x refs/pr/1 "$A2"
  link datasets--org--y "$B1" data.csv '1,2,3'
  mkdir -p "$CACHE/models--org--x/trees" "$CACHE/models--org--x/.no_exist/$A2/sub"
  echo '{}' >"$CACHE/models--org--x/trees/$A2.json"
  : >"$CACHE/models--org--x/.no_exist/$A2/sub/none.txt"
  mkdir -p "$CACHE/.locks/models--org--x"
  : >"$CACHE/.locks/models--org--x/$(blob models--org--x 'only in the second one').lock"
  : >"$CACHE/.locks/models--org--x/$(blob models--org--x 'in both revisions').lock"
}

count ()
{
  find "$CACHE/$1" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l
}

# A scan has nothing to warn of, and each file of each revision is what it should be.
sound ()
{
  local file
  run scan-cache --dir "$CACHE" -vvv
  ! grep -q 'warning' "$OUT" || wrong "$(cat "$OUT")"
  for file in $(find "$CACHE" -path '*/snapshots/*' -type l)
  do
    intact "$file" || wrong "$file is damaged"
  done
}

# ---- rm ----

it 'a revision goes with its refs and what only it needs; the other stays whole'
plant
run cache rm -y "$A2"
exits 0; silent
that grep -qF 'About to delete 1 revision(s) totalling 22.0.' "$OUT"
that grep -qF "      $A2 [refs/pr/1] 39.0" "$OUT"
that grep -qF 'Deleted 0 repo(s) and 1 revision(s); freed 22.0.' "$OUT"
that test "$(count models--org--x/snapshots)" = 1
that test "$(count models--org--x/blobs)" = 2
that test -f "$CACHE/models--org--x/refs/main"
never test -e "$CACHE/models--org--x/refs/refs"
sound

it '… and with its file list, what it was known not to have, and its locks'
for left in trees .no_exist
do
  never test -e "$CACHE/models--org--x/$left"
done
that test "$(find "$CACHE/.locks" -name '*.lock' | wc -l)" = 1
tidy

it '--leave-rest leaves all that, as Python does'
plant
run cache rm -y --leave-rest "$A2"
exits 0
that test -e "$CACHE/models--org--x/trees/$A2.json"
that test -e "$CACHE/models--org--x/.no_exist/$A2/sub/none.txt"
that test -d "$CACHE/models--org--x/refs/refs/pr"
that test "$(find "$CACHE/.locks" -name '*.lock' | wc -l)" -ge 2
tidy

it 'a whole repository, by its name in any case, by URI, by all of its revisions'
for targets in MODEL/Org/X hf://models/org/x hf://org/x "$A1 $A2" "model/org/x@$A1 ${A2^^}"
do
  plant
  # shellcheck disable=SC2086
  run cache rm -y $targets
  exits 0; silent
  that grep -qF '  - model/org/x (entire repo)' "$OUT"
  never test -e "$CACHE/models--org--x"
  that test -d "$CACHE/datasets--org--y"
  never test -e "$CACHE/.locks/models--org--x"
  sound
done

it 'a part of a commit is enough where it is unique, and is listed where it is not'
plant
run cache rm -y bbbb
exits 0
never test -e "$CACHE/datasets--org--y"
run cache rm -y aaaaa
fails 1 "$A1 (model/org/x)" "$A2 (model/org/x)"
that test "$(count models--org--x/snapshots)" = 2
run cache rm -y aaa
exits 0
says 'Could not find in cache:' '  - aaa'

it 'what is not there: told, and the rest goes on'
plant
run cache rm -y "$OTHER" model/none '' ' ' "$B1"
exits 0
says 'Could not find in cache:' "  - $OTHER" '  - model/none'
never test -e "$CACHE/datasets--org--y"
run cache rm -y "$OTHER"
exits 0
prints 'Nothing to delete.'
run cache rm -y $'evil\033[31m\nname'
exits 0
says 'evil?[31m?name'

it 'more than a repository in a URI: refused, nothing is deleted'
for target in hf://org/x@main hf://models/org/x/file.txt hf://buckets/org/x hf://x
do
  run cache rm -y "$target" "$A1"
  exits 2
  says "$target"
  that test -d "$CACHE/models--org--x/snapshots/$A1"
done

it 'a cache that is not there, or is a file'
new_cache
run cache rm -y "$A1"
fails 3 'Cache directory not found'
run cache prune -y
fails 3 'Cache directory not found'
mkdir -p "$HF_HOME"
: >"$CACHE"
run cache rm -y "$A1"
never test "$status" -eq 0

# ---- asking ----

answered ()
{
  what="hfcore $2 with '$1'"
  status=0
  # shellcheck disable=SC2086
  printf "$1" | timeout 60 "$HFCORE" $2 >"$OUT" 2>"$ERR" || status=$?
  lib_check_output
}

it 'yes, no, something else, nothing'
plant
answered 'n\n' "cache rm $A1"
exits 1
that grep -qF 'Proceed with deletion? [y/N]: ' "$OUT"
says 'Aborted!'
answered '' "cache rm $A1"
exits 1
answered 'what\n\n' "cache rm $A1"
exits 1
that grep -qF 'Error: invalid input' "$OUT"
that test -d "$CACHE/models--org--x/snapshots/$A1"
answered 'YeS\n' "cache rm $A1"
exits 0
never test -e "$CACHE/models--org--x/snapshots/$A1"
answered 'n\n' 'cache prune'
exits 1
that grep -qF 'Proceed? [y/N]: ' "$OUT"
that test -d "$CACHE/datasets--org--y"

it 'nobody is asked by --json, -q, --format agent'
for form in --json -q '--format agent'
do
  # shellcheck disable=SC2086
  run cache rm "$A2" $form
  exits 1
  says 'Use --yes to skip confirmation'
done
that test -d "$CACHE/models--org--x/snapshots/$A2"

it 'dry runs change nothing'
plant
tree "$CACHE" >"$WORK/before"
for command in "rm $A1" 'rm model/org/x' prune
do
  for form in '' --json -q '--format agent'
  do
    # shellcheck disable=SC2086
    run cache $command --dry-run $form
    exits 0
  done
done
run cache rm --dry-run --json "$A1"
prints '{"dry_run": true, "repos": 0, "revisions": 1, "size": "17.0"}'
run cache prune --dry-run --json
prints '{"dry_run": true, "revisions": 1, "incomplete": 0, "shared_blobs": 0, "size": "5.0"}'
tree "$CACHE" >"$WORK/after"
that cmp -s "$WORK/before" "$WORK/after"

# ---- prune ----

it 'prune: what no ref names, and dead partials; nothing else'
plant
printf part >"$CACHE/models--org--x/blobs/$OTHER.0123abcd.incomplete"
run cache prune -y
exits 0; silent
that grep -qF 'About to delete 1 unreferenced revision(s) and 1 incomplete download(s) (9.0 total).' "$OUT"
never test -e "$CACHE/datasets--org--y"
that test "$(count models--org--x/snapshots)" = 2
never test -e "$CACHE/models--org--x/blobs/$OTHER.0123abcd.incomplete"
run cache prune -y
exits 0
prints 'No unreferenced revisions, incomplete downloads or shared blobs found. Nothing to prune.'
sound

it 'prune: a partial whose lock is held stays'
plant
name=$OTHER.0123abcd.incomplete
printf part >"$CACHE/models--org--x/blobs/$name"
exec 8>"$CACHE/.locks/models--org--x/$OTHER.lock"
that flock -n 8
run cache prune -y
exits 0
says 'being written now'
that test -e "$CACHE/models--org--x/blobs/$name"
exec 8>&-
run cache prune -y
never test -e "$CACHE/models--org--x/blobs/$name"

it 'prune: what a killed deletion left goes, unseen by scans'
plant
mkdir -p "$CACHE/.locks/models--org--gone/.partials/gone.01234567@free/blobs"
echo left >"$CACHE/.locks/models--org--gone/.partials/gone.01234567@free/blobs/left"
sound
run cache prune -y
exits 0
never test -e "$CACHE/.locks/models--org--gone"

# ---- others at the same time ----

it 'a blob whose lock is held stays, and a file linked since the scan keeps its blob'
plant
held=$(blob models--org--x 'only in the second one')
exec 8>"$CACHE/.locks/models--org--x/$held.lock"
that flock -n 8
run cache rm -y "$A2"
exits 0
says 'Kept blob'
exec 8>&-
that test -e "$CACHE/models--org--x/blobs/$held"
never test -e "$CACHE/models--org--x/snapshots/$A2"
sound

it 'a repository that somebody downloads to does not go whole'
plant
exec 8>"$CACHE/.locks/models--org--x/$OTHER.lock"
that flock -n 8
run cache rm -y model/org/x
exits 0
says 'Kept repo'
that test -d "$CACHE/models--org--x/snapshots"
that test "$(count models--org--x/snapshots)" = 0
exec 8>&-
sound

it 'two deleters at once: both end well'
plant
"$HFCORE" cache rm -y model/org/x >"$WORK/one" 2>&1 &
one=$!
"$HFCORE" cache rm -y "$A1" "$A2" >"$WORK/two" 2>&1 &
two=$!
that wait "$one"
that wait "$two"
never test -e "$CACHE/models--org--x"
sound

it 'a deletion while the same repository is downloaded: the cache is sound, the download whole'
for _ in 1 2 3 4 5
do
  new_cache
  run download org/m --revision v1.0 -q
  "$HFCORE" download org/m -q >"$WORK/path" 2>"$WORK/download" &
  download=$!
  run cache rm -y "$C1"
  exits 0
  wait "$download" || wrong "the download failed: $(cat "$WORK/download")"
  sound
  run download org/m --local-files-only -q
  exits 0
  intact "$(cat "$OUT")/model.safetensors" || wrong 'it is not whole'
done

# ---- what cannot be ----

it 'a storage that is read-only: refused with its name, nothing is touched'
plant
printf 'retries: 0\nstorage:\n  - { name: shared, plugin: store-symlink, root: "%s", access: read-only }\n  - { name: mine, plugin: auto, root: "%s" }\n' \
  "$CACHE" "$WORK/mine" | configure
unset_home=$HF_HOME
unset HF_HOME
mkdir -p "$WORK/mine"
tree "$CACHE" >"$WORK/before"
run cache rm -y "$A1"
fails 7 'read-only'
run cache prune -y
exits 0
tree "$CACHE" >"$WORK/after"
that cmp -s "$WORK/before" "$WORK/after"
export HF_HOME=$unset_home
printf 'retries: 0\n' | configure

it 'folders that may not be written: told, the rest goes on, exit status 7'
if test "${#AS_NOBODY[@]}" -gt 0 && ! can_be_nobody
then
  skip 'no user without rights can run the command here'
else
  plant
  chmod 777 "$HF_HOME" "$CACHE" "$CACHE"/.locks
  chmod -R a+rwX "$CACHE"
  test "${#AS_NOBODY[@]}" -eq 0 || chown -R 65534:65534 "$CACHE"
  chmod 555 "$CACHE/models--org--x/refs"
  RUN_BY=("${AS_NOBODY[@]}")
  run cache rm -y "$A1" "$B1"
  RUN_BY=()
  exits 7
  says "Couldn't delete ref: permission denied" 'a ref to it could not be deleted'
  chmod 755 "$CACHE/models--org--x/refs"
  that test -d "$CACHE/models--org--x/snapshots/$A1"
  never test -e "$CACHE/datasets--org--y"
  sound
fi

# ---- kill -9 ----

it 'kill -9 at 30 moments of a deletion: no warning, all that was to stay is whole'
number=0
killed=0
while test "$number" -lt 30
do
  number=$((number + 1))
  new_cache
  i=0
  mkdir -p "$CACHE"
  if test ! -d "$WORK/many"
  then
    while test "$i" -lt 25
    do
      i=$((i + 1))
      link models--org--many "$A1" "file-$i" "first $i"
      link models--org--many "$A2" "file-$i" "second $i"
      link models--org--many "$A2" "same-$i" "first $i"
    done
    ref models--org--many main "$A1"
    ref models--org--many refs/pr/2 "$A2"
    link models--org--whole "$B1" file 'a repository of its own'
    i=0
    while test "$i" -lt 25
    do
      i=$((i + 1))
      link models--org--whole "$B1" "more-$i" "more $i"
    done
    ref models--org--whole main "$B1"
    cp -a "$CACHE" "$WORK/many"
  fi
  rm -rf "$CACHE"
  cp -a "$WORK/many" "$CACHE"
  "$HFCORE" cache rm -y "$A1" "$B1" >/dev/null 2>&1 &
  victim=$!
  # A third at once, a third nearly: a quick machine is through in no time.
  if test "$((number % 3))" -ne 0
  then
    test "$((number % 3))" -eq 1 || read -r -t "0.0$((RANDOM % 3))$((RANDOM % 10))" <>"$WORK/never" || :
  else
    read -r -t "0.00$((RANDOM % 5))" <>"$WORK/never" || :
  fi
  if kill -9 "$victim" 2>/dev/null
  then
    killed=$((killed + 1))
  fi
  wait "$victim" 2>/dev/null
  sound
  that test "$(find "$CACHE/models--org--many/snapshots/$A2" -type l | wc -l)" = 50
done
that test "$killed" -gt 5

it '… and the same deletion again ends it'
run cache rm -y "$A1" "$B1"
exits 0
run cache prune -y
exits 0
never test -e "$CACHE/models--org--whole"
never test -e "$CACHE/models--org--many/snapshots/$A1"
tidy
sound

it 'prune leaves what got a ref while it asked'
new_cache
plant
mkfifo "$WORK/answer"
exec 8<>"$WORK/answer"
what='hfcore cache prune, asked'
"$HFCORE" cache prune <"$WORK/answer" >"$OUT" 2>"$ERR" &
eventually grep -q Proceed "$OUT" "$ERR"
ref datasets--org--y main "$B1"
echo y >&8
wait "$!" || wrong 'it failed'
exec 8>&-
that test -d "$CACHE/datasets--org--y/snapshots/$B1"
that test "$(cat "$CACHE/datasets--org--y/refs/main")" = "$B1"

# ---- links that lead in by another name ----

test -z "${HUB_PID:-}" || hub_stop
start_usual_hub
configure <<'END'
retries: 0
END

it 'a blob that only a link by another name of the cache leads to is no orphan'
new_cache
run download org/m
exits 0
pointer=$CACHE/models--org--m/snapshots/$C2/README.md
blob=$(readlink -f "$pointer")
ln -s "$CACHE" "$WORK/alias"
ln -sfn "$WORK/alias/models--org--m/blobs/${blob##*/}" "$pointer"
find "$CACHE" -exec touch -h -d '3 days ago' {} +
run cache trim --max-size 1KB --keep model/org/m --yes
that test -f "$pointer"

it 'a repository by another name is not trimmed'
ln -s models--org--m "$CACHE/models--alias--m"
run cache trim --max-size 1KB --keep model/org/m --yes
that test -f "$pointer"
that test -f "$CACHE/models--org--m/snapshots/$C2/config.json"
rm "$CACHE/models--alias--m"

it 'what another repository leads to stays when its own is deleted'
mkdir -p "$CACHE/models--org--b/snapshots/$C1"
ln -s "$blob" "$CACHE/models--org--b/snapshots/$C1/f"
run cache rm model/org/m --yes
that test -f "$CACHE/models--org--b/snapshots/$C1/f"
never test -e "$CACHE/models--org--m/snapshots/$C2"

it 'the name as it is written counts before one in other letters'
mkdir -p "$CACHE/models--Org--b/snapshots/$C3"
run cache rm model/Org/b --yes
never test -e "$CACHE/models--Org--b/snapshots/$C3"
that test -d "$CACHE/models--org--b/snapshots/$C1"
run cache rm model/org/b@1 --yes
that test -d "$CACHE/models--org--b/snapshots/$C1"

finish
