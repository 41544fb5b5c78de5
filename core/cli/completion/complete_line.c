/* SPDX-License-Identifier: Apache-2.0 */
/* complete_line.c: see complete_line.h.  */
#include "core/cli/completion/complete_line.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "core/util/text.h"

enum
{
  WORDS_MOST = 4096,
  WORD_MOST = 1 << 16,
  NAME_ROOM = 128
};

/* How a word is to be read.  */
struct reading
{
  bool is_fish;
  bool expands;       /* "~/" and $NAME stand for something  */
  const char *breaks; /* what ends a word for bash, too  */
};

struct unquoted
{
  struct text text;
  char quote;
  size_t kept, kept_before; /* now; and if the quote that is open is closed  */
};

/* ---- quotes ---- */

/* "$NAME" or "${NAME}" at `raw`: its value is added. How long it is; 0: none.  */
static size_t
expand (struct unquoted *to, const char *raw)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
  size_t start = raw[1] == '{' ? 2 : 1, len = strspn (raw + start, letters);
  char name[NAME_ROOM];
  if (!len || len >= sizeof name || (start == 2 && raw[start + len] != '}'))
    return 0;
  memcpy (name, raw + start, len);
  name[len] = 0;
  const char *value = getenv (name);
  text_add (&to->text, value ? value : "");
  return len + (start == 2 ? 3 : 1);
}

/* What a backslash at `raw` and the next character stand for; they are 2 characters, or 1.  */
static size_t
add_escaped (struct unquoted *to, const char *raw, const char *escapable)
{
  bool is_pair = raw[1] && (!escapable || strchr (escapable, raw[1]));
  if (is_pair || escapable)
    text_append (&to->text, is_pair ? raw + 1 : raw, 1);
  return is_pair ? 2 : 1;
}

static size_t
read_in_quotes (struct unquoted *to, const struct reading *how, const char *raw)
{
  static const char fish_double[] = "\"$\\", sh_double[] = "\"$`\\";
  bool is_single = to->quote == '\'';
  const char *escapable = !is_single     ? (how->is_fish ? fish_double : sh_double)
                          : how->is_fish ? "'\\"
                                         : NULL;
  size_t len = 1;
  if (*raw == to->quote)
    {
      to->quote = 0;
      to->kept = to->kept_before;
      return 1;
    }
  if (*raw == '\\' && escapable)
    return add_escaped (to, raw, escapable);
  if (*raw == '$' && how->expands && !is_single && (len = expand (to, raw)))
    return len;
  text_append (&to->text, raw, 1);
  return 1;
}

static size_t
read_bare (struct unquoted *to, const struct reading *how, const char *raw, bool is_start)
{
  size_t len;
  const char *home = getenv ("HOME");
  if (*raw == '\'' || *raw == '"')
    {
      to->quote = *raw;
      to->kept_before = to->kept;
      to->kept = to->text.len;
      return 1;
    }
  if (*raw == '\\')
    return add_escaped (to, raw, NULL);
  if (*raw == '$' && how->expands && (len = expand (to, raw)))
    return len;
  if (*raw == '~' && how->expands && is_start && home && (!raw[1] || raw[1] == '/'))
    {
      text_add (&to->text, home);
      return 1;
    }
  text_append (&to->text, raw, 1);
  /* Readline replaces the character itself where it may begin a name of a host or a variable.  */
  if (strchr (how->breaks, *raw))
    to->kept = to->text.len - (strchr ("@$", *raw) ? 1 : 0);
  return 1;
}

static void
unquote (struct unquoted *to, const struct reading *how, const char *raw)
{
  *to = (struct unquoted){ .text = TEXT_LIMIT (WORD_MOST) };
  text_add (&to->text, "");
  for (const char *at = raw; *at;)
    at += to->quote ? read_in_quotes (to, how, at) : read_bare (to, how, at, at == raw);
}

/* ---- words ---- */

static int
add_word (struct complete_line *line, char *word)
{
  if (word && line->words.count < WORDS_MOST && complete_words_append (&line->words, word) == 0)
    return 0;
  free (word);
  return -1;
}

static int
add_other (struct complete_line *line, const char *raw)
{
  const struct reading how
      = { .breaks = "", .expands = line->shell == SHELL_BASH || line->shell == SHELL_ZSH };
  struct unquoted word;
  if (!how.expands)
    return add_word (line, strdup (raw));
  unquote (&word, &how, raw);
  return add_word (line, text_take (&word.text));
}

static int
add_current (struct complete_line *line, const char *raw, const char *breaks)
{
  const struct reading how = { .breaks = breaks, .is_fish = line->shell == SHELL_FISH };
  struct unquoted word = { .kept = 0 };
  line->current = line->words.count;
  if (line->shell == SHELL_PLAIN)
    return add_word (line, strdup (raw));
  unquote (&word, &how, raw);
  line->quote = word.quote;
  line->kept = word.kept;
  return add_word (line, text_take (&word.text));
}

static int
read_words (struct complete_line *line, size_t current, const char *breaks, char **words,
            size_t count)
{
  int status = 0;
  for (size_t i = 0; !status && i < count; i++)
    status = i == current ? add_current (line, words[i], breaks) : add_other (line, words[i]);
  /* A shell may leave out the current word while there is nothing of it.  */
  if (!status && current >= count)
    status = add_current (line, "", breaks);
  return status;
}

/* Bash splits "--sort=size" and "hf://x" into several words. What stands together in the line, as
 * far as the cursor, is one.  */
static int
read_bash (struct complete_line *line, size_t current, const char *breaks, const char *typed,
           char **words, size_t count)
{
  CLEANUP_TEXT struct text raw = TEXT_LIMIT (WORD_MOST);
  text_add (&raw, "");
  for (size_t i = 0; i <= current; i++)
    {
      size_t blanks = strspn (typed, " \t\n"), len = strlen (words[i]);
      typed += blanks;
      if (i > 0 && blanks)
        {
          if (raw.failed || add_other (line, raw.bytes) < 0)
            return -1;
          raw.len = 0;
        }
      if (i == current || strncmp (typed, words[i], len) != 0)
        len = strlen (typed);
      text_append (&raw, typed, len);
      typed += len;
    }
  int status = raw.failed ? -1 : add_current (line, raw.bytes, breaks);
  for (size_t i = current + 1; !status && i < count; i++)
    status = add_other (line, words[i]);
  return status;
}

int
complete_line_read (int argc, char **argv, struct complete_line *line)
{
  static const char *const shells[] = {
    [SHELL_PLAIN] = "plain", [SHELL_BASH] = "bash", [SHELL_ZSH] = "zsh", [SHELL_FISH] = "fish"
  };
  enum
  {
    SHELLS = sizeof shells / sizeof *shells
  };
  size_t shell = 0;
  *line = (struct complete_line){ .current = 0 };
  while (argc > 1 && shell < SHELLS && strcmp (shells[shell], argv[0]) != 0)
    shell++;
  if (argc < 2 || shell == SHELLS)
    return -1;
  line->shell = (enum complete_shell) shell;
  char *end;
  unsigned long current = strtoul (argv[1], &end, 10);
  int first = line->shell == SHELL_BASH ? 4 : 2;
  if (*end || end == argv[1] || current == 0 || current > WORDS_MOST || argc <= first)
    return -1;
  size_t count = (size_t) (argc - first);
  if (line->shell == SHELL_BASH && *argv[3])
    return current < count ? read_bash (line, current, argv[2], argv[3], argv + first, count) : -1;
  return read_words (line, current, line->shell == SHELL_BASH ? argv[2] : "", argv + first, count);
}

void
complete_line_free (struct complete_line *line)
{
  for (size_t i = 0; i < line->words.count; i++)
    free (line->words.items[i]);
  free (line->words.items);
  line->words = (struct complete_words){ 0 };
}
