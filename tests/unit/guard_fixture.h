/* SPDX-License-Identifier: Apache-2.0 */
/* guard_fixture.h: a plugin in the test whose every op does what `fake` says, behind a guard. */
#ifndef HFCORE_TESTS_GUARD_FIXTURE_H
#define HFCORE_TESTS_GUARD_FIXTURE_H

#include <stdint.h>
#include <stdio.h>
#include "core/plugin/call.h"
#include "core/plugin/guard.h"
#include "tests/check.h"
#include "tests/unit/plugin_fixture.h"

struct fake
{
  int result;       /* what ops return                                                           */
  const char *said; /* recorded by `fail` before that, with the code `said_code`                  */
  int said_code;
  int entered;        /* how many ops were                                                        */
  int abandoned;      /* how many writers                                                         */
  const char *string; /* what goes to const char ** results                                       */
  void *handle;    /* … to void ** results                                                     */
  uint64_t number; /* … to lengths                                                             */
  struct hfcore_stored_file file;
  /* What op does with its sink, in place of returning `result`.  */
  int (*send) (struct fake *fake, struct hfcore_call *call, const struct hfcore_sink *sink);
  const char *origin; /* of the call while it was inside                                          */
  uint32_t size_seen; /* of the struct that the op was given                                      */
};

struct scene
{
  struct fake fake;
  struct loader_module module;
  struct guard guard;
  struct hfcore_call call;
  struct host_log log;
  int faults;     /* lines about faults of the plugin                                          */
  char last[512]; /* line of the log                                                           */
};

#define STORAGE(scene, op, ...) guard_storage_ops.op (&(scene).guard, &(scene).call, __VA_ARGS__)
#define TRANSPORT(scene, op, ...)                                                                  \
  guard_transport_ops.op (&(scene).guard, &(scene).call, __VA_ARGS__)
#define ASSETS(scene, op, ...) guard_assets_ops.op (&(scene).guard, &(scene).call, __VA_ARGS__)

static int
fake_result (struct fake *fake, struct hfcore_call *call)
{
  fake->entered++;
  fake->origin = call->origin;
  if (fake->said)
    host_table.fail (call, fake->said_code, "%s", fake->said);
  return fake->result;
}

static int
fake_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct fake *fake = *self = (void *) open->settings;
  return fake_result (fake, call);
}

static void
fake_close (void *self)
{
  ((struct fake *) self)->entered++;
}

static int
fake_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *of, const char *etag,
           uint64_t *length)
{
  (void) of;
  (void) etag;
  *length = ((struct fake *) self)->number;
  return fake_result (self, call);
}

static int
fake_send (struct fake *fake, struct hfcore_call *call, const struct hfcore_sink *sink)
{
  int code = fake_result (fake, call);
  return fake->send ? fake->send (fake, call, sink) : code;
}

static int
fake_read (void *self, struct hfcore_call *call, const struct hfcore_repo *of, const char *etag,
           uint64_t offset, uint64_t length, const struct hfcore_sink *sink)
{
  (void) of;
  (void) etag;
  (void) offset;
  (void) length;
  return fake_send (self, call, sink);
}

/* path and ref_get look the same.  */
static int
fake_string (void *self, struct hfcore_call *call, const struct hfcore_repo *of, const char *name,
             const char **string)
{
  (void) of;
  (void) name;
  *string = ((struct fake *) self)->string;
  return fake_result (self, call);
}

static int
fake_create (void *self, struct hfcore_call *call, const struct hfcore_repo *of, const char *etag,
             uint64_t expect, uint32_t flags, uint64_t *have, void **writer)
{
  struct fake *fake = self;
  (void) of;
  (void) etag;
  (void) expect;
  (void) flags;
  *have = fake->number;
  *writer = fake->handle;
  return fake_result (fake, call);
}

static int
fake_write (void *self, struct hfcore_call *call, void *writer, uint64_t offset, const void *bytes,
            size_t len)
{
  (void) writer;
  (void) offset;
  (void) bytes;
  (void) len;
  return fake_result (self, call);
}

static int
fake_read_back (void *self, struct hfcore_call *call, void *writer, uint64_t offset, void *bytes,
                size_t len, size_t *got)
{
  (void) writer;
  (void) offset;
  (void) bytes;
  (void) len;
  *got = ((struct fake *) self)->number;
  return fake_result (self, call);
}

static int
fake_restart (void *self, struct hfcore_call *call, void *writer)
{
  (void) writer;
  return fake_result (self, call);
}

static int
fake_commit (void *self, struct hfcore_call *call, void *writer, uint64_t length)
{
  (void) writer;
  (void) length;
  return fake_result (self, call);
}

static void
fake_abandon (void *self, void *writer, int keep_partial)
{
  (void) writer;
  (void) keep_partial;
  ((struct fake *) self)->abandoned++;
}

static int
fake_remove (void *self, struct hfcore_call *call, const struct hfcore_entry *entry)
{
  (void) entry;
  return fake_result (self, call);
}

static int
fake_ref_set (void *self, struct hfcore_call *call, const struct hfcore_repo *of, const char *ref,
              const char *expected, const char *commit)
{
  (void) of;
  (void) ref;
  (void) expected;
  (void) commit;
  return fake_result (self, call);
}

static int
fake_file_get (void *self, struct hfcore_call *call, const struct hfcore_repo *of,
               const char *commit, const char *path, struct hfcore_stored_file *file)
{
  struct fake *fake = self;
  (void) of;
  (void) commit;
  (void) path;
  fake->size_seen = file->size;
  *file = fake->file;
  return fake_result (fake, call);
}

static int
fake_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *of,
               const char *commit, const char *path, const char *etag, uint32_t flags,
               struct hfcore_stored_file *file)
{
  (void) etag;
  (void) flags;
  if (file)
    return fake_file_get (self, call, of, commit, path, file);
  return fake_result (self, call);
}

static int
fake_tree_get (void *self, struct hfcore_call *call, const struct hfcore_repo *of,
               const char *commit, const struct hfcore_file_sink *sink)
{
  const struct hfcore_file_info info = { .size = sizeof info, .path = "a" };
  (void) of;
  (void) commit;
  int code = fake_result (self, call);
  return code ? code : sink->file (sink->ctx, &info);
}

static int
fake_tree_set (void *self, struct hfcore_call *call, const struct hfcore_repo *of,
               const char *commit, const struct hfcore_file_info *files, size_t count)
{
  (void) of;
  (void) commit;
  (void) files;
  (void) count;
  return fake_result (self, call);
}

static int
fake_list (void *self, struct hfcore_call *call, const struct hfcore_repo *of, uint32_t kinds,
           const struct hfcore_entry_sink *sink)
{
  const struct hfcore_entry entry = { .size = sizeof entry, .kind = HFCORE_ENTRY_REPO, .repo = of };
  (void) kinds;
  int code = fake_result (self, call);
  return code ? code : sink->entry (sink->ctx, &entry);
}

static int
fake_lock (void *self, struct hfcore_call *call, const struct hfcore_repo *of, const char *key,
           void **lock)
{
  struct fake *fake = self;
  (void) of;
  (void) key;
  *lock = fake->handle;
  int code = fake_result (self, call);
  /* As a sloppy plugin does when it has to wait.  */
  return code == HFCORE_E_BUSY ? host_table.tick (call, 0, 0) : code;
}

static void
fake_unlock (void *self, void *lock)
{
  (void) lock;
  ((struct fake *) self)->entered++;
}

static int
fake_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *of,
              const char *revision, const char *path, struct hfcore_file_info *info)
{
  struct fake *fake = self;
  (void) of;
  (void) revision;
  (void) path;
  fake->size_seen = info->size;
  info->commit = fake->string;
  return fake_result (fake, call);
}

static int
fake_fetch (void *self, struct hfcore_call *call, const struct hfcore_read *request,
            const struct hfcore_sink *sink)
{
  (void) request;
  return fake_send (self, call, sink);
}

static int
fake_asset_path (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
                 const char **path)
{
  (void) asset;
  *path = ((struct fake *) self)->string;
  return fake_result (self, call);
}

static int
fake_asset_list (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
                 const struct hfcore_asset_sink *sink)
{
  int code = fake_result (self, call);
  return code ? code : sink->asset (sink->ctx, asset);
}

static int
fake_asset_remove (void *self, struct hfcore_call *call, const struct hfcore_asset *asset)
{
  (void) asset;
  return fake_result (self, call);
}

static const struct loader_module fake_module = {
  .name = (char *) "fake",
  .descriptor = { .threads = HFCORE_THREADS_PARALLEL },
  .storage = { .size = sizeof (struct hfcore_storage_ops),
               .caps = HFCORE_STORAGE_WRITE | HFCORE_STORAGE_PATHS | HFCORE_STORAGE_LOCKS
                       | HFCORE_STORAGE_RESUME | HFCORE_STORAGE_LIST | HFCORE_STORAGE_REMOVE,
               .open = fake_open,
               .close = fake_close,
               .stat = fake_stat,
               .read = fake_read,
               .path = fake_string,
               .create = fake_create,
               .write = fake_write,
               .read_back = fake_read_back,
               .restart = fake_restart,
               .commit = fake_commit,
               .abandon = fake_abandon,
               .remove = fake_remove,
               .ref_get = fake_string,
               .ref_set = fake_ref_set,
               .file_get = fake_file_get,
               .file_set = fake_file_set,
               .tree_get = fake_tree_get,
               .tree_set = fake_tree_set,
               .list = fake_list,
               .lock = fake_lock,
               .unlock = fake_unlock },
  .transport = { .size = sizeof (struct hfcore_transport_ops),
                 .caps = HFCORE_TRANSPORT_RANGE | HFCORE_TRANSPORT_LIST,
                 .open = fake_open,
                 .close = fake_close,
                 .resolve = fake_resolve,
                 .read = fake_fetch,
                 .list = fake_tree_get },
  .assets = { .size = sizeof (struct hfcore_assets_ops),
              .open = fake_open,
              .close = fake_close,
              .path = fake_asset_path,
              .list = fake_asset_list,
              .remove = fake_asset_remove },
};

static void
scene_hear (void *ctx, int level, const char *line)
{
  struct scene *scene = ctx;
  snprintf (scene->last, sizeof scene->last, "%s", line);
  if (level == HFCORE_LOG_WARNING && strstr (line, "this is a fault of the plugin fake: "))
    scene->faults++;
}

/* Open behind a guard. The caller zeroed `scene`, and may have set its `module` (no name: the whole
 * fake_module). The plugin's memory is scene->fake.  */
static void
scene_open (struct scene *scene, enum guard_kind kind, bool read_only)
{
  if (!scene->module.name)
    scene->module = fake_module;
  scene->log = (struct host_log){ .write = scene_hear, .ctx = scene, .level = HFCORE_LOG_WARNING };
  guard_init (&scene->guard, kind, &scene->module, "cache", read_only, &scene->log);
  call_init (&scene->call, NULL);
  const struct hfcore_open open
      = { .size = sizeof open, .settings = (const void *) &scene->fake, .host = &host_table };
  CU_ASSERT_EQUAL (guard_open (&scene->guard, &scene->call, &open), HFCORE_OK);
  scene->fake.entered = 0;
}

static void
scene_close (struct scene *scene)
{
  guard_free (&scene->guard);
  call_done (&scene->call);
}

#endif
