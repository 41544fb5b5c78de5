# SPDX-License-Identifier: Apache-2.0
# import.sh: archives that hfcore did not make, or not like that: each is refused with one line, and
# adds nothing.
. "$(dirname "$0")/lib.sh"

MKTAR=${HUB_SERVER%/*}/mktar
test -x "$MKTAR" || { echo "not ok - $MKTAR is not built"; exit 1; }
MANIFEST=.locks/hfcore-export.json
R=models--org--h
E=95d09f2b10159347eece71399a7e2e907ea3df4f # "hello world"
S=$R/snapshots/$C1
printf 'hello world' >"$WORK/hello"
printf 'hello World' >"$WORK/World"
printf %s "$C1" >"$WORK/commit"
printf %s "$C2" >"$WORK/other-commit"
: >"$WORK/empty"
printf '{\n "format_version": 1,\n "files": {\n  "a.txt": {\n   "size": 11,\n   "blob_id": "%s"\n  }\n }\n}' \
  "$E" >"$WORK/tree"
tree_size=$(stat -c %s "$WORK/tree")
tree_digest=$(sha256sum "$WORK/tree" | cut -d' ' -f1)

# Lines of a manifest.
blob="{\"path\": \"$R/blobs/$E\", \"size\": 11}"
a_txt="{\"path\": \"$S/a.txt\", \"link\": \"../../blobs/$E\"}"
absent="{\"path\": \"$R/.no_exist/$C1/no.txt\", \"size\": 0}"
file_list="{\"path\": \"$R/trees/$C1.json\", \"size\": $tree_size, \"sha256\": \"$tree_digest\"}"
ref="{\"path\": \"$R/refs/main\", \"size\": 40, \"commit\": \"$C1\"}"

# A manifest with these lines, those of $needs behind them.
needs=
manifest ()
{
  local line comma=
  {
    printf '{\n "format": "hfcore-export",\n "version": %s,\n "entries": [\n' "${version:-1}"
    for line
    do
      printf '%s  %s' "$comma" "$line"
      comma=$',\n'
    done
    test -z "$comma" || echo
    printf ' ],\n "needs": [\n'
    test -z "$needs" || printf '  %s\n' "$needs"
    printf ' ]\n}\n'
  } >"$WORK/manifest"
}

# The archive of that manifest with these steps of mktar behind it.
archive ()
{
  "$MKTAR" "$WORK/h.tar" file "$MANIFEST" "$WORK/manifest" "$@" end || wrong 'mktar failed'
}

good_steps=(file "$R/blobs/$E" "$WORK/hello" link "$S/a.txt" "../../blobs/$E"
  file "$R/.no_exist/$C1/no.txt" "$WORK/empty" file "$R/trees/$C1.json" "$WORK/tree"
  file "$R/refs/main" "$WORK/commit")
good_lines=("$blob" "$a_txt" "$absent" "$file_list" "$ref")

# What is in the cache; of folders not the times, since what was staged in them has come and gone.
state ()
{
  (cd "$CACHE" && find . -type d -printf '%P %y %m\n' -o -printf '%P %y %m %s %T@ %l\n' | sort)
}

# The archive is refused: each TEXT is said, and the cache is as it was.
refused ()
{
  local before
  before=$(state)
  run cache import "${archive:-$WORK/h.tar}"
  fails 6 "${archive:-$WORK/h.tar} is" "$@"
  test "$before" = "$(state)" || wrong "the cache was changed: $(diff <(echo "$before") <(state))"
}

# A manifest of these lines is refused whatever follows.
refused_lines ()
{
  manifest "${@:2}"
  archive "${good_steps[@]}"
  refused 'manifest' "$1" 'nothing was added'
}

# A cache that has another repository, and its marker.
new_cache
manifest "${good_lines[@]//org--h/org--other}"
archive "${good_steps[@]//org--h/org--other}"
"$HFCORE" cache import "$WORK/h.tar" -q || exit 1

it 'what mktar makes is taken when nothing is wrong with it'
SAVED=$CACHE
new_cache
manifest "${good_lines[@]}"
archive "${good_steps[@]}"
cp "$WORK/h.tar" "$WORK/good.tar"
run cache import "$WORK/h.tar"
exits 0; silent
prints "imported 1 repository, 1 revision, 1 file, 11.0B from $WORK/h.tar"
that cmp "$CACHE/$S/a.txt" "$WORK/hello"
that cmp "$CACHE/$R/trees/$C1.json" "$WORK/tree"
that test -f "$CACHE/$R/.no_exist/$C1/no.txt"
that test "$(cat "$CACHE/$R/refs/main")" = "$C1"
run cache export org/h -o "$WORK/back.tar"
that cmp <(tar xOf "$WORK/good.tar") <(tar xOf "$WORK/back.tar")
CACHE=$SAVED HF_HOME=${SAVED%/hub}

it 'of a refused archive no folder stays in a new cache'
new_cache
head -c -3000 "$WORK/good.tar" >"$WORK/cut.tar"
run cache import "$WORK/cut.tar"
fails 6 'nothing was added'
that test "$(ls -A "$CACHE")" = CACHEDIR.TAG
CACHE=$SAVED HF_HOME=${SAVED%/hub}

it 'padding behind the end mark is taken'
new_cache
head -c 8192 /dev/zero | cat "$WORK/good.tar" - >"$WORK/padded.tar"
run cache import "$WORK/padded.tar"
exits 0
CACHE=$SAVED HF_HOME=${SAVED%/hub}

it 'no archive at all'
: >"$WORK/h.tar"
refused 'is empty'
head -c 100000 /dev/urandom >"$WORK/h.tar"
refused
head -c 100000 /dev/zero >"$WORK/h.tar"
refused
cp "$HFCORE" "$WORK/h.tar"
refused
cp "$WORK/manifest" "$WORK/h.tar"
refused 'but a manifest' --have
tar cf "$WORK/h.tar" -C "$WORK" hello
refused "$MANIFEST"

it 'a compressed one says what to do'
for packer in gzip xz bzip2 zstd
do
  have "$packer" || continue
  "$packer" -c <"$WORK/good.tar" >"$WORK/h.tar"
  refused "compressed with $packer" decompress
done

it 'paths that lead out of the cache, or are no place in it'
for path in "$R/snapshots/$C1/../x" "$R/snapshots/$C1/a/../../../../x" "../$R/blobs/$E" "/etc/passwd" \
  "/$R/blobs/$E" "$R/blobs/../$E" "$R/blobs/x/y" "$R/blobs/.x" "$R/blobs/$E.incomplete" "$R/blobs/" \
  "$R" "$R/" "x" "" ".locks/$R/$E.lock" "CACHEDIR.TAG" "blobs/$E" "$R/other/x" "models--org--../blobs/$E" \
  "models--../blobs/$E" "models--a--b--c/blobs/$E" "things--org--h/blobs/$E" "models-org-h/blobs/$E" \
  "models--org--h.git/blobs/$E" "model--org--h/blobs/$E" "$R/refs/../../x" "$R/refs/" "$R/refs/a//b" \
  "$R/snapshots/main/a.txt" "$R/snapshots/$C1" "$R/snapshots/$C1/" "$R/snapshots/${C1}1/a.txt" \
  "$R/snapshots/$C1//a.txt" "$R/snapshots/$C1/./a.txt" "$R/snapshots/$C1/C:/x" "$R/trees/main.json" \
  "$R/trees/$C1" "$R/trees/../$C1.json" "$R/.no_exist/$C1/../x" "$R/.no_exist/$C1" "./$R/blobs/$E" \
  "$R//blobs/$E" "$R/blobs/a\\\\b" "$R/snapshots/$C1/\\\\x" "$R/snapshots/$C1/a\\u0001b" \
  "$R/snapshots/$C1/a\\u001b[2J" "$R/snapshots/$C1/\\u0000" "$R/snapshots/$C1/$(printf '%300s' '' | tr ' ' x)" \
  "$R/snapshots/$C1/$(printf 'xxxxxxxxx/%.0s' $(seq 300))x"
do
  refused_lines 'line 5' "{\"path\": \"$path\", \"size\": 11}"
  refused_lines 'line 5' "{\"path\": \"$path\", \"link\": \"../../blobs/$E\"}"
done

it 'links that lead elsewhere than to a blob of their own repository'
for target in /etc/passwd "/$R/blobs/$E" ../../../../../etc/passwd "../blobs/$E" "../../../blobs/$E" \
  "../../blobs/../blobs/$E" "../../blobs/" "../../blobs" "../../blobs/.." "$E" "" "./../../blobs/$E" \
  "../../../$R/blobs/$E" "../../blobs//$E" "../../refs/main"
do
  refused_lines 'line 6' "$blob" "{\"path\": \"$S/a.txt\", \"link\": \"$target\"}"
done
refused_lines 'line 6' "$blob" "{\"path\": \"$S/b/a.txt\", \"link\": \"../../blobs/$E\"}"
refused_lines 'line 6' "$blob" "{\"path\": \"$S/a.txt\", \"size\": 11}"

it 'a manifest that contradicts itself'
refused_lines 'blob is missing' "$a_txt"
refused_lines 'no file is this blob' "$blob"
refused_lines 'twice' "$blob" "$blob" "$a_txt"
refused_lines 'order' "$a_txt" "$blob"
refused_lines 'order' "$blob" "$a_txt" "$ref" "$file_list"
refused_lines 'no files' "$blob" "$a_txt" "${ref//$C1/$C2}"
refused_lines 'no files' "$blob" "$a_txt" "${file_list//$C1/$C2}"
refused_lines 'has this file' "$blob" "$a_txt" "${absent//no.txt/a.txt}"
refused_lines 'within a file' "$blob" "$a_txt" \
  "{\"path\": \"$S/a.txt-\", \"link\": \"../../blobs/$E\"}" \
  "{\"path\": \"$S/a.txt/b\", \"link\": \"../../../blobs/$E\"}"
refused_lines 'within a file' "$blob" "$a_txt" "$ref" "${ref//main/main/x}"

it 'a manifest in another form'
refused_lines 'line 5' "$blob " "$a_txt"
refused_lines 'line 5' " $blob" "$a_txt"
refused_lines 'line 5' "${blob/\"size\": 11/\"size\": 11, \"mode\": 511}" "$a_txt"
refused_lines 'line 5' "${blob/\"size\": 11/\"size\": 11, \"size\": 11}" "$a_txt"
refused_lines 'line 5' "${blob/11\}/11.0\}}" "$a_txt"
refused_lines 'line 5' "${blob/11\}/-1\}}" "$a_txt"
refused_lines 'line 5' "${blob/11\}/99999999999999999999\}}" "$a_txt"
refused_lines 'line 5' "${blob/11\}/\"11\"\}}" "$a_txt"
refused_lines 'line 5' "[]" "$a_txt"
refused_lines 'line 5' "{\"path\": [[[[[[]]]]]]}" "$a_txt"
refused_lines 'line 5' "{\"path\": \"$(head -c 20000 /dev/zero | tr '\0' x)\"}"
refused_lines 'line 7' "$blob" "$a_txt" "${ref/40/41}"
refused_lines 'line 7' "$blob" "$a_txt" "${absent/ 0/ 1}"
refused_lines 'line 7' "$blob" "$a_txt" "{\"path\": \"$R/trees/$C1.json\", \"size\": $tree_size}"
version=2 refused_lines 'another version' "${good_lines[@]}"
manifest "${good_lines[@]}"
cp "$WORK/manifest" "$WORK/well"
for edit in '$d' 's/^ ],/ ]/' 's/},$/}/' 's/^{$/[/' '$s/$/x/' '1i\\' 's/"needs"/"wants"/' 's/hfcore-export/other/'
do
  sed "$edit" "$WORK/well" >"$WORK/manifest"
  archive "${good_steps[@]}"
  refused manifest
done
head -c -10 "$WORK/well" >"$WORK/manifest"
archive "${good_steps[@]}"
refused 'cut off'
printf '{"a":1}\n' >>"$WORK/well"
cp "$WORK/well" "$WORK/manifest"
archive "${good_steps[@]}"
refused manifest

it 'a manifest that is no file, not the first, there twice, or says that it is huge'
manifest "${good_lines[@]}"
"$MKTAR" "$WORK/h.tar" link "$MANIFEST" "$WORK/manifest" end
refused "$MANIFEST"
"$MKTAR" "$WORK/h.tar" "${good_steps[@]}" file "$MANIFEST" "$WORK/manifest" end
refused "$MANIFEST"
archive file "$MANIFEST" "$WORK/manifest" "${good_steps[@]}"
refused "$MANIFEST"
"$MKTAR" "$WORK/h.tar" sized "$MANIFEST" 8000000000 "$WORK/manifest" end
refused 8000000000
"$MKTAR" "$WORK/h.tar" file "./$MANIFEST" "$WORK/manifest" "${good_steps[@]}" end
refused "$MANIFEST"

it 'needs that are no blobs'
needs=$a_txt
refused_lines 'no blob' "${good_lines[@]}"
needs=$blob
refused_lines 'twice' "${good_lines[@]}"
needs=

# ---- the manifest is right, what follows is not ----

manifest "${good_lines[@]}"

it 'something is missing, superfluous, doubled or out of order'
for ((i = 0; i < ${#good_steps[@]}; i += 3))
do
  archive "${good_steps[@]:0:i}" "${good_steps[@]:i+3}"
  refused
  archive "${good_steps[@]:0:i+3}" "${good_steps[@]:i}"
  refused
  archive "${good_steps[@]:i}" "${good_steps[@]:0:i}"
  test "$i" -eq 0 || refused
  archive "${good_steps[@]:0:i}" file ../../evil "$WORK/hello" "${good_steps[@]:i}"
  refused evil
done
archive "${good_steps[@]}" file /etc/evil "$WORK/hello"
refused evil

it 'something else than a file or a link'
for type in 3 4 5 6
do
  archive type "$type" "$R/blobs/$E" "${good_steps[@]:3}"
  refused 'is there instead'
done
archive hard "$R/blobs/$E" /etc/passwd "${good_steps[@]:3}"
refused 'a hard link'
archive "${good_steps[@]:0:3}" hard "$S/a.txt" "$R/blobs/$E" "${good_steps[@]:6}"
refused 'a hard link'
archive link "$R/blobs/$E" /etc/passwd "${good_steps[@]:3}"
refused 'a link'
archive "${good_steps[@]:0:3}" file "$S/a.txt" "$WORK/hello" "${good_steps[@]:6}"
refused 'a file'
archive "${good_steps[@]:0:12}" link "$R/refs/main" /etc/passwd
refused 'a link'

it 'links that lead elsewhere than the manifest says'
for target in /etc/passwd ../../../../../etc/passwd "../../blobs/$E/" "../../../blobs/$E" "./../../blobs/$E"
do
  archive "${good_steps[@]:0:3}" link "$S/a.txt" "$target" "${good_steps[@]:6}"
  refused 'leads to'
done

it 'names that only look the same'
archive file "./$R/blobs/$E" "$WORK/hello" "${good_steps[@]:3}"
refused
archive file "$R//blobs/$E" "$WORK/hello" "${good_steps[@]:3}"
refused
archive file "/$R/blobs/$E" "$WORK/hello" "${good_steps[@]:3}"
refused
printf '%d path=../evil\n' 16 >"$WORK/pax"
archive pax "$WORK/pax" "${good_steps[@]}"
refused evil
printf '%d path=%070000d\n' 70012 0 >"$WORK/pax"
archive pax "$WORK/pax" "${good_steps[@]}"
refused 'is there instead' 'nothing was added'
printf '%d linkpath=/etc/x\n' 19 >"$WORK/pax"
archive "${good_steps[@]:0:3}" pax "$WORK/pax" "${good_steps[@]:3}"
refused
printf '%d size=5\n' 9 >"$WORK/pax"
archive pax "$WORK/pax" "${good_steps[@]}"
refused
printf '%d GNU.sparse.major=1\n%d GNU.sparse.minor=0\n%d GNU.sparse.name=x\n%d GNU.sparse.realsize=11\n' 22 22 21 26 \
  >"$WORK/pax"
archive pax "$WORK/pax" "${good_steps[@]}"
refused

it 'a blob that is not what its name says'
archive file "$R/blobs/$E" "$WORK/World" "${good_steps[@]:3}"
refused "$R/blobs/$E" 'not what its name says'
archive file "$R/blobs/$E" "$WORK/empty" "${good_steps[@]:3}"
refused '0 bytes'
archive sized "$R/blobs/$E" 12 "$WORK/hello" "${good_steps[@]:3}"
refused '12 bytes'
archive sized "$R/blobs/$E" 8589934591 "$WORK/hello" "${good_steps[@]:3}"
refused 8589934591
manifest "${blob/11/9000000000000}" "${good_lines[@]:1}"
archive "${good_steps[@]}"
refused
manifest "${good_lines[@]}"

it 'a ref, a file list or a marker that is not what the manifest says'
archive "${good_steps[@]:0:12}" file "$R/refs/main" "$WORK/other-commit"
refused refs/main
archive "${good_steps[@]:0:6}" file "$R/.no_exist/$C1/no.txt" "$WORK/hello" "${good_steps[@]:9}"
refused no.txt
sed 's/11/12/' "$WORK/tree" >"$WORK/tree2"
archive "${good_steps[@]:0:9}" file "$R/trees/$C1.json" "$WORK/tree2" "${good_steps[@]:12}"
refused trees
tr '{' '[' <"$WORK/tree" >"$WORK/tree2"
manifest "$blob" "$a_txt" "$absent" \
  "${file_list/$tree_digest/$(sha256sum "$WORK/tree2" | cut -d' ' -f1)}" "$ref"
archive "${good_steps[@]:0:9}" file "$R/trees/$C1.json" "$WORK/tree2" "${good_steps[@]:12}"
refused 'no file list'
sed 's/a.txt/..\/x/' "$WORK/tree" >"$WORK/tree2"
manifest "$blob" "$a_txt" "$absent" \
  "{\"path\": \"$R/trees/$C1.json\", \"size\": $(stat -c %s "$WORK/tree2"), \"sha256\": \"$(
    sha256sum "$WORK/tree2" | cut -d' ' -f1)\"}" "$ref"
archive "${good_steps[@]:0:9}" file "$R/trees/$C1.json" "$WORK/tree2" "${good_steps[@]:12}"
refused 'no file list'
manifest "$blob" "$a_txt" "$absent" "${file_list/ $tree_size/ 99999999999}" "$ref"
archive "${good_steps[@]}"
refused 'too much memory'
manifest "${good_lines[@]}"

it 'cut off at every block, and within some'
size=$(stat -c %s "$WORK/good.tar")
for ((at = 0; at < size; at += 512))
do
  head -c "$at" "$WORK/good.tar" >"$WORK/h.tar"
  refused
done
for at in 1 511 513 1000 "$((size - 1))" "$((size - 1023))"
do
  head -c "$at" "$WORK/good.tar" >"$WORK/h.tar"
  refused
done

it 'one byte is another, anywhere: refused, or of no consequence'
mkdir "$WORK/flips"
CACHE=$WORK/flips
for ((at = 0; at < size - 1024; at += 97))
do
  cp "$WORK/good.tar" "$WORK/h.tar"
  printf '\377' | dd of="$WORK/h.tar" bs=1 seek="$at" conv=notrunc 2>/dev/null
  run cache import "$WORK/h.tar" --cache-dir "$WORK/flips"
  case $status in
    6)
      says 'nothing was added'
      that test -z "$(find "$WORK/flips" ! -type d ! -name CACHEDIR.TAG ! -name '*.lock')"
      ;;
    0)
      that cmp "$WORK/flips/$S/a.txt" "$WORK/hello"
      rm -rf "$WORK/flips/$R"
      ;;
    *) wrong "status $status with byte $at changed: $(cat "$ERR")" ;;
  esac
done
CACHE=$SAVED

it 'something behind the end'
cat "$WORK/good.tar" "$WORK/hello" >"$WORK/h.tar"
refused 'behind its end'
cat "$WORK/good.tar" "$WORK/good.tar" >"$WORK/h.tar"
refused 'behind its end'
head -c 3000000 /dev/zero | cat "$WORK/good.tar" - >"$WORK/h.tar"
refused 'does not end'
archive=/dev/fd/9 refused 9< <(cat "$WORK/good.tar"; exec head -c 100000000 /dev/zero)

it 'other formats than tar'
for format in newc odc
do
  have cpio || continue
  (cd "$WORK" && mkdir -p f/.locks && cp manifest "f/$MANIFEST" && cd f && echo "$MANIFEST" |
    cpio -o -H "$format" 2>/dev/null) >"$WORK/h.tar"
  refused
done

it 'what stands in the way in the cache is told, and nothing leaves it'
mkdir -p "$CACHE/$R/snapshots" "$WORK/elsewhere"
ln -s "$WORK/elsewhere" "$CACHE/$S"
run cache import "$WORK/good.tar"
case $status in 1 | 7) ;; 0) wrong 'a planted link was followed' ;; *) wrong "status $status" ;; esac
that test -z "$(ls -A "$WORK/elsewhere")"
rm -rf "${CACHE:?}/$R"

finish
