/* SPDX-License-Identifier: Apache-2.0 */
/* engine_fixture.h: an engine over scripted test plugins (tests/support/plugins/source.c, shelf.c)
 * with its log and its events in the logbook.
 *
 *   scene_open (SHELF ("") TRANSPORT SOURCE ("one", ", read: [cut 3 retry, ok]"));
 *   int code = download_file (scene.engine, &scene.call, …);
 *   CHECK_LOGGED ("[one] asked to read a.txt", 2);  */
#ifndef HFCORE_TESTS_ENGINE_FIXTURE_H
#define HFCORE_TESTS_ENGINE_FIXTURE_H

#include "core/engine/engine.h"
#include "core/engine/events.h"
#include "tests/check.h"
#include "tests/unit/logbook.h"

#define COMMIT       "1111111111111111111111111111111111111111"
#define OTHER_COMMIT "2222222222222222222222222222222222222222"
#define HELLO        "hello world"
#define HELLO_ETAG   "95d09f2b10159347eece71399a7e2e907ea3df4f"
#define HELLO_SHA256 "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
#define SECOND       "second file"
#define SECOND_ETAG  "0f8bbfe76c822d8dbf593fa63025fc74e135496f"
#define THIRD        "third"
#define THIRD_ETAG   "6cbc8780e5977a9616d6fa643ecf2e4d01a3eeee"
#define EMPTY_ETAG   "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
#define FILE_A       "a.txt " HELLO_ETAG " " HELLO
#define FILE_B       "b.txt " SECOND_ETAG " " SECOND
#define FILE_C       "sub/c.txt " THIRD_ETAG " " THIRD

/* `more` begins with a comma.  */
#define SHELF_NAMED(name, more)                                                                    \
  "  - { name: " name ", plugin: test-shelf, root: $CHECK_ROOT/" name more " }\n"
#define SHELF(more) "storage:\n" SHELF_NAMED ("shelf", more)
#define TRANSPORT   "transport:\n"
#define SOURCE_OF(name, files, more)                                                               \
  "  - { name: " name ", plugin: test-source, files: [" files "]" more " }\n"
#define SOURCE(name, more) SOURCE_OF (name, FILE_A, more)
#define NO_TRANSPORT       "transport: []\n"

/* The shelf's folder of the repository.  */
#define FOLDER "shelf/models--org--name/"

struct scene
{
  struct engine *engine;
  struct hfcore_call call;
  struct events events;
};
extern struct scene scene;
extern const struct hfcore_repo scene_repo;

/* Retries are 2, pauses 1 ms, unless `yaml` says otherwise. Closes what is open first.  */
void scene_open (const char *yaml);
void scene_close (void);
/* Ready for the next operation: call and logbook are empty.  */
void scene_again (void);
/* A file below check_folder () has exactly this content; NULL: is not there.  */
void scene_has (const char *name, const char *content);

#endif
