/* SPDX-License-Identifier: Apache-2.0 */
/* strategy.h: what may go from the storages, and how it goes (spec 8.1, 15.3).
 *
 *   struct holdings *holdings;                      what is there, kept (holdings.c)
 *   struct strategy_choice choice = STRATEGY_CHOICE_INIT;
 *   struct strategy *strategy;
 *   holdings_take (engine, call, &holdings);
 *   choice.revisions = calloc (holdings->revision_count, 1);
 *   choice.revisions[…] = true;                     or strategy_target (holdings, "model/gpt2", …)
 *   strategy_make (holdings, &choice, call, &strategy);   no disk is touched: cheap, do it again
 *   … strategy->expected, strategy->freed …               for each toggle
 *   strategy_execute (strategy, engine, call, &listener, &done);
 *
 * All three objects are immutable once made. A strategy points into its holdings.
 *
 * A deletion killed at any moment leaves a cache that scans without a warning, with every other
 * revision whole: refs go before the revision that they name, a revision by one rename to where no
 * scanner looks, its blobs after it; a repository goes whole by one rename. What a killed deletion
 * left there is swept by the next writer or deletion. Nothing that is held by a lock, is being
 * downloaded, was written or linked since the holdings were taken, is removed.  */
#ifndef HFCORE_ENGINE_STRATEGY_H
#define HFCORE_ENGINE_STRATEGY_H

#include "core/config/pool.h"
#include "core/engine/inventory.h"

/* ---- what is there ---- */

/* A file of bytes of a repository, by `strategy_make` counted once. As in struct inventory_blob. */
struct holdings_blob
{
  const char *etag; /* of a BLOB, else NULL                                                       */
  const char *path;
  uint64_t size;
  int64_t accessed_ns;
  int64_t modified_ns;
  enum inventory_place place;
  uint32_t revisions; /* how many use it; 0: an orphan                                            */
  bool is_link;       /* of a BLOB: to a file elsewhere, which stays                              */
  size_t payload;     /* of one in the shared store: which, in `payloads`; else SIZE_MAX          */
  bool is_lent;       /* a link of another form than its repository's own leads to it: it stays   */
  bool is_lent_out;   /* … and that is another repository's                                       */
};

struct holdings_revision
{
  size_t index; /* of all revisions of all repositories: its place in a choice                    */
  size_t repo;  /* index in `repos`                                                               */
  const char *commit;
  const char *path;
  uint64_t size;       /* of its distinct blobs                                                   */
  uint64_t file_count;
  int64_t modified_ns; /* as Python tells it                                                      */
  int64_t accessed_ns; /* of its newest blob, or `modified_ns` when it has none                   */
  int64_t used_ns;     /* when it was last written to or marked as used; 0: not told              */
  const char *const *refs; /* sorted; none: detached                                              */
  size_t ref_count;
  const uint32_t *blobs; /* distinct indices in its repository's `blobs`, ascending               */
  size_t blob_count;
};

/* Sorted by storage, type, and id, lower case first as in Python's messages.  */
struct holdings_repo
{
  struct hfcore_repo repo;
  size_t storage;  /* the registry's index                                                        */
  bool read_only;  /* its storage may not be written: nothing of it can be chosen                 */
  bool broken;     /* Python has a warning for it: nothing of it can be chosen; it is here for what
                      it uses of the shared store                                                 */
  bool is_link;    /* its folder is a link: it may be another's by another name                   */
  const char *path;
  uint64_t size;
  uint64_t blob_count; /* that revisions use                                                      */
  int64_t accessed_ns;
  int64_t modified_ns;
  const struct holdings_revision *revisions; /* sorted by commit                                  */
  size_t revision_count;
  const struct holdings_blob *blobs; /* orphans too                                               */
  size_t all_blob_count;
};

struct holdings_partial
{
  struct hfcore_repo repo; /* `id` NULL: it lies where no repository is                           */
  size_t storage;
  bool read_only;
  bool held; /* a live process writes to it: it stays                                             */
  const char *path;
  const char *name;
  const char *etag;
  uint64_t size;
  int64_t modified_ns;
};

/* Of the store that repositories share.  */
struct holdings_payload
{
  size_t storage;
  bool read_only;
  const char *hash;
  const char *path;
  uint64_t size;
  uint32_t users;   /* blobs of all repositories that lead to it                                  */
  bool is_unused;   /* known to have none: prune takes it                                         */
  bool is_untold;   /* nothing readable says who uses it: it stays                                */
};

struct holdings
{
  struct holdings_repo *repos;
  size_t repo_count;
  size_t revision_count; /* of all repositories                                                   */
  struct holdings_partial *partials;
  size_t partial_count;
  struct holdings_payload *payloads;
  size_t payload_count;
  struct inventory_sum sum;
  int64_t taken_ns;  /* when, since 1970: what is newer is not touched                            */
  struct pool pool;  /* of all the above                                                          */
};

/* Read all storages. NOTFOUND with HFCORE_MISSING_CACHE: there is no cache. Memory grows with the
 * files.  */
int holdings_take (struct engine *engine, struct hfcore_call *call, struct holdings **holdings);
/* The same of one storage.  */
int holdings_take_from (struct engine *engine, struct hfcore_call *call, size_t storage,
                        struct holdings **holdings);
void holdings_free (struct holdings *holdings);
/* The revision of this index, and NULL.  */
const struct holdings_revision *holdings_revision_at (const struct holdings *holdings,
                                                      size_t index);

/* ---- what is chosen ---- */

enum
{
  /* Leave what Python leaves: file lists, what is known not to exist, empty folders, locks.  */
  STRATEGY_AS_PYTHON = 1,
  /* A revision that was marked as used since the holdings were taken stays.  */
  STRATEGY_IF_UNUSED = 2
};

struct strategy_choice
{
  bool *revisions; /* holdings->revision_count of them; NULL: none                                */
  bool partials;   /* all that are not held                                                       */
  bool payloads;   /* all of the shared store that are known to be unused                         */
  uint32_t flags;  /* STRATEGY_…                                                                  */
  bool orphans;    /* all blobs that no revision uses                                             */
  /* But not these; NULL: all of them. Blobs are asked about only when they are orphans, and a
   * repository with a partial that stays is not removed as a whole.  */
  bool (*keeps_blob) (void *ctx, const struct holdings_blob *blob);
  bool (*keeps_partial) (void *ctx, const struct holdings_partial *partial);
  void *ctx;
};
#define STRATEGY_CHOICE_INIT ((struct strategy_choice){ .flags = 0 })

/* Choose, or let go (`on` false), what `target` names:
 *   <commit>                 in the first repository that has it, as Python does; case does not
 *                            matter; a part of one, 4 characters or more, when it is unique
 *   <type>/<id>              all revisions of a repository, case does not matter
 *   <type>/<id>@<commit>     of that repository alone
 *   hf://<type>s/<id>, hf://<id>   the same as <type>/<id>
 * Of several storages those that may be written count.
 * Errors are recorded in the call: NOTFOUND; CONFLICT: a part of several commits, which are told;
 * READONLY: it is only where nothing may be removed; CONFIG: a hf:// target that names more or less
 * than a repository.  */
int strategy_target (const struct holdings *holdings, struct hfcore_call *call, const char *target,
                     bool on, bool *revisions);
/* Choose every revision that no ref names (spec 8.3).  */
void strategy_detached (const struct holdings *holdings, bool *revisions);

/* ---- what goes ---- */

/* Of one repository.  */
struct strategy_repo
{
  const struct holdings_repo *repo;
  bool whole; /* all of it goes: its lists below are what it has                                  */
  const struct holdings_revision *const *revisions;
  size_t revision_count;
  const struct holdings_blob *const *blobs; /* that nothing needs then: INVENTORY_BLOB ones only  */
  size_t blob_count;
  uint64_t expected; /* Python's number, without the shared store                                 */
  uint64_t freed;
};

struct strategy
{
  const struct holdings *holdings;
  uint32_t flags; /* STRATEGY_…                                                                   */
  const struct strategy_repo *repos; /* sorted as Python tells them: type, id, lower case         */
  size_t repo_count;
  const struct holdings_partial *const *partials;
  size_t partial_count;
  const struct holdings_payload *const *payloads; /* known to be unused now, that go              */
  size_t payload_count;

  size_t whole_repos;        /* that go                                                           */
  size_t revisions;          /* of all repositories                                               */
  size_t partial_revisions;  /* of repositories that stay                                         */
  size_t refs;
  size_t blobs;
  size_t held;               /* partials that stay because they are held                          */

  uint64_t expected; /* bytes: expected_freed_size of Python, of the revisions                    */
  uint64_t expected_partials; /* of the partials and payloads that go: what prune adds to it     */
  uint64_t expected_payloads;
  uint64_t freed;    /* bytes that will be there again: with orphans of whole repositories, without
                        what lies in other storages or still has other names                      */
  struct pool pool;
};

/* What the choice comes to. NOMEM; READONLY: it has revisions that may not be removed.  */
int strategy_make (const struct holdings *holdings, const struct strategy_choice *choice,
                   struct hfcore_call *call, struct strategy **strategy);
void strategy_free (struct strategy *strategy);

/* ---- and goes ---- */

enum strategy_kind
{
  STRATEGY_REPO,
  STRATEGY_SNAPSHOT,
  STRATEGY_REF,
  STRATEGY_BLOB,
  STRATEGY_PARTIAL,
  STRATEGY_PAYLOAD,
  STRATEGY_REST /* what else was of a revision or repository                                      */
};
/* "repo", "snapshot", … as Python's messages call them.  */
const char *strategy_kind_name (enum strategy_kind kind);

enum strategy_outcome
{
  STRATEGY_GONE,    /* or, dry, would go                                                          */
  STRATEGY_MISSING, /* it was not there any more                                                  */
  STRATEGY_KEPT,    /* another process needs it: it stays                                         */
  STRATEGY_FAILED   /* `error` says why; the rest goes on                                         */
};

struct strategy_event
{
  enum strategy_kind kind;
  enum strategy_outcome outcome;
  const struct holdings_repo *repo; /* NULL: of none                                              */
  const char *name;                 /* commit, ref, etag, file name; NULL of a repository         */
  const char *path;                 /* local; or NULL                                             */
  uint64_t bytes;
  const struct hfcore_error *error; /* of a failure, else NULL                                    */
  /* One line for people, of all but GONE: "Couldn't delete blob: file not found (PATH)".  */
  const char *message;
};

/* Never called by two threads at once. A non-zero return stops with HFCORE_E_CANCELLED. NULL:
 * nobody listens.  */
struct strategy_listener
{
  void *ctx;
  int (*event) (void *ctx, const struct strategy_event *event);
};

/* What was done.  */
struct strategy_done
{
  size_t repos; /* that went whole                                                                */
  size_t revisions;
  size_t partials;
  size_t payloads;
  uint64_t freed;  /* bytes of what is gone                                                       */
  uint64_t kept;   /* bytes of what would have gone and was kept or failed                        */
  size_t failures; /* things that could not be removed                                            */
  size_t kept_count;
  bool denied;     /* one of the failures was for want of permission or a read-only disk          */
};

/* Tell what would go, in the order in which it would.  */
int strategy_tell (const struct strategy *strategy, struct hfcore_call *call,
                   const struct strategy_listener *listener);
/* Remove it. What cannot be removed is told and counted, and is no failure of the whole; CANCELLED
 * and NOMEM are. `done` is filled either way. Not twice.  */
int strategy_execute (const struct strategy *strategy, struct engine *engine,
                      struct hfcore_call *call, const struct strategy_listener *listener,
                      struct strategy_done *done);

#endif
