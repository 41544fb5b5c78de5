/* SPDX-License-Identifier: Apache-2.0 */
/* local_dir_metadata.c: see local_dir_metadata.h.  */
#include "core/engine/local_dir_metadata.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/names.h"

enum
{
  NS_PER_S = 1000000000,
  LIMIT = 4096, /* bytes of its file  */
  LINE_ROOM = 256,
  DIGITS_MOST = 15 /* of the seconds  */
};

/* ---- its text ---- */

/* The next line without the blanks around it. False: it is too long.  */
static bool
take_line (const char **text, char line[LINE_ROOM])
{
  static const char blanks[] = " \t\r\f\v";
  const char *start = *text + strspn (*text, blanks);
  size_t whole = strcspn (*text, "\n");
  size_t len = start < *text + whole ? (size_t) (*text + whole - start) : 0;
  while (len > 0 && strchr (blanks, start[len - 1]))
    len--;
  *text += whole + ((*text)[whole] == '\n');
  if (len >= LINE_ROOM)
    return false;
  memcpy (line, start, len);
  line[len] = 0;
  return true;
}

static bool
parse_time (const char *text, struct timespec *time)
{
  static const char digits[] = "0123456789";
  size_t whole = strspn (text, digits);
  const char *fraction = text[whole] == '.' ? text + whole + 1 : text + whole;
  size_t rest = strspn (fraction, digits);
  if (whole == 0 || whole > DIGITS_MOST || fraction[rest])
    return false;
  *time = (struct timespec){ 0 };
  for (size_t i = 0; i < whole; i++)
    time->tv_sec = time->tv_sec * 10 + (text[i] - '0');
  long unit = NS_PER_S / 10;
  for (size_t i = 0; i < rest && unit > 0; i++, unit /= 10)
    time->tv_nsec += (fraction[i] - '0') * unit;
  return true;
}

bool
local_metadata_parse (const char *text, struct local_metadata *metadata)
{
  char commit[LINE_ROOM], etag[LINE_ROOM], since[LINE_ROOM];
  if (!take_line (&text, commit) || !take_line (&text, etag) || !take_line (&text, since))
    return false;
  if (!names_is_commit (commit) || names_check_etag (etag) || strlen (etag) >= LOCAL_ETAG_ROOM
      || !parse_time (since, &metadata->since))
    return false;
  memcpy (metadata->commit, commit, sizeof metadata->commit);
  memcpy (metadata->etag, etag, strlen (etag) + 1);
  return true;
}

/* Microseconds are what tells two floats of this size apart, so Python would print the same.  */
void
local_metadata_format (const struct local_metadata *metadata, char text[LOCAL_METADATA_ROOM])
{
  int len
      = snprintf (text, LOCAL_METADATA_ROOM, "%s\n%s\n%" PRId64 ".%06ld", metadata->commit,
                  metadata->etag, (int64_t) metadata->since.tv_sec, metadata->since.tv_nsec / 1000);
  while (text[len - 1] == '0' && text[len - 2] != '.')
    len--;
  text[len++] = '\n';
  text[len] = 0;
}

bool
local_metadata_covers (const struct local_metadata *metadata, const struct timespec *modified)
{
  time_t second = modified->tv_sec - 1;
  return second < metadata->since.tv_sec
         || (second == metadata->since.tv_sec && modified->tv_nsec <= metadata->since.tv_nsec);
}

/* ---- its file ---- */

/* 0; -1: errno, which is EBADMSG for what is no text of a metadata.  */
static int
read_file (const struct local_place *place, char bytes[LIMIT + 1])
{
  struct stat st;
  CLEANUP_CLOSE int fd = openat (place->downloads, place->metadata,
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &st) < 0)
    return -1;
  errno = EBADMSG;
  if (!S_ISREG (st.st_mode) || st.st_size > LIMIT)
    return -1;
  size_t len = 0;
  for (ssize_t got = 1; got != 0 && len < LIMIT;)
    {
      got = read (fd, bytes + len, LIMIT - len);
      if (got < 0 && errno != EINTR)
        return -1;
      len += got > 0 ? (size_t) got : 0;
    }
  bytes[len] = 0;
  return 0;
}

int
local_metadata_read (struct engine *engine, const struct local_place *place, bool keep,
                     struct local_metadata *metadata)
{
  char bytes[LIMIT + 1];
  struct stat st;
  if (place->downloads < 0)
    return HFCORE_PASS;
  if (read_file (place, bytes) < 0)
    {
      if (errno == ENOENT)
        return HFCORE_PASS;
      bytes[0] = 0;
    }
  if (!local_metadata_parse (bytes, metadata))
    {
      host_log (&engine->log, HFCORE_LOG_WARNING, "%s/%s/download/%s.metadata is damaged; %s",
                place->dir->path, LOCAL_DIR_CACHE, place->path, keep ? "passed over" : "removed");
      if (!keep)
        (void) !files_remove (place->downloads, place->metadata);
      return HFCORE_PASS;
    }
  if (!local_place_has_file (place, &st))
    return HFCORE_PASS;
  if (local_metadata_covers (metadata, &st.st_mtim))
    return HFCORE_OK;
  host_log (&engine->log, HFCORE_LOG_INFO, "%s/%s was changed since it was downloaded",
            place->dir->path, place->path);
  return HFCORE_PASS;
}

int
local_metadata_forget (struct hfcore_call *call, const struct local_place *place)
{
  return files_remove (place->downloads, place->metadata) == 0
             ? HFCORE_OK
             : local_dir_fail (call, errno, "remove the old metadata of", place->dir, place->path);
}

int
local_metadata_write (struct hfcore_call *call, const struct local_place *place, const char *commit,
                      const char *etag)
{
  struct local_metadata metadata = { 0 };
  char text[LOCAL_METADATA_ROOM];
  snprintf (metadata.commit, sizeof metadata.commit, "%s", commit);
  snprintf (metadata.etag, sizeof metadata.etag, "%s", etag);
  clock_gettime (CLOCK_REALTIME, &metadata.since);
  local_metadata_format (&metadata, text);
  /* Never into a file that is there: it may have other names, elsewhere.  */
  int code = local_metadata_forget (call, place);
  if (code != HFCORE_OK)
    return code;
  int fd = openat (place->downloads, place->metadata,
                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  bool good = fd >= 0 && files_write_all (fd, text, strlen (text)) == 0;
  int saved = errno;
  if (fd >= 0 && close (fd) < 0 && errno != EINTR && good)
    {
      good = false;
      saved = errno;
    }
  if (good)
    return HFCORE_OK;
  if (fd >= 0)
    (void) !files_remove (place->downloads, place->metadata);
  return local_dir_fail (call, saved, "write the metadata of", place->dir, place->path);
}
