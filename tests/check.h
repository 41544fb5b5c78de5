/* SPDX-License-Identifier: Apache-2.0 */
/* check.h: what every CUnit program here shares: a main, a fresh folder, string assertions.
 *
 *   static void test_it (void) { CU_ASSERT_EQUAL (1 + 1, 2); }
 *   CHECK_MAIN ("suite", { "adds", test_it }, { "subtracts", test_other })                       */
#ifndef HFCORE_TESTS_CHECK_H
#define HFCORE_TESTS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <CUnit/CUnit.h>

struct check_case
{
  const char *name;
  void (*run) (void);
};

/* Run the cases (those named in argv, or all); the exit status for main.  */
int check_main (const char *suite, const struct check_case *cases, size_t count, int argc,
                char **argv);

/* A fresh empty folder under $TMPDIR or /tmp, removed when the program ends. Static string, the
 * same during one case, another for the next.  */
const char *check_folder (void);
/* "FOLDER/name", in one of eight rotating static buffers.  */
const char *check_path (const char *name);
/* Write a file below check_folder (), parents made; returns its path as check_path does.  */
const char *check_write (const char *name, const char *text);
/* The content of a file (any path) in a static buffer of 1 MiB, or NULL.  */
const char *check_read (const char *path);

/* Was this plugin left out by configure?  */
bool check_plugin_off (const char *name);

#define CHECK_STRING(actual, expected)                                                             \
  do                                                                                               \
    {                                                                                              \
      const char *actual_ = (actual), *expected_ = (expected);                                     \
      int same_ = actual_ && expected_ ? strcmp (actual_, expected_) == 0 : actual_ == expected_;  \
      if (!same_)                                                                                  \
        check_show (__FILE__, __LINE__, actual_, expected_);                                       \
      CU_ASSERT (same_);                                                                           \
    }                                                                                              \
  while (0)
#define CHECK_CONTAINS(actual, part)                                                               \
  do                                                                                               \
    {                                                                                              \
      const char *actual_ = (actual), *part_ = (part);                                             \
      int holds_ = actual_ && strstr (actual_, part_);                                             \
      if (!holds_)                                                                                 \
        check_show (__FILE__, __LINE__, actual_, part_);                                           \
      CU_ASSERT (holds_);                                                                          \
    }                                                                                              \
  while (0)
void check_show (const char *file, int line, const char *actual, const char *expected);

#define CHECK_MAIN(suite, ...)                                                                     \
  int main (int argc, char **argv)                                                                 \
  {                                                                                                \
    static const struct check_case cases[] = { __VA_ARGS__ };                                      \
    return check_main (suite, cases, sizeof cases / sizeof *cases, argc, argv);                    \
  }

#endif
