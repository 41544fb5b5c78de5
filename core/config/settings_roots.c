/* SPDX-License-Identifier: Apache-2.0 */
/* settings_roots.c: where things are: `home`, the token file, the roots of the cache and of the
 * assets, the Hub's address (spec 1.1, design 7). A variable or a flag replaces what a file says;
 * `home` and XDG_CACHE_HOME only are where things are when nothing else says so.  */
#include "core/config/settings_parts.h"

#include <string.h>
#include "core/config/config_error.h"
#include "core/config/option_table.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/text.h"

/* A folder or an address, and who says so.  */
struct place
{
  const char *text;
  struct settings_origin origin;
  bool replaces; /* what a file says                                                          */
};

static char *
join (struct settings_parts *parts, const char *folder, const char *name)
{
  return pool_format (&parts->pool, "%s%s%s", folder, text_ends_with (folder, "/") ? "" : "/",
                      name);
}

char *
settings_expand_flag (struct settings_parts *parts, const char *path)
{
  if (*path != '~')
    return pool_copy (&parts->pool, path);
  size_t len = strcspn (path, "/");
  CLEANUP_FREE char *user = strndup (path, len);
  CLEANUP_FREE char *home = user ? files_expand (user) : NULL;
  return home ? pool_format (&parts->pool, "%s%s", home, path + len) : NULL;
}

/* A variable that names a folder. HFCORE_OK with `text` as it was: it is not set.  */
static int
read_folder (struct settings_parts *parts, const char *variable, struct place *place,
             struct hfcore_error *error)
{
  const char *text = settings_variable (parts, variable);
  if (!text || place->text)
    return HFCORE_OK;
  *place = (struct place){ .text = pool_adopt (&parts->pool, files_expand (text)),
                           .origin = { .layer = SETTINGS_ENVIRONMENT, .name = variable },
                           .replaces = true };
  if (!place->text)
    return config_no_memory (error);
  return *place->text ? HFCORE_OK : config_fail (error, variable, "expects a folder");
}

/* ---- home and token-path ---- */

static int
put_path (struct settings_parts *parts, const char *key, char *path,
          const struct settings_origin *origin, struct hfcore_error *error)
{
  struct settings_value *value = &parts->settings.values[settings_row (key)];
  char **items = pool_get (&parts->pool, 1, sizeof *items);
  if (!items || !path)
    return config_no_memory (error);
  items[0] = path;
  value->items = items;
  value->count = 1;
  value->origin = *origin;
  return HFCORE_OK;
}

static int
find_home (struct settings_parts *parts, struct hfcore_error *error)
{
  struct settings_origin origin = settings_get (&parts->settings, "home")->origin;
  if (origin.layer != SETTINGS_DEFAULT)
    return HFCORE_OK;
  const char *caches = settings_variable (parts, "XDG_CACHE_HOME");
  if (caches)
    origin = (struct settings_origin){ .layer = SETTINGS_ENVIRONMENT, .name = "XDG_CACHE_HOME" };
  char *home = join (parts, caches ? caches : "~/.cache", "huggingface");
  if (home)
    home = pool_adopt (&parts->pool, files_expand (home));
  return put_path (parts, "home", home, &origin, error);
}

static bool
is_staging (const struct settings_parts *parts)
{
  const char *text = settings_variable (parts, "HUGGINGFACE_CO_STAGING");
  return text && settings_is_true (text);
}

static int
find_token_path (struct settings_parts *parts, struct hfcore_error *error)
{
  const struct settings_value *home = settings_get (&parts->settings, "home");
  if (is_staging (parts))
    {
      const struct settings_origin origin
          = { .layer = SETTINGS_ENVIRONMENT, .name = "HUGGINGFACE_CO_STAGING" };
      char *path = pool_adopt (&parts->pool, files_expand ("~/.cache/huggingface_staging/token"));
      return put_path (parts, "token-path", path, &origin, error);
    }
  if (settings_get (&parts->settings, "token-path")->origin.layer != SETTINGS_DEFAULT)
    return HFCORE_OK;
  return put_path (parts, "token-path", join (parts, home->items[0], "token"), &home->origin,
                   error);
}

/* A folder below `home`, which counts as set only where HF_HOME sets it.  */
static int
below_home (struct settings_parts *parts, const char *name, struct place *place,
            struct hfcore_error *error)
{
  const struct settings_value *home = settings_get (&parts->settings, "home");
  *place = (struct place){ .text = join (parts, home->items[0], name), .origin = home->origin };
  return place->text ? HFCORE_OK : config_no_memory (error);
}

/* ---- the roots ---- */

/* The first storage that may be written, or what lies at the bottom of it. NULL: there is none. */
static struct settings_instance *
first_writable (const struct settings_chain *chain)
{
  struct settings_instance *found = NULL;
  for (size_t i = 0; !found && i < chain->count; i++)
    if (!chain->items[i].wrapped && !chain->items[i].read_only)
      found = &chain->items[i];
  while (found && found->wraps)
    for (size_t i = 0; i < chain->count; i++)
      if (strcmp (chain->items[i].name, found->wraps) == 0)
        {
          found = &chain->items[i];
          break;
        }
  return found;
}

static int
put_option (struct settings_parts *parts, struct settings_instance *instance, const char *key,
            const struct place *place, struct hfcore_error *error)
{
  if (!place->replaces && settings_option (instance, key))
    return HFCORE_OK;
  return settings_set_option (parts, instance, key, place->text, &place->origin, error);
}

/* What the flag `name` says.  */
static int
take_flag (struct settings_parts *parts, const char *name, const char *folder, struct place *place,
           struct hfcore_error *error)
{
  if (!*folder)
    return config_fail (error, name, "expects a folder");
  *place = (struct place){ .text = settings_expand_flag (parts, folder),
                           .origin = { .layer = SETTINGS_FLAG, .name = name },
                           .replaces = true };
  return place->text ? HFCORE_OK : config_no_memory (error);
}

static int
find_cache (struct settings_parts *parts, const char *flag, struct place *place,
            struct hfcore_error *error)
{
  if (flag)
    return take_flag (parts, "--cache-dir", flag, place, error);
  int code = read_folder (parts, "HF_HUB_CACHE", place, error);
  if (!code)
    code = read_folder (parts, "HUGGINGFACE_HUB_CACHE", place, error);
  if (code || place->text)
    return code;
  code = below_home (parts, "hub", place, error);
  place->replaces = place->origin.name && strcmp (place->origin.name, "HF_HOME") == 0;
  return code;
}

static int
apply_cache (struct settings_parts *parts, const char *flag, struct hfcore_error *error)
{
  struct place place = { 0 };
  int code = find_cache (parts, flag, &place, error);
  if (code)
    return code;
  struct settings_instance *storage = first_writable (&parts->settings.storage);
  if (storage)
    return put_option (parts, storage, "root", &place, error);
  if (place.origin.layer == SETTINGS_FLAG)
    return config_fail (error, "--cache-dir",
                        "there is no storage to put there: all that are configured are read-only");
  return place.replaces
             ? settings_warn (parts, error, "%s changes nothing: all storages are read-only",
                              place.origin.name)
             : HFCORE_OK;
}

static int
apply_assets (struct settings_parts *parts, const char *flag, struct hfcore_error *error)
{
  struct place place = { 0 };
  int code = flag ? take_flag (parts, "--assets-dir", flag, &place, error)
                  : read_folder (parts, "HF_ASSETS_CACHE", &place, error);
  if (!code && !flag)
    code = read_folder (parts, "HUGGINGFACE_ASSETS_CACHE", &place, error);
  if (!code && !place.text)
    code = below_home (parts, "assets", &place, error);
  return code ? code : put_option (parts, &parts->settings.assets.items[0], "root", &place, error);
}

/* ---- the endpoint ---- */

static int
find_endpoint (struct settings_parts *parts, const char *flag, struct place *place,
               struct hfcore_error *error)
{
  const char *variable = settings_variable (parts, "HF_ENDPOINT");
  *place = (struct place){ .text = SETTINGS_HUB_ENDPOINT,
                           .origin = { .layer = SETTINGS_DEFAULT, .name = "default" } };
  if (flag)
    *place = (struct place){ .text = flag,
                             .origin = { .layer = SETTINGS_FLAG, .name = "--endpoint" },
                             .replaces = true };
  else if (is_staging (parts))
    *place = (struct place){ .text = "https://hub-ci.huggingface.co",
                             .origin
                             = { .layer = SETTINGS_ENVIRONMENT, .name = "HUGGINGFACE_CO_STAGING" },
                             .replaces = true };
  else if (variable)
    *place = (struct place){ .text = variable,
                             .origin = { .layer = SETTINGS_ENVIRONMENT, .name = "HF_ENDPOINT" },
                             .replaces = true };
  int64_t unused;
  const char *expected = option_table_parse (HFCORE_OPTION_URL, place->text, &unused);
  if (expected)
    {
      bool hide = strchr (place->text, '@') != NULL; /* a password may stand before it */
      return config_fail (error, place->origin.name, "expects %s%s%.80s%s", expected,
                          hide ? "" : ", not `", hide ? "" : place->text, hide ? "" : "`");
    }
  place->text
      = pool_adopt (&parts->pool, option_table_normal (HFCORE_OPTION_URL, place->text, false));
  return place->text ? HFCORE_OK : config_no_memory (error);
}

static int
apply_endpoint (struct settings_parts *parts, const char *flag, struct hfcore_error *error)
{
  struct settings_chain *chain = &parts->settings.transport;
  const struct place hub = { .text = SETTINGS_HUB_ENDPOINT,
                             .origin = { .layer = SETTINGS_DEFAULT, .name = "default" } };
  struct place place;
  bool used = false;
  int code = find_endpoint (parts, flag, &place, error);
  for (size_t i = 0; !code && i < chain->count; i++)
    if (strcmp (chain->items[i].plugin, SETTINGS_HUB_PLUGIN) == 0)
      {
        code = put_option (parts, &chain->items[i], "endpoint", used ? &hub : &place, error);
        used = true;
      }
  if (code || used || !place.replaces)
    return code;
  if (place.origin.layer == SETTINGS_FLAG)
    return config_fail (error, "--endpoint", "no %s is configured that could use it",
                        SETTINGS_HUB_PLUGIN);
  return settings_warn (parts, error, "%s changes nothing: no %s is configured", place.origin.name,
                        SETTINGS_HUB_PLUGIN);
}

int
settings_apply_roots (struct settings_parts *parts, const struct settings_request *request,
                      struct hfcore_error *error)
{
  int code = find_home (parts, error);
  if (!code)
    code = find_token_path (parts, error);
  if (!code)
    code = apply_cache (parts, request->cache_dir, error);
  if (!code)
    code = apply_assets (parts, request->assets_dir, error);
  if (!code)
    code = apply_endpoint (parts, request->endpoint, error);
  return code;
}
