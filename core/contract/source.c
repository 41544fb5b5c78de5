/* SPDX-License-Identifier: Apache-2.0 */
/* source.c: what a transport has; see source.h and case.h. A case asks once, at its beginning, so
 * that what is kept here is written by one thread.  */
#include "core/contract/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "core/config/config_error.h"
#include "core/contract/run.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/names.h"

const struct source_sample source_samples[SOURCE_SAMPLES] = {
  { .path = "config.json", .text = "{ \"a\": 1 }\n" },
  { .path = "empty.txt", .text = "" },
  { .path = "folder/in a folder/deep.txt", .text = "deep\n" },
  { .path = "d\303\244t\303\244/\346\227\245\346\234\254 \303\261.txt", .text = "unicode\n" },
  { .path = "what?/50%25 & more#1.txt", .text = "awful\n" },
  { .path = "model.safetensors", .length = 300000, .is_lfs = true },
  { .path = "large.bin", .length = (2 << 20) + 5 },
};

enum
{
  FILES_MOST = 64,  /* of contract_source  */
  FILES_ASKED = 16, /* of them, where each question may be a long way: small ones and large ones  */
  FILES_LARGE = 4,
  MADE_AT = 1700000000 /* in seconds: the same files in every case, with the same times  */
};

/* ---- samples ---- */

const struct source_sample *
source_sample (const char *path)
{
  for (size_t i = 0; i < SOURCE_SAMPLES; i++)
    if (strcmp (source_samples[i].path, path) == 0)
      return &source_samples[i];
  return NULL;
}

uint64_t
source_length (const struct source_sample *sample)
{
  return sample->text ? strlen (sample->text) : sample->length;
}

/* Byte `at` of a sample without a text: of a mix of the number of its eight bytes.  */
static uint64_t
mixed (uint64_t seed, uint64_t number)
{
  uint64_t x = (number + 1) * 0x9e3779b97f4a7c15U + seed;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

void
source_bytes (const struct source_sample *sample, uint64_t offset, void *to, size_t len)
{
  unsigned char *bytes = to;
  if (sample->text)
    {
      if (len)
        memcpy (bytes, sample->text + offset, len);
      return;
    }
  for (size_t i = 0; i < len; i++)
    bytes[i]
        = (unsigned char) (mixed (sample->length, (offset + i) / 8) >> (8 * ((offset + i) % 8)));
}

bool
source_digest (const struct source_sample *sample, enum digest_kind kind, char hex[65])
{
  const char *why;
  unsigned char piece[4096];
  uint64_t length = source_length (sample);
  struct digest *digest = digest_new (kind, length, &why);
  bool good = digest != NULL;
  for (uint64_t at = 0; good && at < length; at += sizeof piece)
    {
      size_t len = length - at < sizeof piece ? (size_t) (length - at) : sizeof piece;
      source_bytes (sample, at, piece, len);
      good = digest_update (digest, piece, len) == 0;
    }
  good = good && digest_hex (digest, hex) == 0;
  digest_free (digest);
  return good;
}

void
source_many_path (unsigned number, char path[32])
{
  snprintf (path, 32, "data/f%04u.txt", number);
}

/* ---- a tree below the root ---- */

/* Of ours, of the plugin or of what lies below it; NULL: there is none. Lives as long as the
 * process.  */
static const char *
our_root (const struct contract *contract)
{
  static char below[PATH_MAX];
  const struct run *run = contract->run;
  if (run->facts->opening[GUARD_TRANSPORT] != OPENING_ABOVE)
    return contract_root (contract);
  if (!run->ask->wraps || !run->facts->below_has_root)
    return NULL;
  snprintf (below, sizeof below, "%s/below", contract->folder);
  return below;
}

__attribute__ ((format (printf, 4, 5))) static void
write_file (struct contract *contract, const void *bytes, size_t len, const char *format, ...)
{
  char path[PATH_MAX];
  const struct timespec times[2] = { { .tv_sec = MADE_AT }, { .tv_sec = MADE_AT } };
  va_list args;
  int used = snprintf (path, sizeof path, "%s/", our_root (contract));
  va_start (args, format);
  vsnprintf (path + used, sizeof path - (size_t) used, format, args);
  va_end (args);
  CLEANUP_CLOSE int fd = -1;
  if (files_make_parents (AT_FDCWD, path) == 0)
    fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0 || files_write_all (fd, bytes, len) < 0 || futimens (fd, times) < 0)
    contract_skip (contract, "cannot write %s: %s", path, strerror (errno));
}

static void
write_tree (struct contract *contract)
{
  for (size_t i = 0; i < SOURCE_SAMPLES; i++)
    {
      size_t len = (size_t) source_length (&source_samples[i]);
      CLEANUP_FREE char *bytes = malloc (len + 1);
      if (!bytes)
        contract_skip (contract, "out of memory");
      source_bytes (&source_samples[i], 0, bytes, len);
      write_file (contract, bytes, len, SOURCE_TYPE "s/" SOURCE_ID "/" SOURCE_REVISION "/%s",
                  source_samples[i].path);
    }
}

static void
write_many (struct contract *contract)
{
  char path[32];
  for (unsigned i = 0; i < SOURCE_MANY; i++)
    {
      source_many_path (i, path);
      write_file (contract, SOURCE_MANY_TEXT, strlen (SOURCE_MANY_TEXT),
                  SOURCE_TYPE "s/" SOURCE_MANY_ID "/" SOURCE_REVISION "/%s", path);
    }
}

/* ---- where the files are ---- */

enum place
{
  PLACE_NAMED, /* --repo says where  */
  PLACE_ROOT,  /* a root of ours  */
  PLACE_REFERENCE
};

/* Or the case ends here.  */
static enum place
find_place (struct contract *contract)
{
  const struct run *run = contract->run;
  bool is_wrapper = run->facts->opening[GUARD_TRANSPORT] == OPENING_ABOVE;
  if (run->ask->repo_id)
    return PLACE_NAMED;
  if (is_wrapper && !run->ask->wraps)
    return PLACE_REFERENCE;
  if (!our_root (contract))
    {
      run->facts->lacks_source = true;
      contract_skip (contract,
                     "it is not known what it has: name a repository with --repo (and --file)");
    }
  return PLACE_ROOT;
}

static enum place place;
static struct contract_source found;
static struct contract_file files[FILES_MOST];

bool
source_is_ours (const struct contract_source *source)
{
  return strcmp (source->id, SOURCE_ID) == 0 && place != PLACE_NAMED;
}

/* A copy that lives as long as the process.  */
static const char *
copy (struct contract *contract, const char *text)
{
  char *copied = text ? strdup (text) : NULL;
  if (text && !copied)
    contract_skip (contract, "out of memory");
  return copied;
}

/* ---- asking the transport ---- */

static struct hfcore_repo
repo_of (const struct contract_source *source)
{
  return (struct hfcore_repo){ .size = sizeof (struct hfcore_repo),
                               .type = source->type,
                               .id = source->id };
}

/* A root of ours has nothing for a plugin that has files in another order: that is no fault.  */
static void
skip_other_layout (struct contract *contract, int code)
{
  if (place != PLACE_ROOT || (code != HFCORE_PASS && code != HFCORE_E_NOTFOUND))
    return;
  contract->run->facts->lacks_source = true;
  contract_skip (contract, "it does not serve the files made for it below "
                           "ROOT/" SOURCE_TYPE "s/" SOURCE_ID "/" SOURCE_REVISION
                           "/: give --set root=… and --repo …");
}

/* Its commit, a copy.  */
static const char *
ask_commit (struct contract *contract, const struct contract_transport *transport,
            const struct hfcore_repo *repo, const char *revision)
{
  struct hfcore_call *call = contract_call (contract);
  struct hfcore_file_info info = { .size = sizeof info, .length = HFCORE_SIZE_UNKNOWN };
  int code = transport->ops->resolve (transport->self, call, repo, revision, NULL, &info);
  skip_other_layout (contract, code);
  contract_expect (contract, code == HFCORE_OK,
                   "expected resolve to find '%s' of %s '%s', it answered %s", revision, repo->type,
                   repo->id, contract_answer (code));
  contract_expect (contract, info.commit && names_is_commit (info.commit),
                   "expected resolve of '%s' to tell a commit of 40 hex digits in lower case, "
                   "it told '%s'",
                   revision, info.commit ? info.commit : "nothing");
  const char *commit = copy (contract, info.commit);
  contract_end (call);
  return commit;
}

/* What it says of one file, into the next place.  */
static void
ask_file (struct contract *contract, const struct contract_transport *transport, const char *path,
          struct contract_file *file)
{
  struct hfcore_call *call = contract_call (contract);
  struct hfcore_file_info info = { .size = sizeof info, .length = HFCORE_SIZE_UNKNOWN };
  struct hfcore_repo repo = repo_of (&found);
  int code = transport->ops->resolve (transport->self, call, &repo, found.revision, path, &info);
  skip_other_layout (contract, code);
  contract_expect (contract, code == HFCORE_OK,
                   "expected resolve to find the file '%s' in '%s' of '%s', it answered %s", path,
                   found.revision, found.id, contract_answer (code));
  contract_expect (contract, info.etag != NULL && info.length != HFCORE_SIZE_UNKNOWN,
                   "expected resolve of '%s' to tell etag and length, it told %s and %lld", path,
                   info.etag ? info.etag : "no etag", (long long) info.length);
  *file = (struct contract_file){
    .path = path, .commit = found.commit, .etag = copy (contract, info.etag), .length = info.length
  };
  contract_end (call);
}

/* ---- listing ---- */

struct listing
{
  struct contract *contract;
  const char *paths[FILES_MOST];
  uint64_t lengths[FILES_MOST];
  size_t count;
};

/* Keep the smallest ones.  */
static int
take_file (void *ctx, const struct hfcore_file_info *info)
{
  struct listing *listing = ctx;
  size_t at = listing->count;
  while (at > 0 && listing->lengths[at - 1] > info->length)
    at--;
  if (at == FILES_MOST)
    return 0;
  size_t kept = listing->count < FILES_MOST ? listing->count : FILES_MOST - 1;
  memmove (listing->paths + at + 1, listing->paths + at, (kept - at) * sizeof *listing->paths);
  memmove (listing->lengths + at + 1, listing->lengths + at,
           (kept - at) * sizeof *listing->lengths);
  listing->paths[at] = copy (listing->contract, info->path);
  listing->lengths[at] = info->length;
  listing->count = kept + 1;
  return 0;
}

static void
list_files (struct contract *contract, const struct contract_transport *transport,
            struct listing *listing)
{
  struct hfcore_call *call = contract_call (contract);
  struct hfcore_repo repo = repo_of (&found);
  const struct hfcore_file_sink sink = { .size = sizeof sink, .ctx = listing, .file = take_file };
  int code = transport->ops->list (transport->self, call, &repo, found.commit, &sink);
  contract_expect (contract, code == HFCORE_OK,
                   "expected list to tell the files of '%s' of '%s', it answered %s", found.commit,
                   found.id, contract_answer (code));
  contract_end (call);
}

static void
leave_out_some (struct listing *listing)
{
  if (listing->count <= FILES_ASKED)
    return;
  memmove (listing->paths + FILES_ASKED - FILES_LARGE,
           listing->paths + listing->count - FILES_LARGE, FILES_LARGE * sizeof *listing->paths);
  listing->count = FILES_ASKED;
}

/* The paths to ask for: what was named, what is known, or what it lists.  */
static void
find_paths (struct contract *contract, const struct contract_transport *transport,
            struct listing *listing)
{
  const char *named = contract->run->ask->file;
  if (place == PLACE_NAMED && named)
    listing->paths[listing->count++] = named;
  else if (place != PLACE_NAMED)
    for (size_t i = 0; i < SOURCE_SAMPLES; i++)
      listing->paths[listing->count++] = source_samples[i].path;
  else if (transport->caps & HFCORE_TRANSPORT_LIST)
    {
      list_files (contract, transport, listing);
      leave_out_some (listing);
    }
  else
    contract_skip (contract, "it cannot list: name a file with --file");
}

static int
by_length (const void *a, const void *b)
{
  const struct contract_file *left = a, *right = b;
  return (left->length > right->length) - (left->length < right->length);
}

static void
fill_found (struct contract *contract)
{
  const struct contract_ask *ask = contract->run->ask;
  found.type = place == PLACE_NAMED && ask->repo_type ? ask->repo_type : SOURCE_TYPE;
  found.id = place == PLACE_NAMED ? ask->repo_id : SOURCE_ID;
  found.revision = place == PLACE_NAMED && ask->revision ? ask->revision : SOURCE_REVISION;
}

static void
find_all (struct contract *contract, const struct contract_transport *transport)
{
  struct listing listing = { .contract = contract };
  place = find_place (contract);
  if (place == PLACE_ROOT)
    write_tree (contract);
  fill_found (contract);
  struct hfcore_repo repo = repo_of (&found);
  found.commit = ask_commit (contract, transport, &repo, found.revision);
  find_paths (contract, transport, &listing);
  for (size_t i = 0; i < listing.count; i++)
    ask_file (contract, transport, listing.paths[i], &files[i]);
  if (!listing.count)
    contract_skip (contract, "'%s' of '%s' has no files", found.revision, found.id);
  qsort (files, listing.count, sizeof *files, by_length);
  found.files = files;
  found.count = listing.count;
}

const struct contract_source *
contract_source (struct contract *contract, const struct contract_transport *transport)
{
  if (!found.count)
    {
      contract->run->facts->is_seeking = true;
      find_all (contract, transport);
      contract->run->facts->is_seeking = false;
    }
  else
    {
      /* A further instance has to have heard of the commit, too.  */
      struct hfcore_repo repo = repo_of (&found);
      const char *commit = ask_commit (contract, transport, &repo, found.revision);
      contract_expect (contract, strcmp (commit, found.commit) == 0,
                       "expected two instances to know '%s' as the same commit, they told %s and "
                       "%s",
                       found.revision, found.commit, commit);
    }
  return &found;
}

const char *
source_many_commit (struct contract *contract, const struct contract_transport *transport)
{
  const struct hfcore_repo repo
      = { .size = sizeof repo, .type = SOURCE_TYPE, .id = SOURCE_MANY_ID };
  place = find_place (contract);
  if (place == PLACE_NAMED)
    contract_skip (contract, "only where what it has is made for this check");
  if (place == PLACE_ROOT)
    write_many (contract);
  return ask_commit (contract, transport, &repo, SOURCE_REVISION);
}

/* ---- what was named ---- */

static int
check_name (const char *what, const char *name, const char *(*check) (const char *name),
            struct hfcore_error *error)
{
  const char *wrong = name ? check (name) : NULL;
  return wrong ? config_fail (error, NULL, "invalid %s '%s': %s", what, name, wrong) : HFCORE_OK;
}

int
source_check_names (const struct contract_ask *ask, struct hfcore_error *error)
{
  int code = check_name ("repo type", ask->repo_type, names_check_repo_type, error);
  if (code == HFCORE_OK)
    code = check_name ("repo id", ask->repo_id, names_check_repo_id, error);
  if (code == HFCORE_OK)
    code = check_name ("revision", ask->revision, names_check_revision, error);
  return code ? code : check_name ("path of a file", ask->file, names_check_file, error);
}

void
source_probe (struct contract *contract)
{
  struct run *run = contract->run;
  struct facts *facts = run->facts;
  const char *path = run->ask->file;
  struct hfcore_error error = HFCORE_ERROR_INIT;
  if (instance_load (run, &error) != HFCORE_OK)
    return;
  const struct contract_transport *transport
      = contract_open_transport (contract, CONTRACT_MAY_FAIL);
  if (transport->code != HFCORE_OK)
    return;
  place = PLACE_NAMED;
  fill_found (contract);
  struct hfcore_call *call = contract_call (contract);
  struct hfcore_file_info info = { .size = sizeof info, .length = HFCORE_SIZE_UNKNOWN };
  const struct hfcore_repo repo = repo_of (&found);
  int code = transport->ops->resolve (transport->self, call, &repo, found.revision, NULL, &info);
  const bool is_file = code == HFCORE_OK && path;
  if (is_file)
    code = transport->ops->resolve (transport->self, call, &repo, found.revision, path, &info);
  if (code != HFCORE_PASS && code != HFCORE_E_NOTFOUND)
    return;
  const char *why = code == HFCORE_PASS ? "" : call->error.message;
  facts->code
      = config_fail (&facts->error, NULL, "the plugin %s does not have %s%s%s %s at %s (%s%s%s)",
                     facts->name, is_file ? path : "", is_file ? " of " : "", found.type, found.id,
                     found.revision, contract_code_name (code), *why ? ": " : "", why);
}
