/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h: what this run is configured to do: layers of values, each with where it came from.
 *
 * default ← $sysconfdir/hfcore/hfcore.yaml ← the user's file (or --config / HFCORE_CONFIG in its
 * place) ← the environment ← flags. A list (`storage:` …) of a later file replaces the whole
 * list of an earlier one. Immutable once loaded, so any thread may read it.  */
#ifndef HFCORE_CONFIG_SETTINGS_H
#define HFCORE_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hfcore/types.h>

enum settings_layer
{
  SETTINGS_DEFAULT,
  SETTINGS_SYSTEM,
  SETTINGS_USER,
  SETTINGS_ENVIRONMENT,
  SETTINGS_FLAG
};

/* Where a value was written: a file with line and column, a variable's or a flag's name.  */
struct settings_origin
{
  enum settings_layer layer;
  const char *name;
  size_t line, column; /* 0: not from a file                                               */
};

/* One value of one option: a scalar (count 1) or a list.  */
struct settings_value
{
  char *key;
  char **items;
  size_t count;
  bool is_list;
  struct settings_origin origin;
};

/* One entry of `storage:`, `transport:` or `assets:`.  */
struct settings_instance
{
  char *name; /* unique among its kind; default: the plugin's name                */
  char *plugin;
  char *wraps;    /* the entry below it, which then is not walked itself; or NULL     */
  bool read_only; /* access: read-only | read-write                                   */
  bool promote;   /* storage: what is found here is copied to the one that is written */
  bool wrapped;   /* another entry wraps this one                                     */
  struct settings_value *options; /* everything else that was written, unchecked                  */
  size_t option_count;
  struct settings_origin origin;
};

/* The plugin that speaks to the Hub.  */
#define SETTINGS_HUB_PLUGIN "transport-hub"

struct settings_chain
{
  struct settings_instance *items;
  size_t count;
};

struct settings
{
  struct settings_chain storage, transport, assets;
  struct settings_value *values; /* the scalars of settings_table, one each, in its order         */
  size_t value_count;
  char **warnings; /* one line each; shown once by whoever opens these settings     */
  size_t warning_count;
  char **files; /* that were looked for, in order                                */
  bool *file_found;
  size_t file_count;
};

/* What flags say; NULL or 0 where they say nothing.  */
struct settings_request
{
  const char *config_file; /* in place of the user's file                                      */
  const char *cache_dir;
  const char *assets_dir;
  const char *endpoint;
  const char *token; /* "" : send none                                                   */
  const char *plugin_dir;
  int offline;             /* 1: on                                                            */
  bool no_files;           /* neither the system's nor the user's file                         */
  const char *system_file; /* in place of SYSCONFDIR/hfcore/hfcore.yaml; for tests            */
};

/* The settings, the caller's. A file named by flag or variable must exist; the two default ones
 * need not; a file that others may write to is refused. HFCORE_E_CONFIG with "FILE:LINE:COLUMN:
 * …" and "did you mean", HFCORE_E_NOMEM. With elevated rights the user's file and the environment
 * are not read.  */
int settings_load (const struct settings_request *request, struct settings **settings,
                   struct hfcore_error *error);
/* Only this file over the defaults, for `config check`.  */
int settings_load_file (const char *file, struct settings **settings, struct hfcore_error *error);
void settings_free (struct settings *settings);

/* Scalars by key; the key must be in the table (a programming error otherwise).
 * text: NULL when unset; number: INT, BOOL, SIZE in bytes, DURATION in ms.  */
const char *settings_text (const struct settings *settings, const char *key);
int64_t settings_number (const struct settings *settings, const char *key);
const struct settings_value *settings_get (const struct settings *settings, const char *key);
/* An option of an entry as it is written; NULL: it is not.  */
const struct settings_value *settings_option (const struct settings_instance *instance,
                                              const char *key);

/* The token that this run is given (spec 2.10): the flag's, else HF_TOKEN's or
 * HUGGING_FACE_HUB_TOKEN's, else what `token:` says, else the token file's; cleaned. `*token` is
 * the caller's, NULL: none; `*origin` (may be NULL) is where it was found, the settings'. Reads the
 * token file at each call, so it is called when the network is needed and not before. A token
 * with characters that no token has, or a token file that cannot be read: HFCORE_E_CONFIG. No
 * error text shows a token.  */
int settings_token (const struct settings *settings, char **token,
                    const struct settings_origin **origin, struct hfcore_error *error);
/* The token that an entry of `transport:` may send. Its own `token:` where it has one: `none`, a
 * token, `${VARIABLE}`, `file:PATH`, or `auto`. Without one, and for `auto`: settings_token's, but
 * only if it is this entry's: a token belongs to one origin. That is the transport-hub whose
 * endpoint HF_ENDPOINT or --endpoint set; else the only transport-hub; else the Hub's own
 * (https://huggingface.co, https://hf.co and their sub-domains). Where HF_ENDPOINT or --endpoint
 * replaced an entry's endpoint, the entry's own `token:`, meant for the other, is not used.  */
int settings_token_for (const struct settings *settings, const struct settings_instance *instance,
                        char **token, struct hfcore_error *error);

/* Every value in a fixed order, secrets as "(hidden)": key ("storage.cache.root"), value as it
 * would be written, layer ("default", "system file", "user file", "environment", "flag"), where
 * ("FILE:LINE" or a name; "" for defaults). A non-zero return ends the walk and is returned.  */
struct settings_line
{
  const char *key, *value, *layer, *where;
};
int settings_each (const struct settings *settings,
                   int (*line) (void *ctx, const struct settings_line *line), void *ctx);

/* "FILE:LINE:COLUMN" or the variable's or flag's name, for messages. Returns `to`.  */
const char *settings_where (const struct settings_origin *origin, char *to, size_t room);

#endif
