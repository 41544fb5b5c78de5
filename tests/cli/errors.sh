# SPDX-License-Identifier: Apache-2.0
# errors.sh: bad input. Always one clear line on stderr, the right exit code, no request where none
# is needed, and nothing written (spec 2.11; design sections 6 and 7). Bad names are in names.sh.
. "$(dirname "$0")/lib.sh"

start_usual_hub

# ---- what is not there ----

it 'an unknown revision: 3, nothing written'
run download org/m config.json --revision nothing
fails 3 nothing
run download org/m --revision nothing
fails 3 nothing
run download org/m config.json --revision 0123456789012345678901234567890123456789
fails 3
run download org/m --revision 0123456789012345678901234567890123456789
fails 3
untouched

it 'an unknown repository: 3, nothing written'
run download org/nothing config.json
fails 3 org/nothing
run download org/nothing
fails 3 org/nothing
HF_TOKEN=$SECRET run download org/nothing config.json
fails 3 org/nothing
run download org/m config.json --repo-type dataset
fails 3 org/m
untouched

it 'an unknown file: 3; only its absence and the ref are written'
run download org/m nothing.txt --revision v1.0
fails 3 nothing.txt
that test "$(cd "$HF_HOME" && find . -type f | sort | tr '\n' ' ')" = \
  "./hub/models--org--m/.no_exist/$C1/nothing.txt ./hub/models--org--m/refs/v1.0 "
new_cache

it 'a folder that is asked for as a file: 3'
run download org/m art
fails 3
new_cache

# ---- what is refused ----

it 'a gated repository: 4 and how to get access'
run download org/gated a.txt
fails 4 org/gated
run download org/gated
fails 4 org/gated
HF_TOKEN=hf_wrong run download org/gated a.txt
fails 4
HF_TOKEN=$SECRET run download org/gated a.txt
exits 0
new_cache

it 'a private repository without a token: 3, as the Hub says; with a wrong one: 4'
run download org/private a.txt
fails 3 HF_TOKEN
run download org/private
fails 3
HF_TOKEN=hf_wrong run download org/private a.txt
fails 4
HF_TOKEN=hf_wrong run download org/private
fails 4
untouched
HF_TOKEN=$SECRET run download org/private
exits 0
new_cache

it 'a disabled repository: 4'
run download org/disabled a.txt
fails 4 org/disabled
run download org/disabled
fails 4
untouched

it 'a bad token: 4, also for what is public'
HF_TOKEN=hf_wrong run download org/m config.json
fails 4
HF_TOKEN=hf_wrong run download org/m
fails 4
untouched

# ---- a Hub that is none ----

it 'garbage in place of JSON: 5, nothing written'
hub_fault garbage
run download org/m
fails 5
hub_faults_clear
hub_fault garbage,match=/tree/
run download org/m
fails 5
hub_faults_clear
for json in '' '[]' '{}' '{"sha":5}' '{"sha":"main"}' '{"sha":"../../../../../../../../../../../../x/y"}' \
  '{"sha":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}' '"x"' 'null' \
  '{"sha":"2222222222222222222222222222222222222222"' $'{"sha":"\033"}'
do
  printf %s "$json" >"$WORK/json"
  hub_fault "json=$WORK/json,match=/revision/"
  run download org/m
  fails 5
  hub_faults_clear
done
for json in '' '{}' 'null' '[5]' '[{}]' '[{"type":"file"}]' '[{"type":"file","path":"a","size":1}]' \
  '[{"type":"file","path":5,"size":1,"oid":"aa"}]' '[{"type":"file","path":"a","size":-1,"oid":"aa"}]' \
  '[{"type":"file","path":"a","size":"1","oid":"aa"}]' \
  '[{"type":"file","path":"a","size":1,"oid":"../x"}]' \
  '[{"type":"file","path":"a","size":1,"oid":"a","lfs":{"oid":"../../x","size":1}}]' \
  '[{"type":"file","path":"a","size":1,"oid":""}]' '[{"path":"a","size":1,"oid":"aa"}]'
do
  printf %s "$json" >"$WORK/json"
  hub_fault "json=$WORK/json,match=/tree/"
  run download org/m
  fails 5
  hub_faults_clear
done
{ printf '[%.0s' $(seq 20000); } >"$WORK/json"
hub_fault "json=$WORK/json,match=/tree/"
run download org/m
fails 5
hub_faults_clear
untouched

it 'headers that say nothing or nonsense: 5, nothing written'
for fault in noheader=X-Repo-Commit noheader=ETag noheader=Content-Length \
  'noheader=X-Repo-Commit,times=9' 'etag="../../../evil"' 'etag="a/b"' 'etag=""' 'etag=".."' \
  'etag=".x"' "etag=\"$(printf '%0300d' 0)\"" 'etag="x.incomplete"'
do
  hub_fault "$fault"
  run download org/m config.json
  fails 5
  hub_faults_clear
done
hub_fault noheader=X-Repo-Commit
hub_fault header=X-Repo-Commit:../../../../x
run download org/m config.json
fails 5
hub_faults_clear
untouched

it 'redirects in circles, to nowhere and to other protocols: 5'
for fault in redirect_loop redirect_loop=relative redirect=ftp://localhost/x \
  redirect=file:///etc/passwd redirect=http://user:pw@localhost/x 'redirect=http://' \
  'redirect=gopher://localhost/' "redirect=http://127.0.0.1:1/x"
do
  hub_fault "$fault"
  run download org/m config.json
  fails 5
  run download org/m
  fails 5
  hub_faults_clear
  never grep -q 'user:pw' "$ERR"
done
test "$(hub_count '' '')" -lt 300 || wrong 'it went round without end'
run download org/m model.safetensors
hub_fault redirect_loop,origin=cdn
run download org/m model.safetensors --revision refs/pr/1
exits 0
hub_faults_clear
new_cache
hub_fault redirect_loop,origin=cdn
run download org/m model.safetensors
fails 5
hub_faults_clear
new_cache

it 'a file list without an end: 5'
hub_fault "next=$HF_ENDPOINT/api/models/org/m/tree/$C2?recursive=true&expand=false"
run download org/m
fails 5
hub_faults_clear
for next in 'http://' 'not a url at all' ftp://x/y
do
  hub_fault "next=$next,times=1"
  run download org/m
  case $status in
    0 | 3 | 5) ;;
    *) wrong "status $status" ;;
  esac
  hub_faults_clear
done
new_cache

# ---- content that is wrong ----

it 'a wrong digest twice: 6, and nothing is published'
for file in model.safetensors config.json
do
  hub_log_clear
  hub_fault flip=5
  run download org/m "$file"
  exits 6
  prints_nothing
  that grep -q 'once more' "$ERR"
  that test "$(wc -l <"$ERR")" -eq 2
  that grep -q "$file" <(tail -n 1 "$ERR")
  requested 2 GET ''
  hub_faults_clear
  that test -z "$(find "$CACHE" \( -path '*/blobs/*' -o -path '*/snapshots/*' \) \( -type f -o -type l \))"
  tidy
done
hub_fault flip=5,match=/lfs/
run download org/m
exits 6
hub_faults_clear
that test ! -e "$CACHE/models--org--m/refs/main" -o -d "$CACHE/models--org--m/snapshots/$C2"
that test -z "$(find "$CACHE" -name 'model.safetensors*')"

it 'a wrong digest once: it recovers'
new_cache
for file in model.safetensors config.json
do
  hub_fault flip=5,times=1
  run download org/m "$file"
  exits 0
  that intact "$CACHE/models--org--m/snapshots/$C2/$file"
  hub_faults_clear
done
tidy
new_cache
hub_fault flip=100000,times=1,origin=cdn
run download org/m
exits 0
that intact "$CACHE/models--org--m/snapshots/$C2/model.safetensors"
hub_faults_clear
new_cache

it 'a wrong length: not 0, and nothing is published'
for length in 5 400000
do
  hub_fault "length=$length"
  run download org/m model.safetensors
  that test "$status" -eq 5 -o "$status" -eq 6
  hub_faults_clear
  that test -z "$(find "$CACHE" -name '*safetensors*' 2>/dev/null)"
done
new_cache

# ---- hostile file lists ----

oid=$(printf 'blob 2\0x\n' | sha1sum | cut -d' ' -f1)
# The file list of org/m is this one and a good file.
list_of ()
{
  printf '[{"type":"file","oid":"%s","size":2,"path":"good.txt"},{"type":"file","oid":"%s","size":2,"path":"%s"}]' \
    "$oid" "$oid" "$1" >"$WORK/json"
}

it 'hostile file lists: one line, 6, no file asked for, nothing written'
hub_log_clear
hostile=(
  ../x ../../../../../../../../tmp/x a/../../x a/.. .. . ./x a/./b /etc/passwd //x '\\x' 'a\\..\\..\\x'
  '..\\x' 'a/\\x' '\\\\host\\share' C:/x 'C:\\x' a/D:/x 'a\nb' 'a\tb' 'a\u001b[31mb' 'a\u007fb'
  'a\u0085b' 'a\rb' 'a//b' a/ good.txt "$(printf '%010000d' 0)" "a/$(printf '%0256d' 0)"
)
for name in "${hostile[@]}"
do
  list_of "$name"
  hub_fault "json=$WORK/json,match=/tree/"
  run download org/m
  fails 6
  run download org/m --include 'good*'
  fails 6
  run download org/m --dry-run
  fails 6
  hub_faults_clear
done
untouched
requested 0 '' /resolve/

it 'a hostile list on the second page'
hub_log_clear
list_of ../x
hub_fault "next=$HF_ENDPOINT/api/models/org/m/tree/$C2?cursor=2,times=1"
hub_fault "json=$WORK/json,match=/tree/,after=1"
run download org/m
fails 6
hub_faults_clear
untouched
requested 0 '' /resolve/

it 'a remembered file list that is hostile is not believed'
run download org/m config.json
mkdir "$CACHE/models--org--m/trees"
printf '{"format_version": 1, "files": {"../../../../x": {"size": 2, "blob_id": "%s"}}}' "$oid" \
  >"$CACHE/models--org--m/trees/$C2.json"
run download org/m
exits 0
that test -z "$(find "$WORK" -name x)"
that test "$(find "$CACHE/models--org--m/snapshots/$C2" -type l | wc -l)" -eq 7

it 'a folder of the cache that is a link elsewhere, or a file in its place: an error and no harm'
new_cache
mkdir -p "$CACHE"
echo precious >"$CACHE/models--org--m"
run download org/m config.json
that test "$status" -ne 0
that test "$(cat "$CACHE/models--org--m")" = precious
that test "$(wc -l <"$ERR")" -eq 1
new_cache
echo precious >"$WORK/file"
run download org/m config.json --cache-dir "$WORK/file"
that test "$status" -ne 0
that test "$(wc -l <"$ERR")" -eq 1
that test "$(cat "$WORK/file")" = precious

# ---- the disk ----

it 'a cache that may not be written: 7'
if can_be_nobody
then
  mkdir -p "$WORK/locked/hub"
  chmod 755 "$WORK/locked" "$WORK/locked/hub"
  chmod 555 "$WORK/locked/hub" "$WORK/locked"
  RUN_BY=("${AS_NOBODY[@]}")
  HF_HOME=$WORK/locked run download org/m config.json
  fails 7 "$WORK/locked/hub"
  HF_HOME=$WORK/locked run download org/m
  fails 7 "$WORK/locked/hub"
  HF_HOME=$WORK/locked/deeper run download org/m config.json
  fails 7
  RUN_BY=()
  that test -z "$(ls -A "$WORK/locked/hub")"
else
  skip 'hfcore cannot be run as another user here'
fi

it '…but serves what is there, and takes no notice of a ref that it cannot write'
if can_be_nobody
then
  new_cache
  "$HFCORE" download org/m config.json --revision v1.0 >/dev/null
  "$HFCORE" download org/m model.safetensors >/dev/null
  printf %s "$C1" >"$CACHE/models--org--m/refs/main"
  chmod -R a-w "$HF_HOME"
  tree "$HF_HOME" >"$WORK/before"
  RUN_BY=("${AS_NOBODY[@]}")
  run download org/m model.safetensors
  exits 0; silent
  prints "$CACHE/models--org--m/snapshots/$C2/model.safetensors"
  run download org/m config.json --revision v1.0
  exits 0; silent
  run lookup org/m config.json --revision "$C1"
  exits 0
  RUN_BY=()
  that diff "$WORK/before" <(tree "$HF_HOME")
  chmod -R u+w "$HF_HOME"
else
  skip 'hfcore cannot be run as another user here'
fi

# In a mount namespace of its own: a file system of 200 kB at $WORK/small.
it 'a full disk: 7, nothing is published, and with room it goes on'
mkdir "$WORK/small"
cat >"$WORK/full.sh" <<'END'
mount -t tmpfs -o size=200k none "$1" || exit 99
"$HFCORE" download org/m model.safetensors --cache-dir "$1" >"$1.out" 2>"$1.err"
echo $? >"$1.status"
find "$1" \( -path '*/snapshots/*' -o -path '*/blobs/*' \) ! -name '*.incomplete' >"$1.found"
mount -o remount,size=2m "$1" || exit 99
"$HFCORE" download org/m model.safetensors --cache-dir "$1" >>"$1.out" 2>>"$1.err"
echo $? >>"$1.status"
END
unshare_root=-m
test "$(id -u)" -eq 0 || unshare_root=-rm
if unshare $unshare_root bash "$WORK/full.sh" "$WORK/small" 2>/dev/null
then
  what='hfcore download on a full disk'
  that test "$(tr '\n' ' ' <"$WORK/small.status")" = '7 0 '
  that test "$(wc -l <"$WORK/small.err")" -eq 1
  that grep -q 'No space' "$WORK/small.err"
  that test ! -s "$WORK/small.found"
  that test "$(wc -l <"$WORK/small.out")" -eq 1
else
  skip 'no small file system can be mounted here'
fi

it 'a read-only file system: 7, and one line'
cat >"$WORK/readonly.sh" <<'END'
mount -t tmpfs none "$1" && mkdir "$1/hub" && mount -o remount,ro "$1" || exit 99
"$HFCORE" download org/m model.safetensors --cache-dir "$1/hub" >"$1.out" 2>"$1.err"
echo $? >"$1.status"
END
if unshare $unshare_root bash "$WORK/readonly.sh" "$WORK/small" 2>/dev/null
then
  what='hfcore download on a read-only file system'
  that test "$(cat "$WORK/small.status")" = 7
  that test "$(wc -l <"$WORK/small.err")" -eq 1
else
  skip 'no file system can be mounted here'
fi

finish
