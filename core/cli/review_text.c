/* SPDX-License-Identifier: Apache-2.0 */
/* review_text.c: see review_text.h.  */
#include "core/cli/review_text.h"

#include <stdlib.h>
#include <string.h>
#include "core/util/python_text.h"

#define KILL_SWITCH "CANCEL_DELETION"

static const char instructions[]
    = "# INSTRUCTIONS\n"
      "# ------------\n"
      "# This is a temporary file created by running `huggingface-cli delete-cache` with the\n"
      "# `--disable-tui` option. It contains a set of revisions that can be deleted from your\n"
      "# local cache directory.\n"
      "#\n"
      "# Please manually review the revisions you want to delete:\n"
      "#   - Revision hashes can be commented out with '#'.\n"
      "#   - Only non-commented revisions in this file will be deleted.\n"
      "#   - Revision hashes that are removed from this file are ignored as well.\n"
      "#   - If `" KILL_SWITCH "` line is uncommented, the all cache deletion is cancelled and\n"
      "#     no changes will be applied.\n"
      "#\n"
      "# Once you've manually reviewed this file, please confirm deletion in the terminal. This\n"
      "# file will be automatically removed once done.\n"
      "# ------------\n"
      "\n"
      "# KILL SWITCH\n"
      "# ------------\n"
      "# Un-comment following line to completely cancel the deletion process\n"
      "# " KILL_SWITCH "\n"
      "# ------------\n"
      "\n"
      "# REVISIONS\n"
      "# ------------";

void
review_text_add (struct text *to, const struct revision_list *list)
{
  text_add (to, instructions);
  for (size_t i = 0; i < list->repo_count; i++)
    {
      const struct listed_repo *repo = &list->repos[i];
      text_addf (to, "%s\n# %s", i ? "\n" : "", repo->heading);
      for (size_t j = repo->first; j < repo->first + repo->count; j++)
        {
          const struct listed_revision *revision = &list->revisions[j];
          text_addf (to, "\n#    %s # Refs: %s # modified %s", revision->commit, revision->refs,
                     revision->since);
        }
    }
}

/* ---- and back ---- */

/* A part of the text, of `len` bytes.  */
struct words
{
  const char *bytes;
  size_t len;
};

static bool
is_blank (char byte)
{
  return byte == ' ' || (byte >= '\t' && byte <= '\r') || (byte >= 0x1c && byte <= 0x1f);
}

static struct words
trim (const char *bytes, size_t len)
{
  while (len && is_blank (*bytes))
    bytes++, len--;
  while (len && is_blank (bytes[len - 1]))
    len--;
  return (struct words){ bytes, len };
}

static bool
is_same (struct words words, const char *text)
{
  return strlen (text) == words.len && memcmp (words.bytes, text, words.len) == 0;
}

/* The repository whose heading this line is; else `before`.  */
static const struct listed_repo *
heading_of (struct words line, const struct revision_list *list, const struct listed_repo *before)
{
  struct words name = trim (line.bytes + 1, line.len - 1);
  for (size_t i = 0; i < list->repo_count; i++)
    if (is_same (name, list->repos[i].heading))
      return &list->repos[i];
  return before;
}

/* By commit, then as they are listed; what is looked for has no `repo`.  */
struct entry
{
  struct words commit;
  const struct listed_revision *revision;
};

static int
by_commit (const void *a_, const void *b_)
{
  const struct entry *a = a_, *b = b_;
  size_t len = a->commit.len < b->commit.len ? a->commit.len : b->commit.len;
  int order = memcmp (a->commit.bytes, b->commit.bytes, len);
  if (!order)
    order = (a->commit.len > b->commit.len) - (a->commit.len < b->commit.len);
  if (!order && a->revision && b->revision)
    order = (a->revision > b->revision) - (a->revision < b->revision);
  return order;
}

static struct entry *
make_index (const struct revision_list *list)
{
  struct entry *index = calloc (list->count + 1, sizeof *index);
  for (size_t i = 0; index && i < list->count; i++)
    {
      const struct listed_revision *revision = &list->revisions[i];
      index[i] = (struct entry){ { revision->commit, strlen (revision->commit) }, revision };
    }
  if (index)
    qsort (index, list->count, sizeof *index, by_commit);
  return index;
}

/* The revision of this hash, of `repo` if it has it; NULL: none.  */
static const struct listed_revision *
find (const struct entry *index, const struct revision_list *list, struct words commit,
      const struct listed_repo *repo)
{
  const struct entry key = { .commit = commit };
  const struct entry *end = index + list->count;
  const struct entry *found = bsearch (&key, index, list->count, sizeof key, by_commit);
  if (!found)
    return NULL;
  while (found > index && by_commit (&key, found - 1) == 0)
    found--;
  for (const struct entry *other = found; other < end && by_commit (&key, other) == 0; other++)
    if (repo && &list->repos[other->revision->repo] == repo)
      return other->revision;
  return found->revision;
}

static void
add_unknown (struct review *review, struct words words)
{
  CLEANUP_TEXT struct text name = TEXT_LIMIT ((size_t) 1 << 26);
  text_append (&name, words.bytes, words.len);
  text_add (&review->unknown, review->unknown.len ? ", " : "");
  if (name.bytes)
    python_text_add_printable (&review->unknown, name.bytes);
  review->unknown.failed |= name.failed;
}

int
review_text_read (const char *bytes, size_t len, const struct revision_list *list,
                  struct review *review)
{
  static const char mark[] = "\xef\xbb\xbf"; /* which some editors put before the first line  */
  const struct listed_repo *repo = NULL;
  *review = (struct review){ .chosen = calloc (list->count + 1, 1),
                             .unknown = TEXT_LIMIT ((size_t) 1 << 26) };
  struct entry *index = make_index (list);
  size_t skipped = len >= 3 && memcmp (bytes, mark, 3) == 0 ? 3 : 0;
  const char *next = bytes + skipped, *end = bytes + len;
  while (review->chosen && index && next < end)
    {
      size_t whole = 0;
      while (next + whole < end && next[whole] != '\n' && next[whole] != '\r')
        whole++;
      struct words line = trim (next, whole);
      next += whole + (next + whole < end);
      if (line.len == 0)
        continue;
      if (*line.bytes == '#')
        {
          repo = heading_of (line, list, repo);
          continue;
        }
      const char *comment = memchr (line.bytes, '#', line.len);
      struct words entry = trim (line.bytes, comment ? (size_t) (comment - line.bytes) : line.len);
      const struct listed_revision *revision = find (index, list, entry, repo);
      review->count++;
      if (revision)
        review->chosen[revision->number] = 1;
      else if (is_same (entry, KILL_SWITCH))
        review->is_off = true;
      else
        add_unknown (review, entry);
    }
  int code = review->chosen && index && !review->unknown.failed ? HFCORE_OK : HFCORE_E_NOMEM;
  free (index);
  return code;
}

void
review_free (struct review *review)
{
  free (review->chosen);
  text_free (&review->unknown);
  *review = (struct review){ 0 };
}
