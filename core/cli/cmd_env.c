/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_env.c: hfcore env: what matters for a bug report (spec 9.5, 11).  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "core/cli/command_table.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "core/util/cleanup.h"
#include "core/util/text.h"

/* The lines as they are made: printed, or kept for JSON.  */
struct report
{
  json_t *json; /* NULL: print */
  bool has_hub_cache, has_endpoint, has_assets;
};

enum value_kind
{
  VALUE_PLAIN,
  VALUE_URL,   /* may hold a password */
  VALUE_SECRET /* only whether there is one */
};

static const struct
{
  const char *name;
  enum value_kind kind;
} variables[] = { { "HFCORE_CONFIG", VALUE_PLAIN },
                  { "HFCORE_PLUGIN_PATH", VALUE_PLAIN },
                  { "HF_HOME", VALUE_PLAIN },
                  { "XDG_CACHE_HOME", VALUE_PLAIN },
                  { "XDG_CONFIG_HOME", VALUE_PLAIN },
                  { "HF_HUB_CACHE", VALUE_PLAIN },
                  { "HUGGINGFACE_HUB_CACHE", VALUE_PLAIN },
                  { "HF_ASSETS_CACHE", VALUE_PLAIN },
                  { "HUGGINGFACE_ASSETS_CACHE", VALUE_PLAIN },
                  { "HF_TOKEN", VALUE_SECRET },
                  { "HUGGING_FACE_HUB_TOKEN", VALUE_SECRET },
                  { "HF_TOKEN_PATH", VALUE_PLAIN },
                  { "HF_ENDPOINT", VALUE_URL },
                  { "HUGGINGFACE_CO_STAGING", VALUE_PLAIN },
                  { "HF_HUB_OFFLINE", VALUE_PLAIN },
                  { "TRANSFORMERS_OFFLINE", VALUE_PLAIN },
                  { "HF_HUB_ETAG_TIMEOUT", VALUE_PLAIN },
                  { "HF_HUB_DOWNLOAD_TIMEOUT", VALUE_PLAIN },
                  { "HF_HUB_DISABLE_SYMLINKS", VALUE_PLAIN },
                  { "HF_HUB_DISABLE_SYMLINKS_WARNING", VALUE_PLAIN },
                  { "HF_HUB_DISABLE_IMPLICIT_TOKEN", VALUE_PLAIN },
                  { "HF_HUB_DISABLE_PROGRESS_BARS", VALUE_PLAIN },
                  { "HF_HUB_DISABLE_TELEMETRY", VALUE_PLAIN },
                  { "DISABLE_TELEMETRY", VALUE_PLAIN },
                  { "DO_NOT_TRACK", VALUE_PLAIN },
                  { "HF_HUB_VERBOSITY", VALUE_PLAIN },
                  { "HF_DEBUG", VALUE_PLAIN },
                  { "HF_HUB_USER_AGENT_ORIGIN", VALUE_PLAIN },
                  { "HTTP_PROXY", VALUE_URL },
                  { "http_proxy", VALUE_URL },
                  { "HTTPS_PROXY", VALUE_URL },
                  { "https_proxy", VALUE_URL },
                  { "ALL_PROXY", VALUE_URL },
                  { "all_proxy", VALUE_URL },
                  { "NO_PROXY", VALUE_PLAIN },
                  { "no_proxy", VALUE_PLAIN },
                  { "SSL_CERT_FILE", VALUE_PLAIN },
                  { "SSL_CERT_DIR", VALUE_PLAIN } };

static void
tell (struct report *report, const char *name, const char *value)
{
  char clean[4096];
  text_one_line (clean, sizeof clean, value);
  if (report->json)
    json_object_set_new (report->json, name, json_string (clean));
  else
    printf ("- %s: %s\n", name, clean);
}

/* A URL without what stands before the "@" of its host part.  */
static char *
without_password (const char *url)
{
  const char *scheme = strstr (url, "://");
  const char *host = scheme ? scheme + 3 : url;
  size_t len = strcspn (host, "/?#");
  const char *at = memrchr (host, '@', len);
  return at ? text_format ("%.*s***%s", (int) (host - url), url, at) : strdup (url);
}

static void
tell_url (struct report *report, const char *name, const char *url)
{
  CLEANUP_FREE char *safe = without_password (url);
  tell (report, name, safe ? safe : "(set)");
}

static void
tell_variable (struct report *report, const char *name, enum value_kind kind)
{
  const char *value = getenv (name);
  if (!value)
    return;
  if (!*value)
    tell (report, name, "(empty)");
  else if (kind == VALUE_SECRET)
    tell (report, name, "(set)");
  else if (kind == VALUE_URL)
    tell_url (report, name, value);
  else
    tell (report, name, value);
}

/* Of each list the first one: what the variables of the Hub's clients mean.  */
static int
tell_setting (void *ctx, const struct hfcore_config_line *line)
{
  struct report *report = ctx;
  bool is_root = text_ends_with (line->key, ".root");
  if (is_root && !report->has_hub_cache && text_starts_with (line->key, "storage."))
    {
      tell (report, "Hub cache", line->value);
      report->has_hub_cache = true;
    }
  else if (is_root && !report->has_assets && text_starts_with (line->key, "assets"))
    {
      tell (report, "Assets cache", line->value);
      report->has_assets = true;
    }
  else if (!report->has_endpoint && text_ends_with (line->key, ".endpoint"))
    {
      tell_url (report, "Endpoint", line->value);
      report->has_endpoint = true;
    }
  else if (strcmp (line->key, "offline") == 0)
    tell (report, "Offline", line->value);
  else if (strcmp (line->key, "token-path") == 0)
    {
      tell (report, "Token file", line->value);
      tell (report, "Has saved token", access (line->value, R_OK) == 0 ? "yes" : "no");
    }
  return 0;
}

static int
tell_file (void *ctx, const char *path, int32_t found)
{
  CLEANUP_FREE char *value = text_format ("%s (%s)", path, found ? "found" : "missing");
  struct report *report = ctx;
  if (report->json)
    {
      CLEANUP_FREE char *name = text_format ("Configuration file %s", path);
      tell (report, name ? name : path, found ? "found" : "missing");
    }
  else
    tell (report, "Configuration file", value ? value : path);
  return 0;
}

static int
add_folder (void *ctx, const char *path)
{
  struct text *folders = ctx;
  text_addf (folders, "%s%s", folders->len ? ":" : "", path);
  return 0;
}

static void
tell_system (struct report *report)
{
  struct utsname system;
  CLEANUP_FREE char *platform = NULL;
  tell (report, "hfcore version", hfcore_version ());
  if (uname (&system) == 0)
    platform = text_format ("%s %s %s", system.sysname, system.release, system.machine);
  tell (report, "Platform", platform ? platform : "unknown");
}

int
cmd_env (struct arguments *arguments)
{
  CLEANUP_SESSION struct hfcore *cache = NULL;
  CLEANUP_TEXT struct text folders = TEXT_LIMIT (1 << 16);
  struct report report = { .json = arguments->json ? json_object () : NULL };
  int status = session_open (arguments, NULL, &cache);
  if (status != STATUS_DONE)
    {
      json_decref (report.json);
      return status;
    }
  tell_system (&report);
  hfcore_config_files (cache, tell_file, &report);
  hfcore_plugin_folders (cache, add_folder, &folders);
  tell (&report, "Plugin folders", folders.len && !folders.failed ? folders.bytes : "none");
  hfcore_config_each (cache, tell_setting, &report);
  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
    tell_variable (&report, variables[i].name, variables[i].kind);
  return arguments->json ? output_json (report.json) : STATUS_DONE;
}
