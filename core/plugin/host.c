/* SPDX-License-Identifier: Apache-2.0 */
/* host.c: see host.h.  */
#include "core/plugin/host.h"

#include <stdarg.h>
#include <stdio.h>
#include "core/config/option_table.h"
#include "core/plugin/call.h"
#include "core/util/text.h"

enum
{
  LINE_ROOM = 2048
};

bool
host_log_wants (const struct host_log *log, int level)
{
  return log && log->write && level <= log->level;
}

void
host_log (const struct host_log *log, int level, const char *format, ...)
{
  if (!host_log_wants (log, level))
    return;
  char raw[LINE_ROOM], line[LINE_ROOM];
  va_list args;
  va_start (args, format);
  int len = vsnprintf (raw, sizeof raw, format, args);
  va_end (args);
  if (len < 0)
    return;
  text_one_line (line, sizeof line, raw);
  log->write (log->ctx, level, line);
}

static void
why (struct hfcore_call *call, int os_errno, int http_status, uint32_t retry_after_ms, int missing)
{
  struct hfcore_error *error = &call->error;
  if (!error->code)
    return;
  if (os_errno)
    error->os_errno = os_errno;
  if (http_status)
    error->http_status = http_status;
  if (retry_after_ms)
    error->retry_after_ms = retry_after_ms;
  if (missing)
    error->missing = missing;
}

static const struct hfcore_error *
error (const struct hfcore_call *call)
{
  return &call->error;
}

static const char *
item (const struct hfcore_settings *settings, const char *key, size_t index)
{
  const struct option_value *value = option_table_get (settings, key);
  return value && index < value->count ? value->items[index] : NULL;
}

static const char *
text (const struct hfcore_settings *settings, const char *key)
{
  return item (settings, key, 0);
}

static int64_t
number (const struct hfcore_settings *settings, const char *key)
{
  const struct option_value *value = option_table_get (settings, key);
  return value ? value->number : 0;
}

static void
journal_log (struct hfcore_journal *journal, int level, const char *format, ...)
{
  if (level < HFCORE_LOG_ERROR)
    level = HFCORE_LOG_ERROR;
  if (level > HFCORE_LOG_DEBUG)
    level = HFCORE_LOG_DEBUG;
  if (!host_log_wants (journal->log, level))
    return;
  char raw[LINE_ROOM];
  va_list args;
  va_start (args, format);
  int len = vsnprintf (raw, sizeof raw, format, args);
  va_end (args);
  if (len >= 0)
    host_log (journal->log, level, "[%s] %s", journal->instance, raw);
}

const struct hfcore_host host_table = {
  .size = sizeof (struct hfcore_host),
  .abi_minor = HFCORE_ABI_MINOR,
  .fail = call_fail,
  .why = why,
  .error = error,
  .forget = call_forget,
  .keep = call_keep,
  .tick = call_tick,
  .time_left_ms = call_time_left_ms,
  .text = text,
  .number = number,
  .item = item,
  .log = journal_log,
};
