/* SPDX-License-Identifier: Apache-2.0 */
/* hub_path.h: paths inside a Hub cache, built in one buffer on the stack (spec 1.3, 1.4).
 *
 * Parts are appended behind "/". What would leave the folder or not fit is remembered in `bad`, so
 * that many appends need one check. The names were validated before; this is the second look.  */
#ifndef HFCORE_HUB_PATH_H
#define HFCORE_HUB_PATH_H

#include <limits.h>
#include <stddef.h>
#include <hfcore/types.h>

struct hub_path
{
  size_t len;
  size_t base; /* links in this much of it are followed wherever it is written to (hub_walk.h)  */
  int bad;     /* 0, EINVAL (a name that is none) or ENAMETOOLONG  */
  char text[PATH_MAX];
};

/* `base` is 0 then.  */
void hub_path_begin (struct hub_path *path, const char *base, size_t len);
/* One segment; several (empty ones collapse, as in Python); the folder of a repository.  */
void hub_path_name (struct hub_path *path, const char *name);
void hub_path_names (struct hub_path *path, const char *names);
void hub_path_repo (struct hub_path *path, const struct hfcore_repo *repo);
/* More text for the last segment.  */
void hub_path_more (struct hub_path *path, const char *text);
/* Back to what it was when `len` was its length.  */
void hub_path_cut (struct hub_path *path, size_t len);

#endif
