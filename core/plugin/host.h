/* SPDX-License-Identifier: Apache-2.0 */
/* host.h: the table of services that plugins are given.  */
#ifndef HFCORE_PLUGIN_HOST_H
#define HFCORE_PLUGIN_HOST_H

#include <stdbool.h>
#include <hfcore/plugin.h>

/* Where log lines go; `write` may be NULL. Called from any thread, one line without newline.  */
struct host_log
{
  void (*write) (void *ctx, int level, const char *line);
  void *ctx;
  int level; /* the least urgent level that is written                                           */
};
/* `log` may be NULL in both. A line is at most about 2,000 bytes; longer ones are cut.  */
void host_log (const struct host_log *log, int level, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
bool host_log_wants (const struct host_log *log, int level);

struct hfcore_journal
{
  const struct host_log *log;
  const char *instance; /* put before each line                                                  */
};

extern const struct hfcore_host host_table;

#endif
