/* SPDX-License-Identifier: Apache-2.0 */
/* mktar.c: tars that no tar program writes, header by header.
 *
 *   mktar OUT STEP...        each step is
 *     file NAME FILE         a file with the content of FILE
 *     sized NAME SIZE FILE   the same, but its header says SIZE bytes
 *     link NAME TARGET       hard NAME TARGET
 *     type C NAME            a header of type C: 3 character device, 4 block device, 5 folder,
 *                            6 FIFO, 7 contiguous file, S sparse file, K, L, g, x …
 *     pax FILE               a pax header with the content of FILE
 *     raw FILE               bytes as they are
 *     end                    the end mark  */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum
{
  BLOCK = 512
};

struct header
{
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, target[100];
  char magic[6], version[2], uname[32], gname[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof (struct header) == BLOCK, "a header is a block");

static FILE *out;

static void
die (const char *what, const char *which)
{
  fprintf (stderr, "mktar: %s: %s\n", what, which);
  exit (1);
}

/* A name of more than 100 bytes is parted at a slash.  */
static void
put_name (struct header *header, const char *name)
{
  size_t len = strlen (name);
  const char *slash = NULL;
  if (len <= sizeof header->name)
    {
      memcpy (header->name, name, len);
      return;
    }
  for (const char *at = name; (at = strchr (at, '/')); at++)
    if ((size_t) (at - name) <= sizeof header->prefix && strlen (at + 1) <= sizeof header->name)
      slash = at;
  if (!slash)
    die ("too long", name);
  memcpy (header->prefix, name, (size_t) (slash - name));
  memcpy (header->name, slash + 1, strlen (slash + 1));
}

static void
put_header (char type, const char *name, const char *target, uint64_t size)
{
  struct header header = { .type = type };
  unsigned sum = 0;
  put_name (&header, name);
  snprintf (header.mode, sizeof header.mode, "%07o", 0644);
  snprintf (header.uid, sizeof header.uid, "%07o", 0);
  snprintf (header.gid, sizeof header.gid, "%07o", 0);
  snprintf (header.size, sizeof header.size, "%011llo", (unsigned long long) size);
  snprintf (header.mtime, sizeof header.mtime, "%011o", 0);
  memcpy (header.magic, "ustar", 6);
  memcpy (header.version, "00", 2);
  if (strlen (target) > sizeof header.target)
    die ("too long", target);
  memcpy (header.target, target, strlen (target));
  memset (header.checksum, ' ', sizeof header.checksum);
  for (size_t i = 0; i < BLOCK; i++)
    sum += ((unsigned char *) &header)[i];
  snprintf (header.checksum, sizeof header.checksum, "%06o", sum);
  fwrite (&header, 1, BLOCK, out);
}

/* Returns how long the file is.  */
static uint64_t
put_content (const char *file, int to_block)
{
  char bytes[4096];
  uint64_t len = 0;
  FILE *in = fopen (file, "rb");
  if (!in)
    die ("cannot open", file);
  for (size_t got; (got = fread (bytes, 1, sizeof bytes, in)) > 0; len += got)
    if (out)
      fwrite (bytes, 1, got, out);
  fclose (in);
  memset (bytes, 0, BLOCK);
  if (out && to_block && len % BLOCK)
    fwrite (bytes, 1, BLOCK - len % BLOCK, out);
  return len;
}

static uint64_t
size_of (const char *file)
{
  FILE *kept = out;
  out = NULL;
  uint64_t len = put_content (file, 0);
  out = kept;
  return len;
}

/* How many words the step took.  */
static int
put_step (char **words, int count)
{
  static const struct
  {
    const char *name;
    int words;
  } steps[] = { { "file", 3 }, { "sized", 4 }, { "link", 3 }, { "hard", 3 },
                { "type", 3 }, { "pax", 2 },   { "raw", 2 },  { "end", 1 } };
  size_t step = 0;
  const size_t most = sizeof steps / sizeof *steps;
  while (step < most && strcmp (steps[step].name, words[0]) != 0)
    step++;
  if (step == most || count < steps[step].words)
    die ("no such step, or too few words", words[0]);
  const char *first = count > 1 ? words[1] : "", *second = count > 2 ? words[2] : "";
  static const char zeros[2 * BLOCK];
  switch (step)
    {
    case 0:
      put_header ('0', first, "", size_of (second));
      put_content (second, 1);
      break;
    case 1:
      put_header ('0', first, "", strtoull (second, NULL, 10));
      put_content (words[3], 1);
      break;
    case 2:
      put_header ('2', first, second, 0);
      break;
    case 3:
      put_header ('1', first, second, 0);
      break;
    case 4:
      put_header (first[0], second, "", 0);
      break;
    case 5:
      put_header ('x', "PaxHeader/x", "", size_of (first));
      put_content (first, 1);
      break;
    case 6:
      put_content (first, 0);
      break;
    default:
      fwrite (zeros, 1, sizeof zeros, out);
    }
  return steps[step].words;
}

int
main (int argc, char **argv)
{
  if (argc < 3 || !(out = fopen (argv[1], "wb")))
    die ("cannot write", argc > 1 ? argv[1] : "nothing");
  for (int i = 2; i < argc;)
    i += put_step (argv + i, argc - i);
  if (fclose (out) != 0)
    die ("cannot write", argv[1]);
  return 0;
}
