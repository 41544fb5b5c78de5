/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: the library, opened as the command line says.  */
#include "core/cli/session.h"

#include <stdlib.h>
#include <string.h>
#include "core/cli/output.h"

/* -v and -vv; else as configured.  */
static int32_t
log_level (const struct arguments *arguments)
{
  if (!arguments->verbose)
    return HFCORE_LOG_AS_CONFIGURED;
  return arguments->verbose > 1 ? HFCORE_LOG_DEBUG : HFCORE_LOG_INFO;
}

void
session_options (const struct arguments *arguments, struct progress *progress,
                 struct hfcore_options *options)
{
  *options = (struct hfcore_options) HFCORE_OPTIONS_INIT;
  options->log_level = log_level (arguments);
  options->config_file = arguments->config_file;
  options->cache_dir = arguments->cache_dir;
  options->assets_dir = arguments->assets_dir;
  options->endpoint = arguments->endpoint;
  options->token = arguments->token;
  options->plugin_dir = arguments->plugin_dir;
  options->offline = arguments->offline;
  options->log = output_log;
  options->ctx = progress;
}

int
session_open (const struct arguments *arguments, struct progress *progress, struct hfcore **cache)
{
  struct hfcore_options options;
  struct hfcore_error error = HFCORE_ERROR_INIT;
  session_options (arguments, progress, &options);
  return hfcore_open (&options, cache, &error) == HFCORE_OK ? STATUS_DONE : output_error (&error);
}

struct question
{
  const char *key, *value;
};

static int
is_line (void *ctx, const struct hfcore_config_line *line)
{
  const struct question *question = ctx;
  return strcmp (line->key, question->key) == 0 && strcmp (line->value, question->value) == 0;
}

bool
session_value_is (struct hfcore *cache, const char *key, const char *value)
{
  struct question question = { .key = key, .value = value };
  return hfcore_config_each (cache, is_line, &question) == 1;
}
