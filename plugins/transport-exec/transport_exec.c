/* SPDX-License-Identifier: Apache-2.0 */
/* transport_exec.c: the plugin `transport-exec`: a program of the site as a source of files.  */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "plugins/transport-exec/exec_file.h"
#include "plugins/transport-exec/exec_pool.h"
#include "plugins/transport-exec/exec_talk.h"

#define CAPS_MOST (HFCORE_TRANSPORT_RANGE | HFCORE_TRANSPORT_LIST | HFCORE_TRANSPORT_LOCAL)
#define FILES_MAX 10000000 /* of one list  */

/* ---- open and close ---- */

static void
exec_free (struct exec *exec)
{
  exec_program_free (&exec->program);
  free (exec);
}

static int
read_options (struct exec *exec, struct hfcore_call *call, const struct hfcore_open *open)
{
  int64_t processes = open->host->number (open->settings, "processes");
  exec->timeout_ms = open->host->number (open->settings, "timeout");
  if (processes < 1 || processes > EXEC_PROCESSES_MAX)
    return open->host->fail (call, HFCORE_E_CONFIG, "`processes` is %" PRId64 ", not 1 to %d",
                             processes, EXEC_PROCESSES_MAX);
  if (exec->timeout_ms < 1)
    return open->host->fail (call, HFCORE_E_CONFIG, "`timeout` is no time at all");
  exec->slot_count = (size_t) processes;
  return exec_program_read (&exec->program, open, call);
}

/* What the program can do it says itself, so it is started at once.  */
static int
meet (struct exec *exec, struct hfcore_call *call)
{
  struct exec_slot *slot;
  int code = exec_pool_take (exec, call, &slot);
  if (code == HFCORE_OK)
    exec_pool_give (exec, slot, false);
  return code;
}

static int
transport_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct exec *exec = calloc (1, sizeof *exec);
  if (!exec)
    return open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  exec->host = open->host;
  exec->journal = open->journal;
  int code = read_options (exec, call, open);
  if (code == HFCORE_OK && exec_pool_init (exec) < 0)
    code = open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  if (code != HFCORE_OK)
    {
      exec_free (exec);
      return code;
    }
  code = meet (exec, call);
  if (code != HFCORE_OK)
    {
      exec_pool_close (exec);
      exec_free (exec);
      return code;
    }
  *self = exec;
  return HFCORE_OK;
}

static void
transport_close (void *self)
{
  exec_pool_close (self);
  exec_free (self);
}

static uint32_t
transport_caps_now (void *self)
{
  const struct exec *exec = self;
  return exec->caps;
}

/* ---- questions ---- */

/* What is not known is left out.  */
static json_t *
make_question (const char *op, const struct hfcore_repo *repo, const char *revision,
               const char *path)
{
  return json_pack ("{s:s, s:s, s:s, s:s, s:s*}", "op", op, "repo_type", repo->type, "repo_id",
                    repo->id, "revision", revision, "path", path);
}

static int
keep (struct exec_talk *talk, const char *text, const char **kept)
{
  return text && !(*kept = talk->wait.exec->host->keep (talk->wait.call, text, strlen (text)))
             ? HFCORE_E_NOMEM
             : HFCORE_OK;
}

/* ---- resolve ---- */

static int
take_commit (struct exec_talk *talk, const json_t *value, struct hfcore_file_info *info)
{
  const char *commit = json_string_value (value);
  if (!commit || !names_is_commit (commit))
    return exec_talk_breach (talk, "answered with a commit that is not 40 hex digits");
  talk->is_over = true;
  return keep (talk, commit, &info->commit);
}

static int
take_file (struct exec_talk *talk, const json_t *value, const char *path,
           struct hfcore_file_info *info)
{
  struct exec_file file;
  int code = exec_file_read (talk, value, EXEC_FILE_RESOLVED, &file);
  if (code != HFCORE_OK)
    return code;
  if (file.info.path && strcmp (file.info.path, path) != 0)
    return exec_talk_breach (talk, "was asked for '%s' and answered for '%s'", path,
                             file.info.path);
  talk->is_over = true;
  info->length = file.info.length;
  code = keep (talk, path, &info->path);
  if (code == HFCORE_OK)
    code = keep (talk, file.info.commit, &info->commit);
  if (code == HFCORE_OK)
    code = keep (talk, file.info.etag, &info->etag);
  return code ? code : keep (talk, file.info.location, &info->location);
}

static int
transport_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *revision, const char *path, struct hfcore_file_info *info)
{
  CLEANUP_TALK struct exec_talk talk;
  const char *kind;
  json_t *value;
  info->length = info->lfs_length = HFCORE_SIZE_UNKNOWN;
  int code = exec_talk_begin (&talk, self, call);
  if (code == HFCORE_OK)
    code = exec_talk_ask (&talk, make_question ("resolve", repo, revision, path));
  if (code == HFCORE_OK)
    code = exec_talk_hear (&talk, &kind, &value);
  if (code == HFCORE_E_NOTFOUND && talk.commit[0] && keep (&talk, talk.commit, &info->commit))
    return HFCORE_E_NOMEM;
  if (code != HFCORE_OK)
    return code;
  if (!path && strcmp (kind, "commit") == 0)
    return take_commit (&talk, value, info);
  if (path && strcmp (kind, "file") == 0)
    return take_file (&talk, value, path, info);
  return exec_talk_breach (&talk, "answered `%s` where `%s` was to come", kind,
                           path ? "file" : "commit");
}

/* ---- read ---- */

struct reading
{
  struct exec_talk talk;
  const struct hfcore_read *request;
  const struct hfcore_sink *sink;
  uint64_t offset; /* that was asked for, as was ...  */
  uint64_t length;
  uint64_t left; /* that may still come; HFCORE_SIZE_UNKNOWN: as many as there are  */
  bool is_exact; /* ... and must  */
  bool has_begun;
};

/* A program that cannot send parts is not asked for any: it sends all.  */
static int
ask_read (struct reading *r)
{
  const struct hfcore_read *request = r->request;
  json_t *question = make_question ("read", request->repo, request->commit, request->path);
  bool has_total = HFCORE_HAS (request, total) && request->total != HFCORE_SIZE_UNKNOWN;
  if (r->talk.wait.exec->caps & HFCORE_TRANSPORT_RANGE)
    {
      r->offset = request->offset;
      r->length = request->length;
    }
  if (r->offset > INT64_MAX)
    {
      json_decref (question);
      r->talk.is_over = true;
      return r->talk.wait.exec->host->fail (r->talk.wait.call, HFCORE_E_CONFLICT,
                                            "no file has so many bytes");
    }
  int failed = question
                   ? json_object_set_new (question, "offset", json_integer ((json_int_t) r->offset))
                   : -1;
  if (!failed && r->length <= INT64_MAX)
    failed = json_object_set_new (question, "length", json_integer ((json_int_t) r->length));
  if (!failed && has_total && request->total <= INT64_MAX)
    failed = json_object_set_new (question, "total", json_integer ((json_int_t) request->total));
  if (!failed && request->etag)
    failed = json_object_set_new (question, "etag", json_string (request->etag));
  if (!failed && request->location)
    failed = json_object_set_new (question, "location", json_string (request->location));
  if (failed)
    {
      json_decref (question);
      question = NULL;
    }
  return exec_talk_ask (&r->talk, question);
}

/* How many bytes the program is to send.  */
static int
count_bytes (struct reading *r, uint64_t offset, uint64_t total)
{
  r->left = HFCORE_SIZE_UNKNOWN;
  r->is_exact = total != HFCORE_SIZE_UNKNOWN;
  if (r->is_exact && offset > total)
    return exec_talk_breach (&r->talk, "begins at byte %" PRIu64 " of %" PRIu64, offset, total);
  if (r->is_exact)
    r->left = total - offset;
  if (offset == r->offset && r->left > r->length)
    r->left = r->length;
  return HFCORE_OK;
}

/* The sink hears of the file, then where its bytes begin.  */
static int
begin (struct reading *r, const json_t *value, const struct exec_file *file)
{
  uint64_t offset, total;
  if (r->has_begun)
    return exec_talk_breach (&r->talk, "began to send twice");
  if (!exec_talk_number (value, "offset", &offset) || offset == HFCORE_SIZE_UNKNOWN
      || !exec_talk_number (value, "total", &total))
    return exec_talk_breach (&r->talk, "sent a `begin` without an offset, or with no number in it");
  if (total != HFCORE_SIZE_UNKNOWN && r->request->offset && r->request->offset >= total)
    return r->talk.wait.exec->host->fail (r->talk.wait.call, HFCORE_E_CONFLICT,
                                          "'%s' has %" PRIu64
                                          " bytes, and was asked for from byte %" PRIu64
                                          ": it is another file",
                                          r->request->path, total, r->request->offset);
  int code = count_bytes (r, offset, total);
  if (code != HFCORE_OK)
    return code;
  struct hfcore_file_info info = file->info;
  info.path = r->request->path;
  if (info.length == HFCORE_SIZE_UNKNOWN)
    info.length = total;
  r->has_begun = true;
  code = r->sink->about ? r->sink->about (r->sink->ctx, &info) : HFCORE_OK;
  return code ? code : r->sink->begin (r->sink->ctx, offset, total);
}

static int
pass_data (struct reading *r, const json_t *value)
{
  if (!r->has_begun)
    return exec_talk_breach (&r->talk, "sent bytes before it said where they begin");
  if (!json_is_integer (value) || json_integer_value (value) < 0)
    return exec_talk_breach (&r->talk, "sent `data` that is no number of bytes");
  uint64_t len = (uint64_t) json_integer_value (value);
  if (len > r->left)
    return exec_talk_breach (&r->talk, "sent more bytes than it announced");
  uint64_t total = r->is_exact ? r->talk.wait.done + r->left : HFCORE_SIZE_UNKNOWN;
  if (r->left != HFCORE_SIZE_UNKNOWN)
    r->left -= len;
  return exec_talk_bytes (&r->talk, len, total, r->sink->data, r->sink->ctx);
}

static int
finish (struct reading *r)
{
  if (!r->has_begun)
    return exec_talk_breach (&r->talk, "answered without a file");
  r->talk.is_over = true;
  if (!r->is_exact || r->left == 0)
    return HFCORE_OK;
  return r->talk.wait.exec->host->fail (r->talk.wait.call, HFCORE_E_RETRY,
                                        "the program %s sent %" PRIu64
                                        " bytes of '%s' where %" PRIu64 " were to come",
                                        r->talk.wait.exec->program.path, r->talk.wait.done,
                                        r->request->path, r->talk.wait.done + r->left);
}

static int
hear_reading (struct reading *r)
{
  struct exec_file file = EXEC_FILE_UNKNOWN;
  const char *kind;
  json_t *value, *about = NULL;
  int code;
  while (!(code = exec_talk_hear (&r->talk, &kind, &value)))
    {
      if (strcmp (kind, "file") == 0 && !about && !r->has_begun)
        {
          about = json_incref (value);
          code = exec_file_read (&r->talk, about, EXEC_FILE_ABOUT, &file);
        }
      else if (strcmp (kind, "begin") == 0)
        code = begin (r, value, &file);
      else if (strcmp (kind, "data") == 0)
        code = pass_data (r, value);
      else if (strcmp (kind, "end") == 0)
        {
          code = finish (r);
          break;
        }
      else
        code = exec_talk_breach (&r->talk, "answered `%s` to `read`", kind);
      if (code)
        break;
    }
  json_decref (about);
  return code;
}

static int
transport_read (void *self, struct hfcore_call *call, const struct hfcore_read *request,
                const struct hfcore_sink *sink)
{
  struct reading reading = { .request = request, .sink = sink, .length = HFCORE_SIZE_UNKNOWN };
  if (request->length == 0)
    return sink->begin (sink->ctx, request->offset, HFCORE_SIZE_UNKNOWN);
  int code = exec_talk_begin (&reading.talk, self, call);
  if (code == HFCORE_OK)
    code = ask_read (&reading);
  if (code == HFCORE_OK)
    code = hear_reading (&reading);
  exec_talk_end (&reading.talk);
  return code;
}

/* ---- list ---- */

static int
tell_file (struct exec_talk *talk, const json_t *value, const char *commit,
           const struct hfcore_file_sink *sink)
{
  struct exec_file file;
  int code = exec_file_read (talk, value, EXEC_FILE_LISTED, &file);
  if (code != HFCORE_OK)
    return code;
  file.info.commit = commit;
  code = sink->file (sink->ctx, &file.info);
  return code ? code : talk->wait.exec->host->tick (talk->wait.call, 0, 0);
}

static int
hear_list (struct exec_talk *talk, const char *commit, const struct hfcore_file_sink *sink)
{
  bool is_incomplete = false;
  const char *kind;
  json_t *value;
  int code;
  for (uint64_t count = 0; !(code = exec_talk_hear (talk, &kind, &value)); count++)
    {
      if (count > FILES_MAX)
        code = exec_talk_breach (talk, "sends a file list without an end");
      else if (strcmp (kind, "file") == 0)
        code = tell_file (talk, value, commit, sink);
      else if (strcmp (kind, "incomplete") == 0 && !is_incomplete)
        {
          is_incomplete = true;
          if (HFCORE_HAS (sink, incomplete) && sink->incomplete)
            code = sink->incomplete (sink->ctx);
        }
      else if (strcmp (kind, "end") == 0)
        {
          talk->is_over = true;
          return HFCORE_OK;
        }
      else
        code = exec_talk_breach (talk, "answered `%s` to `list`", kind);
      if (code)
        break;
    }
  return code;
}

static int
transport_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *commit, const struct hfcore_file_sink *sink)
{
  struct exec *exec = self;
  CLEANUP_TALK struct exec_talk talk = { 0 };
  if (!(exec->caps & HFCORE_TRANSPORT_LIST))
    return exec->host->fail (call, HFCORE_E_UNSUPPORTED, "the program %s does not list files",
                             exec->program.path);
  int code = exec_talk_begin (&talk, exec, call);
  if (code == HFCORE_OK)
    code = exec_talk_ask (&talk, make_question ("list", repo, commit, NULL));
  return code ? code : hear_list (&talk, commit, sink);
}

/* ---- the descriptor ---- */

static const struct hfcore_option options[] = {
  { "program", HFCORE_OPTION_PATH, HFCORE_OPTION_REQUIRED, NULL,
    "what is run, without a shell: an absolute path" },
  { "arguments", HFCORE_OPTION_LIST, 0, NULL, "its arguments" },
  { "environment", HFCORE_OPTION_LIST, HFCORE_OPTION_SECRET, NULL,
    "KEY=VALUE, or KEY to pass on ours; beside these it has PATH, HOME and LANG" },
  { "processes", HFCORE_OPTION_INT, 0, "4", "how many of it may run side by side" },
  { "timeout", HFCORE_OPTION_DURATION, 0, "60s",
    "how long it may be silent when asked, before it is killed" },
  { 0 },
};

static const struct hfcore_transport_ops ops = {
  .size = sizeof ops,
  .caps = CAPS_MOST,
  .open = transport_open,
  .close = transport_close,
  .caps_now = transport_caps_now,
  .resolve = transport_resolve,
  .read = transport_read,
  .list = transport_list,
};

HFCORE_PLUGIN_DEFINE (.name = "transport-exec", .version = PACKAGE_VERSION,
                      .summary = "files that a program of the site sends, asked over its stdin",
                      .threads = HFCORE_THREADS_PARALLEL, .options = options, .transport = &ops);
