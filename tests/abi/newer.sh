#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# newer.sh FROM TO: the headers of FROM/hfcore as a later release may have them, in TO/hfcore: every
# struct has grown at its end; a higher minor, new constants, a new function.
set -eu
mkdir -p "$2/hfcore"
for header in types plugin hfcore
do
  awk -v header="$header" '
    { line[NR] = $0 }
    /^struct [a-z_]+$/ { name = $2 }
    /^#define HFCORE_ABI_MINOR / { line[NR] = "#define HFCORE_ABI_MINOR " $3 + 100 }
    /^};/ && name {
      line[NR] = "  uint64_t newer_number;\n  const char *newer_text;\n  int (*newer_op) (void *self);\n" $0
      name = ""
    }
    /^#endif$/ { last = NR }
    END {
      added["types"] = "enum { HFCORE_LOG_NEWER = 4, HFCORE_E_NEWER = -99 };\n"
      added["plugin"] = "enum { HFCORE_OPTION_NEWER = 99, HFCORE_OPTION_NEWER_FLAG = 1 << 30 };\n" \
        "enum { HFCORE_NEWER_CAP = 1 << 30 };\n"
      added["hfcore"] = "HFCORE_API int hfcore_newer (struct hfcore *cache);\n"
      for (i = 1; i <= NR; i++)
        print (i == last ? added[header] : "") line[i]
    }' "$1/hfcore/$header.h" >"$2/hfcore/$header.h"
done
