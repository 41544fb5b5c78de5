/* SPDX-License-Identifier: Apache-2.0 */
/* hub_list_file.c: a file of a revision, as a listing tells it: which blob it is, or where else its
 * bytes are. The text of its link says so in nearly every case, and nothing is looked up.  */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "core/util/text.h"
#include "plugins/hub-layout/hub_listing.h"

/* "../../blobs/<etag>", one "../" more for each folder that the name goes through (spec 1.7).  */
static const char *
etag_of_canonical (const char *name, const char *text)
{
  static const char blobs[] = "blobs/";
  size_t ups = 2;
  for (; *name; name++)
    ups += *name == '/';
  for (; ups > 0; ups--, text += 3)
    if (text[0] != '.' || text[1] != '.' || text[2] != '/')
      return NULL;
  if (strncmp (text, blobs, sizeof blobs - 1) != 0)
    return NULL;
  text += sizeof blobs - 1;
  return *text && *text != '.' && !strchr (text, '/') ? text : NULL;
}

/* Of any link into a folder of blobs, another storage's too.  */
static const char *
etag_of_link (const char *text)
{
  const char *slash = strrchr (text, '/');
  size_t len = slash ? (size_t) (slash - text) : 0;
  static const char blobs[] = "/blobs";
  const size_t blobs_len = sizeof blobs - 1;
  return len >= blobs_len && strncmp (slash - blobs_len, blobs, blobs_len) == 0 && slash[1]
             ? slash + 1
             : NULL;
}

void
hub_listing_target (const struct hub_path *path, const char *text, struct hub_path *target)
{
  const char *slash = strrchr (path->text, '/');
  bool is_absolute = text[0] == '/';
  hub_path_begin (target, path->text, is_absolute || !slash ? 0 : (size_t) (slash - path->text));
  while (*text)
    {
      size_t len = strcspn (text, "/");
      char name[NAME_MAX + 1];
      if (len == 2 && text[0] == '.' && text[1] == '.')
        {
          const char *last = strrchr (target->text, '/');
          hub_path_cut (target, last ? (size_t) (last - target->text) : 0);
        }
      else if (len > NAME_MAX)
        target->bad = ENAMETOOLONG;
      else if (len > 0 && !(len == 1 && text[0] == '.'))
        {
          memcpy (name, text, len);
          name[len] = 0;
          hub_path_name (target, name);
        }
      text += len;
      text += strspn (text, "/");
    }
}

/* The etag, if `target` is a blob of the repository that is listed.  */
static const char *
etag_of_target (const struct hub_listing *listing, const struct hub_path *target)
{
  static const char blobs[] = "/blobs/";
  size_t len = listing->repo_len;
  if (target->bad || target->len <= len + sizeof blobs - 1
      || memcmp (target->text, listing->path.text, len) != 0
      || memcmp (target->text + len, blobs, sizeof blobs - 1) != 0)
    return NULL;
  const char *etag = target->text + len + sizeof blobs - 1;
  return strchr (etag, '/') ? NULL : etag;
}

int
hub_listing_tell_file (struct hub_listing *listing, int parent, const struct dirent *file)
{
  char text[PATH_MAX];
  const char *name = listing->path.text + listing->below;
  struct hfcore_entry entry
      = { .kind = HFCORE_ENTRY_FILE, .name = name, .commit = listing->commit };
  ssize_t len
      = file->d_type == DT_REG ? -1 : readlinkat (parent, file->d_name, text, sizeof text - 1);
  bool is_link = len >= 0;
  text[is_link ? len : 0] = 0;
  if (is_link && (entry.etag = etag_of_canonical (name, text))
      && listing->kinds & HFCORE_LIST_QUICK)
    {
      entry.length = HFCORE_SIZE_UNKNOWN;
      return hub_listing_tell (listing, &entry, NULL);
    }
  struct stat st;
  bool dangles = false;
  if (fstatat (parent, file->d_name, &st, 0) < 0)
    {
      dangles = hub_listing_is_gone (errno)
                && fstatat (parent, file->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0;
      if (!dangles)
        return hub_listing_is_gone (errno) ? HFCORE_OK : hub_listing_fail (listing, errno);
    }
  if (S_ISDIR (st.st_mode)) /* a link to one: neither entered nor counted  */
    return HFCORE_OK;
  struct hub_path target;
  entry.target = listing->path.text;
  if (is_link)
    {
      hub_listing_target (&listing->path, text, &target);
      if (target.bad)
        return hub_listing_fail (listing, target.bad);
      const char *own = etag_of_target (listing, &target);
      entry.etag = own ? own : etag_of_link (text);
      entry.target = own && !dangles ? NULL : target.text;
    }
  entry.length = dangles ? HFCORE_SIZE_UNKNOWN : (uint64_t) st.st_size;
  return hub_listing_tell (listing, &entry, &st);
}
