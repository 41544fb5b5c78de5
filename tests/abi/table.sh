#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# table.sh FOLDER: all that FOLDER/hfcore/*.h promise, with its numbers, as test_offsets.c reads it.
# $ABI_CC compiles. For a release: sh table.sh 1.1 >1.1/table.inc
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/hfcore-table.XXXXXX")
trap 'rm -rf "$work"' EXIT
{
  printf '#include <stdio.h>\n#include <hfcore/plugin.h>\n#include <hfcore/hfcore.h>\n'
  printf 'int main (void)\n{\n'
  awk -f "$here/declarations.awk" "$1/hfcore/types.h" "$1/hfcore/plugin.h" "$1/hfcore/hfcore.h" |
    awk '
      function rest(n,    text, i) { text = $n; for (i = n + 1; i <= NF; i++) text = text " " $i; return text }
      $1 == "STRUCT" { printf "puts (\"\"); printf (\"STRUCT (%s, %%zu)\\n\", sizeof (struct %s));\n", $2, $2 }
      $1 == "MEMBER" {
        printf "printf (\"MEMBER (%s, %s, %%zu, %%zu, %s)\\n\", offsetof (struct %s, %s), " \
          "sizeof ((struct %s *) 0)->%s);\n", $2, $3, rest(4), $2, $3, $2, $3
      }
      # Unsigned ones from 2^31 on are written so.
      $1 == "CONSTANT" {
        printf "printf ((%s) > 2147483647ULL && (%s) > 0 ? \"CONSTANT (%s, %%lluU)\\n\" : " \
          "\"CONSTANT (%s, %%lld)\\n\", (long long) (%s));\n", $2, $2, $2, $2, $2
      }
      $1 == "TEXT" { printf "puts (\"TEXT (%s, \\\"\" %s \"\\\")\");\n", $2, $2 }
      $1 == "FUNCTION" { printf "puts (\"FUNCTION (%s, %s)\");\n", $2, rest(3) }'
  printf '}\n'
} >"$work/table.c"
# shellcheck disable=SC2086 # a compiler may have options
${ABI_CC:-cc} -w -I"$1" -o "$work/table" "$work/table.c"
printf '/* SPDX-License-Identifier: Apache-2.0 */\n'
printf '/* Made by table.sh from the headers of a release, for LP64. Never changed after it. */\n'
"$work/table"
