/* SPDX-License-Identifier: Apache-2.0 */
/* test_pin.c: names of what is never to be freed.  */
#include "core/util/pin.h"

#include "tests/check.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static const char *const refs[] = { "main", "refs/pr/1" };

static bool
names (const char *pin, const char *type, const char *id)
{
  return pin_names (pin, type, id, COMMIT, refs, 2);
}

static void
test_repositories (void)
{
  CU_ASSERT_TRUE (names ("org/name", "model", "org/name"));
  CU_ASSERT_TRUE (names ("Org/Name", "dataset", "org/name"));
  CU_ASSERT_TRUE (names ("gpt2", "model", "gpt2"));
  CU_ASSERT_TRUE (names ("hf://org/name", "model", "org/name"));
  CU_ASSERT_FALSE (names ("org/name", "model", "org/names"));
  CU_ASSERT_FALSE (names ("org", "model", "org/name"));
  CU_ASSERT_FALSE (names ("name", "model", "org/name"));
}

static void
test_types (void)
{
  CU_ASSERT_TRUE (names ("dataset/org/name", "dataset", "org/name"));
  CU_ASSERT_TRUE (names ("datasets/org/name", "dataset", "org/name"));
  CU_ASSERT_TRUE (names ("hf://models/gpt2", "model", "gpt2"));
  CU_ASSERT_FALSE (names ("datasets/org/name", "model", "org/name"));
  /* Of a user who is called "models", or a type: both.  */
  CU_ASSERT_TRUE (names ("models/gpt2", "model", "models/gpt2"));
  CU_ASSERT_TRUE (names ("models/gpt2", "model", "gpt2"));
}

static void
test_revisions (void)
{
  CU_ASSERT_TRUE (names ("gpt2@main", "model", "gpt2"));
  CU_ASSERT_TRUE (names ("gpt2@refs/pr/1", "model", "gpt2"));
  CU_ASSERT_TRUE (names ("gpt2@" COMMIT, "model", "gpt2"));
  CU_ASSERT_FALSE (names ("gpt2@0123AB", "model", "gpt2"));
  CU_ASSERT_TRUE (names ("gpt2@01234567", "model", "gpt2"));
  CU_ASSERT_TRUE (names ("gpt2@0123456789ABCDEF", "model", "gpt2"));
  CU_ASSERT_FALSE (names ("gpt2@012", "model", "gpt2"));
  CU_ASSERT_FALSE (names ("gpt2@Main", "model", "gpt2"));
  CU_ASSERT_FALSE (names ("gpt2@dev", "model", "gpt2"));
}

static void
test_checked (void)
{
  static const char *const good[] = { "gpt2",
                                      "org/name",
                                      "models/org/name",
                                      "dataset/org/name",
                                      "hf://spaces/org/name",
                                      "org/name@v1.0",
                                      "org/name@refs/pr/1",
                                      ("org/name@" COMMIT) };
  static const char *const bad[] = { "",       "@main",     "org/name@", "org/name@../x", "a/b/c",
                                     "../etc", "org/na me", "hf://",     "org/" };
  char longest[400];
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    CU_ASSERT_PTR_NULL (pin_check (good[i]));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    CU_ASSERT_PTR_NOT_NULL (pin_check (bad[i]));
  memset (longest, 'a', sizeof longest - 1);
  longest[sizeof longest - 1] = 0;
  CU_ASSERT_PTR_NOT_NULL (pin_check (longest));
  CU_ASSERT_FALSE (names (longest, "model", longest));
}

CHECK_MAIN ("pin", { "repositories", test_repositories }, { "types", test_types },
            { "revisions", test_revisions }, { "checked", test_checked })
