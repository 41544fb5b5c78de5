# SPDX-License-Identifier: Apache-2.0
# transport_dir.sh: a folder on a stick or a share as a source: a cache, or plain folders, for machines
# with no network, and before a Hub for those with one.
. "$(dirname "$0")/lib.sh"

need_plugin transport-dir
start_usual_hub
# What the Hub is asked goes through the configuration: nothing else names it.
export -n HF_ENDPOINT
STICK=$WORK/media/stick
M=models--org--m

# ---- the second machine ----

# An empty cache, and the transports on stdin.
machine ()
{
  new_cache
  { echo 'retries: 0'; echo 'transport:'; cat; } | configure
}

with_stick ()
{
  machine <<END
  - { name: stick, plugin: transport-dir, root: "$STICK"${1:-} }
END
}

with_stick_and_hub ()
{
  machine <<END
  - { name: stick, plugin: transport-dir, root: "$STICK" }
  - { name: hub, plugin: transport-hub, endpoint: "$HF_ENDPOINT" }
END
}

# A cache on the stick, made by a machine with a network: ARGUMENT… of download.
: >"$WORK/maker.yaml"
fill ()
{
  HF_ENDPOINT=$HF_ENDPOINT HFCORE_CONFIG=$WORK/maker.yaml "$HFCORE" download "$@" -q \
    --cache-dir "$STICK" >"$WORK/filled" 2>&1 || wrong "cannot fill the stick: $(cat "$WORK/filled")"
}

new_stick ()
{
  test ! -e "$STICK" || chmod -R u+rwx "$STICK"
  rm -rf "$STICK"
  mkdir -p "$STICK"
}

# Names, kinds, modes, lengths of files, texts of links.
shape ()
{
  find "$1" -mindepth 1 \( -type f -printf '%P f %m %s\n' -o -printf '%P %y %m %l\n' \) | sort
}

same_tree ()
{
  diff <(shape "$1") <(shape "$2") && diff -r "$1" "$2" >/dev/null || wrong "$1 and $2 differ"
}

# Nothing of that file can be seen in the cache.
nothing_of ()
{
  never test -e "$CACHE/$M/snapshots/$C2/$1"
  never test -e "$CACHE/$M/refs/main"
  test -z "$(find "$CACHE" -path '*/blobs/*' ! -name '*.incomplete' 2>/dev/null)" ||
    wrong "blobs: $(ls "$CACHE/$M/blobs")"
}

# ---- a cache on a stick ----

it 'a cache on a stick feeds an empty one, offline: the trees are the same'
new_stick
fill org/m
fill org/m --revision v1.0
fill org/d --repo-type dataset
fill solo
tree "$STICK" >"$WORK/before"
hub_log_clear
with_stick
export HF_HUB_OFFLINE=1
run download org/m
exits 0; silent
prints "$CACHE/$M/snapshots/$C2"
run download org/m --revision v1.0
exits 0; silent
prints "$CACHE/$M/snapshots/$C1"
run download org/d --repo-type dataset
exits 0; silent
run download solo
exits 0; silent
same_tree "$STICK" "$CACHE"
tidy
requested 0 '' ''

it 'one file, by branch and by commit'
with_stick
run download org/m config.json
exits 0; silent
prints "$CACHE/$M/snapshots/$C2/config.json"
that cmp "$CACHE/$M/snapshots/$C2/config.json" <(printf '{ "v": 2 }\n')
that test "$(cat "$CACHE/$M/refs/main")" = "$C2"
run download org/m art/deep/two.txt --revision "$C1"
exits 0; silent
prints "$CACHE/$M/snapshots/$C1/art/deep/two.txt"
run download org/m --revision "$C2"
exits 0; silent
that test "$(find "$CACHE/$M/snapshots/$C2" -type l | wc -l)" -eq 7

it 'what the stick does not have'
run download org/m nope.txt
fails 3 nope.txt "$STICK"
run download org/m --revision nope
fails 5
run download org/nothing
fails 5
run download org/m --revision "$C3"
fails 5

it 'a Hub beside the stick is not asked offline'
with_stick_and_hub
run download org/m
exits 0; silent
requested 0 '' ''
unset HF_HUB_OFFLINE

it '…nor online, for what the stick has'
with_stick_and_hub
run download org/m
exits 0; silent
requested 0 '' ''

it 'nothing was written to the stick'
that diff "$WORK/before" <(tree "$STICK")

# How many libraries of this name the command loads.
loaded ()
{
  rm -f "$WORK"/ld.*
  LD_DEBUG=files LD_DEBUG_OUTPUT=$WORK/ld "$HFCORE" download org/m -q >/dev/null 2>&1 ||
    wrong 'it failed under LD_DEBUG'
  cat "$WORK"/ld.* | grep -c "calling init: .*/$1" || :
}

it 'libcurl is not even loaded offline; online it is'
export HF_HUB_OFFLINE=1
with_stick_and_hub
that test "$(loaded hfcore-transport-dir)" -gt 0
with_stick_and_hub
that test "$(loaded libcurl)" -eq 0
unset HF_HUB_OFFLINE
machine <<END
  - { name: hub, plugin: transport-hub, endpoint: "$HF_ENDPOINT" }
END
that test "$(loaded libcurl)" -gt 0

it 'part of a revision is on the stick, the Hub has the rest'
new_stick
fill org/m model.safetensors
hub_log_clear
with_stick_and_hub
run download org/m
exits 0; silent
that test "$(find "$CACHE/$M/snapshots/$C2" -type l | wc -l)" -eq 7
that test -f "$CACHE/$M/trees/$C2.json"
requested 0 GET model.safetensors
requested 1 GET config.json

it '…and with no Hub what is there is taken, and not taken for all'
export HF_HUB_OFFLINE=1
with_stick
run download org/m
exits 0
says 'some may be missing'
that cmp "$CACHE/$M/snapshots/$C2/model.safetensors" "$STICK/$M/snapshots/$C2/model.safetensors"
never test -e "$CACHE/$M/trees"
run download org/m config.json
fails 5

it 'a file that is known not to exist'
mkdir -p "$STICK/$M/.no_exist/$C2"
: >"$STICK/$M/.no_exist/$C2/absent.bin"
with_stick
run download org/m absent.bin
fails 3 absent.bin
unset HF_HUB_OFFLINE

# ---- an interrupted copy ----

it 'a copy that was cut off is gone on with'
new_stick
cat >"$WORK/big.json" <<END
{ "repos": [ { "id": "org/big", "commits": [ { "hash": "$C1", "files": {
  "big.bin": { "size": 6000000, "seed": 5 } } } ] } ] }
END
swap_hubs
hub_start --manifest "$WORK/big.json" || exit 1
fill org/big
hub_stop
swap_hubs
export -n HF_ENDPOINT
blob=$(readlink -f "$STICK/models--org--big/snapshots/$C1/big.bin")
cp "$blob" "$WORK/good.bin"
with_stick
# The disk is full after 4 MiB.
(trap '' XFSZ; ulimit -f 4096; exec "$HFCORE" download org/big >"$OUT" 2>"$ERR")
that test $? -eq 7
partial=$(find "$CACHE" -name '*.incomplete')
that test "$(stat -c %s "$partial")" -eq 4194304
# What was copied is not read again: were it, the damage would show.
dd if=/dev/zero of="$blob" bs=1M count=3 conv=notrunc status=none
run download org/big
exits 0; silent
that cmp "$CACHE/models--org--big/snapshots/$C1/big.bin" "$WORK/good.bin"
tidy

# ---- damage ----

it 'a damaged blob is not taken: nothing of it can be seen'
new_stick
fill org/m
blob=$(readlink -f "$STICK/$M/snapshots/$C2/model.safetensors")
cp "$blob" "$WORK/good.bin"
printf X | dd of="$blob" bs=1 seek=1000 conv=notrunc status=none
export HF_HUB_OFFLINE=1
with_stick
run download org/m model.safetensors
exits 6
says model.safetensors
prints_nothing
nothing_of model.safetensors
run download org/m
exits 6
never test -e "$CACHE/$M/snapshots/$C2/model.safetensors"
never test -e "$CACHE/$M/refs/main"
unset HF_HUB_OFFLINE

it '…and where there is a Hub it has it whole'
with_stick_and_hub
run download org/m
exits 0
that cmp "$CACHE/$M/snapshots/$C2/model.safetensors" "$WORK/good.bin"

it 'nor is one that was cut off'
truncate -s 1000 "$blob"
with_stick
export HF_HUB_OFFLINE=1
run download org/m model.safetensors
exits 6
nothing_of model.safetensors
run download org/m
exits 6
unset HF_HUB_OFFLINE
with_stick_and_hub
run download org/m
exits 0
that cmp "$CACHE/$M/snapshots/$C2/model.safetensors" "$WORK/good.bin"

it 'a link whose blob is gone is as good as no file'
rm "$blob"
with_stick
HF_HUB_OFFLINE=1 run download org/m model.safetensors
fails 5
with_stick_and_hub
run download org/m model.safetensors
exits 0; silent

# ---- a stick without links ----

it 'a cache without links: its file list tells what the files are'
new_stick
fill org/m
cp -rL "$STICK/$M/snapshots" "$WORK/snapshots"
rm -rf "$STICK/$M/snapshots" "$STICK/$M/blobs"
mv "$WORK/snapshots" "$STICK/$M/snapshots"
export HF_HUB_OFFLINE=1
with_stick
run download org/m
exits 0; silent
while IFS= read -r file
do
  that intact "$file"
done < <(find "$CACHE/$M/snapshots" -type l)
that diff -r "$STICK/$M/snapshots" "$CACHE/$M/snapshots"
printf X | dd of="$STICK/$M/snapshots/$C2/model.safetensors" bs=1 seek=9 conv=notrunc status=none
with_stick
run download org/m
exits 6
never test -e "$CACHE/$M/snapshots/$C2/model.safetensors"
unset HF_HUB_OFFLINE

it 'a cache that store-copy made'
new_stick
echo "storage: [ { name: stick, $COPIES, root: /nowhere } ]" >"$WORK/maker.yaml"
fill org/m
: >"$WORK/maker.yaml"
that test -z "$(find "$STICK" -type l)"
tree "$STICK" >"$WORK/before"
with_stick
HF_HUB_OFFLINE=1 run download org/m
exits 0; silent
that diff -r "$STICK/$M/snapshots" "$CACHE/$M/snapshots"
that diff "$WORK/before" <(tree "$STICK")

# ---- plain folders ----

it 'plain folders: a revision is what is in its folder'
new_stick
T=$STICK/models/org/t
mkdir -p "$T/main/sub" "$T/main/.cache/huggingface/download" "$T/feature/x" "$STICK/dataset/d/main"
printf 'hello\n' >"$T/main/config.json"
printf 'deep\n' >"$T/main/sub/dätä ñ.txt"
: >"$T/main/empty"
head -c 11000000 /dev/zero | tr '\0' x >"$T/main/large.bin"
touch "$T/main/.DS_Store" "$T/main/.cache/huggingface/download/x.lock"
printf 'x\n' >"$T/feature/x/config.json"
printf '1,2\n' >"$STICK/dataset/d/main/a.csv"
export HF_HUB_OFFLINE=1
with_stick
run download org/t
exits 0; silent
folder=$(cat "$OUT")
rm -r "$T/main/.DS_Store" "$T/main/.cache"
that diff -r "$folder" "$T/main"
while IFS= read -r file
do
  that intact "$file"
done < <(find "$folder" -type l)
that test "$(readlink -f "$folder/large.bin")" = \
  "$CACHE/models--org--t/blobs/$(sha256sum <"$T/main/large.bin" | cut -d' ' -f1)"
run download org/t config.json --revision feature/x
exits 0; silent
that cmp "$(cat "$OUT")" <(echo x)
run download d --repo-type dataset
exits 0; silent

it '…the same as long as nothing changes, then another'
run download org/t
exits 0; silent
prints "$folder"
printf 'hello, again\n' >"$T/main/config.json"
run download org/t
exits 0; silent
never test "$(cat "$OUT")" = "$folder"
that cmp "$(cat "$OUT")/config.json" "$T/main/config.json"

it '…and without the stick a snapshot like any other'
mv "$STICK" "$STICK.away"
run download org/t --revision "$(basename "$folder")"
exits 0
prints "$folder"
run download org/t
exits 0
says 'is the stick plugged in'
mv "$STICK.away" "$STICK"

it 'a file that is not in the folder does not exist'
run download org/t nope.txt
fails 3 nope.txt
unset HF_HUB_OFFLINE

it 'a folder named by a commit is that commit, and the Hub has what is not in it'
mkdir -p "$STICK/models/org/m/$C2"
printf '{ "v": 2 }\n' >"$STICK/models/org/m/$C2/config.json"
with_stick
HF_HUB_OFFLINE=1 run download org/m config.json --revision "$C2"
exits 0; silent
prints "$CACHE/$M/snapshots/$C2/config.json"
hub_log_clear
with_stick_and_hub
run download org/m --revision "$C2"
exits 0; silent
that test "$(find "$CACHE/$M/snapshots/$C2" -type l | wc -l)" -eq 7
requested 0 GET config.json

# ---- what nobody should find on a stick ----

# The folder of REPO's revision main, REPO: a hostile one.
refuses_hostile ()
{
  new_stick
  mkdir -p "$1" "$STICK/$M/refs"
  printf %s "$C2" >"$STICK/$M/refs/main"
  echo secret >"$WORK/secret"
  ln -s "$WORK/secret" "$1/absolute"
  with_stick
  run download "$2" absolute
  exits 6
  says 'leads out of the folder'
  rm "$1/absolute"
  mkfifo "$1/fifo"
  run download "$2" fifo
  exits 6
  says 'no regular file'
  run download "$2"
  exits 6
  never test -e "$CACHE"
}

# Nothing is listed of the folder that a link in place of the revision REVISION leads to.
refuses_to_list ()
{
  new_stick
  mkdir -p "$STICK/$M/refs" "$STICK/$M/snapshots" "$WORK/home/private"
  printf %s "$C2" >"$STICK/$M/refs/main"
  test "$1" = "$C2" || mkdir "$STICK/$M/snapshots/$C2"
  ln -s "$WORK/home" "$STICK/$M/snapshots/$1"
  : >"$WORK/home/private/names"$'\n'
  with_stick
  run download org/m
  exits 6
  says 'leads out of the folder'
  never test -e "$CACHE"
  rm -r "$WORK/home/private"
}

it 'links that lead out of it, and what is no file, are refused'
export HF_HUB_OFFLINE=1
refuses_hostile "$STICK/models/org/h/main" org/h
refuses_hostile "$STICK/$M/snapshots/$C2" org/m
refuses_to_list "$C2"
refuses_to_list "$C1"

it 'names that no repository has'
new_stick
mkdir -p "$STICK/models/org/h/main"
printf x >"$STICK/models/org/h/main/"$'a\e[31mb'
with_stick
run download org/h
fails 6 'is no name for a file'
unset HF_HUB_OFFLINE

# Run by a user who may read all but one file of the stick; whose cache is empty.
as_guest ()
{
  mkdir -m 777 "$HF_HOME"
  chmod -R a+rX "$XDG_CONFIG_HOME" "$HOME"
  RUN_BY=("${AS_NOBODY[@]}")
  run "$@"
  RUN_BY=()
}

it 'what may not be read is told, or another source asked'
new_stick
fill org/m
chmod -R a+rX "$WORK/media"
chmod 0 "$(readlink -f "$STICK/$M/snapshots/$C2/model.safetensors")"
if can_be_nobody
then
  with_stick
  HF_HUB_OFFLINE=1 as_guest download org/m config.json
  exits 0
  with_stick
  HF_HUB_OFFLINE=1 as_guest download org/m model.safetensors
  exits 5
  says 'who may read there'
  with_stick_and_hub
  as_guest download org/m
  exits 0
else
  skip 'the build cannot be run by another user'
fi

# ---- no stick ----

it 'an unplugged stick is told; where there is a Hub it is asked'
new_stick
rm -r "$STICK"
with_stick
HF_HUB_OFFLINE=1 run download org/m
fails 5 "$STICK is not there (is the stick plugged in?)"
untouched
with_stick_and_hub
run download org/m
exits 0; silent
prints "$CACHE/$M/snapshots/$C2"

it 'wrong options are refused'
with_stick ', layout: zip'
run download org/m
fails 2 'auto, hub-cache or tree'
machine <<'END'
  - { name: stick, plugin: transport-dir }
END
run download org/m
fails 2 root

finish
