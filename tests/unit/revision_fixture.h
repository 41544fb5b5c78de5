/* SPDX-License-Identifier: Apache-2.0 */
/* revision_fixture.h: repositories with revisions, as the library tells them, for the tests of
 * delete-cache.  */
#ifndef HFCORE_TESTS_REVISION_FIXTURE_H
#define HFCORE_TESTS_REVISION_FIXTURE_H

#include "core/cli/revision_list.h"

#define FIXTURE_NOW_MS     INT64_C (1700000000000)
#define SECONDS_AGO(count) ((FIXTURE_NOW_MS - INT64_C (1000) * (count)) * 1000000)

#define A1 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"
#define B2 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2"
#define C3 "ccccccccccccccccccccccccccccccccccccccc3"
#define D4 "ddddddddddddddddddddddddddddddddddddddd4"

static const char *const fixture_main[] = { "main" }, *const fixture_two[]
                                                      = { "main", "refs/pr/1" };

/* Numbers 0 (a1) and 1 (c3); 2 (b2); 3 (a1 again), 4 (d4); "bare" has none.  */
static const struct hfcore_scan_revision fixture_revisions[]
    = { { .commit = A1, .modified_ns = SECONDS_AGO (2), .bytes = 5 },
        { .commit = C3,
          .modified_ns = SECONDS_AGO (48),
          .refs = fixture_two,
          .ref_count = 2,
          .bytes = 7 },
        { .commit = B2, .modified_ns = SECONDS_AGO (47), .refs = fixture_main, .ref_count = 1 },
        { .commit = A1, .modified_ns = SECONDS_AGO (7200), .refs = fixture_main, .ref_count = 1 },
        { .commit = D4, .modified_ns = SECONDS_AGO (86400), .bytes = 9 } };
static const struct hfcore_scan_revision *const fixture_pointers[]
    = { &fixture_revisions[0], &fixture_revisions[1], &fixture_revisions[2], &fixture_revisions[3],
        &fixture_revisions[4] };

static const struct hfcore_scan_repo fixture_all[] = { { .repo_type = "model",
                                                         .repo_id = "user/repo",
                                                         .bytes = 1300000,
                                                         .accessed_ns = SECONDS_AGO (1),
                                                         .revisions = fixture_pointers,
                                                         .revision_count = 2 },
                                                       { .repo_type = "dataset",
                                                         .repo_id = "user/repo",
                                                         .bytes = 23,
                                                         .accessed_ns = SECONDS_AGO (47),
                                                         .revisions = fixture_pointers + 2,
                                                         .revision_count = 1 },
                                                       { .repo_type = "model",
                                                         .repo_id = "Zoo/mirror",
                                                         .bytes = 4000,
                                                         .accessed_ns = SECONDS_AGO (7000),
                                                         .revisions = fixture_pointers + 3,
                                                         .revision_count = 2 },
                                                       { .repo_type = "space",
                                                         .repo_id = "bare",
                                                         .accessed_ns = SECONDS_AGO (172800),
                                                         .modified_ns = SECONDS_AGO (30) } };
static const struct hfcore_scan_repo *const fixture_repos[]
    = { &fixture_all[0], &fixture_all[1], &fixture_all[2], &fixture_all[3] };

enum
{
  FIXTURE_REPOS = sizeof fixture_repos / sizeof *fixture_repos
};

#endif
