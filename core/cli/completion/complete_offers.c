/* SPDX-License-Identifier: Apache-2.0 */
/* complete_offers.c: see complete_offers.h.  */
#include "core/cli/completion/complete_offers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/text.h"

enum
{
  OFFERS_MOST = 20000,
  VALUE_ROOM = 8192,
  ANSWER_MOST = 1 << 26
};

/* ---- taking in ---- */

/* Does a terminal show it as it is?  */
static bool
is_plain_text (const char *text)
{
  char shown[VALUE_ROOM];
  text_one_line (shown, sizeof shown, text);
  return strcmp (shown, text) == 0;
}

/* Inside quotes there are characters that cannot be written.  */
static bool
can_be_quoted (const struct complete_line *line, const char *value)
{
  const char *not_in = line->quote == '\'' ? "'" : line->quote == '"' ? "!" : "";
  return line->shell != SHELL_BASH || !strpbrk (value, not_in);
}

/* Zsh and fish look themselves, and let people say how: in any case, say.  */
static bool
goes_on (const struct complete_line *line, const char *value)
{
  return line->shell == SHELL_ZSH || line->shell == SHELL_FISH
         || text_starts_with (value, complete_line_word (line));
}

void
complete_offer (struct complete_offers *offers, const struct complete_line *line, const char *start,
                const char *value, const char *about)
{
  CLEANUP_FREE char *whole = text_format ("%.*s%s%s", (int) line->stem, complete_line_word (line),
                                          start ? start : "", value);
  if (!whole || offers->list.count >= OFFERS_MOST || !is_plain_text (whole)
      || !goes_on (line, whole) || !can_be_quoted (line, whole))
    return;
  struct complete_offer offer
      = { .value = whole, .about = about && is_plain_text (about) ? strdup (about) : NULL };
  if (complete_offer_list_append (&offers->list, offer) == 0)
    whole = NULL;
  else
    free (offer.about);
}

/* ---- handing out ---- */

static int
by_value (const void *a_, const void *b_)
{
  const struct complete_offer *a = a_, *b = b_;
  return strcmp (a->value, b->value);
}

/* In order, and each once.  */
static void
sort (struct complete_offer_list *list)
{
  size_t kept = 0;
  if (!list->count)
    return;
  qsort (list->items, list->count, sizeof *list->items, by_value);
  for (size_t i = 0; i < list->count; i++)
    {
      struct complete_offer *offer = &list->items[i];
      if (kept && strcmp (list->items[kept - 1].value, offer->value) == 0)
        {
          free (offer->value);
          free (offer->about);
        }
      else
        list->items[kept++] = *offer;
    }
  list->count = kept;
}

/* The rest of a word for bash, inside the quote that is open.  */
static void
add_quoted (struct text *to, const char *value, char quote)
{
  static const char bare[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "_./,+@%-:=";
  for (; *value; value++)
    {
      bool is_safe = quote == '\''  ? true
                     : quote == '"' ? !strchr ("\"$`\\", *value)
                                    : (*value & 0x80) || strchr (bare, *value);
      text_append (to, "\\", is_safe ? 0 : 1);
      text_append (to, value, 1);
    }
}

/* Bash inserts what all have in common. Where that ends in the middle of `\(` and `\[`, something
 * shorter is offered beside them.  */
static void
add_common (struct text *to, const struct complete_line *line,
            const struct complete_offer_list *list)
{
  CLEANUP_TEXT struct text first = TEXT_LIMIT (ANSWER_MOST);
  size_t common = SIZE_MAX;
  for (size_t i = 0; i < list->count; i++)
    {
      CLEANUP_TEXT struct text next = TEXT_LIMIT (ANSWER_MOST);
      struct text *quoted = i == 0 ? &first : &next;
      size_t same = 0;
      text_add (quoted, "");
      add_quoted (quoted, list->items[i].value + line->kept, line->quote);
      if (first.failed || quoted->failed)
        return;
      while (same < common && first.bytes[same] && first.bytes[same] == quoted->bytes[same])
        same++;
      common = same;
    }
  size_t slashes = 0;
  while (list->count && slashes < common && first.bytes[common - 1 - slashes] == '\\')
    slashes++;
  if (line->quote == '\'' || slashes % 2 == 0 || common == 1)
    return;
  text_append (to, first.bytes, common - 1);
  text_add (to, "\n");
}

static void
add_offer (struct text *to, const struct complete_line *line, const struct complete_offer *offer)
{
  if (line->shell == SHELL_BASH)
    add_quoted (to, offer->value + line->kept, line->quote);
  else
    text_addf (to, "%s%s%s", offer->value, offer->about ? "\t" : "",
               offer->about ? offer->about : "");
  text_add (to, "\n");
}

/* Is this no end yet: a folder, "--revision="?  */
static bool
goes_further (const char *value)
{
  return *value && strchr ("/=@", value[strlen (value) - 1]);
}

void
complete_offers_write (struct complete_offers *offers, const struct complete_line *line)
{
  static const char *const kinds[]
      = { [PATHS_NONE] = "words", [PATHS_FILES] = "files", [PATHS_FOLDERS] = "folders" };
  CLEANUP_TEXT struct text answer = TEXT_LIMIT (ANSWER_MOST);
  const struct complete_offer_list *list = &offers->list;
  sort (&offers->list);
  bool is_alone = list->count == 1 && line->shell == SHELL_BASH;
  text_addf (&answer, "%s%s\n", kinds[offers->paths],
             is_alone && goes_further (list->items[0].value) ? " nospace" : "");
  for (size_t i = 0; i < list->count; i++)
    add_offer (&answer, line, &list->items[i]);
  if (line->shell == SHELL_BASH)
    add_common (&answer, line, list);
  for (size_t done = 0; !answer.failed && done < answer.len;)
    {
      ssize_t len = write (STDOUT_FILENO, answer.bytes + done, answer.len - done);
      if (len < 0 && errno != EINTR)
        return;
      done += len > 0 ? (size_t) len : 0;
    }
}

void
complete_offers_free (struct complete_offers *offers)
{
  for (size_t i = 0; i < offers->list.count; i++)
    {
      free (offers->list.items[i].value);
      free (offers->list.items[i].about);
    }
  free (offers->list.items);
}
