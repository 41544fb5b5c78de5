/* SPDX-License-Identifier: Apache-2.0 */
/* transport_host.c: see transport_host.h.  */
#include "tests/contract/transport_host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/util/cleanup.h"
#include "core/util/text.h"

#define BYTES_MAX ((size_t) 4 << 20)

__attribute__ ((format (printf, 1, 2))) static _Noreturn void
die (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
  exit (99);
}

/* What the machine has set would change what is tested.  */
__attribute__ ((constructor)) static void
clean_environment (void)
{
  static const char *const names[] = { "http_proxy",    "https_proxy",  "all_proxy",     "no_proxy",
                                       "HTTP_PROXY",    "HTTPS_PROXY",  "ALL_PROXY",     "NO_PROXY",
                                       "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUEST_METHOD" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    unsetenv (names[i]);
}

/* ---- an instance ---- */

static struct
{
  pthread_mutex_t mutex;
  char lines[8192];
} journal = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void
to_journal (void *ctx, int level, const char *line)
{
  (void) ctx;
  ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&journal.mutex);
  size_t used = strlen (journal.lines), room = sizeof journal.lines - used;
  snprintf (journal.lines + used, room, "%d %s\n", level, line);
}

static const struct host_log the_log = { .write = to_journal, .level = HFCORE_LOG_INFO };

const char *
test_log (void)
{
  return journal.lines;
}

void
test_log_clear (void)
{
  journal.lines[0] = 0;
}

void
test_open (struct test_transport *transport, const char *plugin, ...)
{
  const char *options[TEST_OPTIONS_MAX * 2 + 1] = { NULL };
  va_list args;
  va_start (args, plugin);
  for (int i = 0; i < TEST_OPTIONS_MAX * 2 && (options[i] = va_arg (args, const char *)); i++)
    continue;
  va_end (args);
  transport->code = test_module_open (&transport->module, GUARD_TRANSPORT, plugin, "test", false,
                                      &the_log, options);
  transport->error = transport->module.error;
  transport->ops = &guard_transport_ops;
  transport->self = &transport->module.guard;
}

void
test_close (struct test_transport *transport)
{
  if (transport->self)
    test_module_close (&transport->module);
  transport->self = NULL;
}

/* ---- a socket's worth of HTTP ---- */

static int
connect_to (const char *url)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  const char *port = strrchr (url, ':');
  address.sin_port = htons ((uint16_t) strtoul (port + 1, NULL, 10));
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    die ("cannot reach the test Hub at %s: %s", url, strerror (errno));
  return fd;
}

static void
send_all (int fd, const char *bytes, size_t len)
{
  while (len)
    {
      ssize_t sent = send (fd, bytes, len, MSG_NOSIGNAL);
      if (sent <= 0)
        return;
      bytes += sent;
      len -= (size_t) sent;
    }
}

/* Ask the test Hub; its answer's body, a new string.  */
static char *
ask (struct test_hub *hub, const char *method, const char *path, const char *body)
{
  CLEANUP_TEXT struct text text = TEXT_LIMIT ((size_t) 64 << 20);
  CLEANUP_CLOSE int fd = connect_to (hub->endpoint);
  char piece[4096];
  text_addf (&text, "%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s", method,
             path, strlen (body), body);
  send_all (fd, text.bytes, text.len);
  text_free (&text);
  text = TEXT_LIMIT ((size_t) 64 << 20);
  for (ssize_t got; (got = recv (fd, piece, sizeof piece, 0)) > 0;)
    text_append (&text, piece, (size_t) got);
  const char *answer = text.bytes ? strstr (text.bytes, "\r\n\r\n") : NULL;
  if (!answer || strncmp (text.bytes, "HTTP/1.", 7) != 0 || text.bytes[9] != '2')
    die ("the test Hub refuses %s %s: %s", method, path, text.bytes ? text.bytes : "nothing said");
  return strdup (answer + 4);
}

/* ---- the test Hub ---- */

static void
read_line (FILE *from, const char *start, char *to, size_t room)
{
  char line[256];
  if (!fgets (line, sizeof line, from) || strncmp (line, start, strlen (start)) != 0)
    die ("the test Hub did not start");
  line[strcspn (line, "\n")] = 0;
  snprintf (to, room, "%s", line + strlen (start));
}

void
test_hub_start (struct test_hub *hub, const char *manifest, ...)
{
  const char *binary = getenv ("HUB_SERVER");
  const char *argv[32] = { "hub_server", "--die-with-parent", "--manifest", manifest };
  size_t count = 4;
  int ends[2];
  va_list args;
  va_start (args, manifest);
  while (count < 31 && (argv[count] = va_arg (args, const char *)))
    count++;
  va_end (args);
  if (!binary)
    binary = "tests/support/hub_server";
  if (pipe (ends) != 0 || (hub->pid = fork ()) < 0)
    die ("cannot start the test Hub: %s", strerror (errno));
  if (!hub->pid)
    {
      dup2 (ends[1], 1);
      close (ends[0]);
      close (ends[1]);
      execv (binary, (char *const *) argv);
      _exit (127);
    }
  close (ends[1]);
  FILE *from = fdopen (ends[0], "r");
  read_line (from, "HF_ENDPOINT=", hub->endpoint, sizeof hub->endpoint);
  read_line (from, "CDN=", hub->cdn, sizeof hub->cdn);
  fclose (from);
}

void
test_hub_stop (struct test_hub *hub)
{
  kill (hub->pid, SIGTERM);
  waitpid (hub->pid, NULL, 0);
}

void
test_hub_fault (struct test_hub *hub, const char *spec)
{
  free (ask (hub, "POST", "/-/fault", spec));
}

void
test_hub_clear (struct test_hub *hub)
{
  free (ask (hub, "DELETE", "/-/fault", ""));
  free (ask (hub, "DELETE", "/-/log", ""));
}

char *
test_hub_log (struct test_hub *hub)
{
  return ask (hub, "GET", "/-/log", "");
}

int
test_hub_count (struct test_hub *hub, const char *method, const char *part)
{
  char path[512];
  snprintf (path, sizeof path, "/-/count?match=%s&method=%s", part, method);
  CLEANUP_FREE char *answer = ask (hub, "GET", path, "");
  return (int) strtol (answer, NULL, 10);
}

/* ---- a server that is told its words ---- */

struct test_words
{
  const char *const *answers;
  bool keep_alive;
  char url[64];
  int listener, wake[2];
  atomic_int connections;
  pthread_t thread;
};

/* Read one request's headers. false: the peer is gone, or we are to stop.  */
static bool
take_request (struct test_words *words, int fd)
{
  char request[16384];
  size_t len = 0;
  for (;;)
    {
      struct pollfd ready[2]
          = { { .fd = fd, .events = POLLIN }, { .fd = words->wake[0], .events = POLLIN } };
      if (poll (ready, 2, -1) < 0 || ready[1].revents)
        return false;
      ssize_t got = recv (fd, request + len, sizeof request - 1 - len, 0);
      if (got <= 0)
        return false;
      len += (size_t) got;
      request[len] = 0;
      if (strstr (request, "\r\n\r\n"))
        return true;
    }
}

static void
say (int fd, const char *answer)
{
  size_t len = strlen (answer);
  CLEANUP_FREE char *bytes = malloc (len + 1);
  for (size_t i = 0; bytes && i < len; i++)
    bytes[i] = answer[i] == '\376' ? 0 : answer[i];
  if (bytes)
    send_all (fd, bytes, len);
}

static void *
speak (void *ctx)
{
  struct test_words *words = ctx;
  size_t next = 0;
  for (;;)
    {
      struct pollfd ready[2] = { { .fd = words->listener, .events = POLLIN },
                                 { .fd = words->wake[0], .events = POLLIN } };
      if (poll (ready, 2, -1) < 0 || ready[1].revents)
        return NULL;
      CLEANUP_CLOSE int fd = accept (words->listener, NULL, NULL);
      if (fd < 0)
        continue;
      atomic_fetch_add (&words->connections, 1);
      while (take_request (words, fd))
        {
          say (fd, words->answers[next]);
          if (words->answers[next + 1])
            next++;
          if (!words->keep_alive)
            break;
        }
    }
}

struct test_words *
test_words_start (const char *const *answers, bool keep_alive)
{
  struct test_words *words = calloc (1, sizeof *words);
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t len = sizeof address;
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  words->answers = answers;
  words->keep_alive = keep_alive;
  words->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (words->listener < 0 || bind (words->listener, (struct sockaddr *) &address, len) != 0
      || listen (words->listener, 16) != 0 || pipe (words->wake) != 0
      || getsockname (words->listener, (struct sockaddr *) &address, &len) != 0
      || pthread_create (&words->thread, NULL, speak, words) != 0)
    die ("cannot start a server: %s", strerror (errno));
  snprintf (words->url, sizeof words->url, "http://127.0.0.1:%u", ntohs (address.sin_port));
  return words;
}

const char *
test_words_url (const struct test_words *words)
{
  return words->url;
}

int
test_words_connections (const struct test_words *words)
{
  return atomic_load (&words->connections);
}

void
test_words_stop (struct test_words *words)
{
  close (words->wake[1]);
  pthread_join (words->thread, NULL);
  close (words->wake[0]);
  close (words->listener);
  free (words);
}

/* ---- sinks ---- */

static const char *
copy_text (char *to, size_t room, const char *from)
{
  if (!from)
    return NULL;
  snprintf (to, room, "%s", from);
  return to;
}

static int
sink_about (void *ctx, const struct hfcore_file_info *info)
{
  struct test_bytes *bytes = ctx;
  bytes->abouts++;
  bytes->about_came_first = !bytes->begins;
  bytes->info = *info;
  bytes->info.commit = copy_text (bytes->commit, sizeof bytes->commit, info->commit);
  bytes->info.etag = copy_text (bytes->etag, sizeof bytes->etag, info->etag);
  bytes->info.xet_hash = copy_text (bytes->xet_hash, sizeof bytes->xet_hash, info->xet_hash);
  return bytes->stop_about;
}

static int
sink_begin (void *ctx, uint64_t offset, uint64_t total)
{
  struct test_bytes *bytes = ctx;
  bytes->begins++;
  bytes->offset = offset;
  bytes->total = total;
  return bytes->stop_begin;
}

static int
sink_data (void *ctx, const void *data, size_t len)
{
  struct test_bytes *bytes = ctx;
  if (bytes->len + len <= BYTES_MAX)
    memcpy (bytes->bytes + bytes->len, data, len);
  bytes->len += len;
  return bytes->len >= bytes->stop_after ? bytes->stop_data : 0;
}

void
test_bytes_init (struct test_bytes *bytes)
{
  memset (bytes, 0, sizeof *bytes);
  bytes->bytes = malloc (BYTES_MAX);
  bytes->sink = (struct hfcore_sink){ .size = sizeof bytes->sink,
                                      .ctx = bytes,
                                      .about = sink_about,
                                      .begin = sink_begin,
                                      .data = sink_data };
}

void
test_bytes_free (struct test_bytes *bytes)
{
  free (bytes->bytes);
}
