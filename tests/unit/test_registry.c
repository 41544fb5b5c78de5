/* SPDX-License-Identifier: Apache-2.0 */
/* test_registry.c: a configuration's instances, with real modules behind the guard.  */
#include "tests/unit/registry_fixture.h"

static const char commit[] = "0123456789012345678901234567890123456789";

/* Storage `index` is refused, and the message ends with `expected`.  */
static void
check_refused (struct house *house, int code, const char *expected)
{
  const struct hfcore_storage *storage;
  call_reset (&house->call);
  CU_ASSERT_EQUAL (registry_storage (house->registry, 0, &house->call, &storage), code);
  CU_ASSERT_EQUAL (house->call.error.code, code);
  CU_ASSERT_PTR_NULL (storage);
  CHECK_CONTAINS (house->call.error.message, expected);
}

static int
put_blob (struct house *house, const struct hfcore_storage *storage, const char *etag,
          const char *text)
{
  uint64_t have;
  void *writer;
  const struct hfcore_storage_ops *ops = storage->ops;
  struct hfcore_call *call = &house->call;
  int code = ops->create (storage->self, call, &repo, etag, strlen (text), 0, &have, &writer);
  if (code == HFCORE_OK)
    code = ops->write (storage->self, call, writer, 0, text, strlen (text));
  if (code == HFCORE_OK)
    code = ops->commit (storage->self, call, writer, strlen (text));
  return code;
}

/* ---- opening ---- */

static void
test_opens_at_need (void)
{
  HOUSE house = { 0 };
  house_open (&house, "storage:\n"
                      "  - { name: one, plugin: test-memory }\n"
                      "  - { name: two, plugin: test-memory, access: read-only }\n");
  CU_ASSERT_EQUAL (registry_storage_count (house.registry), 2);
  CHECK_STRING (registry_storage_entry (house.registry, 1)->name, "two");
  CU_ASSERT_PTR_NULL (registry_storage_entry (house.registry, 2));
  CU_ASSERT_FALSE (registry_is_open (house.registry, false, 1));
  CHECK_STRING (house.lines, "");
  const struct hfcore_storage *two = storage_of (&house, 1);
  CHECK_STRING (house.lines, "[two] opened read-only;");
  CU_ASSERT_TRUE (registry_is_open (house.registry, false, 1));
  CU_ASSERT_FALSE (registry_is_open (house.registry, false, 0));
  CU_ASSERT_PTR_EQUAL (storage_of (&house, 1), two);
  CU_ASSERT_EQUAL (count_of (MEMORY_OPEN), 1);
  CU_ASSERT_EQUAL (put_blob (&house, two, "e", "text"), HFCORE_E_READONLY);
  CU_ASSERT_EQUAL (count_of (MEMORY_CREATE), 0);
  const struct hfcore_storage *none;
  CU_ASSERT_EQUAL (registry_storage (house.registry, 2, &house.call, &none), HFCORE_E_CONFIG);
}

static void
test_many_instances (void)
{
  HOUSE house = { 0 };
  house_open (&house, "storage:\n"
                      "  - { name: one, plugin: test-memory }\n"
                      "  - { name: two, plugin: test-memory }\n"
                      "  - { name: three, plugin: test-memory }\n");
  for (size_t i = 0; i < 3; i++)
    {
      char text[8];
      snprintf (text, sizeof text, "%.*s", (int) i + 1, "xxx");
      CU_ASSERT_EQUAL (put_blob (&house, storage_of (&house, i), "e", text), HFCORE_OK);
    }
  for (size_t i = 0; i < 3; i++)
    {
      uint64_t length;
      const struct hfcore_storage *storage = storage_of (&house, i);
      CU_ASSERT_EQUAL (storage->ops->stat (storage->self, &house.call, &repo, "e", &length),
                       HFCORE_OK);
      CU_ASSERT_EQUAL (length, i + 1);
    }
  CU_ASSERT_EQUAL (count_of (MEMORY_OPEN), 3);
}

static void
test_closes_in_reverse (void)
{
  struct house house = { 0 };
  house_open (&house, "storage:\n"
                      "  - { name: outer, plugin: test-wrap, wraps: inner }\n"
                      "  - { name: inner, plugin: test-memory }\n"
                      "  - { name: last, plugin: test-memory }\n");
  CU_ASSERT_EQUAL (registry_storage_count (house.registry), 2);
  CHECK_STRING (registry_storage_entry (house.registry, 0)->name, "outer");
  storage_of (&house, 1);
  storage_of (&house, 0);
  registry_free (house.registry);
  house.registry = NULL;
  CHECK_STRING (house.lines, "[last] opened;[inner] opened;[outer] opened;"
                             "[outer] closed;[inner] closed;[last] closed;");
  CU_ASSERT_EQUAL (count_of (MEMORY_OPEN), count_of (MEMORY_CLOSE));
  house_close (&house);
}

static void
test_failure_is_remembered (void)
{
  HOUSE house = { 0 };
  house_open (&house, "storage:\n"
                      "  - { name: one, plugin: test-memory, fail: the stick is not there }\n");
  for (int i = 0; i < 3; i++)
    {
      check_refused (&house, HFCORE_E_DOWN, "the stick is not there");
      CHECK_STRING (house.call.error.origin, "one (test-memory)");
    }
  CU_ASSERT_EQUAL (count_of (MEMORY_OPEN), 1);
  CU_ASSERT_FALSE (registry_is_open (house.registry, false, 0));
}

static void
test_what_may_pass_is_tried_again (void)
{
  HOUSE house = { 0 };
  house_open (&house, "storage:\n"
                      "  - { name: one, plugin: test-memory, fail: wait, fail-code: -6 }\n");
  check_refused (&house, HFCORE_E_CANCELLED, "wait");
  check_refused (&house, HFCORE_E_CANCELLED, "wait");
  CU_ASSERT_EQUAL (count_of (MEMORY_OPEN), 2);
}

static void
test_failure_below (void)
{
  HOUSE house = { 0 };
  house_open (&house, "storage:\n"
                      "  - { name: outer, plugin: test-wrap, wraps: inner }\n"
                      "  - { name: inner, plugin: test-memory, fail: broken }\n");
  check_refused (&house, HFCORE_E_DOWN, "broken");
  CHECK_STRING (house.call.error.origin, "inner (test-memory)");
  check_refused (&house, HFCORE_E_DOWN, "broken");
  CU_ASSERT_EQUAL (count_of (MEMORY_OPEN), 1);
}

/* ---- refusals ---- */

static void
test_refusals (void)
{
  static const char *const cases[][2] = {
    { "{ name: one, plugin: test-memroy }",
      "config.yaml:2:5: there is no plugin `test-memroy`; did you mean `test-memory`?" },
    { "{ name: one, plugin: test-older }",
      "config.yaml:2:5: the plugin test-older of `one` cannot write; add `access: read-only`" },
    { "{ name: one, plugin: test-memory, fial: x }", "has no option `fial`; did you mean `fail`?" },
    { "{ name: one, plugin: test-memory, fail-code: x }", "expects a whole number" },
    { "{ name: one, plugin: test-wrap }", "config.yaml:2:5: there is nothing to wrap" },
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      HOUSE house = { 0 };
      char yaml[256];
      snprintf (yaml, sizeof yaml, "storage:\n  - %s\n", cases[i][0]);
      house_open (&house, yaml);
      check_refused (&house, HFCORE_E_CONFIG, cases[i][1]);
    }
}

static void
test_wrong_kind (void)
{
  HOUSE house = { 0 };
  house_open (&house, "transport:\n  - { name: one, plugin: test-memory }\n"
                      "assets: { plugin: test-memory, name: two }\n");
  const struct hfcore_transport *transport;
  CU_ASSERT_EQUAL (registry_transport (house.registry, 0, &house.call, &transport),
                   HFCORE_E_CONFIG);
  CHECK_CONTAINS (house.call.error.message, "the plugin test-memory of `one` is no transport");
  const struct registry_assets *assets;
  CU_ASSERT_EQUAL (registry_assets_count (house.registry), 1);
  CU_ASSERT_EQUAL (registry_assets (house.registry, 0, &house.call, &assets), HFCORE_E_CONFIG);
  CHECK_CONTAINS (house.call.error.message, "the plugin test-memory of `two` is no asset tree");
}

static void
test_check (void)
{
  HOUSE house = { 0 };
  house_load (&house, "storage:\n"
                      "  - { name: one, plugin: test-memory, fail: opened }\n"
                      "transport:\n"
                      "  - { name: two, plugin: test-wrap, wraps: three }\n"
                      "  - { name: three, plugin: test-faulty, limit: many }\n");
  CU_ASSERT_EQUAL (registry_check (house.settings, &house.path, &house.error), HFCORE_E_CONFIG);
  CHECK_CONTAINS (house.error.message, "config.yaml:5:");
  CHECK_CONTAINS (house.error.message, "`limit` of `three` expects a size");
  CU_ASSERT_EQUAL (count_of (MEMORY_OPEN), 0);
}

static void
test_check_good (void)
{
  HOUSE house = { 0 };
  house_load (&house, "storage:\n"
                      "  - { name: one, plugin: test-memory, fail: opened }\n"
                      "transport:\n"
                      "  - { name: two, plugin: test-faulty }\n");
  CU_ASSERT_EQUAL (registry_check (house.settings, &house.path, &house.error), HFCORE_OK);
  CHECK_STRING (house.lines, "");
}

static void
test_check_written_assets (void)
{
  HOUSE house = { 0 };
  house_load (&house, "storage:\n"
                      "  - { name: one, plugin: test-memory }\n"
                      "transport:\n"
                      "  - { name: two, plugin: test-faulty }\n"
                      "assets: { plugin: test-forgotten }\n");
  CU_ASSERT_EQUAL (registry_check (house.settings, &house.path, &house.error), HFCORE_E_CONFIG);
  CHECK_CONTAINS (house.error.message, "config.yaml:5:1: there is no plugin `test-forgotten`");
}

static void
test_wraps_nothing (void)
{
  struct settings_instance items[] = { { .name = (char *) "a", .plugin = (char *) "p" },
                                       { .name = (char *) "b", .plugin = (char *) "p" } };
  const struct settings settings = { .storage = { .items = items, .count = 2 } };
  const struct loader_path path = { 0 };
  struct registry *registry = NULL;
  struct hfcore_error error;
  items[0].wraps = (char *) "c";
  CU_ASSERT_EQUAL (registry_new (&settings, &path, NULL, &registry, &error), HFCORE_E_CONFIG);
  CHECK_STRING (error.message, "`a` wraps `c`, which is not there");
  items[0].wraps = (char *) "b";
  items[1].wraps = (char *) "a";
  CU_ASSERT_EQUAL (registry_new (&settings, &path, NULL, &registry, &error), HFCORE_E_CONFIG);
  CHECK_STRING (error.message, "`b` wraps itself");
  items[1].wraps = (char *) "b";
  CU_ASSERT_EQUAL (registry_new (&settings, &path, NULL, &registry, &error), HFCORE_E_CONFIG);
  CU_ASSERT_PTR_NULL (registry);
}

/* ---- wrappers ---- */

static void
test_wrapper_passes_on (void)
{
  HOUSE house = { 0 };
  house_open (&house, "storage:\n"
                      "  - { name: outer, plugin: test-wrap, wraps: inner }\n"
                      "  - { name: inner, plugin: test-memory }\n");
  const struct hfcore_storage *outer = storage_of (&house, 0);
  struct hfcore_call *call = &house.call;
  uint64_t length;
  const char *named;
  CU_ASSERT_EQUAL (put_blob (&house, outer, "e", "four"), HFCORE_OK);
  CU_ASSERT_EQUAL (outer->ops->stat (outer->self, call, &repo, "e", &length), HFCORE_OK);
  CU_ASSERT_EQUAL (length, 4);
  CU_ASSERT_EQUAL (outer->ops->stat (outer->self, call, &repo, "f", &length), HFCORE_PASS);
  CU_ASSERT_EQUAL (outer->ops->ref_set (outer->self, call, &repo, "main", "", commit), HFCORE_OK);
  CU_ASSERT_EQUAL (outer->ops->ref_get (outer->self, call, &repo, "main", &named), HFCORE_OK);
  CHECK_STRING (named, commit);
  CU_ASSERT_EQUAL (outer->ops->ref_set (outer->self, call, &repo, "main", "", commit),
                   HFCORE_E_CONFLICT);
  CHECK_STRING (call->error.origin, "inner (test-memory)");
  CU_ASSERT_PTR_NULL (call->origin);
  struct hfcore_stored_file file = { .size = sizeof file };
  CU_ASSERT_EQUAL (outer->ops->file_set (outer->self, call, &repo, commit, "p", "e",
                                         HFCORE_NEW_BLOB, &file),
                   HFCORE_OK);
  CU_ASSERT_EQUAL (outer->ops->file_get (outer->self, call, &repo, commit, "p", &file), HFCORE_OK);
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_PRESENT);
  CU_ASSERT_EQUAL (file.length, 4);
}

static void
test_wrapper_fails_closed (void)
{
  HOUSE house = { 0 };
  house_open (&house, "storage:\n"
                      "  - { name: outer, plugin: test-wrap, wraps: inner }\n"
                      "  - { name: inner, plugin: test-memory }\n"
                      "  - { name: plain, plugin: test-memory }\n");
  const struct hfcore_storage *outer = storage_of (&house, 0), *plain = storage_of (&house, 1);
  struct hfcore_call *call = &house.call;
  const struct hfcore_file_info files = { .size = sizeof files, .path = "p", .etag = "e" };
  void *lock;
  CU_ASSERT_EQUAL (plain->ops->tree_set (plain->self, call, &repo, commit, &files, 1), HFCORE_OK);
  CU_ASSERT_EQUAL (plain->ops->lock (plain->self, call, &repo, "k", &lock), HFCORE_OK);
  plain->ops->unlock (plain->self, lock);
  CU_ASSERT_EQUAL (outer->ops->tree_set (outer->self, call, &repo, commit, &files, 1),
                   HFCORE_E_UNSUPPORTED);
  CHECK_STRING (call->error.origin, "outer (test-wrap)");
  CU_ASSERT_EQUAL (outer->ops->lock (outer->self, call, &repo, "k", &lock), HFCORE_E_UNSUPPORTED);
  CU_ASSERT_EQUAL (count_of (MEMORY_TREE_SET), 1);
  CU_ASSERT_EQUAL (count_of (MEMORY_LOCK), 1);
  CU_ASSERT_EQUAL (outer->ops->caps_now (outer->self), HFCORE_STORAGE_WRITE);
  CU_ASSERT_EQUAL (plain->ops->caps_now (plain->self), HFCORE_STORAGE_WRITE | HFCORE_STORAGE_LOCKS);
}

static void
test_wrapper_over_read_only (void)
{
  HOUSE house = { 0 };
  house_open (&house, "storage:\n"
                      "  - { name: outer, plugin: test-wrap, wraps: inner }\n"
                      "  - { name: inner, plugin: test-memory, access: read-only }\n");
  CU_ASSERT_EQUAL (put_blob (&house, storage_of (&house, 0), "e", "x"), HFCORE_E_READONLY);
  CHECK_STRING (house.call.error.origin, "inner (test-memory)");
  CU_ASSERT_EQUAL (count_of (MEMORY_CREATE), 0);
}

static int
refuse_bytes (void *ctx, const void *bytes, size_t len)
{
  (void) bytes;
  (void) len;
  return call_fail (ctx, HFCORE_E_NOSPACE, "the disk is full");
}

static int
allow_begin (void *ctx, uint64_t offset, uint64_t total)
{
  (void) ctx;
  CU_ASSERT_EQUAL (offset, 0);
  CU_ASSERT_EQUAL (total, 3);
  return 0;
}

static void
test_sink_wins_through_wrappers (void)
{
  HOUSE house = { 0 };
  house_open (&house, "transport:\n"
                      "  - { name: outer, plugin: test-wrap, wraps: inner }\n"
                      "  - { name: inner, plugin: test-faulty }\n");
  const struct hfcore_transport *transport = NULL;
  CU_ASSERT_EQUAL (registry_transport_count (house.registry), 1);
  CHECK_STRING (registry_transport_entry (house.registry, 0)->name, "outer");
  CU_ASSERT_EQUAL_FATAL (registry_transport (house.registry, 0, &house.call, &transport),
                         HFCORE_OK);
  CU_ASSERT_TRUE (registry_is_open (house.registry, true, 0));
  const struct hfcore_read request = { .size = sizeof request, .repo = &repo, .path = "p" };
  const struct hfcore_sink sink
      = { .size = sizeof sink, .ctx = &house.call, .begin = allow_begin, .data = refuse_bytes };
  int code = transport->ops->read (transport->self, &house.call, &request, &sink);
  CU_ASSERT_EQUAL (code, HFCORE_E_NOSPACE);
  CHECK_STRING (house.call.error.message, "the disk is full");
  CHECK_STRING (house.call.error.origin, "");
  CHECK_CONTAINS (house.lines, "[inner] this is a fault of the plugin test-faulty: read returned "
                               "-2 after its sink had returned -7;");
  CU_ASSERT_PTR_NULL (strstr (house.lines, "[outer] this is a fault"));
}

/* ---- modules that misbehave, and other ages ---- */

static void
test_unknown_codes (void)
{
  HOUSE house = { 0 };
  house_open (&house, "storage:\n"
                      "  - { name: one, plugin: test-faulty, access: read-only }\n");
  const struct hfcore_storage *storage = storage_of (&house, 0);
  uint64_t length;
  const char *named;
  struct hfcore_call *call = &house.call;
  CU_ASSERT_EQUAL (storage->ops->stat (storage->self, call, &repo, "77", &length), HFCORE_E_IO);
  CU_ASSERT_EQUAL (storage->ops->stat (storage->self, call, &repo, "-77", &length), HFCORE_E_IO);
  CHECK_STRING (call->error.message, "told to fail");
  CU_ASSERT_EQUAL (storage->ops->stat (storage->self, call, &repo, "silently -4", &length),
                   HFCORE_E_AUTH);
  CHECK_CONTAINS (call->error.message, "did not say why (AUTH)");
  CHECK_STRING (call->error.origin, "one (test-faulty)");
  CU_ASSERT_EQUAL (storage->ops->ref_get (storage->self, call, &repo, "main", &named), HFCORE_E_IO);
  CU_ASSERT_EQUAL (storage->ops->caps_now (storage->self), 0);
}

static int
count_entry (void *ctx, const struct hfcore_entry *entry)
{
  CU_ASSERT_EQUAL (entry->size, sizeof *entry);
  *(uint64_t *) ctx += entry->length;
  return 0;
}

static void
test_older_and_future (void)
{
  HOUSE house = { 0 };
  house_open (&house, "storage:\n"
                      "  - { name: older, plugin: test-older, access: read-only }\n"
                      "  - { name: future, plugin: test-future, access: read-only }\n");
  uint64_t total = 0;
  const struct hfcore_entry_sink sink
      = { .size = sizeof sink, .ctx = &total, .entry = count_entry };
  static const int lists[] = { HFCORE_E_UNSUPPORTED, HFCORE_OK };
  static const uint32_t caps[] = { 0, HFCORE_STORAGE_LIST };
  for (size_t i = 0; i < 2; i++)
    {
      const struct hfcore_storage *storage = storage_of (&house, i);
      struct hfcore_stored_file file = { .size = sizeof file };
      struct hfcore_call *call = &house.call;
      CU_ASSERT_EQUAL (storage->ops->file_get (storage->self, call, &repo, commit, "p", &file),
                       HFCORE_OK);
      CU_ASSERT_EQUAL (file.state, HFCORE_FILE_ABSENT);
      CU_ASSERT_EQUAL (storage->ops->list (storage->self, call, &repo, 0, &sink), lists[i]);
      CU_ASSERT_EQUAL (storage->ops->caps_now (storage->self) & 63, caps[i]);
    }
  CU_ASSERT_EQUAL (total, 7);
}

/* ---- options ---- */

/* "FIRST SECOND NUMBER" of the option, as the transport `index` was given it.  */
static const char *
option_of (struct house *house, size_t index, const char *key)
{
  const struct hfcore_transport *transport = NULL;
  struct hfcore_file_info info = { .size = sizeof info };
  int code = registry_transport (house->registry, index, &house->call, &transport);
  if (code == HFCORE_OK)
    code = transport->ops->resolve (transport->self, &house->call, &repo, "main", key, &info);
  return code == HFCORE_OK ? info.location : house->call.error.message;
}

static void
test_options (void)
{
  HOUSE house = { 0 };
  house_open (&house, "etag-timeout: 3s\n"
                      "transport:\n"
                      "  - { name: one, plugin: test-faulty, limit: 20KB, tags: [a, b] }\n"
                      "  - { name: two, plugin: test-faulty, label: ours, etag-timeout: 250ms }\n");
  CHECK_STRING (option_of (&house, 0, "label"), "none - 0");
  CHECK_STRING (option_of (&house, 0, "limit"), "20KB - 20000");
  CHECK_STRING (option_of (&house, 0, "tags"), "a b 0");
  CHECK_STRING (option_of (&house, 0, "etag-timeout"), "3s - 3000");
  CHECK_STRING (option_of (&house, 0, "user-agent-origin"), "- - 0");
  CHECK_STRING (option_of (&house, 1, "label"), "ours - 0");
  CHECK_STRING (option_of (&house, 1, "etag-timeout"), "250ms - 250");
}

static void
test_tokens (void)
{
  HOUSE house = { 0 };
  house_open (&house, "token: hf_top\n"
                      "transport:\n"
                      "  - { name: one, plugin: test-faulty, token: hf_own }\n"
                      "  - { name: two, plugin: test-faulty, token: none }\n"
                      "  - { name: three, plugin: test-faulty }\n");
  CHECK_STRING (option_of (&house, 0, "token"), "hf_own - 0");
  CHECK_STRING (option_of (&house, 1, "token"), "- - 0");
  /* A token belongs to one origin, and this one is no Hub.  */
  CHECK_STRING (option_of (&house, 2, "token"), "- - 0");
}

/* The top level's token is not handed to a storage that happens to have an option of this name.  */
static void
test_no_token_for_storages (void)
{
  HOUSE house = { 0 };
  house_open (&house, "token: hf_top\n"
                      "storage:\n"
                      "  - { name: one, plugin: test-faulty, access: read-only }\n");
  storage_of (&house, 0);
  const struct hfcore_storage *storage = storage_of (&house, 0);
  uint64_t length;
  storage->ops->stat (storage->self, &house.call, &repo, "option token", &length);
  CU_ASSERT_EQUAL (length, 0);
  storage->ops->stat (storage->self, &house.call, &repo, "option etag-timeout", &length);
  CU_ASSERT_EQUAL (length, 1);
}

CHECK_MAIN ("registry", { "opens at need", test_opens_at_need },
            { "many instances", test_many_instances },
            { "closes in reverse", test_closes_in_reverse },
            { "failure is remembered", test_failure_is_remembered },
            { "what may pass", test_what_may_pass_is_tried_again },
            { "failure below", test_failure_below }, { "refusals", test_refusals },
            { "wrong kind", test_wrong_kind }, { "check", test_check },
            { "check: good", test_check_good }, { "check: assets", test_check_written_assets },
            { "wraps nothing", test_wraps_nothing },
            { "wrapper passes on", test_wrapper_passes_on },
            { "wrapper fails closed", test_wrapper_fails_closed },
            { "wrapper over read-only", test_wrapper_over_read_only },
            { "sink wins through wrappers", test_sink_wins_through_wrappers },
            { "unknown codes", test_unknown_codes }, { "older and future", test_older_and_future },
            { "options", test_options }, { "tokens", test_tokens },
            { "no token for storages", test_no_token_for_storages })
