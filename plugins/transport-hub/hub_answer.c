/* SPDX-License-Identifier: Apache-2.0 */
/* hub_answer.c: see hub_answer.h.  */
#include "plugins/transport-hub/hub_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <hfcore/plugin.h>
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "core/util/text.h"

static const char *const header_names[HUB_HEADERS] = {
  [HUB_REPO_COMMIT] = "x-repo-commit",
  [HUB_LINKED_ETAG] = "x-linked-etag",
  [HUB_LINKED_SIZE] = "x-linked-size",
  [HUB_ETAG] = "etag",
  [HUB_CONTENT_LENGTH] = "content-length",
  [HUB_CONTENT_RANGE] = "content-range",
  [HUB_CONTENT_ENCODING] = "content-encoding",
  [HUB_LOCATION] = "location",
  [HUB_LINK] = "link",
  [HUB_XET_HASH] = "x-xet-hash",
  [HUB_XET_ROUTE] = "x-xet-refresh-route",
  [HUB_ERROR_CODE] = "x-error-code",
  [HUB_ERROR_MESSAGE] = "x-error-message",
  [HUB_RATE_LIMIT] = "ratelimit",
  [HUB_RETRY_AFTER] = "retry-after",
  [HUB_REQUEST_ID] = "x-request-id",
  [HUB_TRACE_ID] = "x-amzn-trace-id",
  [HUB_WARNING] = "x-hf-warning",
};

static bool
is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
hub_header_parse (const char *line, size_t len, enum hub_header *name, const char **value,
                  size_t *value_len)
{
  const char *colon = memchr (line, ':', len);
  if (!colon)
    return false;
  size_t name_len = (size_t) (colon - line);
  int found = 0;
  while (found < HUB_HEADERS
         && (strlen (header_names[found]) != name_len
             || strncasecmp (header_names[found], line, name_len) != 0))
    found++;
  if (found == HUB_HEADERS)
    return false;
  const char *start = colon + 1, *end = line + len;
  while (start < end && is_blank (*start))
    start++;
  while (end > start && is_blank (end[-1]))
    end--;
  *name = (enum hub_header) found;
  *value = start;
  *value_len = (size_t) (end - start);
  return true;
}

int
hub_answer_keep (struct hub_answer *answer, enum hub_header name, const char *value, size_t len)
{
  char *old = answer->headers[name];
  if (old && name != HUB_LINK)
    return 0;
  /* Grown in place: a server may send thousands of links.  */
  size_t before = old ? strlen (old) : 0, gap = old ? 2 : 0;
  char *kept = realloc (old, before + gap + len + 1);
  if (!kept)
    return -1;
  memcpy (kept + before, ", ", gap);
  memcpy (kept + before + gap, value, len);
  kept[before + gap + len] = 0;
  answer->headers[name] = kept;
  return 0;
}

void
hub_answer_clear (struct hub_answer *answer)
{
  for (int i = 0; i < HUB_HEADERS; i++)
    free (answer->headers[i]);
  *answer = (struct hub_answer){ 0 };
}

/* ---- values ---- */

bool
hub_parse_number (const char *text, uint64_t *number)
{
  size_t digits = strspn (text, "0123456789");
  if (!digits || text[digits])
    return false;
  uint64_t sum = 0;
  for (; *text; text++)
    if (__builtin_mul_overflow (sum, 10, &sum)
        || __builtin_add_overflow (sum, (uint64_t) (*text - '0'), &sum))
      return false;
  *number = sum;
  return true;
}

/* The number at `*text` up to `end`, which is skipped too.  */
static bool
take_number (const char **text, char end, uint64_t *number)
{
  char digits[24];
  size_t len = strspn (*text, "0123456789");
  if (!len || len >= sizeof digits || (*text)[len] != end)
    return false;
  memcpy (digits, *text, len);
  digits[len] = 0;
  *text += len + (end != 0);
  return hub_parse_number (digits, number);
}

bool
hub_parse_range (const char *text, uint64_t *first, uint64_t *last, uint64_t *total)
{
  uint64_t from, to, all = HFCORE_SIZE_UNKNOWN;
  if (strncasecmp (text, "bytes ", 6) != 0)
    return false;
  text += 6;
  text += strspn (text, " ");
  if (!take_number (&text, '-', &from) || !take_number (&text, '/', &to) || to < from)
    return false;
  if (strcmp (text, "*") != 0 && (!take_number (&text, 0, &all) || to >= all))
    return false;
  *first = from;
  *last = to;
  *total = all;
  return to < HFCORE_SIZE_UNKNOWN - 1;
}

/* Does `parameters`, what follows a link's ">" up to the next entry, hold that rel? A rel may list
 * several names.  */
static bool
has_rel (const char *parameters, size_t len, const char *rel)
{
  const char *end = parameters + len;
  for (const char *at = parameters; at < end;)
    {
      while (at < end && (*at == ';' || is_blank (*at)))
        at++;
      const char *stop = at;
      bool is_quoted = false;
      for (; stop < end && (is_quoted || *stop != ';'); stop++)
        is_quoted ^= *stop == '"';
      if (stop - at > 4 && strncasecmp (at, "rel=", 4) == 0)
        for (const char *word = at + 4; word < stop; word++)
          {
            size_t size = 0;
            while (word + size < stop && !strchr ("\" \t", word[size]))
              size++;
            if (size == strlen (rel) && strncasecmp (word, rel, size) == 0)
              return true;
            word += size;
          }
      at = stop;
    }
  return false;
}

char *
hub_parse_link (const char *header, const char *rel, bool *failed)
{
  *failed = false;
  for (const char *open = strchr (header, '<'); open; open = strchr (open, '<'))
    {
      const char *close = strchr (open, '>');
      if (!close)
        return NULL;
      const char *end = close + 1;
      bool is_quoted = false;
      for (; *end && (is_quoted || *end != ','); end++)
        is_quoted ^= *end == '"';
      if (has_rel (close + 1, (size_t) (end - close - 1), rel))
        {
          char *target = strndup (open + 1, (size_t) (close - open - 1));
          *failed = !target;
          return target;
        }
      open = end;
    }
  return NULL;
}

bool
hub_parse_rate_limit (const char *header, uint64_t *seconds)
{
  bool is_used_up = false, has_time = false;
  for (const char *at = strchr (header, ';'); at; at = strchr (at, ';'))
    {
      at++;
      at += strspn (at, " \t");
      char key = *at;
      if (!key || at[1] != '=')
        continue;
      char digits[24];
      size_t len = strspn (at + 2, "0123456789");
      uint64_t number;
      if (!len || len >= sizeof digits)
        continue;
      memcpy (digits, at + 2, len);
      digits[len] = 0;
      if (!hub_parse_number (digits, &number))
        continue;
      if (key == 'r')
        is_used_up = number == 0;
      if (key == 't')
        {
          has_time = true;
          *seconds = number;
        }
    }
  return is_used_up && has_time;
}

/* ---- meaning ---- */

bool
hub_answer_redirects (const struct hub_answer *answer)
{
  long status = answer->status;
  return answer->headers[HUB_LOCATION]
         && (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
}

const char *
hub_answer_commit (const struct hub_answer *answer)
{
  const char *commit = answer->headers[HUB_REPO_COMMIT];
  return commit && names_is_commit (commit) ? commit : NULL;
}

int
hub_answer_etag (const struct hub_answer *answer, char **etag)
{
  const char *header = answer->headers[HUB_LINKED_ETAG];
  if (!header)
    header = answer->headers[HUB_ETAG];
  *etag = header ? names_normal_etag (header) : NULL;
  return header && !*etag ? -1 : 0;
}

bool
hub_answer_is_encoded (const struct hub_answer *answer)
{
  const char *encoding = answer->headers[HUB_CONTENT_ENCODING];
  return encoding && *encoding && strcasecmp (encoding, "identity") != 0;
}

uint64_t
hub_answer_size (const struct hub_answer *answer)
{
  uint64_t size;
  const char *linked = answer->headers[HUB_LINKED_SIZE];
  const char *length = answer->headers[HUB_CONTENT_LENGTH];
  if (linked && hub_parse_number (linked, &size))
    return size;
  if (!length || hub_answer_redirects (answer) || hub_answer_is_encoded (answer)
      || !hub_parse_number (length, &size))
    return HFCORE_SIZE_UNKNOWN;
  return size;
}

const char *
hub_answer_xet (const struct hub_answer *answer)
{
  const char *hash = answer->headers[HUB_XET_HASH];
  const char *links = answer->headers[HUB_LINK];
  bool failed;
  if (!hash || !names_is_sha256 (hash))
    return NULL;
  CLEANUP_FREE char *route = links ? hub_parse_link (links, "xet-auth", &failed) : NULL;
  return route || answer->headers[HUB_XET_ROUTE] ? hash : NULL;
}

static uint32_t
pause_ms (const struct hub_answer *answer)
{
  uint64_t seconds;
  const char *limit = answer->headers[HUB_RATE_LIMIT];
  const char *after = answer->headers[HUB_RETRY_AFTER];
  if (!(answer->status == 429 && limit && hub_parse_rate_limit (limit, &seconds))
      && !(after && hub_parse_number (after, &seconds)))
    return 0;
  return seconds < UINT32_MAX / 1000 - 1 ? (uint32_t) (seconds + 1) * 1000 : UINT32_MAX;
}

static struct hub_verdict
judge_elsewhere (const struct hub_answer *answer)
{
  switch (answer->status)
    {
    case 401:
    case 403:
    case 404:
    case 410:
      return (struct hub_verdict){ .reason = HUB_EXPIRED, .code = HFCORE_E_RETRY };
    default:
      return (struct hub_verdict){ .reason = HUB_REFUSED, .code = HFCORE_E_DOWN };
    }
}

/* First match wins, spec 2.11.  */
static struct hub_verdict
judge_own (const struct hub_answer *answer)
{
  const char *code = answer->headers[HUB_ERROR_CODE] ? answer->headers[HUB_ERROR_CODE] : "";
  const char *text = answer->headers[HUB_ERROR_MESSAGE] ? answer->headers[HUB_ERROR_MESSAGE] : "";
  static const struct
  {
    const char *code;
    struct hub_verdict verdict;
  } known[] = {
    { "RevisionNotFound", { HUB_NO_REVISION, HFCORE_E_NOTFOUND, HFCORE_MISSING_REVISION, 0 } },
    { "EntryNotFound", { HUB_NO_FILE, HFCORE_E_NOTFOUND, HFCORE_MISSING_FILE, 0 } },
    { "GatedRepo", { HUB_GATED, HFCORE_E_AUTH, 0, 0 } },
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp (known[i].code, code) == 0)
      return known[i].verdict;
  if (strcmp (text, "Access to this resource is disabled.") == 0)
    return (struct hub_verdict){ .reason = HUB_DISABLED, .code = HFCORE_E_AUTH };
  if (strcmp (code, "RepoNotFound") == 0)
    return (struct hub_verdict){ .reason = HUB_NO_REPO,
                                 .code = HFCORE_E_NOTFOUND,
                                 .missing = HFCORE_MISSING_REPO };
  switch (answer->status)
    {
    case 401:
      return (struct hub_verdict){ .reason = HUB_BAD_TOKEN, .code = HFCORE_E_AUTH };
    case 403:
      return (struct hub_verdict){ .reason = HUB_FORBIDDEN, .code = HFCORE_E_AUTH };
    case 404:
      return (struct hub_verdict){ .reason = HUB_ABSENT, .code = HFCORE_E_NOTFOUND };
    default:
      return (struct hub_verdict){ .reason = HUB_REFUSED, .code = HFCORE_E_DOWN };
    }
}

struct hub_verdict
hub_answer_judge (const struct hub_answer *answer, bool is_own)
{
  if (answer->status < 400)
    return (struct hub_verdict){ .reason = HUB_FINE };
  if (answer->status == 416)
    return (struct hub_verdict){ .reason = HUB_RANGE, .code = HFCORE_E_CONFLICT };
  struct hub_verdict verdict = is_own ? judge_own (answer) : judge_elsewhere (answer);
  if (verdict.reason != HUB_REFUSED
      || (answer->status != 408 && answer->status != 429 && answer->status < 500))
    return verdict;
  return (struct hub_verdict){ .reason = answer->status == 429 ? HUB_SLOW_DOWN : HUB_TROUBLE,
                               .code = HFCORE_E_RETRY,
                               .retry_after_ms = pause_ms (answer) };
}
