/* SPDX-License-Identifier: Apache-2.0 */
/* settings_token.c: which token, and to whom (spec 2.10). No error text shows one.  */
#include "core/config/settings_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include "core/config/config_error.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"
#include "core/util/os.h"
#include "core/util/text.h"

enum
{
  MOST_BYTES = 65536 /* of a token file */
};

void
settings_clean_token (char *token)
{
  static const char blanks[] = " \t\n\r\f\v";
  size_t len = 0;
  for (const char *c = token + strspn (token, blanks); *c; c++)
    if (*c != '\r' && *c != '\n')
      token[len++] = *c;
  while (len && strchr (blanks, token[len - 1]))
    len--;
  token[len] = 0;
}

/* ---- one source ---- */

/* Clean and check `text`, which is handed on or freed. An empty one is no token.  */
static int
take_token (char *text, const char *where, char **token, struct hfcore_error *error)
{
  CLEANUP_FREE char *mine = text;
  if (!mine)
    return config_no_memory (error);
  settings_clean_token (mine);
  for (const unsigned char *c = (const unsigned char *) mine; *c; c++)
    if (*c < 0x20 || *c > 0x7e)
      return config_fail (error, where, "this is no token: it has a character that no token has");
  *token = *mine ? TAKE_PTR (mine) : NULL;
  return HFCORE_OK;
}

/* No such file is no token, unless the file was named for this very purpose.  */
static int
read_token_file (const char *path, bool must_exist, char **token, struct hfcore_error *error)
{
  char where[CONFIG_WHERE_ROOM];
  char *bytes = NULL;
  size_t len = 0;
  config_where (path, 0, 0, where, sizeof where);
  if (files_read (AT_FDCWD, path, MOST_BYTES, &bytes, &len) < 0)
    {
      if ((errno == ENOENT || errno == ENOTDIR) && !must_exist)
        return HFCORE_OK;
      return errno == ENOMEM ? config_no_memory (error)
                             : config_fail (error, where, "cannot read this token file: %s",
                                            errno == EFBIG ? "it is too big" : strerror (errno));
    }
  if (strlen (bytes) != len)
    {
      free (bytes);
      return config_fail (error, where, "this is no token file: it has zero bytes");
    }
  return take_token (bytes, where, token, error);
}

/* What stands in a file at `token:`, but `auto`: `none`, `${VARIABLE}`, `file:PATH`, a token.  */
static int
read_written (const struct settings_value *value, char **token, struct hfcore_error *error)
{
  const char *text = value->count ? value->items[0] : "";
  size_t len = strlen (text);
  char where[CONFIG_WHERE_ROOM];
  settings_where (&value->origin, where, sizeof where);
  if (strcmp (text, "none") == 0)
    return HFCORE_OK;
  if (text_starts_with (text, "file:"))
    {
      CLEANUP_FREE char *path = files_expand (text + 5);
      return path ? read_token_file (path, true, token, error) : config_no_memory (error);
    }
  if (!text_starts_with (text, "${") || text[len - 1] != '}')
    return take_token (strdup (text), where, token, error);
  CLEANUP_FREE char *name = strndup (text + 2, len - 3);
  if (!name)
    return config_no_memory (error);
  const char *variable = os_getenv (name);
  if (!variable)
    return config_fail (error, where, "the variable %s, which holds the token, is not set", name);
  return take_token (strdup (variable), name, token, error);
}

/* ---- this run's ---- */

int
settings_token (const struct settings *settings, char **token,
                const struct settings_origin **origin, struct hfcore_error *error)
{
  const struct settings_value *value = settings_get (settings, "token");
  const struct settings_value *path = settings_get (settings, "token-path");
  const struct settings_value *found = value;
  int code = HFCORE_OK;
  *token = NULL;
  if (value->origin.layer == SETTINGS_FLAG
      || (value->origin.layer == SETTINGS_ENVIRONMENT
          && settings_number (settings, "implicit-token")))
    code = take_token (strdup (value->items[0]), value->origin.name, token, error);
  else if (settings_number (settings, "implicit-token") && strcmp (value->items[0], "auto") != 0)
    code = read_written (value, token, error);
  else if (settings_number (settings, "implicit-token"))
    {
      found = path;
      code = read_token_file (path->items[0], false, token, error);
    }
  if (origin)
    *origin = &found->origin;
  return code;
}

/* ---- whose it is ---- */

static bool
is_hub (const struct settings_instance *instance)
{
  return strcmp (instance->plugin, SETTINGS_HUB_PLUGIN) == 0;
}

/* https, one of the Hub's own hosts, its usual port.  */
static bool
is_hubs_own (const char *endpoint)
{
  static const char *const hosts[] = { "huggingface.co", "hf.co" };
  if (strncasecmp (endpoint, "https://", 8) != 0)
    return false;
  const char *authority = endpoint + 8;
  size_t len = strcspn (authority, "/?#\\");
  if (len > 4 && memcmp (authority + len - 4, ":443", 4) == 0)
    len -= 4;
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
    {
      size_t host = strlen (hosts[i]);
      if (len >= host && strncasecmp (authority + len - host, hosts[i], host) == 0
          && (len == host || authority[len - host - 1] == '.') && !memchr (authority, '@', len)
          && !memchr (authority, ':', len))
        return true;
    }
  return false;
}

/* Did a variable or a flag say where it is?  */
static bool
is_moved (const struct settings_instance *instance)
{
  const struct settings_value *endpoint = settings_option (instance, "endpoint");
  return is_hub (instance) && endpoint && endpoint->origin.layer >= SETTINGS_ENVIRONMENT;
}

static bool
is_owner (const struct settings *settings, const struct settings_instance *instance)
{
  const struct settings_chain *chain = &settings->transport;
  size_t hubs = 0;
  if (!is_hub (instance))
    return false;
  for (size_t i = 0; i < chain->count; i++)
    {
      if (is_moved (&chain->items[i]))
        return false;
      hubs += is_hub (&chain->items[i]);
    }
  const struct settings_value *endpoint = settings_option (instance, "endpoint");
  return hubs == 1 || (endpoint && endpoint->count && is_hubs_own (endpoint->items[0]));
}

int
settings_token_for (const struct settings *settings, const struct settings_instance *instance,
                    char **token, struct hfcore_error *error)
{
  const struct settings_value *own = settings_option (instance, "token");
  *token = NULL;
  /* What the file says of a token was meant for the address that the file says.  */
  if (is_moved (instance))
    return settings_token (settings, token, NULL, error);
  if (own && !(own->count == 1 && strcmp (own->items[0], "auto") == 0))
    return read_written (own, token, error);
  return is_owner (settings, instance) ? settings_token (settings, token, NULL, error) : HFCORE_OK;
}
