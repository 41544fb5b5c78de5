/* SPDX-License-Identifier: Apache-2.0 */
/* test_text.c: growing strings, and text that is safe to show.  */
#include "tests/check.h"

#include "core/util/text.h"

#include <limits.h>
#include <stdlib.h>

static void
test_appends (void)
{
  struct text text = TEXT_LIMIT (100);
  CU_ASSERT_PTR_NULL (text.bytes);
  text_add (&text, "one");
  text_append (&text, ", two, three", 5);
  text_addf (&text, " and %d%s", 3, "!");
  text_append (&text, NULL, 0);
  CHECK_STRING (text.bytes, "one, two and 3!");
  CU_ASSERT_EQUAL (text.len, 15);
  CU_ASSERT_FALSE (text.failed);
  char *taken = text_take (&text);
  CHECK_STRING (taken, "one, two and 3!");
  CU_ASSERT_PTR_NULL (text.bytes);
  CU_ASSERT_EQUAL (text.len, 0);
  CU_ASSERT_EQUAL (text.limit, 100);
  free (taken);
}

static void
test_nothing_is_an_empty_string (void)
{
  struct text text = TEXT_LIMIT (0);
  char *taken = text_take (&text);
  CHECK_STRING (taken, "");
  free (taken);
}

static void
test_zero_bytes_are_bytes (void)
{
  CLEANUP_TEXT struct text text = TEXT_LIMIT (10);
  text_append (&text, "a\0b", 3);
  CU_ASSERT_EQUAL (text.len, 3);
  CU_ASSERT_EQUAL (memcmp (text.bytes, "a\0b", 4), 0);
}

static void
test_the_limit_is_met_exactly (void)
{
  struct text text = TEXT_LIMIT (5);
  text_add (&text, "abc");
  text_add (&text, "de");
  CU_ASSERT_FALSE (text.failed);
  CU_ASSERT_TRUE (text.room <= 6);
  text_add (&text, "");
  CU_ASSERT_FALSE (text.failed);
  text_add (&text, "f");
  CU_ASSERT_TRUE (text.failed);
  CHECK_STRING (text.bytes, "abcde");
  char *taken = text_take (&text);
  CU_ASSERT_PTR_NULL (taken);
  CU_ASSERT_FALSE (text.failed);
  text_addf (&text, "%s", "again");
  CHECK_STRING (text.bytes, "again");
  text_free (&text);
  CU_ASSERT_PTR_NULL (text.bytes);
}

static void
test_a_failure_is_never_lost (void)
{
  struct text text = TEXT_LIMIT (5);
  text_addf (&text, "%s", "too long");
  text_add (&text, "a");
  CU_ASSERT_TRUE (text.failed);
  CU_ASSERT_EQUAL (text.len, 0);
  CU_ASSERT_PTR_NULL (text_take (&text));
  text_append (&text, "x", SIZE_MAX);
  CU_ASSERT_TRUE (text.failed);
  text_free (&text);
}

static void
test_it_grows (void)
{
  CLEANUP_TEXT struct text text = TEXT_LIMIT (SIZE_MAX);
  for (int i = 0; i < 20000; i++)
    text_addf (&text, "%05d", i);
  CU_ASSERT_FALSE (text.failed);
  CU_ASSERT_EQUAL (text.len, 100000);
  CU_ASSERT_EQUAL (memcmp (text.bytes + 5 * 12345, "12345", 5), 0);
  CU_ASSERT_EQUAL (text.bytes[100000], 0);
}

static void
test_format (void)
{
  char *text = text_format ("%s-%03d", "a", 7);
  CHECK_STRING (text, "a-007");
  free (text);
}

static void
check_one_line (const char *from, const char *expected)
{
  char line[64];
  memset (line, 'x', sizeof line);
  size_t len = text_one_line (line, sizeof line, from);
  CHECK_STRING (line, expected);
  CU_ASSERT_EQUAL (len, strlen (expected));
}

static void
test_one_line_is_safe (void)
{
  check_one_line ("", "");
  check_one_line ("plain: caf\303\251 \346\227\245\346\234\254 \360\237\244\227",
                  "plain: caf\303\251 \346\227\245\346\234\254 \360\237\244\227");
  check_one_line ("a\nb\tc\rd\033[31m\177", "a?b?c?d?[31m?");
  check_one_line ("\302\200\302\237\302\240", "??\302\240");               /* C1, then a space */
  check_one_line ("\342\200\250\342\200\251", "??");                       /* U+2028, U+2029 */
  check_one_line ("\342\200\256\342\201\246\342\201\251\330\234", "????"); /* bidi controls */
  check_one_line ("\342\200\216\342\200\217\342\200\252", "???");
  check_one_line ("\342\200\247\342\200\257", "\342\200\247\342\200\257"); /* their neighbours */
}

static void
test_one_line_is_utf8 (void)
{
  check_one_line ("\200", "?");
  check_one_line ("\300\257", "??");           /* overlong "/" */
  check_one_line ("\301\277", "??");           /* overlong */
  check_one_line ("\340\200\257", "???");      /* overlong */
  check_one_line ("\360\200\200\257", "????"); /* overlong */
  check_one_line ("\355\240\200", "???");      /* a surrogate */
  check_one_line ("\364\220\200\200", "????"); /* above U+10FFFF */
  check_one_line ("\365\200\200\200", "????"); /* no such start */
  check_one_line ("\376\377", "??");
  check_one_line ("\346\227x", "??x"); /* cut short */
  check_one_line ("\346\227", "??");
  check_one_line ("\303(", "?(");
  check_one_line ("\364\217\277\277", "\364\217\277\277"); /* U+10FFFF */
  check_one_line ("\357\277\275", "\357\277\275");
}

static void
test_one_line_is_cut_between_characters (void)
{
  char line[8];
  CU_ASSERT_EQUAL (text_one_line (line, 0, "abc"), 0);
  CU_ASSERT_EQUAL (text_one_line (line, 1, "abc"), 0);
  CHECK_STRING (line, "");
  CU_ASSERT_EQUAL (text_one_line (line, 3, "abc"), 2);
  CHECK_STRING (line, "ab");
  CU_ASSERT_EQUAL (text_one_line (line, 4, "abc"), 3);
  CU_ASSERT_EQUAL (text_one_line (line, 4, "ab\303\251"), 2);
  CHECK_STRING (line, "ab");
  CU_ASSERT_EQUAL (text_one_line (line, 5, "ab\303\251"), 4);
  CHECK_STRING (line, "ab\303\251");
  CU_ASSERT_EQUAL (text_one_line (line, 4, "\360\237\244\227"), 0);
  CHECK_STRING (line, "");
}

static void
test_decode (void)
{
  uint32_t code = 99;
  CU_ASSERT_EQUAL (text_decode ("", &code), 1);
  CU_ASSERT_EQUAL (code, 0);
  CU_ASSERT_EQUAL (text_decode ("A", &code), 1);
  CU_ASSERT_EQUAL (code, 'A');
  CU_ASSERT_EQUAL (text_decode ("\302\200", &code), 2);
  CU_ASSERT_EQUAL (code, 0x80);
  CU_ASSERT_EQUAL (text_decode ("\340\240\200", &code), 3);
  CU_ASSERT_EQUAL (code, 0x800);
  CU_ASSERT_EQUAL (text_decode ("\360\220\200\200", &code), 4);
  CU_ASSERT_EQUAL (code, 0x10000);
  CU_ASSERT_EQUAL (text_decode ("\303", &code), 0);
}

static void
test_distance (void)
{
  CU_ASSERT_EQUAL (text_distance ("", "", 5), 0);
  CU_ASSERT_EQUAL (text_distance ("", "abc", 5), 3);
  CU_ASSERT_EQUAL (text_distance ("kitten", "sitting", 5), 3);
  CU_ASSERT_EQUAL (text_distance ("sitting", "kitten", 5), 3);
  CU_ASSERT_EQUAL (text_distance ("kitten", "sitting", 2), 3);
  CU_ASSERT_EQUAL (text_distance ("kitten", "sitting", 1), 2);
  CU_ASSERT_EQUAL (text_distance ("root", "rooot", 5), 1);
  CU_ASSERT_EQUAL (text_distance ("root", "roto", 5), 1); /* neighbours swapped */
  CU_ASSERT_EQUAL (text_distance ("endpoint", "edpoint", 5), 1);
  CU_ASSERT_EQUAL (text_distance ("abc", "xyz", 9), 3);
  CU_ASSERT_EQUAL (text_distance ("a", "abcdefgh", 3), 4);
  char huge[200];
  memset (huge, 'a', sizeof huge - 1);
  huge[sizeof huge - 1] = 0;
  CU_ASSERT_EQUAL (text_distance (huge, huge, 3), 0);
  CU_ASSERT_EQUAL (text_distance (huge, huge + 1, 3), 4);
}

static void
test_nearest (void)
{
  static const char *const words[] = { "root", "endpoint", "access", "token", "path", "priority" };
  CHECK_STRING (text_nearest ("rooot", words, 6), "root");
  CHECK_STRING (text_nearest ("endpiont", words, 6), "endpoint");
  CHECK_STRING (text_nearest ("acces", words, 6), "access");
  CHECK_STRING (text_nearest ("token", words, 6), "token");
  CHECK_STRING (text_nearest ("pth", words, 6), "path");
  CHECK_STRING (text_nearest ("colour", words, 6), NULL);
  CHECK_STRING (text_nearest ("x", words, 6), NULL);
  CHECK_STRING (text_nearest ("", words, 6), NULL);
  CHECK_STRING (text_nearest ("root", words, 0), NULL);
}

static void
test_starts_and_ends (void)
{
  CU_ASSERT_TRUE (text_starts_with ("refs/pr/1", "refs/"));
  CU_ASSERT_TRUE (text_starts_with ("a", ""));
  CU_ASSERT_FALSE (text_starts_with ("ref", "refs/"));
  CU_ASSERT_TRUE (text_ends_with ("a.lock", ".lock"));
  CU_ASSERT_TRUE (text_ends_with ("a", ""));
  CU_ASSERT_FALSE (text_ends_with ("lock", ".lock"));
  CU_ASSERT_FALSE (text_ends_with ("a.lock2", ".lock"));
}

static void
test_parse_size (void)
{
  static const struct
  {
    const char *text;
    unsigned long long bytes;
  } good[] = {
    { "0", 0 },
    { "512", 512 },
    { "512B", 512 },
    { "512b", 512 },
    { "20KB", 20000 },
    { "20K", 20000 },
    { "20kb", 20000 },
    { "1KiB", 1024 },
    { "1kib", 1024 },
    { "3MB", 3000000 },
    { "3m", 3000000 },
    { "3MiB", 3 << 20 },
    { "4GiB", 1ull << 32 },
    { "50GB", 50000000000ull },
    { "2TB", 2000000000000ull },
    { "1TiB", 1ull << 40 },
    { "18446744073709551615", ULLONG_MAX },
    { "16777215TiB", 16777215ull << 40 },
  };
  static const char *const bad[] = { "",      "K",           "B",
                                     "-1",    "+1",          " 1",
                                     "1 ",    "1 KB",        "1.5GB",
                                     "1KK",   "1Ki",         "1iB",
                                     "1KBx",  "1PB",         "0x10",
                                     "1KBB",  "1BK",         "18446744073709551616",
                                     "1_0",   "16777216TiB", "99999999999999T",
                                     "1\313", "1K\n" };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    {
      unsigned long long bytes = 1;
      CU_ASSERT_EQUAL (text_parse_size (good[i].text, &bytes), 0);
      CU_ASSERT_EQUAL (bytes, good[i].bytes);
    }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      unsigned long long bytes = 77;
      CU_ASSERT_EQUAL (text_parse_size (bad[i], &bytes), -1);
      CU_ASSERT_EQUAL (bytes, 77);
    }
}

static void
test_parse_duration (void)
{
  static const struct
  {
    const char *text;
    long long ms;
  } good[] = { { "0", 0 },         { "10", 10000 },  { "250ms", 250 },
               { "10s", 10000 },   { "5m", 300000 }, { "2h", 7200000 },
               { "1d", 86400000 }, { "0ms", 0 },     { "9223372036854775807ms", LLONG_MAX } };
  static const char *const bad[] = { "",
                                     "s",
                                     "ms",
                                     "-1s",
                                     "+1",
                                     "1 s",
                                     " 1",
                                     "1.5s",
                                     "1w",
                                     "1M",
                                     "1S",
                                     "1sec",
                                     "10mss",
                                     "1h30m",
                                     "9223372036854775808ms",
                                     "9223372036854775807",
                                     "99999999999999999999" };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    {
      long long ms = 1;
      CU_ASSERT_EQUAL (text_parse_duration (good[i].text, &ms), 0);
      CU_ASSERT_EQUAL (ms, good[i].ms);
    }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      long long ms;
      CU_ASSERT_EQUAL (text_parse_duration (bad[i], &ms), -1);
    }
}

/* The texts are Python's (_format_size of huggingface_hub, run on these numbers).  */
static void
test_size_as_python (void)
{
  static const struct
  {
    unsigned long long bytes;
    const char *text;
  } rows[] = {
    { 0, "0.0" },
    { 23, "23.0" },
    { 999, "999.0" },
    { 1000, "1.0K" },
    { 1249, "1.2K" },
    { 1250, "1.2K" }, /* half to even */
    { 1350, "1.4K" },
    { 1750, "1.8K" },
    { 999949, "999.9K" },
    { 999950, "1000.0K" }, /* 999.95 is a little more than that in binary */
    { 999999, "1000.0K" },
    { 1000000, "1.0M" },
    { 1300000, "1.3M" },
    { 1073741824, "1.1G" },
    { 5000000000000ull, "5.0T" },
    { 1000000000000000ull, "1.0P" },
    { 18446744073709551615ull, "18.4E" },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    {
      char text[16];
      text_size (text, sizeof text, rows[i].bytes);
      CHECK_STRING (text, rows[i].text);
    }
}

CHECK_MAIN ("text", { "appends", test_appends },
            { "nothing is an empty string", test_nothing_is_an_empty_string },
            { "zero bytes are bytes", test_zero_bytes_are_bytes },
            { "the limit is met exactly", test_the_limit_is_met_exactly },
            { "a failure is never lost", test_a_failure_is_never_lost },
            { "it grows", test_it_grows }, { "format", test_format },
            { "one line is safe", test_one_line_is_safe },
            { "one line is utf-8", test_one_line_is_utf8 },
            { "one line is cut between characters", test_one_line_is_cut_between_characters },
            { "decode", test_decode }, { "distance", test_distance }, { "nearest", test_nearest },
            { "starts and ends", test_starts_and_ends }, { "parse size", test_parse_size },
            { "parse duration", test_parse_duration }, { "size as python", test_size_as_python })
