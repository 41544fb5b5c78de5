/* SPDX-License-Identifier: Apache-2.0 */
/* test_settings_token.c: which token, whose it is, and that no message shows one.  */
#include "tests/unit/settings_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#define TWO_HUBS                                                                                   \
  "transport:\n  - { name: mirror, plugin: transport-hub, endpoint: 'https://m.example' }\n"       \
  "  - { name: hub, plugin: transport-hub, endpoint: 'https://huggingface.co' }\n"

/* ---- which ---- */

static void
token_is (const struct settings *settings, const char *expected, const char *origin)
{
  char *token = NULL;
  const struct settings_origin *found = NULL;
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  error = (struct hfcore_error) HFCORE_ERROR_INIT;
  CU_ASSERT_EQUAL (settings_token (settings, &token, &found, &error), HFCORE_OK);
  CHECK_STRING (token, expected);
  if (origin)
    CHECK_STRING (found ? found->name : NULL, origin);
  free (token);
}

static void
token_fails (const struct settings *settings, const char *message)
{
  char *token = NULL;
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  error = (struct hfcore_error) HFCORE_ERROR_INIT;
  CU_ASSERT_EQUAL (settings_token (settings, &token, NULL, &error), HFCORE_E_CONFIG);
  CU_ASSERT_PTR_NULL (token);
  CHECK_STRING (error.message, message);
}

/* The token that settings from this environment and text give.  */
static void
expect_token (const char *text, const char *expected, const char *origin)
{
  struct settings *settings = load_text (text);
  token_is (settings, expected, origin);
  settings_free (settings);
}

static void
test_order (void)
{
  clean_environment ();
  expect_token ("", NULL, NULL);
  check_write (".cache/huggingface/token", " hf_file\r\n");
  expect_token ("", "hf_file", "default");
  expect_token ("token: hf_yaml\n", "hf_yaml", check_path ("test.yaml"));
  expect_token ("token: none\n", NULL, NULL);
  expect_token ("token: ' '\n", NULL, NULL);
  check_write ("other", "hf_other\n");
  expect_token ("token-path: ~/other\n", "hf_other", check_path ("test.yaml"));
  expect_token ("token-path: ~/absent\n", NULL, NULL);
  expect_token ("token: file:~/other\n", "hf_other", NULL);
  setenv ("HF_TOKEN_PATH", check_path ("other"), 1);
  expect_token ("", "hf_other", "HF_TOKEN_PATH");
  setenv ("CHECK_VARIABLE", "hf_variable", 1);
  expect_token ("token: ${CHECK_VARIABLE}\n", "hf_variable", NULL);
  setenv ("HUGGING_FACE_HUB_TOKEN", "hf_legacy", 1);
  expect_token ("token: none\n", "hf_legacy", "HUGGING_FACE_HUB_TOKEN");
  setenv ("HF_TOKEN", " \n", 1);
  expect_token ("", "hf_legacy", "HUGGING_FACE_HUB_TOKEN");
  setenv ("HF_TOKEN", "\thf_\nenv \r\n", 1);
  expect_token ("", "hf_env", "HF_TOKEN");
  struct settings *settings
      = load_request ((struct settings_request){ .no_files = true, .token = "hf_flag\n" });
  token_is (settings, "hf_flag", "--token");
  settings_free (settings);
  settings = load_request ((struct settings_request){ .no_files = true, .token = "" });
  token_is (settings, NULL, "--token");
  settings_free (settings);
}

static void
test_implicit (void)
{
  clean_environment ();
  check_write (".cache/huggingface/token", "hf_file");
  expect_token ("implicit-token: no\n", NULL, NULL);
  expect_token ("implicit-token: no\ntoken: hf_yaml\n", NULL, NULL);
  setenv ("HF_TOKEN", "hf_env", 1);
  setenv ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1", 1);
  expect_token ("", NULL, NULL);
  struct settings *settings
      = load_request ((struct settings_request){ .no_files = true, .token = "hf_flag" });
  token_is (settings, "hf_flag", "--token");
  settings_free (settings);
}

static void
test_bad_tokens (void)
{
  char message[4300];
  clean_environment ();
  setenv ("HF_TOKEN",
          "hf_s\xc3\xa9"
          "cret",
          1);
  struct settings *settings = load_nothing ();
  token_fails (settings, "HF_TOKEN: this is no token: it has a character that no token has");
  settings_free (settings);
  setenv ("HF_TOKEN", "hf_se\001cret", 1);
  settings = load_nothing ();
  token_fails (settings, "HF_TOKEN: this is no token: it has a character that no token has");
  settings_free (settings);
  unsetenv ("HF_TOKEN");
  mkdir (check_path (".cache"), 0700);
  mkdir (check_path (".cache/huggingface"), 0700);
  mkdir (check_path (".cache/huggingface/token"), 0700);
  settings = load_nothing ();
  snprintf (message, sizeof message, "%s: cannot read this token file: Is a directory",
            check_path (".cache/huggingface/token"));
  token_fails (settings, message);
  settings_free (settings);
  settings = load_text ("token: ${CHECK_VARIABLE}\n");
  snprintf (message, sizeof message,
            "%s:1:1: the variable CHECK_VARIABLE, which holds the token, is not set",
            check_path ("test.yaml"));
  token_fails (settings, message);
  settings_free (settings);
  settings = load_text ("token: file:~/absent\n");
  snprintf (message, sizeof message, "%s: cannot read this token file: No such file or directory",
            check_path ("absent"));
  token_fails (settings, message);
  settings_free (settings);
  char big[70001];
  memset (big, 'x', sizeof big - 1);
  big[sizeof big - 1] = 0;
  setenv ("HF_TOKEN_PATH", check_write ("big", big), 1);
  settings = load_nothing ();
  snprintf (message, sizeof message, "%s: cannot read this token file: it is too big",
            check_path ("big"));
  token_fails (settings, message);
  settings_free (settings);
}

/* A look-up loads settings and never reads the token file.  */
static void
test_file_is_read_late (void)
{
  clean_environment ();
  struct settings *settings = load_nothing ();
  check_write (".cache/huggingface/token", "hf_late");
  token_is (settings, "hf_late", "default");
  check_write (".cache/huggingface/token", "hf_later");
  token_is (settings, "hf_later", "default");
  settings_free (settings);
}

/* ---- whose ---- */

/* `tokens` has one for each entry of `transport:`; "" for none.  */
static void
tokens_are (const struct settings *settings, const char *const *tokens)
{
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  for (size_t i = 0; i < settings->transport.count; i++)
    {
      char *token = NULL;
      error = (struct hfcore_error) HFCORE_ERROR_INIT;
      CU_ASSERT_EQUAL (settings_token_for (settings, &settings->transport.items[i], &token, &error),
                       HFCORE_OK);
      CHECK_STRING (token ? token : "", tokens[i]);
      free (token);
    }
}
#define TOKENS_ARE(settings, ...) tokens_are (settings, (const char *const[]){ __VA_ARGS__ })

static void
test_one_hub_owns_it (void)
{
  clean_environment ();
  setenv ("HF_TOKEN", "hf_t", 1);
  struct settings *settings = load_nothing ();
  TOKENS_ARE (settings, "hf_t");
  settings_free (settings);
  settings
      = load_text ("transport: [ { plugin: transport-hub, endpoint: 'http://127.0.0.1:1' } ]\n");
  TOKENS_ARE (settings, "hf_t");
  settings_free (settings);
  settings = load_text ("transport:\n  - { plugin: transport-dir, root: /usb }\n"
                        "  - { plugin: transport-hub, endpoint: 'https://m.example' }\n");
  TOKENS_ARE (settings, "", "hf_t");
  settings_free (settings);
}

static void
test_of_many_the_hubs_own (void)
{
  static const struct
  {
    const char *endpoint, *token;
  } cases[] = { { "https://huggingface.co", "hf_t" },
                { "https://HuggingFace.co/", "hf_t" },
                { "https://hf.co", "hf_t" },
                { "https://hub-ci.huggingface.co", "hf_t" },
                { "https://huggingface.co:443", "hf_t" },
                { "https://huggingface.co:8443", "" },
                { "http://huggingface.co", "" },
                { "https://huggingface.co.evil.example", "" },
                { "https://evilhuggingface.co", "" },
                { "https://evil.example/huggingface.co", "" },
                { "https://evil.example?.huggingface.co", "" },
                { "https://evil.example#.hf.co", "" },
                { "https://evil.example@huggingface.co", "" },
                { "https://evil.example\\\\.huggingface.co", "" },
                { "https://evil.example:443.hf.co", "" },
                { "https://m.example", "" } };
  char text[512];
  clean_environment ();
  setenv ("HF_TOKEN", "hf_t", 1);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      snprintf (text, sizeof text,
                "transport:\n  - { name: a, plugin: transport-hub, endpoint: 'http://h' }\n"
                "  - { name: b, plugin: transport-hub, endpoint: \"%s\" }\n",
                cases[i].endpoint);
      struct settings *settings = load_text (text);
      TOKENS_ARE (settings, "", cases[i].token);
      settings_free (settings);
    }
}

static void
test_moved_hub_owns_it (void)
{
  clean_environment ();
  setenv ("HF_TOKEN", "hf_t", 1);
  struct settings *settings = load_text (TWO_HUBS);
  TOKENS_ARE (settings, "", "hf_t");
  settings_free (settings);
  setenv ("HF_ENDPOINT", "https://mine.example", 1);
  settings = load_text (TWO_HUBS);
  TOKENS_ARE (settings, "hf_t", "");
  settings_free (settings);
  /* A token that the file gives to the mirror is not for where the variable points.  */
  settings = load_text ("transport:\n  - { name: m, plugin: transport-hub, token: hf_m,\n"
                        "      endpoint: 'https://m.example' }\n"
                        "  - { name: hub, plugin: transport-hub }\n");
  TOKENS_ARE (settings, "hf_t", "");
  settings_free (settings);
  unsetenv ("HF_ENDPOINT");
  unsetenv ("HF_TOKEN");
  settings = load_request ((struct settings_request){ .config_file = check_write ("t", TWO_HUBS),
                                                      .endpoint = "http://127.0.0.1:1",
                                                      .token = "hf_flag" });
  TOKENS_ARE (settings, "hf_flag", "");
  settings_free (settings);
  settings = load_request (
      (struct settings_request){ .config_file = check_write ("t", TWO_HUBS), .token = "hf_flag" });
  TOKENS_ARE (settings, "", "hf_flag");
  settings_free (settings);
}

static void
test_own_tokens (void)
{
  char message[4300];
  clean_environment ();
  setenv ("HF_TOKEN", "hf_t", 1);
  setenv ("CHECK_VARIABLE", " hf_v\n", 1);
  check_write ("secret", "hf_f\n");
  struct settings *settings
      = load_text ("transport:\n"
                   "  - { name: a, plugin: transport-hub, token: none }\n"
                   "  - { name: b, plugin: transport-hub, token: hf_own }\n"
                   "  - { name: c, plugin: transport-hub, token: '${CHECK_VARIABLE}' }\n"
                   "  - { name: d, plugin: transport-hub, token: 'file:~/secret' }\n"
                   "  - { name: e, plugin: transport-hub, token: auto }\n"
                   "  - { name: f, plugin: elsewhere, token: hf_else }\n"
                   "  - { name: g, plugin: elsewhere, token: auto }\n");
  TOKENS_ARE (settings, "", "hf_own", "hf_v", "hf_f", "hf_t", "hf_else", "");
  settings_free (settings);
  unsetenv ("CHECK_VARIABLE");
  settings = load_text ("transport: [ { plugin: x, token: '${CHECK_VARIABLE}' } ]\n");
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  char *token = NULL;
  CU_ASSERT_EQUAL (settings_token_for (settings, settings->transport.items, &token, &error),
                   HFCORE_E_CONFIG);
  snprintf (message, sizeof message,
            "%s:1:27: the variable CHECK_VARIABLE, which holds the token, is not set",
            check_path ("test.yaml"));
  CHECK_STRING (error.message, message);
  settings_free (settings);
  settings
      = load_text ("transport: [ { plugin: x, token: [] }, { plugin: y, token: 'hf_sécret' } ]\n");
  CU_ASSERT_PTR_NOT_NULL_FATAL (settings);
  CU_ASSERT_EQUAL (settings_token_for (settings, settings->transport.items, &token, &error),
                   HFCORE_OK);
  CU_ASSERT_PTR_NULL (token);
  CU_ASSERT_EQUAL (settings_token_for (settings, settings->transport.items + 1, &token, &error),
                   HFCORE_E_CONFIG);
  CU_ASSERT_PTR_NULL (strstr (error.message, "cret"));
  settings_free (settings);
}

CHECK_MAIN ("settings_token", { "order", test_order }, { "implicit", test_implicit },
            { "bad tokens", test_bad_tokens }, { "read late", test_file_is_read_late },
            { "one hub", test_one_hub_owns_it }, { "many hubs", test_of_many_the_hubs_own },
            { "moved hub", test_moved_hub_owns_it }, { "own tokens", test_own_tokens })
