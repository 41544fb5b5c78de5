/* SPDX-License-Identifier: Apache-2.0 */
/* transport_sides.c: see transport_sides.h.  */
#include "tests/contract/transport_sides.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/digest.h"
#include "core/util/files.h"
#include "core/util/text.h"
#include "tests/contract/hub_fixture.h"

#define AWFUL "sub folder/to?/awful?filename%you,should,never.g\303\251ve"

const struct side sides[SIDES] = {
  { .name = "hub", .is_complete = true, .tells_absent = true },
  { .name = "tree", .is_complete = true, .tells_absent = true, .is_local = true },
  { .name = "cache", .is_complete = true, .tells_absent = true, .is_local = true },
  { .name = "copies", .is_local = true },
};

const struct sample samples[SAMPLES] = {
  { .path = "config.json", .text = "{\"a\": 1}\n" },
  { .path = "empty.txt", .text = "" },
  { .path = "plain.dat", .length = 500000, .seed = 9 },
  { .path = "model.safetensors", .length = 300000, .seed = 7 },
  { .path = "large.bin", .length = (11 << 20) + 5, .seed = 3 },
  { .path = AWFUL, .text = "awful" },
};

static struct test_hub hub;
static char base[256]; /* the folder of all of them  */
static pid_t maker;    /* who removes it  */

__attribute__ ((format (printf, 1, 2))) static _Noreturn void
die (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
  exit (99);
}

static void
run (const char *const *argv)
{
  int status = -1;
  pid_t child = fork ();
  if (child == 0)
    {
      int null = open ("/dev/null", O_WRONLY | O_CLOEXEC);
      dup2 (null, 1);
      execvp (argv[0], (char *const *) argv);
      _exit (127);
    }
  while (waitpid (child, &status, 0) < 0 && errno == EINTR)
    continue;
  if (status != 0)
    die ("%s %s … failed", argv[0], argv[1]);
}

/* ---- content ---- */

unsigned char
sample_byte (const struct sample *sample, uint64_t at)
{
  return sample->text ? (unsigned char) sample->text[at] : fixture_byte (sample->seed, at);
}

static uint64_t
sample_length (const struct sample *sample)
{
  return sample->text ? strlen (sample->text) : sample->length;
}

static char *
sample_bytes (const struct sample *sample)
{
  uint64_t length = sample_length (sample);
  char *bytes = malloc (length + 1);
  for (uint64_t i = 0; bytes && i < length; i++)
    bytes[i] = (char) sample_byte (sample, i);
  return bytes;
}

bool
sample_has_etag (const struct sample *sample, const char *etag)
{
  const char *why;
  char hex[65] = "";
  CLEANUP_FREE char *bytes = sample_bytes (sample);
  uint64_t length = sample_length (sample);
  struct digest *digest = digest_new (digest_of_etag (etag), length, &why);
  bool good = digest && digest_update (digest, bytes, length) == 0 && digest_hex (digest, hex) == 0;
  digest_free (digest);
  return good && strcmp (hex, etag) == 0;
}

static void
write_bytes (const char *bytes, uint64_t length, const char *path)
{
  CLEANUP_CLOSE int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0 || files_write_all (fd, bytes, length) < 0)
    die ("%s: %s", path, strerror (errno));
}

__attribute__ ((format (printf, 3, 4))) static void
write_file (const char *bytes, uint64_t length, const char *format, ...)
{
  char path[1024];
  va_list args;
  va_start (args, format);
  int len = snprintf (path, sizeof path, "%s/tree/", base);
  vsnprintf (path + len, sizeof path - (size_t) len, format, args);
  va_end (args);
  if (files_make_parents (AT_FDCWD, path) < 0)
    die ("%s: %s", path, strerror (errno));
  write_bytes (bytes, length, path);
}

static void
make_tree (void)
{
  for (int i = 0; i < SAMPLES; i++)
    {
      CLEANUP_FREE char *bytes = sample_bytes (&samples[i]);
      write_file (bytes, sample_length (&samples[i]), "models/org/model/main/%s", samples[i].path);
    }
  /* A branch with a slash: a folder in a folder; for the test Hub a name with %2F.  */
  write_file ("x", 1, "models/org/model/feature/x/config.json");
  write_file ("x", 1, "models/org/model/feature%%2Fx/config.json");
  for (int i = 0; i < SIDE_MANY; i++)
    write_file ("0123456789", 10, "models/org/many/main/data/f%04d.txt", i);
  write_file ("{}", 2, "models/solo/.hub.json");
  write_file ("solo", 4, "models/solo/main/f");
  write_file ("data", 4, "datasets/org/model/main/f");
  write_file ("space", 5, "spaces/org/model/main/f");
}

/* ---- the sides ---- */

static void
start_hub (void)
{
  char manifest[sizeof base + 32], tree[sizeof base + 32];
  snprintf (manifest, sizeof manifest, "%s/manifest.json", base);
  snprintf (tree, sizeof tree, "%s/tree", base);
  write_bytes ("{\"repos\": []}", 13, manifest);
  test_hub_start (&hub, manifest, "--root", tree, "--page-size", "500", NULL);
}

/* Of the person who runs the tests, nothing counts.  */
static void
set_environment (void)
{
  char config[sizeof base + 32];
  snprintf (config, sizeof config, "%s/hfcore.yaml", base);
  write_bytes ("retries: 0\n", 11, config);
  for (char **at = environ; *at;)
    {
      char name[64];
      snprintf (name, sizeof name, "%.*s", (int) strcspn (*at, "="), *at);
      if (text_starts_with (name, "HF_"))
        {
          unsetenv (name);
          at = environ;
        }
      else
        at++;
    }
  setenv ("HFCORE_CONFIG", config, 1);
  setenv ("HF_HOME", base, 1);
  setenv ("HF_ENDPOINT", hub.endpoint, 1);
}

/* Downloaded by the command itself.  */
static void
make_cache (void)
{
  static const char *const wanted[][3]
      = { { "model", "org/model", "main" },   { "model", "org/model", "feature/x" },
          { "model", "org/many", "main" },    { "model", "solo", "main" },
          { "dataset", "org/model", "main" }, { "space", "org/model", "main" } };
  const char *hfcore = getenv ("HFCORE");
  char cache[sizeof base + 32];
  snprintf (cache, sizeof cache, "%s/cache", base);
  set_environment ();
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
    {
      const char *const argv[] = { hfcore ? hfcore : "./hfcore",
                                   "download",
                                   "-q",
                                   wanted[i][1],
                                   "--repo-type",
                                   wanted[i][0],
                                   "--revision",
                                   wanted[i][2],
                                   "--cache-dir",
                                   cache,
                                   NULL };
      run (argv);
    }
}

/* As it would be where there are no links, filled by a client that keeps no file lists.  */
static void
make_copies (void)
{
  static const char *const repos[] = { "models--org--model", "models--org--many", "models--solo",
                                       "datasets--org--model", "spaces--org--model" };
  char cache[sizeof base + 32], copies[sizeof base + 32];
  snprintf (cache, sizeof cache, "%s/cache", base);
  snprintf (copies, sizeof copies, "%s/copies", base);
  run ((const char *const[]){ "cp", "-rL", cache, copies, NULL });
  for (size_t i = 0; i < sizeof repos / sizeof *repos; i++)
    {
      char trees[sizeof copies + 64], blobs[sizeof copies + 64];
      snprintf (trees, sizeof trees, "%s/%s/trees", copies, repos[i]);
      snprintf (blobs, sizeof blobs, "%s/%s/blobs", copies, repos[i]);
      run ((const char *const[]){ "rm", "-r", trees, blobs, NULL });
    }
}

static void
end (void)
{
  if (getpid () != maker)
    return;
  test_hub_stop (&hub);
  files_remove_tree (AT_FDCWD, base);
}

static void
make_all (void)
{
  const char *tmp = getenv ("TMPDIR");
  snprintf (base, sizeof base, "%s/hfcore-sides-XXXXXX", tmp && *tmp ? tmp : "/tmp");
  if (!mkdtemp (base))
    die ("%s: %s", base, strerror (errno));
  maker = getpid ();
  make_tree ();
  start_hub ();
  atexit (end);
  make_cache ();
  make_copies ();
}

void
side_open (const struct side *side, struct test_transport *transport)
{
  char folder[sizeof base + 32];
  if (!base[0])
    make_all ();
  snprintf (folder, sizeof folder, "%s/%s", base, side->name);
  if (side->is_local)
    test_open (transport, "transport-dir", "root", folder, NULL);
  else
    test_open (transport, "transport-hub", "endpoint", hub.endpoint, "etag-timeout", "20s",
               "download-timeout", "20s", NULL);
  if (transport->code != HFCORE_OK)
    die ("%s: %s", side->name, transport->error.message);
}

/* ---- what a folder looks like ---- */

static struct text *state;

static int
add_entry (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  (void) type, (void) ftw;
  text_addf (state, "%s %o %lld %lld.%09ld %lld.%09ld\n", path, (unsigned) st->st_mode,
             (long long) st->st_size, (long long) st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
             (long long) st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
  return 0;
}

char *
side_state (const struct side *side)
{
  struct text text = TEXT_LIMIT ((size_t) 16 << 20);
  char folder[sizeof base + 32];
  snprintf (folder, sizeof folder, "%s/%s", base, side->is_local ? side->name : "tree");
  state = &text;
  nftw (folder, add_entry, 16, FTW_PHYS);
  return text_take (&text);
}
