/* SPDX-License-Identifier: Apache-2.0 */
/* hub_journal.c: see hub_journal.h.  */
#include "plugins/hub-layout/hub_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"

#define JOURNAL_MOST ((size_t) 16 << 20)
#define HEAD         "ranges of "

/* A number of digits alone, and what follows it.  */
static const char *
number (const char *text, uint64_t *value)
{
  char *end;
  if (*text < '0' || *text > '9')
    return NULL;
  errno = 0;
  *value = strtoull (text, &end, 10);
  return errno ? NULL : end;
}

static int
by_start (const void *a_, const void *b_)
{
  const struct hub_range *a = a_, *b = b_;
  return a->from < b->from ? -1 : a->from > b->from;
}

static void
join (struct hub_ranges *ranges)
{
  size_t kept = 0;
  if (ranges->count == 0)
    return;
  qsort (ranges->items, ranges->count, sizeof *ranges->items, by_start);
  for (size_t i = 1; i < ranges->count; i++)
    {
      struct hub_range *last = &ranges->items[kept], *next = &ranges->items[i];
      if (next->from > last->to)
        ranges->items[++kept] = *next;
      else if (next->to > last->to)
        last->to = next->to;
    }
  ranges->count = kept + 1;
}

static bool
parse_line (const char *line, uint64_t size, struct hub_range *range)
{
  uint64_t offset, length;
  const char *at = number (line, &offset);
  at = at && *at == ' ' ? number (at + 1, &length) : NULL;
  if (!at || *at != '\n' || length == 0 || offset > size || length > size - offset)
    return false;
  *range = (struct hub_range){ offset, offset + length };
  return true;
}

/* What a crash left of a line is passed over, or says less than was true.  */
static int
parse (const char *text, uint64_t size, struct hub_ranges *ranges)
{
  uint64_t told;
  const char *line
      = strncmp (text, HEAD, strlen (HEAD)) == 0 ? number (text + strlen (HEAD), &told) : NULL;
  if (!line || *line != '\n' || told != size)
    return -1;
  for (; line; line = strchr (line + 1, '\n'))
    {
      struct hub_range range;
      if (parse_line (line + 1, size, &range) && hub_ranges_append (ranges, range) < 0)
        {
          errno = ENOMEM;
          return -1;
        }
    }
  join (ranges);
  return 1;
}

int
hub_journal_read (const char *record, uint64_t size, struct hub_ranges *ranges)
{
  CLEANUP_FREE char *text = NULL;
  size_t len;
  *ranges = (struct hub_ranges){ 0 };
  if (files_read (AT_FDCWD, record, JOURNAL_MOST, &text, &len) < 0)
    return -1;
  if (len == 0)
    return 0;
  int found = parse (text, size, ranges);
  if (found < 0)
    {
      free (ranges->items);
      *ranges = (struct hub_ranges){ 0 };
    }
  return found;
}

static int
write_line (int journal, const char *line, int len)
{
  ssize_t put;
  do
    put = write (journal, line, (size_t) len);
  while (put < 0 && errno == EINTR);
  if (put < 0)
    return -1;
  /* What follows a part of a line would not be read.  */
  errno = ENOSPC;
  return put == len ? 0 : -1;
}

int
hub_journal_open (const char *record, uint64_t size)
{
  char line[64];
  struct stat st;
  CLEANUP_CLOSE int journal = open (record, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
  if (journal < 0 || fstat (journal, &st) < 0)
    return -1;
  int len = snprintf (line, sizeof line, HEAD "%" PRIu64 "\n", size);
  if (st.st_size == 0 && write_line (journal, line, len) < 0)
    {
      (void) !ftruncate (journal, 0);
      return -1;
    }
  /* What a crash left of a line is not to be the beginning of the next.  */
  char last = '\n';
  if (st.st_size > 0 && (pread (journal, &last, 1, st.st_size - 1) != 1 || last != '\n')
      && write_line (journal, "\n", 1) < 0)
    return -1;
  return TAKE_FD (journal);
}

int
hub_journal_add (int journal, uint64_t offset, uint64_t length)
{
  char line[64];
  int len = snprintf (line, sizeof line, "%" PRIu64 " %" PRIu64 "\n", offset, length);
  return write_line (journal, line, len);
}
