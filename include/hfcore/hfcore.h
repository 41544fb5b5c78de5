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
  const char *path;   /* of the file, or of the snapshot's folder  */
  const char *commit; /* 40 hex  */
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
/* The folders where plugins are looked for, in order.  */
HFCORE_API int hfcore_plugin_folders (struct hfcore *cache,
                                      int (*folder) (void *ctx, const char *path), void *ctx);

#ifdef __cplusplus
}
#endif
#endif
