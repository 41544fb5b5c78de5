/* SPDX-License-Identifier: Apache-2.0 */
/* hfcore/types.h: what applications and plugins share: result codes, errors, repositories.
 *
 * Every struct here that crosses a border begins with its size in bytes and grows at its end
 * only; set it with `.size = sizeof (struct …)`. No enum, bool or long stands inside one.  */
#ifndef HFCORE_TYPES_H
#define HFCORE_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined __GNUC__
#  define HFCORE_PRINTF(fmt, first) __attribute__ ((format (printf, fmt, first)))
#else
#  define HFCORE_PRINTF(fmt, first)
#endif

/* Does the struct that we were given have this member? For structs that may come from an older
 * or newer build: true when `member` lies inside the first `p->size` bytes.  */
#define HFCORE_HAS(p, member)                                                                      \
((size_t) ((const char *) &(p)->member - (const char *) (p)) + sizeof (p)->member <= (p)->size)

/* Results: one code per reaction, not per cause.  */
enum
{
  HFCORE_OK = 0,
  HFCORE_PASS = 1,            /* not here and nothing known: ask the next one  */
  HFCORE_E_NOTFOUND = -1,     /* known to be absent: stop asking, may be remembered  */
  HFCORE_E_RETRY = -2,        /* passing fault: the same instance again, after a pause  */
  HFCORE_E_DOWN = -3,         /* this instance is no use now: go on to the next  */
  HFCORE_E_AUTH = -4,         /* access refused: stop and tell the user  */
  HFCORE_E_CORRUPT = -5,      /* bytes do not match their name: throw them away  */
  HFCORE_E_CANCELLED = -6,    /* the caller asked to stop  */
  HFCORE_E_NOSPACE = -7,      /* no room on the disk, or over quota  */
  HFCORE_E_READONLY = -8,     /* may not be written: permissions, read-only file system  */
  HFCORE_E_BUSY = -9,         /* a lock is held elsewhere  */
  HFCORE_E_CONFLICT = -10,    /* compare-and-set lost, or the peer has another file  */
  HFCORE_E_CONFIG = -11,      /* asked for wrongly: configuration, arguments, names  */
  HFCORE_E_UNSUPPORTED = -12, /* this plugin does not do that  */
  HFCORE_E_NOMEM = -13,
  HFCORE_E_IO = -14 /* anything else that failed  */
};

/* With HFCORE_E_NOTFOUND: what is missing (spec 2.11).  */
enum
{
  HFCORE_MISSING_UNKNOWN = 0,
  HFCORE_MISSING_REPO = 1,
  HFCORE_MISSING_REVISION = 2,
  HFCORE_MISSING_FILE = 3,
  HFCORE_MISSING_CACHE = 4 /* the cache folder itself  */
};

/* What went wrong. Plain data: no ownership, copy it freely.  */
struct hfcore_error
{
  uint32_t size;
  int32_t code;            /* HFCORE_E_…, 0 when nothing is wrong  */
  int32_t os_errno;        /* 0 when the system said nothing  */
  int32_t http_status;     /* 0 when no answer came  */
  uint32_t retry_after_ms; /* how long the peer asks us to wait; 0: it did not say  */
  int32_t missing;         /* HFCORE_MISSING_…  */
  char origin[64];         /* the instance that failed, "mirror (transport-hub)"; "": hfcore */
  char message[512];       /* one line of UTF-8 without control characters  */
};

#define HFCORE_ERROR_INIT                                                                          \
{                                                                                                \
  .size = sizeof (struct hfcore_error)                                                           \
}

/* A repository. The strings belong to whoever fills the struct.  */
struct hfcore_repo
{
  uint32_t size;
  uint32_t reserved;
  const char *type; /* "model", "dataset", "space", "kernel"  */
  const char *id;   /* "org/name" or "name"  */
};

/* Log levels, most urgent first.  */
enum
{
  HFCORE_LOG_AS_CONFIGURED = -1, /* as the setting log-level says */
  HFCORE_LOG_ERROR = 0,
  HFCORE_LOG_WARNING = 1,
  HFCORE_LOG_INFO = 2,
  HFCORE_LOG_DEBUG = 3
};

#ifdef __cplusplus
}
#endif
#endif
