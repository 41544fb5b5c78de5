/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore/plugin.h: all that the author of a plugin includes.
 *
 * The engine decides, a plugin does. A transport asks once: it does not retry, fall back or
 * cache. A storage keeps bytes and names: it judges neither freshness nor content. All names
 * reach a plugin already validated: they never leave the repository's folder.
 *
 * Contract
 *  1. Structs begin with their size and grow at their end only. The host copies the smaller of
 *     both sizes and zeroes the rest. No enum, bool or long inside a struct. Whoever fills a struct
 *     sets its size, a plugin in all that it tells a sink: `.size = sizeof (struct
 *     hfcore_file_info)`. What is told without it is refused.
 *  2. A module exports one data symbol, its descriptor (HFCORE_PLUGIN_DEFINE). Reading it runs
 *     none of the plugin's code. Host services arrive as a table in `open`; a module links
 *     nothing of libhfcore. It is loaded once and never unloaded.
 *  3. `open` … `close` bracket an instance; one module may have many. `close` frees all of it.
 *  4. Every op gets its instance and one `call`. A call belongs to one thread at a time. Results
 *     are copied into the call with `host->keep` and live until the engine ends the call; what an
 *     op is given lives until the op returns, unless it says otherwise. No malloc'd memory
 *     crosses the border.
 *  5. An op left NULL is UNSUPPORTED: it is never passed through to what lies below. A wrapper
 *     reaches what lies below through the tables in `hfcore_open`, which are the host's guard.
 *  6. `caps` says the most a plugin can do; `caps_now` may only narrow it, per instance.
 *  7. `threads`: SERIAL (the default: the guard lets one call at a time into an instance) or
 *     PARALLEL. State that instances share is the plugin's own to lock.
 *  8. Options are a declared table; the host checks, expands and types them before `open`.
 *  9. A result is HFCORE_OK, HFCORE_PASS or HFCORE_E_…; failures are returned as
 *     `return host->fail (call, CODE, "what went wrong", …)`. Text says what, the host adds who.
 * 10. A non-zero return from a sink stops the op, which returns that code unchanged and says
 *     nothing of its own. Long work calls `host->tick` at least every 100 ms and stops, returning
 *     what it returned, when that is not 0.  */
#ifndef HFCORE_PLUGIN_H
#define HFCORE_PLUGIN_H

#include <hfcore/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HFCORE_ABI_MAJOR 1 /* part of the symbol's name: another major is never entered */
#define HFCORE_ABI_MINOR 1 /* new trailing members, option types, codes, capability bits */

#define HFCORE_SIZE_UNKNOWN UINT64_MAX

struct hfcore_call; /* one operation: error, arena, deadline, cancel, progress (opaque)  */
struct hfcore_settings; /* the options of one instance, checked and typed (opaque) */
struct hfcore_journal; /* where an instance's messages go; its name is already on them (opaque) */

/* ---- host services ---- */

/* Given to every `open`; valid as long as the program runs.  */
struct hfcore_host
{
  uint32_t size;
  uint32_t abi_minor;

  /* Record a failure of this call and return `code`. One line, no final dot, no secrets.  */
  int (*fail) (struct hfcore_call *call, int code, const char *format, ...) HFCORE_PRINTF (3, 4);
  /* Add facts to the failure just recorded; 0 leaves a fact as it is.  */
  void (*why) (struct hfcore_call *call, int os_errno, int http_status, uint32_t retry_after_ms,
               int missing);
  /* The failure recorded so far; its code is HFCORE_OK when there is none.  */
  const struct hfcore_error *(*error) (const struct hfcore_call *call);
  /* A wrapper dealt with the failure below it.  */
  void (*forget) (struct hfcore_call *call);

  /* Copy `len` bytes into the call (a zero byte is put behind them). NULL: no memory, and the
   * failure is recorded.  */
  void *(*keep) (struct hfcore_call *call, const void *data, size_t len);

  /* Report progress of this op in bytes; `total` may be HFCORE_SIZE_UNKNOWN, both 0 when only
   * time passes. Non-zero: stop. HFCORE_E_CANCELLED is the caller's wish, HFCORE_E_RETRY the end
   * of the time that this op has; either is recorded.  */
  int (*tick) (struct hfcore_call *call, uint64_t done, uint64_t total);
  /* Milliseconds until the deadline; -1: there is none.  */
  int64_t (*time_left_ms) (const struct hfcore_call *call);

  /* Options of this instance. Strings are valid until `close`; NULL or 0 for what is not set
   * and has no default. `number` serves INT, BOOL (0/1), SIZE (bytes), DURATION (ms).  */
  const char *(*text) (const struct hfcore_settings *settings, const char *key);
  int64_t (*number) (const struct hfcore_settings *settings, const char *key);
  const char *(*item) (const struct hfcore_settings *settings, const char *key, size_t index);

  /* Thread safe. `level` is HFCORE_LOG_….  */
  void (*log) (struct hfcore_journal *journal, int level, const char *format, ...)
      HFCORE_PRINTF (3, 4);
};

/* ---- options ---- */

enum
{
  HFCORE_OPTION_TEXT = 0,
  HFCORE_OPTION_PATH = 1, /* `~` and ${VAR} are expanded  */
  HFCORE_OPTION_INT = 2,
  HFCORE_OPTION_BOOL = 3, /* yes no true false on off  */
  HFCORE_OPTION_SIZE = 4, /* bytes; 512, 20KB, 4GiB  */
  HFCORE_OPTION_DURATION = 5, /* milliseconds; 250ms, 10s, 5m, 2h; a bare number is seconds */
  HFCORE_OPTION_LIST = 6, /* of text  */
  HFCORE_OPTION_URL = 7   /* http:// or https://, trailing slashes removed  */
};

enum
{
  HFCORE_OPTION_REQUIRED = 1,
  HFCORE_OPTION_SECRET = 2 /* never printed or logged  */
};

struct hfcore_option
{
  const char *key; /* lower case, words joined by "-"  */
  int32_t type;    /* HFCORE_OPTION_…  */
  uint32_t flags;
  const char *fallback; /* the default, as it would be written in the file; NULL: unset  */
  const char *help;     /* one line  */
};

/* ---- data that leaves or enters by the host's functions ---- */

enum
{
  HFCORE_DIGEST_NONE = 0, /* an etag of any other form: allowed, but nothing can verify the bytes */
  HFCORE_DIGEST_GIT_SHA1 = 1, /* SHA-1 of "blob <length>\0" and the content: 40 hex (spec 1.5) */
  HFCORE_DIGEST_SHA256 = 2 /* SHA-256 of the content: 64 hex  */
};

/* A file of a commit, as a transport or a remembered tree knows it (spec 1.9, 2.4).  */
struct hfcore_file_info
{
  uint32_t size;
  uint32_t reserved;
  const char *path;       /* inside the repository, "/" separated; not URL-encoded  */
  const char *commit;     /* 40 lower-case hex; NULL: not told  */
  const char *etag;       /* names the blob: normalised, without quotes; NULL: not told  */
  const char *location;   /* where the bytes are, for the same transport's `read`; or NULL  */
  uint64_t length;        /* bytes; HFCORE_SIZE_UNKNOWN: not told  */
  const char *blob_id;    /* git object id of the tree entry; NULL: not told  */
  const char *lfs_sha256; /* NULL: not an LFS file  */
  uint64_t lfs_length;
  const char *xet_hash; /* NULL: not a Xet file, or not told  */
};

/* Bytes leave by push. All three may be called from the op only, in its thread.  */
struct hfcore_sink
{
  uint32_t size;
  uint32_t reserved;
  void *ctx;
  /* What the peer's own answer says about the file, before any byte; may be NULL. Members that
   * the answer does not tell are NULL or HFCORE_SIZE_UNKNOWN.  */
  int (*about) (void *ctx, const struct hfcore_file_info *info);
  /* Once: the offset of the first byte that the peer REALLY sends, and the whole file's size
   * (HFCORE_SIZE_UNKNOWN when it does not say).  */
  int (*begin) (void *ctx, uint64_t offset, uint64_t total);
  int (*data) (void *ctx, const void *bytes, size_t len);
};

/* Called once per file of a tree, in the order of the listing.  */
struct hfcore_file_sink
{
  uint32_t size;
  uint32_t reserved;
  void *ctx;
  int (*file) (void *ctx, const struct hfcore_file_info *info);
  /* Called at most once, by a source that cannot tell whether these are all files: then the list
   * is used only if no other source has a whole one, and is never remembered. May be NULL.  */
  int (*incomplete) (void *ctx);
};

/* One thing that an instance can or cannot do where it lies: "reflinks", "yes".  */
struct hfcore_fact_sink
{
  uint32_t size;
  uint32_t reserved;
  void *ctx;
  int (*fact) (void *ctx, const char *key, const char *value);
};

/* ---- interface 1, storage: keeps bytes and names ---- */

enum
{
  HFCORE_STORAGE_WRITE = 1, /* create … commit, file_set, ref_set, tree_set  */
  HFCORE_STORAGE_PATHS = 2, /* files have a local path that programs can open  */
  HFCORE_STORAGE_LOCKS = 4,
  HFCORE_STORAGE_RESUME = 8, /* partial writes survive the process  */
  HFCORE_STORAGE_LIST = 16,
  HFCORE_STORAGE_REMOVE = 32
};

/* What is known of one path of one commit.  */
enum
{
  HFCORE_FILE_UNKNOWN = 0,
  HFCORE_FILE_PRESENT = 1,
  HFCORE_FILE_ABSENT = 2 /* the Hub said that the commit does not have it (spec 1.8)  */
};

struct hfcore_stored_file
{
  uint32_t size;
  int32_t state;    /* HFCORE_FILE_…  */
  const char *path; /* local path, in the call; NULL without HFCORE_STORAGE_PATHS  */
  uint64_t length;  /* bytes, when PRESENT  */
};

/* What a listing tells, one at a time. Members that do not apply to `kind` are NULL or 0.  */
enum
{
  HFCORE_ENTRY_REPO = 1,
  HFCORE_ENTRY_REF = 2,      /* name, commit  */
  HFCORE_ENTRY_REVISION = 3, /* commit  */
  HFCORE_ENTRY_FILE = 4,     /* commit, name, etag  */
  HFCORE_ENTRY_BLOB = 5,     /* etag, length  */
  HFCORE_ENTRY_PARTIAL = 6,  /* etag, name, length  */
  HFCORE_ENTRY_ABSENT = 7,   /* commit, name: the commit does not have this file  */
  /* problem, path: why Python would not report this repository, or what stands in the place of one
   * (repo NULL)  */
  HFCORE_ENTRY_PROBLEM = 8,
  /* of all repositories: a file of the store that they share (spec 15): etag (Xet hash), length  */
  HFCORE_ENTRY_SHARED = 9,
  /* For `remove` only.  */
  HFCORE_ENTRY_TREE = 10, /* commit: its remembered file list  */
  /* of a repository, there or not: what dead processes left, locks that nobody holds and no blob
   * has, folders without anything in them  */
  HFCORE_ENTRY_REST = 11
};

/* Of a PROBLEM (spec 7.1).  */
enum
{
  HFCORE_PROBLEM_NO_FOLDER = 1,
  HFCORE_PROBLEM_NO_REPO = 2, /* its name is not that of a repository  */
  HFCORE_PROBLEM_NO_TYPE = 3, /* ... of a type that is known  */
  HFCORE_PROBLEM_NO_SNAPSHOTS = 4,
  HFCORE_PROBLEM_REFS_FILE = 5,
  HFCORE_PROBLEM_SNAPSHOT_FILE = 6 /* a file lies among the revisions  */
};

/* What more is known of an entry.  */
enum
{
  HFCORE_IS_HELD = 1,   /* PARTIAL: a live process writes to it, or one elsewhere may  */
  HFCORE_IS_LINK = 2,   /* BLOB: it is a link, to `target`  */
  HFCORE_IS_SHARED = 4, /* BLOB: ... into the store that repositories share  */
  HFCORE_IS_UNUSED = 8, /* SHARED: what is written of its users is readable, and there are none  */
  HFCORE_IS_UNTOLD = 16 /* SHARED: nothing readable is written of its users  */
};

struct hfcore_entry
{
  uint32_t size;
  int32_t kind;
  const struct hfcore_repo *repo;
  const char *name;
  const char *commit;
  const char *etag;
  uint64_t length;
  int64_t modified_ms; /* since 1970  */
  int64_t accessed_ms;
  /* A storage without local paths, or of an older build, tells none of what follows.  */
  int64_t modified_ns; /* the same, finer; 0: not told  */
  int64_t accessed_ns;
  const char *path; /* of the repository's or revision's folder, file, blob, partial, problem  */
  /* Of a FILE that is no blob of this repository: where its bytes are, `path` itself or where its
   * link leads, by one hop; also of one that leads nowhere. Of a BLOB that is a link: where that
   * leads. Of a REF: what it says, commit or not.  */
  const char *target;
  int32_t problem; /* HFCORE_PROBLEM_…  */
  uint32_t flags;  /* HFCORE_IS_…; for `remove`, HFCORE_REMOVE_…  */
  int64_t used_ns; /* of a REVISION: when it was last written to or marked by use_mark; or 0 */
};

/* With `kinds` of `list`: a FILE that is a link to a blob of its repository may be told with an
 * unknown length, unseen whether that blob is there: who asks so compares with the BLOBs.  */
#define HFCORE_LIST_QUICK (1u << 31)

struct hfcore_entry_sink
{
  uint32_t size;
  uint32_t reserved;
  void *ctx;
  int (*entry) (void *ctx, const struct hfcore_entry *entry);
};

/* Bytes of a file: `length` from `offset`.  */
struct hfcore_range_sink
{
  uint32_t size;
  uint32_t reserved;
  void *ctx;
  int (*range) (void *ctx, uint64_t offset, uint64_t length);
};

struct hfcore_open; /* below  */

/* `create` … `commit` or `abandon` bracket a writer: bytes that no reader sees until `commit`.
 * Several threads may `write` one writer at once in a PARALLEL plugin, at disjoint offsets, and
 * `read_back` at the same time what was written.  */
struct hfcore_storage_ops
{
  uint32_t size;
  uint32_t caps;

  int (*open) (void **self, struct hfcore_call *call, const struct hfcore_open *open);
  void (*close) (void *self);
  uint32_t (*caps_now) (void *self);

  /* The length of a blob; PASS when it is not here.  */
  int (*stat) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *etag, uint64_t *length);
  /* Push `length` bytes of a blob from `offset` (length HFCORE_SIZE_UNKNOWN: to its end).  */
  int (*read) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *etag, uint64_t offset, uint64_t length,
               const struct hfcore_sink *sink);
  /* The local folder of a commit's files, or of the repository (commit NULL), existing or not. */
  int (*path) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *commit, const char **path);

  /* Begin to write a blob of `expect` bytes (or HFCORE_SIZE_UNKNOWN). `*have`: how many bytes
   * from its start an earlier partial still holds (0 unless `flags` allow it); `*writer` ends by
   * exactly one commit or abandon, whatever they return.  */
  int (*create) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                 const char *etag, uint64_t expect, uint32_t flags, uint64_t *have,
                 void **writer);
  int (*write) (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
                const void *bytes, size_t len);
  /* Read back what was written, for digests; `*got` is short only at the end of what is there. */
  int (*read_back) (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
                    void *bytes, size_t len, size_t *got);
  /* Forget all bytes of this writer: the peer starts again from 0.  */
  int (*restart) (void *self, struct hfcore_call *call, void *writer);
  /* Publish `length` bytes under the etag, atomically. Losing a race to a twin is success.  */
  int (*commit) (void *self, struct hfcore_call *call, void *writer, uint64_t length);
  /* End the writer unpublished; `keep_partial` non-zero: leave its bytes for a later create.  */
  void (*abandon) (void *self, void *writer, int keep_partial);
  /* Remove one thing: what `entry->kind` and its names say; an ABSENT without a name: all of its
   * commit; a REF with a commit: only while it names that. PASS (or OK): it was not there. Links
   * are not followed. A REPO or REVISION is gone at once for all others, and what was left of it
   * when the process died is swept later. What was the last to lead to a file of the shared store
   * takes that with it; a SHARED one goes only if nothing needs it, else BUSY.  */
  int (*remove) (void *self, struct hfcore_call *call, const struct hfcore_entry *entry);

  /* The commit that a ref names, 40 hex, in the call; PASS when there is none to be read.  */
  int (*ref_get) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *ref, const char **commit);
  /* Let `ref` name `commit`. `expected` NULL: whatever it names now; "": only if there is none;
   * else only if it names that, otherwise CONFLICT.  */
  int (*ref_set) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *ref, const char *expected, const char *commit);

  /* What is known of `path` in `commit`. UNKNOWN is HFCORE_OK with that state.  */
  int (*file_get) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const char *path, struct hfcore_stored_file *file);
  /* Let `path` of `commit` be the blob `etag`; NULL: remember that the commit does not have it.
   * `flags`: HFCORE_NEW_BLOB, HFCORE_REPLACE. `file` (or NULL) is filled.  */
  int (*file_set) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const char *path, const char *etag, uint32_t flags,
                   struct hfcore_stored_file *file);

  /* The remembered file list of a commit (spec 1.9); PASS when none is remembered.  */
  int (*tree_get) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const struct hfcore_file_sink *sink);
  /* `files->size` is the distance from one of the `count` files to the next.  */
  int (*tree_set) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit, const struct hfcore_file_info *files, size_t count);

  /* Tell what is here: of one repository, BLOBs before FILEs and a REVISION before its FILEs; or of
   * all (repo NULL: REPO entries, SHARED ones, PROBLEMs of what is no repository and the PARTIALs
   * in it). `kinds` is a sum of (1 << HFCORE_ENTRY_…), and HFCORE_LIST_QUICK.  */
  int (*list) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               uint32_t kinds, const struct hfcore_entry_sink *sink);

  /* One writer per key at a time, across processes, to save work; correctness never rests on it.
   * Waits until the call's deadline, then BUSY.  */
  int (*lock) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *key, void **lock);
  void (*unlock) (void *self, void *lock);

  /* The local path of a blob, in the call; PASS when it is not here.  */
  int (*blob_path) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                    const char *etag, const char **path);
  /* Which blob `path` of `commit` is, in the call; PASS when that is not known.  */
  int (*file_etag) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                    const char *commit, const char *path, const char **etag);
  /* Let `path` of `commit` be the file at `source`, an absolute local path in another storage or
   * elsewhere in this one: by a pointer to it or, where this storage keeps none, with its bytes,
   * shared or copied. `flags`: HFCORE_REPLACE. `file` (or NULL) is filled. NOTFOUND: `source` is
   * not there (any more).  */
  int (*file_link) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                    const char *commit, const char *path, const char *source, uint32_t flags,
                    struct hfcore_stored_file *file);
  /* Tell people what this instance can do where it lies. May try things out in its folder; leaves
   * nothing there, and makes no folder.  */
  int (*describe) (void *self, struct hfcore_call *call, const struct hfcore_fact_sink *sink);
  /* Remember that a revision is used now, for `used_ns` of its entry, where nobody sees a
   * difference who does not look for it. A mark that is not ten minutes old may stay as it is.
   * PASS: there is no such revision here.  */
  int (*use_mark) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                   const char *commit);

  /* These bytes of a writer, all of them written, are to outlive the process and, where the storage
   * is durable, the power: sync them, then write that down. With the first of these calls, which
   * may be for no bytes, a later `create` knows of what was proven alone: call it before bytes are
   * written out of order. One at a time for a writer.  */
  int (*prove) (void *self, struct hfcore_call *call, void *writer, uint64_t offset,
                uint64_t length);
  /* Tell what of an earlier partial was proven, in order, no range touching another; that which
   * begins at 0 is what `create` had. Nothing where it was written in order.  */
  int (*proven) (void *self, struct hfcore_call *call, void *writer,
                 const struct hfcore_range_sink *sink);
};

enum
{
  HFCORE_CREATE_RESUME = 1 /* create: an earlier partial may be taken over  */
};
enum
{
  /* remove: a REPO or PARTIAL, but BUSY if a process is at work on it; a REPO also if something was
   * added to it since `modified_ns`, unless that is 0  */
  HFCORE_REMOVE_IDLE = 1
};
enum
{
  HFCORE_NEW_BLOB = 1, /* the blob was committed for this call and was not here before  */
  HFCORE_REPLACE = 2   /* whatever stands there now is to go  */
};

/* ---- interface 2, transport: asks once ---- */

enum
{
  HFCORE_TRANSPORT_RANGE = 1,
  HFCORE_TRANSPORT_LIST = 2,
  HFCORE_TRANSPORT_LOCAL = 4 /* needs no network: asked in offline mode too  */
};

struct hfcore_read
{
  uint32_t size;
  uint32_t reserved;
  const struct hfcore_repo *repo;
  const char *commit; /* revision to read when there is no location  */
  const char *path;
  const char *etag;     /* what the engine expects; NULL: unknown  */
  const char *location; /* from `resolve` of this same instance; NULL: find it  */
  uint64_t offset;      /* first byte wanted  */
  uint64_t length;      /* how many; HFCORE_SIZE_UNKNOWN: to the end  */
  uint64_t total;       /* the whole file's size, as the engine knows it; or HFCORE_SIZE_UNKNOWN  */
};

struct hfcore_transport_ops
{
  uint32_t size;
  uint32_t caps;

  int (*open) (void **self, struct hfcore_call *call, const struct hfcore_open *open);
  void (*close) (void *self);
  uint32_t (*caps_now) (void *self);

  /* Which commit is `revision` (path NULL), or what is `path` in it: commit, etag, length and
   * location. `revision` is a branch, a tag, or a commit told earlier. A repository, revision or
   * file that is not there: PASS, or NOTFOUND with what is missing (`why`). With NOTFOUND,
   * `info->commit` may tell in which commit the file is missing.  */
  int (*resolve) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                  const char *revision, const char *path, struct hfcore_file_info *info);
  /* Push the bytes of one file into the sink. Without RANGE all of it from 0, whatever was asked
   * for, and `begin` tells so. An offset behind the end: CONFLICT. Not the file of the request's
   * etag: CONFLICT with no bytes, or `about` tells the etag. Not there: as `resolve`.  */
  int (*read) (void *self, struct hfcore_call *call, const struct hfcore_read *request,
               const struct hfcore_sink *sink);
  /* Tell all files of a commit, page by page. A repository or commit not there: as `resolve`.  */
  int (*list) (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
               const char *commit, const struct hfcore_file_sink *sink);
};

/* ---- interface 3, assets: names folders that libraries own ---- */

struct hfcore_asset
{
  uint32_t size;
  uint32_t reserved;
  const char *library;    /* NULL in the request of a list: every one  */
  const char *name_space; /* NULL in a request of list or remove: every one  */
  const char *subfolder;
  const char *path; /* local folder, in answers; NULL: there is none  */
  uint64_t bytes;
  int64_t modified_ms; /* since 1970  */
};

struct hfcore_asset_sink
{
  uint32_t size;
  uint32_t reserved;
  void *ctx;
  int (*asset) (void *ctx, const struct hfcore_asset *asset);
};

struct hfcore_assets_ops
{
  uint32_t size;
  uint32_t caps;

  int (*open) (void **self, struct hfcore_call *call, const struct hfcore_open *open);
  void (*close) (void *self);
  uint32_t (*caps_now) (void *self);
  /* The folder of (library, namespace, subfolder), made if it is not there.  */
  int (*path) (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
               const char **path);
  /* Tell every subfolder, in any order, once; and once what lies in a library or namespace beside
   * its folders, with those names NULL that do not apply. What is not there tells nothing.  */
  int (*list) (void *self, struct hfcore_call *call, const struct hfcore_asset *asset,
               const struct hfcore_asset_sink *sink);
  /* Remove a library, a namespace or a subfolder. Absent already is success.  */
  int (*remove) (void *self, struct hfcore_call *call, const struct hfcore_asset *asset);
};

/* ---- opening an instance ---- */

/* What lies below a wrapper: the host's guard, usable from any thread that may use the call.  */
struct hfcore_storage
{
  uint32_t size;
  uint32_t reserved;
  const struct hfcore_storage_ops *ops;
  void *self;
};

struct hfcore_transport
{
  uint32_t size;
  uint32_t reserved;
  const struct hfcore_transport_ops *ops;
  void *self;
};

/* The host's members live as long as the instance.  */
struct hfcore_open
{
  uint32_t size;
  uint32_t read_only; /* non-zero: never write, not even locks  */
  const char *name;   /* of the instance, as the configuration calls it  */
  const struct hfcore_host *host;
  const struct hfcore_settings *settings;
  struct hfcore_journal *journal;
  const struct hfcore_storage *storage_below; /* NULL unless `wraps:` names a storage  */
  const struct hfcore_transport *transport_below; /* NULL unless `wraps:` names a transport */
};

/* ---- the descriptor ---- */

enum
{
  HFCORE_THREADS_SERIAL = 0,
  HFCORE_THREADS_PARALLEL = 1
};

struct hfcore_plugin
{
  uint32_t size;
  uint16_t abi_major;
  uint16_t abi_minor;
  uint32_t option_size;      /* stride of `options`  */
  uint32_t needs_host_minor; /* a host with a smaller ABI minor refuses this plugin  */
  int32_t threads; /* HFCORE_THREADS_…  */
  uint32_t reserved;
  const char *name; /* the module is hfcore-NAME.so: lower case, digits, "-"  */
  const char *version; /* name, version and summary are required  */
  const char *summary; /* one line  */
  const struct hfcore_option *options; /* ends with a NULL key; NULL: none */
  const struct hfcore_storage_ops *storage;
  const struct hfcore_transport_ops *transport;
  const struct hfcore_assets_ops *assets;
};

#define HFCORE_PLUGIN_SYMBOL "hfcore_plugin_v1"

#if defined __GNUC__ && !defined _WIN32
#  define HFCORE_PLUGIN_EXPORT __attribute__ ((visibility ("default")))
#elif defined _WIN32
#  define HFCORE_PLUGIN_EXPORT __declspec(dllexport)
#else
#  define HFCORE_PLUGIN_EXPORT
#endif

/* Write `HFCORE_PLUGIN_DEFINE (.name = "…", .version = "…", .summary = "…", .storage = &ops);`  */
#define HFCORE_PLUGIN_DEFINE(...)                                                                  \
extern HFCORE_PLUGIN_EXPORT const struct hfcore_plugin hfcore_plugin_v1;                         \
const struct hfcore_plugin hfcore_plugin_v1 = { .size = sizeof (struct hfcore_plugin),           \
                                                .abi_major = HFCORE_ABI_MAJOR,                   \
                                                .abi_minor = HFCORE_ABI_MINOR,                   \
                                                .option_size = sizeof (struct hfcore_option),    \
                                                __VA_ARGS__ }

#ifdef __cplusplus
}
#endif
#endif
