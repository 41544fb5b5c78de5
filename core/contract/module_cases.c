/* SPDX-License-Identifier: Apache-2.0 */
/* module_cases.c: what is true of every plugin, whatever it is for: what it declares, and how it is
 * opened and closed.  */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/config/option_table.h"
#include "core/contract/run.h"
#include "core/plugin/guard_visit.h"
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/text.h"

enum
{
  ROUNDS = 8, /* of opening and closing, so that what is lost each time is seen  */
  SETTLE_MS = 2000,
  SETTLE_STEP_MS = 10,
  LINE_MOST = 500 /* longer than that is not one line of help  */
};

static const struct loader_module *
module_of (const struct contract *contract)
{
  return instance_module (contract);
}

/* ---- what it says of itself ---- */

static void
expect_line (struct contract *contract, const char *what, const char *line)
{
  char clean[LINE_MOST + 8];
  contract_expect (contract, line && *line, "expected %s to be a line, it is empty", what);
  contract_expect (contract, strlen (line) <= LINE_MOST,
                   "expected %s to be one line, it has %zu characters", what, strlen (line));
  text_one_line (clean, sizeof clean, line);
  contract_expect (contract, strcmp (clean, line) == 0,
                   "expected %s to be one line of UTF-8 without control characters", what);
}

static void
describes_itself (struct contract *contract)
{
  const struct hfcore_plugin *plugin = &module_of (contract)->descriptor;
  expect_line (contract, "the name", plugin->name);
  expect_line (contract, "the version", plugin->version);
  expect_line (contract, "the summary", plugin->summary);
  contract_expect (contract, !strchr (plugin->version, ' '),
                   "expected the version to be one word, it is `%s`", plugin->version);
}

/* ---- options ---- */

/* Row `index` of its table; false: that was the last.  */
static bool
option_at (const struct contract *contract, size_t index, struct hfcore_option *option)
{
  const struct hfcore_plugin *plugin = &module_of (contract)->descriptor;
  const size_t stride = plugin->option_size;
  const char *table = (const char *) plugin->options;
  *option = (struct hfcore_option){ 0 };
  if (table)
    memcpy (option, table + index * stride, stride < sizeof *option ? stride : sizeof *option);
  return option->key != NULL;
}

static bool
is_key (const char *key)
{
  const size_t len = strlen (key);
  return key[0] >= 'a' && key[0] <= 'z' && key[len - 1] != '-' && !strstr (key, "--");
}

static void
option_keys (struct contract *contract)
{
  struct hfcore_option option, other;
  for (size_t i = 0; option_at (contract, i, &option); i++)
    {
      contract_expect (contract, is_key (option.key),
                       "expected keys of lower-case words joined by `-`, one is `%s`", option.key);
      for (size_t k = 0; k < i && option_at (contract, k, &other); k++)
        contract_expect (contract, strcmp (option.key, other.key) != 0,
                         "expected each option once, there are two `%s`", option.key);
    }
}

static void
option_help (struct contract *contract)
{
  struct hfcore_option option;
  for (size_t i = 0; option_at (contract, i, &option); i++)
    {
      char what[128];
      snprintf (what, sizeof what, "the help of `%s`", option.key);
      expect_line (contract, what, option.help);
    }
}

static void
option_defaults (struct contract *contract)
{
  struct hfcore_option option;
  for (size_t i = 0; option_at (contract, i, &option); i++)
    {
      int64_t number;
      const char *expected = option.fallback && option.type != HFCORE_OPTION_LIST
                                 ? option_table_parse (option.type, option.fallback, &number)
                                 : NULL;
      contract_expect (contract, !expected, "expected the default of `%s` to be %s, it is `%s`",
                       option.key, expected ? expected : "",
                       option.fallback ? option.fallback : "");
      contract_expect (contract, !option.fallback || !(option.flags & HFCORE_OPTION_REQUIRED),
                       "expected no default of `%s`, which is REQUIRED", option.key);
    }
}

/* ---- capabilities ---- */

struct promise
{
  uint32_t cap;
  bool kept, present; /* are all its ops there? is any?  */
  const char *name, *ops;
};

static void
expect_promises (struct contract *contract, uint32_t caps, const struct promise *promises,
                 size_t count)
{
  uint32_t known = 0;
  for (size_t i = 0; i < count; i++)
    {
      const struct promise *promise = &promises[i];
      const bool declared = caps & promise->cap;
      known |= promise->cap;
      contract_expect (contract, !declared || promise->kept,
                       "expected %s, since it declares %s; not all are there", promise->ops,
                       promise->name);
      contract_expect (contract, declared || !promise->present,
                       "expected it to declare %s, since it has %s; else they are never called",
                       promise->name, promise->ops);
    }
  /* What is built for a later minor may have more.  */
  contract_expect (contract,
                   !(caps & ~known)
                       || module_of (contract)->descriptor.abi_minor > HFCORE_ABI_MINOR,
                   "expected no capability that is unknown, it has 0x%x",
                   (unsigned) (caps & ~known));
}

static void
expect_storage_promises (struct contract *contract, const struct hfcore_storage_ops *ops)
{
  const bool writes
      = ops->create && ops->write && ops->commit && ops->abandon && ops->ref_set && ops->file_set;
  const struct promise promises[]
      = { { HFCORE_STORAGE_WRITE, writes, ops->create || ops->commit || ops->ref_set,
            "HFCORE_STORAGE_WRITE", "create, write, commit, abandon, ref_set and file_set" },
          { HFCORE_STORAGE_PATHS, ops->path != NULL, ops->path || ops->blob_path,
            "HFCORE_STORAGE_PATHS", "path" },
          { HFCORE_STORAGE_LOCKS, ops->lock && ops->unlock, ops->lock || ops->unlock,
            "HFCORE_STORAGE_LOCKS", "lock and unlock" },
          { HFCORE_STORAGE_RESUME, ops->create && ops->read_back, false, "HFCORE_STORAGE_RESUME",
            "create and read_back" },
          { HFCORE_STORAGE_LIST, ops->list != NULL, ops->list != NULL, "HFCORE_STORAGE_LIST",
            "list" },
          { HFCORE_STORAGE_REMOVE, ops->remove != NULL, ops->remove != NULL,
            "HFCORE_STORAGE_REMOVE", "remove" } };
  expect_promises (contract, ops->caps, promises, sizeof promises / sizeof *promises);
}

static void
caps_have_ops (struct contract *contract)
{
  const struct loader_module *module = module_of (contract);
  if (module->storage.size)
    expect_storage_promises (contract, &module->storage);
  const struct promise promises[]
      = { { HFCORE_TRANSPORT_RANGE, true, false, "HFCORE_TRANSPORT_RANGE", "read" },
          { HFCORE_TRANSPORT_LOCAL, true, false, "HFCORE_TRANSPORT_LOCAL", "read" },
          { HFCORE_TRANSPORT_LIST, module->transport.list != NULL, module->transport.list != NULL,
            "HFCORE_TRANSPORT_LIST", "list" } };
  if (module->transport.size)
    expect_promises (contract, module->transport.caps, promises,
                     sizeof promises / sizeof *promises);
}

/* ---- opening ---- */

/* An instance of any kind: `self` is the guard's.  */
struct opened
{
  void *instance;
  struct guard *guard; /* NULL: it was not opened  */
  int code;
  struct hfcore_error error;
};

static struct opened
open_kind (struct contract *contract, enum guard_kind kind, uint32_t flags)
{
  if (kind == GUARD_STORAGE)
    {
      struct contract_storage *storage = contract_open_storage (contract, flags);
      return (struct opened){ storage, storage->self, storage->code, storage->error };
    }
  if (kind == GUARD_TRANSPORT)
    {
      struct contract_transport *transport = contract_open_transport (contract, flags);
      return (struct opened){ transport, transport->self, transport->code, transport->error };
    }
  struct contract_assets *assets = contract_open_assets (contract, flags);
  return (struct opened){ assets, assets->self, assets->code, assets->error };
}

static void
for_each_kind (struct contract *contract,
               void (*one) (struct contract *contract, enum guard_kind kind))
{
  for (int kind = GUARD_STORAGE; kind <= GUARD_ASSETS; kind++)
    if (contract->run->facts->has[kind] && contract->run->facts->opening[kind] != OPENING_REFUSED)
      one (contract, (enum guard_kind) kind);
}

static void
open_one (struct contract *contract, enum guard_kind kind)
{
  contract_close (open_kind (contract, kind, 0).instance);
}

static void
opens (struct contract *contract)
{
  for_each_kind (contract, open_one);
}

static void
open_twice (struct contract *contract, enum guard_kind kind)
{
  struct opened first = open_kind (contract, kind, 0), second = open_kind (contract, kind, 0);
  contract_close (first.instance);
  /* The second has all that it needs.  */
  guard_caps_now (second.guard, NULL);
  struct opened third = open_kind (contract, kind, 0);
  contract_close (second.instance);
  contract_close (third.instance);
}

static void
opens_many (struct contract *contract)
{
  for_each_kind (contract, open_twice);
}

/* ---- what is left ---- */

static size_t
count_entries (struct contract *contract, const char *path)
{
  size_t count = 0;
  CLEANUP_DIR DIR *dir = opendir (path);
  if (!dir)
    contract_skip (contract, "%s cannot be read", path);
  while (readdir (dir))
    count++;
  return count;
}

/* Rounds of opening and closing leave as many `what` in `path` as there were after the first.  */
static void
expect_none_left (struct contract *contract, const char *path, const char *what)
{
  for_each_kind (contract, open_twice);
  const size_t before = count_entries (contract, path);
  for (int round = 0; round < ROUNDS; round++)
    for_each_kind (contract, open_twice);
  /* A thread that was joined may be listed for a moment.  */
  size_t after = count_entries (contract, path);
  for (int waited = 0; after > before && waited < SETTLE_MS; waited += SETTLE_STEP_MS)
    {
      clock_sleep_ms (SETTLE_STEP_MS);
      after = count_entries (contract, path);
    }
  contract_expect (contract, after <= before,
                   "expected close to leave nothing, %zu %s are left of %d instances",
                   after - before, what, 3 * ROUNDS);
}

static void
closes_files (struct contract *contract)
{
  expect_none_left (contract, "/proc/self/fd", "open files");
}

static void
ends_threads (struct contract *contract)
{
  expect_none_left (contract, "/proc/self/task", "threads");
}

/* ---- caps_now ---- */

static void
narrow_one (struct contract *contract, enum guard_kind kind)
{
  const struct loader_module *module = module_of (contract);
  uint32_t (*caps_now) (void *self) = kind == GUARD_STORAGE     ? module->storage.caps_now
                                      : kind == GUARD_TRANSPORT ? module->transport.caps_now
                                                                : module->assets.caps_now;
  const uint32_t most = kind == GUARD_STORAGE     ? module->storage.caps
                        : kind == GUARD_TRANSPORT ? module->transport.caps
                                                  : module->assets.caps;
  struct opened opened = open_kind (contract, kind, 0);
  const uint32_t now = caps_now ? caps_now (opened.guard->self) : most;
  contract_expect (contract, !(now & ~most), "expected caps_now within 0x%x, it said 0x%x",
                   (unsigned) most, (unsigned) now);
  contract_close (opened.instance);
}

static void
caps_now_narrows (struct contract *contract)
{
  for_each_kind (contract, narrow_one);
}

/* ---- refusing ---- */

/* The guard puts words in where the plugin has none.  */
static void
expect_reason (struct contract *contract, const struct hfcore_error *error)
{
  contract_expect (contract, error->message[0] && !contract_is_silent (error->message),
                   "expected an open that fails to say why, it returned %s alone",
                   contract_code_name (error->code));
}

static void
fail_one (struct contract *contract, enum guard_kind kind)
{
  struct opened opened = open_kind (contract, kind, CONTRACT_MAY_FAIL);
  if (opened.code)
    expect_reason (contract, &opened.error);
  contract_close (opened.instance);
}

/* A place that cannot be: some notice when they are opened, others later.  */
static void
open_says_why (struct contract *contract)
{
  CLEANUP_FREE char *file = text_format ("%s/file", contract->folder);
  CLEANUP_FREE char *root = text_format ("%s/file/root", contract->folder);
  CLEANUP_FILE FILE *made = file ? fopen (file, "we") : NULL;
  if (!root || !made)
    contract_skip (contract, "no file can be made");
  const char *key = instance_place_option (module_of (contract));
  if (!key)
    contract_skip (contract, "it has no option that says in which folder or file its things are");
  instance_set_option (contract, key, root);
  for_each_kind (contract, fail_one);
}

static void
wrap_nothing (struct contract *contract, enum guard_kind kind)
{
  uint32_t caps;
  struct hfcore_error error = HFCORE_ERROR_INIT;
  if (contract->run->facts->opening[kind] != OPENING_ABOVE)
    return;
  contract->kind = kind;
  int code = instance_try (contract, OPENING_ALONE, &caps, &error);
  contract_expect (contract, code == HFCORE_E_CONFIG,
                   "expected open to return CONFIG with nothing below, it returned %s",
                   contract_code_name (code));
  expect_reason (contract, &error);
}

static void
needs_what_it_wraps (struct contract *contract)
{
  const struct facts *facts = contract->run->facts;
  if (facts->opening[GUARD_STORAGE] != OPENING_ABOVE
      && facts->opening[GUARD_TRANSPORT] != OPENING_ABOVE)
    contract_skip (contract, "it is no wrapper");
  for_each_kind (contract, wrap_nothing);
}

static void
open_read_only (struct contract *contract, enum guard_kind kind)
{
  contract_close (open_kind (contract, kind, CONTRACT_READ_ONLY).instance);
  const char *root = contract_root (contract);
  contract_expect (
      contract, !root || count_entries (contract, root) == 2,
      "expected a read-only instance to write nothing, there is something in its root");
}

static void
opens_read_only (struct contract *contract)
{
  for_each_kind (contract, open_read_only);
}

/* ---- the cases ---- */

#define DESCRIPTOR     "hfcore_plugin, name, version, summary: one line"
#define OPTION_KEY     "hfcore_option, key: lower case, words joined by \"-\""
#define OPTION_HELP    "hfcore_option, help: one line"
#define OPTION_DEFAULT "hfcore_option, fallback: the default, as it would be written in the file"
#define OPEN_FAILS     "contract 9: failures are returned as `return host->fail (call, CODE, …)`"
#define WRAPPED        "hfcore_open: storage_below, transport_below: NULL unless `wraps:` names one"
#define READ_ONLY      "hfcore_open, read_only: never write, not even locks"

const struct contract_case contract_module_cases[] = {
  { "describes-itself", "name, version and summary are there, a line each", DESCRIPTOR, 0, 0,
    describes_itself },
  { "option-keys", "options have keys as they are written in YAML, each once", OPTION_KEY, 0, 0,
    option_keys },
  { "option-help", "every option is explained", OPTION_HELP, 0, 0, option_help },
  { "option-defaults", "defaults are values of their own type", OPTION_DEFAULT, 0, 0,
    option_defaults },
  { "caps-have-ops", "what it says it can do, and what it does, is the same", "contract 6", 0, 0,
    caps_have_ops },
  { "opens", "it is opened and closed", "contract 3", 0, 0, opens },
  { "opens-many", "several instances are opened and closed in any order", "contract 3", 0,
    MODULE_OPENED, opens_many },
  { "closes-files", "close leaves no file open", "contract 3", 0, MODULE_OPENED, closes_files },
  { "ends-threads", "close leaves no thread running", "contract 3", 0, MODULE_OPENED,
    ends_threads },
  { "caps-now-narrows", "caps_now says nothing that caps does not", "contract 6", 0, MODULE_OPENED,
    caps_now_narrows },
  { "open-says-why", "an open that fails says why", OPEN_FAILS, 0, MODULE_OPENED, open_says_why },
  { "needs-what-it-wraps", "a wrapper with nothing below it is refused, and says why", WRAPPED, 0,
    MODULE_OPENED, needs_what_it_wraps },
  { "opens-read-only", "it is opened to be read, and writes nothing", READ_ONLY, 0, MODULE_OPENED,
    opens_read_only },
  { 0 }
};
