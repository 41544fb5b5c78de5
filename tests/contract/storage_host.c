/* SPDX-License-Identifier: Apache-2.0 */
/* storage_host.c: see storage_host.h.  */
#include "tests/contract/storage_host.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/text.h"
#include "core/util/vector.h"

VECTOR_DEFINE (lines, char *);

const struct hfcore_repo test_repo
    = { .size = sizeof test_repo, .type = "model", .id = "org/name" };

static void
to_stderr (void *ctx, int level, const char *line)
{
  (void) ctx;
  if (level <= HFCORE_LOG_WARNING)
    fprintf (stderr, "log: %s\n", line);
}

static const struct host_log the_log = { .write = to_stderr, .level = HFCORE_LOG_DEBUG };

/* ---- the storages ---- */

static const struct variant
{
  const char *plugin, *options;
} variants[] = {
  { "store-symlink", "" },
  { "store-copy", "share=reflink,copy" },
  { "store-copy", "share=copy" },
  { "store-copy", "share=hard-link,copy" },
  { "auto", "" },
  { "auto", "symlinks=no" },
};

static const char *
setting (const char *name)
{
  const char *value = getenv (name);
  return value ? value : "";
}

static const char *
plugin_name (void)
{
  const char *name = setting ("HFCORE_TEST_STORAGE");
  return *name ? name : variants[0].plugin;
}

int
test_storage_main (const char *suite, const struct check_case *cases, size_t count, int argc,
                   char **argv)
{
  int failed = 0;
  if (*setting ("HFCORE_TEST_STORAGE"))
    return check_main (suite, cases, count, argc, argv);
  for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
    {
      char title[128];
      if (check_plugin_off (variants[i].plugin))
        continue;
      snprintf (title, sizeof title, "%s: %s %s", suite, variants[i].plugin, variants[i].options);
      setenv ("HFCORE_TEST_STORAGE", variants[i].plugin, 1);
      setenv ("HFCORE_TEST_OPTIONS", variants[i].options, 1);
      failed |= check_main (title, cases, count, argc, argv);
    }
  return failed;
}

bool
test_storage_links (void)
{
  static const char *const link = "is-there-a-link";
  if (strcmp (plugin_name (), "auto") != 0)
    return strcmp (plugin_name (), "store-symlink") == 0;
  if (strstr (setting ("HFCORE_TEST_OPTIONS"), "symlinks=no")
      || symlink (link, check_path (link)) < 0)
    return false;
  unlink (check_path (link));
  return true;
}

/* ---- an instance ---- */

#define OPTIONS_MAX 8

void
test_store_open (struct test_store *store, const char *root, bool read_only)
{
  CLEANUP_FREE char *room = strdup (setting ("HFCORE_TEST_OPTIONS"));
  const char *options[2 * OPTIONS_MAX + 1] = { "root", root };
  size_t count = 2;
  char *rest = room, *word;
  while ((word = strsep (&rest, " ")) && count < 2 * OPTIONS_MAX)
    {
      char *equals = strchr (word, '=');
      if (!equals)
        continue;
      *equals = 0;
      options[count++] = word;
      options[count++] = equals + 1;
    }
  if (test_module_open (&store->module, GUARD_STORAGE, plugin_name (), "cache", read_only, &the_log,
                        options))
    {
      fprintf (stderr, "%s: %s\n", plugin_name (), store->module.error.message);
      _exit (99);
    }
  store->ops = &guard_storage_ops;
  store->self = &store->module.guard;
}

void
test_store_close (struct test_store *store)
{
  test_module_close (&store->module);
}

/* ---- bytes ---- */

const char *
test_name (unsigned number)
{
  static _Thread_local char names[8][41];
  static _Thread_local unsigned next;
  char *name = names[next++ % 8];
  snprintf (name, sizeof names[0], "%040x", number);
  return name;
}

static unsigned char
pattern (unsigned seed, uint64_t at)
{
  return (unsigned char) (1 + (seed * 31 + at * 7 + (at >> 8)) % 251);
}

int
test_put (struct test_store *store, struct hfcore_call *call, void *writer, unsigned seed,
          uint64_t offset, size_t len)
{
  CLEANUP_FREE unsigned char *bytes = malloc (len + 1);
  for (size_t i = 0; i < len; i++)
    bytes[i] = pattern (seed, offset + i);
  return store->ops->write (store->self, call, writer, offset, bytes, len);
}

int
test_blob (struct test_store *store, struct hfcore_call *call, const char *etag, unsigned seed,
           size_t len)
{
  void *writer;
  uint64_t have;
  int code = store->ops->create (store->self, call, &test_repo, etag, len, 0, &have, &writer);
  if (code)
    return code;
  code = test_put (store, call, writer, seed, 0, len);
  if (code)
    {
      store->ops->abandon (store->self, writer, 0);
      return code;
    }
  return store->ops->commit (store->self, call, writer, len);
}

struct compare
{
  unsigned seed;
  uint64_t at;
  bool same;
};

static int
compare_begin (void *ctx, uint64_t offset, uint64_t total)
{
  struct compare *compare = ctx;
  (void) total;
  compare->at = offset;
  return 0;
}

static int
compare_data (void *ctx, const void *bytes_, size_t len)
{
  struct compare *compare = ctx;
  const unsigned char *bytes = bytes_;
  for (size_t i = 0; i < len; i++)
    compare->same = compare->same && bytes[i] == pattern (compare->seed, compare->at + i);
  compare->at += len;
  return 0;
}

bool
test_blob_is (struct test_store *store, const char *etag, unsigned seed, size_t len)
{
  TEST_CALL (call);
  uint64_t length;
  if (store->ops->stat (store->self, &call, &test_repo, etag, &length) || length != len)
    return false;
  struct compare compare = { .seed = seed, .same = true };
  struct hfcore_sink sink
      = { .size = sizeof sink, .ctx = &compare, .begin = compare_begin, .data = compare_data };
  return store->ops->read (store->self, &call, &test_repo, etag, 0, HFCORE_SIZE_UNKNOWN, &sink) == 0
         && compare.same && compare.at == len;
}

/* ---- listings ---- */

struct count
{
  int kind, met;
  char *last;
};

static int
count_entry (void *ctx, const struct hfcore_entry *entry)
{
  struct count *count = ctx;
  if (entry->kind != count->kind)
    return HFCORE_E_IO;
  count->met++;
  const char *name = entry->name ? entry->name : entry->etag ? entry->etag : entry->commit;
  if (count->last)
    snprintf (count->last, 256, "%s", name ? name : "");
  return 0;
}

int
test_count (struct test_store *store, int kind, char last[256])
{
  struct count count = { .kind = kind, .last = last };
  struct hfcore_entry_sink sink = { .size = sizeof sink, .ctx = &count, .entry = count_entry };
  TEST_CALL (call);
  int code = store->ops->list (store->self, &call, &test_repo, 1u << kind, &sink);
  return code ? code : count.met;
}

/* ---- a whole folder ---- */

/* Eight random digits between dots, and an owner behind "@", become "*".  */
static void
mask_name (char *to, const char *name)
{
  const char *hex = "0123456789abcdef";
  while (*name)
    {
      *to++ = *name;
      if (*name == '.' && strspn (name + 1, hex) == 8 && (name[9] == '.' || name[9] == '@'))
        {
          *to++ = '*';
          name += 8;
        }
      else if (*name == '@')
        {
          *to++ = strcmp (name, "@free") == 0 ? 'f' : '*';
          break;
        }
      name++;
    }
  *to = 0;
}

static void
add_entry (struct lines *found, int parent, const char *base, const char *path,
           const struct stat *st)
{
  char content[4096];
  struct text line = TEXT_LIMIT (16384);
  text_add (&line, path);
  if (S_ISLNK (st->st_mode))
    {
      ssize_t len = readlinkat (parent, base, content, sizeof content - 1);
      text_addf (&line, " -> %.*s", len > 0 ? (int) len : 0, content);
    }
  else
    text_addf (&line, " %04o", (unsigned) st->st_mode & 07777);
  if (S_ISREG (st->st_mode) && st->st_size < 1024)
    {
      CLEANUP_CLOSE int fd = openat (parent, base, O_RDONLY | O_CLOEXEC);
      ssize_t len = fd < 0 ? 0 : read (fd, content, sizeof content);
      text_addf (&line, " = %.*s", len > 0 ? (int) len : 0, content);
    }
  lines_append (found, text_take (&line));
}

static void
walk (struct lines *found, int parent, const char *name, const char *path)
{
  CLEANUP_CLOSE int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  CLEANUP_DIR DIR *dir = fd < 0 ? NULL : fdopendir (dup (fd));
  for (struct dirent *entry; dir && (entry = readdir (dir));)
    {
      struct stat st;
      char masked[512];
      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0
          || fstatat (fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
        continue;
      mask_name (masked, entry->d_name);
      CLEANUP_FREE char *below = text_format ("%s%s%s", path, *path ? "/" : "", masked);
      add_entry (found, fd, entry->d_name, below, &st);
      if (S_ISDIR (st.st_mode))
        walk (found, fd, entry->d_name, below);
    }
}

static int
by_text (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

char *
test_tree (const char *folder)
{
  struct lines found = { 0 };
  struct text all = TEXT_LIMIT (1 << 20);
  walk (&found, AT_FDCWD, folder, "");
  if (found.count)
    qsort (found.items, found.count, sizeof *found.items, by_text);
  text_add (&all, "");
  for (size_t i = 0; i < found.count; i++)
    {
      text_addf (&all, "%s\n", found.items[i]);
      free (found.items[i]);
    }
  free (found.items);
  return text_take (&all);
}
