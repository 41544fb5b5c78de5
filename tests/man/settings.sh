# SPDX-License-Identifier: Apache-2.0
# settings.sh: the settings and the options of plugins, with their types and defaults, are those of
# the code; what the pages give as YAML is right.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The examples in the pages use them all.
test -z "${PLUGINS_OFF:-}" || { echo "# skipped: configured without$PLUGINS_OFF"; exit 77; }

# ".It Cm max-workers Pq integer , 8" as "max-workers integer 8".
written ()
{
  sed -n 's/^\.It Cm \(.*\)/\1/p' | sed -e 's/ Pq / /' -e 's/ , / /' | plain
}

yaml=$MAN/hfcore.yaml.5

# ---- settings ----

rows=$(tr -s ' \n' ' ' <"$top_srcdir/core/config/settings_table.c" \
  | grep -oE '\{ "[a-z-]+", ([A-Z]+|HFCORE_OPTION_[A-Z]+), [A-Z_0-9]+, ("[^"]*"|NULL), "' \
  | sed -e 's/^{ "//' -e 's/", /, /' -e 's/HFCORE_OPTION_LIST/list/' -e 's/, "$//' \
  | while IFS=', ' read -r key type _ fallback
    do
      case $type in
        INT) type=integer ;;
        BOOL) type=boolean ;;
        *) type=${type,,} ;;
      esac
      fallback=${fallback//\"/}
      test "$fallback" != NULL || fallback=unset
      echo "$key $type $fallback"
    done)
some 'settings of the code' "$rows"
documented=$(section "$yaml" Sh SETTINGS | written)
# Where these two are is worked out from the environment.
same settings settings_table.c "$(sed -E 's/^(home|token-path) path unset$/\1 path/' <<<"$rows")" \
  hfcore.yaml.5 "$(sed -E 's/^(home|token-path) path .*$/\1 path/' <<<"$documented")"
shown=$("$HFCORE" config show | sed -n 's/^\([a-z-]*\) *= .*/\1/p')
some 'settings shown' "$shown"
same 'keys of settings' 'config show' "$shown" hfcore.yaml.5 "$(cut -d ' ' -f 1 <<<"$documented")"
same 'keys of entries' settings_chains.c \
  "$(grep -oE 'strcmp \(node->key, "[a-z]+"\) == 0' "$top_srcdir/core/config/settings_chains.c" \
    | cut -d '"' -f 2 | grep -vxE 'assets|storage')" \
  hfcore.yaml.5 "$(section "$yaml" Sh 'STORAGE, TRANSPORT AND ASSETS' | written | cut -d ' ' -f 1)"

# Each setting's variables stand in its own paragraph.
while read -r key variables
do
  said=$(awk -v key="$key" '/^\.It Cm / { inside = $3 == key } inside' <<<"$(section "$yaml" Sh SETTINGS)")
  for variable in $variables
  do
    grep -q "^\.Ev $variable\>" <<<"$said" || wrong "hfcore.yaml.5: $key does not name $variable"
  done
done < <(tr -s ' \n' ' ' <"$top_srcdir/core/config/settings_table.c" | sed 's/{ \.option/\n&/g' \
  | sed -n 's/^{ \.option = { "\([a-z-]*\)".*\.variables = \(.*\)/\1 \2/p' \
  | sed -e 's/SETTINGS_READ_[A-Z_]*//g' -e 's/[^A-Za-z_ -]//g')

# ---- plugins ----

plugins=$("$HFCORE" plugin list -q)
some plugins "$plugins"
for plugin in $plugins
do
  page=$MAN/hfcore-$plugin.7
  if ! test -e "$page"
  then
    wrong "$plugin: there is no page hfcore-$plugin.7"
    continue
  fi
  options=$("$HFCORE" plugin show "$plugin" | awk '
    $1 == "OPTION" { type = index ($0, "TYPE"); value = index ($0, "DEFAULT"); help = index ($0, "HELP")
                     inside = 1; next }
    inside && /^$/ { exit }
    inside {
      # A column that is too wide pushes the next ones aside: two blanks end it.
      rest = substr ($0, value)
      gap = match (rest, /  /)
      print $1, $2, gap ? substr (rest, 1, gap - 1) : rest
    }' | sed -e 's/ (required)$/ required/' -e 's/ (unset)$/ unset/' -e 's/ (hidden)$/ hidden/')
  same "options of $plugin" 'plugin show' "$options" "hfcore-$plugin.7" \
    "$(section "$page" Sh OPTIONS | written)"
done
for page in "$MAN"/hfcore-*.7
do
  name=${page##*/hfcore-}
  name=${name%.7}
  grep -qx -- "$name" <<<"$plugins" || test "$name" = cache || test -d "$top_srcdir/plugins/$name" \
    || wrong "${page##*/}: there is no such plugin"
done

# ---- examples ----

# What an example takes from the reader's environment.
export HOUSE_TOKEN=hf_house USER=nobody
examples=0
for page in $PAGES
do
  rm -f "$WORK"/example.*
  # A literal block that begins like a mapping is YAML.
  awk -v to="$WORK/example." '
    /^\.Bd -literal/ { inside = 1; text = ""; next }
    /^\.Ed/ && inside {
      inside = 0
      first = text
      while (first ~ /^(#[^\n]*)?\n/)
        sub (/^[^\n]*\n/, "", first)
      if (first ~ /^[a-z-]+:[ \n]/ && ++count)
        printf "%s", text > (to count)
      next
    }
    inside { text = text $0 "\n" }' "$page"
  for example in "$WORK"/example.*
  do
    test -e "$example" || continue
    plain <"$example" >"$WORK/checked.yaml"
    for plugin in $(grep -oE 'plugin: *[a-z-]+' "$WORK/checked.yaml" | sed 's/.*: *//')
    do
      # One that is configured off, or that the reader writes: there is nothing to check it with.
      grep -qx -- "$plugin" <<<"$plugins" || continue 2
    done
    chmod 644 "$WORK/checked.yaml"
    examples=$((examples + 1))
    checks=$((checks + 1))
    said=$("$HFCORE" config check "$WORK/checked.yaml" 2>&1) || wrong "${page##*/}: $said"
  done
done
test "$examples" -ge 8 || wrong "only $examples examples of YAML were found in the pages"
finish
