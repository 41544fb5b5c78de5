/* SPDX-License-Identifier: Apache-2.0 */
/* revision_list.c: see revision_list.h.  */
#include "core/cli/revision_list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "core/cli/timesince.h"
#include "core/util/python_text.h"

enum
{
  NAME_MOST = 1 << 16,
  REFS_MOST = 1 << 20,
  NS_PER_MS = 1000000
};

#define PLACE(order) [ORDER_##order - ORDER_AS_0_26 - 1]
const char *const revision_order_names[ORDERS - ORDER_AS_0_26]
    = { PLACE (ALPHABETICAL) = "alphabetical", PLACE (LAST_UPDATED) = "lastUpdated",
        PLACE (LAST_USED) = "lastUsed", PLACE (SIZE) = "size" };

enum revision_order
revision_order_named (const char *name)
{
  if (!name)
    return ORDER_AS_0_26;
  int order = ORDER_AS_0_26 + 1;
  while (order < ORDERS && strcmp (revision_order_names[order - ORDER_AS_0_26 - 1], name) != 0)
    order++;
  return (enum revision_order) order;
}

/* ---- orders ---- */

/* A repository with where its revisions' numbers begin.  */
struct numbered
{
  const struct hfcore_scan_repo *repo;
  size_t first;
  int64_t updated_ns; /* of its newest revision, or its own  */
};

static int
compare (int64_t a, int64_t b)
{
  return (a > b) - (a < b);
}

static int
by_type (const struct numbered *a, const struct numbered *b)
{
  return strcmp (a->repo->repo_type, b->repo->repo_type);
}

/* What decides where an order does not.  */
static int
by_name (const void *a_, const void *b_)
{
  const struct numbered *a = a_, *b = b_;
  int order = by_type (a, b);
  if (!order)
    order = strcasecmp (a->repo->repo_id, b->repo->repo_id);
  if (!order)
    order = strcmp (a->repo->repo_id, b->repo->repo_id);
  return order ? order : (a->first > b->first) - (a->first < b->first);
}

static int
by_type_and_use (const void *a_, const void *b_)
{
  const struct numbered *a = a_, *b = b_;
  int order = by_type (a, b);
  if (!order)
    order = compare (a->repo->accessed_ns, b->repo->accessed_ns);
  return order ? order : by_name (a, b);
}

static int
by_update (const void *a_, const void *b_)
{
  const struct numbered *a = a_, *b = b_;
  int order = compare (b->updated_ns, a->updated_ns);
  return order ? order : by_name (a, b);
}

static int
by_use (const void *a_, const void *b_)
{
  const struct numbered *a = a_, *b = b_;
  int order = compare (b->repo->accessed_ns, a->repo->accessed_ns);
  return order ? order : by_name (a, b);
}

static int
by_size (const void *a_, const void *b_)
{
  const struct numbered *a = a_, *b = b_;
  int order = (b->repo->bytes > a->repo->bytes) - (b->repo->bytes < a->repo->bytes);
  return order ? order : by_name (a, b);
}

static int
by_age (const void *a_, const void *b_)
{
  const struct listed_revision *a = a_, *b = b_;
  int order = compare (a->from->modified_ns, b->from->modified_ns);
  return order ? order : strcmp (a->from->commit, b->from->commit);
}

/* ---- texts ---- */

static char *
printable (const char *name)
{
  struct text text = TEXT_LIMIT (NAME_MOST);
  text_add (&text, "");
  python_text_add_printable (&text, name);
  return text_take (&text);
}

static char *
join_refs (const struct hfcore_scan_revision *from)
{
  struct text text = TEXT_LIMIT (REFS_MOST);
  for (size_t i = 0; i < from->ref_count; i++)
    {
      text_add (&text, i ? ", " : "");
      python_text_add_printable (&text, from->refs[i]);
    }
  if (from->ref_count == 0)
    text_add (&text, "(detached)");
  return text_take (&text);
}

static int
add_revision (struct revision_list *list, size_t number, int64_t now_ms,
              const struct hfcore_scan_revision *from)
{
  struct listed_revision *made = &list->revisions[list->count++];
  *made = (struct listed_revision){ .number = number,
                                    .repo = list->repo_count - 1,
                                    .from = from,
                                    .commit = printable (from->commit),
                                    .refs = join_refs (from) };
  timesince_as_0_26 (made->since, sizeof made->since, from->modified_ns / NS_PER_MS, now_ms);
  return made->commit && made->refs ? HFCORE_OK : HFCORE_E_NOMEM;
}

static int
add_repo (struct revision_list *list, const struct numbered *numbered, int64_t now_ms)
{
  const struct hfcore_scan_repo *from = numbered->repo;
  struct listed_repo *made = &list->repos[list->repo_count++];
  struct text name = TEXT_LIMIT (NAME_MOST), heading = TEXT_LIMIT (NAME_MOST);
  char size[16], since[48];
  text_size (size, sizeof size, from->bytes);
  timesince_as_0_26 (since, sizeof since, from->accessed_ns / NS_PER_MS, now_ms);
  text_addf (&name, "%s/", from->repo_type);
  python_text_add_printable (&name, from->repo_id);
  text_addf (&heading, "%c%s ", toupper ((unsigned char) *from->repo_type),
             *from->repo_type ? from->repo_type + 1 : "");
  python_text_add_printable (&heading, from->repo_id);
  text_addf (&heading, " (%s, used %s)", size, since);
  *made = (struct listed_repo){ .from = from,
                                .name = text_take (&name),
                                .heading = text_take (&heading),
                                .first = list->count,
                                .count = from->revision_count };
  int code = made->name && made->heading ? HFCORE_OK : HFCORE_E_NOMEM;
  for (size_t i = 0; code == HFCORE_OK && i < from->revision_count; i++)
    code = add_revision (list, numbered->first + i, now_ms, from->revisions[i]);
  if (code == HFCORE_OK && made->count > 1)
    qsort (&list->revisions[made->first], made->count, sizeof *list->revisions, by_age);
  return code;
}

static int64_t
newest (const struct hfcore_scan_repo *repo)
{
  int64_t updated_ns = repo->revision_count ? INT64_MIN : repo->modified_ns;
  for (size_t i = 0; i < repo->revision_count; i++)
    if (repo->revisions[i]->modified_ns > updated_ns)
      updated_ns = repo->revisions[i]->modified_ns;
  return updated_ns;
}

int
revision_list_make (const struct hfcore_scan_repo *const *repos, size_t count,
                    enum revision_order order, int64_t now_ms, struct revision_list *list)
{
  static int (*const orders[ORDERS]) (const void *, const void *)
      = { [ORDER_AS_0_26] = by_type_and_use,
          [ORDER_ALPHABETICAL] = by_name,
          [ORDER_LAST_UPDATED] = by_update,
          [ORDER_LAST_USED] = by_use,
          [ORDER_SIZE] = by_size };
  size_t revisions = 0;
  struct numbered *sorted = calloc (count + 1, sizeof *sorted);
  for (size_t i = 0; sorted && i < count; i++)
    {
      sorted[i] = (struct numbered){ repos[i], revisions, newest (repos[i]) };
      revisions += repos[i]->revision_count;
    }
  *list = (struct revision_list){ .repos = calloc (count + 1, sizeof *list->repos),
                                  .revisions = calloc (revisions + 1, sizeof *list->revisions) };
  int code = sorted && list->repos && list->revisions ? HFCORE_OK : HFCORE_E_NOMEM;
  if (code == HFCORE_OK)
    qsort (sorted, count, sizeof *sorted, orders[order]);
  for (size_t i = 0; code == HFCORE_OK && i < count; i++)
    code = add_repo (list, &sorted[i], now_ms);
  free (sorted);
  return code;
}

void
revision_list_free (struct revision_list *list)
{
  for (size_t i = 0; i < list->repo_count; i++)
    {
      free (list->repos[i].name);
      free (list->repos[i].heading);
    }
  for (size_t i = 0; i < list->count; i++)
    {
      free (list->revisions[i].commit);
      free (list->revisions[i].refs);
    }
  free (list->repos);
  free (list->revisions);
  *list = (struct revision_list){ 0 };
}

void
revision_list_add_expectation (struct text *to, size_t selected, uint64_t bytes)
{
  char size[16];
  text_size (size, sizeof size, bytes);
  text_addf (to, "%zu revisions selected counting for %s.", selected, size);
}
