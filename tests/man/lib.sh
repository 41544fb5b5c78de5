# SPDX-License-Identifier: Apache-2.0
# lib.sh: what the tests of the manual pages share: where the pages are, and one line a failure.
# shellcheck shell=bash
set -u
LC_ALL=C.UTF-8
export LC_ALL

: "${top_srcdir:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${top_builddir:=$top_srcdir}"
: "${HFCORE:=$top_builddir/hfcore}"
: "${HFCORE_PLUGIN_PATH:=$top_builddir/plugins}"
export HFCORE HFCORE_PLUGIN_PATH

MAN=$top_srcdir/core/man
# One page each; what `make` makes of them in the build folder are only links.
PAGES=$(grep -L "^\.so " "$MAN"/*.[1-9])
WORK=$(mktemp -d "${TMPDIR:-/tmp}/hfcore-man.XXXXXX") || exit 1
trap 'rm -rf "$WORK"' EXIT
trap 'exit 1' INT TERM HUP

# Nothing of the person who runs the tests.
for man_variable in $(compgen -e)
do
  case $man_variable in
    HFCORE | HFCORE_PLUGIN_PATH) ;;
    HF_* | HFCORE_* | HUGGING* | TRANSFORMERS_OFFLINE | XDG_* | NO_COLOR | COLUMNS | \
      DISABLE_TELEMETRY | DO_NOT_TRACK) unset "$man_variable" ;;
  esac
done
export HOME=$WORK/home
mkdir -p "$HOME"
failures=0
checks=0

wrong ()
{
  echo "not ok - $1"
  failures=$((failures + 1))
}

# same WHAT LEFT-NAME LEFT RIGHT-NAME RIGHT: two lists of lines are one.
same ()
{
  checks=$((checks + 1))
  sort -u <<<"$3" | sed '/^$/d' >"$WORK/left"
  sort -u <<<"$5" | sed '/^$/d' >"$WORK/right"
  while read -r line
  do
    wrong "$1: only in $2: $line"
  done < <(comm -23 "$WORK/left" "$WORK/right")
  while read -r line
  do
    wrong "$1: only in $4: $line"
  done < <(comm -13 "$WORK/left" "$WORK/right")
}

# A list that is empty is no proof of anything.
some ()
{
  test -n "$2" || wrong "$1: nothing was found, the test is wrong"
}

finish ()
{
  echo "$checks comparisons, $failures failed"
  test "$failures" = 0
  exit
}

# section FILE KIND TITLE: the lines of a page between `.KIND TITLE` and the next of its kind or above.
section ()
{
  awk -v kind="$2" -v title="$3" '
    /^\.S[hs] / {
      level = $1
      text = substr ($0, 5)
      if (inside && (level == ".Sh" || kind == "Ss"))
        inside = 0
      if (level == "." kind && text == title)
        inside = 1
      next
    }
    inside' "$1"
}

# Roff of a literal line back to what is read.
plain ()
{
  sed -e 's/^\\&//' -e 's/\\-/-/g' -e 's/\\(aq/'"'"'/g' -e 's/\\(ti/~/g' -e 's/\\(ha/^/g' \
    -e 's/\\(ga/`/g' -e 's/\\(dq/"/g' -e 's/\\&//g' -e 's/\\e/\\/g'
}
