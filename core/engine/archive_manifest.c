/* SPDX-License-Identifier: Apache-2.0 */
/* archive_manifest.c: see archive_manifest.h.  */
#include "core/engine/archive_manifest.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/names.h"

enum
{
  LINE_MOST = 8 * ARCHIVE_PATH_MOST,
  COMMIT_LEN = 40
};

/* The lines that are no entries, in order; behind them is a list of entries, or nothing.  */
static const struct frame
{
  const char *line;
  bool begins_list;
} frames[] = { { "{", false },
               { " \"format\": \"hfcore-export\",", false },
               { " \"version\": 1,", false },
               { " \"entries\": [", true },
               { " ],", false },
               { " \"needs\": [", true },
               { " ]", false },
               { "}", false } };

enum
{
  FRAMES = sizeof frames / sizeof *frames,
  VERSION_FRAME = 2,
  NEEDS_FRAME = 5
};

/* ---- writing ---- */

static int
put_bytes (const char *bytes, size_t len, void *to)
{
  text_append (to, bytes, len);
  return 0;
}

static void
put_string (struct text *to, const char *string)
{
  json_t *json = json_string (string);
  if (!json || json_dump_callback (json, put_bytes, to, JSON_ENCODE_ANY) < 0)
    to->failed = true;
  json_decref (json);
}

static void
put_member (struct text *to, const char *key, const char *value)
{
  if (!value)
    return;
  text_addf (to, ", \"%s\": ", key);
  put_string (to, value);
}

/* Without what parts it from the next.  */
static void
put_entry (const struct archive *archive, const struct archive_entry *entry, struct text *to)
{
  CLEANUP_TEXT struct text path = TEXT_LIMIT (2 * ARCHIVE_PATH_MOST);
  CLEANUP_TEXT struct text target = TEXT_LIMIT (2 * ARCHIVE_PATH_MOST);
  archive_put_path (archive, entry, &path);
  if (entry->kind == ARCHIVE_FILE)
    archive_put_target (entry, &target);
  to->failed = to->failed || path.failed || target.failed;
  if (to->failed)
    return;
  text_add (to, "  {\"path\": ");
  put_string (to, path.bytes);
  if (entry->kind == ARCHIVE_FILE)
    put_member (to, "link", target.bytes);
  else
    text_addf (to, ", \"size\": %" PRIu64, entry->length);
  if (entry->kind == ARCHIVE_REF)
    put_member (to, "commit", entry->commit);
  put_member (to, "sha256", entry->sha256);
  text_add (to, "}");
}

static void
put_list (const struct archive *archive, bool is_needed, struct text *to)
{
  bool any = false;
  for (size_t i = 0; i < archive->entries.count && !to->failed; i++)
    if (archive->entries.items[i].is_needed == is_needed)
      {
        text_add (to, any ? ",\n" : "");
        put_entry (archive, &archive->entries.items[i], to);
        any = true;
      }
  text_add (to, any ? "\n" : "");
}

void
archive_manifest_write (const struct archive *archive, struct text *to)
{
  for (size_t i = 0; i < FRAMES; i++)
    {
      text_addf (to, "%s\n", frames[i].line);
      if (frames[i].begins_list)
        put_list (archive, i == NEEDS_FRAME, to);
    }
}

/* ---- reading ---- */

static int
refuse (struct archive_manifest *manifest, const char *why)
{
  manifest->why = why;
  return -1;
}

/* Text of this form and no other, as a string of the archive.  */
static const char *
take_text (struct archive *archive, const json_t *line, const char *key,
           bool (*is_good) (const char *))
{
  const char *text = json_string_value (json_object_get (line, key));
  return text && is_good (text) ? pool_copy (&archive->pool, text) : NULL;
}

/* What the line says beside the path. What it must not say, or must, is told by its one form.  */
static const char *
take_members (struct archive *archive, const json_t *line, struct archive_entry *entry)
{
  const char *target = json_string_value (json_object_get (line, "link"));
  json_int_t length = json_integer_value (json_object_get (line, "size"));
  if (length < 0)
    return "it has a size below zero";
  entry->length = (uint64_t) length;
  entry->sha256 = take_text (archive, line, "sha256", names_is_sha256);
  if (entry->kind == ARCHIVE_FILE
      && !(entry->etag = target ? archive_parse_target (archive, entry, target) : NULL))
    return "it is no link to a blob of its repository";
  if (entry->kind == ARCHIVE_REF
      && !(entry->commit = take_text (archive, line, "commit", names_is_commit)))
    return "it names no commit";
  if (entry->kind == ARCHIVE_REF && entry->length != COMMIT_LEN)
    return "it has another size than a commit";
  if (entry->kind == ARCHIVE_ABSENT && entry->length != 0)
    return "it is to be empty";
  if (entry->kind == ARCHIVE_TREE && !entry->sha256)
    return "it has no digest";
  return NULL;
}

static int
read_entry (struct archive_manifest *manifest, bool is_needed)
{
  struct archive *archive = manifest->archive;
  const char *text = manifest->line.bytes;
  size_t len = manifest->line.len;
  CLEANUP_TEXT struct text canonical = TEXT_LIMIT (LINE_MOST);
  struct archive_entry entry;
  manifest->is_last = len > 0 && text[len - 1] != ',';
  json_t *line = json_loadb (text, manifest->is_last ? len : len - 1, JSON_REJECT_DUPLICATES, NULL);
  const char *path = json_string_value (json_object_get (line, "path"));
  const char *why = path ? archive_parse_path (archive, path, &entry) : "it has no path";
  if (!why)
    why = take_members (archive, line, &entry);
  json_decref (line);
  if (why)
    return refuse (manifest, why);
  entry.is_needed = is_needed;
  if (is_needed && entry.kind != ARCHIVE_BLOB)
    return refuse (manifest, "it is no blob");
  put_entry (archive, &entry, &canonical);
  text_add (&canonical, manifest->is_last ? "" : ",");
  if (canonical.failed || canonical.len != len || memcmp (canonical.bytes, text, len) != 0)
    return refuse (manifest, "it is not written as hfcore writes it");
  const struct archive_entries *entries = &archive->entries;
  if (manifest->listed > 0
      && archive_compare (archive, &entries->items[entries->count - 1], &entry) >= 0)
    return refuse (manifest, "it is out of order, or stands there twice");
  manifest->listed++;
  return archive_entries_append (&archive->entries, entry) < 0
             ? refuse (manifest, archive_no_memory)
             : 0;
}

/* A line of the frame, which may end a list of entries.  */
static int
read_frame (struct archive_manifest *manifest, const char *line, bool ends_list)
{
  const char *expected = manifest->stage < FRAMES ? frames[manifest->stage].line : "";
  if (manifest->stage == VERSION_FRAME && strcmp (line, expected) != 0
      && text_starts_with (line, " \"version\": "))
    return refuse (manifest,
                   "it is of another version; use the hfcore that made it, or a newer one");
  if (manifest->stage == FRAMES || strcmp (line, expected) != 0
      || strlen (expected) != manifest->line.len)
    return refuse (manifest, "it is no manifest of hfcore's");
  if (ends_list && manifest->listed > 0 && !manifest->is_last)
    return refuse (manifest, "an entry is missing");
  manifest->stage++;
  manifest->listed = 0;
  return 0;
}

static int
read_line (struct archive_manifest *manifest)
{
  const char *line = manifest->line.bytes;
  bool in_list = manifest->stage > 0 && frames[manifest->stage - 1].begins_list;
  manifest->number++;
  if (!in_list || !text_starts_with (line, "  "))
    return read_frame (manifest, line, in_list);
  if (manifest->listed > 0 && manifest->is_last)
    return refuse (manifest, "the line before lacks its comma");
  return read_entry (manifest, manifest->stage - 1 == NEEDS_FRAME);
}

int
archive_manifest_read (struct archive_manifest *manifest, const char *bytes, size_t len)
{
  for (const char *end = bytes + len; bytes < end;)
    {
      const char *newline = memchr (bytes, '\n', (size_t) (end - bytes));
      manifest->line.limit = LINE_MOST;
      text_append (&manifest->line, bytes, (size_t) ((newline ? newline : end) - bytes));
      if (manifest->line.failed)
        {
          manifest->number++;
          return refuse (manifest, "it is too long");
        }
      if (!newline)
        return 0;
      int code = read_line (manifest);
      if (code < 0)
        return code;
      manifest->line.len = 0;
      bytes = newline + 1;
    }
  return 0;
}

int
archive_manifest_end (struct archive_manifest *manifest)
{
  const struct archive_entry *at;
  if (manifest->stage != FRAMES || manifest->line.len > 0)
    return refuse (manifest, "it is cut off");
  /* The needed ones stand apart in the text, and among the others here.  */
  archive_sort (manifest->archive);
  const char *why = archive_check (manifest->archive, &at);
  if (!why)
    return 0;
  CLEANUP_TEXT struct text path = TEXT_LIMIT (2 * ARCHIVE_PATH_MOST);
  if (at)
    archive_put_path (manifest->archive, at, &path);
  manifest->at
      = path.failed ? NULL : pool_copy (&manifest->archive->pool, path.bytes ? path.bytes : "");
  return refuse (manifest, why);
}

void
archive_manifest_free (struct archive_manifest *manifest)
{
  text_free (&manifest->line);
}
