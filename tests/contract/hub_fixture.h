/* SPDX-License-Identifier: Apache-2.0 */
/* hub_fixture.h: the test Hub and the repositories that the suites of transport-hub ask for.  */
#ifndef HFCORE_TESTS_HUB_FIXTURE_H
#define HFCORE_TESTS_HUB_FIXTURE_H

#include "tests/check.h"
#include "tests/contract/transport_host.h"

#define FIXTURE_TOKEN "hf_secretSECRETsecret"
#define FIXTURE_OLD   "1111111111111111111111111111111111111111"
#define FIXTURE_NEW   "2222222222222222222222222222222222222222"
#define FIXTURE_AWFUL "sub folder/to?/awful?filename%you:should,never.g\303\251ve"
#define FIXTURE_LFS   "model.safetensors"
/* Of the LFS file.  */
#define FIXTURE_LFS_SIZE 300000
#define FIXTURE_LFS_SEED 7
#define FIXTURE_MANY     2500

extern const struct hfcore_repo fixture_model, fixture_many, fixture_missing;

/* The manifest of its repositories, as a file of this case's folder.  */
const char *fixture_manifest (void);
/* Running, without faults and with an empty log.  */
struct test_hub *fixture_hub (void);
/* An instance that asks it, with further options (…, NULL). It must open.  */
void fixture_open (struct test_transport *transport, ...);
/* Byte `i` of a file of pseudo-random bytes.  */
unsigned char fixture_byte (uint64_t seed, uint64_t i);

/* A call and an instance with the good token, for the usual case.  */
struct fixture
{
  struct test_transport transport;
  struct hfcore_call call;
  struct test_hub *hub;
};
void fixture_begin (struct fixture *fixture);
void fixture_end (struct fixture *fixture);
#define CLEANUP_FIXTURE __attribute__ ((cleanup (fixture_end)))

/* resolve `path` of the model's `revision`; the call is reset before.  */
int fixture_resolve (struct fixture *fixture, const char *revision, const char *path,
                     struct hfcore_file_info *info);
/* read; `location` NULL: `path` of FIXTURE_NEW.  */
int fixture_read (struct fixture *fixture, const char *path, const char *location, uint64_t offset,
                  uint64_t length, struct test_bytes *bytes);

/* An instance whose endpoint says the given words.  */
void fixture_open_words (struct test_transport *transport, struct test_words *words);

#endif
