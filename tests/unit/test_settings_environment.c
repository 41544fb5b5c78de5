/* SPDX-License-Identifier: Apache-2.0 */
/* test_settings_environment.c: what the variables of spec 11 say, read as Python reads them.  */
#include "tests/unit/settings_fixture.h"

/* With VARIABLE=text alone, `key` is `expected`, and says that it comes from there, unless
 * `expected` is the default and the variable says nothing.  */
static void
variable_gives (const char *variable, const char *text, const char *key, const char *expected,
                bool says)
{
  clean_environment ();
  setenv (variable, text, 1);
  struct settings *settings = load_nothing ();
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  has (settings, key, expected, says ? SETTINGS_ENVIRONMENT : SETTINGS_DEFAULT,
       says ? variable : "default");
  settings_free (settings);
}

static void
test_python_booleans (void)
{
  static const char *const yes[] = { "1", "ON", "Yes", "true", "tRuE" };
  static const char *const no[] = { "0", "no", "off", "2", "y", " 1", "1 ", "true\n" };
  for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
    {
      variable_gives ("HF_HUB_OFFLINE", yes[i], "offline", "yes", true);
      variable_gives ("HF_HUB_DISABLE_SYMLINKS", yes[i], "symlinks", "no", true);
    }
  for (size_t i = 0; i < sizeof no / sizeof *no; i++)
    {
      variable_gives ("HF_HUB_OFFLINE", no[i], "offline", "no", true);
      variable_gives ("HF_HUB_DISABLE_SYMLINKS", no[i], "symlinks", "yes", true);
    }
  variable_gives ("HF_HUB_OFFLINE", "", "offline", "no", false);
  variable_gives ("TRANSFORMERS_OFFLINE", "1", "offline", "yes", true);
  variable_gives ("HF_HUB_DISABLE_SYMLINKS_WARNING", "1", "symlinks-warning", "no", true);
  variable_gives ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1", "implicit-token", "no", true);
  clean_environment ();
  setenv ("HF_HUB_OFFLINE", "0", 1);
  setenv ("TRANSFORMERS_OFFLINE", "1", 1);
  struct settings *settings = load_nothing ();
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  has (settings, "offline", "no", SETTINGS_ENVIRONMENT, "HF_HUB_OFFLINE");
  settings_free (settings);
}

static void
test_other_variables (void)
{
  variable_gives ("HF_HUB_ETAG_TIMEOUT", "30", "etag-timeout", "30s", true);
  variable_gives ("HF_HUB_ETAG_TIMEOUT", " +7 \n", "etag-timeout", "7s", true);
  variable_gives ("HF_HUB_ETAG_TIMEOUT", "0", "etag-timeout", "10s", false);
  variable_gives ("HF_HUB_DOWNLOAD_TIMEOUT", "3", "download-timeout", "3s", true);
  variable_gives ("HF_HUB_DISABLE_PROGRESS_BARS", "1", "progress-bars", "no", true);
  variable_gives ("HF_HUB_DISABLE_PROGRESS_BARS", "0", "progress-bars", "auto", true);
  variable_gives ("HF_HUB_VERBOSITY", "critical", "log-level", "error", true);
  variable_gives ("HF_HUB_VERBOSITY", "Info", "log-level", "info", true);
  variable_gives ("HF_DEBUG", "1", "log-level", "debug", true);
  variable_gives ("HF_DEBUG", "0", "log-level", "warning", false);
  variable_gives ("HF_HUB_USER_AGENT_ORIGIN", "me", "user-agent-origin", "me", true);
  variable_gives ("HF_HUB_DISABLE_TELEMETRY", "1", "telemetry", "no", true);
  variable_gives ("DISABLE_TELEMETRY", "yes", "telemetry", "no", true);
  variable_gives ("DO_NOT_TRACK", "TRUE", "telemetry", "no", true);
  variable_gives ("DO_NOT_TRACK", "0", "telemetry", "yes", false);
  setenv ("CHECK_VARIABLE", "there", 1);
  variable_gives ("HF_TOKEN_PATH", "/x/$NONE", "token-path", "/x/$NONE", true);
  clean_environment ();
  setenv ("HF_HUB_VERBOSITY", "info", 1);
  setenv ("HF_DEBUG", "1", 1);
  struct settings *settings = load_nothing ();
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  has (settings, "log-level", "debug", SETTINGS_ENVIRONMENT, "HF_DEBUG");
  settings_free (settings);
  setenv ("HF_HUB_VERBOSITY", "lo\033ud", 1);
  unsetenv ("HF_DEBUG");
  settings = load_nothing ();
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  has (settings, "log-level", "warning", SETTINGS_DEFAULT, "default");
  CU_ASSERT_EQUAL_FATAL (settings->warning_count, 1);
  CHECK_STRING (settings->warnings[0], "HF_HUB_VERBOSITY: there is no level `lo?ud`: use debug, "
                                       "info, warning, error or critical");
  settings_free (settings);
}

static void
test_bad_variables (void)
{
  const struct settings_request nothing = { .no_files = true };
  clean_environment ();
  setenv ("HF_HUB_ETAG_TIMEOUT", "1.5", 1);
  refuses_request (nothing, "HF_HUB_ETAG_TIMEOUT: expects a whole number of seconds, not `1.5`");
  setenv ("HF_HUB_ETAG_TIMEOUT", "-1", 1);
  refuses_request (nothing, "HF_HUB_ETAG_TIMEOUT: expects a whole number of seconds, not `-1`");
  setenv ("HF_HUB_ETAG_TIMEOUT", "9999999999999999999999", 1);
  refuses_request (nothing, "HF_HUB_ETAG_TIMEOUT: expects a whole number of seconds, not "
                            "`9999999999999999999999`");
  setenv ("HF_HUB_ETAG_TIMEOUT", "9223372036854775", 1);
  refuses_request (nothing, "HF_HUB_ETAG_TIMEOUT: `etag-timeout` expects a value from 1ms to "
                            "2147483647ms, not `9223372036854775s`");
  clean_environment ();
  setenv ("HF_HUB_USER_AGENT_ORIGIN", "a\r\nX: y", 1);
  refuses_request (nothing, "HF_HUB_USER_AGENT_ORIGIN: `user-agent-origin` expects text without "
                            "control characters, not `a??X: y`");
}

CHECK_MAIN ("settings_environment", { "python booleans", test_python_booleans },
            { "other variables", test_other_variables }, { "bad variables", test_bad_variables })
