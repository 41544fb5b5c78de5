/* SPDX-License-Identifier: Apache-2.0 */
/* test_archive.c: the entries of an archive: their order, their paths, and the one form of the
 * manifest. The archives themselves are tested end to end (tests/cli/export.sh, import.sh).  */
#include "core/engine/archive_manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include "tests/check.h"

#define COMMIT "1111111111111111111111111111111111111111"
#define OTHER  "2222222222222222222222222222222222222222"
#define ETAG   "95d09f2b10159347eece71399a7e2e907ea3df4f"
#define SHA256 "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
#define REPO   "models--org--name"

static struct archive archive;
static const char *why;

static void
add (enum archive_kind kind, const char *etag, const char *commit, const char *name,
     const char *sha256)
{
  struct archive_entry entry = { .kind = kind,
                                 .etag = etag,
                                 .commit = commit,
                                 .name = name,
                                 .sha256 = sha256,
                                 .length = kind == ARCHIVE_REF      ? 40
                                           : kind == ARCHIVE_ABSENT ? 0
                                                                    : 11 };
  CU_ASSERT_EQUAL (archive_add_repo (&archive, "model", "org/name", &entry.repo), 0);
  CU_ASSERT_EQUAL (archive_add (&archive, &entry), 0);
}

static void
fill (void)
{
  archive_free (&archive);
  add (ARCHIVE_REF, NULL, COMMIT, "main", NULL);
  add (ARCHIVE_TREE, NULL, COMMIT, NULL, SHA256);
  add (ARCHIVE_ABSENT, NULL, COMMIT, "no \"q\" \xc3\xa4.txt", NULL);
  add (ARCHIVE_FILE, ETAG, COMMIT, "sub/b.txt", NULL);
  add (ARCHIVE_FILE, "odd-etag", COMMIT, "a\\b.txt", NULL);
  add (ARCHIVE_BLOB, "odd-etag", NULL, NULL, SHA256);
  add (ARCHIVE_BLOB, ETAG, NULL, NULL, NULL);
  archive_sort (&archive);
}

static const char manifest_of_fill[]
    = "{\n \"format\": \"hfcore-export\",\n \"version\": 1,\n \"entries\": [\n"
      "  {\"path\": \"" REPO "/blobs/" ETAG "\", \"size\": 11},\n"
      "  {\"path\": \"" REPO "/blobs/odd-etag\", \"size\": 11, \"sha256\": \"" SHA256 "\"},\n"
      "  {\"path\": \"" REPO "/snapshots/" COMMIT
      "/a\\\\b.txt\", \"link\": \"../../blobs/odd-etag\"},\n"
      "  {\"path\": \"" REPO "/snapshots/" COMMIT "/sub/b.txt\", \"link\": \"../../../blobs/" ETAG
      "\"},\n"
      "  {\"path\": \"" REPO "/.no_exist/" COMMIT "/no \\\"q\\\" \xc3\xa4.txt\", \"size\": 0},\n"
      "  {\"path\": \"" REPO "/trees/" COMMIT ".json\", \"size\": 11, \"sha256\": \"" SHA256
      "\"},\n"
      "  {\"path\": \"" REPO "/refs/main\", \"size\": 40, \"commit\": \"" COMMIT "\"}\n"
      " ],\n \"needs\": [\n ]\n}\n";

/* The manifest of the archive, in a static buffer.  */
static const char *
print_manifest (void)
{
  static char bytes[1 << 16];
  struct text text = TEXT_LIMIT (sizeof bytes - 1);
  archive_manifest_write (&archive, &text);
  CU_ASSERT_FALSE (text.failed);
  snprintf (bytes, sizeof bytes, "%s", text.bytes ? text.bytes : "");
  text_free (&text);
  return bytes;
}

/* Read it `step` bytes at once, into an archive of its own, which becomes the archive.  */
static int
parse_manifest (const char *text, size_t step)
{
  struct archive read = { 0 };
  struct archive_manifest manifest = { .archive = &read };
  size_t len = strlen (text);
  int result = 0;
  for (size_t done = 0; result == 0 && done < len; done += step)
    result = archive_manifest_read (&manifest, text + done, len - done < step ? len - done : step);
  if (result == 0)
    result = archive_manifest_end (&manifest);
  why = manifest.why;
  archive_manifest_free (&manifest);
  archive_free (&archive);
  archive = read;
  return result;
}

static void
test_order (void)
{
  fill ();
  CHECK_STRING (print_manifest (), manifest_of_fill);
  const struct archive_entry *at;
  CHECK_STRING (archive_check (&archive, &at), NULL);
  struct archive_entry *blob = archive_find_blob (&archive, 0, ETAG);
  CU_ASSERT (blob && blob->length == 11);
  CU_ASSERT_PTR_NULL (archive_find_blob (&archive, 0, "other"));
  CU_ASSERT_PTR_NOT_NULL (archive_find_file (&archive, 0, COMMIT, "sub/b.txt"));
  CU_ASSERT_PTR_NULL (archive_find_file (&archive, 0, OTHER, "sub/b.txt"));
  CU_ASSERT_PTR_NULL (archive_find_file (&archive, 0, COMMIT, "sub"));
  size_t count = archive.entries.count;
  add (ARCHIVE_BLOB, ETAG, NULL, NULL, NULL);
  archive_unite (&archive);
  CU_ASSERT_EQUAL (archive.entries.count, count);
  struct hfcore_moved moved;
  archive_count (&archive, &moved);
  CU_ASSERT (moved.repos == 1 && moved.revisions == 1 && moved.refs == 1 && moved.files == 2
             && moved.blobs == 2 && moved.bytes == 22 && moved.blobs_known == 0);
  archive_free (&archive);
}

static void
test_manifest (void)
{
  static const size_t steps[] = { 1, 2, 7, 100, 100000 };
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    {
      CU_ASSERT_EQUAL (parse_manifest (manifest_of_fill, steps[i]), 0);
      CHECK_STRING (why, NULL);
      CHECK_STRING (print_manifest (), manifest_of_fill);
    }
  archive_find_blob (&archive, 0, ETAG)->is_needed = true;
  static char needs[1 << 16];
  snprintf (needs, sizeof needs, "%s", print_manifest ());
  CHECK_CONTAINS (needs,
                  " \"needs\": [\n  {\"path\": \"" REPO "/blobs/" ETAG "\", \"size\": 11}\n ]\n}");
  CU_ASSERT_EQUAL (parse_manifest (needs, 64), 0);
  CU_ASSERT (archive_find_blob (&archive, 0, ETAG)->is_needed);
  CU_ASSERT_FALSE (archive_find_blob (&archive, 0, "odd-etag")->is_needed);
  archive_free (&archive);
}

/* Whatever byte is another, it is refused, or it is another manifest that is right.  */
static void
test_other_bytes (void)
{
  static char text[sizeof manifest_of_fill];
  static const char others[] = "x\"{}[],\n\\/.0-\x01\xff";
  for (size_t at = 0; at < sizeof text - 1; at++)
    for (const char *other = others; *other; other++)
      {
        memcpy (text, manifest_of_fill, sizeof text);
        text[at] = *other;
        if (parse_manifest (text, 4096) == 0)
          CHECK_STRING (print_manifest (), text);
        else
          CU_ASSERT_PTR_NOT_NULL (why);
      }
  for (size_t len = 0; len < sizeof text - 2; len++)
    {
      memcpy (text, manifest_of_fill, sizeof text);
      text[len] = 0;
      CU_ASSERT_EQUAL (parse_manifest (text, 4096), -1);
    }
  archive_free (&archive);
}

static void
test_paths (void)
{
  static const char *const good[] = { REPO "/blobs/" ETAG,
                                      "datasets--a/snapshots/" COMMIT "/x",
                                      "spaces--a--b-c.d/.no_exist/" COMMIT "/d\xc3\xa4/x y",
                                      "kernels--a--b/trees/" COMMIT ".json",
                                      REPO "/refs/refs/pr/1",
                                      REPO "/snapshots/" COMMIT "/a\\b" };
  static const char *const bad[] = { "",
                                     "/",
                                     REPO,
                                     REPO "/",
                                     REPO "/blobs",
                                     REPO "/blobs/",
                                     REPO "/blobs/..",
                                     REPO "/blobs/a/b",
                                     REPO "/blobs/a.lock",
                                     REPO "/snapshots/" COMMIT,
                                     REPO "/snapshots/" COMMIT "/",
                                     REPO "/snapshots/" COMMIT "/..",
                                     REPO "/snapshots/" COMMIT "/a/../b",
                                     REPO "/snapshots/" COMMIT "//a",
                                     REPO "/snapshots/" COMMIT "x/a",
                                     REPO "/snapshots/main/a",
                                     REPO "/snapshots/" COMMIT "/\\a",
                                     REPO "/snapshots/" COMMIT "/a\nb",
                                     REPO "/snapshots/" COMMIT "/\xff",
                                     REPO "/trees/" COMMIT,
                                     REPO "/trees/" COMMIT ".jsonx",
                                     REPO "/trees/x.json",
                                     REPO "/refs/",
                                     REPO "/refs/../x",
                                     REPO "/refs/a\\b",
                                     REPO "/.locks/x",
                                     "models--/blobs/x",
                                     "models--org--a--b/blobs/x",
                                     "models--org--name.git/blobs/x",
                                     "models---org--name/blobs/x",
                                     "model--org--name/blobs/x",
                                     "others--org--name/blobs/x",
                                     "--org--name/blobs/x",
                                     "/models--org--name/blobs/x",
                                     "../models--org--name/blobs/x" };
  struct archive_entry entry;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    {
      struct text path = TEXT_LIMIT (4096);
      CHECK_STRING (archive_parse_path (&archive, good[i], &entry), NULL);
      entry.etag = entry.etag ? entry.etag : ETAG;
      archive_put_path (&archive, &entry, &path);
      CHECK_STRING (path.bytes, good[i]);
      text_free (&path);
    }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      if (!archive_parse_path (&archive, bad[i], &entry))
        fprintf (stderr, "taken: %s\n", bad[i]);
      CU_ASSERT_PTR_NOT_NULL (archive_parse_path (&archive, bad[i], &entry));
    }
  archive_free (&archive);
}

static void
test_targets (void)
{
  struct archive_entry entry;
  CHECK_STRING (archive_parse_path (&archive, REPO "/snapshots/" COMMIT "/a/b", &entry), NULL);
  CHECK_STRING (archive_parse_target (&archive, &entry, "../../../blobs/x"), "x");
  static const char *const bad[] = { "../../blobs/x",
                                     "../../../../blobs/x",
                                     "../../../blobs/",
                                     "../../../blobs/..",
                                     "../../../blobs/y/x",
                                     "../../../blobs//x",
                                     "../.././../blobs/x",
                                     "/blobs/x",
                                     "x",
                                     "" };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    CU_ASSERT_PTR_NULL (archive_parse_target (&archive, &entry, bad[i]));
  archive_free (&archive);
}

static void
check_refused (const char *part)
{
  const struct archive_entry *at;
  archive_sort (&archive);
  CHECK_CONTAINS (archive_check (&archive, &at), part);
  CU_ASSERT_PTR_NOT_NULL (at);
  fill ();
}

static void
test_sense (void)
{
  fill ();
  add (ARCHIVE_FILE, "missing", COMMIT, "c.txt", NULL);
  check_refused ("blob is missing");
  add (ARCHIVE_BLOB, "unused", NULL, NULL, NULL);
  check_refused ("no file is this blob");
  add (ARCHIVE_REF, NULL, COMMIT, "main", NULL);
  check_refused ("twice");
  add (ARCHIVE_REF, NULL, OTHER, "other", NULL);
  check_refused ("no files");
  add (ARCHIVE_TREE, NULL, OTHER, NULL, SHA256);
  check_refused ("no files");
  add (ARCHIVE_ABSENT, NULL, COMMIT, "sub/b.txt", NULL);
  check_refused ("has this file");
  add (ARCHIVE_FILE, ETAG, COMMIT, "sub", NULL);
  add (ARCHIVE_FILE, ETAG, COMMIT, "sub-", NULL);
  check_refused ("within a file");
  add (ARCHIVE_REF, NULL, COMMIT, "main/x/y", NULL);
  check_refused ("within a file");
  archive_free (&archive);
}

CHECK_MAIN ("archive", { "order", test_order }, { "manifest", test_manifest },
            { "other bytes", test_other_bytes }, { "paths", test_paths },
            { "targets", test_targets }, { "sense", test_sense })
