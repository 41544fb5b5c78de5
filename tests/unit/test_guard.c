/* SPDX-License-Identifier: Apache-2.0 */
/* test_guard.c: what the guard makes of good and bad plugins.  */
#include "tests/unit/guard_fixture.h"

#include <errno.h>

#define SCENE(scene, kind, read_only)                                                              \
  __attribute__ ((cleanup (scene_close))) struct scene scene = { .fake = { .number = 1 } };        \
  scene_open (&scene, kind, read_only)

static int token; /* something to point at  */

/* ---- sinks of the tests ---- */

struct receiver
{
  struct scene *scene;
  int begun, sent, told;
  int stop;        /* what to return                                                            */
  const char *why; /* recorded with it                                                          */
  const char *origin;
  char path[32];
};

static int
receive (struct receiver *receiver)
{
  struct hfcore_call *call = &receiver->scene->call;
  receiver->origin = call->origin;
  return receiver->why ? call_fail (call, receiver->stop, "%s", receiver->why) : receiver->stop;
}

static int
receive_begin (void *ctx, uint64_t offset, uint64_t total)
{
  struct receiver *receiver = ctx;
  (void) offset;
  (void) total;
  receiver->begun++;
  return 0;
}

static int
receive_data (void *ctx, const void *bytes, size_t len)
{
  struct receiver *receiver = ctx;
  (void) bytes;
  receiver->sent += (int) len;
  return receive (receiver);
}

static int
receive_about (void *ctx, const struct hfcore_file_info *info)
{
  struct receiver *receiver = ctx;
  receiver->told++;
  CU_ASSERT_EQUAL (info->size, sizeof *info);
  snprintf (receiver->path, sizeof receiver->path, "%s", info->path ? info->path : "");
  return receive (receiver);
}

static int
receive_entry (void *ctx, const struct hfcore_entry *entry)
{
  struct receiver *receiver = ctx;
  receiver->told++;
  snprintf (receiver->path, sizeof receiver->path, "%s", entry->repo ? entry->repo->id : "");
  return receive (receiver);
}

static int
receive_asset (void *ctx, const struct hfcore_asset *asset)
{
  struct receiver *receiver = ctx;
  receiver->told++;
  snprintf (receiver->path, sizeof receiver->path, "%s", asset->library);
  return receive (receiver);
}

static struct hfcore_sink
sink_of (struct receiver *receiver)
{
  return (struct hfcore_sink){ .size = sizeof (struct hfcore_sink),
                               .ctx = receiver,
                               .about = receive_about,
                               .begin = receive_begin,
                               .data = receive_data };
}

/* ---- missing and forbidden ops ---- */

static void
test_null_op_is_unsupported (void)
{
  __attribute__ ((cleanup (scene_close))) struct scene scene = { .module = fake_module };
  scene.module.storage.tree_set = NULL;
  scene.module.storage.lock = NULL;
  scene.module.storage.path = NULL;
  scene_open (&scene, GUARD_STORAGE, false);
  void *lock = &token;
  const char *path = "?";
  CU_ASSERT_EQUAL (STORAGE (scene, tree_set, &repo, "c", NULL, 0), HFCORE_E_UNSUPPORTED);
  CHECK_STRING (scene.call.error.message, "tree_set: the plugin does not do that");
  CHECK_STRING (scene.call.error.origin, "cache (fake)");
  CU_ASSERT_PTR_NULL (scene.call.origin);
  CU_ASSERT_EQUAL (STORAGE (scene, lock, &repo, "k", &lock), HFCORE_E_UNSUPPORTED);
  CU_ASSERT_PTR_NULL (lock);
  CU_ASSERT_EQUAL (STORAGE (scene, path, &repo, "c", &path), HFCORE_E_UNSUPPORTED);
  CU_ASSERT_PTR_NULL (path);
  CU_ASSERT_EQUAL (scene.fake.entered, 0);
  CU_ASSERT_PTR_NULL (guard_storage_ops.open);
  CU_ASSERT_PTR_NULL (guard_storage_ops.close);
}

static void
test_read_only (void)
{
  SCENE (scene, GUARD_STORAGE, true);
  uint64_t have;
  void *handle;
  const struct hfcore_entry entry = { .size = sizeof entry };
  const int results[] = {
    STORAGE (scene, create, &repo, "e", 1, 0, &have, &handle),
    STORAGE (scene, write, &token, 0, "x", 1),
    STORAGE (scene, restart, &token),
    STORAGE (scene, commit, &token, 1),
    STORAGE (scene, remove, &entry),
    STORAGE (scene, ref_set, &repo, "main", NULL, "c"),
    STORAGE (scene, file_set, &repo, "c", "p", "e", 0, NULL),
    STORAGE (scene, tree_set, &repo, "c", NULL, 0),
    STORAGE (scene, lock, &repo, "k", &handle),
  };
  for (size_t i = 0; i < sizeof results / sizeof *results; i++)
    CU_ASSERT_EQUAL (results[i], HFCORE_E_READONLY);
  CU_ASSERT_EQUAL (scene.fake.entered, 0);
  CHECK_STRING (scene.call.error.message, "lock: this instance is configured read-only");
  CHECK_STRING (scene.call.error.origin, "cache (fake)");
  CU_ASSERT_EQUAL (STORAGE (scene, stat, &repo, "e", &have), HFCORE_OK);
  CU_ASSERT_EQUAL (scene.fake.entered, 1);
  scene.fake.number = UINT32_MAX;
  CU_ASSERT_EQUAL (guard_storage_ops.caps_now (&scene.guard),
                   HFCORE_STORAGE_PATHS | HFCORE_STORAGE_LIST);
}

static void
test_read_only_assets (void)
{
  SCENE (scene, GUARD_ASSETS, true);
  const struct hfcore_asset asset = { .size = sizeof asset, .library = "lib" };
  const char *path;
  CU_ASSERT_EQUAL (ASSETS (scene, remove, &asset), HFCORE_E_READONLY);
  CU_ASSERT_EQUAL (scene.fake.entered, 0);
  scene.fake.string = "/there";
  CU_ASSERT_EQUAL (ASSETS (scene, path, &asset, &path), HFCORE_OK);
  CHECK_STRING (path, "/there");
}

static uint32_t
fake_caps_now (void *self)
{
  return (uint32_t) ((struct fake *) self)->number;
}

static void
test_caps (void)
{
  __attribute__ ((cleanup (scene_close))) struct scene scene = { .module = fake_module };
  scene.module.storage.path = NULL;
  scene.module.storage.unlock = NULL;
  scene.module.storage.read_back = NULL;
  scene.module.storage.caps_now = fake_caps_now;
  scene_open (&scene, GUARD_STORAGE, false);
  scene.fake.number = UINT32_MAX;
  CU_ASSERT_EQUAL (guard_storage_ops.caps_now (&scene.guard),
                   HFCORE_STORAGE_WRITE | HFCORE_STORAGE_LIST | HFCORE_STORAGE_REMOVE);
  scene.fake.number = HFCORE_STORAGE_LIST | HFCORE_STORAGE_LOCKS;
  CU_ASSERT_EQUAL (guard_storage_ops.caps_now (&scene.guard), HFCORE_STORAGE_LIST);
}

static void
test_transport_caps (void)
{
  __attribute__ ((cleanup (scene_close))) struct scene scene = { .module = fake_module };
  scene.module.transport.list = NULL;
  scene_open (&scene, GUARD_TRANSPORT, false);
  CU_ASSERT_EQUAL (guard_transport_ops.caps_now (&scene.guard), HFCORE_TRANSPORT_RANGE);
  CU_ASSERT_EQUAL (guard_transport_ops.caps_now (&scene.guard), HFCORE_TRANSPORT_RANGE);
}

/* ---- results ---- */

static int
stat_with (struct scene *scene, int result, const char *said, int said_code)
{
  uint64_t length;
  call_reset (&scene->call);
  scene->fake.result = result;
  scene->fake.said = said;
  scene->fake.said_code = said_code;
  return STORAGE (*scene, stat, &repo, "e", &length);
}

static void
test_known_codes (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  CU_ASSERT_EQUAL (stat_with (&scene, HFCORE_OK, NULL, 0), HFCORE_OK);
  CU_ASSERT_EQUAL (stat_with (&scene, HFCORE_PASS, NULL, 0), HFCORE_PASS);
  for (int code = HFCORE_E_IO; code < 0; code++)
    {
      CU_ASSERT_EQUAL (stat_with (&scene, code, "the reason", code), code);
      CU_ASSERT_EQUAL (scene.call.error.code, code);
      CHECK_STRING (scene.call.error.message, "the reason");
      CHECK_STRING (scene.call.error.origin, "cache (fake)");
    }
  CHECK_STRING (scene.fake.origin, "cache (fake)");
  CU_ASSERT_PTR_NULL (scene.call.origin);
  CU_ASSERT_EQUAL (scene.faults, 0);
}

static void
test_unknown_codes (void)
{
  static const int codes[] = { 2, 77, HFCORE_E_IO - 1, -1000 };
  SCENE (scene, GUARD_STORAGE, false);
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    {
      char expected[96];
      CU_ASSERT_EQUAL (stat_with (&scene, codes[i], NULL, 0), HFCORE_E_IO);
      snprintf (expected, sizeof expected,
                "fault of the plugin: stat returned %d, which means nothing", codes[i]);
      CHECK_STRING (scene.call.error.message, expected);
      CU_ASSERT_EQUAL (scene.faults, (int) i + 1);
    }
  CHECK_STRING (scene.last, "[cache] this is a fault of the plugin fake: stat returned -1000, "
                            "which means nothing");
  CU_ASSERT_EQUAL (stat_with (&scene, -40, "a new kind of trouble", -40), HFCORE_E_IO);
  CHECK_STRING (scene.call.error.message, "a new kind of trouble");
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_E_IO);
}

static void
test_pass_where_it_means_nothing (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  scene.fake.result = HFCORE_PASS;
  CU_ASSERT_EQUAL (STORAGE (scene, commit, &token, 1), HFCORE_E_IO);
  CU_ASSERT_EQUAL (STORAGE (scene, write, &token, 0, "", 0), HFCORE_E_IO);
  CU_ASSERT_EQUAL (STORAGE (scene, ref_set, &repo, "main", NULL, "c"), HFCORE_E_IO);
  CU_ASSERT_EQUAL (scene.faults, 3);
}

static void
test_failure_without_reason (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  CU_ASSERT_EQUAL (stat_with (&scene, HFCORE_E_DOWN, NULL, 0), HFCORE_E_DOWN);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_E_DOWN);
  CHECK_STRING (scene.call.error.message, "stat failed and the plugin did not say why (DOWN)");
  CHECK_STRING (scene.call.error.origin, "cache (fake)");
  /* A reason from before the op is not this op's.  */
  call_fail (&scene.call, HFCORE_E_NOSPACE, "an older failure");
  uint64_t length;
  scene.fake.result = HFCORE_E_AUTH;
  CU_ASSERT_EQUAL (STORAGE (scene, stat, &repo, "e", &length), HFCORE_E_AUTH);
  CHECK_CONTAINS (scene.call.error.message, "did not say why (AUTH)");
}

static void
test_code_returned_counts (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  CU_ASSERT_EQUAL (stat_with (&scene, HFCORE_E_DOWN, "reset by peer", HFCORE_E_RETRY),
                   HFCORE_E_DOWN);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_E_DOWN);
  CHECK_STRING (scene.call.error.message, "reset by peer");
}

static void
test_success_forgets_its_failures (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  CU_ASSERT_EQUAL (stat_with (&scene, HFCORE_OK, "tried something", HFCORE_E_DOWN), HFCORE_OK);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_OK);
  scene.fake.said = NULL;
  call_fail (&scene.call, HFCORE_E_DOWN, "an older failure");
  uint64_t length;
  CU_ASSERT_EQUAL (STORAGE (scene, stat, &repo, "e", &length), HFCORE_OK);
  CHECK_STRING (scene.call.error.message, "an older failure");
}

static int
send_and_time_out (struct fake *fake, struct hfcore_call *call, const struct hfcore_sink *sink)
{
  (void) fake;
  (void) sink;
  CU_ASSERT_EQUAL (host_table.tick (call, 0, 0), HFCORE_E_RETRY);
  return HFCORE_E_CANCELLED;
}

static void
test_deadline_is_no_cancel (void)
{
  SCENE (scene, GUARD_TRANSPORT, false);
  struct receiver receiver = { .scene = &scene };
  const struct hfcore_sink sink = sink_of (&receiver);
  const struct hfcore_read request = { .size = sizeof request, .path = "p" };
  scene.fake.send = send_and_time_out;
  scene.call.deadline_ms = 1;
  CU_ASSERT_EQUAL (TRANSPORT (scene, read, &request, &sink), HFCORE_E_RETRY);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_E_RETRY);
  CU_ASSERT_EQUAL (scene.call.error.os_errno, ETIMEDOUT);
  CHECK_STRING (scene.call.error.origin, "cache (fake)");
}

static void
test_debug_log (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  stat_with (&scene, HFCORE_PASS, NULL, 0);
  CHECK_STRING (scene.last, "");
  scene.log.level = HFCORE_LOG_DEBUG;
  stat_with (&scene, HFCORE_PASS, NULL, 0);
  CHECK_STRING (scene.last, "[cache] stat e: PASS");
  STORAGE (scene, restart, &token);
  CHECK_CONTAINS (scene.last, "[cache] restart: IO");
  stat_with (&scene, HFCORE_E_NOMEM, "no", HFCORE_E_NOMEM);
  CHECK_STRING (scene.last, "[cache] stat e: NOMEM");
}

/* ---- success needs its result ---- */

static void
test_results_are_there (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  uint64_t length = 0, have = 7;
  size_t got = 7;
  const char *string = "?";
  void *handle = &token;
  char room[4];
  scene.fake.number = HFCORE_SIZE_UNKNOWN;
  CU_ASSERT_EQUAL (STORAGE (scene, stat, &repo, "e", &length), HFCORE_E_IO);
  CHECK_STRING (scene.call.error.message, "fault of the plugin: stat told no length");
  CU_ASSERT_EQUAL (STORAGE (scene, path, &repo, "c", &string), HFCORE_E_IO);
  CU_ASSERT_EQUAL (STORAGE (scene, ref_get, &repo, "main", &string), HFCORE_E_IO);
  CU_ASSERT_EQUAL (STORAGE (scene, lock, &repo, "k", &handle), HFCORE_E_IO);
  CU_ASSERT_PTR_NULL (handle);
  CU_ASSERT_EQUAL (STORAGE (scene, read_back, &token, 0, room, sizeof room, &got), HFCORE_E_IO);
  CU_ASSERT_EQUAL (got, 0);
  scene.fake.number = 0;
  CU_ASSERT_EQUAL (STORAGE (scene, create, &repo, "e", 1, 0, &have, &handle), HFCORE_E_IO);
  CHECK_CONTAINS (scene.call.error.message, "create gave no writer");
  CU_ASSERT_EQUAL (have, 0);
  CU_ASSERT_EQUAL (scene.faults, 6);
}

static void
test_wrong_partials (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  uint64_t have;
  void *writer;
  scene.fake.handle = &token;
  scene.fake.number = 5;
  CU_ASSERT_EQUAL (STORAGE (scene, create, &repo, "e", 5, HFCORE_CREATE_RESUME, &have, &writer),
                   HFCORE_OK);
  CU_ASSERT_EQUAL (have, 5);
  CU_ASSERT_PTR_EQUAL (writer, &token);
  CU_ASSERT_EQUAL (STORAGE (scene, create, &repo, "e", 4, HFCORE_CREATE_RESUME, &have, &writer),
                   HFCORE_E_IO);
  CU_ASSERT_EQUAL (have, 0);
  CU_ASSERT_PTR_NULL (writer);
  CU_ASSERT_EQUAL (scene.fake.abandoned, 1);
  CU_ASSERT_EQUAL (STORAGE (scene, create, &repo, "e", 9, 0, &have, &writer), HFCORE_E_IO);
  CU_ASSERT_EQUAL (scene.fake.abandoned, 2);
  CU_ASSERT_EQUAL (scene.faults, 2);
}

static void
test_wrong_files (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  struct hfcore_stored_file file = { .size = sizeof file };
  scene.fake.file
      = (struct hfcore_stored_file){ .size = sizeof file, .state = HFCORE_FILE_PRESENT };
  CU_ASSERT_EQUAL (STORAGE (scene, file_get, &repo, "c", "p", &file), HFCORE_E_IO);
  CHECK_CONTAINS (scene.call.error.message, "told no path of a file that is there");
  scene.fake.file.path = "/p";
  CU_ASSERT_EQUAL (STORAGE (scene, file_get, &repo, "c", "p", &file), HFCORE_OK);
  CHECK_STRING (file.path, "/p");
  CU_ASSERT_EQUAL (file.state, HFCORE_FILE_PRESENT);
  scene.fake.file.state = 3;
  CU_ASSERT_EQUAL (STORAGE (scene, file_set, &repo, "c", "p", "e", 0, &file), HFCORE_E_IO);
  CU_ASSERT_EQUAL (STORAGE (scene, file_set, &repo, "c", "p", "e", 0, NULL), HFCORE_OK);
  CU_ASSERT_EQUAL (scene.faults, 2);
}

static void
test_asset_results (void)
{
  SCENE (scene, GUARD_ASSETS, false);
  const struct hfcore_asset asset = { .size = sizeof asset, .library = "lib" };
  const char *path;
  CU_ASSERT_EQUAL (ASSETS (scene, path, &asset, &path), HFCORE_E_IO);
  CHECK_STRING (scene.call.error.message, "fault of the plugin: path told no path");
  struct receiver receiver = { .scene = &scene };
  const struct hfcore_asset_sink sink
      = { .size = sizeof sink, .ctx = &receiver, .asset = receive_asset };
  CU_ASSERT_EQUAL (ASSETS (scene, list, &asset, &sink), HFCORE_OK);
  CHECK_STRING (receiver.path, "lib");
  scene.fake.result = HFCORE_PASS;
  CU_ASSERT_EQUAL (ASSETS (scene, remove, &asset), HFCORE_E_IO);
}

/* ---- structs of other sizes ---- */

static void
test_struct_sizes (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  struct
  {
    struct hfcore_stored_file file;
    uint64_t later;
  } longer = { .file = { .size = sizeof longer }, .later = 42 };
  scene.fake.file = (struct hfcore_stored_file){
    .size = sizeof longer.file, .state = HFCORE_FILE_PRESENT, .path = "/p", .length = 9
  };
  CU_ASSERT_EQUAL (STORAGE (scene, file_get, &repo, "c", "p", &longer.file), HFCORE_OK);
  CU_ASSERT_EQUAL (scene.fake.size_seen, sizeof longer.file);
  CU_ASSERT_EQUAL (longer.file.size, sizeof longer);
  CU_ASSERT_EQUAL (longer.file.length, 9);
  CU_ASSERT_EQUAL (longer.later, 42);
  struct hfcore_stored_file unset = { 0 };
  CU_ASSERT_EQUAL (STORAGE (scene, file_get, &repo, "c", "p", &unset), HFCORE_E_CONFIG);
  CHECK_CONTAINS (scene.call.error.message, "without its size");
}

static void
test_resolve_sizes (void)
{
  SCENE (scene, GUARD_TRANSPORT, false);
  struct hfcore_file_info info = { .size = sizeof info };
  scene.fake.string = "0123";
  scene.fake.result = HFCORE_E_NOTFOUND;
  CU_ASSERT_EQUAL (TRANSPORT (scene, resolve, &repo, "main", "p", &info), HFCORE_E_NOTFOUND);
  CHECK_STRING (info.commit, "0123");
  CU_ASSERT_EQUAL (info.length, HFCORE_SIZE_UNKNOWN);
  info.size = 8;
  CU_ASSERT_EQUAL (TRANSPORT (scene, resolve, &repo, "main", "p", &info), HFCORE_E_CONFIG);
}

/* ---- sinks ---- */

static int
send_properly (struct fake *fake, struct hfcore_call *call, const struct hfcore_sink *sink)
{
  const struct hfcore_file_info info = { .size = sizeof info, .path = "p" };
  (void) fake;
  (void) call;
  CU_ASSERT_EQUAL (sink->size, sizeof *sink);
  int code = sink->about (sink->ctx, &info);
  if (code == 0)
    code = sink->begin (sink->ctx, 0, 4);
  for (int i = 0; i < 2 && code == 0; i++)
    code = sink->data (sink->ctx, "ab", 2);
  return code;
}

static int
send_stubbornly (struct fake *fake, struct hfcore_call *call, const struct hfcore_sink *sink)
{
  (void) fake;
  sink->begin (sink->ctx, 0, 4);
  for (int i = 0; i < 5; i++)
    sink->data (sink->ctx, "ab", 2);
  return host_table.fail (call, HFCORE_E_RETRY, "the connection broke");
}

static int
send_early (struct fake *fake, struct hfcore_call *call, const struct hfcore_sink *sink)
{
  (void) fake;
  (void) call;
  return sink->data (sink->ctx, "ab", 2);
}

static int
send_twice (struct fake *fake, struct hfcore_call *call, const struct hfcore_sink *sink)
{
  (void) fake;
  (void) call;
  sink->begin (sink->ctx, 0, 4);
  sink->begin (sink->ctx, 0, 4);
  return HFCORE_OK;
}

static int
send_unsized (struct fake *fake, struct hfcore_call *call, const struct hfcore_sink *sink)
{
  const struct hfcore_file_info info = { .path = "p" };
  (void) fake;
  (void) call;
  return sink->about (sink->ctx, &info);
}

static int
read_with (struct scene *scene, struct receiver *receiver,
           int (*send) (struct fake *, struct hfcore_call *, const struct hfcore_sink *))
{
  const struct hfcore_sink sink = sink_of (receiver);
  receiver->scene = scene;
  scene->fake.send = send;
  call_reset (&scene->call);
  return STORAGE (*scene, read, &repo, "e", 0, HFCORE_SIZE_UNKNOWN, &sink);
}

static void
test_sink_gets_it_all (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  struct receiver receiver = { 0 };
  scene.call.origin = "wrapper (outer)";
  CU_ASSERT_EQUAL (read_with (&scene, &receiver, send_properly), HFCORE_OK);
  CU_ASSERT_EQUAL (receiver.begun, 1);
  CU_ASSERT_EQUAL (receiver.sent, 4);
  CHECK_STRING (receiver.path, "p");
  CHECK_STRING (receiver.origin, "wrapper (outer)");
  CHECK_STRING (scene.fake.origin, "cache (fake)");
  CHECK_STRING (scene.call.origin, "wrapper (outer)");
}

static void
test_sink_stops (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  struct receiver receiver = { .stop = HFCORE_E_NOSPACE, .why = "the disk is full" };
  CU_ASSERT_EQUAL (read_with (&scene, &receiver, send_properly), HFCORE_E_NOSPACE);
  CHECK_STRING (scene.call.error.message, "the disk is full");
  CHECK_STRING (scene.call.error.origin, "");
  CU_ASSERT_EQUAL (scene.faults, 0);
  /* Any number stops, also one that is no result.  */
  struct receiver enough = { .stop = 1000 };
  CU_ASSERT_EQUAL (read_with (&scene, &enough, send_properly), 1000);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_OK);
  CU_ASSERT_EQUAL (scene.faults, 0);
}

static void
test_sink_wins (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  struct receiver receiver = { .stop = HFCORE_E_CORRUPT, .why = "wrong digest" };
  CU_ASSERT_EQUAL (read_with (&scene, &receiver, send_stubbornly), HFCORE_E_CORRUPT);
  CU_ASSERT_EQUAL (scene.call.error.code, HFCORE_E_CORRUPT);
  CHECK_STRING (scene.call.error.message, "wrong digest");
  CU_ASSERT_EQUAL (receiver.sent, 2);
  CU_ASSERT_EQUAL (scene.faults, 1);
  CHECK_CONTAINS (scene.last, "read returned -2 after its sink had returned -5");
}

static void
test_sink_is_used_wrongly (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  struct receiver receiver = { 0 };
  CU_ASSERT_EQUAL (read_with (&scene, &receiver, send_early), HFCORE_E_IO);
  CHECK_CONTAINS (scene.call.error.message, "before saying where they begin");
  CHECK_STRING (scene.call.error.origin, "cache (fake)");
  CU_ASSERT_EQUAL (read_with (&scene, &receiver, send_twice), HFCORE_E_IO);
  CHECK_CONTAINS (scene.call.error.message, "read began to send twice");
  CU_ASSERT_EQUAL (receiver.begun, 1);
  CU_ASSERT_EQUAL (read_with (&scene, &receiver, send_unsized), HFCORE_E_IO);
  CHECK_CONTAINS (scene.call.error.message, "in a struct without its size");
  CU_ASSERT_EQUAL (receiver.told, 0);
  CU_ASSERT_EQUAL (receiver.sent, 0);
}

static void
test_no_sink (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  const struct hfcore_sink unsized = { 0 };
  CU_ASSERT_EQUAL (STORAGE (scene, read, &repo, "e", 0, 1, NULL), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (STORAGE (scene, read, &repo, "e", 0, 1, &unsized), HFCORE_E_CONFIG);
  CHECK_STRING (scene.call.error.message, "read: was given no sink");
  CU_ASSERT_EQUAL (scene.fake.entered, 0);
}

static void
test_lists (void)
{
  SCENE (scene, GUARD_STORAGE, false);
  struct receiver receiver = { .scene = &scene };
  const struct hfcore_file_sink files
      = { .size = sizeof files, .ctx = &receiver, .file = receive_about };
  const struct hfcore_entry_sink entries
      = { .size = sizeof entries, .ctx = &receiver, .entry = receive_entry };
  CU_ASSERT_EQUAL (STORAGE (scene, tree_get, &repo, "c", &files), HFCORE_OK);
  CHECK_STRING (receiver.path, "a");
  CU_ASSERT_EQUAL (STORAGE (scene, list, &repo, 0, &entries), HFCORE_OK);
  CHECK_STRING (receiver.path, "org/name");
  const struct hfcore_repo unsized = { .id = "org/name" };
  CU_ASSERT_EQUAL (STORAGE (scene, list, &unsized, 0, &entries), HFCORE_E_IO);
  receiver.stop = 5;
  CU_ASSERT_EQUAL (STORAGE (scene, tree_get, &repo, "c", &files), 5);
  CU_ASSERT_EQUAL (receiver.told, 3);
}

/* ---- instances ---- */

static void
test_open_fails (void)
{
  struct scene scene = { .fake = { .result = HFCORE_E_DOWN } };
  guard_init (&scene.guard, GUARD_STORAGE, &fake_module, "cache", false, NULL);
  call_init (&scene.call, NULL);
  const struct hfcore_open open
      = { .size = sizeof open, .settings = (const void *) &scene.fake, .host = &host_table };
  CU_ASSERT_EQUAL (guard_open (&scene.guard, &scene.call, &open), HFCORE_E_DOWN);
  CHECK_STRING (scene.call.error.message, "open failed and the plugin did not say why (DOWN)");
  guard_free (&scene.guard);
  CU_ASSERT_EQUAL (scene.fake.entered, 1);
  call_done (&scene.call);
}

static void
test_names_are_cut (void)
{
  struct scene scene = { 0 };
  char name[200];
  memset (name, 'n', sizeof name);
  name[0] = '\n';
  name[sizeof name - 1] = 0;
  guard_init (&scene.guard, GUARD_STORAGE, &fake_module, name, false, NULL);
  CU_ASSERT_EQUAL (strlen (scene.guard.origin), sizeof scene.guard.origin - 1);
  CU_ASSERT_EQUAL (scene.guard.origin[0], '?');
  guard_free (&scene.guard);
}

CHECK_MAIN ("guard", { "null op", test_null_op_is_unsupported }, { "read-only", test_read_only },
            { "read-only assets", test_read_only_assets }, { "caps", test_caps },
            { "transport caps", test_transport_caps }, { "known codes", test_known_codes },
            { "unknown codes", test_unknown_codes },
            { "pass where it means nothing", test_pass_where_it_means_nothing },
            { "failure without reason", test_failure_without_reason },
            { "the code returned counts", test_code_returned_counts },
            { "success forgets", test_success_forgets_its_failures },
            { "a deadline is no cancel", test_deadline_is_no_cancel },
            { "debug log", test_debug_log }, { "results are there", test_results_are_there },
            { "wrong partials", test_wrong_partials }, { "wrong files", test_wrong_files },
            { "asset results", test_asset_results }, { "struct sizes", test_struct_sizes },
            { "resolve sizes", test_resolve_sizes }, { "sink gets it all", test_sink_gets_it_all },
            { "sink stops", test_sink_stops }, { "sink wins", test_sink_wins },
            { "sink used wrongly", test_sink_is_used_wrongly }, { "no sink", test_no_sink },
            { "lists", test_lists }, { "open fails", test_open_fails },
            { "names are cut", test_names_are_cut })
