# SPDX-License-Identifier: Apache-2.0
# machines.sh: the example of each kind of machine in conf/ does what its comments say, with its
# folders and addresses put into this test's own.
. "$(dirname "$0")/lib.sh"

start_usual_hub
hub=$HF_ENDPOINT
unset HF_HOME
GROUP=$WORK/srv/huggingface/hub
STICK=$WORK/media/stick/huggingface/hub
OWN=$HOME/.cache/huggingface/hub
MODEL=models--org--m

# The example as this machine's only configuration; the Hub is the test's.
machine ()
{
  rm -rf "$HOME/.cache" "$STICK"
  sed "s|/srv/|$WORK/srv/|; s|/media/|$WORK/media/|; s|https://huggingface.co|$hub|
    s|https://hub-mirror.example|$mirror|" "$top_srcdir/conf/$1.yaml" | configure
  unset HF_ENDPOINT
  that diff <("$HFCORE" config path -q) <(echo "$XDG_CONFIG_HOME/hfcore/hfcore.yaml")
  HF_ENDPOINT=$hub
}
mirror=http://127.0.0.1:9
echo 'retries: 0' >"$WORK/plain.yaml"

# For examples that name no transport.
with_hub ()
{
  printf 'transport:\n  - { plugin: transport-hub, endpoint: "%s" }\n' "$hub" \
    >>"$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
}

fill ()
{
  HF_ENDPOINT=$hub "$HFCORE" download "${@:2}" --config "$WORK/plain.yaml" --cache-dir "$1" -q \
    >"$WORK/filled" || wrong "cannot fill $1"
}

it 'laptop'
machine laptop
with_hub
run download org/m
exits 0
prints "$OWN/$MODEL/snapshots/$C2"
that test -L "$OWN/$MODEL/snapshots/$C2/config.json"

it 'Windows or exFAT: files, no links, no warning; a second download asks only what is new'
machine windows-or-exfat
with_hub
run download org/m
exits 0; silent
prints "$STICK/$MODEL/snapshots/$C2"
that test -z "$(find "$STICK" -type l)"
that cmp "$STICK/$MODEL/snapshots/$C2/config.json" <(printf '{ "v": 2 }\n')
that test -z "$(ls -A "$STICK/$MODEL/blobs")"
hub_log_clear
run download org/m
exits 0; silent
requested 0 GET /resolve/
tidy "$STICK"

it 'shared cluster: what the group has is used where it lies, the rest is added beside it'
fill "$GROUP" org/m --revision v1.0
machine shared-cluster
with_hub
before=$(tree "$GROUP")
hub_log_clear
run download org/m --revision "$C1"
exits 0; silent
prints "$GROUP/$MODEL/snapshots/$C1"
requested 0 '' ''
run download org/m
exits 0; silent
prints "$OWN/$MODEL/snapshots/$C2"
that cmp "$OWN/$MODEL/snapshots/$C2/model.safetensors" \
  "$GROUP/$MODEL/snapshots/$C1/model.safetensors"
requested 0 GET model.safetensors
that test "$(tree "$GROUP")" = "$before"

it 'shared cluster, promoting: the file is copied to the own cache'
sed -i 's/#promote/promote/' "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
hub_log_clear
run download org/m README.md --revision "$C1"
exits 0
prints "$OWN/$MODEL/snapshots/$C1/README.md"
that intact "$OWN/$MODEL/snapshots/$C1/README.md"
that test "$(readlink -f "$OWN/$MODEL/snapshots/$C1/README.md")" != \
  "$(readlink -f "$GROUP/$MODEL/snapshots/$C1/README.md")"
requested 0 '' ''
that test "$(tree "$GROUP")" = "$before"

it 'air-gapped: from the shared disk, from the stick, never from the network'
machine air-gapped
fill "$STICK" org/m --revision main
fill "$STICK" datasets/org/d data.parquet
hub_log_clear
stick=$(tree "$STICK")
run download org/m --revision v1.0
exits 0; silent
prints "$GROUP/$MODEL/snapshots/$C1"
run download org/m
exits 0; silent
prints "$OWN/$MODEL/snapshots/$C2"
that diff -r "$OWN/$MODEL/snapshots/$C2" "$STICK/$MODEL/snapshots/$C2"
run download datasets/org/d data.parquet
exits 0; silent
prints "$OWN/datasets--org--d/snapshots/$D1/data.parquet"
that intact "$OWN/datasets--org--d/snapshots/$D1/data.parquet"
run download solo
fails 5 solo
requested 0 '' ''
that test "$(tree "$STICK")" = "$stick"

it 'air-gapped, the stick pulled out: what was fetched is there'
rm -rf "$STICK"
run download org/m
exits 0
prints "$OWN/$MODEL/snapshots/$C2"
run lookup org/m config.json
prints "$OWN/$MODEL/snapshots/$C2/config.json"

it 'mirror with fallback: the mirror is down, the Hub has it'
machine mirror-with-fallback
run download org/m config.json
exits 0
prints "$OWN/$MODEL/snapshots/$C2/config.json"

it 'mirror with fallback: the mirror is up, and is asked without a token'
swap_hubs
start_usual_hub
mirror=$HF_ENDPOINT
machine mirror-with-fallback
unset HF_ENDPOINT
HF_TOKEN=$SECRET run download org/m config.json
exits 0
HF_ENDPOINT=$mirror
requested 2 '' config.json
never grep -qF "$SECRET" "$HUB_LOG"
never grep -qi authorization "$HUB_LOG"

finish
