/* SPDX-License-Identifier: Apache-2.0 */
/* exec_talk.c: see exec_talk.h.  */
#include "plugins/transport-exec/exec_talk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/util/clock.h"
#include "core/util/names.h"
#include "core/util/text.h"
#include "plugins/transport-exec/exec_pool.h"

/* ---- members ---- */

bool
exec_talk_text (const json_t *object, const char *key, const char **text)
{
  const json_t *value = json_object_get (object, key);
  *text = json_string_value (value);
  return *text || !value || json_is_null (value);
}

bool
exec_talk_number (const json_t *object, const char *key, uint64_t *number)
{
  const json_t *value = json_object_get (object, key);
  *number = HFCORE_SIZE_UNKNOWN;
  if (!value || json_is_null (value))
    return true;
  if (!json_is_integer (value) || json_integer_value (value) < 0)
    return false;
  *number = (uint64_t) json_integer_value (value);
  return true;
}

/* Absent is false.  */
static bool
get_flag (const json_t *object, const char *key, uint32_t bit, uint32_t *caps)
{
  const json_t *value = json_object_get (object, key);
  *caps |= json_is_true (value) ? bit : 0;
  return !value || json_is_boolean (value);
}

int
exec_talk_breach (struct exec_talk *talk, const char *format, ...)
{
  char what[256];
  va_list args;
  va_start (args, format);
  vsnprintf (what, sizeof what, format, args);
  va_end (args);
  return talk->wait.exec->host->fail (talk->wait.call, HFCORE_E_DOWN, "the program %s %s",
                                      talk->wait.exec->program.path, what);
}

/* ---- lines ---- */

/* `*len` bytes without the end of the line; they are taken.  */
static int
next_line (struct exec_talk *talk, const char **line, size_t *len)
{
  struct exec_process *process = talk->wait.process;
  size_t searched = 0;
  for (;;)
    {
      size_t here = process->end - process->start;
      const char *start = process->bytes + process->start;
      const char *end = here > searched ? memchr (start + searched, '\n', here - searched) : NULL;
      if (end)
        {
          *line = start;
          *len = (size_t) (end - start);
          process->start += *len + 1;
          return HFCORE_OK;
        }
      if (here == EXEC_LINE_MAX)
        return exec_talk_breach (talk, "sent a line of more than %zu bytes", EXEC_LINE_MAX);
      searched = here;
      int code = exec_process_fill (&talk->wait);
      if (code != HFCORE_OK)
        return code;
    }
}

/* An object with one member, whose name says what the line is.  */
static int
hear_any (struct exec_talk *talk, const char **kind, json_t **value)
{
  json_error_t error;
  const char *line = NULL;
  size_t len = 0;
  int code = next_line (talk, &line, &len);
  if (code != HFCORE_OK)
    return code;
  json_decref (talk->line);
  talk->line = json_loadb (line, len, JSON_REJECT_DUPLICATES, &error);
  if (json_object_size (talk->line) != 1)
    return exec_talk_breach (talk, "answered no JSON object of one member: '%.*s'",
                             len < 80 ? (int) len : 80, line);
  *kind = json_object_iter_key (json_object_iter (talk->line));
  *value = json_object_get (talk->line, *kind);
  return HFCORE_OK;
}

/* ---- what goes wrong by the program's own word ---- */

static const struct
{
  const char *name;
  int code;
} codes[] = {
  { "NOTFOUND", HFCORE_E_NOTFOUND },
  { "RETRY", HFCORE_E_RETRY },
  { "DOWN", HFCORE_E_DOWN },
  { "AUTH", HFCORE_E_AUTH },
  { "CORRUPT", HFCORE_E_CORRUPT },
  { "CONFLICT", HFCORE_E_CONFLICT },
  { "UNSUPPORTED", HFCORE_E_UNSUPPORTED },
  { "IO", HFCORE_E_IO },
};

static const struct
{
  const char *name;
  int missing;
} things[] = {
  { "repo", HFCORE_MISSING_REPO },
  { "revision", HFCORE_MISSING_REVISION },
  { "file", HFCORE_MISSING_FILE },
};

static int
code_of (const char *name)
{
  for (size_t i = 0; name && i < sizeof codes / sizeof *codes; i++)
    if (strcmp (codes[i].name, name) == 0)
      return codes[i].code;
  return HFCORE_OK;
}

/* -1: there is no such thing.  */
static int
missing_of (const char *name)
{
  for (size_t i = 0; name && i < sizeof things / sizeof *things; i++)
    if (strcmp (things[i].name, name) == 0)
      return things[i].missing;
  return name ? -1 : HFCORE_MISSING_UNKNOWN;
}

static int
take_error (struct exec_talk *talk, const json_t *value)
{
  const struct hfcore_host *host = talk->wait.exec->host;
  const char *name, *message, *thing, *commit;
  uint64_t retry_after_ms;
  bool good = exec_talk_text (value, "code", &name) && exec_talk_text (value, "message", &message)
              && exec_talk_text (value, "missing", &thing)
              && exec_talk_text (value, "commit", &commit)
              && exec_talk_number (value, "retry_after_ms", &retry_after_ms);
  int code = good ? code_of (name) : HFCORE_OK;
  int missing = good ? missing_of (thing) : -1;
  if (code == HFCORE_OK || missing < 0 || (commit && !names_is_commit (commit)))
    return exec_talk_breach (talk, "sent an error that is none: its code is '%.40s'",
                             good && name ? name : "missing");
  if (retry_after_ms == HFCORE_SIZE_UNKNOWN)
    retry_after_ms = 0;
  if (commit)
    memcpy (talk->commit, commit, sizeof talk->commit);
  talk->is_over = true;
  host->fail (talk->wait.call, code, "%.400s",
              message && *message ? message : "the program did not say what went wrong");
  host->why (talk->wait.call, 0, 0,
             retry_after_ms < UINT32_MAX ? (uint32_t) retry_after_ms : UINT32_MAX,
             code == HFCORE_E_NOTFOUND ? missing : 0);
  return code;
}

int
exec_talk_hear (struct exec_talk *talk, const char **kind, json_t **value)
{
  int code;
  if (!talk->is_idle)
    talk->wait.since_ms = clock_now_ms ();
  do
    code = hear_any (talk, kind, value);
  while (code == HFCORE_OK && strcmp (*kind, "wait") == 0);
  talk->is_idle = code == HFCORE_OK && strcmp (*kind, "data") == 0 && json_is_integer (*value)
                  && json_integer_value (*value) == 0;
  if (code == HFCORE_OK && strcmp (*kind, "error") == 0)
    return take_error (talk, *value);
  if (code == HFCORE_OK && strcmp (*kind, "pass") == 0)
    {
      talk->is_over = true;
      return HFCORE_PASS;
    }
  return code;
}

/* ---- bytes ---- */

int
exec_talk_bytes (struct exec_talk *talk, uint64_t len, uint64_t total,
                 int (*data) (void *ctx, const void *bytes, size_t len), void *ctx)
{
  struct exec_process *process = talk->wait.process;
  talk->wait.total = total;
  while (len)
    {
      size_t here = process->end - process->start;
      if (here > len)
        here = (size_t) len;
      if (here)
        {
          int code = data (ctx, process->bytes + process->start, here);
          if (code)
            return code;
        }
      if (here)
        talk->wait.since_ms = clock_now_ms ();
      process->start += here;
      len -= here;
      talk->wait.done += here;
      int code = len ? exec_process_fill (&talk->wait)
                     : talk->wait.exec->host->tick (talk->wait.call, talk->wait.done, total);
      if (code)
        return code;
    }
  return HFCORE_OK;
}

/* ---- beginning and end ---- */

int
exec_talk_greet (struct exec *exec, struct hfcore_call *call, struct exec_process *process)
{
  struct exec_talk talk
      = { .wait = { .exec = exec, .call = call, .process = process, .since_ms = clock_now_ms () } };
  const char *kind;
  json_t *hello;
  uint64_t protocol = 0;
  uint32_t caps = 0;
  int code = hear_any (&talk, &kind, &hello);
  if (code == HFCORE_OK && (strcmp (kind, "hello") != 0 || !json_is_object (hello)))
    code = exec_talk_breach (&talk, "does not begin with a line that says hello");
  if (code == HFCORE_OK
      && (!exec_talk_number (hello, "protocol", &protocol) || protocol != EXEC_PROTOCOL))
    code = exec_talk_breach (&talk, "does not speak version %d of the protocol", EXEC_PROTOCOL);
  if (code == HFCORE_OK
      && (!get_flag (hello, "range", HFCORE_TRANSPORT_RANGE, &caps)
          || !get_flag (hello, "list", HFCORE_TRANSPORT_LIST, &caps)
          || !get_flag (hello, "local", HFCORE_TRANSPORT_LOCAL, &caps)))
    code = exec_talk_breach (&talk, "says hello with a capability that is neither true nor false");
  if (code == HFCORE_OK && exec->has_caps && caps != exec->caps)
    code = exec_talk_breach (&talk, "can do other things than when it was started first");
  json_decref (talk.line);
  if (code == HFCORE_OK && !exec->has_caps)
    {
      exec->caps = caps;
      exec->has_caps = true;
    }
  return code;
}

int
exec_talk_begin (struct exec_talk *talk, struct exec *exec, struct hfcore_call *call)
{
  *talk = (struct exec_talk){ .wait = { .exec = exec, .call = call } };
  int code = exec_pool_take (exec, call, &talk->slot);
  if (code == HFCORE_OK)
    talk->wait.process = talk->slot->process;
  else
    talk->slot = NULL;
  return code;
}

void
exec_talk_end (struct exec_talk *talk)
{
  json_decref (talk->line);
  talk->line = NULL;
  if (talk->slot)
    exec_pool_give (talk->wait.exec, talk->slot, !talk->is_over);
  talk->slot = NULL;
}

int
exec_talk_ask (struct exec_talk *talk, json_t *question)
{
  CLEANUP_TEXT struct text line = TEXT_LIMIT (EXEC_LINE_MAX);
  char *dumped = question ? json_dumps (question, JSON_COMPACT) : NULL;
  json_decref (question);
  if (!dumped)
    return talk->wait.exec->host->fail (talk->wait.call, HFCORE_E_CONFIG,
                                        "the program cannot be asked for a name that is no UTF-8");
  text_add (&line, dumped);
  text_add (&line, "\n");
  free (dumped);
  talk->wait.since_ms = clock_now_ms ();
  if (line.failed)
    return talk->wait.exec->host->fail (talk->wait.call, HFCORE_E_NOMEM, "out of memory");
  return exec_process_send (&talk->wait, line.bytes, line.len);
}
