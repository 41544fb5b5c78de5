/* SPDX-License-Identifier: Apache-2.0 */
/* test_offsets.c: does a header still promise what the table of a release says, LP64? It need not
 * run: offsets.sh compiles it, with -DTABLE=… and the folder of the headers. More members at the
 * end of a struct and more constants and functions pass; all else fails with its name.  */
#include <hfcore/hfcore.h>
#include <hfcore/plugin.h>

#define SAME(condition, what) _Static_assert(condition, what);

#define STRUCT(name, bytes)                                                                        \
  SAME (sizeof (struct name) >= (bytes), "struct " #name " is shorter than " #bytes)
#define MEMBER(owner, name, at, bytes, ...)                                                        \
  SAME (offsetof (struct owner, name) == (at), #owner "." #name " is not at " #at)                 \
  SAME (sizeof ((struct owner *) 0)->name == (bytes), #owner "." #name " has not " #bytes)         \
  SAME (__builtin_types_compatible_p (__typeof__ (((struct owner *) 0)->name), __VA_ARGS__),       \
        #owner "." #name " is no " #__VA_ARGS__)
#define CONSTANT(name, value) SAME ((name) == (value), #name " is not " #value)
#define TEXT(name, text)                                                                           \
  SAME (sizeof (name) == sizeof (text) && __builtin_strcmp (name, text) == 0,                      \
        #name " is not " #text)
#define FUNCTION(name, ...)                                                                        \
  SAME (__builtin_types_compatible_p (__typeof__ (name), __VA_ARGS__), #name " is "                \
                                                                             "no " #__VA_ARGS__)

#ifndef __LP64__
#  error "the tables are for LP64"
#endif
#include TABLE

int
main (void)
{
  return 0;
}
