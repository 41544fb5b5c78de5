/* SPDX-License-Identifier: Apache-2.0 */
/* fault_grammar.c: reads an item of the option `faults`: "OP WORD…", as hfcore-fault(7) has it.  */
#include "plugins/fault/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/text.h"

enum
{
  WORD_ROOM = 64,
  ALL_MILLIONTHS = 1000000
};

#define BIT(op) (UINT32_C (1) << (op))

/* ---- ops ---- */

static const struct op
{
  const char *name;
  int kinds;    /* FAULT_OF_…, a sum  */
  int may_pass; /* ... in which PASS is an answer  */
} ops[FAULT_OPS] = {
  [FAULT_STAT] = { "stat", FAULT_OF_STORAGE, FAULT_OF_STORAGE },
  [FAULT_READ]
  = { "read", FAULT_OF_STORAGE | FAULT_OF_TRANSPORT, FAULT_OF_STORAGE | FAULT_OF_TRANSPORT },
  [FAULT_PATH] = { "path", FAULT_OF_STORAGE, FAULT_OF_STORAGE },
  [FAULT_CREATE] = { "create", FAULT_OF_STORAGE, 0 },
  [FAULT_WRITE] = { "write", FAULT_OF_STORAGE, 0 },
  [FAULT_READ_BACK] = { "read_back", FAULT_OF_STORAGE, 0 },
  [FAULT_RESTART] = { "restart", FAULT_OF_STORAGE, 0 },
  [FAULT_COMMIT] = { "commit", FAULT_OF_STORAGE, 0 },
  [FAULT_REMOVE] = { "remove", FAULT_OF_STORAGE, FAULT_OF_STORAGE },
  [FAULT_REF_GET] = { "ref_get", FAULT_OF_STORAGE, FAULT_OF_STORAGE },
  [FAULT_REF_SET] = { "ref_set", FAULT_OF_STORAGE, 0 },
  [FAULT_FILE_GET] = { "file_get", FAULT_OF_STORAGE, FAULT_OF_STORAGE },
  [FAULT_FILE_SET] = { "file_set", FAULT_OF_STORAGE, 0 },
  [FAULT_TREE_GET] = { "tree_get", FAULT_OF_STORAGE, FAULT_OF_STORAGE },
  [FAULT_TREE_SET] = { "tree_set", FAULT_OF_STORAGE, 0 },
  [FAULT_LIST]
  = { "list", FAULT_OF_STORAGE | FAULT_OF_TRANSPORT, FAULT_OF_STORAGE | FAULT_OF_TRANSPORT },
  [FAULT_LOCK] = { "lock", FAULT_OF_STORAGE, 0 },
  [FAULT_BLOB_PATH] = { "blob_path", FAULT_OF_STORAGE, FAULT_OF_STORAGE },
  [FAULT_FILE_ETAG] = { "file_etag", FAULT_OF_STORAGE, FAULT_OF_STORAGE },
  [FAULT_FILE_LINK] = { "file_link", FAULT_OF_STORAGE, 0 },
  [FAULT_DESCRIBE] = { "describe", FAULT_OF_STORAGE, 0 },
  [FAULT_USE_MARK] = { "use_mark", FAULT_OF_STORAGE, FAULT_OF_STORAGE },
  [FAULT_PROVE] = { "prove", FAULT_OF_STORAGE, 0 },
  [FAULT_PROVEN] = { "proven", FAULT_OF_STORAGE, 0 },
  [FAULT_RESOLVE] = { "resolve", FAULT_OF_TRANSPORT, FAULT_OF_TRANSPORT },
};

const char *
fault_op_name (enum fault_op op)
{
  return ops[op].name;
}

/* ---- codes ---- */

static const struct code
{
  const char *name;
  int code;
} codes[] = {
  { "PASS", HFCORE_PASS },
  { "NOTFOUND", HFCORE_E_NOTFOUND },
  { "RETRY", HFCORE_E_RETRY },
  { "DOWN", HFCORE_E_DOWN },
  { "AUTH", HFCORE_E_AUTH },
  { "CORRUPT", HFCORE_E_CORRUPT },
  { "CANCELLED", HFCORE_E_CANCELLED },
  { "NOSPACE", HFCORE_E_NOSPACE },
  { "READONLY", HFCORE_E_READONLY },
  { "BUSY", HFCORE_E_BUSY },
  { "CONFLICT", HFCORE_E_CONFLICT },
  { "CONFIG", HFCORE_E_CONFIG },
  { "UNSUPPORTED", HFCORE_E_UNSUPPORTED },
  { "NOMEM", HFCORE_E_NOMEM },
  { "IO", HFCORE_E_IO },
};

enum
{
  CODES = sizeof codes / sizeof *codes
};

const char *
fault_code_name (int code)
{
  for (size_t i = 0; i < CODES; i++)
    if (codes[i].code == code)
      return codes[i].name;
  return "nothing";
}

/* ---- one item that is read ---- */

struct reading
{
  enum fault_kind kind;
  struct fault_rule *rule;
  const char *op; /* "*" or a name  */
  uint32_t seen;  /* which words stood there, a bit each  */
  bool has_code;
  char *why;
};

static bool wrong (struct reading *reading, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

static bool
wrong (struct reading *reading, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  vsnprintf (reading->why, FAULT_WHY_ROOM, format, args);
  va_end (args);
  return false;
}

/* "; did you mean `WORD`?", or "".  */
static const char *
hint (const char *word, const char *const *words, size_t count, char to[WORD_ROOM])
{
  const char *nearest = text_nearest (word, words, count);
  to[0] = 0;
  if (nearest)
    snprintf (to, WORD_ROOM, "; did you mean `%s`?", nearest);
  return to;
}

static const char *
kind_name (enum fault_kind kind)
{
  return kind == FAULT_OF_STORAGE ? "storage" : "transport";
}

static bool
read_op (struct reading *reading, const char *word)
{
  const char *names[FAULT_OPS];
  size_t count = 0;
  char meant[WORD_ROOM];
  bool all = strcmp (word, "*") == 0;
  for (size_t op = 0; op < FAULT_OPS; op++)
    {
      bool is_here = ops[op].kinds & reading->kind;
      if (is_here)
        names[count++] = ops[op].name;
      if (is_here && (all || strcmp (word, ops[op].name) == 0))
        {
          reading->rule->ops |= BIT (op);
          reading->op = all ? "*" : ops[op].name;
        }
      else if (!is_here && strcmp (word, ops[op].name) == 0)
        return wrong (reading, "`%s` is an op of a %s, and what is wrapped is a %s", word,
                      kind_name (ops[op].kinds), kind_name (reading->kind));
    }
  return reading->rule->ops != 0
         || wrong (reading, "`%s` is no op that can fail%s", word,
                   hint (word, names, count, meant));
}

/* ---- values ---- */

/* Digits, and where they end.  */
static bool
read_digits (const char *text, uint64_t *number, const char **end)
{
  size_t digits = strspn (text, "0123456789");
  errno = 0;
  *number = strtoull (text, NULL, 10);
  *end = text + digits;
  return digits > 0 && !errno;
}

/* N, N.. or N..M  */
static bool
read_nth (struct reading *reading, const char *value)
{
  struct fault_rule *rule = reading->rule;
  const char *end;
  bool good = read_digits (value, &rule->first, &end) && rule->first > 0;
  rule->last = rule->first;
  if (good && strcmp (end, "..") == 0)
    rule->last = UINT64_MAX;
  else if (good && text_starts_with (end, ".."))
    good = read_digits (end + 2, &rule->last, &end) && !*end && rule->last >= rule->first;
  else
    good = good && !*end;
  return good
         || wrong (reading, "`nth` expects a call's number from 1 such as 3, 3.. or 3..5, not `%s`",
                   value);
}

static bool
read_every (struct reading *reading, const char *value)
{
  const char *end;
  return (read_digits (value, &reading->rule->every, &end) && !*end && reading->rule->every > 0)
         || wrong (reading, "`every` expects a number from 1, not `%s`", value);
}

/* Per cent, with four decimals at most.  */
static bool
read_chance (struct reading *reading, const char *value)
{
  uint64_t whole, part = 0;
  const char *end;
  size_t decimals = 0;
  bool good = read_digits (value, &whole, &end) && whole <= 100;
  if (good && *end == '.')
    {
      const char *point = end;
      good = read_digits (point + 1, &part, &end);
      decimals = (size_t) (end - point) - 1;
    }
  if (!good || decimals > 4 || strcmp (end, "%") != 0)
    return wrong (reading, "`chance` expects per cent such as 10%% or 0.5%%, not `%s`", value);
  for (; decimals < 4; decimals++)
    part *= 10;
  reading->rule->millionth = (uint32_t) (whole * 10000 + part);
  return reading->rule->millionth <= ALL_MILLIONTHS
         || wrong (reading, "`chance` expects 100%% at most, not `%s`", value);
}

static bool
read_code (struct reading *reading, const char *value)
{
  const char *names[CODES];
  char meant[WORD_ROOM];
  for (size_t i = 0; i < CODES; i++)
    {
      names[i] = codes[i].name;
      if (strcmp (value, codes[i].name) == 0)
        {
          reading->rule->code = codes[i].code;
          reading->has_code = true;
          return true;
        }
    }
  return wrong (reading, "there is no code `%s`%s", value, hint (value, names, CODES, meant));
}

static bool
read_duration (struct reading *reading, const char *word, const char *value, int64_t *ms)
{
  long long parsed;
  if (text_parse_duration (value, &parsed) < 0 || parsed > INT32_MAX)
    return wrong (reading, "`%s` expects a duration such as 200ms, 10s or 5m, not `%s`", word,
                  value);
  *ms = parsed;
  return true;
}

static bool
read_retry_after (struct reading *reading, const char *value)
{
  int64_t ms = 0;
  bool good = read_duration (reading, "retry-after", value, &ms);
  reading->rule->retry_after_ms = (uint32_t) ms;
  return good;
}

static bool
read_delay (struct reading *reading, const char *value)
{
  return read_duration (reading, "delay", value, &reading->rule->delay_ms);
}

static bool
read_quiet (struct reading *reading, const char *value)
{
  (void) value;
  return reading->rule->quiet = true;
}

/* ---- words ---- */

static const struct word
{
  const char *name;
  bool (*read) (struct reading *reading, const char *value); /* NULL: a deed  */
  bool has_value;
  /* Of a deed: */
  enum fault_deed deed;
  uint32_t ops;
  int code; /* unless the item names another  */
} words[] = {
  { .name = "nth", .read = read_nth, .has_value = true },
  { .name = "every", .read = read_every, .has_value = true },
  { .name = "chance", .read = read_chance, .has_value = true },
  { .name = "code", .read = read_code, .has_value = true },
  { .name = "retry-after", .read = read_retry_after, .has_value = true },
  { .name = "delay", .read = read_delay, .has_value = true },
  { .name = "quiet", .read = read_quiet },
  { .name = "cut",
    .has_value = true,
    .deed = FAULT_CUT,
    .ops = BIT (FAULT_READ),
    .code = HFCORE_E_RETRY },
  { .name = "flip",
    .has_value = true,
    .deed = FAULT_FLIP,
    .ops = BIT (FAULT_READ) | BIT (FAULT_WRITE) | BIT (FAULT_READ_BACK) },
  { .name = "short",
    .has_value = true,
    .deed = FAULT_SHORT,
    .ops = BIT (FAULT_WRITE),
    .code = HFCORE_E_IO },
  { .name = "after",
    .has_value = true,
    .deed = FAULT_AFTER,
    .ops = BIT (FAULT_WRITE),
    .code = HFCORE_E_NOSPACE },
  { .name = "ignore-ranges", .deed = FAULT_IGNORE_RANGES, .ops = BIT (FAULT_READ) },
};

enum
{
  WORDS = sizeof words / sizeof *words
};

/* The word of the item's deed, NULL: it has none.  */
static const struct word *
deed_word (const struct reading *reading)
{
  for (size_t i = 0; i < WORDS; i++)
    if (!words[i].read && (reading->seen & BIT (i)))
      return &words[i];
  return NULL;
}

static bool
read_deed (struct reading *reading, const struct word *word, const char *value)
{
  struct fault_rule *rule = reading->rule;
  unsigned long long bytes = 0;
  const struct word *other = deed_word (reading);
  if (other)
    return wrong (reading, "`%s` and `%s` cannot stand in one fault; write two", other->name,
                  word->name);
  if (reading->rule->ops & ~word->ops)
    return wrong (reading, "`%s` means nothing to `%s`", word->name, reading->op);
  if (word->deed == FAULT_IGNORE_RANGES && reading->kind != FAULT_OF_TRANSPORT)
    return wrong (reading, "`%s` is for a transport, and what is wrapped is a storage", word->name);
  if (word->has_value && text_parse_size (value, &bytes) < 0)
    return wrong (reading, "`%s` expects bytes such as 512, 20KB or 4MiB, not `%s`", word->name,
                  value);
  rule->deed = word->deed;
  rule->bytes = bytes;
  return true;
}

/* NAME or NAME=VALUE; `text` is changed.  */
static bool
read_word (struct reading *reading, char *text)
{
  const char *names[WORDS];
  char meant[WORD_ROOM];
  char *value = strchr (text, '=');
  if (value)
    *value++ = 0;
  for (size_t i = 0; i < WORDS; i++)
    {
      const struct word *word = &words[i];
      names[i] = word->name;
      if (strcmp (text, word->name) != 0)
        continue;
      if (reading->seen & BIT (i))
        return wrong (reading, "`%s` stands there twice", text);
      if (word->has_value && !value)
        return wrong (reading, "`%s` needs a value: `%s=…`", text, text);
      if (!word->has_value && value)
        return wrong (reading, "`%s` takes no value", text);
      bool good = word->read ? word->read (reading, value) : read_deed (reading, word, value);
      reading->seen |= BIT (i);
      return good;
    }
  return wrong (reading, "there is no word `%s`%s", text, hint (text, names, WORDS, meant));
}

/* ---- what only the whole item tells ---- */

static bool
check_code (struct reading *reading, const struct word *deed)
{
  struct fault_rule *rule = reading->rule;
  if (deed && !deed->code && reading->has_code)
    return wrong (reading, "`%s` and `code` cannot stand in one fault; write two", deed->name);
  if (rule->code != HFCORE_PASS)
    return true;
  if (deed)
    return wrong (reading, "`PASS` is no end of a call that has begun (`%s`)", deed->name);
  for (size_t op = 0; op < FAULT_OPS; op++)
    if ((rule->ops & BIT (op)) && !(ops[op].may_pass & reading->kind))
      return wrong (reading, "`PASS` is no answer of `%s`", reading->op);
  return true;
}

static bool
check (struct reading *reading)
{
  struct fault_rule *rule = reading->rule;
  const struct word *deed = deed_word (reading);
  if (!deed && !reading->has_code && rule->delay_ms == 0)
    return wrong (reading, "it does not say what is to happen: code, delay, cut, flip, short, "
                           "after or ignore-ranges");
  if (rule->quiet && rule->deed != FAULT_CUT && rule->deed != FAULT_SHORT)
    return wrong (reading, "`quiet` goes with `cut` or `short`");
  if (rule->quiet && reading->has_code)
    return wrong (reading, "`quiet` is a success: it has no `code`");
  if (!check_code (reading, deed))
    return false;
  if (!deed && reading->has_code)
    rule->deed = FAULT_FAIL;
  if (deed && !reading->has_code)
    rule->code = deed->code;
  if (rule->retry_after_ms && (rule->code >= HFCORE_OK || rule->quiet))
    return wrong (reading, "`retry-after` goes with a `code` that is a failure");
  return true;
}

bool
fault_grammar_read (const char *text, enum fault_kind kind, struct fault_rule *rule,
                    char why[FAULT_WHY_ROOM])
{
  static const char blank[] = " \t";
  struct reading reading = { .kind = kind, .rule = rule, .op = NULL, .why = why };
  *rule = (struct fault_rule){
    .text = text, .first = 1, .last = UINT64_MAX, .every = 1, .millionth = ALL_MILLIONTHS
  };
  for (const char *at = text + strspn (text, blank); *at; at += strspn (at, blank))
    {
      char word[WORD_ROOM];
      size_t len = strcspn (at, blank);
      if (len >= sizeof word)
        return wrong (&reading, "the word `%.40s…` is too long", at);
      memcpy (word, at, len);
      word[len] = 0;
      if (!(reading.op ? read_word (&reading, word) : read_op (&reading, word)))
        return false;
      at += len;
    }
  if (!reading.op)
    return wrong (&reading, "it is empty");
  return check (&reading);
}
