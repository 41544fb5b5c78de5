/* SPDX-License-Identifier: Apache-2.0 */
/* revision_list.h: what may be deleted, in the order and the words in which delete-cache shows it
 * (spec 8.4).  */
#ifndef HFCORE_CLI_REVISION_LIST_H
#define HFCORE_CLI_REVISION_LIST_H

#include <hfcore/hfcore.h>
#include <stdbool.h>
#include <stdint.h>
#include "core/util/text.h"

enum revision_order
{
  ORDER_AS_0_26,      /* type, then the one not used for longest                               */
  ORDER_ALPHABETICAL, /* type, then id without case                                            */
  ORDER_LAST_UPDATED, /* newest revision first                                                 */
  ORDER_LAST_USED,    /* the one used last first                                               */
  ORDER_SIZE,         /* largest first                                                         */
  ORDERS
};

/* All texts are clean: printable, one line.  */
struct listed_revision
{
  size_t number; /* in a choice                                                           */
  size_t repo;   /* index in `repos`                                                      */
  const struct hfcore_scan_revision *from;
  char *commit; /* 40 hex, or what the folder is called                                   */
  char *refs;   /* joined by ", ", or "(detached)"                                        */
  char since[32];
};
struct listed_repo
{
  const struct hfcore_scan_repo *from;
  char *name;    /* "model/org/name": what a filter looks at                              */
  char *heading; /* "Model org/name (1.2G, used 2 days ago)"                              */
  size_t first;  /* of its revisions: index in `revisions`                                */
  size_t count;
};
struct revision_list
{
  struct listed_repo *repos;
  size_t repo_count;
  struct listed_revision *revisions; /* oldest first within each repository               */
  size_t count;
};

/* What --sort may say; ends with NULL.  */
extern const char *const revision_order_names[];
/* The order that --sort calls `name`; ORDERS: none. NULL: as 0.26.2.  */
enum revision_order revision_order_named (const char *name);

/* List what `repos` tell, which must live as long as the list; the number of a revision is its
 * place among all that they tell. HFCORE_OK or HFCORE_E_NOMEM; free the list either way.  */
int revision_list_make (const struct hfcore_scan_repo *const *repos, size_t count,
                        enum revision_order order, int64_t now_ms, struct revision_list *list);
void revision_list_free (struct revision_list *list);
#define CLEANUP_REVISION_LIST __attribute__ ((cleanup (revision_list_free)))

/* "2 revisions selected counting for 1.2G.": what a choice comes to, never in the singular.  */
void revision_list_add_expectation (struct text *to, size_t selected, uint64_t bytes);

#endif
