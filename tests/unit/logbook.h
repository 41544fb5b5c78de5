/* SPDX-License-Identifier: Apache-2.0 */
/* logbook.h: what was logged and which events came, as lines in the order of their coming. Thread
 * safe.  */
#ifndef HFCORE_TESTS_LOGBOOK_H
#define HFCORE_TESTS_LOGBOOK_H

#include <stdint.h>
#include <hfcore/hfcore.h>

/* Forget all lines, and stop at no event.  */
void logbook_clear (void);
/* For struct host_log and struct hfcore_options; `ctx` is not used.  */
void logbook_write (void *ctx, int level, const char *line);
/* A line "event KIND PATH DONE/TOTAL FILES" (KIND as START). Non-zero at the event that
 * logbook_stop_at names.  */
int logbook_event (void *ctx, const struct hfcore_event *event);
void logbook_stop_at (int kind);

/* How many lines have this part; a line at the level of a warning begins with "WARNING ".  */
int logbook_count (const char *part);
/* Wait (bounded) until there is such a line.  */
void logbook_wait (const char *part);
/* Is the last line with `first` before the first line with `second`, and are both there?  */
int logbook_in_order (const char *first, const char *second);
/* All lines to stderr.  */
void logbook_show (const char *file, int line, const char *part, int count);

#define CHECK_LOGGED(part, times)                                                                  \
  do                                                                                               \
    {                                                                                              \
      int count_ = logbook_count (part);                                                           \
      if (count_ != (times))                                                                       \
        logbook_show (__FILE__, __LINE__, part, count_);                                           \
      CU_ASSERT_EQUAL (count_, times);                                                             \
    }                                                                                              \
  while (0)
#define CHECK_ORDER(first, second)                                                                 \
  do                                                                                               \
    {                                                                                              \
      int holds_ = logbook_in_order (first, second);                                               \
      if (!holds_)                                                                                 \
        logbook_show (__FILE__, __LINE__, first " … " second, -1);                                 \
      CU_ASSERT (holds_);                                                                          \
    }                                                                                              \
  while (0)

#endif
