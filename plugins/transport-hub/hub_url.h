/* SPDX-License-Identifier: Apache-2.0 */
/* hub_url.h: the URLs of a Hub: how they are built, compared, followed and shown. Pure functions.
 * URLs are taken apart by libcurl's own parser, so that what is judged here is what is asked there.
 * Functions that give `char *` give a new string; NULL: no memory, or no such URL where said.  */
#ifndef HFCORE_HUB_URL_H
#define HFCORE_HUB_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <hfcore/types.h>
#include "core/util/text.h"

/* Append `part` percent-encoded: all but A-Za-z0-9_.-~ and the characters of `safe` (spec 2.2). */
void hub_url_quote (struct text *text, const char *part, const char *safe);

/* {endpoint}/{prefix}{id}/resolve/{revision}/{path} (spec 2.2).  */
char *hub_url_file (const char *endpoint, const struct hfcore_repo *repo, const char *revision,
                    const char *path);
/* {endpoint}/api/{type}s/{id}/revision/{revision} (spec 14).  */
char *hub_url_revision (const char *endpoint, const struct hfcore_repo *repo, const char *revision);
/* {endpoint}/api/{type}s/{id}/tree/{commit}?recursive=true&expand=false (spec 4.3).  */
char *hub_url_tree (const char *endpoint, const struct hfcore_repo *repo, const char *commit);

/* NULL when `url` can be an endpoint, else what is wrong with it (static text).  */
const char *hub_url_check_endpoint (const char *url);

/* Same scheme, host and port?  */
bool hub_url_same_origin (const char *a, const char *b);
/* May what belongs to `home` (a token) be sent to `url`: same origin, or the same host's upgrade
 * from http to https on default ports (spec 2.5)?  */
bool hub_url_is_trusted (const char *home, const char *url);
bool hub_url_is_https (const char *url);

/* Has the Location no scheme and no host (spec 2.4)?  */
bool hub_url_is_relative (const char *location);
/* Where a redirect from `url` leads. NULL: no memory, or nothing that is followed: another scheme
 * than http and https, https to http, user names in it (unless `home`'s own), no URL at all; then
 * `*why` says so.  */
char *hub_url_redirect (const char *home, const char *url, const char *location, const char **why);
/* The page that a `next` link means: its path and query on the origin of `home` (design 7).
 * NULL: also when the link is no URL.  */
char *hub_url_next_page (const char *home, const char *url, const char *link);

/* A URL as people may see it: no user, no password, no query, no fragment (signed URLs are
 * secrets), one clean line, cut to `room`.  */
void hub_url_show (const char *url, char *to, size_t room);
/* Only its scheme, host and port.  */
void hub_url_show_origin (const char *url, char *to, size_t room);

#endif
