/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore/hfcore.h: the Hub cache for applications.
 *
 *   struct hfcore *cache;
 *   struct hfcore_error error = HFCORE_ERROR_INIT;
 *   if (hfcore_open (NULL, &cache, &error) != HFCORE_OK)
 *     fprintf (stderr, "%s\n", error.message);
 *   struct hfcore_download ask = HFCORE_DOWNLOAD_INIT;
 *   ask.repo_id = "gpt2"; ask.path = "config.json";
 *   struct hfcore_result *file;
 *   if (hfcore_download_file (cache, &ask, &file, &error) == HFCORE_OK)
 *     { puts (file->path); hfcore_result_free (file); }
 *   hfcore_close (cache);
 *
 * Threads: a `struct hfcore` may be used by any number of threads at once, except `hfcore_close`.
 * Results: HFCORE_OK or a negative HFCORE_E_… with `*error` filled (NULL: not wanted); out
 * parameters are set only on HFCORE_OK. Nothing here prints or exits; strings are UTF-8.
 * Structs are set up with their _INIT, so that they may grow. */
#ifndef HFCORE_H
#define HFCORE_H

#include <hfcore/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined HFCORE_BUILD && defined __GNUC__ && !defined _WIN32
#  define HFCORE_API __attribute__ ((visibility ("default")))
#else
#  define HFCORE_API
#endif

struct hfcore;

/* The version of the library that runs, "0.1.0". Static.  */
HFCORE_API const char *hfcore_version (void);

/* ---- opening ---- */

enum
{
  HFCORE_EVENT_START = 1, /* a file's transfer begins; `done` bytes were there already  */
  HFCORE_EVENT_BYTES = 2, /* `done` of `total` bytes of `path`; from 0 while a partial is hashed */
  HFCORE_EVENT_FILE = 3,  /* the file is in the cache; `done` == `total`  */
  HFCORE_EVENT_CACHED = 4, /* the file was in the cache already */
  HFCORE_EVENT_FAILED = 5, /* the file's transfer ended without it */
  HFCORE_EVENT_PLAN = 6, /* a snapshot's size is known: `files` files, `total` bytes  */
  HFCORE_EVENT_RESTART = 7 /* what came was thrown away, it starts again from 0 */
};

struct hfcore_event
{
  uint32_t size;
  int32_t kind;     /* HFCORE_EVENT_…  */
  const char *path; /* in the repository; valid during the callback  */
  uint64_t done;    /* bytes  */
  uint64_t total;   /* bytes; UINT64_MAX: unknown  */
  uint64_t files;
};

/* How to open. NULL and 0 mean: as the configuration and the environment say.  */
struct hfcore_options
{
  uint32_t size;
  int32_t log_level; /* least urgent HFCORE_LOG_… that `log` gets  */
  const char *config_file; /* in place of the user's configuration file */
  const char *cache_dir;  /* root of the first writable storage  */
  const char *endpoint;   /* of the first Hub transport  */
  const char *token;      /* "": send none  */
  const char *plugin_dir; /* searched first  */
  int32_t offline;        /* 1: no network  */
  int32_t no_config_files; /* 1: read no configuration file */
  /* One line without newline, from any thread. `ctx` is handed back.  */
  void (*log) (void *ctx, int32_t level, const char *line);
  void *ctx;
  const char *assets_dir; /* root of the assets  */
};
#define HFCORE_OPTIONS_INIT                                                                        \
  { .size = sizeof (struct hfcore_options), .log_level = HFCORE_LOG_AS_CONFIGURED }

/* Reads the configuration; opens no plugin and touches no network. `options` may be NULL; it is
 * copied. HFCORE_E_CONFIG, HFCORE_E_NOMEM.  */
HFCORE_API int hfcore_open (const struct hfcore_options *options, struct hfcore **cache,
                            struct hfcore_error *error);
/* NULL is fine. No other call may be running.  */
HFCORE_API void hfcore_close (struct hfcore *cache);
/* End all running and later operations with HFCORE_E_CANCELLED, within about 100 ms. Safe in a
 * signal handler. Partial downloads are kept and resumed later.  */
HFCORE_API void hfcore_cancel (struct hfcore *cache);

/* ---- getting files ---- */

enum
{
  HFCORE_FORCE = 1,      /* fetch again what is cached  */
  HFCORE_LOCAL_ONLY = 2, /* look in the cache only  */
  HFCORE_DRY_RUN = 4     /* tell what would be done, write nothing  */
};

enum
{
  HFCORE_LINK_REFLINK = 0, /* share the extents where the file system can, else copy  */
  HFCORE_LINK_HARD = 1,    /* be the same file as the cached one: who changes one changes both  */
  HFCORE_LINK_NONE = 2     /* always copy  */
};

struct hfcore_download
{
  uint32_t size;
  uint32_t flags; /* HFCORE_FORCE …  */
  const char *repo_type; /* "model", "dataset", "space", "kernel"; NULL: "model"  */
  const char *repo_id;   /* "org/name" or "name"  */
  const char *revision; /* branch, tag, PR ref, commit; NULL: "main"  */
  const char *path;     /* hfcore_download_file: the file  */
  const char *const *include; /* hfcore_download_snapshot: patterns (spec 4.4); NULL: all files */
  size_t include_count;
  const char *const *exclude;
  size_t exclude_count;
  uint32_t max_workers; /* files at once; 0: as configured (8)  */
  uint32_t reserved;
  /* Never called by two threads at once. Non-zero: stop with HFCORE_E_CANCELLED.  */
  int (*event) (void *ctx, const struct hfcore_event *event);
  void *ctx;
  /* Put the files into this folder ("~" is expanded), as plain files, in place of the cache, which
   * is only read (spec 3); NULL: cache.  */
  const char *local_dir;
  int32_t link; /* HFCORE_LINK_…: how they share their bytes with cached ones  */
  uint32_t reserved_too;
};
#define HFCORE_DOWNLOAD_INIT                                                                       \
  { .size = sizeof (struct hfcore_download) }

/* One file of a result.  */
struct hfcore_result_file
{
  uint32_t size;
  int32_t cached;        /* 1: was in the cache  */
  int32_t will_download; /* dry run: 1: would be fetched  */
  int32_t reserved;
  uint64_t length;  /* bytes  */
  const char *file; /* in the repository  */
  const char *path; /* local; the file may be missing after a dry run  */
};

struct hfcore_result
{
  uint32_t size;
  uint32_t reserved;
  const char *path;   /* of the file, or of the snapshot's folder; absolute  */
  const char *commit; /* 40 hex; "": of a local folder, taken as it is, nothing tells it  */
  size_t count;       /* files: 1, or all of the snapshot that pass the patterns, by name  */
  const struct hfcore_result_file *const *files;
};
HFCORE_API void hfcore_result_free (struct hfcore_result *result);

/* Get one file into the cache (spec 2.6). A cached file of a commit hash touches no network.
 * Errors: NOTFOUND (`error->missing` tells what), AUTH, RETRY or DOWN (Hub not reached, or
 * offline), CORRUPT (wrong digest twice), NOSPACE, READONLY, CANCELLED, CONFIG (bad name).  */
HFCORE_API int hfcore_download_file (struct hfcore *cache, const struct hfcore_download *ask,
                                     struct hfcore_result **result, struct hfcore_error *error);
/* Get a revision's files (spec 4). The first failure stops what has not begun; files already
 * done stay.  */
HFCORE_API int hfcore_download_snapshot (struct hfcore *cache, const struct hfcore_download *ask,
                                         struct hfcore_result **result,
                                         struct hfcore_error *error);

enum
{
  HFCORE_LOOKUP_UNKNOWN = 0,
  HFCORE_LOOKUP_FOUND = 1,
  HFCORE_LOOKUP_ABSENT = 2 /* the Hub said that this revision does not have it */
};

/* Is the file cached (spec 5)? Never the network, never a write; allocates nothing that it keeps.
 * `*state` is HFCORE_LOOKUP_…; when FOUND, `path` gets the local path ("" where the storage keeps
 * none), unless `room` is 0. One that does not fit is cut, and the result is HFCORE_E_CONFIG.
 * `type` and `revision` may be NULL.  */
HFCORE_API int hfcore_lookup (struct hfcore *cache, const char *type, const char *id,
                              const char *revision, const char *file, int32_t *state, char *path,
                              size_t room, struct hfcore_error *error);

/* ---- moving a cache to a machine without a network ---- */

/* What is to be exported; strings as in struct hfcore_download. `revision` NULL: all that are
 * cached; else that one alone, and the ref that named it.  */
struct hfcore_export_item
{
  uint32_t size;
  uint32_t reserved;
  const char *repo_type;
  const char *repo_id;
  const char *revision;
};

enum
{
  HFCORE_EXPORT_MANIFEST = 1 /* write only the list of what would be exported  */
};

struct hfcore_export
{
  uint32_t size;
  uint32_t flags; /* HFCORE_EXPORT_…  */
  const struct hfcore_export_item *const *items;
  size_t count;
  const char *have; /* an archive or manifest of the other side: leave out its blobs; or NULL  */
  int32_t fd;       /* where to write; need not be seekable; stays open  */
  int32_t reserved;
  /* As for a download: a PLAN, then a START, BYTES and a FILE for each blob, `path` being a file
   * that it is. Non-zero: stop.  */
  int (*event) (void *ctx, const struct hfcore_event *event);
  void *ctx;
  const char *name; /* what errors call the archive, "model.tar" say; or NULL  */
};
#define HFCORE_EXPORT_INIT                                                                         \
  { .size = sizeof (struct hfcore_export), .fd = -1 }

struct hfcore_import
{
  uint32_t size;
  uint32_t flags; /* 0  */
  int32_t fd;     /* where to read; need not be seekable; stays open  */
  int32_t reserved;
  /* The same; CACHED for a blob that is here already.  */
  int (*event) (void *ctx, const struct hfcore_event *event);
  void *ctx;
  const char *name;
};
#define HFCORE_IMPORT_INIT                                                                         \
  { .size = sizeof (struct hfcore_import), .fd = -1 }

/* What was moved; set `size` before the call.  */
struct hfcore_moved
{
  uint32_t size;
  uint32_t reserved;
  uint64_t repos, revisions, refs, files; /* in the archive  */
  uint64_t blobs;       /* written with their bytes: into the archive, or new in the cache  */
  uint64_t bytes;       /* of these blobs  */
  uint64_t blobs_known; /* not written: the other side has them, or they were here already  */
};

/* One deterministic tar with the layout of the cache, all blobs checked against their digests.
 * `moved` may be NULL. Errors: NOTFOUND (repository or revision not cached), CORRUPT (a cached file
 * is damaged or missing), IO, CANCELLED, CONFIG; what was written is worth nothing then.  */
HFCORE_API int hfcore_export (struct hfcore *cache, const struct hfcore_export *ask,
                              struct hfcore_moved *moved, struct hfcore_error *error);
/* Add such an archive to the storage that is written, after all of it was checked: one that is cut
 * off, reordered, damaged or hostile (CORRUPT) adds nothing. A ref that names another commit here
 * is replaced, as by a download. What fails later (a disk that breaks while it is added) leaves
 * what was added so far, each file whole, and no ref before its files. Errors besides: NOSPACE,
 * READONLY, IO, CANCELLED, NOTFOUND (it leaves out blobs that are not here either).  */
HFCORE_API int hfcore_import (struct hfcore *cache, const struct hfcore_import *ask,
                              struct hfcore_moved *moved, struct hfcore_error *error);

/* ---- checking what is cached ---- */

enum
{
  HFCORE_VERIFY_REPAIR = 8 /* fetch again what is damaged or missing; beside HFCORE_LOCAL_ONLY  */
};

/* What a file turned out to be.  */
enum
{
  HFCORE_VERIFIED_RIGHT = 0,
  HFCORE_VERIFIED_DAMAGED = 1, /* it has another digest, or cannot be read  */
  HFCORE_VERIFIED_MISSING = 2, /* the revision has it, the cache has not  */
  HFCORE_VERIFIED_EXTRA = 3,   /* the cache has it, the revision has not; its bytes are not read  */
  HFCORE_VERIFIED_UNKNOWN = 4  /* nobody says which digest it should have  */
};

struct hfcore_verified_file
{
  uint32_t size;
  int32_t state;    /* HFCORE_VERIFIED_…, before any repair  */
  int32_t repaired; /* 1: it was DAMAGED or MISSING, and is right now  */
  int32_t reserved;
  const char *file;      /* in the repository; of an EXTRA one it may be any name  */
  const char *path;      /* where it lies; NULL: nowhere, or the storage keeps no local files  */
  const char *storage;   /* the name of the one where it lies; NULL: none, or a local folder  */
  const char *algorithm; /* "sha256", "git-sha1"; NULL: neither EXTRA nor UNKNOWN have one  */
  const char *expected;  /* hex; NULL likewise  */
  const char *actual;    /* DAMAGED: hex; NULL: it could not be read  */
  const char *why;       /* one line: why it could not be read or repaired; NULL  */
};

/* One revision, or one local folder, that was checked.  */
struct hfcore_verified
{
  uint32_t size;
  uint32_t reserved;
  const char *repo_type;
  const char *repo_id;
  const char *revision; /* its commit; of a local folder as it was asked for  */
  const char *path;     /* of its folder  */
  uint64_t checked;     /* files whose bytes were compared, repaired ones included  */
  uint64_t damaged;     /* the following are of states, without what was repaired  */
  uint64_t missing;
  uint64_t extra;
  uint64_t unknown;
  uint64_t repaired;
};

struct hfcore_verify
{
  uint32_t size;
  /* HFCORE_VERIFY_REPAIR; HFCORE_LOCAL_ONLY: ask nobody what the revision holds, as offline. The
   * digests are then what the cache itself says: remembered file lists and names of blobs.  */
  uint32_t flags;
  const char *repo_type;
  const char *repo_id;   /* NULL: every repository that is cached, all revisions; asks nobody  */
  const char *revision;  /* NULL: main, else the only one that is cached  */
  const char *local_dir; /* check this folder, in place of the cache; or NULL  */
  uint32_t max_workers;  /* files at once; 0: as many as there are cores  */
  uint32_t reserved;
  /* As for a download, FILE being a file that was read; PLAN may come again with more. This and the
   * following are never called by two threads at once; non-zero: stop.  */
  int (*event) (void *ctx, const struct hfcore_event *event);
  int (*file) (void *ctx, const struct hfcore_verified_file *file); /* every file, by name … */
  int (*done) (void *ctx, const struct hfcore_verified *revision);  /* … and then its revision  */
  void *ctx;
};
#define HFCORE_VERIFY_INIT                                                                         \
  { .size = sizeof (struct hfcore_verify) }

/* Compare cached files with the digests that the Hub has for them (spec 7.6). What is wrong is no
 * failure of this function: `file` and `done` tell it. Of several storages the file that a look-up
 * finds is checked; repairs go to the one that is written. Errors: NOTFOUND (repository or revision
 * not cached, or unknown to the Hub), CONFIG (no revision was named and several are cached), AUTH,
 * RETRY, DOWN (the Hub cannot be asked), CANCELLED.  */
HFCORE_API int hfcore_verify (struct hfcore *cache, const struct hfcore_verify *ask,
                              struct hfcore_error *error);

/* ---- looking inside ---- */

/* A value of the configuration, with where it came from.  */
struct hfcore_config_line
{
  uint32_t size;
  uint32_t reserved;
  const char *key;   /* "storage.cache.root"  */
  const char *value; /* secrets: "(hidden)"  */
  const char *layer; /* "default", "system file", "user file", "environment", "flag"  */
  const char *where; /* "FILE:LINE", or the name of a variable or flag, or ""  */
};

/* A non-zero return of a callback ends the walk and is returned.  */
HFCORE_API int hfcore_config_each (struct hfcore *cache,
                                   int (*line) (void *ctx, const struct hfcore_config_line *line),
                                   void *ctx);
/* The configuration files in the order they are read; `found` 1: it is there.  */
HFCORE_API int hfcore_config_files (struct hfcore *cache,
                                    int (*file) (void *ctx, const char *path, int32_t found),
                                    void *ctx);
/* Is this file right, its plugins and their options included? HFCORE_E_CONFIG with
 * "FILE:LINE:COLUMN: what is wrong". `options` (may be NULL) gives the plugin folder.  */
HFCORE_API int hfcore_config_check (const char *file, const struct hfcore_options *options,
                                    struct hfcore_error *error);

struct hfcore_plugin;
struct hfcore_plugin_info
{
  uint32_t size;
  uint32_t reserved;
  const char *name;
  const char *file; /* absolute path of the module  */
  const struct hfcore_plugin *descriptor; /* hfcore/plugin.h; NULL when it cannot be loaded */
  const char *problem; /* why not, one line; NULL  */
};
/* Every plugin that can be found, by name; loads them.  */
HFCORE_API int
hfcore_plugin_each (struct hfcore *cache,
                    int (*plugin) (void *ctx, const struct hfcore_plugin_info *info), void *ctx);
/* One plugin, into `info`, whose `size` the caller has set. HFCORE_E_CONFIG: there is none, or it
 * cannot be loaded. The info's members live as long as the program.  */
HFCORE_API int hfcore_plugin_find (struct hfcore *cache, const char *name,
                                   struct hfcore_plugin_info *info, struct hfcore_error *error);
/* A storage of the configuration, opened.  */
struct hfcore_storage_info
{
  uint32_t size;
  int32_t read_only;
  const char *name;
  const char *plugin;
  int32_t written;      /* 1: downloads go here  */
  int32_t promote;      /* 1: what is found here is copied to the one that is written  */
  const char *problem;  /* why it cannot be used or described, one line; NULL  */
  size_t fact_count;    /* what it can do where it lies: keys[i] is values[i]  */
  const char *const *keys;
  const char *const *values;
};
/* Every storage that is looked up, in that order. Opens them.  */
HFCORE_API int
hfcore_storage_each (struct hfcore *cache,
                     int (*storage) (void *ctx, const struct hfcore_storage_info *info), void *ctx);
/* The folders where plugins are looked for, in order.  */
HFCORE_API int hfcore_plugin_folders (struct hfcore *cache,
                                      int (*folder) (void *ctx, const char *path), void *ctx);

/* ---- what is cached ---- */

/* Strings and arrays live during the callback. Times are nanoseconds since 1970; `bytes` are sums
 * of files' lengths, each blob counted once (spec 7.2).  */
struct hfcore_scan_file
{
  uint32_t size;
  int32_t own;           /* 1: a file of its own in the snapshot, 0: a link  */
  const char *file;      /* in the repository  */
  const char *etag;      /* of the blob; NULL: none of this repository  */
  const char *blob_path; /* where the bytes are, links followed by one hop; may be NULL  */
  uint64_t bytes;
  int64_t accessed_ns;
  int64_t modified_ns;
};
struct hfcore_scan_revision
{
  uint32_t size;
  uint32_t reserved;
  const char *commit; /* as its folder is called  */
  const char *path;   /* of its folder; NULL where the storage keeps none  */
  uint64_t bytes;
  uint64_t file_count;
  int64_t modified_ns; /* of its newest file, or of its folder  */
  const char *const *refs;
  size_t ref_count;                            /* 0: detached  */
  const struct hfcore_scan_file *const *files; /* with HFCORE_SCAN_FILES, else NULL  */
};
struct hfcore_scan_ref
{
  uint32_t size;
  uint32_t reserved;
  const char *name;
  const char *commit;
};
struct hfcore_scan_repo
{
  uint32_t size;
  uint32_t reserved;
  const char *repo_type;
  const char *repo_id;
  const char *storage; /* of the configuration  */
  const char *path;    /* of its folder; NULL where the storage keeps none  */
  uint64_t bytes;
  uint64_t blob_count;
  int64_t accessed_ns; /* of the last used of its blobs, as the file system says  */
  int64_t modified_ns;
  size_t revision_count;
  const struct hfcore_scan_revision *const *revisions; /* by commit  */
  size_t ref_count;
  const struct hfcore_scan_ref *const *refs; /* by name  */
};
/* A download that did not end.  */
struct hfcore_scan_partial
{
  uint32_t size;
  int32_t held;          /* 1: it is under way  */
  const char *repo_type; /* NULL, as the id: it lies in no repository  */
  const char *repo_id;
  const char *storage;
  const char *path;
  const char *etag;
  uint64_t bytes;
  int64_t modified_ns;
};

enum
{
  HFCORE_SCAN_FILES = 1,   /* tell the files of revisions too  */
  HFCORE_SCAN_WRITTEN = 2, /* only the storage that is written  */
  HFCORE_SCAN_AS_0_26 = 4 /* judge and warn as huggingface_hub 0.26.2 did: kernels are nothing  */
};

struct hfcore_scan
{
  uint32_t size;
  uint32_t flags;       /* HFCORE_SCAN_…  */
  uint32_t max_threads; /* 0: as many as pay  */
  uint32_t reserved;
  /* Never called by two threads at once; repositories and partials in any order, then warnings. A
   * non-zero return ends the scan and is returned. Each may be NULL.  */
  int (*repo) (void *ctx, const struct hfcore_scan_repo *repo);
  int (*partial) (void *ctx, const struct hfcore_scan_partial *partial);
  /* A repository was left out, or what stands in its place: `text` says why, in huggingface_hub's
   * words; it may have names in it that are not safe for a terminal.  */
  int (*warning) (void *ctx, const char *storage, const char *path, const char *text);
  void *ctx;
};
#define HFCORE_SCAN_INIT                                                                           \
{                                                                                                \
  .size = sizeof (struct hfcore_scan)                                                            \
}

/* Set `size` before the call.  */
struct hfcore_scan_sum
{
  uint32_t size;
  uint32_t reserved;
  uint64_t repos, revisions;
  uint64_t bytes;      /* of all repositories  */
  uint64_t disk_bytes; /* what several repositories share counted once, and what none uses  */
  uint64_t warnings;
  uint64_t partials, partial_bytes;
  uint64_t unused_shared, unused_shared_bytes; /* in the store that repositories share (spec 15)  */
};

/* Tell what is cached, repository by repository; nothing is kept. `sum` may be NULL. Errors:
 * NOTFOUND with HFCORE_MISSING_CACHE (there is no cache), IO, CANCELLED.  */
HFCORE_API int hfcore_scan (struct hfcore *cache, const struct hfcore_scan *ask,
                            struct hfcore_scan_sum *sum, struct hfcore_error *error);

/* ---- deleting a choice of what is cached ---- */

/* What may be deleted, read once and kept for a choice to be made from it: of the storages that may
 * be written, and without what a scan warns of. Immutable, so that any thread may ask it.  */
struct hfcore_holdings;

/* `flags` 0, or HFCORE_SCAN_WRITTEN. Errors: NOTFOUND with HFCORE_MISSING_CACHE (there is no
 * cache), NOMEM, IO, CANCELLED.  */
HFCORE_API int hfcore_holdings_open (struct hfcore *cache, uint32_t flags,
                                     struct hfcore_holdings **holdings, struct hfcore_error *error);
/* NULL is fine. Before the cache is closed.  */
HFCORE_API void hfcore_holdings_close (struct hfcore_holdings *holdings);
/* Tell each repository with its revisions, without their files, by type and id. The first revision
 * that is told is number 0 of a choice, the next (of this repository or the one after) number 1,
 * and so on. All that is told lives until the holdings are closed. A non-zero return of the
 * callback ends the walk and is returned.  */
HFCORE_API int hfcore_holdings_each (const struct hfcore_holdings *holdings,
                                     int (*repo) (void *ctx, const struct hfcore_scan_repo *repo),
                                     void *ctx);

enum
{
  /* Unfinished downloads too, but those that live processes write; and no revision that has come
   * into use or got a ref since.  */
  HFCORE_CHOICE_PARTIALS = 1,
  HFCORE_CHOICE_SHARED = 2,   /* and files of the shared store that are known to be unused  */
  /* Leave what huggingface_hub leaves: file lists, what is known not to exist, locks, folders  */
  HFCORE_CHOICE_AS_PYTHON = 4
};

struct hfcore_choice
{
  uint32_t size;
  uint32_t flags;                 /* HFCORE_CHOICE_…  */
  const unsigned char *revisions; /* [N] is 1: number N goes; 0: it stays  */
  size_t count;                   /* of these: as many as there are revisions  */
};
#define HFCORE_CHOICE_INIT                                                                         \
  { .size = sizeof (struct hfcore_choice) }

/* What a choice comes to; set `size` before the call.  */
struct hfcore_choice_sum
{
  uint32_t size;
  uint32_t reserved;
  uint64_t repos;             /* that go whole  */
  uint64_t revisions;         /* that go, of all repositories  */
  uint64_t partial_revisions; /* that go, of repositories that stay  */
  uint64_t bytes;             /* freed, as huggingface_hub counts them: of files of revisions  */
  uint64_t freed;             /* bytes that the disk really has again  */
  uint64_t partials;          /* that go  */
  uint64_t partial_bytes;
  uint64_t shared; /* files of the shared store, unused now, that go  */
  uint64_t shared_bytes;
  uint64_t held; /* partials that stay: live processes write them  */
};
/* Set those of the `count` revisions to `on` that `target` names: "<type>/<id>", "hf://<id>", a
 * commit (of the first repository that has it) or its first four characters or more where no other
 * begins so, "<type>/<id>@<commit>"; case does not matter. Errors: NOTFOUND; CONFLICT (it is the
 * start of several commits, which the message names); READONLY (it is only where nothing may be
 * deleted); CONFIG.  */
HFCORE_API int hfcore_holdings_target (const struct hfcore_holdings *holdings, const char *target,
                                       int32_t on, unsigned char *revisions, size_t count,
                                       struct hfcore_error *error);
/* Touches no disk: cheap enough to be asked at each change of the choice. CONFIG: `count` is
 * another one; NOMEM.  */
HFCORE_API int hfcore_holdings_sum (const struct hfcore_holdings *holdings,
                                    const struct hfcore_choice *choice,
                                    struct hfcore_choice_sum *sum, struct hfcore_error *error);

/* What became of one thing that was to go.  */
enum
{
  HFCORE_DELETED_GONE = 0,
  HFCORE_DELETED_MISSING = 1, /* somebody else had removed it  */
  HFCORE_DELETED_KEPT = 2,    /* another process needs it: it stays  */
  HFCORE_DELETED_FAILED = 3   /* it stays; the rest goes on  */
};
struct hfcore_deleted_thing
{
  uint32_t size;
  int32_t outcome;       /* HFCORE_DELETED_…  */
  const char *kind; /* "repo", "snapshot", "ref", "blob", "incomplete file", "shared blob"  */
  const char *repo_type; /* NULL, as the id: it is of no repository  */
  const char *repo_id;
  const char *name; /* commit, ref, etag or file name; NULL: of a repository  */
  const char *path; /* or NULL  */
  uint64_t bytes;
  const char *message; /* one line for people, of all but GONE; NULL  */
};
/* What was done; set `size` before the call.  */
struct hfcore_deleted
{
  uint32_t size;
  int32_t denied;     /* 1: something failed for want of permission, or on a read-only disk  */
  uint64_t repos;     /* that went whole  */
  uint64_t revisions; /* that went  */
  uint64_t freed;     /* bytes  */
  uint64_t kept;      /* things that stay because another process needs them, ...  */
  uint64_t failures;  /* ... and because they could not be removed  */
  uint64_t kept_bytes; /* of both  */
  uint64_t partials;
  uint64_t shared;
};
/* Delete a choice. `thing` (or NULL) is told of each thing, never by two threads at once; non-zero:
 * stop. What cannot be removed is told and is no failure of this function; `done` (or NULL) is
 * filled either way. A choice of these holdings is deleted once. Errors: CONFIG, NOMEM,
 * CANCELLED.  */
HFCORE_API int
hfcore_holdings_delete (struct hfcore *cache, const struct hfcore_holdings *holdings,
                        const struct hfcore_choice *choice,
                        int (*thing) (void *ctx, const struct hfcore_deleted_thing *thing),
                        void *ctx, struct hfcore_deleted *done, struct hfcore_error *error);

/* All of that at once: what the targets name, as hfcore_holdings_target reads them.  */
struct hfcore_delete
{
  uint32_t size;
  uint32_t flags; /* HFCORE_CHOICE_…  */
  const char *const *targets;
  size_t count;
  int32_t dry_run; /* 1: `thing` is told what would go, in the order in which it would  */
  int32_t reserved;
  int (*thing) (void *ctx, const struct hfcore_deleted_thing *thing);
  void *ctx;
};
#define HFCORE_DELETE_INIT                                                                         \
  { .size = sizeof (struct hfcore_delete) }
/* A target that cannot be resolved is the failure of the whole, and nothing is deleted.  */
HFCORE_API int hfcore_delete (struct hfcore *cache, const struct hfcore_delete *ask,
                              struct hfcore_deleted *done, struct hfcore_error *error);

/* ---- keeping the cache within a size ---- */

enum
{
  HFCORE_TRIM_REVISION = 1,
  HFCORE_TRIM_ORPHANS = 2, /* blobs of a repository that no revision uses  */
  HFCORE_TRIM_PARTIAL = 3, /* a download that died  */
  HFCORE_TRIM_SHARED = 4   /* of the store that repositories share, used by none  */
};

/* Why something stays that the size asks for.  */
enum
{
  HFCORE_STAYS_NOT = 0, /* it goes  */
  HFCORE_STAYS_PINNED = 1,
  HFCORE_STAYS_RECENT = 2,     /* used within the last hour  */
  HFCORE_STAYS_OPEN = 3,       /* a program has it open, as far as the system tells  */
  HFCORE_STAYS_DOWNLOADED = 4, /* its repository is being downloaded to  */
  HFCORE_STAYS_DAMAGED = 5     /* a scan warns of its repository  */
};

struct hfcore_trim_item
{
  uint32_t size;
  int32_t kind;          /* HFCORE_TRIM_…  */
  int32_t stays;         /* HFCORE_STAYS_…  */
  int32_t reserved;
  const char *repo_type; /* NULL, as the id: of no repository  */
  const char *repo_id;
  const char *name;        /* commit, file name of a partial, hash; NULL of ORPHANS  */
  const char *const *refs; /* of a REVISION  */
  size_t ref_count;
  uint64_t bytes; /* that go with it, or stay with it  */
  uint64_t files; /* blobs of ORPHANS, else 1  */
  int64_t used_ns; /* since 1970: when a REVISION was last used, a PARTIAL written to; or 0  */
};

/* Set `size` before the call.  */
struct hfcore_trimmed
{
  uint32_t size;
  int32_t fits;   /* 1: the cache is within the size, or will be  */
  int32_t denied; /* as in struct hfcore_deleted  */
  int32_t reserved;
  uint64_t limit;
  uint64_t before; /* bytes of the cache: all files of revisions, blobs and unfinished downloads  */
  uint64_t freed;  /* bytes; in the plan: that would be  */
  uint64_t revisions, partials, orphans; /* that go, or went; orphans are blobs  */
  uint64_t kept, failures;               /* as in struct hfcore_deleted  */
};

struct hfcore_trim
{
  uint32_t size;
  uint32_t flags;          /* HFCORE_DRY_RUN  */
  uint64_t max_bytes;      /* 0: `max-size` of the configuration  */
  const char *const *keep; /* pins beside the configured ones: "org/name", "datasets/org/name",
                              "org/name@main"  */
  size_t keep_count;
  /* Each thing that goes, in that order; then, if that is not enough, what stays and why. Non-zero:
   * stop. This and the following may be NULL.  */
  int (*item) (void *ctx, const struct hfcore_trim_item *item);
  /* After all items, before anything is deleted: non-zero ends it with HFCORE_E_CANCELLED.  */
  int (*confirm) (void *ctx, const struct hfcore_trimmed *plan);
  /* As of hfcore_holdings_delete.  */
  int (*thing) (void *ctx, const struct hfcore_deleted_thing *thing);
  void *ctx;
};
#define HFCORE_TRIM_INIT                                                                           \
  { .size = sizeof (struct hfcore_trim) }

/* Free what was not used for longest until the storage that is written fits into a size, which it
 * may not for all that stays (`fits`); that is no failure. `sum` may be NULL. Errors: CONFIG (no
 * size, a name that is none), NOTFOUND with HFCORE_MISSING_CACHE (there is no cache), READONLY
 * (none may be written), NOMEM, CANCELLED.  */
HFCORE_API int hfcore_trim (struct hfcore *cache, const struct hfcore_trim *ask,
                            struct hfcore_trimmed *sum, struct hfcore_error *error);

/* ---- assets ---- */

/* Folders that libraries keep their own files in, by (library, namespace, subfolder), where
 * Python's cached_assets_path has them. A space, "/" or "\" in a name is written "--". A name that
 * is empty, ".", "..", too long, no UTF-8 or that has control characters is HFCORE_E_CONFIG. What
 * is there is told as its folders are named.  */
struct hfcore_asset_info
{
  uint32_t size;
  uint32_t reserved;
  const char *library;    /* NULL: of files that lie in no library  */
  const char *name_space; /* NULL: of files that lie in no namespace, or an empty library  */
  const char *subfolder;  /* NULL: likewise  */
  const char *path;       /* of the folder; NULL where the plugin keeps no local folders  */
  uint64_t bytes;         /* of the files in it, as long as they say; without its subfolders when
                             `subfolder` is NULL: those are told for themselves  */
  int64_t modified_ms;    /* of its newest file, or of the folder itself, since 1970  */
};

/* The folder of these names, made if it is not there; namespace and subfolder NULL: "default".
 * `path` (of `room` bytes) gets it; one that does not fit is cut, and the result is
 * HFCORE_E_CONFIG. Errors: CONFIG, NOSPACE, READONLY, IO (a file is in the way).  */
HFCORE_API int hfcore_assets_path (struct hfcore *cache, const char *library,
                                   const char *name_space, const char *subfolder, char *path,
                                   size_t room, struct hfcore_error *error);
/* Tell all of a subfolder, a namespace (subfolder NULL), a library (namespace NULL too) or of every
 * library, as it is met; what is not there tells nothing. `info` lives during the callback, whose
 * non-zero return ends the walk and is returned. Errors: CONFIG, IO, NOTFOUND with
 * HFCORE_MISSING_CACHE (there is no assets folder).  */
HFCORE_API int
hfcore_assets_each (struct hfcore *cache, const char *library, const char *name_space,
                    const char *subfolder,
                    int (*asset) (void *ctx, const struct hfcore_asset_info *info), void *ctx,
                    struct hfcore_error *error);
/* Remove a subfolder, a namespace (subfolder NULL) or a library (namespace NULL too), asking
 * nobody; links are removed and not followed. Absent already is success. Errors: CONFIG, READONLY,
 * IO, CANCELLED; what was removed by then is gone.  */
HFCORE_API int hfcore_assets_remove (struct hfcore *cache, const char *library,
                                     const char *name_space, const char *subfolder,
                                     struct hfcore_error *error);

#ifdef __cplusplus
}
#endif
#endif
