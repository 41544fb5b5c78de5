/* SPDX-License-Identifier: Apache-2.0 */
/* tree_json_write.c: a list of files to trees/<commit>.json, byte for byte as Python writes it: one
 * blank a level, ASCII, sorted by code point, no newline at the end (spec 1.9).
 *
 * The frame is written here, file by file, so that the memory needed does not grow with the list;
 * jansson writes the strings.  */
#include "core/util/tree_json.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/files.h"

struct output
{
  int fd;
  struct text *to; /* where it goes in place of `fd`; or NULL  */
  bool failed;     /* errno says why; 0: a text is no UTF-8, or there is too much  */
  size_t total, used;
  int escape; /* of a \uXXXX: 0 outside, 1 after the backslash, 2 … 5 digits to come  */
  char bytes[16 << 10];
};

static void
flush (struct output *out)
{
  if (out->failed)
    ;
  else if (!out->to)
    out->failed = files_write_all (out->fd, out->bytes, out->used) < 0;
  else
    {
      text_append (out->to, out->bytes, out->used);
      out->failed = out->to->failed;
    }
  out->used = 0;
}

static void
put (struct output *out, const char *bytes, size_t len)
{
  for (size_t i = 0; i < len && !out->failed; i++)
    {
      if (out->used == sizeof out->bytes)
        flush (out);
      out->bytes[out->used++] = bytes[i];
      if (++out->total > TREE_JSON_LIMIT)
        {
          errno = 0;
          out->failed = true;
        }
    }
}

static void
put_text (struct output *out, const char *text)
{
  put (out, text, strlen (text));
}

static void
put_number (struct output *out, uint64_t number)
{
  char text[24];
  put (out, text, (size_t) snprintf (text, sizeof text, "%" PRIu64, number));
}

/* jansson's escapes have upper-case digits and DEL has none; Python's are lower-case, and has.  */
static int
put_as_python (const char *bytes, size_t len, void *out_)
{
  struct output *out = out_;
  for (size_t i = 0; i < len; i++)
    {
      char c = bytes[i];
      if (out->escape >= 2)
        {
          if (c >= 'A' && c <= 'F')
            c = (char) (c - 'A' + 'a');
          out->escape = out->escape == 5 ? 0 : out->escape + 1;
        }
      else if (out->escape == 1)
        out->escape = c == 'u' ? 2 : 0;
      else
        out->escape = c == '\\';
      if (c == 0x7f)
        put_text (out, "\\u007f");
      else
        put (out, &c, 1);
    }
  return out->failed ? -1 : 0;
}

static void
put_string (struct output *out, const char *text)
{
  json_t *string = json_string (text);
  if (!string
      || json_dump_callback (string, put_as_python, out, JSON_ENCODE_ANY | JSON_ENSURE_ASCII))
    {
      if (!out->failed)
        errno = string ? EIO : 0;
      out->failed = true;
    }
  json_decref (string);
}

static void
put_file (struct output *out, const struct hfcore_file_info *file)
{
  put_text (out, "\n  ");
  put_string (out, file->path);
  put_text (out, ": {\n   \"size\": ");
  put_number (out, file->length);
  put_text (out, ",\n   \"blob_id\": ");
  put_string (out, file->blob_id);
  if (file->lfs_sha256)
    {
      put_text (out, ",\n   \"lfs_sha256\": ");
      put_string (out, file->lfs_sha256);
      put_text (out, ",\n   \"lfs_size\": ");
      put_number (out, file->lfs_length);
    }
  if (file->xet_hash)
    {
      put_text (out, ",\n   \"xet_hash\": ");
      put_string (out, file->xet_hash);
    }
  put_text (out, "\n  }");
}

static void
put_tree (struct output *out, const struct hfcore_file_info *const *files, size_t count)
{
  bool any = false;
  put_text (out, "{\n \"format_version\": 1,\n \"files\": {");
  for (size_t i = 0; i < count && !out->failed; i++)
    {
      /* As in a Python dict, the last of one name counts.  */
      if (i + 1 < count && strcmp (files[i]->path, files[i + 1]->path) == 0)
        continue;
      put_text (out, any ? "," : "");
      put_file (out, files[i]);
      any = true;
    }
  put_text (out, any ? "\n }\n}" : "}\n}");
  flush (out);
}

static bool
is_complete (const struct hfcore_file_info *file)
{
  return file->path && file->blob_id && file->length <= INT64_MAX
         && (!file->lfs_sha256 || file->lfs_length <= INT64_MAX)
         && (!file->xet_hash || tree_json_xet_hash_ok (file->xet_hash));
}

static int
by_path (const void *a_, const void *b_)
{
  const struct hfcore_file_info *const *a = a_, *const *b = b_;
  int order = strcmp ((*a)->path, (*b)->path);
  return order ? order : (*a > *b) - (*a < *b);
}

/* A newer build may know longer files than this one (plugin.h, rule 1).  */
static const struct hfcore_file_info *
file_at (const struct hfcore_file_info *files, size_t index)
{
  return (const struct hfcore_file_info *) ((const char *) files + index * files->size);
}

bool
tree_json_is_whole (const struct hfcore_file_info *files, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (!is_complete (file_at (files, i)))
      return false;
  return true;
}

static int
write_tree (int fd, struct text *to, const struct hfcore_file_info *files, size_t count)
{
  const struct hfcore_file_info **sorted = calloc (count + 1, sizeof *sorted);
  struct output *out = calloc (1, sizeof *out);
  bool good = sorted && out;
  errno = good ? errno : ENOMEM;
  for (size_t i = 0; good && i < count; i++)
    sorted[i] = file_at (files, i);
  if (good)
    {
      qsort (sorted, count, sizeof *sorted, by_path);
      out->fd = fd;
      out->to = to;
      put_tree (out, sorted, count);
      good = !out->failed;
    }
  int saved = errno;
  free (sorted);
  free (out);
  errno = saved;
  return good ? 0 : -1;
}

int
tree_json_write (int fd, const struct hfcore_file_info *files, size_t count)
{
  return write_tree (fd, NULL, files, count);
}

int
tree_json_print (struct text *to, const struct hfcore_file_info *files, size_t count)
{
  return write_tree (-1, to, files, count);
}
