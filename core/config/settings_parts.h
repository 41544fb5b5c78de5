/* SPDX-License-Identifier: Apache-2.0 */
/* settings_parts.h: what the settings_*.c files share. Settings under construction belong to one
 * thread; all that they hold is in their pool.  */
#ifndef HFCORE_CONFIG_SETTINGS_PARTS_H
#define HFCORE_CONFIG_SETTINGS_PARTS_H

#include <hfcore/plugin.h>
#include "core/config/pool.h"
#include "core/config/settings.h"
#include "core/config/yaml_tree.h"

struct settings_parts
{
  struct settings settings; /* first: settings_free finds the rest by it                       */
  struct pool pool;
  bool uses_environment;
  bool storage_written, transport_written, assets_written; /* by a file                        */
};

/* ---- settings_table.c: the scalars ---- */

/* How a variable of the environment is understood (spec 1.1, 11).  */
enum settings_reading
{
  SETTINGS_READ_TEXT = 1,
  SETTINGS_READ_TRUE,    /* Python's boolean: 1 ON YES TRUE in any case, all else is no           */
  SETTINGS_READ_NOT,     /* the same, inverted                                                    */
  SETTINGS_READ_OPT_OUT, /* true: no; anything else says nothing                                  */
  SETTINGS_READ_SECONDS, /* Python's int (); 0 says nothing                                       */
  SETTINGS_READ_LEVEL,   /* a name of a log level; any other is a warning and says nothing        */
  SETTINGS_READ_DEBUG,   /* true: debug; anything else says nothing                               */
  SETTINGS_READ_BARS     /* true: no; anything else: auto                                         */
};

struct settings_variable
{
  const char *name;
  enum settings_reading reading;
};

struct settings_row
{
  struct hfcore_option option;
  int64_t least, most;                   /* of numbers; both 0: any                               */
  const char *choices[5];                /* of a TEXT; none: any                                  */
  /* Of each item of a LIST: NULL, or what was expected. A LIST without it is one of folders.  */
  const char *(*check) (const char *item);
  struct settings_variable variables[4]; /* the first that says something counts                  */
};

extern const struct settings_row settings_table[];
extern const size_t settings_table_count;
/* The row's number; settings_table_count: there is no such key.  */
size_t settings_row (const char *key);

/* Check these texts against the row and let them be its value.  */
int settings_put_list (struct settings_parts *parts, size_t row, char *const *items, size_t count,
                       const struct settings_origin *origin, struct hfcore_error *error);
int settings_put (struct settings_parts *parts, size_t row, const char *text,
                  const struct settings_origin *origin, struct hfcore_error *error);
/* All rows at their defaults.  */
int settings_put_defaults (struct settings_parts *parts, struct hfcore_error *error);

/* ---- settings_file.c ---- */

/* Take over what a file says. `*found`: it is there (else HFCORE_OK, unless it must be).  */
int settings_read_file (struct settings_parts *parts, const char *file, enum settings_layer layer,
                        bool must_exist, bool *found, struct hfcore_error *error);

/* ---- settings_chains.c ---- */

/* `node` is what stands under `storage:`, `transport:` or `assets:`, its key tells which. Checks
 * names, `wraps:` and circles; replaces the whole chain.  */
int settings_read_chain (struct settings_parts *parts, const struct yaml_node *node,
                         const struct settings_origin *file, struct hfcore_error *error);
/* The chains that no file wrote.  */
int settings_default_chains (struct settings_parts *parts, struct hfcore_error *error);
int settings_set_option (struct settings_parts *parts, struct settings_instance *instance,
                         const char *key, const char *text, const struct settings_origin *origin,
                         struct hfcore_error *error);

/* ---- settings_environment.c, settings_roots.c: the layers over the files ---- */

/* A variable of the environment; NULL: unset, empty, or not to be used here.  */
const char *settings_variable (const struct settings_parts *parts, const char *name);
/* 1 ON YES TRUE, in any case (spec 1.1).  */
bool settings_is_true (const char *text);
/* Without \r and \n, trimmed (spec 2.10), in place.  */
void settings_clean_token (char *token);
int settings_apply_environment (struct settings_parts *parts, struct hfcore_error *error);
int settings_apply_flags (struct settings_parts *parts, const struct settings_request *request,
                          struct hfcore_error *error);
/* Where things are (spec 1.1): `home`, `token-path`, the roots and the endpoint.  */
int settings_apply_roots (struct settings_parts *parts, const struct settings_request *request,
                          struct hfcore_error *error);

int settings_warn (struct settings_parts *parts, struct hfcore_error *error, const char *format,
                   ...) __attribute__ ((format (printf, 3, 4)));

/* `~` at the start of what a flag says (the shell leaves it in `--flag=~/x`); `$` stays as it is.
 * A copy in the pool; NULL: no memory.  */
char *settings_expand_flag (struct settings_parts *parts, const char *path);

#define SETTINGS_HUB_ENDPOINT "https://huggingface.co"

#endif
