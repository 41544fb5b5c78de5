/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-faulty: a storage and transport that does what it is told, right or wrong. Its
 * options are of every type; `resolve` tells the value of the option that is asked for as `path`
 * in the place of a location.
 *   stat        returns the number that its etag is; "silently 7" does so without saying why;
 *               "option KEY" tells whether that option is set as a length, 1 or 0
 *   ref_get     returns OK and no commit  */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <hfcore/plugin.h>

struct faulty
{
  const struct hfcore_host *host;
  const struct hfcore_settings *settings;
};

static int
faulty_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct faulty *faulty = calloc (1, sizeof *faulty);
  if (!faulty)
    return open->host->fail (call, HFCORE_E_NOMEM, "not enough memory");
  faulty->host = open->host;
  faulty->settings = open->settings;
  *self = faulty;
  return HFCORE_OK;
}

static void
faulty_close (void *self)
{
  free (self);
}

static int
faulty_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
             uint64_t *length)
{
  const struct faulty *faulty = self;
  static const char silently[] = "silently ", option[] = "option ";
  (void) repo;
  if (strncmp (etag, silently, strlen (silently)) == 0)
    return (int) strtol (etag + strlen (silently), NULL, 10);
  if (strncmp (etag, option, strlen (option)) == 0)
    {
      *length = faulty->host->text (faulty->settings, etag + strlen (option)) != NULL;
      return HFCORE_OK;
    }
  *length = 1;
  int code = (int) strtol (etag, NULL, 10);
  return code < 0 ? faulty->host->fail (call, code, "told to fail") : code;
}

static int
faulty_ref_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *ref, const char **commit)
{
  (void) self;
  (void) call;
  (void) repo;
  (void) ref;
  (void) commit;
  return HFCORE_OK;
}

static int
faulty_file_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *commit, const char *path, struct hfcore_stored_file *file)
{
  (void) self;
  (void) call;
  (void) repo;
  (void) commit;
  (void) path;
  (void) file;
  return HFCORE_PASS;
}

static int
faulty_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *revision, const char *path, struct hfcore_file_info *info)
{
  const struct faulty *faulty = self;
  char text[512];
  (void) repo;
  (void) revision;
  const char *first = faulty->host->text (faulty->settings, path);
  const char *second = faulty->host->item (faulty->settings, path, 1);
  snprintf (text, sizeof text, "%s %s %" PRId64, first ? first : "-", second ? second : "-",
            faulty->host->number (faulty->settings, path));
  info->location = faulty->host->keep (call, text, strlen (text));
  return info->location ? HFCORE_OK : HFCORE_E_NOMEM;
}

static int
faulty_read (void *self, struct hfcore_call *call, const struct hfcore_read *request,
             const struct hfcore_sink *sink)
{
  const struct faulty *faulty = self;
  (void) request;
  int code = sink->begin (sink->ctx, 0, 3);
  if (code == 0)
    code = sink->data (sink->ctx, "abc", 3);
  /* What it must not do: say more after the sink said stop.  */
  return code ? faulty->host->fail (call, HFCORE_E_RETRY, "my own opinion") : HFCORE_OK;
}

static const struct hfcore_storage_ops storage_ops = {
  .size = sizeof (struct hfcore_storage_ops),
  .caps = HFCORE_STORAGE_LIST | HFCORE_STORAGE_PATHS,
  .open = faulty_open,
  .close = faulty_close,
  .stat = faulty_stat,
  .ref_get = faulty_ref_get,
  .file_get = faulty_file_get,
};

static const struct hfcore_transport_ops transport_ops = {
  .size = sizeof (struct hfcore_transport_ops),
  .open = faulty_open,
  .close = faulty_close,
  .resolve = faulty_resolve,
  .read = faulty_read,
};

static const struct hfcore_option options[] = {
  { .key = "label", .type = HFCORE_OPTION_TEXT, .fallback = "none", .help = "any text" },
  { .key = "limit", .type = HFCORE_OPTION_SIZE, .help = "bytes" },
  { .key = "tags", .type = HFCORE_OPTION_LIST, .help = "words" },
  { .key = "token", .type = HFCORE_OPTION_TEXT, .flags = HFCORE_OPTION_SECRET, .help = "a token" },
  { .key = "etag-timeout", .type = HFCORE_OPTION_DURATION, .help = "as at the top level" },
  { .key = "user-agent-origin", .type = HFCORE_OPTION_TEXT, .help = "as at the top level" },
  { .key = NULL },
};

HFCORE_PLUGIN_DEFINE (.name = "test-faulty", .version = "1", .summary = "Does what it must not do",
                      .threads = HFCORE_THREADS_PARALLEL, .options = options,
                      .storage = &storage_ops, .transport = &transport_ops);
