/* SPDX-License-Identifier: Apache-2.0 */
/* engine_fixture.c: see engine_fixture.h.  */
#include "tests/unit/engine_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include "tests/support/plugins/modules.h"
#include "tests/unit/settings_fixture.h"

struct scene scene;
const struct hfcore_repo scene_repo
    = { .size = sizeof scene_repo, .type = "model", .id = "org/name" };

static const char *
with_defaults (const char *yaml, char *text, size_t room)
{
  snprintf (text, room, "%s%s%s%s", strstr (yaml, "retries:") ? "" : "retries: 2\n",
            strstr (yaml, "retry-pause:") ? "" : "retry-pause: 1ms\n",
            strstr (yaml, "retry-pause-max:") ? "" : "retry-pause-max: 2ms\n", yaml);
  return text;
}

static void
copy_modules (void)
{
  static const char *const names[] = { "test-memory", "test-shelf", "test-source", "test-wrap" };
  char first[64];
  snprintf (first, sizeof first, "modules/hfcore-%s.so", names[0]);
  if (check_read (check_path (first)))
    return;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    modules_copy (names[i], "modules", NULL);
}

void
scene_open (const char *yaml)
{
  const struct host_log log = { .write = logbook_write, .level = HFCORE_LOG_DEBUG };
  char text[16384];
  scene_close ();
  clean_environment ();
  unsetenv ("HFCORE_PLUGIN_PATH");
  setenv ("CHECK_ROOT", check_folder (), 1);
  copy_modules ();
  struct settings *settings = load_text (with_defaults (yaml, text, sizeof text));
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  int code = engine_open (settings, check_path ("modules"), &log, &scene.engine, &error);
  CU_ASSERT_EQUAL_FATAL (code, HFCORE_OK);
  engine_call (scene.engine, &scene.call);
  events_init (&scene.events, logbook_event, NULL);
}

void
scene_close (void)
{
  logbook_clear ();
  if (!scene.engine)
    return;
  call_done (&scene.call);
  events_done (&scene.events);
  engine_close (scene.engine);
  scene.engine = NULL;
}

void
scene_again (void)
{
  logbook_clear ();
  call_reset (&scene.call);
  events_done (&scene.events);
  events_init (&scene.events, logbook_event, NULL);
}

void
scene_has (const char *name, const char *content)
{
  const char *actual = check_read (check_path (name));
  if (actual ? !content || strcmp (actual, content) != 0 : content != NULL)
    check_show (name, 0, actual, content);
  CU_ASSERT (actual ? content && strcmp (actual, content) == 0 : content == NULL);
}
