/* SPDX-License-Identifier: Apache-2.0 */
/* Repositories from folders on disk.  */
#ifndef HUB_FOLDER_H
#define HUB_FOLDER_H

#include "hub_repos.h"

/* ROOT/{models,datasets,spaces}/[ORG/]NAME/REVISION/files…; each revision folder is a commit and a
   ref (percent-decoded: refs%2Fpr%2F1), or only a commit when its name is a commit hash.  An
   optional [ORG/]NAME/.hub.json holds the flags and refs of a manifest repo, where a ref's value is
   a revision folder's name.  An id of one part needs that file.  Ends the process on an error.  */
void hub_folder_load_root (struct hub_repos *repos, const char *root);
/* SPEC is [models/|datasets/|spaces/]ID=FOLDER: a repo of one commit, the folder's files.  */
void hub_folder_load_repo (struct hub_repos *repos, const char *spec);

#endif
