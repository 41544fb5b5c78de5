/* SPDX-License-Identifier: Apache-2.0 */
/* transport_folder.c: a worked example of a transport: files come from a folder of this machine,
 *
 *   ROOT/models/ORG/NAME/…     ROOT/datasets/ORG/NAME/…
 *
 *   cc -shared -fPIC $(pkg-config --cflags hfcore) -o hfcore-transport-folder.so transport_folder.c
 *   hfcore plugin check ./hfcore-transport-folder.so --set root=/srv/files --repo org/name
 *
 * In the YAML:  plugin-path: [ /folder/of/the/module ]
 *               transport:
 *                 - { name: files, plugin: transport-folder, root: /srv/files }
 *
 * A transport answers three questions, each once; the engine retries, goes on to the next source,
 * checks digests and caches.
 *   resolve   which commit is this revision; what is this file: its commit, etag and length
 *   list      which files does this commit have
 *   read      the bytes of one file, from an offset on
 *
 * A commit is 40 hex digits that stand for the content, for ever. A folder has none, so this makes
 * one up out of the names, lengths and times of its files: it is another as soon as one of them is.
 * There is one revision, "main". An etag names a blob: by 40 or 64 hex digits, its git SHA-1 or its
 * SHA-256, which hfcore checks while the bytes stream; or by any other name, which it cannot check.
 * A real one is worth 40 lines here. Each question looks through the folder again; a transport for
 * large repositories remembers what it saw, as hfcore's own transport-dir does.
 *
 * Threads: nothing changes after `open`, so any number of them may ask at once: PARALLEL.  */
#define _POSIX_C_SOURCE   200809L
#define _FILE_OFFSET_BITS 64
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <hfcore/plugin.h>

enum
{
  PATH_ROOM = 4096,
  PIECE = 256 * 1024
};

struct folder
{
  const struct hfcore_host *host;
  const char *root;
};

/* What the system says about a path, as a result.  */
static int
fail (const struct folder *folder, struct hfcore_call *call, const char *doing, const char *path)
{
  int saved = errno;
  folder->host->fail (call, saved == ENOMEM ? HFCORE_E_NOMEM : HFCORE_E_IO, "cannot %s %s: %s",
                      doing, path, strerror (saved));
  folder->host->why (call, saved, 0, 0, 0);
  return folder->host->error (call)->code;
}

/* ---- SHA-1 ---- */

struct sha1
{
  uint32_t state[5];
  uint64_t length;
  unsigned char block[64];
};

static uint32_t
rotate (uint32_t x, int by)
{
  return x << by | x >> (32 - by);
}

static void
sha1_block (struct sha1 *sha1)
{
  static const uint32_t add[] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
  uint32_t w[80], s[5];
  memcpy (s, sha1->state, sizeof s);
  for (int i = 0; i < 80; i++)
    {
      const unsigned char *b = sha1->block + i % 16 * 4;
      w[i] = i < 16 ? (uint32_t) b[0] << 24 | (uint32_t) b[1] << 16 | (uint32_t) b[2] << 8 | b[3]
                    : rotate (w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
      uint32_t mix = i < 20              ? (s[1] & s[2]) | (~s[1] & s[3])
                     : i >= 40 && i < 60 ? (s[1] & s[2]) | (s[1] & s[3]) | (s[2] & s[3])
                                         : s[1] ^ s[2] ^ s[3];
      uint32_t next = rotate (s[0], 5) + mix + s[4] + add[i / 20] + w[i];
      s[4] = s[3];
      s[3] = s[2];
      s[2] = rotate (s[1], 30);
      s[1] = s[0];
      s[0] = next;
    }
  for (int i = 0; i < 5; i++)
    sha1->state[i] += s[i];
}

static void
sha1_add (struct sha1 *sha1, const void *bytes, size_t len)
{
  const unsigned char *from = bytes;
  for (; len > 0; len--)
    {
      sha1->block[sha1->length++ % 64] = *from++;
      if (sha1->length % 64 == 0)
        sha1_block (sha1);
    }
}

static struct sha1
sha1_begin (void)
{
  return (struct sha1){ .state = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } };
}

static void
sha1_end (struct sha1 *sha1, char hex[41])
{
  uint64_t bits = sha1->length * 8;
  unsigned char last[8];
  for (int i = 0; i < 8; i++)
    last[i] = (unsigned char) (bits >> (56 - 8 * i));
  sha1_add (sha1, "\x80", 1);
  while (sha1->length % 64 != 56)
    sha1_add (sha1, "", 1);
  sha1_add (sha1, last, sizeof last);
  for (int i = 0; i < 5; i++)
    snprintf (hex + i * 8, 9, "%08" PRIx32, sha1->state[i]);
}

/* ---- looking through the folder of a repository ---- */

/* One file after the other, by name; `path` is that in the repository.  */
struct look
{
  const struct folder *folder;
  struct hfcore_call *call;
  char full[PATH_ROOM]; /* of what is being looked at  */
  size_t base;          /* how much of it is the repository's folder  */
  struct sha1 commit;
  const char *wanted; /* NULL: none  */
  int found;
  uint64_t length;                   /* of the wanted one  */
  const struct hfcore_file_sink *to; /* whom to tell; or NULL  */
};

static int
look_at_file (struct look *look, const struct stat *st)
{
  const char *path = look->full + look->base + 1;
  char facts[64];
  int len = snprintf (facts, sizeof facts, "%jd %jd.%09ld", (intmax_t) st->st_size,
                      (intmax_t) st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
  sha1_add (&look->commit, path, strlen (path) + 1);
  sha1_add (&look->commit, facts, (size_t) len + 1);
  if (look->wanted && strcmp (path, look->wanted) == 0)
    {
      look->found = 1;
      look->length = (uint64_t) st->st_size;
    }
  if (!look->to)
    return HFCORE_OK;
  /* The etag is not told: to know it, the file would have to be read. `resolve` does.  */
  const struct hfcore_file_info info = { .size = sizeof info,
                                         .path = path,
                                         .length = (uint64_t) st->st_size,
                                         .lfs_length = HFCORE_SIZE_UNKNOWN };
  return look->to->file (look->to->ctx, &info);
}

/* Open what is at `path`, which begins with the root, from folder to folder: where one of them is a
 * link, or the last is, it is not there. Nothing leads out of the root; that itself may be a link.
 * Nor is anything waited for: whoever opens a pipe might for ever.  */
static int
open_below (const struct folder *folder, char *path, int flags)
{
  char *name = path + strlen (folder->root) + 1;
  int at = open (folder->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (at >= 0 && name)
    {
      char *slash = strchr (name, '/');
      int above = at;
      if (slash)
        *slash = 0;
      at = openat (above, name,
                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (slash ? O_DIRECTORY : flags));
      close (above);
      if (slash)
        *slash++ = '/';
      name = slash;
    }
  return at;
}

static int
by_name (const struct dirent **a, const struct dirent **b)
{
  return strcmp ((*a)->d_name, (*b)->d_name);
}

/* Regular files and the folders that they lie in: no links.  */
static int
look_into (struct look *look)
{
  struct dirent **entries;
  size_t len = strlen (look->full);
  int count = scandir (look->full, &entries, NULL, by_name);
  int code = count < 0 ? fail (look->folder, look->call, "read", look->full) : HFCORE_OK;
  for (int i = 0; i < count; i++)
    {
      const char *name = entries[i]->d_name;
      struct stat st;
      int fits = snprintf (look->full + len, sizeof look->full - len, "/%s", name)
                 < (int) (sizeof look->full - len);
      int is_there = fits && strcmp (name, ".") != 0 && strcmp (name, "..") != 0
                     && lstat (look->full, &st) == 0;
      /* Long work lets itself be stopped.  */
      if (code == HFCORE_OK)
        code = look->folder->host->tick (look->call, 0, 0);
      if (code == HFCORE_OK && is_there && S_ISDIR (st.st_mode))
        code = look_into (look);
      else if (code == HFCORE_OK && is_there && S_ISREG (st.st_mode))
        code = look_at_file (look, &st);
      look->full[len] = 0;
      free (entries[i]);
    }
  if (count >= 0)
    free (entries);
  return code;
}

/* `revision`: "main" or the commit. PASS: it is not here, so that the next source is asked. DOWN:
 * that is asked, too, but this one could not answer: its disk may not be mounted.  */
static int
look_through (struct look *look, const struct hfcore_repo *repo, const char *revision,
              char commit[41])
{
  int len = snprintf (look->full, sizeof look->full, "%s/%ss/%s", look->folder->root, repo->type,
                      repo->id);
  if (access (look->folder->root, R_OK | X_OK) < 0)
    return look->folder->host->fail (look->call, HFCORE_E_DOWN, "cannot look into %s: %s",
                                     look->folder->root, strerror (errno));
  int fd = len < PATH_ROOM ? open_below (look->folder, look->full, O_DIRECTORY) : -1;
  if (fd < 0)
    return HFCORE_PASS;
  close (fd);
  const struct hfcore_file_sink *to = look->to;
  look->to = NULL;
  look->base = (size_t) len;
  look->commit = sha1_begin ();
  int code = look_into (look);
  sha1_end (&look->commit, commit);
  if (code != HFCORE_OK)
    return code;
  if (strcmp (revision, "main") != 0 && strcmp (revision, commit) != 0)
    return HFCORE_PASS;
  look->to = to;
  return to ? look_into (look) : HFCORE_OK;
}

/* ---- files ---- */

static int
no_such_file (const struct folder *folder, struct hfcore_call *call, const char *path)
{
  /* Known to be absent, so no other source is asked. `why` says what it is that is missing.  */
  folder->host->fail (call, HFCORE_E_NOTFOUND, "there is no file '%s'", path);
  folder->host->why (call, 0, 0, 0, HFCORE_MISSING_FILE);
  return HFCORE_E_NOTFOUND;
}

/* Hand `length` bytes from `offset` on, piece by piece, to one of both.  */
static int
pass_bytes (const struct folder *folder, struct hfcore_call *call, char *path, uint64_t offset,
            uint64_t length, struct sha1 *sha1, const struct hfcore_sink *sink)
{
  int code = HFCORE_OK, fd = open_below (folder, path, 0);
  char *bytes = malloc (PIECE);
  struct stat st;
  if (fd < 0 || !bytes || fstat (fd, &st) < 0)
    code = fail (folder, call, "open", path);
  else if (!S_ISREG (st.st_mode))
    code = folder->host->fail (call, HFCORE_E_CONFLICT, "%s is no file any more", path);
  for (uint64_t done = 0; code == HFCORE_OK && done < length;)
    {
      size_t want = length - done < PIECE ? (size_t) (length - done) : PIECE;
      ssize_t got = pread (fd, bytes, want, (off_t) (offset + done));
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        code = fail (folder, call, "read", path);
      else if (got == 0)
        code = folder->host->fail (call, HFCORE_E_CONFLICT, "%s became shorter", path);
      else if (sha1)
        sha1_add (sha1, bytes, (size_t) got);
      else
        code = sink->data (sink->ctx, bytes, (size_t) got);
      done += got > 0 ? (uint64_t) got : 0;
      /* A sink or tick that says stop is obeyed, and its code returned as it is.  */
      if (code == HFCORE_OK)
        code = folder->host->tick (call, sha1 ? 0 : done, sha1 ? 0 : length);
    }
  free (bytes);
  if (fd >= 0)
    close (fd);
  return code;
}

/* As git names a blob: the SHA-1 of "blob LENGTH", a zero byte and the content.  */
static int
compute_etag (const struct folder *folder, struct hfcore_call *call, char *path, uint64_t length,
              char etag[41])
{
  char head[32];
  struct sha1 sha1 = sha1_begin ();
  int len = snprintf (head, sizeof head, "blob %" PRIu64, length);
  sha1_add (&sha1, head, (size_t) len + 1);
  int code = pass_bytes (folder, call, path, 0, length, &sha1, NULL);
  sha1_end (&sha1, etag);
  return code;
}

/* ---- the three questions ---- */

static int
folder_resolve (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
                const char *revision, const char *path, struct hfcore_file_info *info)
{
  const struct folder *folder = self;
  struct look look = { .folder = folder, .call = call, .wanted = path };
  char commit[41], etag[41];
  int code = look_through (&look, repo, revision, commit);
  if (code != HFCORE_OK)
    return code;
  /* Results are copied into the call. `keep` records its own failure.  */
  info->commit = folder->host->keep (call, commit, strlen (commit));
  if (!info->commit || !path)
    return info->commit ? HFCORE_OK : HFCORE_E_NOMEM;
  if (!look.found)
    return no_such_file (folder, call, path); /* in that commit  */
  snprintf (look.full + look.base, sizeof look.full - look.base, "/%s", path);
  code = compute_etag (folder, call, look.full, look.length, etag);
  if (code != HFCORE_OK)
    return code;
  info->path = folder->host->keep (call, path, strlen (path));
  info->etag = folder->host->keep (call, etag, strlen (etag));
  info->length = look.length;
  return info->path && info->etag ? HFCORE_OK : HFCORE_E_NOMEM;
}

static int
folder_read (void *self, struct hfcore_call *call, const struct hfcore_read *request,
             const struct hfcore_sink *sink)
{
  const struct folder *folder = self;
  struct look look = { .folder = folder, .call = call, .wanted = request->path };
  char commit[41];
  int code = look_through (&look, request->repo, request->commit, commit);
  if (code != HFCORE_OK)
    return code;
  if (!look.found)
    return no_such_file (folder, call, request->path);
  if (request->offset > look.length)
    return folder->host->fail (call, HFCORE_E_CONFLICT, "'%s' has only %" PRIu64 " bytes",
                               request->path, look.length);
  uint64_t length = look.length - request->offset;
  if (length > request->length)
    length = request->length;
  snprintf (look.full + look.base, sizeof look.full - look.base, "/%s", request->path);
  /* First where the bytes begin and how many the whole file has, then the bytes.  */
  code = sink->begin (sink->ctx, request->offset, look.length);
  return code ? code : pass_bytes (folder, call, look.full, request->offset, length, NULL, sink);
}

static int
folder_list (void *self, struct hfcore_call *call, const struct hfcore_repo *repo,
             const char *commit, const struct hfcore_file_sink *sink)
{
  struct look look = { .folder = self, .call = call, .to = sink };
  char now[41];
  return look_through (&look, repo, commit, now);
}

/* ---- instances and the descriptor ---- */

static int
folder_open (void **self, struct hfcore_call *call, const struct hfcore_open *open)
{
  struct folder *folder = calloc (1, sizeof *folder);
  if (!folder)
    return open->host->fail (call, HFCORE_E_NOMEM, "out of memory");
  folder->host = open->host;
  folder->root = open->host->text (open->settings, "root"); /* lives until close  */
  *self = folder;
  return HFCORE_OK;
}

static void
folder_close (void *self)
{
  free (self);
}

static const struct hfcore_option options[] = {
  { "root", HFCORE_OPTION_PATH, HFCORE_OPTION_REQUIRED, NULL, "the folder: models/ORG/NAME/..." },
  { .key = NULL },
};

static const struct hfcore_transport_ops ops = {
  .size = sizeof ops,
  .caps = HFCORE_TRANSPORT_RANGE | HFCORE_TRANSPORT_LIST | HFCORE_TRANSPORT_LOCAL,
  .open = folder_open,
  .close = folder_close,
  .resolve = folder_resolve,
  .read = folder_read,
  .list = folder_list,
};

HFCORE_PLUGIN_DEFINE (.name = "transport-folder", .version = "1",
                      .summary = "an example: files of a local folder",
                      .threads = HFCORE_THREADS_PARALLEL, .options = options, .transport = &ops);
