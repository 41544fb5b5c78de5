/* SPDX-License-Identifier: Apache-2.0 */
/* yaml_tree.h: YAML text to a tree with line numbers; the only file that knows libyaml.
 * One document; mappings with plain text keys, sequences, scalars. Anchors, aliases and tags are
 * refused, and so are more than 1 MiB, 10,000 nodes or 32 levels: a configuration needs none.  */
#ifndef HFCORE_CONFIG_YAML_TREE_H
#define HFCORE_CONFIG_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <hfcore/types.h>

enum yaml_kind
{
  YAML_SCALAR,
  YAML_SEQUENCE,
  YAML_MAPPING
};

struct yaml_node
{
  enum yaml_kind kind;
  char *key;               /* in a mapping: its key, `_` written as `-`; else NULL                */
  char *scalar;            /* SCALAR: its text                                                    */
  bool is_null;            /* SCALAR: nothing was written, or `~`, or `null`, unquoted            */
  struct yaml_node *items; /* SEQUENCE, MAPPING                                                   */
  size_t count;
  size_t line, column; /* from 1; of the key where there is one                               */
};

/* The tree of `file` (the name is for messages; the text is `bytes`), the caller's. HFCORE_OK with
 * an empty MAPPING for an empty document; else HFCORE_E_CONFIG and in `error`
 * "FILE:LINE:COLUMN: what is wrong". A key that stands twice in one mapping is an error.  */
int yaml_tree_parse (const char *file, const char *bytes, size_t len, struct yaml_node **root,
                     struct hfcore_error *error);
void yaml_tree_free (struct yaml_node *root);
const struct yaml_node *yaml_tree_get (const struct yaml_node *mapping, const char *key);

#endif
