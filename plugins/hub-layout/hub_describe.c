/* SPDX-License-Identifier: Apache-2.0 */
/* hub_describe.c: tell people what a cache can do where it lies.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/files_share.h"
#include "plugins/hub-layout/hub_probe.h"

static int
tell (const struct hfcore_fact_sink *sink, const char *key, const char *value)
{
  return sink->fact (sink->ctx, key, value);
}

static int
tell_if (const struct hfcore_fact_sink *sink, const char *key, int can)
{
  return tell (sink, key, can > 0 ? "yes" : can == 0 ? "no" : "cannot be told");
}

static const char *
form_of (const struct hub_store *store, int links)
{
  if (store->form != HUB_FORM_PROBED)
    return store->form == HUB_FORM_LINKS ? "links" : "copies";
  return links > 0 ? "links" : links == 0 ? "copies" : "links where they can be made, else copies";
}

/* What is found out by trying.  */
static int
tell_tried (const struct hub_store *store, int folder, const struct hfcore_fact_sink *sink)
{
  int links = hub_probe_folder (folder);
  bool refused = links < 0 && (errno == EACCES || errno == EPERM || errno == EROFS);
  int ways = files_share_ways (folder);
  int code = tell (sink, "access", refused ? "may not be written" : "read-write");
  if (code == 0)
    code = tell (sink, "form", form_of (store, links));
  if (code == 0)
    code = tell_if (sink, "symbolic links", links);
  if (code == 0)
    code = tell_if (sink, "reflinks", ways < 0 ? -1 : (ways & FILES_SHARE_REFLINK) != 0);
  if (code == 0)
    code = tell_if (sink, "hard links", ways < 0 ? -1 : (ways & FILES_SHARE_HARD_LINK) != 0);
  return code;
}

int
hub_describe (void *self, struct hfcore_call *call, const struct hfcore_fact_sink *sink)
{
  struct hub_store *store = self;
  const char *root = store->root_len ? store->root : "/";
  int code = tell (sink, "root", root);
  if (code)
    return code;
  CLEANUP_CLOSE int folder = open (root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 && errno == ENOENT && !store->read_only)
    return tell (sink, "folder", "not there yet");
  if (folder < 0)
    {
      int os_errno = errno;
      code = hub_store_miss (store, call, HFCORE_OK);
      return code ? code : hub_store_fail_reading (store, call, os_errno, "open", root);
    }
  return store->read_only ? tell (sink, "access", "read-only") : tell_tried (store, folder, sink);
}
