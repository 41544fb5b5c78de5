/* SPDX-License-Identifier: Apache-2.0 */
/* transport_host.h: what the contract tests of a transport share: an instance of a module, a test
 * Hub in a process of its own, a server that says word by word what it is told to, and sinks that
 * remember.  */
#ifndef HFCORE_TESTS_TRANSPORT_HOST_H
#define HFCORE_TESTS_TRANSPORT_HOST_H

#include <stdbool.h>
#include <hfcore/plugin.h>
#include "core/plugin/call.h"
#include "tests/contract/module_host.h"

/* ---- an instance ---- */

#define TEST_OPTIONS_MAX 12

/* `ops` and `self` are the guard's.  */
struct test_transport
{
  struct test_module module;
  const struct hfcore_transport_ops *ops;
  void *self;
  int code; /* what `open` returned  */
  struct hfcore_error error;
};

/* Open the plugin with these options ("key", "value", …, NULL); others have their defaults.  */
void test_open (struct test_transport *transport, const char *plugin, ...);
void test_close (struct test_transport *transport);
/* What was logged so far, "LEVEL [INSTANCE] TEXT" line by line; forgotten by test_log_clear.  */
const char *test_log (void);
void test_log_clear (void);

/* ---- the test Hub ---- */

struct test_hub
{
  int pid;
  char endpoint[64];
  char cdn[64];
};

/* Start it with a manifest and further arguments (…, NULL); ends the program when that fails.  */
void test_hub_start (struct test_hub *hub, const char *manifest, ...);
void test_hub_stop (struct test_hub *hub);
void test_hub_fault (struct test_hub *hub, const char *spec);
/* Forget faults and the request log.  */
void test_hub_clear (struct test_hub *hub);
/* The request log, once running requests have ended: a new string.  */
char *test_hub_log (struct test_hub *hub);
/* How many requests had that method ("": any) and that part in their URL.  */
int test_hub_count (struct test_hub *hub, const char *method, const char *part);

/* ---- a server that is told its words ---- */

/* Listens on 127.0.0.1. Every request, whatever it is, gets the next of `answers` (the last one for
 * ever); then the connection is closed, unless `keep_alive`. A byte \\376 in them is sent as zero.
 * The texts outlive it.  */
struct test_words;
struct test_words *test_words_start (const char *const *answers, bool keep_alive);
/* "http://127.0.0.1:PORT", valid until the stop.  */
const char *test_words_url (const struct test_words *words);
int test_words_connections (const struct test_words *words);
void test_words_stop (struct test_words *words);

/* ---- sinks ---- */

struct test_bytes
{
  struct hfcore_sink sink; /* hand this out  */
  char *bytes;             /* the first 4 MiB at most are kept; freed by test_bytes_free  */
  size_t len;
  uint64_t offset, total;
  int abouts, begins;
  bool about_came_first;
  struct hfcore_file_info info; /* its strings are the four below  */
  char commit[64], etag[256], xet_hash[80];
  int stop_about, stop_begin, stop_data; /* returned instead of 0  */
  size_t stop_after;                     /* stop_data is for when so many bytes are here  */
};

void test_bytes_init (struct test_bytes *bytes);
void test_bytes_free (struct test_bytes *bytes);

#endif
