/* SPDX-License-Identifier: Apache-2.0 */
/* transport_contract.c: the same repositories are the same behind each of the sides
 * (transport_sides.h), and are left as they were. What every transport promises, whatever it has,
 * `hfcore plugin check` knows (tests/cli/contract_sources.sh); what is a transport's own, as HTTP
 * is, is in suites of its own.  */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/cleanup.h"
#include "core/util/clock.h"
#include "core/util/names.h"
#include "tests/check.h"
#include "tests/contract/transport_sides.h"

#define CLEANUP_BYTES __attribute__ ((cleanup (test_bytes_free)))
#define ALL           HFCORE_SIZE_UNKNOWN

static const struct hfcore_repo model
    = { .size = sizeof model, .type = "model", .id = "org/model" };
static const struct hfcore_repo many = { .size = sizeof many, .type = "model", .id = "org/many" };

/* The side that a case runs over, an instance of it, and a call.  */
static const struct side *side;
static struct test_transport it;
static struct hfcore_call call;

static void
on_each (void (*check) (void))
{
  for (int i = 0; i < SIDES; i++)
    {
      unsigned failed = CU_get_number_of_failures ();
      side = &sides[i];
      side_open (side, &it);
      call_init (&call, NULL);
      CLEANUP_FREE char *before = side_state (side);
      check ();
      call_done (&call);
      test_close (&it);
      CLEANUP_FREE char *after = side_state (side);
      CHECK_STRING (after, before);
      if (CU_get_number_of_failures () != failed)
        fprintf (stderr, "… over %s; the last error: %s\n", side->name, call.error.message);
    }
}

/* The test of a check over all sides.  */
#define EACH_SIDE(name)                                                                            \
  static void test_##name (void)                                                                   \
  {                                                                                                \
    on_each (check_##name);                                                                        \
  }

static int
resolve (const struct hfcore_repo *repo, const char *revision, const char *path,
         struct hfcore_file_info *info)
{
  call_reset (&call);
  *info = (struct hfcore_file_info){ .size = sizeof *info, .length = ALL };
  return it.ops->resolve (it.self, &call, repo, revision, path, info);
}

static struct hfcore_read
request_of (const struct sample *sample, uint64_t offset, uint64_t length)
{
  return (struct hfcore_read){ .size = sizeof (struct hfcore_read),
                               .repo = &model,
                               .commit = "main",
                               .path = sample->path,
                               .offset = offset,
                               .length = length,
                               .total = ALL };
}

static int
read_sample (const struct sample *sample, uint64_t offset, uint64_t length,
             struct test_bytes *bytes)
{
  struct hfcore_read request = request_of (sample, offset, length);
  call_reset (&call);
  return it.ops->read (it.self, &call, &request, &bytes->sink);
}

static uint64_t
length_of (const struct sample *sample)
{
  return sample->text ? strlen (sample->text) : sample->length;
}

/* Are the bytes (the first of them are kept) those of the sample from `offset` on?  */
static bool
is_part (const struct test_bytes *got, const struct sample *sample, uint64_t offset, uint64_t len)
{
  if (got->len != len)
    return false;
  for (size_t i = 0; i < len && i < (size_t) 1 << 20; i++)
    if ((unsigned char) got->bytes[i] != sample_byte (sample, offset + i))
      return false;
  return true;
}

/* ---- resolve ---- */

static void
check_revisions (void)
{
  struct hfcore_file_info info;
  char commit[41];
  CU_ASSERT_EQUAL_FATAL (resolve (&model, "main", NULL, &info), HFCORE_OK);
  CU_ASSERT_FATAL (info.commit && names_is_commit (info.commit));
  memcpy (commit, info.commit, sizeof commit);
  CU_ASSERT_EQUAL (resolve (&model, "main", NULL, &info), HFCORE_OK);
  CHECK_STRING (info.commit, commit);
  CU_ASSERT_EQUAL (resolve (&model, commit, NULL, &info), HFCORE_OK);
  CHECK_STRING (info.commit, commit);
  CU_ASSERT_EQUAL (resolve (&model, "feature/x", NULL, &info), HFCORE_OK);
  CU_ASSERT (info.commit && names_is_commit (info.commit) && strcmp (info.commit, commit) != 0);
  CU_ASSERT_EQUAL (resolve (&model, "feature/x", SAMPLE_TEXT->path, &info), HFCORE_OK);
  CU_ASSERT_EQUAL (info.length, 1);
}
EACH_SIDE (revisions)

static void
check_files (void)
{
  struct hfcore_file_info info;
  CU_ASSERT_EQUAL_FATAL (resolve (&model, "main", NULL, &info), HFCORE_OK);
  CLEANUP_FREE char *commit = strdup (info.commit);
  for (int i = 0; i < SAMPLES * 2; i++)
    {
      const struct sample *sample = &samples[i / 2];
      CU_ASSERT_EQUAL (resolve (&model, i % 2 ? commit : "main", sample->path, &info), HFCORE_OK);
      CHECK_STRING (info.commit, commit);
      CHECK_STRING (info.path, sample->path);
      CU_ASSERT_EQUAL (info.length, length_of (sample));
      CU_ASSERT (info.etag && !names_check_etag (info.etag) && sample_has_etag (sample, info.etag));
    }
}
EACH_SIDE (files)

static void
check_other_repos (void)
{
  static const char *const repos[][3] = { { "model", "solo", "4" },
                                          { "dataset", "org/model", "4" },
                                          { "space", "org/model", "5" } };
  for (size_t i = 0; i < sizeof repos / sizeof *repos; i++)
    {
      struct hfcore_repo repo = { .size = sizeof repo, .type = repos[i][0], .id = repos[i][1] };
      struct hfcore_file_info info;
      CU_ASSERT_EQUAL (resolve (&repo, "main", NULL, &info), HFCORE_OK);
      CU_ASSERT_EQUAL (resolve (&repo, "main", "f", &info), HFCORE_OK);
      CU_ASSERT_EQUAL (info.length, strtoull (repos[i][2], NULL, 10));
    }
}
EACH_SIDE (other_repos)

/* ---- what is not there ---- */

/* Who knows all files of a commit says which it does not have, and in which commit that is.  */
static void
check_missing_file (void)
{
  static const struct sample none = { .path = "no/such" };
  CLEANUP_BYTES struct test_bytes got;
  struct hfcore_file_info info;
  test_bytes_init (&got);
  CU_ASSERT_EQUAL_FATAL (resolve (&model, "main", NULL, &info), HFCORE_OK);
  CLEANUP_FREE char *commit = strdup (info.commit);
  int expected = side->tells_absent ? HFCORE_E_NOTFOUND : HFCORE_PASS;
  CU_ASSERT_EQUAL (resolve (&model, "main", none.path, &info), expected);
  if (side->tells_absent)
    {
      CU_ASSERT_EQUAL (call.error.missing, HFCORE_MISSING_FILE);
      CHECK_CONTAINS (call.error.message, none.path);
      CHECK_STRING (info.commit, commit);
    }
  CU_ASSERT_EQUAL (resolve (&model, commit, none.path, &info), expected);
  /* A folder is no file.  */
  CU_ASSERT (resolve (&model, "main", "sub folder", &info) != HFCORE_OK);
  CU_ASSERT_EQUAL (read_sample (&none, 0, ALL, &got), expected);
  CU_ASSERT_EQUAL (got.begins + got.abouts, 0);
}
EACH_SIDE (missing_file)

/* ---- read ---- */

/* A file that is another than was promised: refused, or told before any byte of it comes.  */
static void
check_other_file (void)
{
  static const char *const etags[]
      = { "0123456789012345678901234567890123456789",
          "0123456789012345678901234567890123456789012345678901234567890123" };
  for (int i = 0; i < 2; i++)
    {
      CLEANUP_BYTES struct test_bytes got;
      struct hfcore_read request = request_of (SAMPLE_PLAIN, 0, ALL);
      test_bytes_init (&got);
      request.etag = etags[i];
      call_reset (&call);
      int code = it.ops->read (it.self, &call, &request, &got.sink);
      if (code == HFCORE_OK)
        CU_ASSERT (got.about_came_first && got.info.etag && strcmp (got.info.etag, etags[i]) != 0)
      else
        {
          CU_ASSERT_EQUAL (code, HFCORE_E_CONFLICT);
          CU_ASSERT_EQUAL (got.begins + got.abouts, 0);
          CU_ASSERT (call.error.message[0] != 0);
        }
    }
}
EACH_SIDE (other_file)

/* ---- stopping ---- */

struct cancelling
{
  struct hfcore_sink sink;
  atomic_int cancel;
  int64_t cancelled_ms;
  size_t len;
};

static int
begin_nothing (void *ctx, uint64_t offset, uint64_t total)
{
  (void) ctx, (void) offset, (void) total;
  return 0;
}

/* The wish comes from elsewhere while bytes come; the sink itself would take more of them, at the
 * pace of a slow disk.  */
static int
cancel_midway (void *ctx, const void *bytes, size_t len)
{
  struct cancelling *cancelling = ctx;
  (void) bytes;
  cancelling->len += len;
  if (!atomic_load (&cancelling->cancel))
    {
      cancelling->cancelled_ms = clock_now_ms ();
      atomic_store (&cancelling->cancel, 1);
    }
  clock_sleep_ms (1 + (int64_t) (len >> 14));
  return 0;
}

static void
check_cancel (void)
{
  struct cancelling cancelling = { .sink = { .size = sizeof cancelling.sink,
                                             .ctx = &cancelling,
                                             .begin = begin_nothing,
                                             .data = cancel_midway } };
  struct hfcore_read request = request_of (SAMPLE_LARGE, 0, ALL);
  call_reset (&call);
  call.cancel = &cancelling.cancel;
  CU_ASSERT_EQUAL (it.ops->read (it.self, &call, &request, &cancelling.sink), HFCORE_E_CANCELLED);
  /* 100 ms is the promise; the rest is for slow machines.  */
  CU_ASSERT (clock_now_ms () - cancelling.cancelled_ms < 400);
  CU_ASSERT (cancelling.len < SAMPLE_LARGE->length);
  call.cancel = NULL;
}
EACH_SIDE (cancel)

/* ---- list ---- */

struct listing
{
  struct hfcore_file_sink sink;
  int count, stop_at, incompletes, wrong;
  bool met[SAMPLES];
  unsigned char met_many[SIDE_MANY];
  const char *commit;
};

static void
take_sample (struct listing *listing, const struct hfcore_file_info *info)
{
  for (int i = 0; i < SAMPLES; i++)
    if (strcmp (samples[i].path, info->path) == 0)
      {
        listing->wrong += listing->met[i]
                          || (info->length != ALL && info->length != length_of (&samples[i]))
                          || (info->etag && !sample_has_etag (&samples[i], info->etag))
                          /* Who knows all knows them well.  */
                          || (side->is_complete && (!info->etag || info->length == ALL));
        listing->met[i] = true;
        return;
      }
  listing->wrong++;
}

static int
take_file (void *ctx, const struct hfcore_file_info *info)
{
  struct listing *listing = ctx;
  int number;
  listing->count++;
  listing->wrong += info->commit && strcmp (info->commit, listing->commit) != 0;
  if (sscanf (info->path, "data/f%d.txt", &number) == 1)
    listing->wrong += number < 0 || number >= SIDE_MANY || listing->met_many[number]++;
  else
    take_sample (listing, info);
  return listing->count == listing->stop_at ? -99 : 0;
}

static int
take_incomplete (void *ctx)
{
  ((struct listing *) ctx)->incompletes++;
  return 0;
}

static int
list (const struct hfcore_repo *repo, struct listing *listing)
{
  struct hfcore_file_info info;
  CU_ASSERT_EQUAL_FATAL (resolve (repo, "main", NULL, &info), HFCORE_OK);
  CLEANUP_FREE char *commit = strdup (info.commit);
  listing->commit = commit;
  listing->sink = (struct hfcore_file_sink){
    .size = sizeof listing->sink, .ctx = listing, .file = take_file, .incomplete = take_incomplete
  };
  call_reset (&call);
  return it.ops->list (it.self, &call, repo, commit, &listing->sink);
}

static void
check_list (void)
{
  struct listing listing = { 0 };
  CU_ASSERT (it.ops->caps_now (it.self) & HFCORE_TRANSPORT_LIST);
  CU_ASSERT_EQUAL (!(it.ops->caps_now (it.self) & HFCORE_TRANSPORT_LOCAL), !side->is_local);
  CU_ASSERT_EQUAL (list (&model, &listing), HFCORE_OK);
  CU_ASSERT_EQUAL (listing.count, SAMPLES);
  CU_ASSERT_EQUAL (listing.wrong, 0);
  CU_ASSERT_EQUAL (listing.incompletes, !side->is_complete);
}
EACH_SIDE (list)

static void
check_many_files (void)
{
  struct listing listing = { 0 }, stopped = { .stop_at = 700 };
  CU_ASSERT_EQUAL (list (&many, &listing), HFCORE_OK);
  CU_ASSERT_EQUAL (listing.count, SIDE_MANY);
  CU_ASSERT_EQUAL (listing.wrong, 0);
  /* Stopped on the way.  */
  CU_ASSERT_EQUAL (list (&many, &stopped), -99);
  CU_ASSERT_EQUAL (stopped.count, 700);
  CU_ASSERT_EQUAL (call.error.code, 0);
}
EACH_SIDE (many_files)

/* ---- side by side ---- */

struct nested
{
  struct test_bytes bytes; /* first, so that its sink's context is this  */
  struct test_transport other;
  int (*data) (void *ctx, const void *bytes, size_t len);
  int code;
  bool done;
};

/* While one instance sends, another is asked in its sink.  */
static int
ask_other (void *ctx, const void *bytes, size_t len)
{
  struct nested *nested = ctx;
  if (!nested->done)
    {
      CLEANUP_BYTES struct test_bytes got;
      CLEANUP_CALL struct hfcore_call inner;
      struct hfcore_read request = request_of (SAMPLE_TEXT, 0, ALL);
      test_bytes_init (&got);
      call_init (&inner, NULL);
      nested->done = true;
      nested->code = nested->other.ops->read (nested->other.self, &inner, &request, &got.sink);
      if (!nested->code && !is_part (&got, SAMPLE_TEXT, 0, length_of (SAMPLE_TEXT)))
        nested->code = HFCORE_E_CORRUPT;
      test_close (&nested->other);
    }
  return nested->data (ctx, bytes, len);
}

static void
check_two_instances (void)
{
  struct nested nested = { .code = 1 };
  test_bytes_init (&nested.bytes);
  nested.data = nested.bytes.sink.data;
  nested.bytes.sink.data = ask_other;
  side_open (side, &nested.other);
  CU_ASSERT_EQUAL (read_sample (SAMPLE_PLAIN, 0, ALL, &nested.bytes), HFCORE_OK);
  CU_ASSERT (is_part (&nested.bytes, SAMPLE_PLAIN, 0, SAMPLE_PLAIN->length));
  CU_ASSERT_EQUAL (nested.code, HFCORE_OK);
  test_bytes_free (&nested.bytes);
}
EACH_SIDE (two_instances)

CHECK_MAIN ("contract: transport", { "revisions", test_revisions }, { "files", test_files },
            { "other_repos", test_other_repos }, { "missing_file", test_missing_file },
            { "other_file", test_other_file }, { "cancel", test_cancel }, { "list", test_list },
            { "many_files", test_many_files }, { "two_instances", test_two_instances })
