/* SPDX-License-Identifier: Apache-2.0 */
/* hub_plugin.c: see hub_plugin.h.  */
#include "plugins/hub-layout/hub_plugin.h"

#include <string.h>
#include "core/util/files_share.h"

static const struct
{
  const char *name;
  unsigned way;
} ways[] = { { "reflink", FILES_SHARE_REFLINK },
             { "hard-link", FILES_SHARE_HARD_LINK },
             { "copy", FILES_SHARE_COPY } };

/* The way that the first `len` bytes name, or 0.  */
static unsigned
parse_way (const char *text, size_t len)
{
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    if (strlen (ways[i].name) == len && strncmp (ways[i].name, text, len) == 0)
      return ways[i].way;
  return 0;
}

/* A list, or one text with commas, as the default is written.  */
static int
read_share (const struct hfcore_open *open, struct hfcore_call *call, unsigned *share)
{
  const struct hfcore_host *host = open->host;
  const char *text;
  *share = 0;
  for (size_t i = 0; (text = host->item (open->settings, "share", i)); i++)
    while (*(text += strspn (text, ", ")))
      {
        size_t len = strcspn (text, ", ");
        unsigned way = parse_way (text, len);
        if (!way)
          return host->fail (call, HFCORE_E_CONFIG,
                             "the option `share` knows reflink, hard-link and copy, not `%.*s`",
                             len < 80 ? (int) len : 80, text);
        *share |= way;
        text += len;
      }
  if (*share)
    return HFCORE_OK;
  return host->fail (call, HFCORE_E_CONFIG,
                     "the option `share` allows no way to make a copy; name reflink, hard-link or "
                     "copy");
}

int
hub_plugin_open (void **self, struct hfcore_call *call, const struct hfcore_open *open,
                 enum hub_form form)
{
  const struct hfcore_host *host = open->host;
  struct hub_store *store;
  int code = hub_store_open (open, call, host->text (open->settings, "root"), &store);
  if (code != HFCORE_OK)
    return code;
  bool wanted = host->number (open->settings, "symlinks") != 0;
  store->durable = host->number (open->settings, "durable") != 0;
  store->form = form == HUB_FORM_PROBED && !wanted ? HUB_FORM_COPIES : form;
  store->warns = host->number (open->settings, "symlinks-warning") != 0
                 && (store->form == HUB_FORM_PROBED || !wanted);
  if (form != HUB_FORM_LINKS)
    code = read_share (open, call, &store->share);
  if (code != HFCORE_OK)
    {
      hub_store_close (store);
      return code;
    }
  *self = store;
  return HFCORE_OK;
}

void
hub_plugin_close (void *self)
{
  hub_store_close (self);
}

uint32_t
hub_plugin_caps_now (void *self)
{
  const struct hub_store *store = self;
  const uint32_t reading = HFCORE_STORAGE_PATHS | HFCORE_STORAGE_LIST;
  const uint32_t writing
      = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_LOCKS | HFCORE_STORAGE_RESUME | HFCORE_STORAGE_REMOVE;
  return store->read_only ? reading : reading | writing;
}
