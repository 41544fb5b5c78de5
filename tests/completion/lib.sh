# SPDX-License-Identifier: Apache-2.0
# lib.sh: what the tests of completion share: a cache with good and bad names, and a terminal. Sources
# the library of the end-to-end scripts.
# shellcheck shell=bash
REQUIRE_TMUX=${HFCORE_REQUIRE_TMUX:-}
# shellcheck source=../cli/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

SCRIPTS=$top_srcdir/core/cli/completion
# The shells find the command as people's shells do.
mkdir "$WORK/bin" "$WORK/here"
ln -s "$HFCORE" "$WORK/bin/hfcore"
export PATH=$WORK/bin:$PATH
cd "$WORK/here" || exit 1

# What would run if any shell took a name for a command.
PWNED=$WORK/pwned
cat >"$WORK/bin/pwn" <<END
#!/bin/sh
: >"$PWNED"
END
chmod +x "$WORK/bin/pwn"

# revision FOLDER COMMIT REF [FILE]...: of a repository in $CACHE; REF '-': none.
revision ()
{
  local repo=$CACHE/$1 commit=$2 ref=$3 file
  shift 3
  mkdir -p "$repo/blobs" "$repo/refs" "$repo/snapshots/$commit"
  : >"$repo/blobs/e1"
  if test "$ref" != -
  then
    mkdir -p "$(dirname "$repo/refs/$ref")"
    printf %s "$commit" >"$repo/refs/$ref"
  fi
  for file
  do
    mkdir -p "$(dirname "$repo/snapshots/$commit/$file")"
    ln -s "$repo/blobs/e1" "$repo/snapshots/$commit/$file"
  done
}

# Names that a shell would make something of, and those that no terminal may see.
HOSTILE=('$(pwn)' '`pwn`' ';pwn' '|pwn' '&pwn' '>pwn' '${HOME}' "it's" 'a"b' 'back\slash' 'two words'
  ' lead' '*' '?[x]' '{a,b}' '~' '#hash' 'x!y' '!!' '^a^b' 'k=v' 'a:b' 'a@b' 'dätä' '(x)' 'x$')
UNSEEN=($'new\nline' $'tab\there' $'esc\e[31m' $'bell\a' $'c1\xc2\x9b' $'no\xffutf8' $'bidi\u202e')

new_world ()
{
  new_cache
  revision models--org--m $C2 main config.json art/one.txt art/deep/two.txt README.md -dash
  revision models--org--m $C1 feature/x old.txt
  revision models--org--m $C3 refs/pr/1 pr.txt
  revision models--gpt2 $C1 main config.json
  revision models--other--nomain $C1 - only.txt
  revision datasets--org--d $D1 main data.csv
  revision datasets--squad $D1 main squad.csv
  revision spaces--org--s $D1 main app.py
  revision models--org--odd $C1 main "${HOSTILE[@]}" "${UNSEEN[@]}"
  revision 'models--org--$(pwn)' $C1 main x
  revision $'models--org--new\nline' $C1 main x
}

not_run ()
{
  test ! -e "$PWNED" || wrong 'a name was run'
  test -z "$(ls -A "$WORK/here")" || wrong "there is now: $(ls -A "$WORK/here")"
}

# ---- a terminal ----

terminal ()
{
  tmux -S "$WORK/tmux" -f /dev/null "$@"
}

end_terminal ()
{
  local code=$?
  terminal kill-server 2>/dev/null
  (exit "$code")
}

on_screen ()
{
  local text
  terminal capture-pane -pJ >"$WORK/screen"
  for text
  do
    grep -qF -- "$text" "$WORK/screen" || return 1
  done
}

# A terminal in which COMMAND shows the prompt "ready$ ". False: the case was skipped, or has failed.
open_terminal ()
{
  terminal kill-server 2>/dev/null
  if have tmux && terminal new-session -d -x 150 -y 40 "exec timeout --foreground 300 $*" 2>"$ERR"
  then
    eventually on_screen 'ready$'
  elif test -n "$REQUIRE_TMUX"
  then
    wrong 'there is no tmux, or it does not run here'
    return 1
  else
    skip 'tmux cannot be run here'
    return 1
  fi
}

# `show` prints its arguments; it is completed as hfcore is.
SHOW='show () { printf "<%s>" "$@"; echo " end"; }'

# typed TEXT ARGUMENTS: TEXT and the tab key are typed, then enter; `show` gets exactly these arguments.
typed ()
{
  local text=$1 before
  shift
  terminal send-keys -R C-l
  terminal clear-history
  terminal send-keys -l -- "show $text"
  eventually on_screen "show $text"
  terminal capture-pane -pJ >"$WORK/before"
  before=$(<"$WORK/before")
  terminal send-keys Tab
  eventually changed "$before"
  terminal send-keys Enter
  eventually on_screen "$(printf '<%s>' "$@") end" ||
    wrong "typed $text, the screen is: $(terminal capture-pane -p | grep . | tail -n 4)"
  not_run
}

changed ()
{
  test "$(terminal capture-pane -pJ)" != "$1"
}
