/* SPDX-License-Identifier: Apache-2.0 */
/* Repositories from a JSON manifest; the format is in hub_server --help-manifest.  */
#ifndef HUB_MANIFEST_H
#define HUB_MANIFEST_H

#include "hub_repos.h"

#include <jansson.h>

/* Both end the process with a clear line on an error.  */
void hub_manifest_load (struct hub_repos *repos, const char *path);
/* The flags (private, gated, disabled, renamed_to) of a repo object.  */
void hub_manifest_flags (struct hub_repo *repo, const json_t *object);

extern const char hub_manifest_help[];

#endif
