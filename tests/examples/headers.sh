# SPDX-License-Identifier: Apache-2.0
# headers.sh: each public header alone, as pedantic C17 and as C++; and the examples, as every compiler
# here sees them: without a warning, and such that each function of libhfcore.map is called in one.
. "$(dirname "$0")/../cli/lib.sh"

cd "$WORK" || exit 1
compile ()
{
  what=$*
  "$@" >"$OUT" 2>&1 || wrong "$(head -c 700 "$OUT")"
  test ! -s "$OUT" || wrong "$(head -c 700 "$OUT")"
}
C_FLAGS=(-std=c17 -pedantic -Werror -Wall -Wextra -I"$top_srcdir/include")
CXX_FLAGS=(-std=c++17 -pedantic -Werror -Wall -I"$top_srcdir/include")
compilers=0

for compiler in gcc clang
do
  have "$compiler" || continue
  compilers=$((compilers + 1))
  for header in hfcore plugin types
  do
    it "$compiler: hfcore/$header.h alone, and twice, is C17"
    printf '#include <hfcore/%s.h>\n#include <hfcore/%s.h>\nextern int any;\n' \
      "$header" "$header" >"$header.c"
    compile "$compiler" "${C_FLAGS[@]}" -fsyntax-only "$header.c"
  done

  it "$compiler: the examples have no warnings"
  for source in "$top_srcdir"/plugins/examples/*.c
  do
    compile "$compiler" "${C_FLAGS[@]}" -Wshadow -Wcast-qual -O2 -fPIC -c "$source" -o module.o
  done
  for source in "$top_srcdir"/core/lib/examples/*.c
  do
    compile "$compiler" "${C_FLAGS[@]}" -Wshadow -O2 -c "$source" -o "$(basename "$source").o"
  done
done

for compiler in g++ clang++
do
  have "$compiler" || continue
  for header in hfcore plugin types
  do
    it "$compiler: hfcore/$header.h alone is C++"
    printf '#include <hfcore/%s.h>\nextern int any;\n' "$header" >"$header.cpp"
    compile "$compiler" "${CXX_FLAGS[@]}" -fsyntax-only -x c++ "$header.cpp"
  done
  # With a sanitizer's library only the compiler that made it links.
  ! grep -q '^SAN_FLAGS = .' "$top_builddir/Makefile" || continue
  it "$compiler: a program links"
  printf '#include <hfcore/hfcore.h>\nint main () { return !hfcore_version (); }\n' >version.cpp
  compile "$compiler" "${CXX_FLAGS[@]}" version.cpp -L"$top_builddir/.libs" -lhfcore -o version
  that env LD_LIBRARY_PATH="$top_builddir/.libs" ./version
done

test "$compilers" -gt 0 || skip_all 'neither gcc nor clang'

it 'each function of libhfcore.map is called in an example'
sed -n 's/^ *\(hfcore_[a-z_]*\);.*/\1/p' "$top_srcdir/core/lib/libhfcore.map" | sort >functions
nm -u ./*.c.o | sed -n 's/.* U \(hfcore_[a-z_]*\).*/\1/p' | sort -u >called
that test "$(wc -l <functions)" -ge 30
uncalled=$(comm -23 functions called)
test -z "$uncalled" || wrong "called in no example: $uncalled"

it 'an example of a plugin includes its header and the C library alone'
grep -hE '^# *include' "$top_srcdir"/plugins/examples/*.c >included
that test -s included
never grep -qvE '<(hfcore/plugin|[a-z]+|sys/[a-z]+)\.h>' included

finish
