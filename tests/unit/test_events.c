/* SPDX-License-Identifier: Apache-2.0 */
/* test_events.c: what happens to files, told one event at a time.  */
#include "core/engine/events.h"

#include "tests/check.h"

enum
{
  THREADS = 4,
  EVENTS = 500
};

struct listener
{
  struct hfcore_event last;
  int calls;
  int inside; /* not atomic: TSan sees two threads, and so does the count  */
  int overlaps;
  int stop_at; /* the call that says stop; 0: none  */
};

static int
listen (void *ctx, const struct hfcore_event *event)
{
  struct listener *listener = ctx;
  listener->overlaps += listener->inside++ != 0;
  listener->last = *event;
  listener->calls++;
  listener->inside--;
  return listener->calls == listener->stop_at;
}

static void
test_nobody_listens (void)
{
  struct events events;
  events_init (&events, NULL, NULL);
  CU_ASSERT_EQUAL (events_tell (&events, HFCORE_EVENT_START, "a", 1, 2, 3), 0);
  events_done (&events);
}

static void
test_all_is_told (void)
{
  struct events events;
  struct listener listener = { 0 };
  events_init (&events, listen, &listener);
  CU_ASSERT_EQUAL (events_tell (&events, HFCORE_EVENT_PLAN, NULL, 1, UINT64_MAX, 3), 0);
  CU_ASSERT_EQUAL (listener.last.size, sizeof listener.last);
  CU_ASSERT_EQUAL (listener.last.kind, HFCORE_EVENT_PLAN);
  CU_ASSERT_PTR_NULL (listener.last.path);
  CU_ASSERT_EQUAL (listener.last.done, 1);
  CU_ASSERT_EQUAL (listener.last.total, UINT64_MAX);
  CU_ASSERT_EQUAL (listener.last.files, 3);
  CU_ASSERT_EQUAL (events_tell (&events, HFCORE_EVENT_BYTES, "dir/a", 5, 6, 0), 0);
  CU_ASSERT_EQUAL (listener.last.kind, HFCORE_EVENT_BYTES);
  CHECK_STRING (listener.last.path, "dir/a");
  CU_ASSERT_EQUAL (listener.last.done, 5);
  CU_ASSERT_EQUAL (listener.last.total, 6);
  CU_ASSERT_EQUAL (listener.last.files, 0);
  CU_ASSERT_EQUAL (listener.calls, 2);
  events_done (&events);
}

/* Whoever tells an event after that, for another file too, hears it.  */
static void
test_stop_stays (void)
{
  struct events events;
  struct listener listener = { .stop_at = 2 };
  events_init (&events, listen, &listener);
  CU_ASSERT_EQUAL (events_tell (&events, HFCORE_EVENT_BYTES, "a", 1, 9, 0), 0);
  CU_ASSERT_NOT_EQUAL (events_tell (&events, HFCORE_EVENT_BYTES, "a", 2, 9, 0), 0);
  CU_ASSERT_NOT_EQUAL (events_tell (&events, HFCORE_EVENT_BYTES, "b", 1, 9, 0), 0);
  CU_ASSERT_EQUAL (listener.calls, 3);
  events_done (&events);
}

static void *
tell_many (void *ctx)
{
  for (int i = 0; i < EVENTS; i++)
    events_tell (ctx, HFCORE_EVENT_BYTES, "a", (uint64_t) i, EVENTS, 0);
  return NULL;
}

static void
test_one_at_a_time (void)
{
  struct events events;
  struct listener listener = { 0 };
  pthread_t threads[THREADS];
  events_init (&events, listen, &listener);
  for (size_t i = 0; i < THREADS; i++)
    CU_ASSERT_EQUAL_FATAL (pthread_create (&threads[i], NULL, tell_many, &events), 0);
  for (size_t i = 0; i < THREADS; i++)
    pthread_join (threads[i], NULL);
  CU_ASSERT_EQUAL (listener.calls, THREADS * EVENTS);
  CU_ASSERT_EQUAL (listener.overlaps, 0);
  events_done (&events);
}

CHECK_MAIN ("events", { "nobody listens", test_nobody_listens },
            { "all is told", test_all_is_told }, { "stop stays", test_stop_stays },
            { "one at a time", test_one_at_a_time })
