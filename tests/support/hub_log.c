/* SPDX-License-Identifier: Apache-2.0 */
/* The request log of the test Hub.  */
#include "hub_log.h"
#include "hub_util.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IDLE_WAIT_S 2

void
hub_log_open (struct hub_log *log, const char *path)
{
  pthread_mutex_init (&log->mutex, NULL);
  pthread_cond_init (&log->idle, NULL);
  log->fd = -1;
  if (!path)
    return;
  log->fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
  if (log->fd < 0)
    hub_die ("cannot write the log %s: %s", path, strerror (errno));
}

static void
free_entry (struct hub_log_entry *entry)
{
  free (entry->method);
  free (entry->url);
  free (entry->range);
  free (entry->user_agent);
  free (entry->accept_encoding);
  free (entry);
}

static void
drop_entries (struct hub_log *log)
{
  for (size_t i = 0; i < log->n_entries; i++)
    if (log->entries[i]->is_done)
      free_entry (log->entries[i]);
  free (log->entries);
  log->entries = NULL;
  log->n_entries = 0;
}

void
hub_log_close (struct hub_log *log)
{
  drop_entries (log);
  if (log->fd >= 0)
    close (log->fd);
}

struct hub_log_entry *
hub_log_begin (struct hub_log *log, const char *method, const char *url, bool is_cdn)
{
  struct hub_log_entry *entry = hub_alloc (1, sizeof *entry);
  entry->method = hub_strdup (method);
  entry->url = hub_strdup (url);
  entry->is_cdn = is_cdn;
  pthread_mutex_lock (&log->mutex);
  entry->number = ++log->last_number;
  entry->generation = log->generation;
  log->n_active++;
  if ((log->n_entries & (log->n_entries - 1)) == 0)
    log->entries = hub_grow (log->entries, 2 * log->n_entries + 1, sizeof (void *));
  log->entries[log->n_entries++] = entry;
  pthread_mutex_unlock (&log->mutex);
  return entry;
}

static json_t *
text_or_null (const char *text)
{
  json_t *value = text ? json_string (text) : NULL;
  return value ? value : json_null ();
}

/* The line of an entry, with its newline.  */
static char *
entry_line (const struct hub_log_entry *entry)
{
  json_t *object
      = json_pack ("{s:I, s:s, s:o, s:o, s:i, s:b, s:b, s:o, s:o, s:o, s:I}", "n",
                   (json_int_t) entry->number, "origin", entry->is_cdn ? "cdn" : "hub", "method",
                   text_or_null (entry->method), "path", text_or_null (entry->url), "status",
                   (int) entry->status, "auth", entry->has_auth, "auth_ok", entry->auth_ok, "range",
                   text_or_null (entry->range), "user_agent", text_or_null (entry->user_agent),
                   "accept_encoding", text_or_null (entry->accept_encoding), "bytes_sent",
                   (json_int_t) atomic_load (&entry->bytes_sent));
  char *json = object ? json_dumps (object, JSON_PRESERVE_ORDER) : NULL;
  char *line = hub_format ("%s\n", json ? json : "{}");
  free (json);
  json_decref (object);
  return line;
}

static void
write_all (int fd, const char *bytes, size_t length)
{
  while (length)
    {
      ssize_t put = write (fd, bytes, length);
      if (put < 0 && errno == EINTR)
        continue;
      if (put <= 0)
        return;
      bytes += put;
      length -= (size_t) put;
    }
}

void
hub_log_end (struct hub_log *log, struct hub_log_entry *entry)
{
  pthread_mutex_lock (&log->mutex);
  entry->is_done = true;
  if (entry->generation != log->generation)
    free_entry (entry);
  else if (log->fd >= 0)
    {
      HUB_AUTOFREE char *line = entry_line (entry);
      write_all (log->fd, line, strlen (line));
    }
  if (--log->n_active == 0)
    pthread_cond_broadcast (&log->idle);
  pthread_mutex_unlock (&log->mutex);
}

void
hub_log_clear (struct hub_log *log)
{
  pthread_mutex_lock (&log->mutex);
  drop_entries (log);
  log->generation++;
  log->last_number = 0;
  if (log->fd >= 0 && ftruncate (log->fd, 0) != 0)
    hub_die ("cannot empty the log: %s", strerror (errno));
  pthread_mutex_unlock (&log->mutex);
}

size_t
hub_log_count (struct hub_log *log, const char *method, const char *match)
{
  size_t count = 0;
  pthread_mutex_lock (&log->mutex);
  for (size_t i = 0; i < log->n_entries; i++)
    {
      const struct hub_log_entry *entry = log->entries[i];
      if ((!method || !*method || !strcmp (entry->method, method))
          && (!match || strstr (entry->url, match)))
        count++;
    }
  pthread_mutex_unlock (&log->mutex);
  return count;
}

char *
hub_log_text (struct hub_log *log)
{
  struct timespec deadline;
  clock_gettime (CLOCK_REALTIME, &deadline);
  deadline.tv_sec += IDLE_WAIT_S;
  struct hub_text text = { 0 };
  hub_text_add (&text, "", 0);
  pthread_mutex_lock (&log->mutex);
  while (log->n_active && pthread_cond_timedwait (&log->idle, &log->mutex, &deadline) == 0)
    continue;
  for (size_t i = 0; i < log->n_entries; i++)
    if (log->entries[i]->is_done)
      {
        HUB_AUTOFREE char *line = entry_line (log->entries[i]);
        hub_text_add (&text, line, strlen (line));
      }
  pthread_mutex_unlock (&log->mutex);
  return text.data;
}
