#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# probe.sh FOLDER TO: a shared object that has each struct and each function of FOLDER/hfcore/*.h in
# its debug information, for abidiff. The functions do nothing. $ABI_CC compiles.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/hfcore-probe.XXXXXX")
trap 'rm -rf "$work"' EXIT
{
  printf '#include <hfcore/plugin.h>\n#include <hfcore/hfcore.h>\n'
  awk -f "$here/declarations.awk" "$1/hfcore/types.h" "$1/hfcore/plugin.h" "$1/hfcore/hfcore.h" |
    awk '
      $1 == "STRUCT" { print "unsigned long probe_" $2 " (const struct " $2 " *it) { return sizeof *it; }" }
      $1 == "FUNCTION" {
        text = $3
        for (i = 4; i <= NF; i++)
          text = text " " $i
        at = index (text, "(")
        print substr (text, 1, at - 1) " " $2 " " substr (text, at) \
          (text ~ /^void \(/ ? " { }" : " { return 0; }")
      }'
} >"$work/probe.c"
# shellcheck disable=SC2086 # a compiler may have options
${ABI_CC:-cc} -g -O0 -w -shared -fPIC -I"$1" -o "$2" "$work/probe.c"
