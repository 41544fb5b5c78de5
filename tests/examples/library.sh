# SPDX-License-Identifier: Apache-2.0
# library.sh: the examples of the library, copied out of the installed documentation, built with
# pkg-config alone and run against a Hub; and Python's, by ctypes.
# shellcheck source=installed.sh
. "$(dirname "$0")/installed.sh"

start_usual_hub
mkdir "$WORK/programs"
cd "$WORK/programs" || exit 1

for source in "$DOC"/library/*.c
do
  name=$(basename "$source" .c)
  it "$name.c builds by one line"
  that cp "$source" .
  # shellcheck disable=SC2046
  builds cc -std=c17 -pedantic -Wall -Wextra -Werror "$name.c" $(pkg-config --cflags --libs hfcore) \
    -o "$name"
done

it 'each function of the library is called in an example'
nm -D --defined-only "$DESTDIR$libdir/libhfcore.so" | sed -n 's/.* T \(hfcore_[a-z_]*\).*/\1/p' |
  sort -u >"$WORK/functions"
for source in *.c
do
  nm -D -u "${source%.c}"
done | sed -n 's/.* U \(hfcore_[a-z_]*\).*/\1/p' | sort -u >"$WORK/called"
that test -s "$WORK/functions"
uncalled=$(comm -23 "$WORK/functions" "$WORK/called")
test -z "$uncalled" || wrong "called in no example: $uncalled"

it 'C++ includes it and links'
if have "$CXX"
then
  cat >plus.cpp <<'END'
#include <hfcore/hfcore.h>
#include <hfcore/plugin.h>
#include <cstdio>

int
main ()
{
  hfcore *cache = nullptr;
  hfcore_error error = HFCORE_ERROR_INIT;
  hfcore_options options = HFCORE_OPTIONS_INIT;
  hfcore_download ask = HFCORE_DOWNLOAD_INIT;
  hfcore_result *result = nullptr;
  ask.repo_id = "org/m";
  ask.path = "config.json";
  if (hfcore_open (&options, &cache, &error) != HFCORE_OK
      || hfcore_download_file (cache, &ask, &result, &error) != HFCORE_OK)
    return std::puts (error.message), 1;
  std::puts (result->commit);
  hfcore_result_free (result);
  hfcore_close (cache);
}
END
  # shellcheck disable=SC2046
  builds c++ -Wall -Werror plus.cpp $(pkg-config --cflags --libs hfcore) -o plus
  program ./plus
  exits 0
  prints "$C2"
else
  skip 'no C++ compiler'
fi

it 'download, and lookup before and after'
new_cache
program ./lookup org/m config.json
exits 1
program ./download org/m config.json
exits 0
prints "$CACHE/models--org--m/snapshots/$C2/config.json"
program ./lookup org/m config.json
exits 0
prints "$CACHE/models--org--m/snapshots/$C2/config.json"
program ./download org/m nothing
exits 1
says nothing
program ./lookup org/m nothing
exits 3
program ./download org/m
exits 0
prints "$CACHE/models--org--m/snapshots/$C2"

it 'scan'
program ./scan
exits 0
that grep -qE '^model/org/m [0-9]+ bytes$' "$OUT"
that grep -q "^  ${C2:0:12} 7 files main" "$OUT"
that grep -q '^1 repositories, 1 revisions' "$OUT"

it 'names that a terminal would obey are not shown as they are'
esc=$'\033' bell=$'\a' high=$'\302\233'
hostile=$CACHE/models--ev${esc}]0\;pwn${bell}--n${high}ä$'\177'
cp -a "$CACHE/models--org--m" "$hostile"
mkdir -p "$hostile/refs/r"
printf %s "$C2" >"$hostile/refs/r/a${esc}[31m"
ln -s README.md "$hostile/snapshots/$C2/f${esc}[2J"
for ask in './scan' './trim 1000' "python3 -B $DOC/library/hfcore_ctypes.py scan"
do
  case $ask in
    python3*) ! is_instrumented && have python3 || continue ;;
  esac
  # shellcheck disable=SC2086
  program $ask
  never grep -q "[$esc$bell]" "$OUT"
  never grep -q "[$esc$bell]" "$ERR"
  case $ask in
    *scan) that grep -qF "model/ev?]0;pwn?/n?ä? " "$OUT" ;;
  esac
done
program ./delete -n "model/ev${esc}]0;pwn${bell}/n${high}ä"$'\177'
that grep -qF 'ev?]0;pwn?/n?ä?' "$OUT" "$ERR"
never grep -q "[$esc$bell]" "$OUT" "$ERR"
rm -rf "$hostile"

it 'verify, and repair'
program ./verify org/m
exits 0
blob=$(readlink -f "$CACHE/models--org--m/snapshots/$C2/README.md")
chmod u+w "$blob"
printf '# two\n' >"$blob"
program ./verify org/m
exits 1
that grep -qE '^damaged +README.md$' "$OUT"
program ./verify org/m repair
exits 0
that grep -qE '^damaged +README.md \(repaired\)$' "$OUT"

it 'export and import'
program ./export_import export org/m
exits 0
cp "$OUT" "$WORK/m.tar"
new_cache
# shellcheck disable=SC2016
program sh -c './export_import import <"$1"' sh "$WORK/m.tar"
exits 0
says '1 revisions'
program ./lookup org/m README.md
exits 0

it 'delete: what would go, then that'
program ./delete -n model/org/m
exits 0
that test -d "$CACHE/models--org--m"
program ./delete model/org/m
exits 0
never test -e "$CACHE/models--org--m"
program ./delete model/org/m
exits 1

it 'trim leaves what was used just now'
program ./download org/m
program ./trim 1000
exits 0
that grep -q 'used within the last hour' "$OUT"
that grep -q 'still too large' "$OUT"
program ./trim 10000000 org/m
exits 0
that grep -q 'the cache fits' "$OUT"

it 'assets'
if plugin_off assets-tree
then
  skip 'configured with --disable-assets-tree'
else
  program ./assets path mylib
  exits 0
  prints "$HF_HOME/assets/mylib/default/default"
  printf 'five\n' >"$HF_HOME/assets/mylib/default/default/file"
  program ./assets list
  exits 0
  prints 'mylib default default 5 bytes'
  program ./assets remove mylib
  exits 0
  never test -e "$HF_HOME/assets/mylib"
fi

it 'plugins'
program ./plugins
exits 0
that grep -q '^auto: ' "$OUT"
that grep -q '^storage ' "$OUT"
program ./plugins auto
exits 0
that grep -q '^root: ' "$OUT"
program ./plugins nothing
exits 1

it 'config'
program ./config
exits 0
that grep -q '^offline = no ' "$OUT"
program ./config "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
exits 0
echo 'nothing: 1' >bad.yaml
program ./config bad.yaml
exits 1
says bad.yaml:1:

it 'progress, and a stop from the callback'
new_cache
program ./progress_and_cancel org/m 1
exits 130
says stopped
program ./progress_and_cancel org/m
exits 0
says "model.safetensors is there"

has_begun ()
{
  find "$CACHE" -name '*.incomplete' -size +0c | grep -q .
}

it 'a stop by a signal'
new_cache
hub_fault stall=1000,origin=cdn
./progress_and_cancel org/m >"$OUT" 2>"$ERR" &
cancelled=$!
eventually has_begun
kill -INT "$cancelled"
status=0
wait "$cancelled" || status=$?
exits 130
hub_faults_clear

it 'Python, by ctypes'
if is_instrumented
then
  skip 'the library has a sanitizer in it'
elif have python3 && python3 -c 'import ctypes' 2>"$ERR"
then
  new_cache
  example=$DOC/library/hfcore_ctypes.py
  for wrong in '' list download 'lookup org/m' 'scan org/m' 'download org/m config.json x'
  do
    # shellcheck disable=SC2086 # it is words
    program python3 -B "$example" $wrong
    exits 2
    says 'usage: hfcore_ctypes.py download'
    never grep -q Traceback "$ERR"
  done
  program python3 -B "$example" scan
  exits 0
  prints_nothing
  program python3 -B "$example" lookup org/m config.json
  exits 1
  program python3 -B "$example" download org/m config.json
  exits 0
  prints "$CACHE/models--org--m/snapshots/$C2/config.json"
  says 'config.json 11 bytes'
  program python3 -B "$example" download org/m
  exits 0
  prints "$CACHE/models--org--m/snapshots/$C2"
  program python3 -B "$example" lookup org/m config.json
  exits 0
  prints "$CACHE/models--org--m/snapshots/$C2/config.json"
  program python3 -B "$example" scan
  exits 0
  that grep -qE "^model/org/m [0-9]+ $C2\$" "$OUT"
  program python3 -B "$example" download org/m nothing
  exits 1
  says nothing
else
  skip 'no python3'
fi

finish
