# SPDX-License-Identifier: Apache-2.0
# functions.sh: what the library exports = its symbol map = what hfcore.h declares = what section 3
# describes, prototype by prototype; and so for structs, constants and the ops of a plugin.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

include=$top_srcdir/include/hfcore

# A header without comments and line ends, and without lines for the preprocessor unless it has `#define`s
# that are wanted.
bare ()
{
  sed -e 's:\\$::' "$@" | tr '\n' ' ' | sed -e 's:/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/: :g' | tr -s ' '
}

# ---- functions ----

prototypes=$(sed '/^#/d' "$include/hfcore.h" | bare | grep -oE 'HFCORE_API [^;]*;' | sed 's/^HFCORE_API //' \
  | tr -d ' ;')
some prototypes "$prototypes"
# .Ft, .Fo or .Fn, .Fa, .Fc of the SYNOPSIS, put together.
documented=$(for page in "$MAN"/*.3
  do
    section "$page" Sh SYNOPSIS | awk '
      function bare (text) { gsub (/"/, "", text); return text }
      /^\.Ft / { type = substr ($0, 5) }
      /^\.Fn / { rest = substr ($0, 5); name = rest; sub (/ .*/, "", name)
                 sub (/^[^ ]* */, "", rest); gsub (/" "/, ",", rest)
                 print bare (type " " name "(" rest ")") }
      /^\.Fo / { name = substr ($0, 5); list = ""; open = 1 }
      /^\.Fa / && open { list = list (list ? "," : "") substr ($0, 5) }
      /^\.Fc/ { print bare (type " " name "(" list ")"); open = 0 }'
  done | tr -d ' ')
same 'prototypes' hfcore.h "$prototypes" 'section 3' "$documented"

declared=$(sed -E 's/^[^(]*(\*|int|void|uint64_t)(hfcore_[a-z_]+)\(.*/\2/' <<<"$prototypes")
mapped=$(sed -n 's/^ *\(hfcore_[a-z_]*\);$/\1/p' "$top_srcdir/core/lib/libhfcore.map")
same 'functions' hfcore.h "$declared" libhfcore.map "$mapped"
library=$top_builddir/.libs/libhfcore.so
if command -v nm >/dev/null && test -e "$library"
then
  same 'functions' libhfcore.so \
    "$(nm -D --defined-only "$library" | awk '$2 ~ /^[TDBRVW]$/ { sub (/@.*/, "", $3); print $3 }')" \
    libhfcore.map "$mapped"
fi
same 'functions' hfcore.h "$declared" 'NAME of section 3' \
  "$(for page in "$MAN"/hfcore_*.3
     do
       section "$page" Sh NAME | sed -n 's/^\.Nm \([^ ]*\).*/\1/p'
     done | grep -vxE 'hfcore_(assets|config|download|holdings|plugin)' )"

# ---- structs, constants, ops ----

# struct_members HEADER: "struct hfcore_event kind", a line each.
struct_members ()
{
  bare "$1" | grep -oE 'struct hfcore_[a-z_]+ \{[^}]*\}' | while read -r text
  do
    name=${text#struct }
    name=${name%% *}
    text=${text#*\{}
    # A pointer to a function has its name before its arguments.
    tr ';' '\n' <<<"${text%\}}" | sed -e 's/(\*\([a-z_]*\)).*/ \1/' -e 's/\[[^]]*\]//' \
      -e 's/,/\n/g' | sed -E 's/.*[ *]([a-z_0-9]+) *$/\1/' | grep -E '^[a-z_0-9]+$' \
      | grep -vxE 'size|reserved|reserved_too' | sed "s/^/$name /"
  done
}

# ".It Fa kind" below ".Ss struct hfcore_event", or ".It Fn stat" of ops.
written_members ()
{
  cat "$@" | awk '
    /^\.S[hs] / { name = $2 == "struct" ? $3 : "" }
    name && /^\.It F[an] / {
      for (i = 3; i <= NF && $i != "Pq"; i++)
        if ($i != "," && $i != "Fa" && $i != "Fn")
          print name, $i
    }'
}

same 'members of structs' hfcore.h \
  "$(struct_members "$include/hfcore.h"; struct_members "$include/types.h" | grep -v '^hfcore_repo ')" \
  'section 3' "$(written_members "$MAN"/libhfcore.3 "$MAN"/hfcore_*.3)"
same 'members of structs' plugin.h \
  "$(struct_members "$include/plugin.h"; struct_members "$include/types.h" | grep '^hfcore_repo ')" \
  hfcore-plugin.3 "$(written_members "$MAN/hfcore-plugin.3" | grep -v '^hfcore_error ')"

# ---- programs ----

compiler=${CC:-cc}
programs=0
for page in "$MAN"/*.3
do
  rm -f "$WORK"/program.*
  awk -v to="$WORK/program." '
    /^\.Bd -literal/ { inside = 1; text = ""; next }
    /^\.Ed/ && inside { inside = 0; if (text ~ /\nmain \(/ && ++count) printf "%s", text > (to count) }
    inside { text = text $0 "\n" }' "$page"
  for program in "$WORK"/program.*
  do
    test -e "$program" || continue
    programs=$((programs + 1))
    checks=$((checks + 1))
    plain <"$program" >"$WORK/checked.c"
    # shellcheck disable=SC2086 # a compiler may have options
    command -v ${compiler%% *} >/dev/null || continue
    $compiler -std=c17 -Wall -Wextra -Werror -fsyntax-only -I"$top_srcdir/include" "$WORK/checked.c" \
      || wrong "${page##*/}: its program does not compile"
  done
done
some 'programs in pages' "${programs#0}"

constants ()
{
  bare "$@" | grep -oE '\<HFCORE_[A-Z0-9_]+\>' | sort -u \
    | grep -vxE 'HFCORE_(H|TYPES_H|PLUGIN_H|API|BUILD|PRINTF|[A-Z]*_H|PLUGIN_EXPORT)'
}
written_constants ()
{
  cat "$@" | grep -v '^\.Dt ' | plain | grep -oE '\<HFCORE_[A-Z0-9_]+\>' | sort -u \
    | grep -vxE 'HFCORE_(CONFIG|PLUGIN_PATH|E_|OPTION_|LOG_|MISSING_|[A-Z]+_)'
}
same 'constants' 'the headers' "$(constants "$include"/hfcore.h "$include"/types.h "$include"/plugin.h)" \
  'section 3' "$(written_constants "$MAN"/*.3)"
finish
