/* SPDX-License-Identifier: Apache-2.0 */
/* transport_cases.c: the cases of a transport, and of them what is about resolve, about sources
 * that are gone, and about many at once.  */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/contract/run.h"
#include "core/contract/transport_kit.h"
#include "core/util/files.h"
#include "core/util/names.h"

#define ALL HFCORE_SIZE_UNKNOWN

/* ---- resolve ---- */

static void
revision (struct contract *contract)
{
  struct kit kit;
  struct hfcore_file_info info;
  kit_open (&kit, contract);
  const char *const names[] = { kit.source->revision, kit.source->commit };
  for (int i = 0; i < 4; i++)
    {
      struct hfcore_call *call = contract_call (contract);
      int code = kit_resolve (&kit, call, names[i % 2], NULL, &info);
      contract_expect_code (contract, call, "resolve", code, HFCORE_OK);
      contract_expect (contract, info.commit && names_is_commit (info.commit),
                       "expected resolve of '%s' to tell a commit of 40 hex digits in lower case, "
                       "it told '%s'",
                       names[i % 2], info.commit ? info.commit : "nothing");
      contract_expect (contract, strcmp (info.commit, kit.source->commit) == 0,
                       "expected resolve of '%s' to tell the commit %s as before, it told %s",
                       names[i % 2], kit.source->commit, info.commit);
      contract_end (call);
    }
  kit_expect_clean (&kit);
}

/* What is told of a file is what was told before.  */
static void
expect_same (const struct kit *kit, const struct contract_file *file,
             const struct hfcore_file_info *info)
{
  struct contract *contract = kit->contract;
  contract_expect (contract, info->commit && strcmp (info->commit, kit->source->commit) == 0,
                   "expected resolve of '%s' to tell the commit %s, it told %s", file->path,
                   kit->source->commit, info->commit ? info->commit : "none");
  contract_expect (contract, !info->path || strcmp (info->path, file->path) == 0,
                   "expected resolve to tell of '%s', it told of '%s'", file->path,
                   info->path ? info->path : "");
  contract_expect (contract, info->etag && !names_check_etag (info->etag),
                   "expected an etag for '%s' that can name a blob, it told '%s'", file->path,
                   info->etag ? info->etag : "none");
  contract_expect (contract, strcmp (info->etag, file->etag) == 0,
                   "expected the etag %s of '%s' again, it told %s", file->etag, file->path,
                   info->etag);
  contract_expect (contract, info->length == file->length,
                   "expected the length %llu of '%s' again, it told %llu",
                   (unsigned long long) file->length, file->path,
                   (unsigned long long) info->length);
}

static void
resolve_file (struct contract *contract)
{
  struct kit kit;
  struct hfcore_file_info info;
  kit_open (&kit, contract);
  for (size_t i = 0; i < kit.source->count * 2; i++)
    {
      const struct contract_file *file = &kit.source->files[i / 2];
      struct hfcore_call *call = contract_call (contract);
      int code = kit_resolve (&kit, call, i % 2 ? kit.source->commit : kit.source->revision,
                              file->path, &info);
      contract_expect_code (contract, call, "resolve", code, HFCORE_OK);
      expect_same (&kit, file, &info);
      const struct source_sample *sample = source_sample (file->path);
      contract_expect (contract,
                       !source_is_ours (kit.source) || !sample
                           || source_length (sample) == info.length,
                       "expected the length %llu of the file that was put there as '%s', it told "
                       "%llu",
                       (unsigned long long) (sample ? source_length (sample) : 0), file->path,
                       (unsigned long long) info.length);
      contract_end (call);
    }
  kit_expect_clean (&kit);
}

/* In pages of its own call only, each result is still what it was.  */
static void
results_live (struct contract *contract)
{
  struct kit kit;
  struct hfcore_file_info first, other;
  kit_open (&kit, contract);
  const struct contract_file *file = &kit.source->files[kit.source->count - 1];
  struct hfcore_call *call = contract_call (contract);
  int code = kit_resolve (&kit, call, kit.source->revision, file->path, &first);
  contract_expect_code (contract, call, "resolve", code, HFCORE_OK);
  char *location = strdup (first.location ? first.location : "");
  for (size_t i = 0; i < 40; i++)
    {
      code = kit_resolve (&kit, call, kit.source->revision,
                          kit.source->files[i % kit.source->count].path, &other);
      contract_expect_code (contract, call, "resolve", code, HFCORE_OK);
    }
  expect_same (&kit, file, &first);
  contract_expect (contract,
                   location && strcmp (first.location ? first.location : "", location) == 0,
                   "expected the location '%s' to stay as long as its call, it became '%s'",
                   location, first.location);
  free (location);
  contract_end (call);
}

/* ---- what is not there ---- */

static int
resolve_in (const struct kit *kit, struct hfcore_call *call, const struct hfcore_repo *repo,
            const char *revision, const char *path, struct hfcore_file_info *info)
{
  *info = (struct hfcore_file_info){ .size = sizeof *info, .length = ALL };
  return kit->transport->ops->resolve (kit->transport->self, call, repo, revision, path, info);
}

static void
unknown_repo (struct contract *contract)
{
  struct kit kit;
  struct hfcore_file_info info;
  kit_open (&kit, contract);
  for (int i = 0; i < 2; i++)
    {
      struct hfcore_call *call = contract_call (contract);
      int code = resolve_in (&kit, call, contract_repo (call, 99), contract_text (call, "main"),
                             i ? contract_text (call, "config.json") : NULL, &info);
      kit_expect_missing (&kit, call, "resolve", code, HFCORE_MISSING_REPO);
      contract_end (call);
    }
  kit_expect_clean (&kit);
}

static void
unknown_revision (struct contract *contract)
{
  struct kit kit;
  struct hfcore_file_info info;
  kit_open (&kit, contract);
  for (int i = 0; i < 4; i++)
    {
      struct hfcore_call *call = contract_call (contract);
      const char *name = i % 2 ? contract_commit (call, 99) : "no-such-branch";
      int code = kit_resolve (&kit, call, name, i / 2 ? kit.source->files[0].path : NULL, &info);
      kit_expect_missing (&kit, call, "resolve", code, HFCORE_MISSING_REVISION);
      contract_end (call);
    }
  kit_expect_clean (&kit);
}

static void
unknown_file (struct contract *contract)
{
  struct kit kit;
  struct hfcore_file_info info;
  kit_open (&kit, contract);
  for (int i = 0; i < 2; i++)
    {
      struct hfcore_call *call = contract_call (contract);
      int code = kit_resolve (&kit, call, i ? kit.source->commit : kit.source->revision,
                              "no/such file.txt", &info);
      kit_expect_missing (&kit, call, "resolve", code, HFCORE_MISSING_FILE);
      contract_expect (contract,
                       code != HFCORE_E_NOTFOUND || !info.commit
                           || strcmp (info.commit, kit.source->commit) == 0,
                       "expected resolve to tell the commit that lacks the file, %s, or none, it "
                       "told %s",
                       kit.source->commit, info.commit ? info.commit : "none");
      contract_end (call);
    }
  kit_expect_clean (&kit);
}

/* ---- a source that is no use now ---- */

/* Opening it, or the first question, says that it is of no use.  */
static void
expect_useless (struct contract *contract, const char *what)
{
  struct hfcore_file_info info;
  struct kit kit = { .contract = contract,
                     .transport = contract_open_transport (contract, CONTRACT_MAY_FAIL) };
  const struct hfcore_repo repo = { .size = sizeof repo, .type = SOURCE_TYPE, .id = SOURCE_ID };
  int code = kit.transport->code;
  const char *message = kit.transport->error.message;
  struct hfcore_call *call = contract_call (contract);
  if (code == HFCORE_OK)
    {
      code = resolve_in (&kit, call, &repo, SOURCE_REVISION, source_samples[0].path, &info);
      message = call->error.message;
    }
  contract_expect (contract,
                   code == HFCORE_E_DOWN || code == HFCORE_E_CONFIG || code == HFCORE_E_AUTH
                       || code == HFCORE_E_RETRY,
                   "expected open or resolve to answer DOWN, CONFIG, AUTH or RETRY while %s, it "
                   "answered %s: %s",
                   what, contract_code_name (code), message);
  contract_expect (contract, *message && !contract_is_silent (message),
                   "expected a text with %s while %s, there is none", contract_code_name (code),
                   what);
  contract_end (call);
}

/* It has a root that this check made and filled.  */
static bool
has_our_root (struct contract *contract)
{
  struct kit kit;
  if (!contract_root (contract))
    return false;
  kit_open (&kit, contract);
  contract_close ((void *) kit.transport);
  return true;
}

/* Any other place that it was given is not ours to be touched: it is told of another. That is below
 * the folder that is `root` of plugins that have one.  */
static void
lead_elsewhere (struct contract *contract)
{
  char path[PATH_MAX];
  const char *key = instance_place_option (contract->run->module);
  if (!key || contract->run->facts->opening[GUARD_TRANSPORT] == OPENING_ABOVE)
    contract_skip (contract, "it has no option that says in which folder or file its things are");
  snprintf (path, sizeof path, "%s/none", contract->root);
  instance_set_option (contract, key, path);
}

static void
root_is_gone (struct contract *contract)
{
  if (!has_our_root (contract))
    lead_elsewhere (contract);
  else if (files_remove_tree (AT_FDCWD, contract->root) < 0)
    contract_skip (contract, "cannot remove %s: %s", contract->root, strerror (errno));
  expect_useless (contract, "its root is not there");
}

static void
root_is_closed (struct contract *contract)
{
  if (!has_our_root (contract))
    lead_elsewhere (contract);
  if (chmod (contract->root, 0) < 0)
    contract_skip (contract, "cannot close %s: %s", contract->root, strerror (errno));
  if (access (contract->root, R_OK) == 0)
    contract_skip (contract, "this user may read everything");
  expect_useless (contract, "its root may not be read");
}

/* An option that says where the peer is; NULL: there is none.  */
static const char *
find_url_option (const struct contract *contract)
{
  const struct hfcore_plugin *plugin = &contract->run->module->descriptor;
  const char *row = (const char *) plugin->options;
  for (; row; row += plugin->option_size)
    {
      const struct hfcore_option *option = (const struct hfcore_option *) row;
      if (!option->key || option->type == HFCORE_OPTION_URL)
        return option->key;
    }
  return NULL;
}

/* That option leads to a port where nobody answers.  */
static void
peer_is_gone (struct contract *contract)
{
  const char *key = find_url_option (contract);
  if (!key)
    contract_skip (contract, "it has no option that is a URL");
  instance_set_option (contract, key, "http://127.0.0.1:1");
  expect_useless (contract, "nobody answers at its endpoint");
}

static void
read_something (struct contract *contract)
{
  struct kit kit;
  struct received got;
  kit_open (&kit, contract);
  received_init (&got, contract);
  const struct contract_file *file = kit_small (&kit);
  int code = kit_read (&kit, file, 0, ALL, &got);
  contract_expect (contract, code == HFCORE_OK,
                   "expected read of '%s' to need no network, it answered %s", file->path,
                   contract_answer (code));
  kit_expect_whole (&kit, file, &got);
}

static void
read_without_network (struct contract *contract)
{
  if (unshare (CLONE_NEWNET) < 0 && unshare (CLONE_NEWUSER | CLONE_NEWNET) < 0)
    _exit (77);
  read_something (contract);
}

static void
local (struct contract *contract)
{
  int status = contract_in_child (contract, read_without_network);
  if (status == 77)
    contract_skip (contract, "the network cannot be taken away from a process here");
  contract_expect (contract, status == 0,
                   "expected a read without network, its process ended with "
                   "status %d",
                   status);
}

/* ---- many at once ---- */

static void
two_instances (struct contract *contract)
{
  struct kit one, two;
  struct received got;
  kit_open (&one, contract);
  kit_open (&two, contract);
  const struct contract_file *file = kit_small (&one);
  for (int i = 0; i < 4; i++)
    {
      received_init (&got, contract);
      int code = kit_read (i % 2 ? &two : &one, file, 0, ALL, &got);
      contract_expect (contract, code == HFCORE_OK,
                       "expected each of two instances to read '%s', "
                       "one answered %s",
                       file->path, contract_answer (code));
      kit_expect_whole (&one, file, &got);
      received_free (&got);
      /* What is left of the first is nothing to the other.  */
      if (i == 2)
        contract_close ((void *) one.transport);
    }
}

enum
{
  THREADS = 8,
  ROUNDS = 6
};

struct reader
{
  pthread_t thread;
  const struct kit *kit;
  unsigned number;
};

static void *
read_often (void *ctx)
{
  const struct reader *reader = ctx;
  const struct kit *kit = reader->kit;
  for (unsigned i = 0; i < ROUNDS; i++)
    {
      struct received got;
      struct hfcore_file_info info;
      const struct contract_file *file
          = &kit->source->files[(reader->number + i) % kit->source->count];
      if (!kit_is_handy (file))
        continue;
      received_init (&got, kit->contract);
      struct hfcore_call *call = contract_call (kit->contract);
      int code = kit_resolve (kit, call, kit->source->revision, file->path, &info);
      contract_expect_code (kit->contract, call, "resolve", code, HFCORE_OK);
      expect_same (kit, file, &info);
      struct hfcore_read *request = kit_request (kit, call, file, 0, ALL);
      request->location = i % 2 ? info.location : NULL;
      request->etag = info.etag;
      code = kit->transport->ops->read (kit->transport->self, call, request, &got.sink);
      contract_expect_code (kit->contract, call, "read", code, HFCORE_OK);
      kit_expect_whole (kit, file, &got);
      contract_end (call);
      received_free (&got);
    }
  return NULL;
}

/* Half of the threads in one instance, half in another.  */
static void
many_threads (struct contract *contract)
{
  struct reader readers[THREADS];
  struct kit kits[2];
  kit_open (&kits[0], contract);
  kit_open (&kits[1], contract);
  for (unsigned i = 0; i < THREADS; i++)
    {
      readers[i] = (struct reader){ .kit = &kits[i % 2], .number = i / 2 };
      if (pthread_create (&readers[i].thread, NULL, read_often, &readers[i]) != 0)
        contract_skip (contract, "no thread can be made");
    }
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join (readers[i].thread, NULL);
  kit_expect_clean (&kits[0]);
}

/* ---- all cases ---- */

#define RULE_KEEP                                                                                  \
  "contract 4: results are copied into the call with host->keep and live until the engine ends it"
#define RULE_RESOLVE                                                                               \
  "transport, resolve: which commit is `revision`, or what is `path` in it: commit, etag, length"
#define RULE_MISSING                                                                               \
  "types.h: NOTFOUND is known to be absent, with what is missing; PASS is not here and nothing "   \
  "known"
#define RULE_DOWN "types.h: DOWN: this instance is no use now, go on to the next"
#define RULE_BEGIN                                                                                 \
  "hfcore_sink, begin: once: the offset of the first byte that the peer really sends, and the "    \
  "size"
#define RULE_ABOUT                                                                                 \
  "hfcore_sink, about: what the peer's own answer says about the file, before any byte"
#define RULE_READ "transport, read: push the bytes of one file into the sink"
#define RULE_LIST "transport, list: tell all files of a commit, page by page"
#define RULE_STOP                                                                                  \
  "contract 10: a non-zero return from a sink stops the op, which returns that code unchanged"
#define RULE_TICK                                                                                  \
  "contract 10: long work calls host->tick at least every 100 ms and stops when that is not 0"
#define RULE_SIZE    "contract 1: structs begin with their size and grow at their end only"
#define RULE_THREADS "contract 7: state that instances share is the plugin's own to lock"

const struct contract_case contract_transport_cases[] = {
  { "revision-is-a-commit",
    "a revision, and a commit, is resolved to 40 hex digits, always the same", RULE_RESOLVE, 0, 0,
    revision },
  { "resolve-file", "etag and length of a file are told, for its branch and for its commit",
    RULE_RESOLVE, 0, 0, resolve_file },
  { "results-live", "what resolve told stays until its call ends, whatever else is asked in it",
    RULE_KEEP, 0, 0, results_live },
  { "unknown-repo", "a repository that is not there is NOTFOUND, or nothing is known of it",
    RULE_MISSING, 0, 0, unknown_repo },
  { "unknown-revision", "a revision that is not there is NOTFOUND, or nothing is known of it",
    RULE_MISSING, 0, 0, unknown_revision },
  { "unknown-file", "a file that is not there is NOTFOUND, or nothing is known of it", RULE_MISSING,
    0, 0, unknown_file },
  { "root-is-gone", "a source that is not there now is DOWN, and not an absent file", RULE_DOWN, 0,
    0, root_is_gone },
  { "root-is-closed", "a source that may not be read is no absent file", RULE_DOWN, 0,
    CONTRACT_AS_USER, root_is_closed },
  { "peer-is-gone", "a peer that does not answer is no absent file", RULE_DOWN, 0, 0,
    peer_is_gone },
  { "local-needs-no-network", "what is declared LOCAL works without a network",
    "HFCORE_TRANSPORT_LOCAL: needs no network: asked in offline mode too", HFCORE_TRANSPORT_LOCAL,
    0, local },
  { "read-whole", "the bytes of a file have the length and the digest that were told", RULE_READ, 0,
    0, transport_read_whole },
  { "read-by-location", "a file is read from the location that resolve told, for the etag promised",
    "hfcore_read, location: from `resolve` of this same instance", 0, 0,
    transport_read_by_location },
  { "read-about", "what is told about a file comes before its bytes and is true", RULE_ABOUT, 0, 0,
    transport_read_about },
  { "read-empty", "an empty file begins, too", RULE_BEGIN, 0, 0, transport_read_empty },
  { "read-nothing", "a read of no bytes begins, and sends none", RULE_BEGIN, 0, 0,
    transport_read_nothing },
  { "read-range", "a part of a file is that part, and begin says where it really begins",
    RULE_BEGIN, HFCORE_TRANSPORT_RANGE, 0, transport_read_range },
  { "read-past-end", "who asks for bytes behind the end is told of another file, not sent any",
    "types.h: CONFLICT: the peer has another file", HFCORE_TRANSPORT_RANGE, 0,
    transport_read_past_end },
  { "read-unknown", "a read of what is not there begins nothing", RULE_MISSING, 0, 0,
    transport_read_unknown },
  { "read-other-file",
    "a file with another etag than expected is refused, or told before its bytes",
    "hfcore_read, etag: what the engine expects; hfcore_sink, about: what the peer says", 0, 0,
    transport_read_other_file },
  { "read-small-sink", "a sink without `about` is as good", "hfcore_sink, about: may be NULL", 0, 0,
    transport_read_small_sink },
  { "read-newer-structs", "structs of a newer host, with more at their end, change nothing",
    RULE_SIZE, 0, 0, transport_read_newer_structs },
  { "stop-at-about", "a sink that says stop in about is obeyed", RULE_STOP, 0, 0,
    transport_stop_at_about },
  { "stop-at-begin", "a sink that says stop in begin is obeyed", RULE_STOP, 0, 0,
    transport_stop_at_begin },
  { "stop-at-data", "a sink that says stop in data is obeyed, and the instance is good for more",
    RULE_STOP, 0, 0, transport_stop_at_data },
  { "cancel-before", "a call that was cancelled before it began ends soon", RULE_TICK, 0, 0,
    transport_cancel_before },
  { "cancel-while-reading", "a read that is cancelled from elsewhere ends soon", RULE_TICK, 0, 0,
    transport_cancel_read },
  { "cancel-while-listing", "a list that is cancelled from elsewhere ends soon", RULE_TICK,
    HFCORE_TRANSPORT_LIST, 0, transport_cancel_list },
  { "deadline", "a read whose time is over ends as RETRY",
    "hfcore_host, tick: HFCORE_E_RETRY is the end of the time that this op has", 0, 0,
    transport_deadline },
  { "list-each-once", "a list tells each file once, by a clean path", RULE_LIST,
    HFCORE_TRANSPORT_LIST, 0, transport_list_once },
  { "list-agrees", "a list tells of files what resolve tells", RULE_LIST, HFCORE_TRANSPORT_LIST, 0,
    transport_list_agrees },
  { "list-many", "a list of many files is whole", RULE_LIST, HFCORE_TRANSPORT_LIST, 0,
    transport_list_many },
  { "list-stop", "a sink that says stop in a list is obeyed", RULE_STOP, HFCORE_TRANSPORT_LIST, 0,
    transport_list_stop },
  { "list-stop-incomplete", "a sink that says stop when the list is incomplete is obeyed",
    RULE_STOP, HFCORE_TRANSPORT_LIST, 0, transport_list_stop_incomplete },
  { "list-unknown", "a list of what is not there tells no file", RULE_MISSING,
    HFCORE_TRANSPORT_LIST, 0, transport_list_unknown },
  { "list-small-sink", "a sink of an older host, without `incomplete`, is as good", RULE_SIZE,
    HFCORE_TRANSPORT_LIST, 0, transport_list_small_sink },
  { "list-without", "who cannot list says so", "contract 5: an op left NULL is UNSUPPORTED", 0, 0,
    transport_list_without },
  { "two-instances", "two instances work side by side, and one after the other is closed",
    "contract 3: open … close bracket an instance; one module may have many", 0, 0, two_instances },
  { "many-threads", "many threads that ask and read at once get the same", RULE_THREADS, 0, 0,
    many_threads },
  { 0 },
};
