/* SPDX-License-Identifier: Apache-2.0 */
/* hub_url.c: see hub_url.h.  */
#include "plugins/transport-hub/hub_url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "core/util/cleanup.h"

#define URL_LIMIT  ((size_t) 64 * 1024)
#define URL_ACCEPT (CURLU_URLENCODE | CURLU_ALLOW_SPACE)

static void
cleanup_url (CURLU **url)
{
  curl_url_cleanup (*url);
}

static void
cleanup_part (char **part)
{
  curl_free (*part);
}

#define CLEANUP_URL  __attribute__ ((cleanup (cleanup_url)))
#define CLEANUP_PART __attribute__ ((cleanup (cleanup_part)))

/* ---- building ---- */

static bool
is_plain (unsigned char c, const char *safe)
{
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
         || (c && strchr ("_.-~", c)) || (c && strchr (safe, c));
}

void
hub_url_quote (struct text *text, const char *part, const char *safe)
{
  static const char digits[] = "0123456789ABCDEF";
  for (; *part; part++)
    {
      unsigned char c = (unsigned char) *part;
      char escape[3] = { '%', digits[c >> 4], digits[c & 15] };
      if (is_plain (c, safe))
        text_append (text, part, 1);
      else
        text_append (text, escape, sizeof escape);
    }
}

/* Names that Python leaves alone are plain ASCII; letters beyond it go out encoded there too.  */
static void
add_repo (struct text *text, const struct hfcore_repo *repo)
{
  hub_url_quote (text, repo->id, "/");
}

char *
hub_url_file (const char *endpoint, const struct hfcore_repo *repo, const char *revision,
              const char *path)
{
  CLEANUP_TEXT struct text url = TEXT_LIMIT (URL_LIMIT);
  text_addf (&url, "%s/", endpoint);
  if (strcmp (repo->type, "model") != 0)
    text_addf (&url, "%ss/", repo->type);
  add_repo (&url, repo);
  text_add (&url, "/resolve/");
  hub_url_quote (&url, revision, "");
  text_add (&url, "/");
  hub_url_quote (&url, path, "/");
  return text_take (&url);
}

static char *
api_url (const char *endpoint, const struct hfcore_repo *repo, const char *route,
         const char *revision, const char *query)
{
  CLEANUP_TEXT struct text url = TEXT_LIMIT (URL_LIMIT);
  text_addf (&url, "%s/api/%ss/", endpoint, repo->type);
  add_repo (&url, repo);
  text_addf (&url, "/%s/", route);
  hub_url_quote (&url, revision, "");
  text_add (&url, query);
  return text_take (&url);
}

char *
hub_url_revision (const char *endpoint, const struct hfcore_repo *repo, const char *revision)
{
  return api_url (endpoint, repo, "revision", revision, "");
}

char *
hub_url_tree (const char *endpoint, const struct hfcore_repo *repo, const char *commit)
{
  return api_url (endpoint, repo, "tree", commit, "?recursive=true&expand=false");
}

/* ---- taking apart ---- */

static CURLU *
parse (const char *url)
{
  CURLU *parsed = curl_url ();
  if (parsed && curl_url_set (parsed, CURLUPART_URL, url, URL_ACCEPT) != CURLUE_OK)
    {
      curl_url_cleanup (parsed);
      return NULL;
    }
  return parsed;
}

/* A part, or NULL when there is none; freed by cleanup_part.  */
static char *
part_of (CURLU *url, CURLUPart part)
{
  char *value = NULL;
  unsigned flags = part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0;
  return curl_url_get (url, part, &value, flags) == CURLUE_OK ? value : NULL;
}

static bool
is_web (CURLU *url)
{
  CLEANUP_PART char *scheme = part_of (url, CURLUPART_SCHEME);
  return scheme && (strcasecmp (scheme, "http") == 0 || strcasecmp (scheme, "https") == 0);
}

static bool
has_user (CURLU *url)
{
  CLEANUP_PART char *user = part_of (url, CURLUPART_USER);
  CLEANUP_PART char *password = part_of (url, CURLUPART_PASSWORD);
  return user || password;
}

const char *
hub_url_check_endpoint (const char *url)
{
  CLEANUP_URL CURLU *parsed = parse (url);
  if (!parsed)
    return "is not a URL";
  if (!is_web (parsed))
    return "must begin with http:// or https://";
  return strpbrk (url, "?#") ? "must not have a query or a fragment" : NULL;
}

static bool
same_part (CURLU *a, CURLU *b, CURLUPart part)
{
  CLEANUP_PART char *left = part_of (a, part);
  CLEANUP_PART char *right = part_of (b, part);
  return left && right && strcasecmp (left, right) == 0;
}

static bool
part_is (CURLU *url, CURLUPart part, const char *expected)
{
  CLEANUP_PART char *value = part_of (url, part);
  return value && strcasecmp (value, expected) == 0;
}

bool
hub_url_same_origin (const char *a, const char *b)
{
  CLEANUP_URL CURLU *left = parse (a);
  CLEANUP_URL CURLU *right = parse (b);
  return left && right && same_part (left, right, CURLUPART_SCHEME)
         && same_part (left, right, CURLUPART_HOST) && same_part (left, right, CURLUPART_PORT);
}

bool
hub_url_is_trusted (const char *home, const char *url)
{
  if (hub_url_same_origin (home, url))
    return true;
  CLEANUP_URL CURLU *from = parse (home);
  CLEANUP_URL CURLU *to = parse (url);
  return from && to && same_part (from, to, CURLUPART_HOST)
         && part_is (from, CURLUPART_SCHEME, "http") && part_is (from, CURLUPART_PORT, "80")
         && part_is (to, CURLUPART_SCHEME, "https") && part_is (to, CURLUPART_PORT, "443");
}

bool
hub_url_is_https (const char *url)
{
  CLEANUP_URL CURLU *parsed = parse (url);
  return parsed && part_is (parsed, CURLUPART_SCHEME, "https");
}

/* ---- following ---- */

bool
hub_url_is_relative (const char *location)
{
  size_t scheme = strcspn (location, ":/?#");
  return location[scheme] != ':' && !text_starts_with (location, "//");
}

/* The whole URL, as a string that free () takes.  */
static char *
whole (CURLU *url)
{
  CLEANUP_PART char *text = part_of (url, CURLUPART_URL);
  return text ? strdup (text) : NULL;
}

/* What `location`, seen at `url`, means; NULL: no URL, or no memory.  */
static CURLU *
join (const char *url, const char *location)
{
  CURLU *joined = parse (url);
  if (joined && curl_url_set (joined, CURLUPART_URL, location, URL_ACCEPT) != CURLUE_OK)
    {
      curl_url_cleanup (joined);
      return NULL;
    }
  return joined;
}

/* Has the endpoint itself a user name in it, and is `url` on it?  */
static bool
has_own_user (const char *home, const char *url)
{
  CLEANUP_URL CURLU *parsed = parse (home);
  return parsed && has_user (parsed) && hub_url_same_origin (home, url);
}

char *
hub_url_redirect (const char *home, const char *url, const char *location, const char **why)
{
  CLEANUP_URL CURLU *target = join (url, location);
  CLEANUP_FREE char *next = NULL;
  *why = "to something that is no web address";
  if (!target || !is_web (target))
    return NULL;
  *why = "no memory";
  next = whole (target);
  if (!next)
    return NULL;
  *why = "from https to http, which is not followed";
  if (hub_url_is_https (url) && !hub_url_is_https (next))
    return NULL;
  *why = "to a URL with a user name in it, which is not followed";
  if (has_user (target) && !has_own_user (home, next))
    return NULL;
  *why = NULL;
  return TAKE_PTR (next);
}

/* Scheme, host and port, and who asks where the URL says so: what a path is put behind.  */
static char *
base_of (const char *url)
{
  CLEANUP_URL CURLU *base = parse (url);
  if (!base)
    return NULL;
  curl_url_set (base, CURLUPART_PATH, NULL, 0);
  curl_url_set (base, CURLUPART_QUERY, NULL, 0);
  curl_url_set (base, CURLUPART_FRAGMENT, NULL, 0);
  char *text = whole (base);
  size_t len = text ? strlen (text) : 0;
  if (len && text[len - 1] == '/')
    text[len - 1] = 0;
  return text;
}

/* Path and query are put together as text: libcurl would change them a little.  */
char *
hub_url_next_page (const char *home, const char *url, const char *link)
{
  CLEANUP_URL CURLU *target = join (url, link);
  CLEANUP_FREE char *base = target && is_web (target) ? base_of (home) : NULL;
  CLEANUP_PART char *path = base ? part_of (target, CURLUPART_PATH) : NULL;
  CLEANUP_PART char *query = base ? part_of (target, CURLUPART_QUERY) : NULL;
  if (!path)
    return NULL;
  return text_format ("%s%s%s%s", base, path, query ? "?" : "", query ? query : "");
}

/* ---- showing ---- */

static void
show (const char *url, bool with_path, char *to, size_t room)
{
  CLEANUP_URL CURLU *parsed = parse (url);
  CLEANUP_PART char *text = NULL;
  if (parsed)
    {
      static const CURLUPart secrets[]
          = { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT };
      for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        curl_url_set (parsed, secrets[i], NULL, 0);
      if (!with_path)
        curl_url_set (parsed, CURLUPART_PATH, NULL, 0);
      text = part_of (parsed, CURLUPART_URL);
    }
  size_t len = text_one_line (to, room, text ? text : "a broken URL");
  if (!with_path && len && to[len - 1] == '/')
    to[len - 1] = 0;
}

void
hub_url_show (const char *url, char *to, size_t room)
{
  show (url, true, to, room);
}

void
hub_url_show_origin (const char *url, char *to, size_t room)
{
  show (url, false, to, room);
}
