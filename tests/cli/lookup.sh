# SPDX-License-Identifier: Apache-2.0
# lookup.sh: `hfcore lookup` and the warm `hfcore download`: what they answer, and that they cost next
# to nothing (spec 5; design section 6).
. "$(dirname "$0")/lib.sh"

start_usual_hub
M=$CACHE/models--org--m
"$HFCORE" download org/m config.json >/dev/null || exit 1
"$HFCORE" download org/m --revision v1.0 >/dev/null || exit 1
"$HFCORE" download datasets/org/d data.parquet >/dev/null || exit 1
"$HFCORE" download org/m nothing.txt >/dev/null 2>&1
hub_log_clear
tree "$HF_HOME" >"$WORK/before"

# ---- what it answers ----

it 'cached: the path and 0'
run lookup org/m config.json
exits 0; silent
prints "$M/snapshots/$C2/config.json"
run lookup org/m art/deep/two.txt --revision v1.0
exits 0
prints "$M/snapshots/$C1/art/deep/two.txt"
run lookup org/m 'dätä/ü ñ.txt' --revision "$C1"
exits 0
prints "$M/snapshots/$C1/dätä/ü ñ.txt"
run lookup datasets/org/d data.parquet
exits 0
run lookup org/d data.parquet --type dataset
exits 0
prints "$CACHE/datasets--org--d/snapshots/$D1/data.parquet"
run lookup hf://org/m@v1.0/empty.txt
exits 0
prints "$M/snapshots/$C1/empty.txt"

it 'unknown: nothing and 1'
for words in 'org/m README.md' 'org/m config.json --revision refs/pr/1' 'org/m art --revision v1.0' \
  "org/m config.json --revision $C3" 'org/nobody x' 'org/m nothing.txt --revision v1.0' \
  'org/d data.parquet' "org/m config.json --revision ${C1:0:7}" 'org/m config.json/x'
do
  # shellcheck disable=SC2086
  run lookup $words
  exits 1; silent
  prints_nothing
done

it 'known not to be there: nothing and 3'
run lookup org/m nothing.txt
exits 3; silent
prints_nothing
run lookup org/m nothing.txt --revision "$C2"
exits 3

it '--json and -q'
run lookup org/m config.json --json
exits 0
prints "{\"path\": \"$M/snapshots/$C2/config.json\", \"state\": \"cached\"}"
run lookup org/m README.md --json
exits 1
prints '{"path": null, "state": "unknown"}'
run lookup org/m nothing.txt --json
exits 3
prints '{"path": null, "state": "absent"}'
run lookup -q org/m config.json
exits 0
prints "$M/snapshots/$C2/config.json"

it 'names with .. and other bad names: 2'
for words in 'org/m ../x' 'org/m a/../x' 'org/m x --revision ..' 'org/m x --revision ../x' 'a/b/c x' \
  'org/m /x' 'org/m' '' 'org/m a b'
do
  # shellcheck disable=SC2086
  run lookup $words
  fails 2
done

it 'a link to nothing and a folder are unknown'
cp -a "$HF_HOME" "$WORK/copy"
rm "$WORK/copy/hub/models--org--m/blobs/$(basename "$(readlink "$M/snapshots/$C2/config.json")")"
HF_HOME=$WORK/copy run lookup org/m config.json
exits 1

it 'a cache that is not there, and one that cannot be read'
HF_HOME=$WORK/nothing run lookup org/m config.json
exits 1; silent
that test ! -e "$WORK/nothing"
if can_be_nobody
then
  chmod 700 "$WORK/copy/hub/models--org--m/snapshots"
  test "$(id -u)" -eq 0 || chmod 0 "$WORK/copy/hub/models--org--m/snapshots"
  RUN_BY=("${AS_NOBODY[@]}")
  HF_HOME=$WORK/copy run lookup org/m config.json
  RUN_BY=()
  exits 1
  chmod 755 "$WORK/copy/hub/models--org--m/snapshots"
fi

it 'the path is as the folder was given'
ln -s "$CACHE" "$WORK/link"
run lookup org/m config.json --cache-dir "$WORK/link"
prints "$WORK/link/models--org--m/snapshots/$C2/config.json"

it 'no request, and nothing was written'
requested 0 '' ''
that diff "$WORK/before" <(tree "$HF_HOME")

# ---- what it costs ----

# The system calls of a command that are not the dynamic loader's: not those on a shared object from
# its openat to its close, not searches for one, not memory maps and protections, and not the calls
# by which every program starts and ends.
calls ()
{
  strace -f -o "$WORK/trace" "$@" >"$OUT" 2>"$ERR" || wrong "strace failed: $(tail -n 3 "$ERR")"
  sed -E 's/^[0-9]+ +//' "$WORK/trace" | awk '
    /^(\+\+\+|---)/ { next }
    /^(execve|brk|arch_prctl|set_tid_address|set_robust_list|rseq|prlimit64|exit_group)\(/ { next }
    /^(mmap|munmap|mprotect|getrandom)\(/ { next }
    /^(access|stat|newfstatat|readlink|openat|open)\(.*(\/ld\.so\.|\.so[."0-9]).*= -1/ { next }
    /^(newfstatat|stat|readlink|access)\(.*\.so[."0-9]/ && !/hfcore-[a-z-]*\.so/ { next }
    /^newfstatat\(.*\/(glibc-hwcaps\/.*|tls|tls\/.*|x86_64|haswell)", .*= -1/ { next }
    /^openat\(AT_FDCWD, .*(\/ld\.so\.cache|\.so[."0-9])/ { shared[$NF] = 1; next }
    /^(read|pread64|fstat|newfstatat|close)\([0-9]+/ {
      fd = $0; sub(/^[a-z0-9]+\(/, "", fd); sub(/[^0-9].*/, "", fd)
      if (fd in shared) { if ($0 ~ /^close/) delete shared[fd]; next } }
    { print }' >"$WORK/calls"
}

# No socket, and neither libcurl nor libcrypto.
cheap ()
{
  never grep -qE '(socket|connect|sendto|recvfrom|bind)\(' "$WORK/trace"
  never grep -qE 'openat\(.*(libcurl|libcrypto|libssl|transport-hub)[^ ]*\.so[^=]*= [0-9]' "$WORK/trace"
  that test "$(wc -l <"$WORK/calls")" -le 60
  test "$(wc -l <"$WORK/calls")" -le 60 || sed 's/^/#     /' "$WORK/calls"
}

it 'lookup: no network, neither libcurl nor libcrypto, at most 60 system calls of its own'
if is_instrumented || ! have strace || ! strace -o /dev/null true 2>/dev/null
then
  skip 'strace cannot be used here'
  can_trace=
else
  can_trace=yes
  what='hfcore lookup under strace'
  calls "$HFCORE" lookup org/m config.json
  prints "$M/snapshots/$C2/config.json"
  cheap
  echo "#   $(wc -l <"$WORK/calls") of its own, $(wc -l <"$WORK/trace") with the loader's"
fi

it 'a warm download of a file of a commit: likewise'
if test -z "$can_trace"
then
  skip 'strace cannot be used here'
else
  what='hfcore download under strace'
  calls "$HFCORE" download org/m config.json --revision "$C2"
  prints "$M/snapshots/$C2/config.json"
  cheap
  echo "#   $(wc -l <"$WORK/calls") of its own, $(wc -l <"$WORK/trace") with the loader's"
fi

it 'with a token, a configuration file and HF_TOKEN_PATH: none of them is looked at for it'
if test -z "$can_trace"
then
  skip 'strace cannot be used here'
else
  what='hfcore lookup under strace'
  HF_TOKEN=$SECRET HF_TOKEN_PATH=$WORK/tokenfile calls "$HFCORE" lookup org/m config.json
  never grep -q tokenfile "$WORK/trace"
  cheap
fi

it 'lookup: at most 4 MiB resident'
if is_instrumented || test ! -x "$top_builddir/tests/support/peak"
then
  skip 'this build is instrumented, or has no program to measure with'
else
  what='hfcore lookup'
  "$top_builddir/tests/support/peak" "$WORK/peak" "$HFCORE" lookup org/m config.json >"$OUT" ||
    wrong 'it failed'
  peak=$(cat "$WORK/peak")
  echo "#   ${peak:-no} KiB"
  that test "${peak:-99999}" -le 4096
fi

finish
