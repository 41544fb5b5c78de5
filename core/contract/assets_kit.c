/* SPDX-License-Identifier: Apache-2.0 */
/* assets_kit.c: see assets_kit.h.  */
#include "core/contract/assets_kit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/files.h"
#include "core/util/text.h"

enum
{
  SLOW_MS = 300, /* longer than may pass between two ticks  */
  STATE_MOST = 1 << 20
};

static char *
copy (struct contract *contract, const char *text)
{
  char *copied = text ? strdup (text) : NULL;
  if (text && !copied)
    contract_skip (contract, "out of memory");
  return copied;
}

/* ---- questions ---- */

static const char *
in_call (struct hfcore_call *call, const char *text)
{
  return text ? contract_text (call, "%s", text) : NULL;
}

const struct hfcore_asset *
assets_named (struct hfcore_call *call, const char *library, const char *name_space,
              const char *subfolder)
{
  const struct hfcore_asset asset = { .size = sizeof asset,
                                      .library = in_call (call, library),
                                      .name_space = in_call (call, name_space),
                                      .subfolder = in_call (call, subfolder) };
  return contract_bytes (call, &asset, sizeof asset);
}

int
assets_ask_path (struct contract *contract, const struct contract_assets *assets,
                 const char *library, const char *name_space, const char *subfolder, char **path)
{
  struct hfcore_call *call = contract_call (contract);
  const char *told = NULL;
  int code = assets->ops->path (assets->self, call,
                                assets_named (call, library, name_space, subfolder), &told);
  if (code < HFCORE_OK)
    assets_expect_text (contract, call, "path");
  if (path)
    *path = code == HFCORE_OK ? copy (contract, told) : NULL;
  contract_end (call);
  return code;
}

char *
assets_folder (struct contract *contract, const struct contract_assets *assets, const char *library,
               const char *name_space, const char *subfolder)
{
  char *path;
  struct stat st;
  int code = assets_ask_path (contract, assets, library, name_space, subfolder, &path);
  contract_expect (contract, code == HFCORE_OK,
                   "expected path of '%s' '%s' '%s' to answer OK, it answered %s", library,
                   name_space, subfolder, contract_answer (code));
  contract_expect (contract, path[0] == '/', "expected an absolute path, path told '%s'", path);
  contract_expect (contract, stat (path, &st) == 0 && S_ISDIR (st.st_mode),
                   "expected path to make the folder that it tells, %s is not there", path);
  return path;
}

int
assets_ask_remove (struct contract *contract, const struct contract_assets *assets,
                   const char *library, const char *name_space, const char *subfolder)
{
  struct hfcore_call *call = contract_call (contract);
  int code = assets->ops->remove (assets->self, call,
                                  assets_named (call, library, name_space, subfolder));
  if (code < HFCORE_OK)
    assets_expect_text (contract, call, "remove");
  contract_end (call);
  return code;
}

/* ---- lists ---- */

static void
be_slow (struct asset_list *list)
{
  if (!list->since_ms)
    {
      list->since_ms = clock_now_ms ();
      atomic_store (&list->cancel, 1);
      return;
    }
  int64_t late = clock_now_ms () - list->since_ms;
  contract_expect (list->contract, late < ASSETS_TOO_SLOW_MS,
                   "expected list to stop within 100 ms of the wish, it still went on after %lld "
                   "ms",
                   (long long) late);
  clock_sleep_ms (SLOW_MS);
}

static int
hear (void *ctx, const struct hfcore_asset *asset)
{
  struct asset_list *list = ctx;
  const struct told_asset told = { .library = copy (list->contract, asset->library),
                                   .name_space = copy (list->contract, asset->name_space),
                                   .subfolder = copy (list->contract, asset->subfolder),
                                   .path = copy (list->contract, asset->path),
                                   .bytes = asset->bytes,
                                   .modified_ms = asset->modified_ms };
  if (told_assets_append (&list->told, told) < 0)
    contract_skip (list->contract, "out of memory");
  list->after_stop += list->stopped;
  if (list->cancels)
    be_slow (list);
  list->stopped = list->stopped || list->told.count == list->stop_at;
  return list->stopped ? list->stop_with : 0;
}

void
asset_list_init (struct asset_list *list, struct contract *contract)
{
  *list = (struct asset_list){ .contract = contract };
}

struct hfcore_asset_sink
asset_list_sink (struct asset_list *list)
{
  return (struct hfcore_asset_sink){ .size = sizeof (struct hfcore_asset_sink),
                                     .ctx = list,
                                     .asset = hear };
}

void
assets_list_all (struct contract *contract, const struct contract_assets *assets,
                 const char *library, const char *name_space, const char *subfolder,
                 struct asset_list *list)
{
  asset_list_init (list, contract);
  const struct hfcore_asset_sink sink = asset_list_sink (list);
  struct hfcore_call *call = contract_call (contract);
  int code = assets->ops->list (assets->self, call,
                                assets_named (call, library, name_space, subfolder), &sink);
  contract_expect_code (contract, call, "list", code, HFCORE_OK);
  contract_end (call);
}

int
assets_list_bare (const struct contract_assets *assets, struct hfcore_call *call,
                  const struct hfcore_asset *asset, const struct hfcore_asset_sink *sink)
{
  const struct guard *guard = assets->self;
  return guard->module->assets.list (guard->self, call, asset, sink);
}

/* ---- folders ---- */

void
assets_write (struct contract *contract, const char *folder, const char *name, size_t len)
{
  char path[PATH_MAX];
  CLEANUP_FREE char *bytes = calloc (1, len + 1);
  snprintf (path, sizeof path, "%s/%s", folder, name);
  CLEANUP_CLOSE int fd = -1;
  if (bytes && files_make_parents (AT_FDCWD, path) == 0)
    fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  contract_expect (contract, fd >= 0 && files_write_all (fd, bytes, len) == 0,
                   "expected a folder that can be written to, %s cannot be made: %s", path,
                   strerror (errno));
}

bool
assets_is_there (const char *folder, const char *name)
{
  char path[PATH_MAX];
  struct stat st;
  snprintf (path, sizeof path, "%s/%s", folder, name);
  return lstat (path, &st) == 0;
}

bool
assets_is_below (const char *path, const char *folder)
{
  size_t len = strlen (folder);
  return strncmp (path, folder, len) == 0 && path[len] == '/' && path[len + 1];
}

size_t
assets_told (const struct asset_list *list, const char *path)
{
  size_t count = 0;
  for (size_t i = 0; i < list->told.count; i++)
    count += list->told.items[i].path && strcmp (list->told.items[i].path, path) == 0;
  return count;
}

static struct text state;

static int
add_entry (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  (void) type, (void) ftw;
  text_addf (&state, "%s %o %lld %lld.%09ld\n", path, (unsigned) st->st_mode,
             (long long) st->st_size, (long long) st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
  return 0;
}

char *
assets_state (struct contract *contract, const char *folder)
{
  state = TEXT_LIMIT (STATE_MOST);
  text_add (&state, "");
  if (nftw (folder, add_entry, 16, FTW_PHYS) < 0 && errno != ENOENT)
    contract_skip (contract, "cannot look at all of %s: %s", folder, strerror (errno));
  char *told = text_take (&state);
  if (!told)
    contract_skip (contract, "out of memory");
  return told;
}

/* ---- what is expected ---- */

void
assets_expect_text (struct contract *contract, const struct hfcore_call *call, const char *op)
{
  contract_expect (contract, call->error.message[0] && !contract_is_silent (call->error.message),
                   "expected %s to say why it failed with %s (host->fail), no failure was recorded",
                   op, contract_code_name (call->error.code));
  assets_expect_clean (contract);
}

void
assets_expect_clean (struct contract *contract)
{
  const char *fault = strstr (contract_log (contract), "this is a fault of the plugin");
  contract_expect (contract, !fault, "expected results that mean something, the log says: %.*s",
                   fault ? (int) strcspn (fault, "\n") : 0, fault ? fault : "");
}
