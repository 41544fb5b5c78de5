# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the interop scripts share: where things are, and which Pythons they need.  Sourced by bash.
#
# From the environment: top_builddir, top_srcdir, HFCORE, HFCORE_PLUGIN_PATH, HUB_SERVER, PYTHON,
# and those of venv.sh.  All have defaults for a call by hand from the build folder.

interop_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1

interop_absolute ()
{
  case $1 in
    */*) (cd "$(dirname "$1")" && printf '%s/%s\n' "$PWD" "$(basename "$1")") ;;
    *) command -v "$1" ;;
  esac
}

interop_fail ()
{
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  exit 1
}

top_builddir=$(cd "${top_builddir:-.}" && pwd) || exit 1
HFCORE=$(interop_absolute "${HFCORE:-$top_builddir/hfcore}") \
  || interop_fail 'no command hfcore: build it first, or name it in HFCORE'
HUB_SERVER=$(interop_absolute "${HUB_SERVER:-$top_builddir/tests/support/hub_server}") \
  || interop_fail 'no hub_server: build it with make check, or name it in HUB_SERVER'
HFCORE_PLUGIN_PATH=${HFCORE_PLUGIN_PATH:-$top_builddir/plugins}
PYTHON=${PYTHON:-python3}
test -x "$HFCORE" || interop_fail "no command $HFCORE: build it first, or name it in HFCORE"
test -x "$HUB_SERVER" || interop_fail "no $HUB_SERVER: build it, or name it in HUB_SERVER"
export top_builddir HFCORE HUB_SERVER HFCORE_PLUGIN_PATH PYTHON PYTHONDONTWRITEBYTECODE=1

# interop_need VENV VARIABLE: make the environment VENV (see venv.sh) and export its Python in
# VARIABLE; end with the code of venv.sh where that cannot be done.
interop_need ()
{
  local python
  python=$(bash "$interop_dir/venv.sh" "$1") || exit
  export "$2=$python"
}

# The same, but where it cannot be had and is not required, go on without.
interop_want ()
{
  local python code=0
  python=$(bash "$interop_dir/venv.sh" "$1") || code=$?
  test "$code" = 0 || test "$code" = 77 || exit "$code"
  export "$2=$python"
}

interop_exec ()
{
  exec "$PYTHON" -B "$interop_dir/$1"
}
