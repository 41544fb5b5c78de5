/* SPDX-License-Identifier: Apache-2.0 */
/* plugin_fixture.h: the repository that the tests of core/plugin ask for.  */
#ifndef HFCORE_TESTS_PLUGIN_FIXTURE_H
#define HFCORE_TESTS_PLUGIN_FIXTURE_H

#include <hfcore/types.h>

static const struct hfcore_repo repo = { .size = sizeof repo, .type = "model", .id = "org/name" };

#endif
