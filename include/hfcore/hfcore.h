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
