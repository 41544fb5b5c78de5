/* SPDX-License-Identifier: Apache-2.0 */
/* delete_by_file.c: choosing what is deleted in a text editor, as huggingface_hub 0.26.2 does it
 * with --disable-tui (spec 8.4).  */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/cli/delete_cache.h"
#include "core/cli/output.h"
#include "core/cli/review_text.h"
#include "core/util/cleanup.h"
#include "core/util/files.h"

enum
{
  FILE_MOST = 1 << 26
};

static int
fail_file (const char *doing, const char *path)
{
  struct hfcore_error error = HFCORE_ERROR_INIT;
  error.code = HFCORE_E_IO;
  error.os_errno = errno;
  snprintf (error.message, sizeof error.message, "cannot %s %s: %s; nothing was deleted", doing,
            path, strerror (errno));
  return output_error (&error);
}

/* A new file with the list, its path the caller's. What is written of it goes again if not all can
 * be.  */
static int
write_file (const struct revision_list *list, char **path)
{
  static const char name[] = "/hfcore-XXXXXX.txt";
  const char *folder = getenv ("TMPDIR");
  CLEANUP_TEXT struct text text = TEXT_LIMIT (FILE_MOST);
  CLEANUP_FREE char *made = text_format ("%s%s", folder && *folder ? folder : "/tmp", name);
  review_text_add (&text, list);
  if (text.failed || !made)
    return output_fail (STATUS_FAILED, "out of memory");
  CLEANUP_CLOSE int fd = mkostemps (made, (int) strlen (".txt"), O_CLOEXEC);
  if (fd < 0)
    return fail_file ("write", made);
  if (files_write_all (fd, text.bytes, text.len) < 0)
    {
      int status = fail_file ("write", made);
      unlink (made);
      return status;
    }
  *path = TAKE_PTR (made);
  return STATUS_DONE;
}

static void
print_instructions (const char *path)
{
  const char *colourless = getenv ("NO_COLOR");
  bool is_plain = colourless && *colourless;
  puts ("TUI is disabled. In order to select which revisions you want to delete, please edit\n"
        "the following file using the text editor of your choice. Instructions for manual\n"
        "editing are located at the beginning of the file. Edit the file, save it and confirm\n"
        "to continue.");
  printf ("File to edit: %s%s%s\n", is_plain ? "" : "\033[1m", path, is_plain ? "" : "\033[0m");
}

/* Take what the file says now as the choice.  */
static int
read_file (struct delete_cache *ask, const char *path)
{
  CLEANUP_FREE char *bytes = NULL;
  CLEANUP_REVIEW struct review review = { 0 };
  size_t len;
  if (files_read (AT_FDCWD, path, FILE_MOST, &bytes, &len) < 0)
    return fail_file ("read", path);
  if (review_text_read (bytes, len, &ask->list, &review) != HFCORE_OK)
    return output_fail (STATUS_FAILED, "out of memory");
  memcpy (ask->deletion.revisions, review.chosen, ask->list.count);
  ask->selected = review.count;
  ask->is_off = review.is_off;
  fflush (stdout);
  if (review.unknown.len && !review.is_off)
    output_warning ("revision(s) not found, cannot delete them: %s", review.unknown.bytes);
  return STATUS_DONE;
}

/* Until the user is content with what the file says.  */
static int
review_file (struct delete_cache *ask, const char *path)
{
  for (;;)
    {
      CLEANUP_TEXT struct text message = TEXT_LIMIT (1024);
      int status = read_file (ask, path);
      if (status == STATUS_DONE)
        status = delete_cache_add_expectation (ask, &message);
      if (status != STATUS_DONE)
        return status;
      text_add (&message, " Continue ?");
      switch (question_ask (&ask->typed, &ask->held, message.bytes, false))
        {
        case ANSWER_YES:
          return STATUS_DONE;
        case ANSWER_NO:
          break;
        case ANSWER_NONE:
          ask->selected = 0;
          return STATUS_DONE;
        case ANSWER_STOPPED:
          return delete_cache_stopped ();
        }
    }
}

int
delete_cache_by_file (struct delete_cache *ask)
{
  CLEANUP_FREE char *path = NULL;
  int status = write_file (&ask->list, &path);
  if (status != STATUS_DONE)
    return status;
  print_instructions (path);
  status = review_file (ask, path);
  unlink (path);
  return status;
}
