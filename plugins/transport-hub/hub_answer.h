/* SPDX-License-Identifier: Apache-2.0 */
/* hub_answer.h: status and headers of one answer, and what they mean. Pure but for memory.  */
#ifndef HFCORE_HUB_ANSWER_H
#define HFCORE_HUB_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The headers that are kept (spec 2.4, 2.9, 2.11).  */
enum hub_header
{
  HUB_REPO_COMMIT,
  HUB_LINKED_ETAG,
  HUB_LINKED_SIZE,
  HUB_ETAG,
  HUB_CONTENT_LENGTH,
  HUB_CONTENT_RANGE,
  HUB_CONTENT_ENCODING,
  HUB_LOCATION,
  HUB_LINK,
  HUB_XET_HASH,
  HUB_XET_ROUTE,
  HUB_ERROR_CODE,
  HUB_ERROR_MESSAGE,
  HUB_RATE_LIMIT,
  HUB_RETRY_AFTER,
  HUB_REQUEST_ID,
  HUB_TRACE_ID,
  HUB_WARNING, /* told by hub_header_parse, never kept: it may come many times  */
  HUB_HEADERS
};

struct hub_answer
{
  long status;
  char *headers[HUB_HEADERS]; /* owned; NULL: not sent. Of a repeated one the first counts, but
                               * Link headers are joined.  */
};

/* Take a header line apart. false: none that matters here. `*value` points into the line, without
 * white space around it.  */
bool hub_header_parse (const char *line, size_t len, enum hub_header *name, const char **value,
                       size_t *value_len);
/* -1: no memory.  */
int hub_answer_keep (struct hub_answer *answer, enum hub_header name, const char *value,
                     size_t len);
void hub_answer_clear (struct hub_answer *answer);

/* Is it a redirect that says where to?  */
bool hub_answer_redirects (const struct hub_answer *answer);

/* X-Repo-Commit when it is 40 hex, else NULL.  */
const char *hub_answer_commit (const struct hub_answer *answer);
/* X-Linked-Etag, else ETag, normalised (spec 2.4). A new string in `*etag`, NULL when the answer
 * has none. -1: no memory.  */
int hub_answer_etag (const struct hub_answer *answer, char **etag);
/* X-Linked-Size, else Content-Length unless the answer redirects; HFCORE_SIZE_UNKNOWN.  */
uint64_t hub_answer_size (const struct hub_answer *answer);
/* Is the body encoded (gzip …)?  */
bool hub_answer_is_encoded (const struct hub_answer *answer);
/* X-Xet-Hash, when the answer also tells how to get at it (spec 10.1), else NULL.  */
const char *hub_answer_xet (const struct hub_answer *answer);

/* What the answer means for the engine (spec 2.9, 2.11).  */
enum hub_reason
{
  HUB_FINE = 0,
  HUB_NO_REVISION,
  HUB_NO_FILE,
  HUB_NO_REPO,
  HUB_GATED,
  HUB_DISABLED,
  HUB_BAD_TOKEN, /* 401  */
  HUB_FORBIDDEN, /* 403  */
  HUB_ABSENT,    /* 404 that does not say what  */
  HUB_EXPIRED,   /* a signed address that is no longer good  */
  HUB_SLOW_DOWN, /* 429  */
  HUB_TROUBLE,   /* 408 and 5xx: passing  */
  HUB_RANGE,     /* 416: no such bytes  */
  HUB_REFUSED    /* any other 4xx: this server does not do what a Hub does  */
};

struct hub_verdict
{
  enum hub_reason reason;
  int code;    /* HFCORE_E_…, HFCORE_OK with HUB_FINE  */
  int missing; /* HFCORE_MISSING_…  */
  uint32_t retry_after_ms;
};

/* `is_own`: the answer comes from the endpoint's origin, not from where it sent us. Other 4xx are
 * DOWN, so that the next source or the cache gets its turn, as Python falls back to its cache.  */
struct hub_verdict hub_answer_judge (const struct hub_answer *answer, bool is_own);

/* ---- values ---- */

/* Decimal digits only. false: anything else, or too large.  */
bool hub_parse_number (const char *text, uint64_t *number);
/* "bytes 0-99/1234"; a star for the total makes it HFCORE_SIZE_UNKNOWN. false: anything else.  */
bool hub_parse_range (const char *text, uint64_t *first, uint64_t *last, uint64_t *total);
/* The target of the entry with that rel in a Link header, or NULL: a new string (`*failed`: no
 * memory).  */
char *hub_parse_link (const char *header, const char *rel, bool *failed);
/* `"api";r=0;t=55`: true when nothing is left, and `*seconds` until there is.  */
bool hub_parse_rate_limit (const char *header, uint64_t *seconds);

#endif
