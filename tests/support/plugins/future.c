/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore-test-future: as if built for a later minor of the ABI: every struct has grown at its
 * end. It needs none of the new things, and looks whether the host has them.  */
#include "tests/support/plugins/bare.h"

#include <string.h>

struct future_option
{
  struct hfcore_option now;
  const char *unit;
};

struct future_storage_ops
{
  struct hfcore_storage_ops now;
  int (*defragment) (void *self, struct hfcore_call *call);
};

struct future_plugin
{
  struct hfcore_plugin now;
  const char *home_page;
};

struct future_entry
{
  struct hfcore_entry now;
  const char *owner;
};

struct future_host
{
  struct hfcore_host now;
  void (*celebrate) (void);
};

static const struct hfcore_host *host;

static int
future_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  const struct future_host *later = (const struct future_host *) open->host;
  host = open->host;
  *self = NULL;
  if (open->host->size >= sizeof *later)
    later->celebrate ();
  const char *color = host->text (open->settings, "color");
  if (!color || strcmp (color, "green") != 0)
    return host->fail (call, HFCORE_E_CONFIG, "the color is not green");
  return HFCORE_OK;
}

static int
future_defragment (void *self, struct hfcore_call *call)
{
  (void) self;
  (void) call;
  return HFCORE_OK;
}

static int
future_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, uint32_t kinds,
             const struct hfcore_entry_sink *sink)
{
  const struct future_entry entry = {
    .now
    = { .size = sizeof entry, .kind = HFCORE_ENTRY_BLOB, .repo = repo, .etag = "e", .length = 7 },
    .owner = "nobody",
  };
  (void) self;
  (void) call;
  (void) kinds;
  return sink->entry (sink->ctx, &entry.now);
}

static const struct future_option options[] = {
  { .now = { .key = "size", .type = HFCORE_OPTION_SIZE, .help = "bytes" }, .unit = "bytes" },
  { .now = { .key = "color", .type = HFCORE_OPTION_TEXT, .fallback = "green", .help = "a color" } },
  { .now = { .key = NULL } },
};

static const struct future_storage_ops ops = {
  .now = { .size = sizeof ops,
           .caps = HFCORE_STORAGE_LIST | 1U << 20,
           .open = future_open,
           .close = bare_close,
           .stat = bare_stat,
           .ref_get = bare_ref_get,
           .file_get = bare_file_get,
           .list = future_list },
  .defragment = future_defragment,
};

extern HFCORE_PLUGIN_EXPORT const struct future_plugin hfcore_plugin_v1;
const struct future_plugin hfcore_plugin_v1 = {
  .now = { .size = sizeof hfcore_plugin_v1,
           .abi_major = HFCORE_ABI_MAJOR,
           .abi_minor = HFCORE_ABI_MINOR + 7,
           .option_size = sizeof (struct future_option),
           .threads = HFCORE_THREADS_PARALLEL,
           .name = "test-future",
           .version = "9",
           .summary = "Of a newer ABI",
           .options = &options[0].now,
           .storage = &ops.now },
  .home_page = "https://example.org",
};
