# SPDX-License-Identifier: Apache-2.0
# options.sh: the commands and options of the pages are those of --help and of the code, with the
# same names and operands.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Options of a help text's part that begins with the line $1: "f filter EXPR", a line each.
helped ()
{
  awk -v title="$1" '
    $0 == title ":" { inside = 1; next }
    inside && /^$/ { exit }
    inside && /^  (-.,|    --)/ {
      line = $0
      sub (/^ +/, "", line)
      # The explanation stands two columns further on, or on the next line.
      sub (/  .*/, "", line)
      gsub (/,/, "", line)
      gsub (/(^| )--?/, " ", line)
      sub (/^ +/, "", line)
      print line
    }'
}

# The same of .It lines of a page: ".It Fl f , Fl -filter Ar EXPR".
written ()
{
  sed -n 's/^\.It \(Fl .*\)/\1/p' | sed -e 's/\<Fl -\{0,1\}//g' -e 's/\<Ar //g' -e 's/ , / /g'
}

overview=$("$HFCORE" --help)
commands=$(awk '$0 == "Commands:" { inside = 1; next }
  inside && /^$/ { exit }
  inside && /^  [a-z]/ { sub (/^  /, ""); sub (/  .*/, ""); print }' <<<"$overview")
some commands "$commands"
# Of two words, where the summary follows after one blank.
table=$(awk '/^static const struct command commands\[\]/ { inside = 1 }
  inside && /^};/ { exit }
  inside && match ($0, /^  \{ "[^"]+"/) { print substr ($0, 6, RLENGTH - 6) }' \
  "$top_srcdir/core/cli/command_table.c")
some 'commands of the code' "$table"
same 'commands' command_table.c "$table" --help "$commands"

common=$(helped 'Options, before or after the command' <<<"$overview")
some 'common options' "$common"
same 'common options' hfcore.1 "$(section "$MAN/hfcore.1" Sh OPTIONS | written)" \
  --help "$common
version"

while read -r command
do
  page=$MAN/hfcore-${command%% *}.1
  if ! test -e "$page"
  then
    wrong "$command: there is no page ${page##*/}"
    continue
  fi
  help=$("$HFCORE" $command --help) || wrong "hfcore $command --help fails"
  part=$(section "$page" Sh OPTIONS)
  # A page of several commands has a part for each; `cache list` is another name of `cache ls`.
  test "${command#* }" = "$command" \
    || part=$(section "$page" Ss "hfcore ${command/%cache list/cache ls}")
  test -n "$part" -o "${command#* }" = "$command" \
    || wrong "$command: ${page##*/} has no part '.Ss hfcore $command'"
  same "$command" "${page##*/}" "$(written <<<"$part")" --help "$(helped Options <<<"$help")"
  same "$command: common options" --help "$(helped 'Common options' <<<"$help")" hfcore.1 "$common"
  # What its usage line asks for is explained.
  for operand in $(sed -n "1s/^Usage: hfcore $command \[OPTION\]\.\.\.//p" <<<"$help" | tr -d '[].')
  do
    grep -q "Ar $operand\>" "$page" || wrong "$command: ${page##*/} does not tell of $operand"
  done
done <<<"$commands"

# The page of a command that is no more.
for page in "$MAN"/hfcore-*.1
do
  name=${page##*/hfcore-}
  grep -qE "^${name%.1}( |\$)" <<<"$commands" || wrong "${page##*/}: there is no such command"
  grep -q "^\.Xr hfcore-${name%.1} 1" "$MAN/hfcore.1" || wrong "hfcore.1 does not name ${page##*/}"
done

# Options that the code has, reached by --help or not.
rows=$(tr -s ' \n\\' ' ' <"$top_srcdir/core/cli/command_table.c" \
  | grep -oE '"[a-z-]+", ("[a-z-]+"|NULL), [^,]+, OPTION_' | grep -oE '^"[a-z-]+"' | tr -d '"')
some 'options of the code' "$rows"
same 'options' command_table.c "$rows" 'the pages' \
  "$(cat "$MAN"/hfcore*.1 | sed -n 's/^\.It \(Fl .*\)/\1/p' | sed 's/^Fl [^-][^ ]* , //' \
    | sed 's/^Fl -\([^ ]*\).*/\1/')"

# Variables that the command tells of in a bug report, and how it ends.
same 'variables' cmd_env.c \
  "$(grep -oE '\{ "[A-Za-z_]+", VALUE_' "$top_srcdir/core/cli/cmd_env.c" | cut -d '"' -f 2)
HOME
NO_COLOR
COLUMNS
TERM
TMPDIR" hfcore.1 "$(section "$MAN/hfcore.1" Sh ENVIRONMENT | sed -n 's/^\.It Ev \(.*\)/\1/p' \
  | sed 's/ , Ev /\n/g')"
same 'exit codes' output.h \
  "$(sed -n 's/^  STATUS_[A-Z]* = \([0-9]*\).*/\1/p' "$top_srcdir/core/cli/output.h")" \
  hfcore.1 "$(section "$MAN/hfcore.1" Sh 'EXIT STATUS' | sed -n 's/^\.It \([0-9]*\)$/\1/p')"
finish
