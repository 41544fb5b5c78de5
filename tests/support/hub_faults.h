/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of the test Hub: what to break, for which requests, how often.  All functions may be
   called from any thread.  */
#ifndef HUB_FAULTS_H
#define HUB_FAULTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hub_fault_kind
{
  HUB_FAULT_STATUS,
  HUB_FAULT_CUT,
  HUB_FAULT_FLIP,
  HUB_FAULT_NORANGE,
  HUB_FAULT_STALL,
  HUB_FAULT_LENGTH,
  HUB_FAULT_NOHEADER,
  HUB_FAULT_GARBAGE,
  HUB_FAULT_JSON,
  HUB_FAULT_REDIRECT,
  HUB_FAULT_REDIRECT_LOOP,
  HUB_FAULT_DELAY,
  HUB_FAULT_ETAG,
  HUB_FAULT_GZIP,
  HUB_FAULT_HEADER,
  HUB_FAULT_NEXT,
  HUB_FAULT_DROP,
  HUB_FAULT_KINDS
};

struct hub_fault
{
  enum hub_fault_kind kind;
  char *argument; /* NULL: none */
  int64_t number; /* the argument of kinds that want a number */
  char *match;    /* part of the raw URL; NULL: any */
  char *method;   /* NULL: any */
  int origin;     /* 0 hub, 1 CDN, -1 any */
  int64_t times;  /* left; negative: forever */
  int64_t after;  /* matching requests still let through */
  int64_t ms;
  int64_t code;
  char *retry_after;
  char *ratelimit;
  char *error_code;
  char *error_message;
};

struct hub_faults
{
  pthread_mutex_t mutex;
  struct hub_fault *faults;
  size_t n_faults;
};

extern const char hub_faults_help[];

/* False with an explanation in *WHY (a static text) for a bad SPEC.  */
bool hub_faults_add (struct hub_faults *faults, const char *spec, const char **why);
void hub_faults_clear (struct hub_faults *faults);
/* The next fault of that kind due for this request, counted down and copied to *FAULT, which the
   caller releases with hub_fault_free.  *CURSOR starts at 0; call again for the one after it.  */
bool hub_faults_take (struct hub_faults *faults, enum hub_fault_kind kind, const char *method,
                      const char *url, bool is_cdn, size_t *cursor, struct hub_fault *fault);
void hub_fault_free (struct hub_fault *fault);

#endif
