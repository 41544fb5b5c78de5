/* SPDX-License-Identifier: Apache-2.0 */
/* test_python_text.c: strings as Python shows them; the expected texts were made by Python.  */
#include "tests/check.h"

#include "core/util/python_text.h"

typedef void adder (struct text *to, const char *string);

static void
check (adder *add, const char *string, const char *expected)
{
  CLEANUP_TEXT struct text text = TEXT_LIMIT (1000);
  add (&text, string);
  CHECK_STRING (text.bytes ? text.bytes : "", expected);
}

static void
test_printable (void)
{
  check (python_text_add_printable, "plain \xc3\xbc \xe6\x97\xa5", "plain \xc3\xbc \xe6\x97\xa5");
  check (python_text_add_printable, "a\nb\tc\r\033[31m\x7f", "a\\nb\\tc\\r\\x1b[31m\\x7f");
  check (python_text_add_printable, "\xc2\x85\xc2\xa0\xc2\xad", "\\x85\\xa0\\xad");
  check (python_text_add_printable, "\xe2\x80\x8b\xe2\x80\xae", "\\u200b\\u202e");
  check (python_text_add_printable, "\xf3\xa0\x80\x81", "\\U000e0001");
  check (python_text_add_printable, "bad\xff\xc3", "bad\\udcff\\udcc3");
  check (python_text_add_printable, "back\\slash 'quoted'", "back\\slash 'quoted'");
}

static void
test_line (void)
{
  check (python_text_add_line, "", "");
  check (python_text_add_line,
         "  a \n\t b\xc2\xa0\xe3\x80\x80"
         "c  ",
         "a b c");
  check (python_text_add_line, "x\033y", "x\\x1by");
}

static void
test_repr (void)
{
  check (python_text_add_repr, "main", "'main'");
  check (python_text_add_repr, "it's", "\"it's\"");
  check (python_text_add_repr, "it's \"x\"", "'it\\'s \"x\"'");
  check (python_text_add_repr, "a\\b\n\x01", "'a\\\\b\\n\\x01'");
  check (python_text_add_repr, "\xf0\x9f\x98\x80", "'\xf0\x9f\x98\x80'");
}

static void
test_json (void)
{
  check (python_text_add_json, "a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
  check (python_text_add_json, "\n\r\t\b\f\x01\x7f", "\"\\n\\r\\t\\b\\f\\u0001\\u007f\"");
  check (python_text_add_json, "\xc3\xa9\xf0\x9f\x98\x80", "\"\\u00e9\\ud83d\\ude00\"");
  check (python_text_add_json, "\xff", "\"\\udcff\"");
}

static void
test_lengths (void)
{
  CU_ASSERT_EQUAL (python_text_length (""), 0);
  CU_ASSERT_EQUAL (python_text_length ("a\xc3\xbc\xe6\x97\xa5\xf0\x9f\x98\x80\xff"), 5);
  CLEANUP_TEXT struct text text = TEXT_LIMIT (100);
  python_text_add_start (&text, "a\xc3\xbc\xe6\x97\xa5", 2);
  CHECK_STRING (text.bytes, "a\xc3\xbc");
  python_text_add_start (&text, "x", 9);
  CHECK_STRING (text.bytes, "a\xc3\xbcx");
}

CHECK_MAIN ("python text", { "printable", test_printable }, { "line", test_line },
            { "repr", test_repr }, { "json", test_json }, { "lengths", test_lengths })
