#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bash.sh: completion in bash: the function by itself, with and without the package bash-completion,
# and at the keyboard of a terminal.
. "$(dirname "$0")/lib.sh"

new_world
cat >"$WORK/ask" <<'END'
# ask WORD...: COMPREPLY for this line, whose last word is the current one; words are as bash splits.
ask ()
{
  local IFS=' '
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE=${LINE-$*}
  COMP_POINT=${#COMP_LINE}
  COMPREPLY=(stale)
  "${FUNCTION:-_hfcore}" || echo "it returned $?"
  test ${#COMPREPLY[@]} -eq 0 || printf '%s\n' "${COMPREPLY[@]}"
}
END

# asked CODE: what bash prints that runs it after the script.
asked ()
{
  what="bash: $1"
  bash --noprofile --norc -c ". '$SCRIPTS/hfcore.bash'; . '$WORK/ask'; $1" >"$OUT" 2>"$ERR" </dev/null ||
    wrong "bash ended with $?"
  silent
}

gives ()
{
  printf '%s\n' "$@" >"$WORK/wanted"
  cmp -s "$OUT" "$WORK/wanted" || wrong "given are $(tr '\n' '|' <"$OUT"), not $(tr '\n' '|' <"$WORK/wanted")"
}

it 'commands, options, values, names'
asked 'ask hfcore down'
gives download
asked 'ask hfcore cache ls --so'
gives --sort
asked 'ask hfcore cache ls --format ""'
gives agent auto human json quiet
asked 'ask hfcore download org/'
gives org/m org/odd
asked 'ask hfcore download org/m --revision ""'
gives $C1 $C2 $C3 feature/x main refs/pr/1
asked 'ask hfcore download org/m art/'
gives art/deep/ art/one.txt
asked 'ask hfcore bogus ""'
prints_nothing
asked 'ask hfcore cache import ""'
prints_nothing
asked 'complete -p hfcore'
gives 'complete -F _hfcore hfcore'

it 'words that bash splits are one; what is inserted is the end of it'
asked 'LINE="hfcore cache ls --sort=size:d"; ask hfcore cache ls --sort = size : d'
gives desc
asked 'LINE="hfcore cache ls --sort="; ask hfcore cache ls --sort ='
gives accessed{,:asc,:desc} modified{,:asc,:desc} name{,:asc,:desc} size{,:asc,:desc}
asked 'LINE="hfcore download hf://org/m@ma"; ask hfcore download hf : //org/m @ ma'
gives @main
asked 'LINE="hfcore download --repo-type=dataset s"; ask hfcore download --repo-type = dataset s'
gives squad

it 'without the line the words are as they are'
asked 'COMP_WORDBREAKS= LINE=; ask hfcore cache ls --sort=na'
gives --sort=name --sort=name:asc --sort=name:desc

it 'the cursor inside the line'
asked 'COMP_WORDS=(hfcore downxx org/m) COMP_CWORD=1 COMP_LINE="hfcore downxx org/m" COMP_POINT=11
  _hfcore; echo "${COMPREPLY[@]}"'
gives download

it 'variables and the home folder in words before'
asked "export HERE='$CACHE'; ask hfcore download --cache-dir '\$HERE' gp"
gives gpt2
asked "export HOME='${CACHE%/*}'; ask hfcore download --cache-dir '~/hub' gp"
gives gpt2
asked 'ask hfcore download --cache-dir "\$(pwn)" gp; ask hfcore download --cache-dir "\`pwn\`" gp'
prints_nothing
not_run

it 'what is inserted is that name, and runs nothing'
asked 'COMP_WORDBREAKS=; ask hfcore download org/odd ""'
that test "$(wc -l <"$OUT")" -eq ${#HOSTILE[@]}
while IFS= read -r quoted
do
  eval "name=($quoted)"
  test ${#name[@]} -eq 1 || wrong "more than a word: $quoted"
  printf '%s\n' "${name[0]}"
done <"$OUT" >"$WORK/names"
printf '%s\n' "${HOSTILE[@]}" | LC_ALL=C sort | cmp -s - "$WORK/names" ||
  wrong "names: $(tr '\n' '|' <"$WORK/names")"
not_run
# What all have in common does not end in half of a quoted character.
asked 'COMP_WORDBREAKS=; ask hfcore download org/odd "\$"'
gives '\$\(pwn\)' '\$\{HOME\}' '\$'
asked 'ask hfcore cache rm "model/org/\\$"'
gives 'model/org/\$\(pwn\)'

it 'in quotes, too'
# A name with the quote itself, or with a "!" in double quotes, cannot be written there.
for quote in \' \"
do
  asked "COMP_WORDBREAKS=; ask hfcore download org/odd '${quote/\'/\'\\\'\'}'"
  count=0
  while IFS= read -r quoted
  do
    eval "name=($quote$quoted$quote)"
    test ${#name[@]} -eq 1 || wrong "more than a word: $quoted"
    printf '%s\n' "${HOSTILE[@]}" | grep -qxF -- "${name[0]}" || wrong "no such name: $quoted"
    count=$((count + 1))
  done <"$OUT"
  that test $count -ge $((${#HOSTILE[@]} - 3))
done
not_run

it 'a program that is not there, or knows nothing of completion'
mkdir "$WORK/old"
asked "PATH=$WORK/old:/usr/bin:/bin; ask hfcore down"
prints_nothing
printf '#!/bin/sh\necho "hfcore: unknown command" >&2\nexit 2\n' >"$WORK/old/hfcore"
chmod +x "$WORK/old/hfcore"
asked "PATH=$WORK/old:/usr/bin:/bin; ask hfcore down"
prints_nothing

it 'strict shells'
asked 'set -eu; ask hfcore down'
gives download
asked 'set -o posix; set -f; ask hfcore down'
gives download
asked 'IFS=o; COMP_WORDS=(hfcore down) COMP_CWORD=1 COMP_LINE="hfcore down" COMP_POINT=11
  _hfcore; echo "${COMPREPLY[@]}"'
gives download

it 'with bash-completion, which loads it at need'
package=/usr/share/bash-completion/bash_completion
if test -r $package
then
  mkdir -p "$WORK/share/bash-completion/completions"
  cp "$SCRIPTS/hfcore.bash" "$WORK/share/bash-completion/completions/hfcore"
  bash --noprofile --norc -c "export XDG_DATA_HOME=$WORK/share; . $package; . '$WORK/ask'
    _completion_loader hfcore; complete -p hfcore; ask hfcore down
    LINE='hfcore cache ls --sort=na' ask hfcore cache ls --sort = na" >"$OUT" 2>"$ERR" </dev/null
  silent
  gives 'complete -F _hfcore hfcore' download name name:asc name:desc
else
  skip 'there is no bash-completion'
fi

it 'at the keyboard'
cat >"$WORK/rc" <<END
PS1='ready\$ '
unset HISTFILE
. '$SCRIPTS/hfcore.bash'
$SHOW
complete -F _hfcore show
END
if open_terminal bash --noprofile --rcfile "$WORK/rc" -i
then
  typed down download
  typed 'cache ls --sort=accessed:d' cache ls --sort=accessed:desc
  typed 'download gp' download gpt2
  typed 'download org/m --revision=fe' download org/m --revision=feature/x
  typed 'download hf://org/m@ma' download hf://org/m@main
  typed 'download hf://org/m@main/art/o' download hf://org/m@main/art/one.txt
  typed 'download org/m "art"/d' download org/m art/deep/
  typed 'download org/m ar' download org/m art/
  typed 'download org/odd \$\(' download org/odd '$(pwn)'
  typed "download org/odd '\$(" download org/odd '$(pwn)'
  typed 'download org/odd "\$(p' download org/odd '$(pwn)'
  typed 'download org/odd "\`' download org/odd '`pwn`'
  typed 'download org/odd \;p' download org/odd ';pwn'
  typed 'download org/odd two' download org/odd 'two words'
  typed 'download org/odd it' download org/odd "it's"
  typed 'download org/odd \~' download org/odd '~'
  typed 'download org/odd k' download org/odd k=v
  typed 'download org/odd "k' download org/odd k=v
  typed 'cache rm model/org/\$' cache rm 'model/org/$(pwn)'
fi
finish
