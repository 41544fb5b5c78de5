/* SPDX-License-Identifier: Apache-2.0 */
/* gaps.c: see gaps.h.  */
#include "core/engine/gaps.h"

#include <string.h>

static uint64_t
size_of (const struct gap *gap)
{
  return gap->to - gap->from;
}

static int
insert (struct gaps *gaps, size_t at, struct gap gap)
{
  struct gap_list *list = &gaps->list;
  if (gap_list_append (list, gap) < 0)
    return -1;
  memmove (&list->items[at + 1], &list->items[at], (list->count - 1 - at) * sizeof gap);
  list->items[at] = gap;
  return 0;
}

static void
drop (struct gaps *gaps, size_t at)
{
  struct gap_list *list = &gaps->list;
  memmove (&list->items[at], &list->items[at + 1], (--list->count - at) * sizeof *list->items);
}

static struct gap *
find (const struct gaps *gaps, int lane)
{
  for (size_t i = 0; i < gaps->list.count; i++)
    if (gaps->list.items[i].lane == lane)
      return &gaps->list.items[i];
  return NULL;
}

int
gaps_init (struct gaps *gaps, uint64_t length)
{
  *gaps = (struct gaps){ .length = length };
  return length ? insert (gaps, 0, (struct gap){ 0, length, GAPS_NOBODY }) : 0;
}

void
gaps_free (struct gaps *gaps)
{
  free (gaps->list.items);
  *gaps = (struct gaps){ .length = 0 };
}

int
gaps_fill (struct gaps *gaps, uint64_t from, uint64_t to)
{
  for (size_t i = 0; from < to && i < gaps->list.count;)
    {
      struct gap *gap = &gaps->list.items[i];
      const struct gap rest = { to, gap->to, gap->lane };
      if (to <= gap->from || gap->to <= from)
        i++;
      else if (from <= gap->from && gap->to <= to)
        drop (gaps, i);
      else if (from <= gap->from)
        gap->from = to;
      else
        {
          bool is_inside = to < gap->to;
          gap->to = from;
          i++;
          if (is_inside && insert (gaps, i, rest) < 0)
            return -1;
        }
    }
  return 0;
}

/* Cut the gap at `at` in two at `where`; the second part is the lane's.  */
static int
split (struct gaps *gaps, size_t at, uint64_t where, int lane)
{
  const struct gap second = { where, gaps->list.items[at].to, lane };
  if (insert (gaps, at + 1, second) < 0)
    return -1;
  gaps->list.items[at].to = where;
  return 0;
}

/* The first that nobody has, else the longest.  */
static size_t
choose (const struct gaps *gaps)
{
  size_t longest = 0;
  for (size_t i = 0; i < gaps->list.count; i++)
    {
      if (gaps->list.items[i].lane == GAPS_NOBODY)
        return i;
      if (size_of (&gaps->list.items[i]) > size_of (&gaps->list.items[longest]))
        longest = i;
    }
  return longest;
}

int
gaps_take (struct gaps *gaps, int lane, uint64_t most, uint64_t least, uint64_t *from, uint64_t *to)
{
  size_t at = choose (gaps);
  if (at >= gaps->list.count)
    return 0;
  struct gap *gap = &gaps->list.items[at];
  if (gap->lane != GAPS_NOBODY)
    {
      uint64_t half = size_of (gap) / 2;
      if (half < least || half == 0)
        return 0;
      if (split (gaps, at, gap->to - half, lane) < 0)
        return -1;
      gap = &gaps->list.items[at + 1];
    }
  else
    {
      if (size_of (gap) > most && split (gaps, at, gap->from + most, GAPS_NOBODY) < 0)
        return -1;
      gap = &gaps->list.items[at];
      gap->lane = lane;
    }
  *from = gap->from;
  *to = gap->to;
  return 1;
}

uint64_t
gaps_room (const struct gaps *gaps, int lane)
{
  const struct gap *gap = find (gaps, lane);
  return gap ? size_of (gap) : 0;
}

void
gaps_wrote (struct gaps *gaps, int lane, uint64_t len)
{
  struct gap *gap = find (gaps, lane);
  if (!gap)
    return;
  gap->from += len < size_of (gap) ? len : size_of (gap);
  if (gap->from == gap->to)
    drop (gaps, (size_t) (gap - gaps->list.items));
}

void
gaps_go_on (struct gaps *gaps, int lane, uint64_t at)
{
  for (size_t i = 0; i < gaps->list.count; i++)
    if (gaps->list.items[i].from == at && gaps->list.items[i].lane == GAPS_NOBODY)
      gaps->list.items[i].lane = lane;
}

int
gaps_cut (struct gaps *gaps, int lane, uint64_t most)
{
  const struct gap *gap = find (gaps, lane);
  return gap && size_of (gap) > most
             ? split (gaps, (size_t) (gap - gaps->list.items), gap->from + most, GAPS_NOBODY)
             : 0;
}

/* Neighbours that nobody has become one.  */
static void
join (struct gaps *gaps, size_t at)
{
  struct gap *items = gaps->list.items;
  if (at + 1 < gaps->list.count && items[at + 1].lane == GAPS_NOBODY
      && items[at].to == items[at + 1].from)
    {
      items[at].to = items[at + 1].to;
      drop (gaps, at + 1);
    }
  if (at > 0 && items[at - 1].lane == GAPS_NOBODY && items[at - 1].to == items[at].from)
    {
      items[at - 1].to = items[at].to;
      drop (gaps, at);
    }
}

void
gaps_leave (struct gaps *gaps, int lane)
{
  struct gap *gap = find (gaps, lane);
  if (!gap)
    return;
  gap->lane = GAPS_NOBODY;
  join (gaps, (size_t) (gap - gaps->list.items));
}

uint64_t
gaps_front (const struct gaps *gaps)
{
  return gaps->list.count ? gaps->list.items[0].from : gaps->length;
}

uint64_t
gaps_bytes (const struct gaps *gaps)
{
  uint64_t bytes = 0;
  for (size_t i = 0; i < gaps->list.count; i++)
    bytes += size_of (&gaps->list.items[i]);
  return bytes;
}
