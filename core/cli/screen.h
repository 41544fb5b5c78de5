/* SPDX-License-Identifier: Apache-2.0 */
/* screen.h: the whole terminal: lines that are drawn, keys that are pressed. Its file alone knows
 * ncurses, which is loaded when a screen is opened. One screen in a program, from one thread.  */
#ifndef HFCORE_CLI_SCREEN_H
#define HFCORE_CLI_SCREEN_H

#include <stddef.h>
#include <stdint.h>
#include "core/cli/held_signals.h"

enum screen_key
{
  SCREEN_CHARACTER,
  SCREEN_UP,
  SCREEN_DOWN,
  SCREEN_PAGE_UP,
  SCREEN_PAGE_DOWN,
  SCREEN_HOME,
  SCREEN_END,
  SCREEN_ENTER,
  SCREEN_ESCAPE,
  SCREEN_BACKSPACE,
  SCREEN_OTHER,  /* one that means nothing here                                           */
  SCREEN_RESIZE, /* no key: the size is another one                                       */
  SCREEN_CTRL_C, /* or SIGINT                                                             */
  SCREEN_STOP    /* SIGTERM or SIGHUP, or the terminal is gone                            */
};

enum
{
  SCREEN_BOLD = 1,
  SCREEN_REVERSE = 2,
  SCREEN_DIM = 4
};

/* Take over the terminal at stdin and stdout. Signals, which are held as long as the screen is
 * open, are told as keys; a crash gives the terminal back first. -1: why not is in `why`.  */
int screen_open (const struct held_signals *held, char *why, size_t room);
/* The terminal is as it was; what was typed and not read is thrown away. Nothing open: does
 * nothing.  */
void screen_close (void);

void screen_size (int *rows, int *columns);
/* Draw line `row` (from 0): clean UTF-8, cut where the terminal ends.  */
void screen_line (int row, unsigned style, const char *text);
/* Let it be seen, with the cursor at `row` and `column`; -1: without a cursor.  */
void screen_show (int row, int column);
/* Wait for a key; of a SCREEN_CHARACTER `*character` is its code point.  */
enum screen_key screen_read (uint32_t *character);

#endif
