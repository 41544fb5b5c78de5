/* SPDX-License-Identifier: Apache-2.0 */
/* assets_cases.c: the cases of an asset tree. A folder is known by its path: how its names are
 * written in a listing is the plugin's to say.  */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/contract/assets_kit.h"
#include "core/contract/run.h"
#include "core/util/clock.h"
#include "core/util/files.h"

/* Where the cases put things: two subfolders, a namespace and a library beside them.  */
static const char *const names[][3] = { { "library", "namespace", "subfolder" },
                                        { "library", "namespace", "other" },
                                        { "library", "elsewhere", "subfolder" },
                                        { "another", "namespace", "subfolder" } };

enum
{
  FOLDERS = sizeof names / sizeof *names,
  BYTES = 1000 /* in the first; one more in each further  */
};

static const struct contract_assets *assets;
static char *paths[FOLDERS];

static void
make_folders (struct contract *contract)
{
  assets = contract_open_assets (contract, 0);
  for (size_t i = 0; i < FOLDERS; i++)
    {
      paths[i] = assets_folder (contract, assets, names[i][0], names[i][1], names[i][2]);
      assets_write (contract, paths[i], "deep/er/file", 900);
      assets_write (contract, paths[i], ".file", BYTES - 900 + i);
    }
}

/* ---- path ---- */

static void
path_is_made (struct contract *contract)
{
  assets = contract_open_assets (contract, 0);
  char *path = assets_folder (contract, assets, "library", "namespace", "subfolder");
  const char *root = contract_root (contract);
  contract_expect (contract, !root || assets_is_below (path, root),
                   "expected a folder below %s, path told %s", root, path);
  assets_write (contract, path, "file", 10);
  char *again = assets_folder (contract, assets, "library", "namespace", "subfolder");
  contract_expect (contract, strcmp (again, path) == 0,
                   "expected path to tell %s again, it told %s", path, again);
  contract_expect (contract, assets_is_there (path, "file"),
                   "expected what is in a folder to stay there, path emptied %s", path);
  assets_expect_clean (contract);
}

static void
path_lives (struct contract *contract)
{
  static const char *const others[] = { "a", "b", "c", "a rather long name of a subfolder" };
  const char *first = NULL, *other;
  assets = contract_open_assets (contract, 0);
  struct hfcore_call *call = contract_call (contract);
  int code
      = assets->ops->path (assets->self, call, assets_named (call, "library", "n", "s"), &first);
  contract_expect_code (contract, call, "path", code, HFCORE_OK);
  char *path = strdup (first);
  for (size_t i = 0; i < 40; i++)
    {
      code = assets->ops->path (assets->self, call,
                                assets_named (call, "library", "n", others[i % 4]), &other);
      contract_expect_code (contract, call, "path", code, HFCORE_OK);
    }
  contract_expect (contract, path && strcmp (first, path) == 0,
                   "expected the path '%s' to stay as long as its call, it became '%s'", path,
                   first);
  free (path);
  contract_end (call);
}

static void
distinct_names (struct contract *contract)
{
  static const char *const triples[][3]
      = { { "a", "b", "c" }, { "a", "b", "d" },   { "a", "c", "c" },
          { "b", "b", "c" }, { "a", "b", "c.d" }, { "a", "b.c", "d" },
          { "c", "b", "a" }, { "a", "b", "c-d" }, { "a-b", "c", "d" } };
  enum
  {
    COUNT = sizeof triples / sizeof *triples
  };
  char *made[COUNT];
  assets = contract_open_assets (contract, 0);
  for (size_t i = 0; i < COUNT; i++)
    {
      made[i] = assets_folder (contract, assets, triples[i][0], triples[i][1], triples[i][2]);
      for (size_t k = 0; k < i; k++)
        contract_expect (contract,
                         strcmp (made[i], made[k]) != 0 && !assets_is_below (made[i], made[k])
                             && !assets_is_below (made[k], made[i]),
                         "expected folders apart for '%s' '%s' '%s' and '%s' '%s' '%s', path told "
                         "%s and %s",
                         triples[k][0], triples[k][1], triples[k][2], triples[i][0], triples[i][1],
                         triples[i][2], made[k], made[i]);
    }
}

/* The host lets "/" and "\" through, as Python does.  */
static void
strange_names (struct contract *contract)
{
  static const char *const strange[] = { "two words",
                                         "d\303\244t\303\244",
                                         "\346\227\245\346\234\254",
                                         "a/b",
                                         "a\\b",
                                         "%41",
                                         "..a",
                                         "a..",
                                         "#?&*",
                                         "-rf",
                                         "~",
                                         "${HOME}",
                                         "name.lock" };
  assets = contract_open_assets (contract, 0);
  for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
    {
      struct asset_list list;
      char *path = assets_folder (contract, assets, strange[i], strange[i], strange[i]);
      assets_write (contract, path, "file", 7);
      assets_list_all (contract, assets, strange[i], strange[i], strange[i], &list);
      contract_expect (contract, list.told.count == 1 && assets_told (&list, path) == 1,
                       "expected list of '%s' to tell the folder %s, it told %zu folders, %s",
                       strange[i], path, list.told.count,
                       list.told.count ? list.told.items[0].path : "none");
      contract_expect (contract, list.told.items[0].bytes == 7,
                       "expected list of '%s' to tell 7 bytes, it told %llu", strange[i],
                       (unsigned long long) list.told.items[0].bytes);
      int code = assets_ask_remove (contract, assets, strange[i], strange[i], strange[i]);
      contract_expect (contract, code == HFCORE_OK && !assets_is_there (path, ""),
                       "expected remove of '%s' to take %s away, it answered %s", strange[i], path,
                       contract_code_name (code));
    }
}

/* ---- nothing leads out ---- */

/* What lies beside the root of this case, and is no business of the plugin.  */
static char *
make_outside (struct contract *contract)
{
  char *folder = NULL;
  if (!contract_root (contract))
    contract_skip (contract, "it has no root that this check made");
  if (asprintf (&folder, "%s/outside", contract->folder) < 0)
    contract_skip (contract, "out of memory");
  assets_write (contract, folder, "kept", 100000);
  return folder;
}

static void
hostile_names (struct contract *contract)
{
  static const char *const hostile[] = {
    "",   ".",   "..", "../outside", "../../outside", "/etc", "a/../../outside", "..\\outside",
    "./", "../", "//"
  };
  const char *root = contract_root (contract);
  char *outside = make_outside (contract), *before = assets_state (contract, outside);
  assets = contract_open_assets (contract, 0);
  for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
    for (int where = 0; where < 3; where++)
      {
        char *path;
        const char *parts[3] = { "library", "namespace", "subfolder" };
        parts[where] = hostile[i];
        int code = assets_ask_path (contract, assets, parts[0], parts[1], parts[2], &path);
        contract_expect (contract, code < HFCORE_OK || assets_is_below (path, root),
                         "expected the name '%s' to be refused or to stay below %s, path told %s",
                         hostile[i], root, path ? path : "nothing");
        char *real = path ? realpath (path, NULL) : NULL;
        contract_expect (contract, !path || (real && assets_is_below (real, root)),
                         "expected the name '%s' to stay below %s, path told %s, which is %s",
                         hostile[i], root, path, real ? real : "nothing");
        free (real);
        assets_ask_remove (contract, assets, parts[0], parts[1], parts[2]);
      }
  char *after = assets_state (contract, outside);
  contract_expect (contract, strcmp (before, after) == 0,
                   "expected nothing to happen outside of the root, before there was %s and then "
                   "%s",
                   before, after);
}

static void
links_lead_out (struct contract *contract)
{
  struct asset_list list;
  char *outside = make_outside (contract), *before = assets_state (contract, outside);
  char link[4096];
  make_folders (contract);
  snprintf (link, sizeof link, "%s/link", paths[0]);
  if (symlink (outside, link) < 0)
    contract_skip (contract, "no links can be made here: %s", strerror (errno));
  assets_list_all (contract, assets, names[0][0], names[0][1], names[0][2], &list);
  contract_expect (contract, list.told.count == 1 && list.told.items[0].bytes < 100000,
                   "expected list to count the link alone, it told %llu bytes",
                   list.told.count ? (unsigned long long) list.told.items[0].bytes : 0);
  int code = assets_ask_remove (contract, assets, names[0][0], names[0][1], names[0][2]);
  contract_expect (contract, code == HFCORE_OK, "expected remove to answer OK, it answered %s",
                   contract_code_name (code));
  char *after = assets_state (contract, outside);
  contract_expect (contract, strcmp (before, after) == 0,
                   "expected remove to take a link away and not what it leads to");
}

/* The folder of a library (1 name), a namespace (2) or a subfolder (3), where they lie one in
 * another below the root.  */
static char *
folder_of_names (struct contract *contract, const char *const named[3], size_t count)
{
  const char *root = contract_root (contract);
  char *folder = assets_folder (contract, assets, named[0], named[1], named[2]);
  if (!assets_is_below (folder, root))
    contract_skip (contract, "its folders do not lie below its root");
  char *end = folder + strlen (root);
  for (size_t i = 0; i < count && end; i++)
    end = strchr (end + 1, '/');
  if (!end != (count == 3))
    contract_skip (contract, "its folders do not lie one in another as their names do");
  if (end)
    *end = 0;
  return folder;
}

/* Whatever list answers here, it tells nothing of what a link leads to.  */
static void
list_by_a_link (struct contract *contract, const char *const named[3], size_t count)
{
  struct asset_list list;
  asset_list_init (&list, contract);
  const struct hfcore_asset_sink sink = asset_list_sink (&list);
  struct hfcore_call *call = contract_call (contract);
  int code
      = assets->ops->list (assets->self, call,
                           assets_named (call, count > 0 ? named[0] : NULL,
                                         count > 1 ? named[1] : NULL, count > 2 ? named[2] : NULL),
                           &sink);
  if (code < HFCORE_OK)
    assets_expect_text (contract, call, "list");
  contract_end (call);
  for (size_t i = 0; i < list.told.count; i++)
    contract_expect (contract, list.told.items[i].bytes < 100000,
                     "expected list to follow no link, it told %llu bytes in %s",
                     (unsigned long long) list.told.items[i].bytes,
                     list.told.items[i].path ? list.told.items[i].path : "no path");
}

static void
links_as_folders (struct contract *contract)
{
  static const char *const named[3][3] = { { "linked", "namespace", "subfolder" },
                                           { "library", "linked", "subfolder" },
                                           { "library", "namespace", "linked" } };
  static const char *const levels[3] = { "library", "namespace", "subfolder" };
  char *outside = make_outside (contract);
  assets_write (contract, outside, "subfolder/kept", 100000);
  assets_write (contract, outside, "namespace/subfolder/kept", 100000);
  char *before = assets_state (contract, outside);
  make_folders (contract);
  for (size_t level = 0; level < 3; level++)
    {
      const char *const *names_here = named[level];
      char *folder = folder_of_names (contract, names_here, level + 1);
      int code
          = assets_ask_remove (contract, assets, names_here[0], level > 0 ? names_here[1] : NULL,
                               level > 1 ? names_here[2] : NULL);
      contract_expect (contract, code == HFCORE_OK, "expected remove to answer OK, it answered %s",
                       contract_code_name (code));
      if (files_make_parents (AT_FDCWD, folder) < 0 || symlink (outside, folder) < 0)
        contract_skip (contract, "no links can be made here: %s", strerror (errno));
      for (size_t count = 0; count <= 3; count++)
        list_by_a_link (contract, names_here, count);
      /* It may refuse, or take the link away.  */
      for (size_t count = 3; count > level; count--)
        {
          assets_ask_remove (contract, assets, names_here[0], count > 1 ? names_here[1] : NULL,
                             count > 2 ? names_here[2] : NULL);
          char *after = assets_state (contract, outside);
          contract_expect (
              contract, strcmp (before, after) == 0,
              "expected remove of a %s to follow no link in place of its %s, something "
              "was removed outside of the root",
              levels[count - 1], levels[level]);
        }
    }
}

/* ---- list ---- */

/* These of our folders are told, each once, and no other.  */
static void
expect_told (struct contract *contract, const struct asset_list *list, unsigned which)
{
  size_t count = 0;
  for (size_t i = 0; i < FOLDERS; i++)
    {
      size_t expected = which >> i & 1, told = assets_told (list, paths[i]);
      count += expected;
      contract_expect (contract, told == expected,
                       "expected list to tell %s %zu times, it told it %zu times", paths[i],
                       expected, told);
    }
  contract_expect (contract, list->told.count == count,
                   "expected list to tell %zu folders, it told %zu", count, list->told.count);
}

static void
list_once (struct contract *contract)
{
  struct asset_list list;
  int64_t before_ms = clock_wall_ms ();
  make_folders (contract);
  assets_list_all (contract, assets, NULL, NULL, NULL, &list);
  expect_told (contract, &list, (1u << FOLDERS) - 1);
  for (size_t i = 0; i < FOLDERS; i++)
    for (size_t k = 0; k < list.told.count; k++)
      {
        const struct told_asset *told = &list.told.items[k];
        if (strcmp (told->path, paths[i]) != 0)
          continue;
        const char *said[3] = { told->library, told->name_space, told->subfolder };
        for (int n = 0; n < 3; n++)
          contract_expect (contract, said[n] && strcmp (said[n], names[i][n]) == 0,
                           "expected list to tell %s with the name '%s', it told '%s'", paths[i],
                           names[i][n], said[n] ? said[n] : "none");
        contract_expect (contract, told->bytes == BYTES + i,
                         "expected list to tell %zu bytes in %s, it told %llu", BYTES + i, paths[i],
                         (unsigned long long) told->bytes);
        /* A file system may keep whole seconds, or two.  */
        contract_expect (contract,
                         told->modified_ms >= before_ms - 5000
                             && told->modified_ms <= clock_wall_ms () + 5000,
                         "expected list to tell %s as modified now, %lld ms since 1970, it told "
                         "%lld",
                         paths[i], (long long) before_ms, (long long) told->modified_ms);
      }
  assets_expect_clean (contract);
}

static void
list_part (struct contract *contract)
{
  static const struct
  {
    const char *library, *name_space, *subfolder;
    unsigned told; /* a bit for each of our folders  */
  } parts[] = { { "library", NULL, NULL, 7 },
                { "library", "namespace", NULL, 3 },
                { "library", "namespace", "other", 2 },
                { "another", NULL, NULL, 8 },
                { "absent", NULL, NULL, 0 },
                { "library", "absent", NULL, 0 },
                { "library", "absent", "subfolder", 0 },
                { "library", "namespace", "absent", 0 },
                { "absent", "namespace", "subfolder", 0 } };
  make_folders (contract);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    {
      struct asset_list list;
      assets_list_all (contract, assets, parts[i].library, parts[i].name_space, parts[i].subfolder,
                       &list);
      expect_told (contract, &list, parts[i].told);
    }
}

static void
list_stop (struct contract *contract)
{
  make_folders (contract);
  for (size_t at = 1; at <= FOLDERS; at += FOLDERS - 1)
    {
      struct asset_list list;
      asset_list_init (&list, contract);
      list.stop_at = at;
      list.stop_with = at == 1 ? 4711 : HFCORE_E_NOSPACE;
      const struct hfcore_asset_sink sink = asset_list_sink (&list);
      struct hfcore_call *call = contract_call (contract);
      int code = assets_list_bare (assets, call, assets_named (call, NULL, NULL, NULL), &sink);
      contract_expect (contract, code == list.stop_with,
                       "expected list to return the %d of its sink unchanged, it returned %d",
                       list.stop_with, code);
      contract_expect (contract, !list.after_stop,
                       "expected nothing after the sink said stop, it was told %d folders more",
                       list.after_stop);
      contract_expect (contract, !call->recorded,
                       "expected list to say nothing of its own when its sink stops it, it said: "
                       "%s",
                       call->error.message);
      contract_end (call);
    }
}

static void
list_cancel (struct contract *contract)
{
  struct asset_list list;
  char name[32];
  assets = contract_open_assets (contract, 0);
  for (int i = 0; i < 20; i++)
    {
      snprintf (name, sizeof name, "sub%d", i);
      assets_folder (contract, assets, "library", "namespace", name);
    }
  asset_list_init (&list, contract);
  list.cancels = true;
  const struct hfcore_asset_sink sink = asset_list_sink (&list);
  struct hfcore_call *call = contract_call (contract);
  call->cancel = &list.cancel;
  int code
      = assets->ops->list (assets->self, call, assets_named (call, "library", NULL, NULL), &sink);
  contract_expect_code (contract, call, "list", code, HFCORE_E_CANCELLED);
  contract_end (call);
}

/* ---- remove ---- */

static void
remove_parts (struct contract *contract)
{
  static const struct
  {
    const char *library, *name_space, *subfolder;
    unsigned left;
  } steps[] = { { "library", "namespace", "subfolder", 14 },
                { "library", "namespace", NULL, 12 },
                { "library", NULL, NULL, 8 },
                { "another", NULL, NULL, 0 } };
  make_folders (contract);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    {
      struct asset_list list;
      int code = assets_ask_remove (contract, assets, steps[i].library, steps[i].name_space,
                                    steps[i].subfolder);
      contract_expect (contract, code == HFCORE_OK, "expected remove to answer OK, it answered %s",
                       contract_code_name (code));
      assets_list_all (contract, assets, NULL, NULL, NULL, &list);
      expect_told (contract, &list, steps[i].left);
      for (size_t k = 0; k < FOLDERS; k++)
        {
          bool left = steps[i].left >> k & 1;
          contract_expect (contract, assets_is_there (paths[k], "deep/er/file") == left,
                           "expected %s to %s after the removal of '%s' '%s' '%s'", paths[k],
                           left ? "be as it was" : "be gone", steps[i].library,
                           steps[i].name_space ? steps[i].name_space : "",
                           steps[i].subfolder ? steps[i].subfolder : "");
        }
    }
  /* What was removed can be made again, and is empty.  */
  char *path = assets_folder (contract, assets, names[0][0], names[0][1], names[0][2]);
  contract_expect (contract, !assets_is_there (path, ".file"),
                   "expected an empty folder where one was removed");
}

static void
remove_absent (struct contract *contract)
{
  make_folders (contract);
  for (int i = 0; i < 4; i++)
    {
      int code = assets_ask_remove (contract, assets, i ? "library" : "absent",
                                    i == 1 ? "absent"
                                    : i    ? "namespace"
                                           : NULL,
                                    i == 2   ? "absent"
                                    : i == 3 ? "subfolder"
                                             : NULL);
      if (i == 3 && code == HFCORE_OK)
        code = assets_ask_remove (contract, assets, names[0][0], names[0][1], names[0][2]);
      contract_expect (contract, code == HFCORE_OK,
                       "expected remove of what is not there to answer OK, it answered %s",
                       contract_code_name (code));
    }
  struct asset_list list;
  assets_list_all (contract, assets, NULL, NULL, NULL, &list);
  expect_told (contract, &list, 14);
}

static void
remove_cancel (struct contract *contract)
{
  static const atomic_int cancel = 1;
  char name[32];
  make_folders (contract);
  for (int i = 0; i < 300; i++)
    {
      snprintf (name, sizeof name, "many/%d", i);
      assets_write (contract, paths[0], name, 1);
    }
  struct hfcore_call *call = contract_call (contract);
  call->cancel = &cancel;
  int64_t began_ms = clock_now_ms ();
  int code = assets->ops->remove (assets->self, call, assets_named (call, "library", NULL, NULL));
  int64_t took_ms = clock_now_ms () - began_ms;
  contract_expect (contract, took_ms < ASSETS_TOO_SLOW_MS,
                   "expected remove to stop within 100 ms of the wish, it took %lld ms",
                   (long long) took_ms);
  if (code == HFCORE_OK)
    contract_skip (contract, "all was removed before it had to look whether to stop");
  contract_expect_code (contract, call, "remove", code, HFCORE_E_CANCELLED);
  contract_end (call);
  /* Another time it does.  */
  code = assets_ask_remove (contract, assets, "library", NULL, NULL);
  contract_expect (contract, code == HFCORE_OK && !assets_is_there (paths[0], ""),
                   "expected a second remove to take the rest away, it answered %s",
                   contract_code_name (code));
}

/* ---- who may not ---- */

static void
read_only (struct contract *contract)
{
  struct asset_list list;
  char *path, *root = (char *) contract_root (contract);
  make_folders (contract);
  char *before = root ? assets_state (contract, root) : NULL;
  contract_close ((void *) assets);
  assets = contract_open_assets (contract, CONTRACT_READ_ONLY);
  assets_list_all (contract, assets, NULL, NULL, NULL, &list);
  expect_told (contract, &list, (1u << FOLDERS) - 1);
  int code = assets_ask_path (contract, assets, "new", "new", "new", &path);
  contract_expect (contract, code == HFCORE_E_READONLY,
                   "expected path of a folder that is not there to answer READONLY, it answered "
                   "%s",
                   contract_code_name (code));
  code = assets_ask_path (contract, assets, names[0][0], names[0][1], names[0][2], &path);
  contract_expect (contract, code == HFCORE_OK && strcmp (path, paths[0]) == 0,
                   "expected path of a folder that is there to tell %s, it answered %s", paths[0],
                   contract_code_name (code));
  code = assets_ask_remove (contract, assets, names[0][0], NULL, NULL);
  contract_expect (contract, code == HFCORE_E_READONLY,
                   "expected remove to answer READONLY, it answered %s", contract_code_name (code));
  char *after = root ? assets_state (contract, root) : NULL;
  contract_expect (contract, !root || strcmp (before, after) == 0,
                   "expected nothing to be written, something was");
}

static void
not_ours (struct contract *contract)
{
  struct asset_list list;
  const char *root = contract_root (contract);
  make_folders (contract);
  if (chmod (root, 0555) < 0)
    contract_skip (contract, "cannot close %s: %s", root, strerror (errno));
  if (access (root, W_OK) == 0)
    contract_skip (contract, "this user may write everywhere");
  int code = assets_ask_path (contract, assets, "new", "new", "new", NULL);
  contract_expect (contract, code == HFCORE_E_READONLY,
                   "expected path to answer READONLY where nothing may be made, it answered %s",
                   contract_code_name (code));
  assets_list_all (contract, assets, NULL, NULL, NULL, &list);
  expect_told (contract, &list, (1u << FOLDERS) - 1);
  chmod (root, 0755);
}

/* ---- many at once ---- */

static void
two_instances (struct contract *contract)
{
  struct asset_list list;
  make_folders (contract);
  const struct contract_assets *other = contract_open_assets (contract, 0);
  for (size_t i = 0; i < FOLDERS; i++)
    {
      char *path = assets_folder (contract, other, names[i][0], names[i][1], names[i][2]);
      contract_expect (contract, strcmp (path, paths[i]) == 0,
                       "expected two instances to tell the same folder, they told %s and %s",
                       paths[i], path);
    }
  contract_close ((void *) assets);
  int code = assets_ask_remove (contract, other, "library", NULL, NULL);
  contract_expect (contract, code == HFCORE_OK, "expected remove to answer OK, it answered %s",
                   contract_code_name (code));
  assets = contract_open_assets (contract, 0);
  assets_list_all (contract, assets, NULL, NULL, NULL, &list);
  expect_told (contract, &list, 8);
}

enum
{
  THREADS = 6,
  ROUNDS = 40
};

struct worker
{
  pthread_t thread;
  struct contract *contract;
  unsigned number;
};

static void *
work (void *ctx)
{
  const struct worker *worker = ctx;
  struct contract *contract = worker->contract;
  char own[32];
  snprintf (own, sizeof own, "own%u", worker->number);
  for (unsigned i = 0; i < ROUNDS; i++)
    {
      struct asset_list list;
      /* One that is theirs alone, one that all make and take away.  */
      char *path = assets_folder (contract, assets, "library", "namespace", own);
      contract_expect (contract, i == 0 || assets_is_there (path, "file"),
                       "expected what is in a folder to stay while others are made and removed");
      assets_write (contract, path, "file", i);
      int code = assets_ask_path (contract, assets, "common", "namespace", "common", NULL);
      contract_expect (contract, code == HFCORE_OK,
                       "expected path to make what others remove, it answered %s",
                       contract_code_name (code));
      code = assets_ask_remove (contract, assets, "common", i % 2 ? "namespace" : NULL, NULL);
      contract_expect (contract, code == HFCORE_OK,
                       "expected remove of what others remove to answer OK, it answered %s",
                       contract_code_name (code));
      assets_list_all (contract, assets, "library", NULL, NULL, &list);
      contract_expect (contract, assets_told (&list, path) == 1,
                       "expected list to tell %s while others are made and removed, it did not",
                       path);
    }
  return NULL;
}

static void
many_threads (struct contract *contract)
{
  struct worker workers[THREADS];
  assets = contract_open_assets (contract, 0);
  for (unsigned i = 0; i < THREADS; i++)
    {
      workers[i] = (struct worker){ .contract = contract, .number = i };
      if (pthread_create (&workers[i].thread, NULL, work, &workers[i]) != 0)
        contract_skip (contract, "no thread can be made");
    }
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join (workers[i].thread, NULL);
  assets_expect_clean (contract);
}

/* ---- all cases ---- */

#define RULE_PATH   "assets, path: the folder of (library, namespace, subfolder), made if not there"
#define RULE_LIST   "assets, list: tell every subfolder, in any order, once"
#define RULE_REMOVE "assets, remove: a library, a namespace or a subfolder; absent is success"
#define RULE_INSIDE "all names reach a plugin already validated: they never leave its folder"
#define RULE_TICK                                                                                  \
  "contract 10: long work calls host->tick at least every 100 ms and stops when that is not 0"

const struct contract_case contract_assets_cases[] = {
  { "path-is-made", "path makes its folder, and tells the same one again", RULE_PATH, 0, 0,
    path_is_made },
  { "path-lives", "a path that was told stays until its call ends",
    "contract 4: results are copied into the call with host->keep and live until the engine ends "
    "it",
    0, 0, path_lives },
  { "distinct-names", "other names are other folders, none in another", RULE_PATH, 0, 0,
    distinct_names },
  { "strange-names", "names with blanks, slashes and of all scripts are good names", RULE_PATH, 0,
    0, strange_names },
  { "hostile-names", "no name leads out of the root", RULE_INSIDE, 0, CONTRACT_LASTING,
    hostile_names },
  { "links-lead-out", "links in a folder are neither counted nor followed by remove", RULE_REMOVE,
    0, CONTRACT_LASTING, links_lead_out },
  { "links-as-folders",
    "a link in place of a library, namespace or subfolder is not followed by list and remove",
    RULE_INSIDE, 0, CONTRACT_LASTING, links_as_folders },
  { "list-each-once", "each subfolder is told once, with its bytes and time", RULE_LIST, 0, 0,
    list_once },
  { "list-part",
    "a library, a namespace or a subfolder is listed alone; what is not there tells "
    "nothing",
    "assets, list: what is not there tells nothing", 0, 0, list_part },
  { "list-stop", "a sink that says stop is obeyed",
    "contract 10: a non-zero return from a sink stops the op, which returns that code unchanged", 0,
    0, list_stop },
  { "list-cancel", "a list that is cancelled from elsewhere ends soon", RULE_TICK, 0, 0,
    list_cancel },
  { "remove-parts", "a subfolder, a namespace, a library goes, and nothing else", RULE_REMOVE, 0, 0,
    remove_parts },
  { "remove-absent", "what is absent already is removed with success", RULE_REMOVE, 0, 0,
    remove_absent },
  { "remove-cancel", "a removal that is cancelled ends soon, and can be done again", RULE_TICK, 0,
    0, remove_cancel },
  { "read-only", "an instance that is read-only writes nothing",
    "hfcore_open, read_only: never write, not even locks", 0, CONTRACT_LASTING, read_only },
  { "may-not-write", "where nothing may be written the code is READONLY",
    "types.h: READONLY: may not be written: permissions, read-only file system", 0,
    CONTRACT_LASTING | CONTRACT_AS_USER, not_ours },
  { "two-instances", "two instances have the same folders, and one after the other is closed",
    "contract 3: open … close bracket an instance; one module may have many", 0, CONTRACT_LASTING,
    two_instances },
  { "many-threads", "threads that make, list and remove at once do not hurt each other",
    "contract 7: state that instances share is the plugin's own to lock", 0, 0, many_threads },
  { 0 },
};
