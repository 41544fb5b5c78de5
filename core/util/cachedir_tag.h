/* SPDX-License-Identifier: Apache-2.0 */
/* cachedir_tag.h: the content of CACHEDIR.TAG, byte for byte what Python writes (spec 1.11).  */
#ifndef HFCORE_UTIL_CACHEDIR_TAG_H
#define HFCORE_UTIL_CACHEDIR_TAG_H

#define CACHEDIR_TAG_NAME "CACHEDIR.TAG"
#define CACHEDIR_TAG_TEXT                                                                          \
  "Signature: 8a477f597d28d172789f06886806bc55\n"                                                  \
  "# This file is a cache directory tag created by huggingface_hub.\n"                             \
  "# For information about cache directory tags, see:\n"                                           \
  "#\thttps://bford.info/cachedir/\n"

#endif
