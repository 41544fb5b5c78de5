/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-cabinet: assets that are nowhere. The path of a folder is ROOT:LIBRARY:NAMESPACE:SUB
 * as it was asked for; the list is always the same three, one with a name that no terminal should
 * see; what is removed is said in the log. The option `fail` ("OP RESULT", script.h) makes an op
 * fail.  */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <hfcore/plugin.h>
#include "tests/support/plugins/script.h"

struct cabinet
{
  const struct hfcore_host *host;
  struct hfcore_journal *journal;
  const char *root, *fail;
};

static int
told_to_fail (const struct cabinet *cabinet, struct hfcore_call *call, const char *op)
{
  char word[SCRIPT_WORD_ROOM];
  if (!cabinet->fail || !script_word (cabinet->fail, 0, word) || strcmp (word, op) != 0)
    return HFCORE_OK;
  return script_fail (cabinet->host, call, cabinet->fail);
}

static const char *
or_none (const char *name)
{
  return name ? name : "(all)";
}

static int
cabinet_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct cabinet *cabinet = calloc (1, sizeof *cabinet);
  if (!cabinet)
    return open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  cabinet->host = open->host;
  cabinet->journal = open->journal;
  cabinet->root = open->host->text (open->settings, "root");
  cabinet->fail = open->host->text (open->settings, "fail");
  int code = told_to_fail (cabinet, call, "open");
  if (code)
    free (cabinet);
  else
    *self = cabinet;
  return code;
}

static void
cabinet_close (void *self)
{
  free (self);
}

static int
cabinet_path (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
              const char **path)
{
  const struct cabinet *cabinet = self;
  char text[1024];
  int code = told_to_fail (cabinet, call, "path");
  if (code)
    return code;
  int len = snprintf (text, sizeof text, "%s:%s:%s:%s", cabinet->root, asset->library,
                      asset->name_space, asset->subfolder);
  if (len < 0 || (size_t) len >= sizeof text)
    return cabinet->host->fail (call, HFCORE_E_IO, "the names are too long");
  *path = cabinet->host->keep (call, text, (size_t) len);
  return *path ? HFCORE_OK : HFCORE_E_NOMEM;
}

static int
cabinet_list (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
              const struct hfcore_asset_sink *sink)
{
  static const struct hfcore_asset kept[] = { { .size = sizeof *kept,
                                                .library = "z\033[31m\nlib",
                                                .name_space = "ns",
                                                .subfolder = "bad \377",
                                                .path = "/z\033]0;x\007",
                                                .bytes = 7,
                                                .modified_ms = 7000 },
                                              { .size = sizeof *kept,
                                                .library = "lib",
                                                .name_space = "ns",
                                                .subfolder = "sub",
                                                .bytes = 1500,
                                                .modified_ms = 1700000000123 },
                                              { .size = sizeof *kept,
                                                .library = "lib",
                                                .path = "/lib",
                                                .bytes = 500,
                                                .modified_ms = 1600000000123 } };
  const struct cabinet *cabinet = self;
  cabinet->host->log (cabinet->journal, HFCORE_LOG_INFO, "asked to list %s %s %s",
                      or_none (asset->library), or_none (asset->name_space),
                      or_none (asset->subfolder));
  int code = told_to_fail (cabinet, call, "list");
  for (size_t i = 0; code == HFCORE_OK && i < sizeof kept / sizeof *kept; i++)
    code = sink->asset (sink->ctx, &kept[i]);
  return code;
}

static int
cabinet_remove (void *self, struct hfcore_call *call, const struct hfcore_asset *asset)
{
  const struct cabinet *cabinet = self;
  cabinet->host->log (cabinet->journal, HFCORE_LOG_INFO, "asked to remove %s %s %s",
                      or_none (asset->library), or_none (asset->name_space),
                      or_none (asset->subfolder));
  return told_to_fail (cabinet, call, "remove");
}

static const struct hfcore_option options[] = {
  { .key = "root", .type = HFCORE_OPTION_PATH, .help = "what paths begin with" },
  { .key = "fail", .type = HFCORE_OPTION_TEXT, .help = "OP RESULT" },
  { .key = NULL },
};

static const struct hfcore_assets_ops ops = {
  .size = sizeof ops,
  .open = cabinet_open,
  .close = cabinet_close,
  .path = cabinet_path,
  .list = cabinet_list,
  .remove = cabinet_remove,
};

HFCORE_PLUGIN_DEFINE (.name = "test-cabinet", .version = "1", .summary = "Assets that are nowhere",
                      .threads = HFCORE_THREADS_PARALLEL, .options = options, .assets = &ops);
