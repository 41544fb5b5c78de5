/* SPDX-License-Identifier: Apache-2.0 */
/* tree_json_read.c: trees/<commit>.json to a list of files. A list with any defect counts as not
 * remembered, so nothing is told before all of it was looked at.  */
#include "core/util/tree_json.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>
#include "core/util/names.h"

#define TREE_VERSION 1

/* Of a list: an empty object is 3 bytes and takes 250. What fits into TREE_JSON_LIMIT in the form
 * that clients write has hardly as many.  */
#define VALUES_MAX ((size_t) 1 << 21)

struct source
{
  int fd;
  const char *bytes; /* where it comes from in place of `fd`; or NULL  */
  size_t left;
  size_t values; /* about how many began; within strings some are counted too  */
};

static size_t
pull (void *bytes, size_t len, void *source_)
{
  struct source *source = source_;
  ssize_t got;
  if (len > source->left)
    len = source->left;
  do
    got = len && !source->bytes ? read (source->fd, bytes, len) : 0;
  while (got < 0 && errno == EINTR);
  if (len && source->bytes)
    {
      memcpy (bytes, source->bytes, len);
      source->bytes += len;
      got = (ssize_t) len;
    }
  if (got < 0)
    return (size_t) -1;
  source->left -= (size_t) got;
  for (const char *at = bytes; at < (const char *) bytes + got; at++)
    source->values += *at == ',' || *at == '[' || *at == '{';
  if (source->values > VALUES_MAX)
    return (size_t) -1;
  return (size_t) got;
}

static void
free_json (json_t **json)
{
  json_decref (*json);
}

/* A member that is text, or missing or null (`*text` NULL). */
static bool
get_text (const json_t *entry, const char *key, const char **text)
{
  const json_t *value = json_object_get (entry, key);
  *text = json_string_value (value);
  return *text || !value || json_is_null (value);
}

static bool
get_length (const json_t *entry, const char *key, uint64_t *length)
{
  const json_t *value = json_object_get (entry, key);
  *length = HFCORE_SIZE_UNKNOWN;
  if (!value || json_is_null (value))
    return true;
  if (!json_is_integer (value) || json_integer_value (value) < 0)
    return false;
  *length = (uint64_t) json_integer_value (value);
  return true;
}

bool
tree_json_xet_hash_ok (const char *hash)
{
  return strlen (hash) == 64 && strspn (hash, "0123456789abcdefABCDEF") == 64;
}

static bool
parse_file (const char *path, const json_t *entry, const char *commit,
            struct hfcore_file_info *info)
{
  *info = (struct hfcore_file_info){ .size = sizeof *info, .path = path, .commit = commit };
  if (!json_is_object (entry) || names_check_file (path)
      || !get_length (entry, "size", &info->length) || info->length == HFCORE_SIZE_UNKNOWN
      || !get_text (entry, "blob_id", &info->blob_id) || !info->blob_id
      || !get_text (entry, "lfs_sha256", &info->lfs_sha256)
      || !get_length (entry, "lfs_size", &info->lfs_length)
      || !get_text (entry, "xet_hash", &info->xet_hash)
      || (info->xet_hash && !tree_json_xet_hash_ok (info->xet_hash)))
    return false;
  info->etag = info->lfs_sha256 ? info->lfs_sha256 : info->blob_id;
  return !names_check_etag (info->etag);
}

static int
read_tree (struct source *source, const char *commit, const struct hfcore_file_sink *sink)
{
  json_error_t error;
  __attribute__ ((cleanup (free_json))) json_t *tree = json_load_callback (pull, source, 0, &error);
  const json_t *version = json_object_get (tree, "format_version");
  json_t *files = json_object_get (tree, "files");
  bool good = json_is_integer (version) && json_integer_value (version) == TREE_VERSION
              && json_is_object (files);
  struct hfcore_file_info info;
  const char *name;
  json_t *entry;
  if (good)
    json_object_foreach (files, name, entry) good = good && parse_file (name, entry, commit, &info);
  if (!good)
    return HFCORE_PASS;
  json_object_foreach (files, name, entry)
  {
    int code = parse_file (name, entry, commit, &info) ? sink->file (sink->ctx, &info) : 0;
    if (code)
      return code;
  }
  return HFCORE_OK;
}

int
tree_json_read (int fd, const char *commit, const struct hfcore_file_sink *sink)
{
  struct source source = { .fd = fd, .left = TREE_JSON_LIMIT };
  return read_tree (&source, commit, sink);
}

int
tree_json_parse (const char *bytes, size_t len, const char *commit,
                 const struct hfcore_file_sink *sink)
{
  struct source source
      = { .fd = -1, .bytes = bytes, .left = len < TREE_JSON_LIMIT ? len : TREE_JSON_LIMIT };
  return read_tree (&source, commit, sink);
}
