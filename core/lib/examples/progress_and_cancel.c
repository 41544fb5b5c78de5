/* SPDX-License-Identifier: Apache-2.0 */
/* progress_and_cancel.c: download a repository, tell how far it is, and stop when Ctrl-C says so or
 * when too many bytes have come. What has come is kept: the next run goes on from there.
 *
 *   cc progress_and_cancel.c $(pkg-config --cflags --libs hfcore) -o progress_and_cancel
 *   ./progress_and_cancel gpt2 [MOST-BYTES]  */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <hfcore/hfcore.h>

static struct hfcore *cache;

/* Safe here, and from any thread: all operations end within about 100 ms.  */
static void
stop (int signal_number)
{
  (void) signal_number;
  hfcore_cancel (cache);
}

struct progress
{
  uint64_t total, done; /* of files that are complete  */
  uint64_t most;
};

/* Never called by two threads at once. Non-zero: stop.  */
static int
on_event (void *ctx, const struct hfcore_event *event)
{
  struct progress *progress = ctx;
  switch (event->kind)
    {
    case HFCORE_EVENT_PLAN:
      progress->total = event->total;
      fprintf (stderr, "%llu files, %llu bytes\n", (unsigned long long) event->files,
               (unsigned long long) event->total);
      break;
    case HFCORE_EVENT_FILE:
    case HFCORE_EVENT_CACHED:
      progress->done += event->total;
      fprintf (stderr, "%s is there (%llu of %llu bytes)\n", event->path,
               (unsigned long long) progress->done, (unsigned long long) progress->total);
      break;
    case HFCORE_EVENT_BYTES: /* often: draw no more than a person can see  */
      return progress->most && progress->done + event->done > progress->most;
    default: /* START, RESTART, FAILED, and what a newer library tells  */
      break;
    }
  return 0;
}

int
main (int argc, char **argv)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_download ask = HFCORE_DOWNLOAD_INIT;
  struct hfcore_result *result;
  struct progress progress = { .most = argc > 2 ? strtoull (argv[2], NULL, 10) : 0 };
  if (argc < 2)
    {
      fprintf (stderr, "usage: progress_and_cancel REPO [MOST-BYTES]\n");
      return 2;
    }
  if (hfcore_open (NULL, &cache, &error) != HFCORE_OK)
    {
      fprintf (stderr, "%s\n", error.message);
      return 1;
    }
  signal (SIGINT, stop);
  ask.repo_id = argv[1];
  ask.event = on_event;
  ask.ctx = &progress;
  int code = hfcore_download_snapshot (cache, &ask, &result, &error);
  if (code == HFCORE_OK)
    {
      puts (result->path);
      hfcore_result_free (result);
    }
  else
    fprintf (stderr, "%s\n", code == HFCORE_E_CANCELLED ? "stopped" : error.message);
  signal (SIGINT, SIG_DFL); /* nobody may cancel what is closed  */
  hfcore_close (cache);
  return code == HFCORE_OK ? 0 : code == HFCORE_E_CANCELLED ? 130 : 1;
}
