/* SPDX-License-Identifier: Apache-2.0 */
/* transport_dir.c: the plugin `transport-dir`: a folder (a share, a stick) as a source of files. It
 * is a Hub cache or a plain tree; that the bytes are what they are called the engine checks.  */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/digest.h"
#include "core/util/names.h"
#include "plugins/transport-dir/dir.h"
#include "plugins/transport-dir/dir_digest.h"
#include "plugins/transport-dir/dir_list.h"

/* ---- what the forms share ---- */

int
dir_no_file (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
             const char *revision, const char *path)
{
  dir->host->fail (call, HFCORE_E_NOTFOUND, "%s '%s' in %s has no file '%s' in '%s'", repo->type,
                   repo->id, dir->store->root, path, revision);
  dir->host->why (call, 0, 0, 0, HFCORE_MISSING_FILE);
  return HFCORE_E_NOTFOUND;
}

int
dir_as_source (struct dir *dir, struct hfcore_call *call, int code)
{
  switch (code)
    {
    case HFCORE_E_IO:
    case HFCORE_E_READONLY:
    case HFCORE_E_NOSPACE:
    case HFCORE_E_NOTFOUND: /* the root */
      break;
    default:
      return code;
    }
  const struct hfcore_error error = *dir->host->error (call);
  dir->host->fail (call, HFCORE_E_DOWN, "%s", error.message);
  dir->host->why (call, error.os_errno, 0, 0, 0);
  return HFCORE_E_DOWN;
}

/* ---- open and close ---- */

static int
read_layout (struct dir *dir, struct hfcore_call *call, const char *layout)
{
  if (strcmp (layout, "hub-cache") == 0)
    dir->form = &dir_cache_form;
  else if (strcmp (layout, "tree") == 0)
    dir->form = &dir_tree_form;
  else if (strcmp (layout, "auto") != 0)
    return dir->host->fail (call, HFCORE_E_CONFIG,
                            "the option `layout` is '%s'; it can be auto, hub-cache or tree",
                            layout);
  return HFCORE_OK;
}

static int
transport_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct hfcore_open reading = *open;
  CLEANUP_FREE struct dir *dir = calloc (1, sizeof *dir);
  if (!dir)
    return open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  reading.read_only = 1;
  dir->host = open->host;
  int code = read_layout (dir, call, open->host->text (open->settings, "layout"));
  if (code == HFCORE_OK)
    code = hub_store_open (&reading, call, open->host->text (open->settings, "root"), &dir->store);
  if (code != HFCORE_OK)
    return code;
  pthread_mutex_init (&dir->mutex, NULL);
  *self = TAKE_PTR (dir);
  return HFCORE_OK;
}

static void
transport_close (void *self)
{
  struct dir *dir = self;
  dir_list_forget (dir);
  dir_digest_forget (dir);
  pthread_mutex_destroy (&dir->mutex);
  hub_store_close (dir->store);
  free (dir);
}

static uint32_t
transport_caps_now (void *self)
{
  (void) self;
  return HFCORE_TRANSPORT_RANGE | HFCORE_TRANSPORT_LIST | HFCORE_TRANSPORT_LOCAL;
}

/* How a repository is kept here. DOWN: the root is gone; PASS: the root is there, and has no cache
 * of this repository.  */
static int
find_form (struct dir *dir, struct hfcore_call *call, const struct hfcore_repo *repo,
           const struct dir_form **form)
{
  struct hub_path path;
  const char *root = dir->store->root_len ? dir->store->root : "/";
  int code = dir_file_is_folder (dir, call, root);
  if (code == HFCORE_PASS)
    {
      dir->host->fail (call, HFCORE_E_DOWN, "%s is not there (is the stick plugged in?)", root);
      dir->host->why (call, ENOENT, 0, 0, 0);
      return HFCORE_E_DOWN;
    }
  *form = &dir_tree_form;
  if (code != HFCORE_OK || dir->form == &dir_tree_form)
    return code;
  hub_store_given (dir->store, &path, repo);
  if (path.bad)
    return hub_store_bad_path (dir->store, call, &path);
  code = dir_file_is_folder (dir, call, path.text);
  if (code == HFCORE_OK)
    *form = &dir_cache_form;
  return code == HFCORE_PASS && !dir->form ? HFCORE_OK : code;
}

/* ---- resolve ---- */

static int
keep (struct dir *dir, struct hfcore_call *call, const char *text, const char **kept)
{
  return *text && !(*kept = dir->host->keep (call, text, strlen (text))) ? HFCORE_E_NOMEM
                                                                         : HFCORE_OK;
}

static int
resolve_file (struct dir *dir, struct hfcore_call *call, const struct dir_form *form,
              const struct hfcore_repo *repo, const char *revision, const char *path,
              struct hfcore_file_info *info)
{
  struct dir_found found = { .file.fd = -1 };
  int code = form->find (dir, call, repo, revision, path, &found);
  if (code == HFCORE_OK && !found.etag[0])
    code = dir_digest (dir, call, &found.file, digest_guess (found.file.length), found.etag);
  dir_file_close (&found.file);
  if ((code == HFCORE_OK || code == HFCORE_E_NOTFOUND)
      && keep (dir, call, found.commit, &info->commit))
    return HFCORE_E_NOMEM;
  if (code != HFCORE_OK)
    return code;
  info->length = found.file.length;
  code = keep (dir, call, path, &info->path);
  if (code == HFCORE_OK)
    code = keep (dir, call, found.etag, &info->etag);
  return code ? code : keep (dir, call, dir_file_place (&found.file), &info->location);
}

static int
transport_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *revision, const char *path, struct hfcore_file_info *info)
{
  struct dir *dir = self;
  const struct dir_form *form;
  char commit[DIR_COMMIT_ROOM];
  info->length = info->lfs_length = HFCORE_SIZE_UNKNOWN;
  int code = find_form (dir, call, repo, &form);
  if (code != HFCORE_OK)
    return code;
  if (path)
    return resolve_file (dir, call, form, repo, revision, path, info);
  code = form->commit (dir, call, repo, revision, commit);
  return code ? code : keep (dir, call, commit, &info->commit);
}

/* ---- read ---- */

static int
locate (struct dir *dir, struct hfcore_call *call, const struct hfcore_read *request,
        struct dir_found *found)
{
  const struct dir_form *form;
  int code = find_form (dir, call, request->repo, &form);
  if (code != HFCORE_OK)
    return code;
  if (!request->location)
    return form->find (dir, call, request->repo, request->commit, request->path, found);
  code = dir_file_open_place (dir, call, request->location, &found->file);
  if (code != HFCORE_OK || !request->commit || !names_is_commit (request->commit))
    return code;
  memcpy (found->commit, request->commit, DIR_COMMIT_ROOM);
  return form->etag (dir, call, request->repo, found->commit, request->path, found->etag);
}

/* Is it the file that is expected? What is written about it counts; its bytes are looked at where
 * nothing is. Those that are not what is written are the engine's to find.  */
static int
compare (struct dir *dir, struct hfcore_call *call, const struct hfcore_read *request,
         struct dir_found *found)
{
  uint64_t length = found->file.length;
  bool is_other = request->offset > length || (request->offset == length && length > 0);
  if (request->etag && found->etag[0])
    is_other = is_other || strcmp (request->etag, found->etag) != 0;
  else if (request->etag)
    {
      enum digest_kind kind = digest_of_etag (request->etag);
      is_other = is_other
                 || (HFCORE_HAS (request, total) && request->total != HFCORE_SIZE_UNKNOWN
                     && request->total != length);
      int code = is_other || kind == DIGEST_NONE
                     ? HFCORE_OK
                     : dir_digest (dir, call, &found->file, kind, found->etag);
      if (code != HFCORE_OK)
        return code;
      is_other = is_other || (kind != DIGEST_NONE && strcmp (request->etag, found->etag) != 0);
    }
  return is_other ? dir->host->fail (call, HFCORE_E_CONFLICT,
                                     "%s has %llu bytes and etag %s: it is another file",
                                     found->file.real.text, (unsigned long long) length,
                                     found->etag[0] ? found->etag : "unknown")
                  : HFCORE_OK;
}

static int
push (struct dir *dir, struct hfcore_call *call, const struct hfcore_read *request,
      const struct hfcore_sink *sink, const struct dir_found *found)
{
  uint64_t total = found->file.length, length = total - request->offset;
  struct hfcore_file_info info = { .size = sizeof info,
                                   .path = request->path,
                                   .commit = found->commit[0] ? found->commit : NULL,
                                   .etag = found->etag[0] ? found->etag : NULL,
                                   .length = total,
                                   .lfs_length = HFCORE_SIZE_UNKNOWN };
  if (length > request->length)
    length = request->length;
  int code = sink->about ? sink->about (sink->ctx, &info) : HFCORE_OK;
  if (code == HFCORE_OK)
    code = sink->begin (sink->ctx, request->offset, total);
  return code ? code
              : dir_file_push (dir, call, &found->file, request->offset, length, true, sink->data,
                               sink->ctx);
}

static int
transport_read (void *self, struct hfcore_call *call, const struct hfcore_read *request,
                const struct hfcore_sink *sink)
{
  struct dir *dir = self;
  struct dir_found found = { .file.fd = -1 };
  if (request->length == 0)
    return sink->begin (sink->ctx, request->offset, HFCORE_SIZE_UNKNOWN);
  int code = locate (dir, call, request, &found);
  if (code == HFCORE_OK)
    code = compare (dir, call, request, &found);
  if (code == HFCORE_OK)
    code = push (dir, call, request, sink, &found);
  dir_file_close (&found.file);
  return code;
}

static int
transport_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *commit, const struct hfcore_file_sink *sink)
{
  struct dir *dir = self;
  const struct dir_form *form;
  int code = find_form (dir, call, repo, &form);
  return code ? code : form->list (dir, call, repo, commit, sink);
}

/* ---- the descriptor ---- */

static const struct hfcore_option options[] = {
  { "root", HFCORE_OPTION_PATH, HFCORE_OPTION_REQUIRED, NULL,
    "the folder: a Hub cache, or TYPE/ORG/NAME/REVISION/..." },
  { "layout", HFCORE_OPTION_TEXT, 0, "auto",
    "auto: a repository is a cache's where its folder is there, else a tree's; hub-cache; tree" },
  { 0 },
};

static const struct hfcore_transport_ops ops = {
  .size = sizeof ops,
  .caps = HFCORE_TRANSPORT_RANGE | HFCORE_TRANSPORT_LIST | HFCORE_TRANSPORT_LOCAL,
  .open = transport_open,
  .close = transport_close,
  .caps_now = transport_caps_now,
  .resolve = transport_resolve,
  .read = transport_read,
  .list = transport_list,
};

HFCORE_PLUGIN_DEFINE (.name = "transport-dir", .version = PACKAGE_VERSION,
                      .summary = "files of a folder: a cache or plain tree on a stick or a share",
                      .threads = HFCORE_THREADS_PARALLEL, .options = options, .transport = &ops);
