/* SPDX-License-Identifier: Apache-2.0 */
/* hub_fixture.c: see hub_fixture.h.  */
#include "tests/contract/hub_fixture.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

static const char manifest[]
    = "{\"repos\": ["
      "{\"id\": \"org/model\", \"commits\": ["
      " {\"hash\": \"" FIXTURE_OLD "\", \"files\": {\"config.json\": {\"text\": \"old\"}}},"
      " {\"hash\": \"" FIXTURE_NEW "\", \"files\": {"
      "  \"config.json\": {\"text\": \"{\\\"a\\\": 1}\\n\"},"
      "  \"empty.txt\": {\"text\": \"\"},"
      "  \"model.safetensors\": {\"size\": 300000, \"seed\": 7},"
      "  \"plain.dat\": {\"size\": 500000, \"seed\": 9, \"lfs\": false},"
      "  \"sub folder/to?/awful?filename%you:should,never.g\303\251ve\": {\"text\": \"awful\"}}}],"
      " \"refs\": {\"v1.0\": 0, \"feature/x\": 0, \"refs/pr/1\": 0}},"
      "{\"id\": \"org/old\", \"renamed_to\": \"org/model\"},"
      "{\"id\": \"org/private\", \"private\": true, \"commits\": [{\"files\": {\"f\": {\"text\": "
      "\"p\"}}}]},"
      "{\"id\": \"org/gated\", \"gated\": true, \"commits\": [{\"files\": {\"f\": {\"text\": "
      "\"g\"}}}]},"
      "{\"id\": \"org/disabled\", \"disabled\": true, \"commits\": [{\"files\": {\"f\": {\"text\": "
      "\"d\"}}}]},"
      "{\"type\": \"dataset\", \"id\": \"org/data\", \"commits\": [{\"files\": {\"f\": {\"text\": "
      "\"dataset\"}}}]},"
      "{\"type\": \"space\", \"id\": \"org/space\", \"commits\": [{\"files\": {\"f\": {\"text\": "
      "\"space\"}}}]},"
      "{\"id\": \"org/many\", \"commits\": [{\"hash\": \"" FIXTURE_OLD "\", \"many\": [{\"count\": "
      "2500, \"prefix\": \"data/f\", \"suffix\": \".txt\", \"size\": 10, \"seed\": 1}]}]}"
      "]}";

const struct hfcore_repo fixture_model
    = { .size = sizeof (struct hfcore_repo), .type = "model", .id = "org/model" };
const struct hfcore_repo fixture_many
    = { .size = sizeof (struct hfcore_repo), .type = "model", .id = "org/many" };
const struct hfcore_repo fixture_missing
    = { .size = sizeof (struct hfcore_repo), .type = "model", .id = "org/missing" };

static struct test_hub hub;

static void
stop_hub (void)
{
  test_hub_stop (&hub);
}

const char *
fixture_manifest (void)
{
  return check_write ("manifest.json", manifest);
}

struct test_hub *
fixture_hub (void)
{
  if (!hub.pid)
    {
      test_hub_start (&hub, fixture_manifest (), "--token", FIXTURE_TOKEN, "--cdn-rejects-auth",
                      NULL);
      atexit (stop_hub);
    }
  test_hub_clear (&hub);
  test_log_clear ();
  return &hub;
}

void
fixture_open (struct test_transport *transport, ...)
{
  const char *options[8] = { NULL };
  va_list args;
  va_start (args, transport);
  for (int i = 0; i < 7 && (options[i] = va_arg (args, const char *));)
    i++;
  va_end (args);
  test_open (transport, "transport-hub", "endpoint", hub.endpoint, options[0], options[1],
             options[2], options[3], options[4], options[5], NULL);
  CU_ASSERT_EQUAL_FATAL (transport->code, HFCORE_OK);
}

void
fixture_open_words (struct test_transport *transport, struct test_words *words)
{
  test_open (transport, "transport-hub", "endpoint", test_words_url (words), "token", FIXTURE_TOKEN,
             "etag-timeout", "5s", "download-timeout", "5s", NULL);
  CU_ASSERT_EQUAL_FATAL (transport->code, HFCORE_OK);
}

unsigned char
fixture_byte (uint64_t seed, uint64_t i)
{
  uint64_t z = seed + (i / 8 + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return (unsigned char) (z >> (i % 8 * 8));
}

void
fixture_begin (struct fixture *fixture)
{
  fixture->hub = fixture_hub ();
  fixture_open (&fixture->transport, "token", FIXTURE_TOKEN, "etag-timeout", "20s",
                "download-timeout", "20s", NULL);
  call_init (&fixture->call, NULL);
}

void
fixture_end (struct fixture *fixture)
{
  test_close (&fixture->transport);
  call_done (&fixture->call);
}

int
fixture_resolve (struct fixture *fixture, const char *revision, const char *path,
                 struct hfcore_file_info *info)
{
  call_reset (&fixture->call);
  *info = (struct hfcore_file_info){ .size = sizeof *info, .length = HFCORE_SIZE_UNKNOWN };
  return fixture->transport.ops->resolve (fixture->transport.self, &fixture->call, &fixture_model,
                                          revision, path, info);
}

int
fixture_read (struct fixture *fixture, const char *path, const char *location, uint64_t offset,
              uint64_t length, struct test_bytes *bytes)
{
  struct hfcore_read request = { .size = sizeof request,
                                 .repo = &fixture_model,
                                 .commit = FIXTURE_NEW,
                                 .path = path,
                                 .location = location,
                                 .offset = offset,
                                 .length = length };
  call_reset (&fixture->call);
  return fixture->transport.ops->read (fixture->transport.self, &fixture->call, &request,
                                       &bytes->sink);
}
