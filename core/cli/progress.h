/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h: the progress of one download on a terminal, or in lines where there is none. All
 * functions take any thread and a NULL progress.  */
#ifndef HFCORE_CLI_PROGRESS_H
#define HFCORE_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <hfcore/hfcore.h>

struct progress;

/* Progress on `fd`: bars if it is a terminal that can draw them, else a line every few seconds.
 * Starts no thread and draws nothing before the first bytes come. NULL: no memory.  */
struct progress *progress_new (int fd);
/* Draw bars although it may be no terminal. Before the first event.  */
void progress_force_bars (struct progress *progress);
/* From now on show nothing but what progress_print is given.  */
void progress_mute (struct progress *progress);
/* End the bars, take them off the screen, leave one line of summary when files were fetched
 * (`well`: the download succeeded).  */
void progress_finish (struct progress *progress, bool well);
void progress_free (struct progress *progress);

/* The `event` of struct hfcore_download; `ctx`: the progress. Always 0.  */
int progress_event (void *ctx, const struct hfcore_event *event);

/* Write whole lines above the bars; without a progress, to stderr.  */
void progress_print (struct progress *progress, const char *lines, size_t len);

#endif
