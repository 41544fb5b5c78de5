/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers of the test Hub.  */
#include "hub_util.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void
hub_autofree (void *pointer_to_pointer)
{
  free (*(void **) pointer_to_pointer);
}

void
hub_die (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  fputs ("hub_server: ", stderr);
  vfprintf (stderr, format, arguments);
  fputc ('\n', stderr);
  va_end (arguments);
  exit (2);
}

void *
hub_alloc (size_t count, size_t size)
{
  void *memory = calloc (count ? count : 1, size ? size : 1);
  if (!memory)
    hub_die ("out of memory");
  return memory;
}

void *
hub_grow (void *memory, size_t count, size_t size)
{
  void *grown = reallocarray (memory, count ? count : 1, size);
  if (!grown)
    hub_die ("out of memory");
  return grown;
}

char *
hub_strndup (const char *text, size_t length)
{
  char *copy = strndup (text, length);
  if (!copy)
    hub_die ("out of memory");
  return copy;
}

char *
hub_strdup (const char *text)
{
  return hub_strndup (text, strlen (text));
}

char *
hub_format (const char *format, ...)
{
  char *text = NULL;
  va_list arguments;
  va_start (arguments, format);
  int length = vasprintf (&text, format, arguments);
  va_end (arguments);
  if (length < 0)
    hub_die ("out of memory");
  return text;
}

void
hub_text_add (struct hub_text *text, const void *bytes, size_t length)
{
  if (text->room - text->length <= length)
    {
      text->room = 2 * text->room + length + 64;
      text->data = hub_grow (text->data, text->room, 1);
    }
  if (length)
    memcpy (text->data + text->length, bytes, length);
  text->length += length;
  text->data[text->length] = '\0';
}

void
hub_text_addf (struct hub_text *text, const char *format, ...)
{
  HUB_AUTOFREE char *part = NULL;
  va_list arguments;
  va_start (arguments, format);
  int length = vasprintf (&part, format, arguments);
  va_end (arguments);
  if (length < 0)
    hub_die ("out of memory");
  hub_text_add (text, part, (size_t) length);
}

char *
hub_read_file (const char *path, size_t *length)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return NULL;
  struct hub_text text = { 0 };
  hub_text_add (&text, "", 0);
  char chunk[65536];
  ssize_t got;
  while ((got = read (fd, chunk, sizeof chunk)) != 0)
    {
      if (got > 0)
        hub_text_add (&text, chunk, (size_t) got);
      else if (errno != EINTR)
        break;
    }
  int error = errno;
  close (fd);
  if (got < 0)
    {
      free (text.data);
      errno = error;
      return NULL;
    }
  *length = text.length;
  return text.data;
}

bool
hub_number (const char *text, int64_t *number)
{
  char *end = NULL;
  errno = 0;
  long long value = strtoll (text, &end, 10);
  if (errno || end == text || *end)
    return false;
  *number = value;
  return true;
}

bool
hub_is_hex (const char *text, size_t length)
{
  return strlen (text) == length && strspn (text, "0123456789abcdef") == length;
}

void
hub_hex (const unsigned char *bytes, size_t length, char *hex)
{
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < length; i++)
    {
      hex[2 * i] = digits[bytes[i] >> 4];
      hex[2 * i + 1] = digits[bytes[i] & 15];
    }
  hex[2 * length] = '\0';
}

static int
hex_digit (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

char *
hub_percent_decode (const char *text, size_t length, bool form)
{
  char *decoded = hub_alloc (length + 1, 1);
  size_t used = 0;
  for (size_t i = 0; i < length; i++)
    {
      char c = text[i];
      if (c == '+' && form)
        c = ' ';
      else if (c == '%')
        {
          int high = i + 2 < length ? hex_digit (text[i + 1]) : -1;
          int low = high >= 0 ? hex_digit (text[i + 2]) : -1;
          if (low < 0 || high * 16 + low == 0)
            {
              free (decoded);
              return NULL;
            }
          c = (char) (high * 16 + low);
          i += 2;
        }
      decoded[used++] = c;
    }
  return decoded;
}

char *
hub_percent_encode (const char *text, const char *safe)
{
  static const char unreserved[]
      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~";
  struct hub_text encoded = { 0 };
  hub_text_add (&encoded, "", 0);
  for (const char *c = text; *c; c++)
    if (strchr (unreserved, *c) || strchr (safe, *c))
      hub_text_add (&encoded, c, 1);
    else
      hub_text_addf (&encoded, "%%%02X", (unsigned char) *c);
  return encoded.data;
}

char *
hub_form_value (const char *form, const char *name, size_t index)
{
  size_t name_length = strlen (name);
  for (const char *field = form; *field;)
    {
      size_t length = strcspn (field, "&");
      size_t key_length = strcspn (field, "=&");
      HUB_AUTOFREE char *key = hub_percent_decode (field, key_length, true);
      if (key && strlen (key) == name_length && !strcmp (key, name) && index-- == 0)
        {
          size_t skip = key_length < length ? key_length + 1 : length;
          return hub_percent_decode (field + skip, length - skip, true);
        }
      field += length;
      if (*field)
        field++;
    }
  return NULL;
}

bool
hub_form_flag (const char *form, const char *name)
{
  HUB_AUTOFREE char *value = hub_form_value (form, name, 0);
  return value && (!strcmp (value, "1") || !strcasecmp (value, "true"));
}

int64_t
hub_clock_ms (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static pthread_once_t end_once = PTHREAD_ONCE_INIT;
static int end_fd = -1;

static void
open_end_fd (void)
{
  end_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (end_fd < 0)
    hub_die ("eventfd: %s", strerror (errno));
}

void
hub_wait_end_all (void)
{
  pthread_once (&end_once, open_end_fd);
  eventfd_write (end_fd, 1);
}

bool
hub_wait (int fd, int64_t milliseconds)
{
  pthread_once (&end_once, open_end_fd);
  int64_t deadline = hub_clock_ms () + milliseconds;
  for (;;)
    {
      int64_t left = deadline - hub_clock_ms ();
      if (left <= 0)
        return true;
      struct pollfd polls[2]
          = { { .fd = end_fd, .events = POLLIN }, { .fd = fd, .events = POLLRDHUP } };
      int ready = poll (polls, 2, left > 60000 ? 60000 : (int) left);
      if (ready > 0 || (ready < 0 && errno != EINTR))
        return false;
    }
}
