# SPDX-License-Identifier: Apache-2.0
# download.sh: `hfcore download` against a Hub that does as it should: what is printed, what lies in
# the cache, and how many requests it takes (spec 1, 2, 4, 9; design section 6).
. "$(dirname "$0")/lib.sh"

start_usual_hub --page-size 4
M=$CACHE/models--org--m

# ---- one file ----

it 'a regular file'
run download org/m config.json
exits 0; silent
prints "$M/snapshots/$C2/config.json"
that test "$(cat "$M/snapshots/$C2/config.json")" = '{ "v": 2 }'
that intact "$M/snapshots/$C2/config.json"
requested 1 HEAD /org/m/resolve/main/config.json
requested 1 GET ''
requested 2 '' ''
tidy

it 'its pointer is a relative link, its ref has no newline, the cache is tagged, the lock is empty'
blob=$(readlink "$M/snapshots/$C2/config.json")
that test "${blob%/*}" = ../../blobs
that test "$(cat "$M/refs/main")" = "$C2"
that test "$(stat -c %s "$M/refs/main")" -eq 40
that test "$(head -n 1 "$CACHE/CACHEDIR.TAG")" = 'Signature: 8a477f597d28d172789f06886806bc55'
lock=$CACHE/.locks/models--org--m/${blob##*/}.lock
that test -f "$lock" -a ! -s "$lock"
that test "$(stat -c %a "$lock")" = 664
that test "$(find "$CACHE" -mindepth 1 -maxdepth 1 | wc -l)" -eq 3

it 'again on a branch: one HEAD, no GET, nothing written'
hub_log_clear
tree "$CACHE" >"$WORK/before"
run download org/m config.json
exits 0; silent
prints "$M/snapshots/$C2/config.json"
requested 1 HEAD ''
requested 1 '' ''
that diff "$WORK/before" <(tree "$CACHE")

it 'again by commit: no request at all'
hub_log_clear
run download org/m config.json --revision "$C2"
exits 0; silent
prints "$M/snapshots/$C2/config.json"
requested 0 '' ''

it 'an LFS file comes from the CDN, under its SHA-256'
hub_log_clear
run download org/m model.safetensors
exits 0; silent
prints "$M/snapshots/$C2/model.safetensors"
that intact "$M/snapshots/$C2/model.safetensors"
that test "$(stat -Lc %s "$M/snapshots/$C2/model.safetensors")" -eq "$BIG_SIZE"
blob=$(readlink "$M/snapshots/$C2/model.safetensors")
that test "$(printf %s "${blob##*/}" | wc -c)" -eq 64
requested 1 HEAD ''
requested 1 GET "/lfs/${blob##*/}"
requested 2 '' ''

it 'a nested file has a link with one more ../ for each folder'
run download org/m art/deep/two.txt
exits 0
prints "$M/snapshots/$C2/art/deep/two.txt"
case $(readlink "$M/snapshots/$C2/art/deep/two.txt") in
  ../../../../blobs/*) ;;
  *) wrong "link text $(readlink "$M/snapshots/$C2/art/deep/two.txt")" ;;
esac

it 'an empty file needs no GET'
hub_log_clear
run download org/m empty.txt
exits 0
that test -f "$M/snapshots/$C2/empty.txt" -a ! -s "$M/snapshots/$C2/empty.txt"
that intact "$M/snapshots/$C2/empty.txt"
requested 0 GET ''

it 'a unicode name with a blank'
run download org/m 'dätä/ü ñ.txt' --revision v1.0
exits 0
prints "$M/snapshots/$C1/dätä/ü ñ.txt"
that test "$(cat "$M/snapshots/$C1/dätä/ü ñ.txt")" = unicode

it 'a name that needs escapes in a URL is raw on the disk'
run download org/m 'to?/awful%20file#1.txt' --revision v1.0
exits 0
prints "$M/snapshots/$C1/to?/awful%20file#1.txt"

it 'modes follow the umask'
new_cache
(umask 027; "$HFCORE" download org/m art/one.txt >"$OUT") || wrong "it failed"
for file in "$CACHE"/models--org--m/{blobs/*,refs/main}
do
  that test "$(stat -c %a "$file")" = 640
done
that test "$(stat -c %a "$CACHE/models--org--m/snapshots/$C2/art")" = 750
that test "$(stat -c %a "$(echo "$CACHE"/.locks/models--org--m/*.lock)")" = 664

# ---- revisions ----

it 'a tag'
new_cache
M=$CACHE/models--org--m
run download org/m config.json --revision v1.0
exits 0
prints "$M/snapshots/$C1/config.json"
that test "$(cat "$M/refs/v1.0")" = "$C1"
that test ! -e "$M/refs/main"

it 'a branch with a slash'
run download org/m config.json --revision feature/x
exits 0
prints "$M/snapshots/$C1/config.json"
that test "$(cat "$M/refs/feature/x")" = "$C1"
requested 1 HEAD /resolve/feature%2Fx/

it 'a pull request'
run download org/m README.md --revision refs/pr/1
exits 0
prints "$M/snapshots/$C3/README.md"
that test "$(cat "$M/refs/refs/pr/1")" = "$C3"

it 'a short commit is kept as a ref'
run download org/m README.md --revision "${C1:0:7}"
exits 0
prints "$M/snapshots/$C1/README.md"
that test "$(cat "$M/refs/${C1:0:7}")" = "$C1"

it 'a whole commit is no ref'
run download org/m README.md --revision "$C2"
exits 0
prints "$M/snapshots/$C2/README.md"
that test ! -e "$M/refs/$C2"

it 'a second revision shares the blobs'
new_cache
M=$CACHE/models--org--m
run download org/m model.safetensors --revision v1.0
hub_log_clear
run download org/m model.safetensors --revision main
exits 0
requested 0 GET ''
that test "$(readlink "$M/snapshots/$C1/model.safetensors")" = \
  "$(readlink "$M/snapshots/$C2/model.safetensors")"
that test "$(find "$M/blobs" -type f | wc -l)" -eq 1

it 'a branch that has moved is followed, and its ref is rewritten'
printf %s "$C1" >"$M/refs/main"
run download org/m model.safetensors
exits 0
prints "$M/snapshots/$C2/model.safetensors"
that test "$(cat "$M/refs/main")" = "$C2"

it 'a ref with a newline or half a hash is repaired'
printf '%s\n' "$C2" >"$M/refs/main"
run download org/m model.safetensors
exits 0
that test "$(stat -c %s "$M/refs/main")" -eq 40
printf '2222' >"$M/refs/main"
run download org/m model.safetensors
exits 0
that test "$(cat "$M/refs/main")" = "$C2"

it 'a link to a blob that is gone is repaired'
rm "$M"/blobs/*
run download org/m model.safetensors --revision "$C2"
exits 0
that intact "$M/snapshots/$C2/model.safetensors"

it "what an older client left half done is neither used nor touched"
blob=$(readlink -f "$M/snapshots/$C2/model.safetensors")
rm "$blob"
echo 'half done by someone else' >"$blob.incomplete"
run download org/m model.safetensors
exits 0
that intact "$M/snapshots/$C2/model.safetensors"
that grep -q 'someone else' "$blob.incomplete"

it '--force-download fetches again'
printf x >>"$(readlink -f "$M/snapshots/$C2/model.safetensors")"
hub_log_clear
run download org/m model.safetensors --force-download
exits 0
requested 1 GET /lfs/
that intact "$M/snapshots/$C2/model.safetensors"
hub_log_clear
run download org/m model.safetensors --revision "$C2" --force-download
exits 0
requested 1 GET /lfs/

# ---- other repositories ----

it 'a renamed repository is kept under the name that was asked for'
new_cache
run download org/old model.safetensors
exits 0
prints "$CACHE/models--org--old/snapshots/$C2/model.safetensors"
that intact "$CACHE/models--org--old/snapshots/$C2/model.safetensors"
run download org/old config.json
exits 0
that intact "$CACHE/models--org--old/snapshots/$C2/config.json"
that test ! -e "$CACHE/models--org--m"

it 'a renamed repository as a snapshot'
run download org/old --revision v1.0
exits 0
prints "$CACHE/models--org--old/snapshots/$C1"
that intact "$CACHE/models--org--old/snapshots/$C1/model.safetensors"

it 'a repository without a namespace'
run download solo config.json
exits 0
that test -f "$(cat "$OUT")"
that test -d "$CACHE/models--solo"

it 'a dataset, in three ways of writing it'
for words in 'org/d --repo-type dataset' 'org/d --type=dataset' datasets/org/d
do
  new_cache
  # shellcheck disable=SC2086
  run download $words train/a.csv
  exits 0
  prints "$CACHE/datasets--org--d/snapshots/$D1/train/a.csv"
  requested 0 '' /org/nothing
done

it 'a space'
run download spaces/org/s app.py
exits 0
that test -f "$(cat "$OUT")"
that test -d "$CACHE/spaces--org--s"

it 'hf:// says it all'
new_cache
run download "hf://org/m@v1.0/art/one.txt"
exits 0
prints "$CACHE/models--org--m/snapshots/$C1/art/one.txt"
run download "hf://datasets/org/d/data.parquet"
exits 0
prints "$CACHE/datasets--org--d/snapshots/$D1/data.parquet"
run download "hf://org/m@refs/pr/1/README.md"
exits 0
prints "$CACHE/models--org--m/snapshots/$C3/README.md"
run download "hf://org/m@feature%2Fx/config.json"
exits 0
prints "$CACHE/models--org--m/snapshots/$C1/config.json"
run download hf://org/d@main
fails 3
run download 'hf://datasets/org/d'
exits 0
prints "$CACHE/datasets--org--d/snapshots/$D1"

it 'hf:// and the type, the revision or a file beside it is a usage error'
hub_log_clear
run download hf://org/m --repo-type model
fails 2 --repo-type
run download hf://org/m --revision main
fails 2 --revision
run download hf://org/m README.md
fails 2
run download datasets/org/d --repo-type dataset
fails 2
requested 0 '' ''

# ---- snapshots ----

it 'a snapshot: no HEAD, the file list page by page'
new_cache
M=$CACHE/models--org--m
hub_log_clear
run download org/m --revision v1.0
exits 0; silent
prints "$M/snapshots/$C1"
requested 0 HEAD ''
requested 1 GET /api/models/org/m/revision/v1.0
requested 4 GET "/api/models/org/m/tree/$C1"
that test "$(cd "$M/snapshots/$C1" && find . -type l | wc -l)" -eq 9
while IFS= read -r -d '' file
do
  that intact "$file"
done < <(find "$M/snapshots/$C1" -type l -print0)
that test "$(cat "$M/refs/v1.0")" = "$C1"
that test -f "$M/trees/$C1.json"
tidy

it 'the remembered file list has the form and the mode of other clients'
that test "$(stat -c %a "$M/trees/$C1.json")" = 600
that grep -q '"format_version": 1' "$M/trees/$C1.json"
that grep -q '"d\\u00e4t\\u00e4/\\u00fc \\u00f1.txt"' "$M/trees/$C1.json"
that grep -q '"lfs_sha256"' "$M/trees/$C1.json"

it 'again on a branch: one request; by commit: none; nothing is written'
tree "$CACHE" >"$WORK/before"
hub_log_clear
run download org/m --revision v1.0
exits 0
prints "$M/snapshots/$C1"
requested 1 '' ''
hub_log_clear
run download org/m --revision "$C1"
exits 0
prints "$M/snapshots/$C1"
requested 0 '' ''
that diff "$WORK/before" <(tree "$CACHE")

it 'a file that is missing from a known snapshot needs its GET and nothing else'
rm "$(readlink -f "$M/snapshots/$C1/config.json")" "$M/snapshots/$C1/config.json"
hub_log_clear
run download org/m --revision "$C1"
exits 0
that intact "$M/snapshots/$C1/config.json"
requested 1 GET "/org/m/resolve/$C1/config.json"
requested 1 '' ''

it 'a remembered file list that is no JSON is fetched again'
echo '{ "format_version": 1, "files": ' >"$M/trees/$C1.json"
hub_log_clear
run download org/m --revision "$C1"
exits 0
requested 4 GET /tree/
that grep -q '"format_version": 1' "$M/trees/$C1.json"

it 'patterns'
new_cache
M=$CACHE/models--org--m
run download org/m --include '*.txt' --exclude 'art/*' --exclude empty.txt
exits 0
prints "$M/snapshots/$C2"
that test "$(cd "$M/snapshots/$C2" && find . -type l)" = ./artist.txt
run download org/m --include '*.json' --include '**/two.txt'
exits 0
that test "$(cd "$M/snapshots/$C2" && find . -type l | sort | tr '\n' ' ')" = \
  './art/deep/two.txt ./artist.txt ./config.json '

it 'a folder as an argument'
new_cache
M=$CACHE/models--org--m
run download org/m art/
exits 0
prints "$M/snapshots/$C2"
that test "$(cd "$M/snapshots/$C2" && find . -type l | sort | tr '\n' ' ')" = \
  './art/deep/two.txt ./art/one.txt '

it 'a folder and a file'
run download org/m art/ artist.txt nothing.txt
exits 0
prints "$M/snapshots/$C2"
that test -e "$M/snapshots/$C2/artist.txt"
that test ! -e "$M/snapshots/$C2/README.md"

it 'folders and patterns do not mix; patterns beside files are ignored with a warning'
run download org/m art/ --include '*.json'
fails 2
run download org/m artist.txt --include '*.json'
exits 0
prints "$M/snapshots/$C2/artist.txt"
says warning --include
that test "$(wc -l <"$ERR")" -eq 1

it 'patterns that match nothing: nothing is fetched, and it is said'
new_cache
run download org/m --include 'nothing*'
exits 0
prints "$CACHE/models--org--m/snapshots/$C2"
says 'no file'
that test -z "$(find "$CACHE" -path '*/blobs/*')"

it 'a pattern that is a star matches all folders'
new_cache
run download org/m --include '*'
exits 0
that test "$(find "$CACHE/models--org--m/snapshots/$C2" -type l | wc -l)" -eq 7

it '--max-workers 1 and 16, and no 0, -1, x or 1e9'
for workers in 1 16
do
  new_cache
  run download org/m --max-workers "$workers"
  exits 0
  that test "$(find "$CACHE/models--org--m/snapshots/$C2" -type l | wc -l)" -eq 7
done
new_cache
hub_log_clear
for workers in 0 -1 x 1000000000 '' 1.5
do
  run download org/m --max-workers "$workers"
  fails 2
done
requested 0 '' ''
untouched

# ---- the output ----

it '--json'
new_cache
run download org/m config.json --json
exits 0; silent
prints "{\"path\": \"$CACHE/models--org--m/snapshots/$C2/config.json\"}"
run --json download org/m
exits 0
prints "{\"path\": \"$CACHE/models--org--m/snapshots/$C2\"}"

it '-q prints the path and nothing else'
run -q download org/m config.json
exits 0; silent
prints "$CACHE/models--org--m/snapshots/$C2/config.json"

it '--dry-run of a file leaves nothing behind'
new_cache
run download org/m model.safetensors --dry-run
exits 0
that grep -q 'Will download 1 files (out of 1)' "$OUT"
that grep -q 'model.safetensors' "$OUT"
untouched
run download org/m model.safetensors --dry-run --json
exits 0
prints "[{\"file\": \"model.safetensors\", \"size\": $BIG_SIZE, \"will_download\": true, \"path\": \
\"$CACHE/models--org--m/snapshots/$C2/model.safetensors\"}]"
untouched

it '--dry-run of a snapshot leaves nothing behind'
hub_log_clear
run download org/m --dry-run
exits 0
that grep -q 'Will download 7 files (out of 7)' "$OUT"
that test "$(wc -l <"$OUT")" -eq 9
run download org/m --dry-run --json --include '*.txt'
exits 0
that test "$(tr -cd '{' <"$OUT" | wc -c)" -eq 4
requested 0 '' /resolve/
untouched

it '--dry-run of what is cached: nothing to fetch, nothing written'
run download org/m config.json README.md
exits 0
tree "$HF_HOME" >"$WORK/before"
run download org/m --dry-run
exits 0
that grep -q 'Will download 5 files (out of 7)' "$OUT"
that grep -qE '^config.json +-$' "$OUT"
run download org/m config.json --dry-run
that grep -q 'Will download 0 files (out of 1)' "$OUT"
run download org/m config.json --dry-run --force-download
that grep -q 'Will download 1 files (out of 1)' "$OUT"
that diff "$WORK/before" <(tree "$HF_HOME")

it '--dry-run of a missing file remembers nothing'
new_cache
run download org/m nothing.txt --dry-run
fails 3 nothing.txt
untouched

# ---- where ----

it '--cache-dir, HF_HUB_CACHE and HF_HOME, in this order'
new_cache
run download org/m config.json --cache-dir "$WORK/by flag"
prints "$WORK/by flag/models--org--m/snapshots/$C2/config.json"
HF_HUB_CACHE=$WORK/by-variable run download org/m config.json
prints "$WORK/by-variable/models--org--m/snapshots/$C2/config.json"
HF_HUB_CACHE=$WORK/by-variable run download org/m config.json --cache-dir "$WORK/by flag"
prints "$WORK/by flag/models--org--m/snapshots/$C2/config.json"
untouched
HF_HUB_CACHE='' run download org/m config.json
prints "$CACHE/models--org--m/snapshots/$C2/config.json"
(unset HF_HOME; run download org/m config.json
 prints "$HOME/.cache/huggingface/hub/models--org--m/snapshots/$C2/config.json"
 test -z "$lib_wrong") || wrong 'without HF_HOME it is not ~/.cache/huggingface/hub'
XDG_CACHE_HOME=$WORK/xdg HF_HOME='' run download org/m config.json
prints "$WORK/xdg/huggingface/hub/models--org--m/snapshots/$C2/config.json"

it 'a relative --cache-dir and one that is a link give real paths'
cd "$WORK" || exit 1
run download org/m config.json --cache-dir relative
prints "$WORK/relative/models--org--m/snapshots/$C2/config.json"
ln -s relative "$WORK/link"
hub_log_clear
run download org/m README.md --cache-dir "$WORK/link"
prints "$WORK/relative/models--org--m/snapshots/$C2/README.md"
cd / || exit 1

# ---- absence ----

it 'a missing file is remembered for its commit, with the ref and without a snapshot'
new_cache
M=$CACHE/models--org--m
run download org/m nothing/here.txt
fails 3 here.txt
that test -f "$M/.no_exist/$C2/nothing/here.txt" -a ! -s "$M/.no_exist/$C2/nothing/here.txt"
that test "$(cat "$M/refs/main")" = "$C2"
that test ! -e "$M/snapshots"
that test ! -e "$CACHE/CACHEDIR.TAG"

finish
