/* SPDX-License-Identifier: Apache-2.0 */
/* verify_gather.c: which files are there: in the storages, or in a local folder. As in Python, only
 * regular files count, and links that lead to such; links to folders are not followed.  */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/engine/local_dir_metadata.h"
#include "core/engine/local_dir_place.h"
#include "core/engine/tiers.h"
#include "core/engine/verify_parts.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/glob.h"
#include "core/util/names.h"
#include "core/util/text.h"

enum
{
  DEPTH_MOST = 256,
  METADATA_LIMIT = 4096
};

/* What is never part of a repository.  */
static bool
is_ignored (const char *name)
{
  static const char *const patterns[] = { ".git",
                                          ".git/*",
                                          "*/.git",
                                          "**/.git/**",
                                          LOCAL_DIR_CACHE,
                                          LOCAL_DIR_CACHE "/*",
                                          "*/" LOCAL_DIR_CACHE,
                                          "**/" LOCAL_DIR_CACHE "/**" };
  return !glob_keeps (name, NULL, 0, patterns, sizeof patterns / sizeof *patterns);
}

static void
free_item (struct verify_item *item)
{
  free (item->name);
  free (item->path);
  free (item->etag);
}

static void
set_stat (struct verify_item *item, const struct stat *st)
{
  item->is_there = S_ISREG (st->st_mode);
  item->device = st->st_dev;
  item->inode = st->st_ino;
  item->length = (uint64_t) st->st_size;
}

/* ---- storages ---- */

struct listing
{
  struct verify_unit *unit;
  struct hfcore_call *call;
  const char *commit;
  size_t storage;
};

static int
on_file (void *ctx, const struct hfcore_entry *entry)
{
  struct listing *listing = ctx;
  if (entry->kind != HFCORE_ENTRY_FILE || !entry->commit || !entry->name
      || !names_is_commit (entry->commit)
      || (listing->commit && strcmp (listing->commit, entry->commit) != 0)
      || is_ignored (entry->name))
    return HFCORE_OK;
  struct verify_item item = { .storage = listing->storage,
                              .length = entry->length,
                              .is_there = entry->length != HFCORE_SIZE_UNKNOWN,
                              .name = strdup (entry->name),
                              .path = entry->path ? strdup (entry->path) : NULL,
                              .etag = entry->etag ? strdup (entry->etag) : NULL };
  memcpy (item.commit, entry->commit, sizeof item.commit);
  if (item.name && (item.path || !entry->path) && (item.etag || !entry->etag)
      && verify_items_append (&listing->unit->items, item) == 0)
    return HFCORE_OK;
  free_item (&item);
  return verify_no_memory (listing->call);
}

static int
list_storage (struct verify_unit *unit, const char *commit, size_t index)
{
  struct engine *engine = unit->verify->engine;
  struct hfcore_call *call = unit->verify->call;
  const struct hfcore_storage *storage;
  struct listing listing = { .unit = unit, .call = call, .commit = commit, .storage = index };
  const struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = &listing, .entry = on_file };
  int code = registry_storage (engine->registry, index, call, &storage);
  if (code == HFCORE_OK)
    code = storage->ops->list (storage->self, call, &unit->repo, 1u << HFCORE_ENTRY_FILE, &sink);
  if (code >= 0)
    return HFCORE_OK;
  if (code != HFCORE_E_NOTFOUND)
    return tiers_pass_over (engine, index, call);
  call_forget (call);
  return HFCORE_OK;
}

/* Where it lies, of a storage that lists no paths; and what lies there.  */
static int
look_at (struct verify_unit *unit, struct verify_item *item)
{
  struct hfcore_stored_file stored;
  struct stat st;
  CLEANUP_CALL struct hfcore_call one;
  engine_call_within (unit->verify->call, &one);
  if (!item->is_there)
    return HFCORE_OK;
  if (!item->path)
    {
      int code = tiers_find_file_in (unit->verify->engine, &one, item->storage, &unit->repo,
                                     item->commit, item->name, &stored);
      if (code != HFCORE_OK)
        return call_adopt_error (unit->verify->call, &one);
      item->is_there = stored.state == HFCORE_FILE_PRESENT;
      if (!item->is_there || !stored.path)
        return HFCORE_OK;
      if (!(item->path = strdup (stored.path)))
        return verify_no_memory (unit->verify->call);
    }
  if (stat (item->path, &st) == 0)
    set_stat (item, &st);
  else if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
    item->is_there = false;
  return HFCORE_OK;
}

/* Of one path in several storages the first that is there counts. Sorting has brought them
 * together.  */
static void
choose_storages (struct verify_items *items)
{
  size_t kept = 0;
  for (size_t i = 0; i < items->count; i++)
    {
      struct verify_item *item = &items->items[i], *last = kept ? &items->items[kept - 1] : NULL;
      if (!last || strcmp (last->commit, item->commit) != 0 || strcmp (last->name, item->name) != 0)
        {
          items->items[kept++] = *item;
          continue;
        }
      struct verify_item dropped = *item;
      if (!last->is_there && item->is_there)
        {
          dropped = *last;
          *last = *item;
        }
      free_item (&dropped);
    }
  items->count = kept;
}

int
verify_gather (struct verify_unit *unit, const char *commit)
{
  struct verify_items *items = &unit->items;
  size_t count = registry_storage_count (unit->verify->engine->registry);
  int code = HFCORE_OK;
  for (size_t i = 0; code == HFCORE_OK && i < count; i++)
    code = list_storage (unit, commit, i);
  for (size_t i = 0; code == HFCORE_OK && i < items->count; i++)
    code = look_at (unit, &items->items[i]);
  if (items->count > 1)
    qsort (items->items, items->count, sizeof *items->items, verify_compare_items);
  choose_storages (items);
  return code;
}

/* ---- a local folder ---- */

/* The folder is walked by open folders: no path is followed twice.  */
struct walk
{
  struct verify_unit *unit;
  struct hfcore_call *call;
  const struct local_dir *dir;
  struct text name; /* of the folder that is walked, with its "/"  */
};

static int
fail_to_walk (struct walk *walk)
{
  return local_dir_fail (walk->call, errno, "read", walk->dir,
                         walk->name.len ? walk->name.bytes : "");
}

/* What was noted when the file came (spec 3.2), were it changed since or not.  */
static int
read_metadata (struct walk *walk, struct verify_item *item)
{
  CLEANUP_PLACE struct local_place place = { .files = -1, .downloads = -1 };
  CLEANUP_FREE char *text = NULL;
  struct local_metadata metadata;
  size_t len;
  if (names_check_file (item->name)
      || local_place_open (walk->call, walk->dir, item->name, &place) != HFCORE_OK
      || place.downloads < 0
      || files_read (place.downloads, place.metadata, METADATA_LIMIT, &text, &len) < 0
      || !local_metadata_parse (text, &metadata))
    {
      call_forget (walk->call);
      return HFCORE_OK;
    }
  item->etag = strdup (metadata.etag);
  return item->etag ? HFCORE_OK : verify_no_memory (walk->call);
}

static int
add_local (struct walk *walk, const char *name, const struct stat *st)
{
  struct verify_item item = { .storage = VERIFY_NOWHERE,
                              .name = strdup (name),
                              .path = text_format ("%s/%s", walk->dir->path, name) };
  set_stat (&item, st);
  int code = item.name && item.path ? read_metadata (walk, &item) : verify_no_memory (walk->call);
  if (code == HFCORE_OK && verify_items_append (&walk->unit->items, item) < 0)
    code = verify_no_memory (walk->call);
  if (code != HFCORE_OK)
    free_item (&item);
  return code;
}

static int walk_folder (struct walk *walk, int folder, unsigned depth);

static int
walk_entry (struct walk *walk, DIR *dir, const char *name, unsigned depth)
{
  struct stat st;
  size_t before = walk->name.len;
  int code = HFCORE_OK;
  text_add (&walk->name, name);
  if (walk->name.failed)
    return verify_no_memory (walk->call);
  if (fstatat (dirfd (dir), name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !is_ignored (walk->name.bytes))
    {
      bool is_link = S_ISLNK (st.st_mode);
      if (S_ISDIR (st.st_mode) && depth < DEPTH_MOST)
        {
          text_add (&walk->name, "/");
          code = walk_folder (walk,
                              openat (dirfd (dir), name,
                                      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                              depth + 1);
        }
      else if ((!is_link || fstatat (dirfd (dir), name, &st, 0) == 0) && S_ISREG (st.st_mode))
        code = add_local (walk, walk->name.bytes, &st);
    }
  walk->name.len = before;
  if (walk->name.bytes)
    walk->name.bytes[before] = 0;
  return code;
}

/* Takes `folder`.  */
static int
walk_folder (struct walk *walk, int folder, unsigned depth)
{
  CLEANUP_DIR DIR *dir = folder < 0 || walk->name.failed ? NULL : fdopendir (folder);
  if (!dir)
    {
      int code = fail_to_walk (walk);
      cleanup_close (&folder);
      return code;
    }
  for (;;)
    {
      errno = 0;
      struct dirent *entry = readdir (dir);
      if (!entry)
        return errno ? fail_to_walk (walk) : HFCORE_OK;
      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
        continue;
      int code = call_tick (walk->call, 0, 0);
      if (code == HFCORE_OK)
        code = walk_entry (walk, dir, entry->d_name, depth);
      if (code != HFCORE_OK)
        return code;
    }
}

int
verify_gather_local (struct verify_unit *unit, const struct local_dir *dir)
{
  struct walk walk
      = { .unit = unit, .call = unit->verify->call, .dir = dir, .name = TEXT_LIMIT (64 << 10) };
  int code = walk_folder (&walk, open (dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0);
  text_free (&walk.name);
  if (unit->items.count > 1)
    qsort (unit->items.items, unit->items.count, sizeof *unit->items.items, verify_compare_items);
  return code;
}
