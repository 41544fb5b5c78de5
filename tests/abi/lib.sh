# SPDX-License-Identifier: Apache-2.0
# lib.sh: what the scripts of tests/abi share: the releases whose promises are kept, and a compiler.
# Sourced after tests/cli/lib.sh, or alone.
# shellcheck shell=bash

ABI=$top_srcdir/tests/abi
# Oldest first. A release adds a folder.
RELEASES=$(cd "$ABI" && printf '%s\n' [0-9]*.[0-9]* | sort -t. -k1,1n -k2,2n)
NEWEST=${RELEASES##*$'\n'}
# make says what hfcore is built with; sanitizers are a part of it.
: "${ABI_CC:=${CC:-cc}}"
export ABI_CC

have_compiler ()
{
  command -v "${ABI_CC%% *}" >/dev/null
}

# compiler ARGUMENT…
compiler ()
{
  # shellcheck disable=SC2086 # a compiler may have options
  $ABI_CC "$@"
}

# ---- changes of headers, and what each is ----

# Each line: NAME|FILE|EDIT|what test_offsets.c says, or "additions.awk" has to say. The first are
# compatible. All are edits of hfcore/FILE by sed -E.
COMPATIBLE='
a comment|plugin.h|s/bytes; /octets; /
a member at the end|plugin.h|/^struct hfcore_option$/,/^};/s/^\};/  const char *unit;\n};/
an op at the end|plugin.h|/^struct hfcore_storage_ops$/,/^};/s/^\};/  int (*newer) (void *self);\n};/
a function|hfcore.h|s/^HFCORE_API void hfcore_cancel/HFCORE_API void hfcore_newer (struct hfcore *cache);\n&/
a code|types.h|s/^  HFCORE_E_IO = -14/  HFCORE_E_NEWER = -15,\n&/
'
INCOMPATIBLE='
a function is gone|hfcore.h|/^HFCORE_API void hfcore_cancel/d|hfcore_cancel
a function has another argument|hfcore.h|s/hfcore_cancel \(struct hfcore \*cache\)/hfcore_cancel (struct hfcore *cache, int how)/|hfcore_cancel
a function returns something else|hfcore.h|s/^HFCORE_API void hfcore_cancel/HFCORE_API int hfcore_cancel/|hfcore_cancel
a member is gone|types.h|/^  int32_t os_errno;/d|os_errno
two members changed places|plugin.h|/^struct hfcore_read$/,/^};/{s/^  uint64_t offset;/  uint64_t swapped;/;s/^  uint64_t length;/  uint64_t offset;/;s/^  uint64_t swapped;/  uint64_t length;/}|offset
a member came in between|plugin.h|s/^  int \(\*write\) \(void \*self/  void (*newer) (void *self);\n&/|hfcore_storage_ops.write
a member is larger|plugin.h|s/^  int32_t threads;/  int64_t threads;/|threads
a member has another sign|plugin.h|s/^  uint64_t bytes;/  int64_t bytes;/|hfcore_asset.bytes
a member is of another type|hfcore.h|s/^  int64_t used_ns;/  double used_ns;/|used_ns
an op has another argument|plugin.h|s/(int \(\*stat\) \(void \*self), /\1, int how, /|stat
a text is shorter|types.h|s/origin\[64\]/origin[32]/|origin
'
CONSTANT_CHANGES='
a constant has another value|plugin.h|s/HFCORE_OPTION_URL = 7/HFCORE_OPTION_URL = 8/|HFCORE_OPTION_URL
a constant is gone|types.h|/^  HFCORE_E_BUSY/d|HFCORE_E_BUSY
another major|plugin.h|s/ABI_MAJOR 1/ABI_MAJOR 2/|HFCORE_ABI_MAJOR
another symbol|plugin.h|s/"hfcore_plugin_v1"/"hfcore_plugin_v2"/|HFCORE_PLUGIN_SYMBOL
'

# change FROM TO FILE EDIT: a copy of the headers of FROM, edited; fails when nothing has changed.
change ()
{
  rm -rf "$2"
  mkdir -p "$2/hfcore"
  cp "$1/hfcore/"{types,plugin,hfcore}.h "$2/hfcore/" && chmod u+w "$2/hfcore/"* &&
    sed -E -i -e "$4" "$2/hfcore/$3" && ! cmp -s "$1/hfcore/$3" "$2/hfcore/$3"
}

# keeps HEADERS TABLE: is all in HEADERS that the table tells? $WORK/compiler says what is not.
keeps ()
{
  compiler -std=gnu17 -Wall -Wextra -Werror -fsyntax-only -I"$1" -DTABLE="\"$2\"" \
    "$ABI/test_offsets.c" >"$WORK/compiler" 2>&1
}

# adds_well THEN NOW: of two tables, what is new may not lie in what was padding, and keeps the rules
# of hfcore/types.h. Prints what does not.
adds_well ()
{
  awk -f "$ABI/additions.awk" "$1" "$2"
}
