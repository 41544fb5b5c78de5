/* SPDX-License-Identifier: Apache-2.0 */
/* calls.c: calls, and names for them, in pages that nobody may touch once the call has ended. No
 * page is used twice, so that who kept a pointer meets nothing else there.  */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "core/contract/run.h"
#include "core/util/cleanup.h"

/* A range of addresses without memory; what a call needs is made accessible, from its start on.  */
#define LARGEST_RANGE  (sizeof (void *) > 4 ? (size_t) 1 << 32 : (size_t) 1 << 28)
#define SMALLEST_RANGE ((size_t) 1 << 24)

static struct
{
  pthread_mutex_t mutex;
  char *start;
  size_t size;
  atomic_size_t used; /* from the start; all of it is a call's that lives or has ended  */
} range = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* Pages of one call besides its own.  */
struct block
{
  struct block *next;
  size_t size, used; /* of the whole block  */
};

struct case_call
{
  struct hfcore_call call; /* first  */
  struct contract *contract;
  struct block *blocks;
  size_t size;
};

static size_t
page_size (void)
{
  return (size_t) sysconf (_SC_PAGESIZE);
}

static int
reserve_locked (void)
{
  for (size_t size = LARGEST_RANGE; !range.start && size >= SMALLEST_RANGE; size /= 2)
    {
      void *start
          = mmap (NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (start == MAP_FAILED)
        continue;
      range.start = start;
      range.size = size;
    }
  return range.start ? 0 : -1;
}

/* At least `len` bytes of zeros; `*size`: how many.  */
static void *
get_pages (struct contract *contract, size_t len, size_t *size)
{
  const size_t page = page_size ();
  *size = (len + page - 1) / page * page;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&range.mutex);
  if (reserve_locked () < 0 || *size > range.size - range.used)
    contract_skip (contract, "there is no room for so many calls");
  char *start = range.start + range.used;
  if (mprotect (start, *size, PROT_READ | PROT_WRITE) < 0)
    contract_skip (contract, "there is no memory for another call");
  range.used += *size;
  return start;
}

static void
retire (void *start, size_t size)
{
  madvise (start, size, MADV_DONTNEED);
  mprotect (start, size, PROT_NONE);
}

bool
calls_is_retired (const void *address)
{
  const char *at = address;
  return range.start && at >= range.start && at < range.start + atomic_load (&range.used);
}

/* ---- calls ---- */

/* Of this thread: the call that it made last, or what that one had recorded when it ended.  */
static _Thread_local struct
{
  const struct hfcore_call *call;
  struct hfcore_error error;
} last;

struct hfcore_call *
contract_call (struct contract *contract)
{
  size_t size;
  struct case_call *call = get_pages (contract, sizeof *call, &size);
  call_init (&call->call, NULL);
  call->contract = contract;
  call->size = size;
  last.call = &call->call;
  return &call->call;
}

void
contract_end (struct hfcore_call *ended)
{
  struct case_call *call = (struct case_call *) ended;
  if (last.call == ended)
    last.call = NULL;
  last.error = ended->error;
  call_done (ended);
  for (struct block *block = call->blocks, *next; block; block = next)
    {
      next = block->next;
      retire (block, block->size);
    }
  retire (call, call->size);
}

const char *
contract_answer (int code)
{
  static _Thread_local char text[sizeof last.error.message + 32];
  const struct hfcore_error *error = last.call ? &last.call->error : &last.error;
  const char *name = contract_code_name (code), *why = error->message;
  if (code >= HFCORE_OK || error->code != code || !*why)
    return name;
  snprintf (text, sizeof text, "%s (%s)", name,
            contract_is_silent (why) ? "no failure was recorded" : why);
  return text;
}

/* ---- what comes with a call ---- */

/* Room for `len` bytes, aligned for anything.  */
static void *
get_room (struct hfcore_call *of, size_t len)
{
  struct case_call *call = (struct case_call *) of;
  const size_t unit = _Alignof(max_align_t),
               head = (sizeof (struct block) + unit - 1) / unit * unit;
  struct block *block = call->blocks;
  len = (len + unit - 1) / unit * unit;
  if (!block || len > block->size - block->used)
    {
      size_t size;
      block = get_pages (call->contract, head + len, &size);
      *block = (struct block){ .next = call->blocks, .size = size, .used = head };
      call->blocks = block;
    }
  char *room = (char *) block + block->used;
  block->used += len;
  return room;
}

const void *
contract_bytes (struct hfcore_call *call, const void *bytes, size_t len)
{
  void *copy = get_room (call, len ? len : 1);
  if (len)
    memcpy (copy, bytes, len);
  return copy;
}

const char *
contract_text (struct hfcore_call *call, const char *format, ...)
{
  char text[4096];
  va_list args;
  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  return contract_bytes (call, text, strlen (text) + 1);
}

const struct hfcore_repo *
contract_repo (struct hfcore_call *call, unsigned number)
{
  const struct run *run = ((struct case_call *) call)->contract->run;
  struct hfcore_repo repo
      = { .size = sizeof repo,
          .type = contract_text (call, "model"),
          .id = contract_text (call, "hfcore-check/%s-%u-%u", run->id, run->number, number) };
  return contract_bytes (call, &repo, sizeof repo);
}

const char *
contract_commit (struct hfcore_call *call, unsigned number)
{
  /* Numbers that are near make commits that are not (splitmix64).  */
  uint64_t words[3], state = number;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    {
      uint64_t mixed = state += 0x9e3779b97f4a7c15;
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
      words[i] = mixed ^ (mixed >> 31);
    }
  return contract_text (call, "%016llx%016llx%08llx", (unsigned long long) words[0],
                        (unsigned long long) words[1], (unsigned long long) (words[2] >> 32));
}
