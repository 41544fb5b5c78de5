/* SPDX-License-Identifier: Apache-2.0 */
/* hub_form.c: which form a pointer gets, and what is said when it cannot have it.  */
#include "plugins/hub-layout/hub_ops.h"

#include <errno.h>
#include <unistd.h>
#include "plugins/hub-layout/hub_probe.h"

/* One warning for an instance.  */
static void
warn (const struct hub_pointer *pointer)
{
  struct hub_store *store = pointer->store;
  if (!store->warns || atomic_exchange (&store->told_form, true))
    return;
  if (store->form == HUB_FORM_LINKS)
    store->host->log (store->journal, HFCORE_LOG_WARNING,
                      "symbolic links are made all the same: store-symlink knows no cache without "
                      "them (HF_HUB_DISABLE_SYMLINKS, symlinks: no)");
  else
    store->host->log (store->journal, HFCORE_LOG_WARNING,
                      "no symbolic links can be made in %s: every revision there gets files of its "
                      "own, which may need more disk space (HF_HUB_DISABLE_SYMLINKS_WARNING=1 "
                      "hides this)",
                      store->root_len ? store->root : "/");
}

/* Files of this repository are not linked to each other: each revision may go for itself.  */
static int
choose_links (const struct hub_pointer *pointer, bool *links)
{
  const enum hub_form form = pointer->store->form;
  *links = form == HUB_FORM_LINKS && !pointer->is_own;
  if (form != HUB_FORM_PROBED || pointer->is_own)
    return HFCORE_OK;
  int can = hub_probe_pointer (pointer);
  if (can < 0)
    return hub_walk_fail (pointer->store, pointer->call, errno, "try whether links work for",
                          &pointer->path);
  if (can == 0)
    warn (pointer);
  *links = can == 1;
  return HFCORE_OK;
}

static int
fail_gone (const struct hub_pointer *pointer)
{
  const struct hfcore_host *host = pointer->store->host;
  const char *source = pointer->source.text;
  int code = pointer->is_blob || access (source, F_OK) == 0 ? HFCORE_E_RETRY : HFCORE_E_NOTFOUND;
  host->fail (pointer->call, code, "%s changed or went away while %s was made of it", source,
              pointer->path.text);
  host->why (pointer->call, ENOENT, 0, 0, 0);
  return code;
}

static int
fail_to_copy (const struct hub_pointer *pointer, int os_errno)
{
  const struct hfcore_host *host = pointer->store->host;
  switch (os_errno)
    {
    case ECANCELED: /* by the tick, which has said why  */
      return host->error (pointer->call)->code;
    case ESTALE:
      /* A twin may have moved it here.  */
      return access (pointer->path.text, F_OK) == 0 ? HFCORE_OK : fail_gone (pointer);
    case EOPNOTSUPP:
      return host->fail (pointer->call, HFCORE_E_UNSUPPORTED,
                         "%s can be made of %s by none of the ways that `share` allows; add `copy`",
                         pointer->path.text, pointer->source.text);
    default:
      return hub_walk_fail (pointer->store, pointer->call, os_errno, "write", &pointer->path);
    }
}

static int
fail_to_link (const struct hub_pointer *pointer, int os_errno)
{
  if (!hub_pointer_lacks_links (os_errno))
    return hub_walk_fail (pointer->store, pointer->call, os_errno, "make the link", &pointer->path);
  return pointer->store->host->fail (pointer->call, HFCORE_E_UNSUPPORTED,
                                     "the file system of %s has no links; use the plugin auto or "
                                     "store-copy there",
                                     pointer->path.text);
}

static int
make (struct hub_pointer *pointer)
{
  bool links;
  /* What is as it should be needs no trying, which is writing.  */
  if (pointer->store->form == HUB_FORM_PROBED && hub_pointer_stands (pointer) == HUB_STANDS_KEPT)
    return HFCORE_OK;
  int code = choose_links (pointer, &links);
  if (code != HFCORE_OK)
    return code;
  if (links && hub_pointer_link (pointer) == 0)
    return HFCORE_OK;
  if (links && (pointer->store->form == HUB_FORM_LINKS || !hub_pointer_lacks_links (errno)))
    return fail_to_link (pointer, errno);
  if (links)
    warn (pointer);
  return hub_pointer_copy (pointer) == 0 ? HFCORE_OK : fail_to_copy (pointer, errno);
}

static int
set (struct hub_pointer *pointer, struct hfcore_stored_file *file)
{
  if (pointer->store->form == HUB_FORM_LINKS)
    warn (pointer);
  int code = make (pointer);
  if (code != HFCORE_OK)
    return code;
  hub_store_tag (pointer->store, pointer->repo, false);
  return hub_pointer_tell (pointer, file);
}

int
hub_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
              const char *commit, const char *name, const char *etag, uint32_t flags,
              struct hfcore_stored_file *file)
{
  struct hub_pointer pointer;
  if (!etag)
    return hub_file_set_absent (self, call, repo, commit, name, file);
  int code = hub_pointer_to_blob (self, call, repo, commit, name, etag, flags, &pointer);
  return code == HFCORE_OK ? set (&pointer, file) : code;
}

int
hub_file_link (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *commit, const char *name, const char *source, uint32_t flags,
               struct hfcore_stored_file *file)
{
  struct hub_pointer pointer;
  int code = hub_pointer_to_file (self, call, repo, commit, name, source, flags & HFCORE_REPLACE,
                                  &pointer);
  return code == HFCORE_OK ? set (&pointer, file) : code;
}
