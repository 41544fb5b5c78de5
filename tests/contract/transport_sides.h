/* SPDX-License-Identifier: Apache-2.0 */
/* transport_sides.h: the same repositories behind every transport: a plain tree, the Hub that
 * serves it, a cache that was downloaded from there, and that cache without links and file lists.
 */
#ifndef HFCORE_TESTS_TRANSPORT_SIDES_H
#define HFCORE_TESTS_TRANSPORT_SIDES_H

#include "tests/contract/transport_host.h"

struct side
{
  const char *name;
  bool is_complete;  /* it knows all files of a commit  */
  bool tells_absent; /* … so that it says which are not among them  */
  bool is_local;
};

#define SIDES 4
extern const struct side sides[SIDES];

/* One instance more; it must open. All that they share is made at first need, and goes away when
 * the program ends.  */
void side_open (const struct side *side, struct test_transport *transport);
/* All below the folder of a side with modes, lengths and times: a new string. Reading changes none
 * of it.  */
char *side_state (const struct side *side);

/* A file of the revision "main" of the model org/model.  */
struct sample
{
  const char *path;
  const char *text; /* or `length` bytes of fixture_byte (seed, …)  */
  uint64_t length, seed;
};

#define SAMPLES 6
extern const struct sample samples[SAMPLES];
#define SAMPLE_TEXT  (&samples[0])
#define SAMPLE_EMPTY (&samples[1])
#define SAMPLE_PLAIN (&samples[2])
#define SAMPLE_LARGE (&samples[4]) /* more than is read at once  */

unsigned char sample_byte (const struct sample *sample, uint64_t at);
/* By the digest that the etag is of.  */
bool sample_has_etag (const struct sample *sample, const char *etag);

#define SIDE_MANY 1200 /* files of the model org/many: "data/f0000.txt" …  */

#endif
