/* SPDX-License-Identifier: Apache-2.0 */
/* inventory_text.c: Python's words for a repository that it leaves out, byte for byte (spec
 * 7.1).  */
#include <string.h>
#include "core/engine/inventory_parts.h"
#include "core/util/python_text.h"

static bool
is_revision (const struct inventory_gather *gather, const char *commit)
{
  for (size_t i = 0; i < gather->revisions.count; i++)
    if (strcmp (inventory_string (gather, gather->revisions.items[i].commit), commit) == 0)
      return true;
  return false;
}

/* {'<commit>': {'<ref>', …}, …}  */
static void
add_dangling (struct text *text, const struct inventory_gather *gather)
{
  const struct inventory_gathered_refs *refs = &gather->refs;
  const char *between = "{";
  for (size_t i = 0; i < refs->count; i++)
    {
      const char *says = inventory_string (gather, refs->items[i].says);
      bool told = is_revision (gather, says);
      for (size_t j = 0; j < i && !told; j++)
        told = strcmp (inventory_string (gather, refs->items[j].says), says) == 0;
      if (told)
        continue;
      text_add (text, between);
      python_text_add_repr (text, says);
      const char *next = ": {";
      for (size_t j = i; j < refs->count; j++)
        if (strcmp (inventory_string (gather, refs->items[j].says), says) == 0)
          {
            text_add (text, next);
            python_text_add_repr (text, inventory_string (gather, refs->items[j].name));
            next = ", ";
          }
      text_add (text, "}");
      between = ", ";
    }
  text_add (text, "}");
}

/* The type that Python reads in the name of a folder.  */
static void
add_type (struct text *text, const char *path, bool drops_last)
{
  const char *slash = strrchr (path, '/'), *name = slash ? slash + 1 : path;
  const char *dashes = strstr (name, "--");
  size_t len = dashes ? (size_t) (dashes - name) : 0;
  text_append (text, name, len > 0 && drops_last ? len - 1 : len);
}

static void
add_bad_type (struct text *text, const char *path, bool as_0_26)
{
  text_add (text, as_0_26 ? "Repo type must be `dataset`, `model` or `space`, found `"
                          : "Repo type must be one of ['datasets', 'kernels', 'models', 'spaces'], "
                            "found `");
  add_type (text, path, as_0_26);
  text_addf (text, "` (%s).", path);
}

void
inventory_text_problem (struct text *text, const struct inventory_ask *ask,
                        enum inventory_problem problem, const char *path,
                        const struct inventory_gather *gather, const struct hfcore_error *error)
{
  static const char *const texts[] = {
    [INVENTORY_NO_FOLDER] = "Repo path is not a directory: ",
    [INVENTORY_NO_REPO] = "Repo path is not a valid HuggingFace cache directory: ",
    [INVENTORY_NO_SNAPSHOTS] = "Snapshots dir doesn't exist in cached repo: ",
    [INVENTORY_REFS_FILE] = "Refs directory cannot be a file: ",
    [INVENTORY_SNAPSHOT_FILE] = "Snapshots folder corrupted. Found a file: ",
    [INVENTORY_BLOB_MISSING] = "Blob missing (broken symlink): ",
  };
  switch (problem)
    {
    case INVENTORY_NO_TYPE:
      add_bad_type (text, path, ask->flags & INVENTORY_AS_0_26);
      break;
    case INVENTORY_REF_DANGLES:
      text_add (text, "Reference(s) refer to missing commit hashes: ");
      add_dangling (text, gather);
      text_addf (text, " (%s).", path);
      break;
    case INVENTORY_UNREADABLE:
      text_addf (text, "Repo cannot be read: %s", error->message);
      break;
    default:
      text_add (text, texts[problem]);
      text_add (text, path);
    }
}
