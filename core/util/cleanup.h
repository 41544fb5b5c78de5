/* SPDX-License-Identifier: Apache-2.0 */
/* cleanup.h: what a scope owns is let go when the scope ends.
 *
 *   CLEANUP_FREE char *path = NULL;
 *   CLEANUP_CLOSE int fd = -1;
 *   CLEANUP_DIR DIR *dir = NULL;
 *   ACQUIRE_LOCK_FOR_CURRENT_SCOPE (&mutex);
 *   return TAKE_PTR (path);            hand ownership out of the scope                          */
#ifndef HFCORE_UTIL_CLEANUP_H
#define HFCORE_UTIL_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void
cleanup_free (void *pointer)
{
  free (*(void **) pointer);
}

static inline void
cleanup_close (int *fd)
{
  int saved = errno;
  if (*fd >= 0)
    close (*fd);
  errno = saved;
}

static inline void
cleanup_dir (DIR **dir)
{
  int saved = errno;
  if (*dir)
    closedir (*dir);
  errno = saved;
}

static inline void
cleanup_file (FILE **file)
{
  if (*file)
    fclose (*file);
}

static inline void
cleanup_unlock (pthread_mutex_t **mutex)
{
  pthread_mutex_unlock (*mutex);
}

#define CLEANUP_FREE  __attribute__ ((cleanup (cleanup_free)))
#define CLEANUP_CLOSE __attribute__ ((cleanup (cleanup_close)))
#define CLEANUP_DIR   __attribute__ ((cleanup (cleanup_dir)))
#define CLEANUP_FILE  __attribute__ ((cleanup (cleanup_file)))

#define CLEANUP_PASTE_(a, b) a##b
#define CLEANUP_PASTE(a, b)  CLEANUP_PASTE_ (a, b)

#define ACQUIRE_LOCK_FOR_CURRENT_SCOPE(mutex)                                                      \
  __attribute__ ((cleanup (cleanup_unlock), unused)) pthread_mutex_t *CLEANUP_PASTE (              \
      lock_until_scope_ends_, __LINE__)                                                            \
      = (pthread_mutex_lock (mutex), (mutex))

#define TAKE_PTR(pointer)                                                                          \
  ({                                                                                               \
    __typeof__ (pointer) taken_ = (pointer);                                                       \
    (pointer) = NULL;                                                                              \
    taken_;                                                                                        \
  })

#define TAKE_FD(fd)                                                                                \
  ({                                                                                               \
    int taken_ = (fd);                                                                             \
    (fd) = -1;                                                                                     \
    taken_;                                                                                        \
  })

#endif
