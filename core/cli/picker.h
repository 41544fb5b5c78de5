/* SPDX-License-Identifier: Apache-2.0 */
/* picker.h: choosing revisions from a list with keys: which rows are seen, where the cursor is,
 * what is chosen. Draws nothing.  */
#ifndef HFCORE_CLI_PICKER_H
#define HFCORE_CLI_PICKER_H

#include "core/cli/revision_list.h"
#include "core/cli/screen.h"

enum picker_kind
{
  PICKER_NONE_OF, /* the first row: choosing it makes the whole choice void                */
  PICKER_HEADING,
  PICKER_REVISION
};

struct picker_row
{
  enum picker_kind kind;
  size_t index; /* in the list's repos or revisions                                       */
};

enum
{
  PICKER_FILTER_ROOM = 128
};

struct picker
{
  const struct revision_list *list;
  unsigned char *chosen; /* [number] of each revision                                      */
  size_t count;          /* of those chosen                                                */
  bool none_of;          /* the first row is chosen                                        */

  struct picker_row *rows; /* those that pass the filter                                   */
  size_t row_count;
  size_t shown;  /* revisions among them                                                   */
  size_t cursor; /* a row, never a heading                                                 */
  size_t top;    /* the first row that is seen                                             */
  size_t height; /* rows that are seen, 1 or more                                          */

  char filter[PICKER_FILTER_ROOM]; /* "": none                                             */
  bool is_typing;                  /* keys go to the filter                                */
};

enum picker_result
{
  PICKER_GOES_ON,
  PICKER_CHANGED,  /* the choice is another one                                            */
  PICKER_ACCEPTED, /* enter                                                                */
  PICKER_LEFT,     /* Ctrl-C, q                                                            */
  PICKER_STOPPED   /* a signal                                                             */
};

/* Nothing is chosen, the cursor is on the first row. HFCORE_OK or HFCORE_E_NOMEM; free it either
 * way.  */
int picker_init (struct picker *picker, const struct revision_list *list);
void picker_free (struct picker *picker);
#define CLEANUP_PICKER __attribute__ ((cleanup (picker_free)))

/* So many rows are seen from now on.  */
void picker_resize (struct picker *picker, size_t height);
enum picker_result picker_press (struct picker *picker, enum screen_key key, uint32_t character);
/* The text of a row, as it is shown.  */
void picker_add_row (const struct picker *picker, size_t row, struct text *to);

#endif
