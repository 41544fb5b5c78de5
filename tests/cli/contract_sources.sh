# SPDX-License-Identifier: Apache-2.0
# contract_sources.sh: hfcore plugin check of all that has files for others to fetch, and of assets:
# transport-dir over each kind of folder that it reads, transport-hub over Hubs of several moods,
# wrappers above them, assets-tree.
. "$(dirname "$0")/lib.sh"

ROOTS=$WORK/roots
M=models--org--m
C=cccccccccccccccccccccccccccccccccccccccc
export TMPDIR=$WORK/tmp
mkdir -m 711 "$TMPDIR"
mkdir "$ROOTS"

# plugin check ARGUMENT…: none has failed, LEAST or more have passed, nothing is left.
passes ()
{
  local least=$1
  shift
  run plugin check "$@"
  exits 0; silent
  ! grep -q '^FAIL' "$OUT" || wrong "$(grep -A 1 '^FAIL' "$OUT" | head -n 20)"
  local passed
  passed=$(sed -n '$s/ passed, 0 failed.*//p' "$OUT")
  test "${passed:-0}" -ge "$least" || wrong "only $(tail -n 1 "$OUT")"
  test -z "$(find "$TMPDIR" -name 'hfcore-check*')" || wrong "left: $(find "$TMPDIR")"
}

# These cases were among those that passed.
passed ()
{
  local name
  for name
  do
    grep -qx "ok    $name" "$OUT" || wrong "$name has not passed: $(grep -F "$name" "$OUT")"
  done
}

# What is in the folder, with times.
kept ()
{
  find "$1" -printf '%P %y %m %s %T@ %l\n' | sort
}

start_hub ()
{
  hub_start --manifest "$WORK/manifest.json" --page-size 3 --token "$SECRET" "$@" || exit 1
}

cat >"$WORK/manifest.json" <<END
{ "repos": [
  { "id": "org/m",
    "commits": [
      { "hash": "$C",
        "files": {
          "README.md": { "text": "# one\n" },
          "empty.txt": { "text": "" },
          "folder/in a folder/deep.txt": { "text": "deep\n" },
          "dätä/ü ñ.txt": { "text": "unicode\n" },
          "to?/awful%20file#1.txt": { "text": "awful\n" },
          "plain.bin": { "size": 700001, "seed": 2, "lfs": false },
          "model.safetensors": { "size": 900000, "seed": 1 } } } ],
    "refs": { "main": 0 } } ] }
END
start_hub

# ---- a Hub ----

if ! plugin_off transport-hub
then
  it 'transport-hub over a Hub: all but what needs a folder'
  passes 42 transport-hub --set "endpoint=$HF_ENDPOINT" --repo org/m
  passed transport/{read-whole,read-range,read-by-location,cancel-while-reading,many-threads} \
    transport/{list-each-once,list-stop,read-other-file,unknown-{repo,revision,file},peer-is-gone}

  it 'a Hub that sends whole files, whatever is asked for: begin says so'
  hub_fault 'norange'
  passes 1 transport-hub --set "endpoint=$HF_ENDPOINT" --repo org/m --only transport/read-range
  hub_faults_clear

  it 'one file by its name, of a Hub that lists nothing to anybody'
  hub_fault 'status=500,match=/tree/'
  passes 10 transport-hub --set "endpoint=$HF_ENDPOINT" --repo org/m --file plain.bin --only read-
  hub_faults_clear

  it 'a Hub with other bytes than it says is found out'
  hub_fault 'flip=3,match=plain.bin'
  run plugin check transport-hub --set "endpoint=$HF_ENDPOINT" --repo org/m --only read-whole
  exits 1
  that grep -q "^FAIL  transport/read-whole: expected the bytes of 'plain.bin' to have the digest" \
    "$OUT"
  hub_faults_clear

  it 'a Hub that is not there is no absent file: every case says so'
  run plugin check transport-hub --set endpoint=http://127.0.0.1:1 --repo org/m \
    --only transport/revision
  exits 1
  that grep -q '^FAIL  transport/revision-is-a-commit: .*answered RETRY' "$OUT"

  it 'without --repo nothing is asked of anybody'
  hub_log_clear
  run plugin check transport-hub --set "endpoint=$HF_ENDPOINT" --only transport/
  exits 2
  says 'nothing of the transport was checked'
  that grep -q '^skip  transport/read-whole: .*--repo' "$OUT"
  requested 0 '' ''
fi

# ---- folders ----

if ! plugin_off transport-dir
then
  it 'transport-dir over a plain tree that is made for the check'
  passes 45 transport-dir
  passed transport/{root-is-gone,list-many,list-agrees,read-about,read-range,two-instances}

  passes 25 transport-dir --set layout=tree --only transport/
fi

# As a client leaves them.
if ! plugin_off transport-dir && ! plugin_off transport-hub
then
  it 'transport-dir over a cache'
  run download -q org/m --cache-dir "$ROOTS/cache"
  exits 0
  before=$(kept "$ROOTS/cache")
  passes 40 transport-dir --set "root=$ROOTS/cache" --repo org/m
  passed transport/{read-whole,read-range,read-by-location,list-agrees,cancel-while-reading}
  that test "$before" = "$(kept "$ROOTS/cache")"

  it 'transport-dir over a cache without links, blobs and lists: what it lists may not be all'
  cp -rL "$ROOTS/cache" "$ROOTS/copies"
  rm -rf "$ROOTS/copies/$M/blobs" "$ROOTS/copies/$M/trees"
  before=$(kept "$ROOTS/copies")
  passes 40 transport-dir --set "root=$ROOTS/copies" --repo org/m
  passed transport/{read-whole,read-range,list-each-once,list-stop-incomplete,list-small-sink}
  that test "$before" = "$(kept "$ROOTS/copies")"

  it 'transport-dir over a plain tree of a commit'
  mkdir -p "$ROOTS/tree/models/org/m"
  cp -rL "$ROOTS/cache/$M/snapshots/$C" "$ROOTS/tree/models/org/m/$C"
  before=$(kept "$ROOTS/tree")
  passes 40 transport-dir --set "root=$ROOTS/tree" --repo org/m --revision "$C"
  passed transport/{revision-is-a-commit,read-whole,list-stop-incomplete,unknown-file}
  that test "$before" = "$(kept "$ROOTS/tree")"

  it 'transport-dir that is told the layout'
  passes 25 transport-dir --set "root=$ROOTS/cache" --set layout=hub-cache --repo org/m \
    --only transport/
fi

# ---- wrappers ----

PLUGINS=$WORK/plugins
mkdir "$PLUGINS"

it 'a wrapper of few ops over the reference'
if test_module wrap
then
  passes 30 "$PLUGINS/hfcore-test-wrap.so" --only transport/
  passed transport/below-{codes,recovers,ignores-ranges,stops,is-slow}
  passed transport/list-without
else
  skip 'no test module'
fi

if ! plugin_off fault
then
  it 'fault without faults, over the reference and over transport-dir'
  passes 35 fault --only transport/
  passed transport/below-{codes,recovers,ignores-ranges,stops,is-slow} transport/list-many
  if ! plugin_off transport-dir
  then
    passes 30 fault --wraps transport-dir --only transport/
    passed transport/read-whole transport/list-many
  fi

  it 'fault that damages a byte is found out'
  run plugin check fault --set 'faults=read flip=0' --only transport/read-whole
  exits 1
  that grep -q '^FAIL  transport/read-whole: ' "$OUT"
fi

# ---- assets ----

if ! plugin_off assets-tree
then
  it 'assets-tree'
  passes 28 assets-tree
  passed assets/{list-cancel,remove-parts,hostile-names,links-as-folders,many-threads,read-only}
fi

finish
