# SPDX-License-Identifier: Apache-2.0
# exfat.sh: a cache on a file system that has neither links nor modes nor files without a name, as it is
# on many USB sticks (spec 1.12, 1.13).
# shellcheck source=mounts.sh
. "$(dirname "$0")/mounts.sh"
. "$(dirname "$0")/lib.sh"

mount_image exfat 64
start_usual_hub --rate 3000000
M=$CACHE/models--org--m
BIG=$M/snapshots/$C2/model.safetensors

# What the Hub serves, in a cache of the usual kind.
(
  new_cache
  unset HF_HUB_CACHE
  HF_HOME=$WORK/usual "$HFCORE" download org/m &&
    HF_HOME=$WORK/usual "$HFCORE" download org/m --revision refs/pr/1
) >/dev/null 2>&1 || exit 1
USUAL=$WORK/usual/hub/models--org--m/snapshots

# The file of this commit is here, a real one, with the bytes that the Hub serves.
right ()
{
  that test -f "$M/snapshots/$1/$2" -a ! -L "$M/snapshots/$1/$2"
  that cmp -s "$M/snapshots/$1/$2" "$USUAL/$1/$2"
}

# … all files of it, and no other.
whole ()
{
  local path
  (cd "$M/snapshots/$1" && find . -mindepth 1 ! -type d) | sort >"$WORK/have"
  (cd "$USUAL/$1" && find . -mindepth 1 ! -type d) | sort >"$WORK/want"
  that cmp -s "$WORK/have" "$WORK/want"
  while read -r path
  do
    right "$1" "$path"
  done <"$WORK/want"
}

# Nothing but the snapshots holds bytes, and nothing was left behind.
neat ()
{
  that test -z "$(find "$M/blobs" -type f)"
  tidy
}

warned ()
{
  local count
  count=$(grep -c 'no symbolic links can be made' "$ERR")
  test "$count" -eq "$1" || wrong "$count warnings, not $1: $(head -c 700 "$ERR")"
}

afresh ()
{
  rm -rf "$CACHE"
  hub_faults_clear
  hub_log_clear
}

it 'a file, with one warning'
run download org/m config.json
exits 0
prints "$M/snapshots/$C2/config.json"
warned 1
says 'more disk space' HF_HUB_DISABLE_SYMLINKS_WARNING "$CACHE"
that test "$(wc -l <"$ERR")" -eq 1
right "$C2" config.json
neat

it 'a snapshot, with one warning for all of it'
run download org/m
exits 0
prints "$M/snapshots/$C2"
warned 1
whole "$C2"
neat

it 'no warning where it is not wanted, nor where nothing is written'
run download org/m
exits 0; silent
afresh
HF_HUB_DISABLE_SYMLINKS_WARNING=1 run download org/m
exits 0; silent
whole "$C2"
afresh
HF_HUB_DISABLE_SYMLINKS=1 run download org/m
exits 0; silent
whole "$C2"
neat

it 'look-ups'
hub_log_clear
run lookup org/m art/deep/two.txt
exits 0; silent
prints "$M/snapshots/$C2/art/deep/two.txt"
run lookup org/m art
exits 1
run download org/m nothing.txt
fails 3
run lookup org/m nothing.txt
exits 3
run lookup org/m README.md --revision refs/pr/1
exits 1

it 'a second revision, of which a file is the same'
run download org/m --revision refs/pr/1
exits 0
prints "$M/snapshots/$C3"
whole "$C3"
whole "$C2"
neat

it 'offline'
hub_log_clear
HF_HUB_OFFLINE=1 run download org/m model.safetensors
exits 0; silent
prints "$BIG"
HF_HUB_OFFLINE=1 run download org/m --revision refs/pr/1
exits 0; silent
prints "$M/snapshots/$C3"
run download org/m config.json --local-files-only
exits 0; silent
requested 0 '' ''

it 'a forced download replaces what is there'
printf 'damaged' >"$BIG"
run download org/m model.safetensors
exits 0
run download org/m model.safetensors --force-download
exits 0
prints "$BIG"
right "$C2" model.safetensors
neat
run download org/m --force-download
exits 0
whole "$C2"
neat

it 'what a killed download had of a file is not fetched again'
afresh
HF_HUB_DISABLE_SYMLINKS_WARNING=1 "$HFCORE" download org/m model.safetensors >/dev/null 2>&1 &
pid=$!
half_there ()
{
  test -n "$(find "$M/blobs" -name '*.incomplete' -size +64k)"
}
eventually half_there
kill -9 "$pid"
wait "$pid" 2>/dev/null
that test ! -e "$BIG"
hub_log_clear
run download org/m model.safetensors
exits 0
prints "$BIG"
right "$C2" model.safetensors
that test "$(logged '"range":"bytes=' /lfs/ | wc -l)" -eq 1
neat

it 'processes at once: all is there, and right, in each'
afresh
pids=()
for words in 'org/m' 'org/m' 'org/m model.safetensors' 'org/m --revision refs/pr/1'
do
  # shellcheck disable=SC2086
  HF_HUB_DISABLE_SYMLINKS_WARNING=1 "$HFCORE" download $words >"$WORK/out.${#pids[@]}" \
    2>"$WORK/err.${#pids[@]}" </dev/null &
  pids+=("$!")
done
for i in "${!pids[@]}"
do
  wait "${pids[i]}" || wrong "number $i ended with $?: $(cat "$WORK/err.$i")"
  test ! -s "$WORK/err.$i" || wrong "number $i said: $(cat "$WORK/err.$i")"
done
that test "$(cat "$WORK/out.2")" = "$BIG"
whole "$C2"
whole "$C3"
neat

it 'a name that the file system cannot hold is told, and harms nothing'
run download org/m 'to?/awful%20file#1.txt' --revision v1.0
that test "$status" -ne 0
prints_nothing
says 'to?/awful%20file#1.txt'
run download org/m 'dätä/ü ñ.txt' --revision v1.0
exits 0
that test "$(cat "$M/snapshots/$C1/dätä/ü ñ.txt")" = unicode

it 'plugin show tells what it lacks'
run plugin show auto
exits 0; silent
for fact in 'form  *copies' 'symbolic links  *no' 'reflinks  *no' 'hard links  *no' \
  'access  *read-write'
do
  that grep -qE "^$fact\$" "$OUT"
done
tidy

it 'an import is whole, and exported again it is the same archive'
rm -rf "$CACHE"
HF_HOME=$WORK/usual "$HFCORE" cache export org/m -o "$WORK/m.tar" -q || wrong 'no export'
run cache import "$WORK/m.tar"
exits 0
warned 1
whole "$C2"
whole "$C3"
neat
run cache export org/m -o "$WORK/again.tar"
exits 0
that cmp "$WORK/m.tar" "$WORK/again.tar"
run cache verify org/m --offline --fail-on-missing-files
exits 0

it 'of a refused import nothing stays'
rm -rf "$CACHE"
head -c -3000 "$WORK/m.tar" >"$WORK/cut.tar"
run cache import "$WORK/cut.tar"
fails 6 "$WORK/cut.tar"
that test "$(ls -A "$CACHE")" = CACHEDIR.TAG

it 'store-symlink says what to do'
rm -rf "$CACHE"
configure <<END
retries: 0
storage: [ { plugin: store-symlink, root: "$CACHE" } ]
END
run download org/m config.json
that test "$status" -ne 0
says 'has no links; use the plugin auto or store-copy'
configure <<'END'
retries: 0
END

it 'the contract of a storage holds here too'
if test -x "$top_builddir/tests/contract/storage_contract"
then
  TMPDIR=$MOUNT HFCORE_TEST_STORAGE=auto "$top_builddir/tests/contract/storage_contract" \
    >"$OUT" 2>&1 || wrong "it does not: $(grep -E 'FAILED|^ +[0-9]+\.' "$OUT" | head -n 20)"
else
  skip 'the suite is not built'
fi

finish
