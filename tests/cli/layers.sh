# SPDX-License-Identifier: Apache-2.0
# layers.sh: a cache that a group shares, mounted read-only and owned by somebody else, below a
# user's own: what lies there is used there, nothing is ever written there, and what one layer lacks
# another has or the Hub.
# shellcheck source=mounts.sh
. "$(dirname "$0")/mounts.sh"
. "$(dirname "$0")/lib.sh"

NAME=models--org--m
FULL=$WORK/full         # an ordinary cache: what is to come out
GROUP=$WORK/group       # where the group's cache really is
SHARED=$WORK/shared     # … and where it is seen, read-only
STICK=$WORK/stick       # a third one
MAINTAINER=12345

test "$(id -u)" -eq 0 || cannot_mount 'only root can do that'
can_be_nobody || cannot_mount 'another user cannot run the command from here'
start_usual_hub
chmod 644 "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"

fill ()
{
  HF_HOME=$1 "$HFCORE" download org/m "${@:2}" -q >/dev/null || exit 1
}
fill "$FULL"
fill "$FULL" --revision v1.0
FULL=$FULL/hub/$NAME/snapshots

# ---- the world of a case ----

leave ()
{
  unmount
  echo 'retries: 0' | configure
  rm -rf "$GROUP" "$SHARED" "$STICK"
  mkdir -p "$SHARED" "$STICK"
}

share ()
{
  # A group can read what its maintainer has.
  chmod -R u+rwX,go+rX-w "$GROUP"
  chown -R "$MAINTAINER:$MAINTAINER" "$GROUP"
  mount --bind "$GROUP" "$SHARED" 2>"$ERR" || cannot_mount "bind: $(cat "$ERR")"
  MOUNT=$SHARED
  mount -o remount,bind,ro "$SHARED" 2>"$ERR" || cannot_mount "remount: $(cat "$ERR")"
  trap 'mounts_end; lib_end' EXIT
  tree "$GROUP" >"$WORK/group.tree"
}

# The layers: `share` with these options, and the user's own, which is new. Then what is run is run
# by somebody who is neither root nor the maintainer.
layers ()
{
  new_cache
  mkdir -p "$HF_HOME"
  chown 65534:65534 "$HF_HOME"
  configure <<END
retries: 0
storage:
  - { name: shared, plugin: store-symlink, root: $SHARED/hub, access: read-only$1 }
${2:-}
  - { name: own, plugin: store-symlink, root: ~/nothing }
END
  OWN=$HF_HOME/hub
  RUN_BY=("${AS_NOBODY[@]}")
  hub_log_clear
}

not_written ()
{
  diff "$WORK/group.tree" <(tree "$GROUP") >"$WORK/diff" ||
    wrong "the shared cache was written: $(cat "$WORK/diff")"
}

nothing_of_its_own ()
{
  that test -z "$(ls -A "$HF_HOME")"
}

warned ()
{
  local count
  count=$(grep -c 'warning' "$ERR")
  test "$count" -eq "$1" || wrong "$count warnings, not $1: $(head -c 900 "$ERR")"
}

# All files of the commit C are in the folder F with the bytes that the Hub serves.
whole ()
{
  that diff -r "$FULL/$2" "$1/$NAME/snapshots/$2"
}

leads_to_shared ()
{
  local target
  target=$(readlink -f "$OWN/$NAME/snapshots/$1/$2")
  case $target in
    "$(readlink -f "$SHARED")"/*) ;;
    *) wrong "$1/$2 leads to $target" ;;
  esac
}

its_own ()
{
  local target
  target=$(readlink -f "$OWN/$NAME/snapshots/$1/$2")
  case $target in
    "$OWN"/*) that intact "$target" ;;
    *) wrong "$1/$2 leads to $target" ;;
  esac
}

# ---- used where it lies ----

it 'a hit by commit makes no request and no write'
leave
fill "$GROUP" --revision v1.0
share
layers ''
run download org/m config.json --revision "$C1"
exits 0; silent
prints "$SHARED/hub/$NAME/snapshots/$C1/config.json"
run download org/m --revision "$C1"
exits 0; silent
prints "$SHARED/hub/$NAME/snapshots/$C1"
run lookup org/m config.json --revision v1.0
exits 0; silent
prints "$SHARED/hub/$NAME/snapshots/$C1/config.json"
run download org/m config.json --revision v1.0 --offline
exits 0; silent
run download org/m --revision v1.0 --local-files-only
exits 0; silent
prints "$SHARED/hub/$NAME/snapshots/$C1"
requested 0 '' ''
not_written
nothing_of_its_own

it 'a branch costs one request, and no ref is written for what lies elsewhere'
run download org/m config.json --revision v1.0
exits 0; silent
prints "$SHARED/hub/$NAME/snapshots/$C1/config.json"
requested 1 '' ''
run download org/m --revision v1.0
exits 0; silent
prints "$SHARED/hub/$NAME/snapshots/$C1"
not_written
nothing_of_its_own

# ---- a snapshot over layers ----

it 'a dry run tells what would be fetched, and makes nothing'
run download org/m --dry-run --quiet
exits 0; silent
prints config.json
nothing_of_its_own

it 'the next revision: one folder, what is shared is led to, the rest is fetched'
hub_log_clear
run download org/m
exits 0; silent
prints "$OWN/$NAME/snapshots/$C2"
whole "$OWN" "$C2"
requested 1 GET /resolve/
requested 1 GET /config.json
requested 0 GET /lfs/
its_own "$C2" config.json
leads_to_shared "$C2" model.safetensors
leads_to_shared "$C2" art/deep/two.txt
that test "$(cat "$OWN/$NAME/refs/main")" = "$C2"
that test -f "$OWN/$NAME/trees/$C2.json"
not_written
tidy "$OWN"

it 'again: nothing is asked but the branch, nothing is written'
hub_log_clear
tree "$OWN" >"$WORK/own.tree"
run download org/m
exits 0; silent
requested 1 '' ''
run download org/m --offline
exits 0; silent
prints "$OWN/$NAME/snapshots/$C2"
that diff "$WORK/own.tree" <(tree "$OWN")
not_written

it 'one file whose bytes lie there under another revision'
layers ''
run download org/m model.safetensors
exits 0; silent
prints "$OWN/$NAME/snapshots/$C2/model.safetensors"
leads_to_shared "$C2" model.safetensors
requested 0 GET /resolve/
not_written

it '--force-download fetches into the own cache'
run download org/m model.safetensors --force-download
exits 0; silent
its_own "$C2" model.safetensors
requested 1 GET ''
not_written

it 'two processes at once put one snapshot together'
layers ''
"${AS_NOBODY[@]}" "$HFCORE" download org/m -q >"$WORK/one" 2>&1 &
one=$!
run download org/m -q
wait "$one" || wrong "the other: $(cat "$WORK/one")"
exits 0; silent
that test "$(cat "$WORK/one")" = "$OWN/$NAME/snapshots/$C2"
whole "$OWN" "$C2"
tidy "$OWN"
not_written

# ---- a layer that is taken away ----

it 'the layer is gone: a look-up knows nothing, offline it is said what is missing'
unmount
rm -rf "$SHARED" "$GROUP"
mkdir "$SHARED"
run lookup org/m model.safetensors
exits 1
prints_nothing
warned 1
run download org/m --offline
exits 5
prints_nothing
says README.md 'its pointer leads nowhere: the storage where it lay is gone'
run download org/m model.safetensors --local-files-only
exits 5
says model.safetensors 'its pointer leads nowhere'
run download org/m config.json --offline
exits 0

it '… and a download fetches again'
hub_log_clear
run download org/m
exits 0
prints "$OWN/$NAME/snapshots/$C2"
says 'is not there'
whole "$OWN" "$C2"
its_own "$C2" model.safetensors
run download org/m --offline
exits 0
prints "$OWN/$NAME/snapshots/$C2"

# ---- promote ----

it 'promote: yes makes it the own cache'\''s, without a request'
leave
fill "$GROUP" --revision v1.0
share
layers ', promote: yes'
run download org/m config.json --revision "$C1"
exits 0; silent
prints "$OWN/$NAME/snapshots/$C1/config.json"
its_own "$C1" config.json
run download org/m --revision "$C1" --offline
exits 0; silent
prints "$OWN/$NAME/snapshots/$C1"
whole "$OWN" "$C1"
its_own "$C1" model.safetensors
requested 0 '' ''
run download org/m
exits 0; silent
its_own "$C2" model.safetensors
requested 1 GET /resolve/
not_written
tidy "$OWN"

it 'neither a look-up nor a dry run promotes'
layers ', promote: yes'
run lookup org/m config.json --revision "$C1"
exits 0
run download org/m config.json --revision "$C1" --dry-run
exits 0
nothing_of_its_own

it 'where the own cache cannot be written the file is used where it lies'
layers ', promote: yes'
chown 0:0 "$HF_HOME"
run download org/m config.json --revision "$C1"
exits 0
prints "$SHARED/hub/$NAME/snapshots/$C1/config.json"
warned 1
says "storage 'shared' cannot be promoted"
run download org/m --revision "$C1"
exits 0
prints "$SHARED/hub/$NAME/snapshots/$C1"
warned 1
requested 0 '' ''
nothing_of_its_own

it 'what is promoted lives on when the layer is gone'
layers ', promote: yes'
run download org/m --revision "$C1" -q
exits 0
unmount
run download org/m --revision "$C1" --offline
exits 0
whole "$OWN" "$C1"

it 'a damaged file is not promoted: one warning, and it is fetched'
share
unmount
damaged=$(readlink -f "$GROUP/hub/$NAME/snapshots/$C1/model.safetensors")
printf 'x' | dd of="$damaged" bs=1 seek=1000 conv=notrunc 2>"$ERR"
share
layers ', promote: yes'
run download org/m model.safetensors --revision "$C1" --offline
exits 5
warned 1
says "storage 'shared' is passed over for 'model.safetensors'" 'model.safetensors'
run download org/m --revision "$C1"
exits 0
warned 1
requested 1 GET /resolve/
whole "$OWN" "$C1"
its_own "$C1" model.safetensors
tidy "$OWN"
not_written

# ---- layers that are no good ----

it 'a file that is cut off is passed over with one warning'
unmount
truncate -s 100 "$damaged"
printf 'short' >"$(readlink -f "$GROUP/hub/$NAME/snapshots/$C1/config.json")"
share
layers ''
run download org/m --revision v1.0
exits 0
prints "$OWN/$NAME/snapshots/$C1"
warned 1
says "storage 'shared' is passed over" 'bytes, not'
whole "$OWN" "$C1"
requested 2 GET /resolve/
leads_to_shared "$C1" README.md
not_written

it 'a layer that is not there: one warning'
leave
fill "$GROUP" --revision v1.0
share
layers ', promote: yes' "  - { name: gone, plugin: store-symlink, root: $WORK/nowhere, access: read-only }"
run download org/m config.json --revision v1.0
exits 0; silent
run lookup org/m nothing.txt --revision v1.0
exits 1
warned 1
says "storage 'gone' is passed over" "$WORK/nowhere"
run download org/m
exits 0
warned 1
whole "$OWN" "$C2"

it 'a layer that may not be read: one warning'
unmount
chmod 700 "$GROUP/hub"
mount --bind "$GROUP" "$SHARED"
MOUNT=$SHARED
layers ''
run download org/m
exits 0
warned 1
says "$SHARED/hub"
whole "$OWN" "$C2"
run lookup org/m nothing.txt
exits 1
warned 1

it 'a layer that is a file: one warning'
unmount
rm -rf "$GROUP/hub"
printf 'x' >"$GROUP/hub"
share
layers ''
run download org/m
exits 0
warned 1
says "storage 'shared' is passed over" "$SHARED/hub"

# ---- an own cache without links ----

copies ()
{
  sed -i "/name: own/s/plugin: store-symlink/$COPIES/" "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
}

it 'the own cache keeps copies: it gets the bytes, and lives on without the layer'
leave
fill "$GROUP" --revision v1.0
share
layers ''
copies
run download org/m
exits 0; silent
prints "$OWN/$NAME/snapshots/$C2"
whole "$OWN" "$C2"
that test -z "$(find "$OWN" -type l)"
requested 1 GET /resolve/
requested 0 GET /lfs/
not_written
tidy "$OWN"
unmount
run download org/m --offline -q
exits 0
whole "$OWN" "$C2"

# A layer with a link to a file KEY that only the user may read, under an etag that is no digest.
lures ()
{
  leave
  fill "$GROUP" --revision v1.0
  ln -s "$KEY" "$GROUP/hub/$NAME/blobs/odd"
  ln -s ../../blobs/odd "$GROUP/hub/$NAME/snapshots/$C1/odd.txt"
  share
  layers ', promote: yes'
}

it 'what no digest tells is not promoted'
KEY=$WORK/key
echo secret >"$KEY"
chown 65534 "$KEY"
chmod 600 "$KEY"
lures
run download org/m odd.txt --revision "$C1"
exits 0; silent
never test -e "$OWN/$NAME/blobs/odd"
that test -L "$OWN/$NAME/snapshots/$C1/odd.txt"

it '… and a copy of it is for no more readers than the file itself'
lures
copies
run download org/m odd.txt --revision "$C1"
exits 0; silent
that test "$(stat -c %a "$OWN/$NAME/snapshots/$C1/odd.txt")" = 600
that cmp "$KEY" "$OWN/$NAME/snapshots/$C1/odd.txt"

it 'a revision in copies takes from another what did not change'
layers ''
copies
sed -i '/name: shared/d' "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
run download org/m --revision v1.0
exits 0; silent
hub_log_clear
run download org/m
exits 0; silent
whole "$OWN" "$C2"
that test -z "$(find "$OWN" -type l)"
requested 1 GET /resolve/
requested 0 GET /lfs/
rm -r "$OWN/$NAME/snapshots/$C1"
whole "$OWN" "$C2"
tidy "$OWN"

it '… also when two processes do it at once'
rm -r "$OWN/$NAME/snapshots/$C2"
"${AS_NOBODY[@]}" "$HFCORE" download org/m -q >"$WORK/one" 2>&1 &
one=$!
run download org/m -q
wait "$one" || wrong "the other: $(cat "$WORK/one")"
exits 0; silent
whole "$OWN" "$C2"
that test -z "$(find "$OWN/$NAME/blobs" -type f)"
tidy "$OWN"

# ---- several layers, no network ----

it 'offline: what no layer has whole, all of them have together'
leave
fill "$GROUP" --revision v1.0
fill "$STICK" model.safetensors config.json --revision v1.0
rm "$GROUP/hub/$NAME/snapshots/$C1/model.safetensors" "$GROUP/hub/$NAME/snapshots/$C1/config.json" \
  "$GROUP/hub/$NAME/blobs/$(basename "$(readlink "$STICK/hub/$NAME/snapshots/$C1/config.json")")" \
  "$GROUP/hub/$NAME/blobs/$(basename "$(readlink "$STICK/hub/$NAME/snapshots/$C1/model.safetensors")")"
chmod -R go+rX "$STICK"
tree "$STICK" >"$WORK/stick.tree"
share
layers '' "  - { name: stick, plugin: store-symlink, root: $STICK/hub, access: read-only }"
run download org/m --revision v1.0 --offline
exits 0; silent
prints "$OWN/$NAME/snapshots/$C1"
whole "$OWN" "$C1"
that test "$(cat "$OWN/$NAME/refs/v1.0")" = "$C1"
that test -f "$OWN/$NAME/trees/$C1.json"
that diff "$WORK/stick.tree" <(tree "$STICK")
requested 0 '' ''
not_written

it 'offline, and one file is nowhere: nothing is begun'
layers ''
run download org/m --revision v1.0 --offline
exits 5
says 'config.json' 'is missing'
nothing_of_its_own

it 'offline, and none may be written: it is said'
layers '' "  - { name: stick, plugin: store-symlink, root: $STICK/hub, access: read-only }"
sed -i '/name: own/d' "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
run download org/m --revision v1.0 --offline
exits 7
says 'lie in several storages'
run download org/m config.json --revision v1.0 --offline
exits 0
prints "$STICK/hub/$NAME/snapshots/$C1/config.json"

it 'of two refs the newer counts'
layers '' "  - { name: stick, plugin: store-symlink, root: $STICK/hub, access: read-only }"
unmount
printf '%s' "$C2" >"$GROUP/hub/$NAME/refs/v1.0"
mkdir "$GROUP/hub/$NAME/snapshots/$C2"
printf 'newer\n' >"$GROUP/hub/$NAME/snapshots/$C2/config.json"
share
touch -d '2020-01-01' "$STICK/hub/$NAME/refs/v1.0"
run lookup org/m config.json --revision v1.0
prints "$SHARED/hub/$NAME/snapshots/$C2/config.json"
touch -d '2120-01-01' "$STICK/hub/$NAME/refs/v1.0"
run lookup org/m config.json --revision v1.0
prints "$STICK/hub/$NAME/snapshots/$C1/config.json"

need_plugin transport-dir
it 'offline: what is missing comes from a folder, and nothing of the network is even loaded'
leave
fill "$GROUP" config.json --revision v1.0
fill "$STICK" --revision v1.0
chmod -R go+rX "$STICK"
share
layers ''
cat >>"$XDG_CONFIG_HOME/hfcore/hfcore.yaml" <<END
transport:
  - { plugin: transport-hub, endpoint: "$HF_ENDPOINT" }
  - { plugin: transport-dir, root: $STICK/hub }
END
RUN_BY+=(env LD_DEBUG=files "LD_DEBUG_OUTPUT=$HF_HOME/loaded")
run download org/m --revision v1.0 --offline
exits 0
prints "$OWN/$NAME/snapshots/$C1"
whole "$OWN" "$C1"
leads_to_shared "$C1" config.json
its_own "$C1" model.safetensors
that grep -q transport-dir "$HF_HOME"/loaded.*
never grep -qE 'libcurl|transport-hub' "$HF_HOME"/loaded.*
rm -f "$HF_HOME"/loaded.*
requested 0 '' ''
not_written

finish
