/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers of the test Hub: memory that cannot fail, growing text, percent encoding, waiting. */
#ifndef HUB_UTIL_H
#define HUB_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Frees a pointer variable at the end of its scope.  */
#define HUB_AUTOFREE __attribute__ ((cleanup (hub_autofree)))
void hub_autofree (void *pointer_to_pointer);

/* A growing text; `data` is NUL-ended once anything was added and the owner frees it.  */
struct hub_text
{
  char *data;
  size_t length;
  size_t room;
};

/* Prints one line to stderr and ends the process: the test Hub has no use for a half start.  */
_Noreturn void hub_die (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* Memory from these is zeroed (hub_alloc), never NULL, and freed by the caller.  */
void *hub_alloc (size_t count, size_t size);
void *hub_grow (void *memory, size_t count, size_t size);
char *hub_strdup (const char *text);
char *hub_strndup (const char *text, size_t length);
char *hub_format (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

void hub_text_add (struct hub_text *text, const void *bytes, size_t length);
void hub_text_addf (struct hub_text *text, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* The whole file, NUL-ended, or NULL with errno.  */
char *hub_read_file (const char *path, size_t *length);

/* A whole decimal number, with an optional minus.  */
bool hub_number (const char *text, int64_t *number);
bool hub_is_hex (const char *text, size_t length);
void hub_hex (const unsigned char *bytes, size_t length, char *hex);

/* The decoded text, or NULL for a bad escape or an encoded NUL.  `form`: a plus is a blank.  */
char *hub_percent_decode (const char *text, size_t length, bool form);
/* Everything but unreserved characters and those in `safe` is encoded.  */
char *hub_percent_encode (const char *text, const char *safe);

/* The decoded value of the `index`-th field NAME of a query or form body, or NULL.  */
char *hub_form_value (const char *form, const char *name, size_t index);
/* True for 1, true, True.  */
bool hub_form_flag (const char *form, const char *name);

/* Waits that many milliseconds; less if the peer of socket `fd` (-1: none) hangs up or the server
   stops.  False when it ended early.  */
bool hub_wait (int fd, int64_t milliseconds);
/* Ends all present and future waits.  */
void hub_wait_end_all (void);
int64_t hub_clock_ms (void);

#endif
