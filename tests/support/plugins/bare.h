/* SPDX-License-Identifier: Apache-2.0 */
/* bare.h: the least storage there can be: knows nothing and has no room. For modules whose point is
 * something else.  */
#ifndef HFCORE_TESTS_PLUGINS_BARE_H
#define HFCORE_TESTS_PLUGINS_BARE_H

#include <hfcore/plugin.h>

static inline int
bare_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  (void) call;
  (void) open;
  *self = NULL;
  return HFCORE_OK;
}

static inline void
bare_close (void *self)
{
  (void) self;
}

static inline int
bare_stat (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
           uint64_t *length)
{
  (void) self;
  (void) call;
  (void) repo;
  (void) etag;
  (void) length;
  return HFCORE_PASS;
}

static inline int
bare_ref_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *ref,
              const char **commit)
{
  (void) self;
  (void) call;
  (void) repo;
  (void) ref;
  (void) commit;
  return HFCORE_PASS;
}

static inline int
bare_file_get (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *commit, const char *path, struct hfcore_stored_file *file)
{
  (void) self;
  (void) call;
  (void) repo;
  (void) commit;
  (void) path;
  file->state = HFCORE_FILE_ABSENT;
  return HFCORE_OK;
}

static inline int
bare_create (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *etag,
             uint64_t expect, uint32_t flags, uint64_t *have, void **writer)
{
  (void) self;
  (void) call;
  (void) repo;
  (void) etag;
  (void) expect;
  (void) flags;
  (void) have;
  (void) writer;
  return HFCORE_E_NOSPACE;
}

static inline int
bare_write (void *self, struct hfcore_call *call, void *writer, uint64_t offset, const void *bytes,
            size_t len)
{
  (void) self;
  (void) call;
  (void) writer;
  (void) offset;
  (void) bytes;
  (void) len;
  return HFCORE_E_NOSPACE;
}

static inline int
bare_commit (void *self, struct hfcore_call *call, void *writer, uint64_t length)
{
  (void) self;
  (void) call;
  (void) writer;
  (void) length;
  return HFCORE_E_NOSPACE;
}

static inline void
bare_abandon (void *self, void *writer, int keep_partial)
{
  (void) self;
  (void) writer;
  (void) keep_partial;
}

static inline int
bare_ref_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo, const char *ref,
              const char *expected, const char *commit)
{
  (void) self;
  (void) call;
  (void) repo;
  (void) ref;
  (void) expected;
  (void) commit;
  return HFCORE_E_NOSPACE;
}

static inline int
bare_file_set (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *commit, const char *path, const char *etag, uint32_t flags,
               struct hfcore_stored_file *file)
{
  (void) self;
  (void) call;
  (void) repo;
  (void) commit;
  (void) path;
  (void) etag;
  (void) flags;
  (void) file;
  return HFCORE_E_NOSPACE;
}

#define BARE_WRITE_OPS                                                                             \
  .create = bare_create, .write = bare_write, .commit = bare_commit, .abandon = bare_abandon,      \
  .ref_set = bare_ref_set, .file_set = bare_file_set
#define BARE_OPS                                                                                   \
  .open = bare_open, .close = bare_close, .stat = bare_stat, .ref_get = bare_ref_get,              \
  .file_get = bare_file_get

#endif
