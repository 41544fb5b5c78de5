/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an answer of the test Hub.  */
#include "hub_body.h"
#include "hub_util.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK        (256 * 1024)
#define FLIPPED_BIT  0x10
#define PAUSES_PER_S 20

struct stream
{
  struct hub_body body;
  int fd;
  int64_t start_ms;
};

static void
stream_free (void *closure)
{
  struct stream *stream = closure;
  if (stream->fd >= 0)
    close (stream->fd);
  free (stream->body.text);
  free (stream);
}

/* How many bytes may go out at POSITION, 0 when the body ends there.  */
static int64_t
room_at (const struct hub_body *body, int64_t position)
{
  int64_t end = body->length;
  if (body->announced >= 0 && body->announced < end)
    end = body->announced;
  if (body->cut >= 0 && body->cut < end)
    end = body->cut;
  if (body->stall >= 0 && position < body->stall && body->stall < end)
    end = body->stall;
  return end > position ? end - position : 0;
}

static void
keep_rate (const struct stream *stream, int64_t position)
{
  int64_t due_ms = position * 1000 / stream->body.rate;
  int64_t passed_ms = hub_clock_ms () - stream->start_ms;
  if (due_ms > passed_ms)
    hub_wait (stream->body.socket, due_ms - passed_ms);
}

static ssize_t
stream_end (const struct hub_body *body)
{
  if (body->ended_by_fault)
    *body->ended_by_fault = true;
  return MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t
stream_read (void *closure, uint64_t position, char *bytes, size_t max)
{
  struct stream *stream = closure;
  struct hub_body *body = &stream->body;
  int64_t at = (int64_t) position;
  if (body->stall == at)
    {
      hub_wait (body->socket, body->stall_ms);
      return stream_end (body);
    }
  int64_t room = room_at (body, at);
  if (room == 0)
    return body->cut < 0 && body->announced < 0 ? MHD_CONTENT_READER_END_OF_STREAM
                                                : stream_end (body);
  if (body->rate > 0)
    {
      if (stream->start_ms < 0)
        stream->start_ms = hub_clock_ms ();
      keep_rate (stream, at);
      int64_t most = body->rate / PAUSES_PER_S + 1;
      room = room < most ? room : most;
    }
  size_t want = (int64_t) max < room ? max : (size_t) room;
  ssize_t got = (ssize_t) want;
  if (body->content)
    got = hub_content_read (body->content, stream->fd, body->offset + at, bytes, want);
  else
    memcpy (bytes, body->text + body->offset + at, want);
  if (got <= 0)
    return stream_end (body);
  if (body->flip >= at && body->flip < at + got)
    bytes[body->flip - at] ^= FLIPPED_BIT;
  if (body->sent)
    atomic_fetch_add (body->sent, got);
  return got;
}

static struct MHD_Response *
plain_response (const struct hub_body *body, int fd)
{
  if (body->content && body->content->kind == HUB_CONTENT_DISK)
    return MHD_create_response_from_fd_at_offset64 ((uint64_t) body->length, fd,
                                                    (uint64_t) body->offset);
  if (body->content)
    return MHD_create_response_from_buffer ((size_t) body->length,
                                            body->content->text + body->offset,
                                            MHD_RESPMEM_PERSISTENT);
  return MHD_create_response_from_buffer ((size_t) body->length, body->text, MHD_RESPMEM_MUST_FREE);
}

struct MHD_Response *
hub_body_response (const struct hub_body *body, bool *counted)
{
  int fd = body->content ? hub_content_open (body->content) : -1;
  if (body->content && body->content->kind == HUB_CONTENT_DISK && fd < 0)
    return NULL;
  bool is_generated
      = body->content
        && (body->content->kind == HUB_CONTENT_SEED || body->content->kind == HUB_CONTENT_ZERO);
  *counted = is_generated || body->cut >= 0 || body->flip >= 0 || body->stall >= 0 || body->rate > 0
             || body->announced != body->length;
  struct MHD_Response *response;
  if (*counted)
    {
      struct stream *stream = hub_alloc (1, sizeof *stream);
      *stream = (struct stream){ .body = *body, .fd = fd, .start_ms = -1 };
      uint64_t size = body->announced < 0 ? MHD_SIZE_UNKNOWN : (uint64_t) body->announced;
      response = MHD_create_response_from_callback (size, BLOCK, stream_read, stream, stream_free);
    }
  else
    response = plain_response (body, fd);
  if (!response)
    hub_die ("cannot make an answer");
  return response;
}
