/* SPDX-License-Identifier: Apache-2.0 */
/* pin.h: names of what is never to be freed: [hf://][TYPE/]ID[@REVISION].
 *
 * TYPE is model, dataset, space or kernel, with or without an "s"; without it every type is meant.
 * REVISION is a ref, a commit, or the first 4 characters of one or more. Case does not matter, but
 * for refs. Who pins too much loses nothing: where a name can be read in two ways, it is read in
 * both.  */
#ifndef HFCORE_UTIL_PIN_H
#define HFCORE_UTIL_PIN_H

#include <stdbool.h>
#include <stddef.h>

/* NULL, or what is wrong: static text.  */
const char *pin_check (const char *pin);

/* Does it name this revision?  */
bool pin_names (const char *pin, const char *type, const char *id, const char *commit,
                const char *const *refs, size_t ref_count);

#endif
