#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# zsh.sh: completion in zsh: the function by itself, and at the keyboard of a terminal.
. "$(dirname "$0")/lib.sh"
have zsh || skip_all 'there is no zsh'

new_world
# What the function hands to compadd: how, then the matches, a line each.
cat >"$WORK/ask" <<'END'
compadd ()
{
  local -a flags
  while [[ $1 != -a ]]
  do
    if [[ $1 == -d ]]
    then
      printf 'shown %s\n' "${(@P)2}"
      shift
    else
      flags+=("$1")
    fi
    shift
  done
  printf 'flags%s\n' "${flags[*]:+ $flags[*]}"
  printf '%s\n' "${(@P)3}"
}
compset () { printf 'compset %s\n' "$*" }
_files () { printf '_files%s\n' "${*:+ $*}" }
# ask WORD...: the last is the current one.
ask ()
{
  words=("$@") CURRENT=$# PREFIX=$@[-1] IPREFIX= QIPREFIX=
  _hfcore || print none
}
END

asked ()
{
  what="zsh: $1"
  zsh -f -c "setopt no_nomatch; . '$WORK/ask'; functions[_hfcore]=\"\$(<'$SCRIPTS/_hfcore')\"
    words=(hfcore) CURRENT=1 PREFIX=x; _hfcore >/dev/null; $1" >"$OUT" 2>"$ERR" </dev/null ||
    wrong "zsh ended with $?"
  silent
}

gives ()
{
  grep -v '^shown ' "$OUT" >"$WORK/given"
  printf '%s\n' "$@" >"$WORK/wanted"
  cmp -s "$WORK/given" "$WORK/wanted" ||
    wrong "given are $(tr '\n' '|' <"$WORK/given"), not $(tr '\n' '|' <"$WORK/wanted")"
}

it 'commands, options, values, names'
asked 'ask hfcore plugin ""'
gives 'flags -l' check list show
that grep -qx 'shown list  -- print the plugins that can be found' "$OUT"
asked 'ask hfcore cache ls --format ""'
gives flags agent auto human json quiet
asked 'ask hfcore download org/m --revision ""'
gives 'flags -l' $C1 $C2 $C3 feature/x main refs/pr/1
asked 'ask hfcore download org/m --revision=fe'
gives 'flags -l' --revision=$C1 --revision=$C2 --revision=$C3 --revision=feature/x --revision=main \
  --revision=refs/pr/1
asked 'ask hfcore bogus ""'
gives none
asked 'ask hfcore cache ls -'
that grep -qx -- --no-truncate "$OUT"

it 'no blank behind a folder'
asked 'ask hfcore download org/m ""'
gives 'flags -S ' art/ flags README.md config.json

it 'paths of the shell'
asked 'ask hfcore cache import ""'
gives _files
asked 'ask hfcore download --cache-dir ""'
gives '_files -/'
asked 'ask hfcore download --cache-dir=x'
gives 'compset -P *=' '_files -/'

it 'names are handed over as they are, and run nothing'
asked 'ask hfcore download org/odd ""'
grep -v -e '^shown' -e '^flags' "$OUT" | LC_ALL=C sort >"$WORK/names"
printf '%s\n' "${HOSTILE[@]}" | LC_ALL=C sort | cmp -s - "$WORK/names" ||
  wrong "names: $(tr '\n' '|' <"$WORK/names")"
asked 'ask hfcore download --cache-dir "\$(pwn)" gp; ask hfcore download --cache-dir "\`pwn\`" "\$(pwn)"'
not_run

it 'a program that is not there'
mkdir "$WORK/old"
asked "PATH=$WORK/old:/usr/bin:/bin; ask hfcore down"
gives none

it 'at the keyboard'
mkdir "$WORK/zsh" "$WORK/functions"
cp "$SCRIPTS/_hfcore" "$WORK/functions"
cat >"$WORK/zsh/.zshrc" <<END
PS1='ready$ '
unset HISTFILE
fpath=('$WORK/functions' \$fpath)
autoload -Uz compinit
compinit -D -u
$SHOW
compdef _hfcore show
END
if open_terminal env "ZDOTDIR=$WORK/zsh" zsh -d -i
then
  typed down download
  typed 'cache ls --sort=accessed:d' cache ls --sort=accessed:desc
  typed 'download gp' download gpt2
  typed 'download org/m --revision=fe' download org/m --revision=feature/x
  typed 'download hf://org/m@ma' download hf://org/m@main
  typed 'download org/m ar' download org/m art/
  typed 'download org/odd \$\(' download org/odd '$(pwn)'
  typed "download org/odd '\$(" download org/odd '$(pwn)'
  typed 'download org/odd "\$(' download org/odd '$(pwn)'
  typed 'download org/odd \;p' download org/odd ';pwn'
  typed 'download org/odd two' download org/odd 'two words'
  typed 'download org/odd it' download org/odd "it's"
  typed 'download org/odd \~' download org/odd '~'
  typed 'cache rm model/org/\$' cache rm 'model/org/$(pwn)'
  : >"$WORK/afile"
  typed "cache import $WORK/af" cache import "$WORK/afile"
  typed "cache export --output=$WORK/af" cache export "--output=$WORK/afile"
fi
finish
