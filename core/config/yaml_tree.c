/* SPDX-License-Identifier: Apache-2.0 */
/* yaml_tree.c: see yaml_tree.h. libyaml's events, not its documents: those would expand aliases
 * before anyone could refuse them.  */
#include "core/config/yaml_tree.h"

#include <stdint.h>
#include <string.h>
#include <yaml.h>
#include "core/config/config_error.h"
#include "core/util/cleanup.h"
#include "core/util/vector.h"

enum
{
  MOST_BYTES = 1 << 20,
  MOST_NODES = 10000,
  MOST_LEVELS = 32
};

VECTOR_DEFINE (yaml_nodes, struct yaml_node);

struct reading
{
  const char *file;
  const char *bytes;
  size_t len;
  yaml_parser_t parser;
  size_t nodes;
  struct hfcore_error *error;
};

#define CLEANUP_EVENT __attribute__ ((cleanup (yaml_event_delete)))

/* ---- messages ---- */

#define FAIL(reading, line, column, ...)                                                           \
  ({                                                                                               \
    char where_[CONFIG_WHERE_ROOM];                                                                \
    config_fail ((reading)->error,                                                                 \
                 config_where ((reading)->file, (line), (column), where_, sizeof where_),          \
                 __VA_ARGS__);                                                                     \
  })
#define FAIL_AT(reading, mark, ...) FAIL (reading, (mark).line + 1, (mark).column + 1, __VA_ARGS__)

/* The byte at which the character number `index` begins; 0 behind the end.  */
static char
byte_of_character (const struct reading *reading, size_t index)
{
  for (size_t i = 0; i < reading->len; i++)
    if ((reading->bytes[i] & 0xc0) != 0x80 && index-- == 0)
      return reading->bytes[i];
  return 0;
}

/* libyaml tells where bad characters are by a byte's offset.  */
static int
fail_unreadable (const struct reading *reading)
{
  size_t line = 1, column = 1;
  for (size_t i = 0; i < reading->parser.problem_offset && i < reading->len; i++)
    if (reading->bytes[i] == '\n')
      {
        line++;
        column = 1;
      }
    else if ((reading->bytes[i] & 0xc0) != 0x80)
      column++;
  const char *problem = reading->parser.problem;
  return FAIL (reading, line, column, "%s",
               strstr (problem, "control") ? "a control character, which no configuration has"
                                           : "this is not UTF-8: save the file as UTF-8");
}

/* libyaml's words for the commonest slips, in words that say what to do.  */
static const char *
plain_words (const char *problem)
{
  static const struct
  {
    const char *theirs, *ours;
  } phrases[] = {
    { "mapping values are not allowed in this context",
      "`:` is not expected here: check the indentation, or put the text in quotes" },
    { "did not find expected key", "expected a key here: check the indentation" },
    { "did not find expected '-' indicator",
      "expected `-` here: check the indentation of this list" },
    { "could not find expected ':'", "expected `key: value`: there is no `:`" },
    { "found unexpected end of stream", "the file ends within quotes" },
    { "did not find expected ',' or '}'", "expected `,` or `}`" },
    { "did not find expected ',' or ']'", "expected `,` or `]`" },
    { "did not find expected <document start>", "expected `key: value`" },
    { "found undefined tag handle", "tags (`!`) are not supported here" },
  };
  for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
    if (strcmp (problem, phrases[i].theirs) == 0)
      return phrases[i].ours;
  return problem;
}

static int
fail_parser (const struct reading *reading)
{
  const yaml_parser_t *parser = &reading->parser;
  if (parser->error == YAML_MEMORY_ERROR)
    return config_no_memory (reading->error);
  if (parser->error == YAML_READER_ERROR)
    return fail_unreadable (reading);
  const char *problem = parser->problem ? parser->problem : "this is not YAML";
  if (strcmp (problem, "found character that cannot start any token") == 0)
    {
      char byte = byte_of_character (reading, parser->problem_mark.index);
      if (byte == '\t')
        return FAIL_AT (reading, parser->problem_mark, "a tab: indent with spaces");
      return FAIL_AT (reading, parser->problem_mark,
                      "`%c` cannot begin a value: put the text in quotes", byte);
    }
  return FAIL_AT (reading, parser->problem_mark, "%s", plain_words (problem));
}

/* ---- events ---- */

static int
next_event (struct reading *reading, yaml_event_t *event)
{
  return yaml_parser_parse (&reading->parser, event) ? HFCORE_OK : fail_parser (reading);
}

/* What a scalar or the begin of a list or mapping may not carry.  */
static int
check_properties (const struct reading *reading, const yaml_event_t *event)
{
  const yaml_char_t *anchor = NULL, *tag = NULL;
  if (event->type == YAML_ALIAS_EVENT)
    anchor = event->data.alias.anchor;
  else if (event->type == YAML_SCALAR_EVENT)
    {
      anchor = event->data.scalar.anchor;
      tag = event->data.scalar.tag;
    }
  else if (event->type == YAML_SEQUENCE_START_EVENT)
    {
      anchor = event->data.sequence_start.anchor;
      tag = event->data.sequence_start.tag;
    }
  else if (event->type == YAML_MAPPING_START_EVENT)
    {
      anchor = event->data.mapping_start.anchor;
      tag = event->data.mapping_start.tag;
    }
  if (anchor)
    return FAIL_AT (reading, event->start_mark,
                    "anchors and aliases are not supported here: write it out (or quote the text)");
  if (tag)
    return FAIL_AT (reading, event->start_mark,
                    "tags are not supported here (quote a text that begins with `!`)");
  return HFCORE_OK;
}

static int
count_node (struct reading *reading, const yaml_event_t *event)
{
  if (++reading->nodes > MOST_NODES)
    return FAIL_AT (reading, event->start_mark, "more than %d values, which no configuration has",
                    MOST_NODES);
  return HFCORE_OK;
}

/* ---- the tree ---- */

static void
free_content (struct yaml_node *node)
{
  for (size_t i = 0; i < node->count; i++)
    free_content (&node->items[i]);
  free (node->items);
  free (node->key);
  free (node->scalar);
}

static bool
is_null_text (const yaml_event_t *event)
{
  static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
  if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
    return false;
  for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
    if (strcmp ((const char *) event->data.scalar.value, nulls[i]) == 0)
      return true;
  return false;
}

static int
read_scalar (const struct reading *reading, const yaml_event_t *event, struct yaml_node *node)
{
  const char *text = (const char *) event->data.scalar.value;
  for (size_t i = 0; i < event->data.scalar.length; i++)
    if ((unsigned char) text[i] < 0x20 || text[i] == 0x7f)
      return FAIL_AT (reading, event->start_mark,
                      "a value with a control character or a line break");
  node->kind = YAML_SCALAR;
  node->is_null = is_null_text (event);
  node->scalar = strdup (text);
  return node->scalar ? HFCORE_OK : config_no_memory (reading->error);
}

static int
read_key (struct reading *reading, const yaml_event_t *event, const struct yaml_nodes *before,
          struct yaml_node *node)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  const yaml_mark_t *mark = &event->start_mark;
  int code = check_properties (reading, event);
  if (code)
    return code;
  if ((code = count_node (reading, event)))
    return code;
  if (event->type != YAML_SCALAR_EVENT)
    return FAIL_AT (reading, *mark, "a key must be a word");
  const char *text = (const char *) event->data.scalar.value;
  size_t len = event->data.scalar.length;
  if (len == 0 || len > 64 || strspn (text, letters) != len)
    return FAIL_AT (reading, *mark, "`%.64s` is no key: a key is a word of letters, digits and `-`",
                    text);
  node->line = mark->line + 1;
  node->column = mark->column + 1;
  node->key = strdup (text);
  if (!node->key)
    return config_no_memory (reading->error);
  for (char *c = node->key; *c; c++)
    if (*c == '_')
      *c = '-';
  for (size_t i = 0; i < before->count; i++)
    if (strcmp (before->items[i].key, node->key) == 0)
      return FAIL_AT (reading, *mark, "the key `%s` stands here twice (first in line %zu)",
                      node->key, before->items[i].line);
  return HFCORE_OK;
}

static int read_node (struct reading *reading, const yaml_event_t *event, size_t level,
                      struct yaml_node *node);

/* One entry: for a mapping `event` is that of its key.  */
static int
read_item (struct reading *reading, const yaml_event_t *event, size_t level, bool mapping,
           struct yaml_nodes *items)
{
  struct yaml_node item = { 0 };
  int code;
  if (mapping)
    {
      CLEANUP_EVENT yaml_event_t value = { 0 };
      code = read_key (reading, event, items, &item);
      if (!code)
        code = next_event (reading, &value);
      if (!code)
        code = read_node (reading, &value, level + 1, &item);
    }
  else
    code = read_node (reading, event, level + 1, &item);
  if (!code && yaml_nodes_append (items, item) < 0)
    code = config_no_memory (reading->error);
  if (code)
    free_content (&item);
  return code;
}

static int
read_items (struct reading *reading, const yaml_event_t *start, size_t level,
            struct yaml_node *node)
{
  bool mapping = start->type == YAML_MAPPING_START_EVENT;
  yaml_event_type_t end = mapping ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
  struct yaml_nodes items = { 0 };
  int code = HFCORE_OK;
  if (level >= MOST_LEVELS)
    return FAIL_AT (reading, start->start_mark,
                    "more than %d levels deep, which no configuration is", MOST_LEVELS);
  while (!code)
    {
      CLEANUP_EVENT yaml_event_t event = { 0 };
      code = next_event (reading, &event);
      if (!code && event.type == end)
        break;
      if (!code)
        code = read_item (reading, &event, level, mapping, &items);
    }
  node->kind = mapping ? YAML_MAPPING : YAML_SEQUENCE;
  node->items = items.items;
  node->count = items.count;
  return code;
}

/* On failure too `node` holds what is to be freed.  */
static int
read_node (struct reading *reading, const yaml_event_t *event, size_t level, struct yaml_node *node)
{
  int code = check_properties (reading, event);
  if (code)
    return code;
  if ((code = count_node (reading, event)))
    return code;
  if (!node->line)
    {
      node->line = event->start_mark.line + 1;
      node->column = event->start_mark.column + 1;
    }
  if (event->type == YAML_SCALAR_EVENT)
    return read_scalar (reading, event, node);
  return read_items (reading, event, level, node);
}

/* The one document, and nothing behind it.  */
static int
read_document (struct reading *reading, struct yaml_node *root)
{
  bool seen = false;
  for (;;)
    {
      CLEANUP_EVENT yaml_event_t event = { 0 };
      int code = next_event (reading, &event);
      if (code || event.type == YAML_STREAM_END_EVENT)
        return code;
      if (event.type == YAML_DOCUMENT_START_EVENT && seen)
        return FAIL_AT (reading, event.start_mark,
                        "a second document begins here: a configuration is one");
      if (event.type == YAML_STREAM_START_EVENT || event.type == YAML_DOCUMENT_START_EVENT
          || event.type == YAML_DOCUMENT_END_EVENT)
        continue;
      seen = true;
      if ((code = read_node (reading, &event, 0, root)))
        return code;
    }
}

static void
make_empty (struct yaml_node *root)
{
  free_content (root);
  *root = (struct yaml_node){ .kind = YAML_MAPPING, .line = 1, .column = 1 };
}

int
yaml_tree_parse (const char *file, const char *bytes, size_t len, struct yaml_node **root,
                 struct hfcore_error *error)
{
  static const char byte_order_mark[] = "\xef\xbb\xbf";
  if (len >= 3 && memcmp (bytes, byte_order_mark, 3) == 0)
    {
      bytes += 3;
      len -= 3;
    }
  struct reading reading = { .file = file, .bytes = bytes, .len = len, .error = error };
  if (len > MOST_BYTES)
    return FAIL (&reading, 0, 0, "larger than 1 MiB, which no configuration is");
  struct yaml_node *node = calloc (1, sizeof *node);
  if (!node)
    return config_no_memory (error);
  if (!yaml_parser_initialize (&reading.parser))
    {
      free (node);
      return config_no_memory (error);
    }
  yaml_parser_set_encoding (&reading.parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string (&reading.parser, (const unsigned char *) bytes, len);
  int code = read_document (&reading, node);
  yaml_parser_delete (&reading.parser);
  if (code)
    {
      yaml_tree_free (node);
      return code;
    }
  if (!node->line || node->is_null)
    make_empty (node);
  *root = node;
  return HFCORE_OK;
}

void
yaml_tree_free (struct yaml_node *root)
{
  if (!root)
    return;
  free_content (root);
  free (root);
}

const struct yaml_node *
yaml_tree_get (const struct yaml_node *mapping, const char *key)
{
  for (size_t i = 0; mapping->kind == YAML_MAPPING && i < mapping->count; i++)
    if (strcmp (mapping->items[i].key, key) == 0)
      return &mapping->items[i];
  return NULL;
}
