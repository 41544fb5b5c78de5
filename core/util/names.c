/* SPDX-License-Identifier: Apache-2.0 */
/* names.c: see names.h.  */
#include "core/util/names.h"

#include "core/util/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum
{
  LONGEST_NAME = 96, /* of a repo's namespace, and of its name (spec 1.16) */
  LONGEST_ETAG = 200,
  LONGEST_SEGMENT = 255, /* bytes; what file systems take */
  LONGEST_REVISION = 1024,
  LONGEST_FILE = 4096
};

static bool
is_word (char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* One half of a repo id, up to `end`: word characters, "." and "-", a word character first and
 * last. The count of its characters, or 0 when it is not so.  */
static size_t
count_id_part (const char *part, const char *end)
{
  if (part == end || !is_word (*part) || !is_word (end[-1]))
    return 0;
  for (const char *c = part; c < end; c++)
    if (!is_word (*c) && *c != '.' && *c != '-')
      return 0;
  return (size_t) (end - part);
}

const char *
names_check_repo_id (const char *id)
{
  const char *slash = strchr (id, '/');
  if (slash && strchr (slash + 1, '/'))
    return "a repo id is 'name' or 'namespace/name', with one '/' at the most";
  size_t space = slash ? count_id_part (id, slash) : 1;
  size_t name = count_id_part (slash ? slash + 1 : id, id + strlen (id));
  if (space == 0 || name == 0)
    return "a repo id has letters, digits, '-', '_' and '.' only, and '-' and '.' neither start "
           "nor end its namespace or name";
  if (space > LONGEST_NAME || name > LONGEST_NAME)
    return "the namespace and the name of a repo id have 96 characters at the most";
  if (strstr (id, "--") || strstr (id, ".."))
    return "a repo id must not contain '--' or '..'";
  if (text_ends_with (id, ".git"))
    return "a repo id must not end in '.git'";
  return NULL;
}

const char *
names_check_repo_type (const char *type)
{
  static const char *const types[] = { "model", "dataset", "space", "kernel" };
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (strcmp (type, types[i]) == 0)
      return NULL;
  return "a repo type is 'model', 'dataset', 'space' or 'kernel'";
}

/* Valid UTF-8 without C0, DEL and C1?  */
static const char *
check_characters (const char *text)
{
  while (*text)
    {
      uint32_t code = (unsigned char) *text;
      size_t len = code < 0x80 ? 1 : text_decode (text, &code);
      if (len == 0)
        return "it is not valid UTF-8";
      if (code < 0x20 || (code >= 0x7f && code < 0xa0))
        return "it has a control character";
      text += len;
    }
  return NULL;
}

/* Does a Windows drive ("C:") begin here? As in Python 3.12 and later, its letter may be any
 * character.  */
static bool
is_drive (const char *segment)
{
  uint32_t code;
  size_t len = text_decode (segment, &code);
  return len > 0 && code != 0 && segment[len] == ':';
}

/* Segments as `separators` part them: none may be ".", ".." or too long, and none empty.  */
static const char *
check_segments (const char *path, const char *separators)
{
  for (const char *segment = path;;)
    {
      size_t len = strcspn (segment, separators);
      if (len == 0)
        return "it has an empty segment ('//', or '/' at its end)";
      if (len == 1 && segment[0] == '.')
        return "it has a '.' segment";
      if (len == 2 && segment[0] == '.' && segment[1] == '.')
        return "it has a '..' segment";
      if (len > LONGEST_SEGMENT)
        return "it has a segment of more than 255 bytes";
      if (!segment[len])
        return NULL;
      segment += len + 1;
    }
}

/* What file names and revisions share: `path` is made of '/'-separated segments.  */
static const char *
check_path (const char *path, size_t longest)
{
  if (!*path)
    return "it is empty";
  if (strnlen (path, longest + 1) > longest)
    return "it is too long";
  if (*path == '/')
    return "it starts with '/'";
  for (const char *segment = path; segment; segment = strchr (segment, '/'))
    {
      segment += *segment == '/';
      if (is_drive (segment))
        return "it has a segment that looks like a drive ('C:')";
    }
  const char *why = check_characters (path);
  return why ? why : check_segments (path, "/");
}

const char *
names_check_revision (const char *revision)
{
  if (strchr (revision, '\\'))
    return "it has a backslash";
  return check_path (revision, LONGEST_REVISION);
}

const char *
names_check_file (const char *path)
{
  const char *why = check_path (path, LONGEST_FILE);
  if (why)
    return why;
  for (const char *backslash = path; (backslash = strchr (backslash, '\\')); backslash++)
    if (backslash == path || backslash[-1] == '/')
      return "it has a segment that starts with a backslash";
  /* On Windows a backslash parts segments: what would lead out of the folder there is refused
   * everywhere. An empty segment leads nowhere and stays allowed between backslashes.  */
  for (const char *segment = path; *segment;)
    {
      size_t len = strcspn (segment, "/\\");
      if ((len == 1 && segment[0] == '.') || (len == 2 && segment[0] == '.' && segment[1] == '.'))
        return "it has a '.' or '..' segment";
      segment += len + (segment[len] != 0);
    }
  return NULL;
}

const char *
names_check_etag (const char *etag)
{
  static const char allowed[]
      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+=-";
  size_t len = strspn (etag, allowed);
  if (!*etag)
    return "it is empty";
  if (etag[len])
    return "it has other characters than letters, digits and '._+=-'";
  if (len > LONGEST_ETAG)
    return "it has more than 200 characters";
  if (*etag == '.')
    return "it starts with '.'";
  if (text_ends_with (etag, ".incomplete") || text_ends_with (etag, ".lock"))
    return "it ends in '.incomplete' or '.lock'";
  return NULL;
}

/* What an asset's name must not have in the name of its folder (spec 6).  */
static const char parted[] = " /\\";

const char *
names_check_asset (const char *name)
{
  size_t len = 0;
  if (!*name)
    return "it is empty";
  if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
    return "it is '.' or '..'";
  for (const char *c = name; *c && len <= LONGEST_SEGMENT; c++)
    len += strchr (parted, *c) ? 2 : 1;
  if (len > LONGEST_SEGMENT)
    return "its folder would have a name of more than 255 bytes";
  return check_characters (name);
}

static bool
is_lower_hex (const char *text, size_t len)
{
  return strspn (text, "0123456789abcdef") == len && text[len] == 0;
}

bool
names_is_commit (const char *text)
{
  return is_lower_hex (text, 40);
}

bool
names_is_sha256 (const char *text)
{
  return is_lower_hex (text, 64);
}

bool
names_is_os_file (const char *name)
{
  static const char *const names[] = { ".DS_Store", "Thumbs.db", "desktop.ini" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp (name, names[i]) == 0)
      return true;
  return false;
}

char *
names_repo_folder (const char *type, const char *id)
{
  const char *slash = strchr (id, '/');
  if (!slash)
    return text_format ("%ss--%s", type, id);
  return text_format ("%ss--%.*s--%s", type, (int) (slash - id), id, slash + 1);
}

bool
names_parse_repo_folder (const char *folder, size_t len, char room[NAMES_FOLDER_ROOM],
                         const char **type, const char **id)
{
  char *to = room, *dashes = NULL;
  if (len >= NAMES_FOLDER_ROOM)
    return false;
  for (size_t i = 0; i < len; i++)
    {
      bool is_joint = folder[i] == '-' && i + 1 < len && folder[i + 1] == '-';
      if (is_joint && !dashes)
        dashes = to;
      *to++ = is_joint ? '/' : folder[i];
      i += is_joint;
    }
  *to = 0;
  if (!dashes || dashes == room || dashes[-1] != 's')
    return false;
  dashes[-1] = 0;
  *type = room;
  *id = dashes + 1;
  return names_check_repo_type (room) == NULL;
}

char *
names_asset_folder (const char *name)
{
  struct text folder = TEXT_LIMIT (SIZE_MAX / 2);
  while (*name)
    {
      size_t len = strcspn (name, parted);
      text_append (&folder, name, len);
      name += len;
      if (*name)
        {
          text_add (&folder, "--");
          name++;
        }
    }
  return text_take (&folder);
}

char *
names_normal_etag (const char *header)
{
  header += strspn (header, "W/");
  header += strspn (header, "\"");
  size_t len = strlen (header);
  while (len > 0 && header[len - 1] == '"')
    len--;
  return strndup (header, len);
}
