#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# try.sh: the main job in one go: install what is missing, build into build/, then download a model
# into a fresh cache from a Hub on this machine, show the cache, and do it again. With a network at
# hand and HF_ENDPOINT unset, the same with a real model.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
sh "$top/tests/packages.sh"
sh "$top/tests/build.sh" "$top/build"

build=$top/build
work=$(mktemp -d)
hub=
trap '[ -z "$hub" ] || kill "$hub" 2>/dev/null || :; rm -rf "$work"' EXIT INT TERM
export HFCORE_PLUGIN_PATH="$build/plugins" HF_HOME="$work/home"
# The program itself, without the build tree's wrapper, which would cost more than a look-up.
export PATH="$build/.libs:$PATH" LD_LIBRARY_PATH="$build/.libs"
export XDG_CONFIG_HOME="$work"
unset HF_HUB_CACHE HUGGINGFACE_HUB_CACHE HF_HUB_OFFLINE
real_hub=${HF_ENDPOINT-yes}

bold= plain=
[ ! -t 1 ] || [ -n "${NO_COLOR:-}" ] || { bold=$(printf '\033[1m'); plain=$(printf '\033[0m'); }
say () { printf '\n%s$ %s%s\n' "$bold" "$*" "$plain"; }
show_cache ()
{
  say "ls -R $HF_HOME/hub"
  (cd "$HF_HOME/hub" && find . -path ./.locks -prune -o -type f -print -o -type l -printf '%p -> %l\n' |
    sort | sed 's|^\./|  |')
}
run () { say "$@"; "$@"; }
run_timed ()
{
  say "$@"
  start=$(date +%s%N)
  "$@"
  echo "(in $((($(date +%s%N) - start) / 1000000)) ms)"
}

model=$work/hub/models/acme/tiny-model/main
mkdir -p "$model/onnx"
printf '{ "model_type": "tiny", "hidden_size": 8 }\n' >"$model/config.json"
printf '# A tiny model\n' >"$model/README.md"
head -c 20000000 /dev/urandom >"$model/model.safetensors"
head -c 3000000 /dev/urandom >"$model/onnx/model.onnx"

"$build/tests/support/hub_server" --root "$work/hub" --ready "$work/ready" --max-seconds 600 \
  --die-with-parent >/dev/null &
hub=$!
while [ ! -s "$work/ready" ]; do kill -0 "$hub"; sleep 0.05; done
HF_ENDPOINT=$(sed -n 's/^HF_ENDPOINT=//p' "$work/ready")
export HF_ENDPOINT
echo "A Hub of our own serves acme/tiny-model at $HF_ENDPOINT; the cache is $HF_HOME/hub"

run hfcore download acme/tiny-model
show_cache
run_timed hfcore download acme/tiny-model
run_timed hfcore lookup acme/tiny-model model.safetensors

[ "$real_hub" = yes ] || exit 0
unset HF_ENDPOINT
printf '\nAnd a real model of huggingface.co, where it can be reached:\n'
printf 'retries: 0\netag-timeout: 5s\n' >"$work/once.yaml"
say hfcore download sshleifer/tiny-gpt2
status=0
hfcore --config "$work/once.yaml" download sshleifer/tiny-gpt2 || status=$?
case $status in
  0) run_timed hfcore download sshleifer/tiny-gpt2 config.json ;;
  5) echo 'huggingface.co cannot be reached from here: the part with a real model is left out' ;;
  *) exit $status ;;
esac
