/* SPDX-License-Identifier: Apache-2.0 */
/* review_text.h: the text that is edited to choose what is deleted: written and read as
 * huggingface_hub 0.26.2 does it (spec 8.4). Nothing here touches a disk.  */
#ifndef HFCORE_CLI_REVIEW_TEXT_H
#define HFCORE_CLI_REVIEW_TEXT_H

#include "core/cli/revision_list.h"

/* The whole text, byte for byte Python's as long as names are printable.  */
void review_text_add (struct text *to, const struct revision_list *list);

/* What an edited text says.  */
struct review
{
  size_t count;          /* entries, those that are no revision and repeated ones included        */
  bool is_off;           /* CANCEL_DELETION is one of them                                        */
  unsigned char *chosen; /* [number] of each revision: 1: it is one of them                       */
  struct text unknown;   /* the entries that are no revision, clean, joined by ", "               */
};

/* A hash that several repositories have means the one under whose heading it stands, else the first
 * that has it. HFCORE_OK or HFCORE_E_NOMEM; free the review either way.  */
int review_text_read (const char *bytes, size_t len, const struct revision_list *list,
                      struct review *review);
void review_free (struct review *review);
#define CLEANUP_REVIEW __attribute__ ((cleanup (review_free)))

#endif
