/* SPDX-License-Identifier: Apache-2.0 */
/* run.c: a run over all cases, and what each of them needs to be run.  */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "core/config/config_error.h"
#include "core/contract/run.h"
#include "core/contract/source.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/os.h"
#include "core/util/text.h"

enum
{
  TIMEOUT_MS = 20000,
  MOST_TIMEOUTS = 3, /* of an interface, then its other cases are left out  */
  NOBODY = 65534
};

struct suite
{
  const char *interface;
  int kind; /* enum guard_kind; -1: of the module, whatever it has  */
  const struct contract_case *cases;
};
static const struct suite suites[] = {
  { "module", -1, contract_module_cases },
  { "storage", GUARD_STORAGE, contract_storage_cases },
  { "storage", GUARD_STORAGE, contract_storage_name_cases },
  { "storage", GUARD_STORAGE, contract_storage_list_cases },
  { "storage", GUARD_STORAGE, contract_storage_shared_cases },
  { "storage", GUARD_STORAGE, contract_storage_proof_cases },
  { "storage", GUARD_STORAGE, contract_storage_fault_cases },
  { "transport", GUARD_TRANSPORT, contract_transport_cases },
  { "transport", GUARD_TRANSPORT, contract_transport_wrapper_cases },
  { "assets", GUARD_ASSETS, contract_assets_cases },
};
#define SUITES (sizeof suites / sizeof *suites)

int
contract_each (int (*tell) (void *ctx, const struct contract_result *result), void *ctx)
{
  for (size_t i = 0; i < SUITES; i++)
    for (const struct contract_case *one = suites[i].cases; one->name; one++)
      {
        const struct contract_result result = { .interface = suites[i].interface,
                                                .name = one->name,
                                                .verdict = CONTRACT_PASSED,
                                                .text = one->means,
                                                .rule = verdict_full_rule (one->rule) };
        int code = tell (ctx, &result);
        if (code)
          return code;
      }
  return HFCORE_OK;
}

/* ---- folders ---- */

static int
fail_errno (struct hfcore_error *error, const char *what)
{
  int os_errno = errno;
  config_fail (error, NULL, "%s: %s", what, strerror (os_errno));
  if (error)
    {
      error->code = HFCORE_E_IO;
      error->os_errno = os_errno;
    }
  return HFCORE_E_IO;
}

static int
fail_interrupted (struct hfcore_error *error)
{
  config_fail (error, NULL, "interrupted");
  return error->code = HFCORE_E_CANCELLED;
}

/* Of all users to be passed through, for cases that are run as another.  */
static int
make_folder (struct run *run, struct hfcore_error *error)
{
  const char *below = os_getenv ("TMPDIR");
  run->folder = text_format ("%s/hfcore-check.XXXXXX", below ? below : "/tmp");
  if (!run->folder)
    return config_no_memory (error);
  if (!mkdtemp (run->folder))
    {
      free (TAKE_PTR (run->folder));
      return fail_errno (error, "no temporary folder can be made (TMPDIR)");
    }
  char *real = realpath (run->folder, NULL);
  if (real)
    {
      free (run->folder);
      run->folder = real;
    }
  return chmod (run->folder, 0711) < 0 ? fail_errno (error, run->folder) : HFCORE_OK;
}

static int
open_folder (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  (void) ftw;
  if (type == FTW_D || type == FTW_DNR)
    (void) !chmod (path, st->st_mode | S_IRWXU);
  return 0;
}

/* A case may have taken rights away; each pass gets one floor further down. Root needs none, and
 * must not follow what another user may put there meanwhile.  */
static void
remove_folder (const char *path)
{
  for (int pass = 0; pass < 8 && files_remove_tree (AT_FDCWD, path) < 0; pass++)
    if (geteuid () != 0)
      nftw (path, open_folder, 16, FTW_PHYS);
}

static int
make_root (const char *path, bool for_nobody)
{
  if (mkdir (path, 0755) < 0)
    return -1;
  return for_nobody ? chown (path, NOBODY, NOBODY) : 0;
}

/* The folder of one process, and those in it that plugins with a `root` are given.  */
static int
make_case_folder (struct contract *contract)
{
  struct run *run = contract->run;
  const struct contract_case *one = contract->the_case;
  contract->folder = text_format ("%s/%u", run->folder, run->number);
  contract->root = contract->folder ? text_format ("%s/root", contract->folder) : NULL;
  CLEANUP_FREE char *below = contract->folder ? text_format ("%s/below", contract->folder) : NULL;
  if (!contract->root || !below || mkdir (contract->folder, 0711) < 0)
    return -1;
  const bool for_nobody = one && (one->flags & CONTRACT_AS_USER) && geteuid () == 0;
  return make_root (contract->root, for_nobody) < 0 || make_root (below, for_nobody) < 0 ? -1 : 0;
}

static void
remove_case_folder (struct contract *contract)
{
  if (contract->folder)
    remove_folder (contract->folder);
  free (TAKE_PTR (contract->folder));
  free (TAKE_PTR (contract->root));
}

int
run_process (struct contract *contract, void (*work) (struct contract *contract),
             struct ending *ending)
{
  struct run *run = contract->run;
  run->number++;
  int made = make_case_folder (contract);
  if (made == 0)
    made = process_run (run, work, contract, ending);
  int os_errno = errno;
  remove_case_folder (contract);
  errno = os_errno;
  return made;
}

/* ---- one case ---- */

static bool
is_wrapper (const struct facts *facts, const struct suite *suite)
{
  return suite->kind >= 0 && facts->opening[suite->kind] == OPENING_ABOVE;
}

/* Does what it keeps outlive an instance?  */
static bool
is_lasting (const struct run *run, const struct suite *suite)
{
  const struct facts *facts = run->facts;
  if (is_wrapper (facts, suite))
    return run->ask->wraps && facts->below_has_root;
  return facts->has_root;
}

static bool
is_opened (const struct facts *facts, const struct suite *suite, const struct contract_case *one)
{
  if (suite->kind >= 0)
    return facts->opening[suite->kind] != OPENING_FAILS;
  for (int kind = GUARD_STORAGE; (one->flags & MODULE_OPENED) && kind <= GUARD_ASSETS; kind++)
    if (facts->has[kind] && facts->opening[kind] == OPENING_FAILS)
      return false;
  return true;
}

/* Why the case does not apply to this plugin; NULL: it does.  */
static const char *
why_not (const struct run *run, const struct suite *suite, const struct contract_case *one)
{
  const struct facts *facts = run->facts;
  if (suite->kind >= 0 && facts->opening[suite->kind] == OPENING_REFUSED)
    return facts->refusal[suite->kind];
  if (!is_opened (facts, suite, one))
    return "it cannot be opened; see module/opens";
  if (suite->kind >= 0 && one->needs & ~facts->caps[suite->kind])
    return "it does not say that it can do that (caps)";
  if ((one->flags & CONTRACT_WRAPPER) && (!is_wrapper (facts, suite) || run->ask->wraps))
    return run->ask->wraps ? "it is only for what wraps our own reference" : "it is no wrapper";
  if ((one->flags & CONTRACT_LASTING) && !is_lasting (run, suite))
    return "nothing lasts that another instance could see (it has no option `root`)";
  if ((one->flags & CONTRACT_AS_USER) && geteuid () == 0 && instance_sets_root (run->ask))
    return "its root is not ours to be given to another user";
  if ((one->flags & CONTRACT_PARALLEL) && !facts->is_parallel)
    return "its thread model is SERIAL";
  return NULL;
}

static void
become_nobody (struct contract *contract)
{
  if (geteuid () != 0)
    return;
  gid_t none = NOBODY;
  if (setgroups (1, &none) < 0 || setresgid (NOBODY, NOBODY, NOBODY) < 0
      || setresuid (NOBODY, NOBODY, NOBODY) < 0)
    contract_skip (contract, "root cannot become another user here: %s", strerror (errno));
  prctl (PR_SET_PDEATHSIG, SIGKILL); /* another user has none  */
}

static void
work_case (struct contract *contract)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  const struct contract_case *one = contract->the_case;
  contract_expect (contract, instance_load (contract->run, &error) == HFCORE_OK,
                   "expected it to be loaded as before: %s", error.message);
  if (one->flags & CONTRACT_AS_USER)
    become_nobody (contract);
  one->run (contract);
}

static int
tell_skipped (const struct run *run, const struct suite *suite, const struct contract_case *one,
              const char *why)
{
  const struct contract_result result = {
    .interface = suite->interface, .name = one->name, .verdict = CONTRACT_SKIPPED, .text = why
  };
  return run->ask->tell (run->ask->ctx, &result);
}

/* What it has is sought by nearly every case of a transport: one tells why it cannot be found.  */
static bool
is_told_before (struct run *run, const struct contract_case *one)
{
  if (run->report->verdict != CONTRACT_FAILED || !run->facts->is_seeking)
    return false;
  const bool told = run->seeker != NULL;
  if (!told)
    run->seeker = one->name;
  return told;
}

static int
tell_report (struct run *run, const struct suite *suite, const struct contract_case *one,
             const struct ending *ending)
{
  const struct report *report = run->report;
  struct contract_result result = { .interface = suite->interface,
                                    .name = one->name,
                                    .verdict = (enum contract_verdict) report->verdict,
                                    .duration_ms = ending->duration_ms };
  if (result.verdict != CONTRACT_PASSED)
    result.text = report->text;
  if (result.verdict == CONTRACT_FAILED)
    result.rule = report->rule;
  return run->ask->tell (run->ask->ctx, &result);
}

static int
run_case (struct run *run, const struct suite *suite, const struct contract_case *one,
          unsigned *timeouts, struct hfcore_error *error)
{
  const char *why = why_not (run, suite, one);
  if (!why && *timeouts >= MOST_TIMEOUTS)
    why = "it did not come back from several others";
  if (why)
    return tell_skipped (run, suite, one, why);
  struct contract contract = { .run = run,
                               .the_case = one,
                               .rule = one->rule,
                               .kind = suite->kind < 0 ? 0 : (enum guard_kind) suite->kind };
  struct ending ending;
  run->facts->is_seeking = false;
  if (run_process (&contract, work_case, &ending) < 0)
    return fail_errno (error, "no process can be made for a case");
  if (ending.interrupted)
    return fail_interrupted (error);
  process_explain (&contract, &ending);
  *timeouts += ending.timed_out;
  if (is_told_before (run, one))
    {
      char see[128];
      snprintf (see, sizeof see, "what it has cannot be found out; see %s/%s", suite->interface,
                run->seeker);
      return tell_skipped (run, suite, one, see);
    }
  return tell_report (run, suite, one, &ending);
}

static bool
is_wanted (const struct run *run, const struct suite *suite, const struct contract_case *one)
{
  char name[256];
  if (suite->kind >= 0 && !run->facts->has[suite->kind])
    return false;
  snprintf (name, sizeof name, "%s/%s", suite->interface, one->name);
  return !run->ask->only || strstr (name, run->ask->only);
}

static bool
is_any_wanted (const struct run *run, enum guard_kind kind)
{
  for (size_t i = 0; i < SUITES; i++)
    for (const struct contract_case *one = suites[i].cases; one->name; one++)
      if (suites[i].kind == (int) kind && is_wanted (run, &suites[i], one))
        return true;
  return false;
}

static int
run_all (struct run *run, struct hfcore_error *error)
{
  int code = HFCORE_OK;
  unsigned timeouts = 0;
  for (size_t i = 0; i < SUITES && code == HFCORE_OK; i++)
    {
      if (i > 0 && strcmp (suites[i].interface, suites[i - 1].interface) != 0)
        timeouts = 0;
      for (const struct contract_case *one = suites[i].cases; one->name && code == HFCORE_OK; one++)
        if (is_wanted (run, &suites[i], one))
          code = run_case (run, &suites[i], one, &timeouts, error);
    }
  return code;
}

/* Is what was named there? Else every case would fail for a typing error.  */
static int
probe (struct run *run, struct hfcore_error *error)
{
  struct facts *facts = run->facts;
  struct contract contract = { .run = run, .kind = GUARD_TRANSPORT };
  struct ending ending;
  if (!run->ask->repo_id || facts->opening[GUARD_TRANSPORT] < OPENING_ALONE
      || !is_any_wanted (run, GUARD_TRANSPORT))
    return HFCORE_OK;
  facts->code = HFCORE_OK;
  if (run_process (&contract, source_probe, &ending) < 0)
    return fail_errno (error, "no process can be made to look at the plugin");
  if (ending.interrupted)
    return fail_interrupted (error);
  if (facts->code)
    *error = facts->error;
  return facts->code;
}

/* ---- the run ---- */

static void *
shared_memory (size_t size)
{
  void *memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

static int
begin (struct run *run, struct hfcore_error *error)
{
  run->timeout_ms = run->ask->timeout_ms ? run->ask->timeout_ms : TIMEOUT_MS;
  run->path = (struct loader_path){ .folders = (char **) run->ask->folders,
                                    .count = run->ask->folder_count };
  files_random_hex (run->id);
  /* The facts are what the subject's strings are in: they stay.  */
  run->report = shared_memory (sizeof *run->report);
  run->facts = shared_memory (sizeof *run->facts);
  if (!run->report || !run->facts)
    return config_no_memory (error);
  return make_folder (run, error);
}

static void
end (struct run *run)
{
  if (run->folder)
    remove_folder (run->folder);
  free (run->folder);
  if (run->report)
    munmap (run->report, sizeof *run->report);
}

int
contract_run (const struct contract_ask *ask, struct contract_subject *subject,
              struct hfcore_error *error)
{
  struct hfcore_error why = HFCORE_ERROR_INIT;
  struct run run = { .ask = ask };
  process_hold_signals (&run);
  int code = source_check_names (ask, &why);
  if (code == HFCORE_OK)
    code = begin (&run, &why);
  if (code == HFCORE_OK)
    code = subject_read (&run, &why);
  if (code == HFCORE_OK)
    code = probe (&run, &why);
  if (code == HFCORE_OK)
    {
      const struct facts *facts = run.facts;
      *subject = (struct contract_subject){ .name = facts->name,
                                            .version = facts->version,
                                            .summary = facts->summary,
                                            .file = facts->file };
      code = run_all (&run, &why);
      subject->lacks_source = facts->lacks_source;
    }
  end (&run);
  process_release_signals (&run);
  if (error)
    *error = why;
  return code;
}
