/* SPDX-License-Identifier: Apache-2.0 */
/* repo_argument.c: the REPO_ID and FILE words of a command line.  */
#include "core/cli/repo_argument.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/names.h"
#include "core/util/text.h"

const char *const repo_argument_types[] = { "model", "dataset", "space", NULL };
static const char kernel[] = "kernel"; /* has no flag (spec 9.1)  */
enum
{
  FLAG_TYPES = sizeof repo_argument_types / sizeof *repo_argument_types - 1
};

static bool
is_plural (const char *type, const char *word, size_t len)
{
  return len == strlen (type) + 1 && strncmp (word, type, len - 1) == 0 && word[len - 1] == 's';
}

/* The type whose plural, "datasets", is the first `len` bytes; or NULL.  */
static const char *
type_of_plural (const char *word, size_t len)
{
  for (size_t i = 0; i < FLAG_TYPES; i++)
    if (is_plural (repo_argument_types[i], word, len))
      return repo_argument_types[i];
  return is_plural (kernel, word, len) ? kernel : NULL;
}

static int
check_type_flag (const char *type, char *why, size_t room)
{
  for (size_t i = 0; i < FLAG_TYPES; i++)
    if (strcmp (type, repo_argument_types[i]) == 0)
      return 0;
  const char *near = text_nearest (type, repo_argument_types, FLAG_TYPES);
  if (near)
    snprintf (why, room, "unknown repository type '%s' (did you mean '%s'?)", type, near);
  else
    snprintf (why, room, "unknown repository type '%s': use model, dataset or space", type);
  return -1;
}

static size_t
count_slashes (const char *word)
{
  size_t count = 0;
  for (; (word = strchr (word, '/')); word++)
    count++;
  return count;
}

static int
hex_digit (char digit)
{
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  digit |= 0x20;
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* %XX of the first `len` bytes decoded; a "%" before anything else stays.  */
static char *
decode_percent (const char *word, size_t len)
{
  char *decoded = malloc (len + 1), *to = decoded;
  for (size_t i = 0; decoded && i < len; i++)
    {
      int high = word[i] == '%' && i + 2 < len ? hex_digit (word[i + 1]) : -1;
      int low = high >= 0 ? hex_digit (word[i + 2]) : -1;
      *to++ = low >= 0 ? (char) (high << 4 | low) : word[i];
      i += low >= 0 ? 2 : 0;
    }
  if (decoded)
    *to = 0;
  return decoded;
}

/* How long the revision at the start of `word` is: refs/pr/N and refs/convert/NAME are taken
 * whole, others end at the next "/".  */
static size_t
revision_length (const char *word)
{
  static const char *const whole[] = { "refs/pr/", "refs/convert/" };
  for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
    if (text_starts_with (word, whole[i]))
      return strlen (whole[i]) + strcspn (word + strlen (whole[i]), "/");
  return strcspn (word, "/");
}

static int
refuse_uri (const char *uri, const char *reason, char *why, size_t room)
{
  snprintf (why, room, "invalid HF URI: %s: %s", uri, reason);
  return -1;
}

static int
no_memory (char *why, size_t room)
{
  snprintf (why, room, "out of memory");
  return -1;
}

/* hf://[type/]org/name[@revision][/path]  */
static int
parse_uri (const char *uri, struct repo_argument *repo, char *why, size_t room)
{
  const char *word = uri + strlen ("hf://");
  size_t first = strcspn (word, "/");
  const char *type = type_of_plural (word, first);
  if (strncmp (word, "buckets/", 8) == 0)
    return refuse_uri (uri, "buckets are not repositories", why, room);
  if (type && word[first])
    word += first + 1;
  const char *slash = strchr (word, '/');
  size_t len = slash ? (size_t) (slash - word) + 1 + strcspn (slash + 1, "/@") : 0;
  if (!slash || slash == word || word[len - 1] == '/' || memchr (word, '@', slash - word))
    return refuse_uri (uri, "the repository must be written as org/name", why, room);
  repo->type = strdup (type ? type : "model");
  repo->id = strndup (word, len);
  if (!repo->type || !repo->id)
    return no_memory (why, room);
  const char *wrong = names_check_repo_id (repo->id);
  if (wrong)
    return refuse_uri (uri, wrong, why, room);
  word += len;
  if (*word == '@')
    {
      len = revision_length (++word);
      if (!len)
        return refuse_uri (uri, "there is no revision behind the '@'", why, room);
      repo->revision = decode_percent (word, len);
      if (!repo->revision)
        return no_memory (why, room);
      word += len;
    }
  if (*word == '/' && word[1] && !(repo->path = strdup (word + 1)))
    return no_memory (why, room);
  return 0;
}

static int
parse_uri_alone (const char *word, const char *type, const char *revision, size_t files,
                 struct repo_argument *repo, char *why, size_t room)
{
  const char *twice = type ? "--repo-type" : revision ? "--revision" : NULL;
  if (twice)
    snprintf (why, room, "a hf:// URI says it all: leave out %s", twice);
  else if (files)
    snprintf (why, room, "a hf:// URI says it all: leave out the file names");
  if (twice || files)
    return -1;
  return parse_uri (word, repo, why, room);
}

/* A plain id, or one with its type in front: "datasets/org/name".  */
static int
parse_id (const char *word, const char *type, struct repo_argument *repo, char *why, size_t room)
{
  if (count_slashes (word) == 2)
    {
      size_t first = strcspn (word, "/");
      const char *prefix = type_of_plural (word, first);
      if (prefix && type)
        {
          snprintf (why, room, "'%.*s/' in the repo id and --repo-type are the same thing twice",
                    (int) first, word);
          return -1;
        }
      if (prefix && prefix != kernel)
        {
          type = prefix;
          word += first + 1;
        }
    }
  const char *wrong = names_check_repo_id (word);
  if (wrong)
    {
      snprintf (why, room, "invalid repo id '%s': %s", word, wrong);
      return -1;
    }
  repo->id = strdup (word);
  repo->type = type ? strdup (type) : NULL;
  return !repo->id || (type && !repo->type) ? no_memory (why, room) : 0;
}

int
repo_argument_parse (const char *word, const char *type, const char *revision, size_t files,
                     struct repo_argument *repo, char *why, size_t room)
{
  CLEANUP_REPO struct repo_argument parsed = { 0 };
  *repo = parsed;
  if (type && check_type_flag (type, why, room) < 0)
    return -1;
  int status;
  if (text_starts_with (word, "hf://"))
    status = parse_uri_alone (word, type, revision, files, &parsed, why, room);
  else
    status = parse_id (word, type, &parsed, why, room);
  if (status < 0)
    return -1;
  if (revision && !parsed.revision && !(parsed.revision = strdup (revision)))
    return no_memory (why, room);
  *repo = parsed;
  parsed = (struct repo_argument){ 0 };
  return 0;
}

void
repo_argument_free (struct repo_argument *repo)
{
  free (repo->type);
  free (repo->id);
  free (repo->revision);
  free (repo->path);
  *repo = (struct repo_argument){ 0 };
}

static int
add_pattern (const char *file, size_t len, const char *end, struct patterns *patterns)
{
  CLEANUP_FREE char *pattern = text_format ("%.*s%s", (int) len, file, end);
  if (!pattern || patterns_append (patterns, pattern) < 0)
    return -1;
  pattern = NULL;
  return 0;
}

int
repo_argument_files (const char *const *files, size_t count, int has_filters, const char **file,
                     struct patterns *patterns, size_t *plain, char *why, size_t room)
{
  size_t folders = 0;
  *file = NULL;
  *plain = 0;
  for (size_t i = 0; i < count; i++)
    {
      size_t len = strlen (files[i]), bare = len;
      while (bare && files[i][bare - 1] == '/')
        bare--;
      if (bare == 0 || len > 4096)
        {
          snprintf (why, room, "'%s' is no file name", files[i]);
          return -1;
        }
      folders += bare < len;
      if (add_pattern (files[i], bare, bare < len ? "/**" : "", patterns) < 0)
        return no_memory (why, room);
    }
  if (folders && has_filters)
    {
      snprintf (why, room,
                "folders cannot be mixed with --include and --exclude: "
                "write --include 'FOLDER/*' in place of FOLDER/");
      return -1;
    }
  *plain = count - folders;
  if (count == 1 && !folders)
    *file = files[0];
  return 0;
}

void
repo_argument_free_patterns (struct patterns *patterns)
{
  for (size_t i = 0; i < patterns->count; i++)
    free (patterns->items[i]);
  free (patterns->items);
  *patterns = (struct patterns){ 0 };
}
