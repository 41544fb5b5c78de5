/* SPDX-License-Identifier: Apache-2.0 */
/* plugins.c: which plugins there are, what one of them takes, and what the storages can do.
 *
 *   cc plugins.c $(pkg-config --cflags --libs hfcore) -o plugins
 *   ./plugins [NAME]  */
#include <stdio.h>
#include <hfcore/hfcore.h>
#include <hfcore/plugin.h> /* for what the descriptor of a plugin says  */

static int
print_folder (void *ctx, const char *path)
{
  (void) ctx;
  printf ("looked for in %s\n", path);
  return 0;
}

static int
print_plugin (void *ctx, const struct hfcore_plugin_info *info)
{
  (void) ctx;
  printf ("%s: %s\n", info->name, info->problem ? info->problem : info->descriptor->summary);
  return 0;
}

static int
print_storage (void *ctx, const struct hfcore_storage_info *info)
{
  (void) ctx;
  printf ("storage %s (%s)%s\n", info->name, info->plugin, info->written ? ", written" : "");
  if (info->problem)
    printf ("  %s\n", info->problem);
  for (size_t i = 0; i < info->fact_count; i++)
    printf ("  %s: %s\n", info->keys[i], info->values[i]);
  return 0;
}

/* The options stand in a table that ends with a key that is NULL. Its rows may be longer than those
 * that we know: `option_size` is the way to the next.  */
static void
print_options (const struct hfcore_plugin *plugin)
{
  const char *row = (const char *) plugin->options;
  for (; row && ((const struct hfcore_option *) row)->key; row += plugin->option_size)
    {
      const struct hfcore_option *option = (const struct hfcore_option *) row;
      printf ("%s: %s\n", option->key, option->help);
    }
}

int
main (int argc, char **argv)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  struct hfcore_plugin_info info = { .size = sizeof info };
  struct hfcore *cache = NULL;
  int code = hfcore_open (NULL, &cache, &error);
  if (code == HFCORE_OK && argc > 1)
    {
      code = hfcore_plugin_find (cache, argv[1], &info, &error);
      if (code == HFCORE_OK)
        print_options (info.descriptor);
    }
  else if (code == HFCORE_OK)
    {
      hfcore_plugin_folders (cache, print_folder, NULL);
      hfcore_plugin_each (cache, print_plugin, NULL);
      hfcore_storage_each (cache, print_storage, NULL);
    }
  if (code != HFCORE_OK)
    fprintf (stderr, "%s\n", error.message);
  hfcore_close (cache);
  return code != HFCORE_OK;
}
