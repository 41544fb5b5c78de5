/* SPDX-License-Identifier: Apache-2.0 */
/* transport_list.c: the cases of a transport's list.  */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/contract/transport_kit.h"
#include "core/util/names.h"

#define STOP 4711

struct listing
{
  struct hfcore_file_sink sink;
  const struct kit *kit;
  const char *commit;
  void *paths; /* a tree of those that were told  */
  size_t count, samples, agreed;
  int incompletes, deliveries_after_stop;
  size_t stop_at; /* this file, counted from 1; 0: never  */
  bool stop_at_incomplete, stopped;
};

static int
by_name (const void *a, const void *b)
{
  return strcmp (a, b);
}

/* What resolve told of the same file, if that is known.  */
static void
expect_agreement (struct listing *listing, const struct hfcore_file_info *info)
{
  const struct contract_source *source = listing->kit->source;
  for (size_t i = 0; source && i < source->count; i++)
    {
      const struct contract_file *file = &source->files[i];
      if (strcmp (file->path, info->path) != 0)
        continue;
      listing->agreed++;
      contract_expect (listing->kit->contract,
                       info->length == HFCORE_SIZE_UNKNOWN || info->length == file->length,
                       "expected list to tell the length of '%s' as resolve does, %llu, it told "
                       "%llu",
                       file->path, (unsigned long long) file->length,
                       (unsigned long long) info->length);
      contract_expect (listing->kit->contract, !info->etag || strcmp (info->etag, file->etag) == 0,
                       "expected list to tell the etag of '%s' as resolve does, %s, it told %s",
                       file->path, file->etag, info->etag ? info->etag : "none");
    }
}

static int
take_file (void *ctx, const struct hfcore_file_info *info)
{
  struct listing *listing = ctx;
  struct contract *contract = listing->kit->contract;
  listing->deliveries_after_stop += listing->stopped;
  listing->count++;
  const char *wrong = info->path ? names_check_file (info->path) : "there is none";
  contract_expect (contract, !wrong, "expected paths below the repository, list told '%s': %s",
                   info->path ? info->path : "", wrong ? wrong : "");
  contract_expect (contract, !info->commit || strcmp (info->commit, listing->commit) == 0,
                   "expected files of the commit %s, list told one of %s", listing->commit,
                   info->commit ? info->commit : "");
  char *path = strdup (info->path);
  char **kept = path ? tsearch (path, &listing->paths, by_name) : NULL;
  if (!kept)
    contract_skip (contract, "out of memory");
  contract_expect (contract, *kept == path, "expected list to tell '%s' once, it told it again",
                   info->path);
  listing->samples += source_sample (info->path) != NULL;
  expect_agreement (listing, info);
  listing->stopped = listing->stopped || listing->count == listing->stop_at;
  return listing->stopped ? STOP : 0;
}

static int
take_incomplete (void *ctx)
{
  struct listing *listing = ctx;
  listing->deliveries_after_stop += listing->stopped;
  listing->incompletes++;
  listing->stopped = listing->stopped || listing->stop_at_incomplete;
  return listing->stopped ? STOP : 0;
}

static void
listing_init (struct listing *listing, const struct kit *kit)
{
  *listing = (struct listing){ .kit = kit, .commit = kit->source ? kit->source->commit : NULL };
  listing->sink = (struct hfcore_file_sink){
    .size = sizeof listing->sink, .ctx = listing, .file = take_file, .incomplete = take_incomplete
  };
}

static void
listing_free (struct listing *listing)
{
  tdestroy (listing->paths, free);
}

/* All of it.  */
static void
list_whole (const struct kit *kit, struct listing *listing)
{
  struct hfcore_call *call = contract_call (kit->contract);
  listing_init (listing, kit);
  int code
      = kit->transport->ops->list (kit->transport->self, call, kit_repo (kit, call),
                                   contract_text (call, "%s", listing->commit), &listing->sink);
  contract_expect_code (kit->contract, call, "list", code, HFCORE_OK);
  contract_expect (kit->contract, listing->incompletes <= 1,
                   "expected list to call incomplete at most once, it called it %d times",
                   listing->incompletes);
  contract_end (call);
  kit_expect_clean (kit);
}

void
transport_list_once (struct contract *contract)
{
  struct kit kit;
  struct listing listing;
  kit_open (&kit, contract);
  list_whole (&kit, &listing);
  contract_expect (contract, listing.count >= kit.source->count,
                   "expected list to tell the %zu files that resolve finds, it told %zu",
                   kit.source->count, listing.count);
  if (source_is_ours (kit.source))
    contract_expect (
        contract, listing.samples == SOURCE_SAMPLES && listing.count == SOURCE_SAMPLES,
        "expected list to tell the %d files that were put there, it told %zu, of which "
        "%zu were among them",
        SOURCE_SAMPLES, listing.count, listing.samples);
  listing_free (&listing);
}

void
transport_list_agrees (struct contract *contract)
{
  struct kit kit;
  struct listing listing;
  kit_open (&kit, contract);
  list_whole (&kit, &listing);
  contract_expect (contract, listing.agreed == kit.source->count,
                   "expected list to tell the %zu files that resolve was asked for, it told %zu of "
                   "them",
                   kit.source->count, listing.agreed);
  listing_free (&listing);
}

void
transport_list_many (struct contract *contract)
{
  struct listing listing;
  struct kit kit = { .contract = contract, .transport = contract_open_transport (contract, 0) };
  listing_init (&listing, &kit);
  listing.commit = source_many_commit (contract, kit.transport);
  struct hfcore_call *call = contract_call (contract);
  const struct hfcore_repo repo
      = { .size = sizeof repo, .type = SOURCE_TYPE, .id = SOURCE_MANY_ID };
  int code
      = kit.transport->ops->list (kit.transport->self, call, &repo, listing.commit, &listing.sink);
  contract_expect_code (contract, call, "list", code, HFCORE_OK);
  contract_expect (contract, listing.count == SOURCE_MANY,
                   "expected list to tell the %d files that were put there, it told %zu",
                   SOURCE_MANY, listing.count);
  contract_end (call);
  listing_free (&listing);
}

/* ---- stopping ---- */

static void
expect_stopped (const struct listing *listing, const struct hfcore_call *call, int code)
{
  struct contract *contract = listing->kit->contract;
  contract_expect (contract, code == STOP,
                   "expected list to return the %d of its sink unchanged, it returned %d", STOP,
                   code);
  contract_expect (contract, !listing->deliveries_after_stop,
                   "expected nothing after the sink said stop, it was told %d things more",
                   listing->deliveries_after_stop);
  contract_expect (contract, !call->recorded,
                   "expected list to say nothing of its own when its sink stops it, it said: %s",
                   call->error.message);
}

void
transport_list_stop (struct contract *contract)
{
  struct kit kit;
  struct listing listing;
  kit_open (&kit, contract);
  list_whole (&kit, &listing);
  size_t count = listing.count;
  listing_free (&listing);
  for (size_t at = 1; at <= count; at += count > 1 ? count - 1 : 1)
    {
      struct hfcore_call *call = contract_call (contract);
      listing_init (&listing, &kit);
      listing.stop_at = at;
      int code = kit_list_bare (&kit, call, kit.source->commit, &listing.sink);
      expect_stopped (&listing, call, code);
      contract_expect (contract, listing.count == at,
                       "expected no file after the one that the sink stopped at, it told %zu more",
                       listing.count - at);
      contract_end (call);
      listing_free (&listing);
    }
}

void
transport_list_stop_incomplete (struct contract *contract)
{
  struct kit kit;
  struct listing listing;
  kit_open (&kit, contract);
  struct hfcore_call *call = contract_call (contract);
  listing_init (&listing, &kit);
  listing.stop_at_incomplete = true;
  int code = kit_list_bare (&kit, call, kit.source->commit, &listing.sink);
  if (!listing.incompletes)
    contract_skip (contract, "its lists are whole");
  expect_stopped (&listing, call, code);
  contract_end (call);
  listing_free (&listing);
}

/* ---- what is not there ---- */

void
transport_list_unknown (struct contract *contract)
{
  struct kit kit;
  kit_open (&kit, contract);
  for (int i = 0; i < 2; i++)
    {
      struct hfcore_call *call = contract_call (contract);
      struct listing listing;
      listing_init (&listing, &kit);
      const struct hfcore_repo *repo = i ? contract_repo (call, 99) : kit_repo (&kit, call);
      int code = kit.transport->ops->list (kit.transport->self, call, repo,
                                           contract_commit (call, 99), &listing.sink);
      kit_expect_missing (&kit, call, "list", code,
                          i ? HFCORE_MISSING_REPO : HFCORE_MISSING_REVISION);
      contract_expect (contract, !listing.count,
                       "expected no file of what is not there, it told %zu", listing.count);
      contract_end (call);
    }
  kit_expect_clean (&kit);
}

void
transport_list_small_sink (struct contract *contract)
{
  struct kit kit;
  struct listing listing;
  kit_open (&kit, contract);
  struct hfcore_call *call = contract_call (contract);
  listing_init (&listing, &kit);
  listing.sink.size = offsetof (struct hfcore_file_sink, incomplete);
  int code = kit_list_bare (&kit, call, kit.source->commit, &listing.sink);
  contract_expect_code (contract, call, "list", code, HFCORE_OK);
  contract_expect (contract, !listing.incompletes,
                   "expected no call of a member that lies behind the sink's size, it called "
                   "incomplete");
  contract_expect (contract, listing.count >= kit.source->count,
                   "expected list to tell the %zu files that resolve finds, it told %zu",
                   kit.source->count, listing.count);
  contract_end (call);
  listing_free (&listing);
}

void
transport_list_without (struct contract *contract)
{
  struct kit kit;
  struct listing listing;
  kit_open (&kit, contract);
  if (kit.transport->caps & HFCORE_TRANSPORT_LIST)
    contract_skip (contract, "it lists");
  struct hfcore_call *call = contract_call (contract);
  listing_init (&listing, &kit);
  int code = kit.transport->ops->list (kit.transport->self, call, kit_repo (&kit, call),
                                       kit.source->commit, &listing.sink);
  contract_expect_code (contract, call, "list", code, HFCORE_E_UNSUPPORTED);
  contract_end (call);
}
