/* SPDX-License-Identifier: Apache-2.0 */
/* test_yaml_tree.c: what is read, what is refused, and where the message points.  */
#include "core/config/yaml_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include "tests/check.h"

static struct hfcore_error error;

/* The tree of `text`, or NULL with `error` filled.  */
static struct yaml_node *
parse_bytes (const char *text, size_t len)
{
  struct yaml_node *root = NULL;
  error = (struct hfcore_error) HFCORE_ERROR_INIT;
  int code = yaml_tree_parse ("f.yaml", text, len, &root, &error);
  CU_ASSERT_EQUAL (code, error.code);
  CU_ASSERT_EQUAL (code == HFCORE_OK, root != NULL);
  return root;
}

static struct yaml_node *
parse (const char *text)
{
  return parse_bytes (text, strlen (text));
}

static void
refuses (const char *text, const char *message)
{
  struct yaml_node *root = parse (text);
  CU_ASSERT_EQUAL (error.code, HFCORE_E_CONFIG);
  CHECK_STRING (error.message, message);
  yaml_tree_free (root);
}

static void
test_reads_everything (void)
{
  struct yaml_node *root = parse ("# a comment\n"
                                  "max_workers: 8\n"
                                  "list: [ a, 'b c', \"\\u00e9\" ]\n"
                                  "map:\n"
                                  "  - { x: 1 }\n"
                                  "  - y: ~\n");
  CU_ASSERT_PTR_NOT_NULL_FATAL (root);
  CU_ASSERT_EQUAL (root->kind, YAML_MAPPING);
  CU_ASSERT_EQUAL (root->count, 3);
  const struct yaml_node *node = yaml_tree_get (root, "max-workers");
  CU_ASSERT_PTR_NOT_NULL_FATAL (node);
  CU_ASSERT_EQUAL (node->kind, YAML_SCALAR);
  CHECK_STRING (node->scalar, "8");
  CU_ASSERT_EQUAL (node->line, 2);
  CU_ASSERT_EQUAL (node->column, 1);
  node = yaml_tree_get (root, "list");
  CU_ASSERT_PTR_NOT_NULL_FATAL (node);
  CU_ASSERT_EQUAL (node->kind, YAML_SEQUENCE);
  CU_ASSERT_EQUAL_FATAL (node->count, 3);
  CHECK_STRING (node->items[1].scalar, "b c");
  CHECK_STRING (node->items[2].scalar, "é");
  CU_ASSERT_PTR_NULL (node->items[0].key);
  CU_ASSERT_EQUAL (node->items[1].line, 3);
  CU_ASSERT_EQUAL (node->items[1].column, 12);
  node = yaml_tree_get (root, "map");
  CU_ASSERT_PTR_NOT_NULL_FATAL (node);
  CU_ASSERT_EQUAL_FATAL (node->count, 2);
  CHECK_STRING (yaml_tree_get (&node->items[0], "x")->scalar, "1");
  CU_ASSERT_TRUE (yaml_tree_get (&node->items[1], "y")->is_null);
  CU_ASSERT_EQUAL (yaml_tree_get (&node->items[1], "y")->column, 5);
  CU_ASSERT_PTR_NULL (yaml_tree_get (root, "absent"));
  yaml_tree_free (root);
}

static void
test_empty_is_a_mapping (void)
{
  static const char *const texts[] = {
    "", "\n", "# only this\n", "---\n", "---\n...\n", "~\n", "\xef\xbb\xbf# a byte order mark\n"
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    {
      struct yaml_node *root = parse (texts[i]);
      CU_ASSERT_PTR_NOT_NULL_FATAL (root);
      CU_ASSERT_EQUAL (root->kind, YAML_MAPPING);
      CU_ASSERT_EQUAL (root->count, 0);
      yaml_tree_free (root);
    }
}

static void
test_windows_text (void)
{
  struct yaml_node *root = parse ("\xef\xbb\xbfhome: x\r\noffline: yes\r\n");
  CU_ASSERT_PTR_NOT_NULL_FATAL (root);
  CHECK_STRING (yaml_tree_get (root, "home")->scalar, "x");
  CHECK_STRING (yaml_tree_get (root, "offline")->scalar, "yes");
  CU_ASSERT_EQUAL (yaml_tree_get (root, "offline")->line, 2);
  yaml_tree_free (root);
}

static void
test_nulls (void)
{
  struct yaml_node *root = parse ("a:\nb: ~\nc: null\nd: 'null'\ne: \"~\"\nf: ''\n");
  CU_ASSERT_PTR_NOT_NULL_FATAL (root);
  static const bool is_null[] = { true, true, true, false, false, false };
  CU_ASSERT_EQUAL_FATAL (root->count, 6);
  for (size_t i = 0; i < root->count; i++)
    CU_ASSERT_EQUAL (root->items[i].is_null, is_null[i]);
  yaml_tree_free (root);
}

static void
test_refuses_extras (void)
{
  refuses ("a: &x 1\n",
           "f.yaml:1:4: anchors and aliases are not supported here: write it out (or quote the "
           "text)");
  refuses ("a: *x\n",
           "f.yaml:1:4: anchors and aliases are not supported here: write it out (or quote the "
           "text)");
  refuses ("a: 1\n? *x\n: 2\n",
           "f.yaml:2:3: anchors and aliases are not supported here: write it out (or quote the "
           "text)");
  refuses ("&x a: 1\n",
           "f.yaml:1:1: anchors and aliases are not supported here: write it out (or quote the "
           "text)");
  refuses ("a: !!str 1\n",
           "f.yaml:1:4: tags are not supported here (quote a text that begins with `!`)");
  refuses ("a:\n  - !x [ 1 ]\n",
           "f.yaml:2:5: tags are not supported here (quote a text that begins with `!`)");
  refuses ("a: 1\n---\nb: 2\n",
           "f.yaml:2:1: a second document begins here: a configuration is one");
  refuses ("[ a ]: 1\n", "f.yaml:1:1: a key must be a word");
  refuses ("a b: 1\n", "f.yaml:1:1: `a b` is no key: a key is a word of letters, digits and `-`");
  refuses ("'': 1\n", "f.yaml:1:1: `` is no key: a key is a word of letters, digits and `-`");
  refuses ("<<: { a: 1 }\n",
           "f.yaml:1:1: `<<` is no key: a key is a word of letters, digits and `-`");
  refuses ("\"\\e[31m\": 1\n",
           "f.yaml:1:1: `?[31m` is no key: a key is a word of letters, digits and `-`");
}

static void
test_refuses_twice (void)
{
  refuses ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: the key `a` stands here twice (first in line 1)");
  refuses ("max-workers: 1\nmax_workers: 2\n",
           "f.yaml:2:1: the key `max-workers` stands here twice (first in line 1)");
  refuses ("s:\n  - { p: 1, p: 2 }\n",
           "f.yaml:2:13: the key `p` stands here twice (first in line 2)");
}

static void
test_refuses_bad_text (void)
{
  refuses ("\ta: 1\n", "f.yaml:1:1: a tab: indent with spaces");
  refuses ("a:\n\tb: 1\n", "f.yaml:2:1: a tab: indent with spaces");
  refuses ("é: 1\n", "f.yaml:1:1: `é` is no key: a key is a word of letters, digits and `-`");
  refuses ("a: 'é'\nb:\n  - \tc: 1\n", "f.yaml:3:5: a tab: indent with spaces");
  refuses ("a: @b\n", "f.yaml:1:4: `@` cannot begin a value: put the text in quotes");
  refuses ("a: b: c\n", "f.yaml:1:5: `:` is not expected here: check the indentation, or put the "
                        "text in quotes");
  refuses ("a: \"b\n", "f.yaml:2:1: the file ends within quotes");
  refuses ("a: [ b\n", "f.yaml:2:1: expected `,` or `]`");
  refuses ("a: { b\n", "f.yaml:2:1: expected `,` or `}`");
  refuses ("a: 1\n  b: 2\n", "f.yaml:2:4: `:` is not expected here: check the indentation, or put "
                             "the text in quotes");
  refuses ("a:\n  - b\n  c: 1\n",
           "f.yaml:3:3: expected `-` here: check the indentation of this list");
  refuses ("a: 1\nb\n", "f.yaml:3:1: expected `key: value`: there is no `:`");
  refuses ("a: \xff\n", "f.yaml:1:4: this is not UTF-8: save the file as UTF-8");
  refuses ("b: 'é'\na: \xc3(\n", "f.yaml:2:5: this is not UTF-8: save the file as UTF-8");
  refuses ("a: \x01\n", "f.yaml:1:4: a control character, which no configuration has");
  refuses ("a: \"x\\ny\"\n", "f.yaml:1:4: a value with a control character or a line break");
  refuses ("a: |\n  x\n", "f.yaml:1:4: a value with a control character or a line break");
  refuses ("a: \"\\0\"\n", "f.yaml:1:4: a value with a control character or a line break");
  struct yaml_node *root = parse_bytes ("a: \0b\n", 6);
  CU_ASSERT_PTR_NULL (root);
  CHECK_STRING (error.message, "f.yaml:1:4: a control character, which no configuration has");
}

/* ---- too much ---- */

static void
test_billion_laughs (void)
{
  struct yaml_node *root = parse ("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                                  "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n");
  CU_ASSERT_PTR_NULL (root);
  CHECK_CONTAINS (error.message, "f.yaml:1:4: anchors and aliases are not supported here");
}

/* `count` times `unit` between `before` and `after`; free it.  */
static char *
repeat (const char *before, const char *unit, size_t count, const char *after)
{
  size_t len = strlen (unit), start = strlen (before);
  char *text = malloc (start + count * len + strlen (after) + 1);
  CU_ASSERT_PTR_NOT_NULL_FATAL (text);
  memcpy (text, before, start);
  for (size_t i = 0; i < count; i++)
    memcpy (text + start + i * len, unit, len);
  memcpy (text + start + count * len, after, strlen (after) + 1);
  return text;
}

static void
refuses_repeated (const char *before, const char *unit, size_t count, const char *message)
{
  char *text = repeat (before, unit, count, "\n");
  struct yaml_node *root = parse (text);
  CU_ASSERT_PTR_NULL (root);
  CHECK_STRING (error.message, message);
  free (text);
}

static void
test_limits (void)
{
  refuses_repeated ("a: ", "[", 32,
                    "f.yaml:1:35: more than 32 levels deep, which no configuration is");
  refuses_repeated ("a: ", "[", 500000,
                    "f.yaml:1:35: more than 32 levels deep, which no configuration is");
  refuses_repeated ("", "- ", 100000,
                    "f.yaml:1:65: more than 32 levels deep, which no configuration is");
  refuses_repeated ("a:", "\n- 1", 9998,
                    "f.yaml:9999:3: more than 10000 values, which no configuration has");
  refuses_repeated ("#", "x", 1 << 20, "f.yaml: larger than 1 MiB, which no configuration is");
  char *text = repeat ("a:", "\n- 1", 9997, "\n");
  struct yaml_node *root = parse (text);
  CU_ASSERT_PTR_NOT_NULL_FATAL (root);
  CU_ASSERT_EQUAL (root->items[0].count, 9997);
  yaml_tree_free (root);
  free (text);
  text = repeat ("#", "x", (1 << 20) - 1, "");
  root = parse (text);
  CU_ASSERT_PTR_NOT_NULL (root);
  yaml_tree_free (root);
  free (text);
}

/* Whatever the bytes are: an answer, and nothing lost (the sanitizers look).  */
static void
test_any_bytes (void)
{
  static const char seed[] = "storage:\n  - { name: a, plugin: 'b', root: \"~/x\" }\ntoken: none\n";
  uint32_t state = 12345;
  for (size_t round = 0; round < 3000; round++)
    {
      char bytes[sizeof seed];
      memcpy (bytes, seed, sizeof seed);
      for (size_t i = 0; i < 1 + round % 4; i++)
        {
          state = state * 1664525u + 1013904223u;
          bytes[(state >> 8) % (sizeof seed - 1)] = (char) (state >> 24);
        }
      yaml_tree_free (parse_bytes (bytes, (state >> 4) % sizeof seed));
    }
}

static void
test_long_names_are_cut (void)
{
  char *file = repeat ("/very/", "long/", 200, "name.yaml");
  struct yaml_node *root = NULL;
  error = (struct hfcore_error) HFCORE_ERROR_INIT;
  CU_ASSERT_EQUAL (yaml_tree_parse (file, "a: *b", 5, &root, &error), HFCORE_E_CONFIG);
  CU_ASSERT_EQUAL (strncmp (error.message, "...", 3), 0);
  CHECK_CONTAINS (error.message, "long/name.yaml:1:4: anchors and aliases are not supported here");
  free (file);
  CU_ASSERT_EQUAL (yaml_tree_parse ("f", "a: *b", 5, &root, NULL), HFCORE_E_CONFIG);
}

CHECK_MAIN ("yaml_tree", { "everything", test_reads_everything },
            { "empty", test_empty_is_a_mapping }, { "windows", test_windows_text },
            { "nulls", test_nulls }, { "extras", test_refuses_extras },
            { "twice", test_refuses_twice }, { "bad text", test_refuses_bad_text },
            { "billion laughs", test_billion_laughs }, { "limits", test_limits },
            { "any bytes", test_any_bytes }, { "long names", test_long_names_are_cut })
