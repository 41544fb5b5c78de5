/* SPDX-License-Identifier: Apache-2.0 */
/* screen.c: see screen.h. The only file that knows ncurses, and it is not linked with it.  */
#ifdef HAVE_CONFIG_H
#  include "config.h"
#endif

#include "core/cli/screen.h"

#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>
#include "core/util/os.h"
#include "core/util/text.h"

/* term.h makes macros of terminfo's names. */
#undef columns
#undef lines

#ifndef HFCORE_LIBNCURSESW
#  define HFCORE_LIBNCURSESW "libncursesw.so.6"
#endif

enum
{
  ESCAPE_MS = 25,   /* how long an escape may be the begin of another key  */
  CELLS_MOST = 512, /* of a line  */
  CTRL_C = 3,
  ESCAPE = 27,
  DELETE = 127
};

/* What is used of ncurses, with the types that its header says.  */
#define EACH_FUNCTION(do_)                                                                         \
  do_ (newterm) do_ (set_escdelay) do_ (cbreak) do_ (noecho) do_ (nonl) do_ (keypad) do_ (nodelay) \
      do_ (curs_set) do_ (wmove) do_ (wattrset) do_ (waddnwstr) do_ (wclrtoeol) do_ (wnoutrefresh) \
          do_ (doupdate) do_ (wget_wch) do_ (getmaxx) do_ (getmaxy) do_ (resizeterm) do_ (endwin)  \
              do_ (delscreen) do_ (tigetstr)

static struct
{
#define DECLARE(name) __typeof__ (&name) name;
  EACH_FUNCTION (DECLARE)
#undef DECLARE
  WINDOW **stdscr; /* ncurses' own variable  */
} curses;

/* The screen that is open.  */
static struct
{
  SCREEN *terminal; /* NULL: none is open  */
  const struct held_signals *held;
  char *locale;            /* that was set before  */
  struct termios settings; /* of the terminal before  */
  char restore[256];       /* what is written to it when the program crashes  */
  size_t restore_len;
  struct sigaction crash_before[8];
  struct sigaction stop_before; /* ncurses has its own for Ctrl-Z  */
  int empty_reads;              /* input was announced and there was none, in a row  */
} screen;

/* ---- ncurses ---- */

static int
load_curses (char *why, size_t room)
{
  const char *reason = NULL;
  void *library = os_library_open (HFCORE_LIBNCURSESW, &reason);
  bool complete = library != NULL;
#define LOOK_UP(name)                                                                              \
  curses.name = library ? (__typeof__ (&name)) os_library_symbol (library, #name) : NULL;          \
  complete = complete && curses.name;
  EACH_FUNCTION (LOOK_UP)
#undef LOOK_UP
  curses.stdscr = library ? os_library_symbol (library, "stdscr") : NULL;
  if (complete && curses.stdscr)
    return 0;
  snprintf (why, room, "the picker needs ncurses, which does not load (%s)",
            reason ? reason : HFCORE_LIBNCURSESW " lacks a function");
  return -1;
}

/* ---- a crash ---- */

static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGQUIT };

/* Only what a signal handler may call.  */
static void
give_back (int number)
{
  ssize_t written = write (STDOUT_FILENO, screen.restore, screen.restore_len);
  (void) written;
  tcsetattr (STDOUT_FILENO, TCSANOW, &screen.settings);
  raise (number);
}

static void
add_restore (const char *capability)
{
  const char *string = curses.tigetstr (capability);
  /* Not there, or no string at all: NULL or -1. */
  if (!string || string == (const char *) -1)
    return;
  while (*string && screen.restore_len < sizeof screen.restore)
    if (string[0] == '$' && string[1] == '<' && strchr (string, '>'))
      string = strchr (string, '>') + 1; /* a pause for old hardware  */
    else
      screen.restore[screen.restore_len++] = *string++;
}

static void
watch_crashes (void)
{
  const struct sigaction action = { .sa_handler = give_back, .sa_flags = (int) SA_RESETHAND };
  screen.restore_len = 0;
  add_restore ("sgr0");
  add_restore ("rmkx");
  add_restore ("rmcup");
  add_restore ("cnorm");
  for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
    sigaction (crashes[i], &action, &screen.crash_before[i]);
}

static void
unwatch_crashes (void)
{
  for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
    sigaction (crashes[i], &screen.crash_before[i], NULL);
}

/* ---- open and closed ---- */

/* ncurses asks the locale what a character is; names are UTF-8 whatever it says.  */
static void
set_locale (void)
{
  const char *before = setlocale (LC_CTYPE, NULL);
  screen.locale = before ? strdup (before) : NULL;
  if (!setlocale (LC_CTYPE, "") || strcmp (nl_langinfo (CODESET), "UTF-8") != 0)
    setlocale (LC_CTYPE, "C.UTF-8");
}

static void
restore_locale (void)
{
  if (screen.locale)
    setlocale (LC_CTYPE, screen.locale);
  free (screen.locale);
  screen.locale = NULL;
}

/* ncurses may have believed LINES and COLUMNS of the environment.  */
static void
take_size (void)
{
  struct winsize size;
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
    curses.resizeterm (size.ws_row, size.ws_col);
}

int
screen_open (const struct held_signals *held, char *why, size_t room)
{
  const char *type = getenv ("TERM");
  if (!isatty (STDIN_FILENO) || !isatty (STDOUT_FILENO)
      || tcgetattr (STDOUT_FILENO, &screen.settings) < 0)
    {
      snprintf (why, room, "the picker needs a terminal at stdin and stdout");
      return -1;
    }
  if (!type || !*type || strcmp (type, "dumb") == 0)
    {
      snprintf (why, room, "the picker cannot draw on this terminal (TERM is %s)",
                type && *type ? type : "not set");
      return -1;
    }
  if (load_curses (why, room) < 0)
    return -1;
  set_locale ();
  sigaction (SIGTSTP, NULL, &screen.stop_before);
  screen.terminal = curses.newterm (NULL, stdout, stdin);
  if (!screen.terminal)
    {
      restore_locale ();
      snprintf (why, room, "the picker does not know this terminal (TERM is %s)", type);
      return -1;
    }
  watch_crashes ();
  curses.set_escdelay (ESCAPE_MS);
  curses.cbreak ();
  curses.noecho ();
  curses.nonl ();
  curses.keypad (*curses.stdscr, true);
  curses.nodelay (*curses.stdscr, true);
  screen.held = held;
  screen.empty_reads = 0;
  take_size ();
  return 0;
}

void
screen_close (void)
{
  if (!screen.terminal)
    return;
  curses.curs_set (1);
  curses.endwin ();
  tcflush (STDIN_FILENO, TCIFLUSH);
  unwatch_crashes ();
  sigaction (SIGTSTP, &screen.stop_before, NULL);
  curses.delscreen (screen.terminal);
  screen.terminal = NULL;
  restore_locale ();
}

/* ---- drawing ---- */

void
screen_size (int *rows, int *columns)
{
  *rows = curses.getmaxy (*curses.stdscr);
  *columns = curses.getmaxx (*curses.stdscr);
}

/* What of `text` fits into `columns`, as wide characters; what does not ends in "…". Returns how
 * many.  */
static size_t
fit (const char *text, int columns, wchar_t wide[CELLS_MOST])
{
  size_t count = 0, at_mark = 0; /* characters before the last column  */
  int used = 0;
  while (*text && count < CELLS_MOST)
    {
      uint32_t code;
      size_t len = text_decode (text, &code);
      text += len ? len : 1;
      int width = len ? wcwidth ((wchar_t) code) : -1;
      if (width < 0)
        {
          code = '?';
          width = 1;
        }
      if (used + width > columns)
        {
          wide[at_mark] = L'…';
          return at_mark + 1;
        }
      wide[count++] = (wchar_t) code;
      used += width;
      if (used < columns)
        at_mark = count;
    }
  return count;
}

void
screen_line (int row, unsigned style, const char *text)
{
  wchar_t wide[CELLS_MOST];
  WINDOW *window = *curses.stdscr;
  if (row < 0 || row >= curses.getmaxy (window) || curses.wmove (window, row, 0) == ERR)
    return;
  size_t count = fit (text, curses.getmaxx (window), wide);
  chtype attributes = (style & SCREEN_BOLD ? A_BOLD : 0) | (style & SCREEN_REVERSE ? A_REVERSE : 0)
                      | (style & SCREEN_DIM ? A_DIM : 0);
  /* Before it is written: a full line leaves the cursor on the next one. */
  curses.wclrtoeol (window);
  curses.wattrset (window, (int) attributes);
  curses.waddnwstr (window, wide, (int) count);
  curses.wattrset (window, 0);
}

void
screen_show (int row, int column)
{
  WINDOW *window = *curses.stdscr;
  int columns = curses.getmaxx (window);
  curses.curs_set (column >= 0);
  if (column >= 0)
    curses.wmove (window, row, column < columns ? column : columns - 1);
  curses.wnoutrefresh (window);
  curses.doupdate ();
}

/* ---- keys ---- */

static enum screen_key
special_key (wint_t code)
{
  static const struct
  {
    wint_t code;
    enum screen_key key;
  } keys[] = { { KEY_UP, SCREEN_UP },         { KEY_DOWN, SCREEN_DOWN },
               { KEY_PPAGE, SCREEN_PAGE_UP }, { KEY_NPAGE, SCREEN_PAGE_DOWN },
               { KEY_HOME, SCREEN_HOME },     { KEY_FIND, SCREEN_HOME },
               { KEY_END, SCREEN_END },       { KEY_SELECT, SCREEN_END },
               { KEY_ENTER, SCREEN_ENTER },   { KEY_BACKSPACE, SCREEN_BACKSPACE },
               { KEY_RESIZE, SCREEN_RESIZE } };
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (keys[i].code == code)
      return keys[i].key;
  return SCREEN_OTHER;
}

static enum screen_key
typed_key (wint_t code, uint32_t *character)
{
  switch (code)
    {
    case '\r':
    case '\n':
      return SCREEN_ENTER;
    case '\b':
    case DELETE:
      return SCREEN_BACKSPACE;
    case ESCAPE:
      return SCREEN_ESCAPE;
    case CTRL_C:
      return SCREEN_CTRL_C;
    default:
      *character = (uint32_t) code;
      return SCREEN_CHARACTER;
    }
}

enum screen_key
screen_read (uint32_t *character)
{
  enum
  {
    PATIENCE = 16
  };
  for (;;)
    {
      wint_t code;
      int kind = curses.wget_wch (*curses.stdscr, &code);
      if (kind != ERR)
        {
          screen.empty_reads = 0;
          return kind == KEY_CODE_YES ? special_key (code) : typed_key (code, character);
        }
      if (screen.empty_reads > PATIENCE)
        return SCREEN_STOP;
      int number = held_signals_wait (screen.held, STDIN_FILENO);
      screen.empty_reads = number ? 0 : screen.empty_reads + 1;
      if (number == SIGWINCH)
        {
          take_size ();
          return SCREEN_RESIZE;
        }
      if (number)
        return number == SIGINT ? SCREEN_CTRL_C : SCREEN_STOP;
    }
}
