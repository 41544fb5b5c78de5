/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of the test Hub.  */
#include "hub_faults.h"
#include "hub_util.h"

#include <stdlib.h>
#include <string.h>

const char hub_faults_help[]
    = "A fault SPEC is KIND[=ARG][,KEY=VALUE]…; a comma inside a value is written \\, .\n"
      "Kinds:\n"
      "  status=CODE      answer CODE (keys retry_after=S, ratelimit=S, error_code=, "
      "error_message=)\n"
      "  drop             close the connection without an answer\n"
      "  delay=MS         answer late\n"
      "  redirect=URL     answer 302 (key code=) with that Location\n"
      "  redirect_loop    answer 302 to the same URL (redirect_loop=relative: without the host)\n"
      "  cut=N            close the connection after N body bytes\n"
      "  flip=N           flip a bit of body byte N of the answer\n"
      "  stall=N          send N body bytes, then nothing for ms= (600000), then close\n"
      "  norange          ignore Range: 200 from the first byte\n"
      "  length=N         say N in Content-Length (X-Linked-Size of LFS files)\n"
      "  etag=VALUE       that ETag (X-Linked-Etag of LFS files); quotes are part of VALUE\n"
      "  noheader=NAME    leave out a header; header=NAME:VALUE adds one\n"
      "  gzip             gzip small files and JSON for clients that accept it, chunked\n"
      "  garbage          no JSON where JSON is due; json=FILE: that file as the JSON\n"
      "  next=URL         that URL as the next page of a file list\n"
      "Keys of all kinds: match=PART of the raw URL, method=M, origin=hub|cdn, times=N,\n"
      "after=N (let N matching answers pass first).  cut, flip, stall, norange and gzip only "
      "count\n"
      "answers that have a body (a GET with 200 or 206); garbage, json only JSON; next only "
      "lists.\n"
      "The faults may be combined.\n";

static const struct
{
  const char *name;
  bool wants_number;
  bool wants_argument;
} kinds[HUB_FAULT_KINDS] = {
  [HUB_FAULT_STATUS] = { "status", true, true },
  [HUB_FAULT_CUT] = { "cut", true, true },
  [HUB_FAULT_FLIP] = { "flip", true, true },
  [HUB_FAULT_NORANGE] = { "norange", false, false },
  [HUB_FAULT_STALL] = { "stall", true, true },
  [HUB_FAULT_LENGTH] = { "length", true, true },
  [HUB_FAULT_NOHEADER] = { "noheader", false, true },
  [HUB_FAULT_GARBAGE] = { "garbage", false, false },
  [HUB_FAULT_JSON] = { "json", false, true },
  [HUB_FAULT_REDIRECT] = { "redirect", false, true },
  [HUB_FAULT_REDIRECT_LOOP] = { "redirect_loop", false, false },
  [HUB_FAULT_DELAY] = { "delay", true, true },
  [HUB_FAULT_ETAG] = { "etag", false, true },
  [HUB_FAULT_GZIP] = { "gzip", false, false },
  [HUB_FAULT_HEADER] = { "header", false, true },
  [HUB_FAULT_NEXT] = { "next", false, true },
  [HUB_FAULT_DROP] = { "drop", false, false },
};

/* The next KEY[=VALUE] off SPEC, with \, and \\ resolved. VALUE is NULL without an equals.  */
static const char *
next_part (const char *spec, char **key, char **value)
{
  struct hub_text text = { 0 };
  hub_text_add (&text, "", 0);
  while (*spec && *spec != ',')
    {
      if (*spec == '\\' && (spec[1] == ',' || spec[1] == '\\'))
        spec++;
      hub_text_add (&text, spec++, 1);
    }
  char *equals = strchr (text.data, '=');
  *value = equals ? hub_strdup (equals + 1) : NULL;
  if (equals)
    *equals = '\0';
  *key = text.data;
  return *spec ? spec + 1 : spec;
}

static const char *
set_kind (struct hub_fault *fault, const char *key, const char *value)
{
  for (int kind = 0; kind < HUB_FAULT_KINDS; kind++)
    {
      if (strcmp (kinds[kind].name, key))
        continue;
      fault->kind = (enum hub_fault_kind) kind;
      if (kinds[kind].wants_argument && !value)
        return "this kind of fault needs =ARG";
      if (kinds[kind].wants_number && !hub_number (value, &fault->number))
        return "this kind of fault needs a number";
      fault->argument = value ? hub_strdup (value) : NULL;
      return NULL;
    }
  return "no such kind of fault";
}

static const char *
set_key (struct hub_fault *fault, const char *key, const char *value)
{
  const struct
  {
    const char *name;
    char **text;
    int64_t *number;
  } keys[] = {
    { "match", &fault->match, NULL },
    { "method", &fault->method, NULL },
    { "times", NULL, &fault->times },
    { "after", NULL, &fault->after },
    { "ms", NULL, &fault->ms },
    { "code", NULL, &fault->code },
    { "retry_after", &fault->retry_after, NULL },
    { "ratelimit", &fault->ratelimit, NULL },
    { "error_code", &fault->error_code, NULL },
    { "error_message", &fault->error_message, NULL },
  };
  if (!value)
    return "a key needs =VALUE";
  if (!strcmp (key, "origin"))
    {
      fault->origin = !strcmp (value, "cdn");
      return fault->origin || !strcmp (value, "hub") ? NULL : "origin is hub or cdn";
    }
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    {
      if (strcmp (keys[i].name, key))
        continue;
      if (keys[i].number)
        return hub_number (value, keys[i].number) ? NULL : "this key needs a number";
      free (*keys[i].text);
      *keys[i].text = hub_strdup (value);
      return NULL;
    }
  return "no such key";
}

bool
hub_faults_add (struct hub_faults *faults, const char *spec, const char **why)
{
  struct hub_fault fault = { .origin = -1, .times = -1, .ms = 600000, .code = 302 };
  HUB_AUTOFREE char *copy = hub_strdup (spec);
  size_t length = strlen (copy);
  while (length && (copy[length - 1] == '\n' || copy[length - 1] == '\r'))
    copy[--length] = '\0';
  *why = NULL;
  const char *rest = copy;
  for (bool first = true; !*why && (first || *rest); first = false)
    {
      HUB_AUTOFREE char *key = NULL;
      HUB_AUTOFREE char *value = NULL;
      rest = next_part (rest, &key, &value);
      *why = first ? set_kind (&fault, key, value) : set_key (&fault, key, value);
    }
  if (*why)
    {
      hub_fault_free (&fault);
      return false;
    }
  pthread_mutex_lock (&faults->mutex);
  faults->faults = hub_grow (faults->faults, faults->n_faults + 1, sizeof *faults->faults);
  faults->faults[faults->n_faults++] = fault;
  pthread_mutex_unlock (&faults->mutex);
  return true;
}

void
hub_faults_clear (struct hub_faults *faults)
{
  pthread_mutex_lock (&faults->mutex);
  for (size_t i = 0; i < faults->n_faults; i++)
    hub_fault_free (&faults->faults[i]);
  free (faults->faults);
  faults->faults = NULL;
  faults->n_faults = 0;
  pthread_mutex_unlock (&faults->mutex);
}

static bool
applies (const struct hub_fault *fault, enum hub_fault_kind kind, const char *method,
         const char *url, bool is_cdn)
{
  return fault->kind == kind && fault->times != 0
         && (fault->origin < 0 || fault->origin == (int) is_cdn)
         && (!fault->method || !strcmp (fault->method, method))
         && (!fault->match || strstr (url, fault->match));
}

static char *
copy_or_null (const char *text)
{
  return text ? hub_strdup (text) : NULL;
}

bool
hub_faults_take (struct hub_faults *faults, enum hub_fault_kind kind, const char *method,
                 const char *url, bool is_cdn, size_t *cursor, struct hub_fault *fault)
{
  bool taken = false;
  pthread_mutex_lock (&faults->mutex);
  while (*cursor < faults->n_faults && !taken)
    {
      struct hub_fault *candidate = &faults->faults[(*cursor)++];
      if (!applies (candidate, kind, method, url, is_cdn))
        continue;
      if (candidate->after > 0)
        {
          candidate->after--;
          continue;
        }
      if (candidate->times > 0)
        candidate->times--;
      *fault = *candidate;
      fault->argument = copy_or_null (candidate->argument);
      fault->match = copy_or_null (candidate->match);
      fault->method = copy_or_null (candidate->method);
      fault->retry_after = copy_or_null (candidate->retry_after);
      fault->ratelimit = copy_or_null (candidate->ratelimit);
      fault->error_code = copy_or_null (candidate->error_code);
      fault->error_message = copy_or_null (candidate->error_message);
      taken = true;
    }
  pthread_mutex_unlock (&faults->mutex);
  return taken;
}

void
hub_fault_free (struct hub_fault *fault)
{
  free (fault->argument);
  free (fault->match);
  free (fault->method);
  free (fault->retry_after);
  free (fault->ratelimit);
  free (fault->error_code);
  free (fault->error_message);
  *fault = (struct hub_fault){ .times = 0 };
}
