/* SPDX-License-Identifier: Apache-2.0 */
/* logbook.c: see logbook.h.  */
#include "tests/unit/logbook.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum
{
  MOST_LINES = 4096,
  LONGEST_WAIT_S = 20
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t grown = PTHREAD_COND_INITIALIZER;
static char *lines[MOST_LINES];
static size_t count;
static int stop_kind;

void
logbook_clear (void)
{
  pthread_mutex_lock (&mutex);
  while (count > 0)
    free (lines[--count]);
  stop_kind = 0;
  pthread_mutex_unlock (&mutex);
}

static void
add (char *line)
{
  pthread_mutex_lock (&mutex);
  if (line && count < MOST_LINES)
    lines[count++] = line;
  else
    free (line);
  pthread_cond_broadcast (&grown);
  pthread_mutex_unlock (&mutex);
}

void
logbook_write (void *ctx, int level, const char *line)
{
  static const char *const levels[] = { "ERROR ", "WARNING ", "", "" };
  char *copy = NULL;
  (void) ctx;
  add (asprintf (&copy, "%s%s", levels[level], line) < 0 ? NULL : copy);
}

int
logbook_event (void *ctx, const struct hfcore_event *event)
{
  static const char *const kinds[]
      = { "", "START", "BYTES", "FILE", "CACHED", "FAILED", "PLAN", "RESTART" };
  char *line = NULL;
  (void) ctx;
  add (asprintf (&line, "event %s %s %llu/%llu %llu", kinds[event->kind],
                 event->path ? event->path : "-", (unsigned long long) event->done,
                 (unsigned long long) event->total, (unsigned long long) event->files)
               < 0
           ? NULL
           : line);
  pthread_mutex_lock (&mutex);
  int stop = stop_kind == event->kind;
  pthread_mutex_unlock (&mutex);
  return stop;
}

void
logbook_stop_at (int kind)
{
  pthread_mutex_lock (&mutex);
  stop_kind = kind;
  pthread_mutex_unlock (&mutex);
}

static int
count_locked (const char *part)
{
  int found = 0;
  for (size_t i = 0; i < count; i++)
    found += strstr (lines[i], part) != NULL;
  return found;
}

int
logbook_count (const char *part)
{
  pthread_mutex_lock (&mutex);
  int found = count_locked (part);
  pthread_mutex_unlock (&mutex);
  return found;
}

void
logbook_wait (const char *part)
{
  struct timespec until;
  int late = 0;
  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_sec += LONGEST_WAIT_S;
  pthread_mutex_lock (&mutex);
  while (!late && count_locked (part) == 0)
    late = pthread_cond_timedwait (&grown, &mutex, &until);
  pthread_mutex_unlock (&mutex);
}

int
logbook_in_order (const char *first, const char *second)
{
  size_t last_first = 0, first_second = 0;
  pthread_mutex_lock (&mutex);
  for (size_t i = 0; i < count; i++)
    {
      if (strstr (lines[i], first))
        last_first = i + 1;
      if (!first_second && strstr (lines[i], second))
        first_second = i + 1;
    }
  pthread_mutex_unlock (&mutex);
  return last_first && first_second && last_first < first_second;
}

void
logbook_show (const char *file, int line, const char *part, int found)
{
  pthread_mutex_lock (&mutex);
  fprintf (stderr, "%s:%d: [%s] %d times in:\n", file, line, part, found);
  for (size_t i = 0; i < count; i++)
    fprintf (stderr, "  %s\n", lines[i]);
  pthread_mutex_unlock (&mutex);
}
