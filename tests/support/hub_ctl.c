/* SPDX-License-Identifier: Apache-2.0 */
/* The client mode of hub_server: one HTTP/1.0 request on a plain socket.  */
#include "hub_ctl.h"
#include "hub_util.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SCHEME     "http://"
#define SCHEME_END (sizeof SCHEME - 1)

static int
connect_to (const char *url, char **authority)
{
  if (strncmp (url, SCHEME, SCHEME_END))
    hub_die ("--ctl wants a URL http://HOST:PORT, not %s", url);
  *authority = hub_strndup (url + SCHEME_END, strcspn (url + SCHEME_END, "/"));
  HUB_AUTOFREE char *host = hub_strdup (*authority);
  char *colon = strrchr (host, ':');
  if (!colon)
    hub_die ("--ctl wants a URL with a port, not %s", url);
  *colon = '\0';
  struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
  struct addrinfo *found = NULL;
  int error = getaddrinfo (host, colon + 1, &hints, &found);
  if (error)
    hub_die ("%s: %s", url, gai_strerror (error));
  int fd = socket (found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect (fd, found->ai_addr, found->ai_addrlen) != 0)
    hub_die ("cannot reach %s: %s", url, strerror (errno));
  freeaddrinfo (found);
  return fd;
}

static void
send_all (int fd, const char *bytes, size_t length)
{
  while (length)
    {
      ssize_t put = send (fd, bytes, length, MSG_NOSIGNAL);
      if (put < 0 && errno == EINTR)
        continue;
      if (put <= 0)
        hub_die ("cannot send: %s", strerror (errno));
      bytes += put;
      length -= (size_t) put;
    }
}

static struct hub_text
receive_all (int fd)
{
  struct hub_text answer = { 0 };
  char chunk[65536];
  hub_text_add (&answer, "", 0);
  for (;;)
    {
      ssize_t got = recv (fd, chunk, sizeof chunk, 0);
      if (got > 0)
        hub_text_add (&answer, chunk, (size_t) got);
      else if (got == 0)
        return answer;
      else if (errno != EINTR)
        hub_die ("cannot receive: %s", strerror (errno));
    }
}

int
hub_ctl_run (int count, char **arguments)
{
  if (count < 3 || count > 4)
    hub_die ("--ctl wants URL METHOD PATH [BODY] or URL COUNT METHOD SUBSTRING");
  const char *method = arguments[1];
  const char *body = count == 4 ? arguments[3] : "";
  HUB_AUTOFREE char *path = NULL;
  if (!strcmp (method, "COUNT"))
    {
      HUB_AUTOFREE char *of_method = hub_percent_encode (arguments[2], "");
      HUB_AUTOFREE char *match = hub_percent_encode (body, "");
      path = hub_format ("/-/count?method=%s&match=%s", of_method, match);
      method = "GET";
      body = "";
    }
  else
    path = hub_strdup (arguments[2]);
  HUB_AUTOFREE char *authority = NULL;
  int fd = connect_to (arguments[0], &authority);
  struct hub_text request = { 0 };
  hub_text_addf (&request,
                 "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n"
                 "Content-Length: %zu\r\n\r\n%s",
                 method, path, authority, strlen (body), body);
  send_all (fd, request.data, request.length);
  free (request.data);
  struct hub_text answer = receive_all (fd);
  close (fd);
  const char *status = strchr (answer.data, ' ');
  const char *end = strstr (answer.data, "\r\n\r\n");
  bool is_good = status && end && status[1] == '2';
  if (end)
    {
      end += 4;
      fwrite (end, 1, answer.length - (size_t) (end - answer.data), is_good ? stdout : stderr);
    }
  if (!is_good)
    fprintf (stderr, "\nhub_server: %s %s: answered%.4s\n", method, path, status ? status : " ?");
  free (answer.data);
  return is_good ? 0 : 1;
}
