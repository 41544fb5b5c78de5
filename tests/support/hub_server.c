/* SPDX-License-Identifier: Apache-2.0 */
/* hub_server: a Hub over HTTP for tests and demonstrations.  `hub_server --help` tells all.  */
#include "hub_ctl.h"
#include "hub_folder.h"
#include "hub_manifest.h"
#include "hub_serve.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_MAX_SECONDS   3600
#define DEFAULT_LFS_THRESHOLD (1 << 20)

static const char help[]
    = "Usage: hub_server [OPTION]… --root DIR | --manifest FILE | --repo ID=DIR\n"
      "       hub_server --ctl URL METHOD PATH [BODY]\n"
      "       hub_server --ctl URL COUNT METHOD SUBSTRING\n"
      "A Hub over HTTP for tests, on loopback only, until SIGTERM or SIGINT.\n\n"
      "  --root DIR          DIR/{models,datasets,spaces}/[ORG/]NAME/REVISION/files…; a revision\n"
      "                      folder is a commit and a ref (refs%2Fpr%2F1 for one with slashes), "
      "or\n"
      "                      just a commit if named by 40 hex digits.  [ORG/]NAME/.hub.json may\n"
      "                      hold private, gated, disabled, renamed_to as in a manifest and\n"
      "                      \"refs\": {NAME: REVISION FOLDER}; ids of one part need that file.\n"
      "  --manifest FILE     repositories as JSON, see --help-manifest\n"
      "  --repo [TYPE/]ID=DIR  one repo whose main is DIR's files; TYPE models, datasets, spaces\n"
      "  --lfs-threshold N   files of N bytes and more are LFS (1 MiB); .safetensors .bin .onnx\n"
      "                      .gguf .h5 .ot .msgpack .parquet always are\n"
      "  --port N            of the hub, 127.0.0.1 (0: any free)\n"
      "  --cdn-port N        of the CDN that LFS files redirect to, localhost (0: any free)\n"
      "  --ready FILE        written (whole) when ready: HF_ENDPOINT=… and CDN=… lines, which\n"
      "                      also go to stdout\n"
      "  --log FILE          a line of JSON per request, when it has ended\n"
      "  --token TOKEN       the one valid token; without this every token is\n"
      "  --page-size N       entries per page of a file list (1000)\n"
      "  --rate N            bytes per second of each file answer\n"
      "  --latency MS        wait before every answer\n"
      "  --signature-seconds N  how long the redirect to the CDN is good (3600)\n"
      "  --cdn-rejects-auth  the CDN answers 400 to an Authorization header\n"
      "  --xet               announce Xet for LFS files (there is no Xet service)\n"
      "  --resolve-cache     regular files redirect to /api/resolve-cache/ first, as on the Hub\n"
      "  --fault SPEC        may be repeated, see --help-fault\n"
      "  --die-with-parent   end when the starting process ends\n"
      "  --max-seconds N     end after that time at the latest (3600)\n\n"
      "Control requests: POST /-/fault (a SPEC as the body), DELETE /-/fault, GET /-/log,\n"
      "DELETE /-/log, GET /-/count?match=SUBSTRING&method=METHOD.\n";

struct options
{
  struct hub_server *server;
  const char *ready;
  const char *log;
  int64_t port;
  int64_t cdn_port;
  int64_t max_seconds;
  bool dies_with_parent;
};

enum
{
  OPTION_CTL = 256,
  OPTION_HELP,
  OPTION_HELP_MANIFEST,
  OPTION_HELP_FAULT,
  OPTION_ROOT,
  OPTION_MANIFEST,
  OPTION_REPO,
  OPTION_READY,
  OPTION_LOG,
  OPTION_TOKEN,
  OPTION_FAULT,
  OPTION_CDN_REJECTS_AUTH,
  OPTION_XET,
  OPTION_RESOLVE_CACHE,
  OPTION_DIE_WITH_PARENT,
  OPTION_NUMBERS, /* from here on: options with a number, in the order of set_number */
  OPTION_PORT = OPTION_NUMBERS,
  OPTION_CDN_PORT,
  OPTION_MAX_SECONDS,
  OPTION_LFS_THRESHOLD,
  OPTION_PAGE_SIZE,
  OPTION_RATE,
  OPTION_LATENCY,
  OPTION_SIGNATURE_SECONDS
};

static const struct option long_options[] = {
  { "ctl", no_argument, NULL, OPTION_CTL },
  { "help", no_argument, NULL, OPTION_HELP },
  { "help-manifest", no_argument, NULL, OPTION_HELP_MANIFEST },
  { "help-fault", no_argument, NULL, OPTION_HELP_FAULT },
  { "root", required_argument, NULL, OPTION_ROOT },
  { "manifest", required_argument, NULL, OPTION_MANIFEST },
  { "repo", required_argument, NULL, OPTION_REPO },
  { "ready", required_argument, NULL, OPTION_READY },
  { "log", required_argument, NULL, OPTION_LOG },
  { "token", required_argument, NULL, OPTION_TOKEN },
  { "fault", required_argument, NULL, OPTION_FAULT },
  { "cdn-rejects-auth", no_argument, NULL, OPTION_CDN_REJECTS_AUTH },
  { "xet", no_argument, NULL, OPTION_XET },
  { "resolve-cache", no_argument, NULL, OPTION_RESOLVE_CACHE },
  { "die-with-parent", no_argument, NULL, OPTION_DIE_WITH_PARENT },
  { "port", required_argument, NULL, OPTION_PORT },
  { "cdn-port", required_argument, NULL, OPTION_CDN_PORT },
  { "max-seconds", required_argument, NULL, OPTION_MAX_SECONDS },
  { "lfs-threshold", required_argument, NULL, OPTION_LFS_THRESHOLD },
  { "page-size", required_argument, NULL, OPTION_PAGE_SIZE },
  { "rate", required_argument, NULL, OPTION_RATE },
  { "latency", required_argument, NULL, OPTION_LATENCY },
  { "signature-seconds", required_argument, NULL, OPTION_SIGNATURE_SECONDS },
  { NULL, 0, NULL, 0 },
};

static void
set_number (struct options *options, int option, const char *text)
{
  struct hub_server *server = options->server;
  int64_t *numbers[] = { &options->port,        &options->cdn_port,
                         &options->max_seconds, &server->repos.lfs_threshold,
                         &server->page_size,    &server->rate,
                         &server->latency_ms,   &server->signature_s };
  int64_t *number = numbers[option - OPTION_NUMBERS];
  if (!hub_number (text, number) || *number < 0)
    hub_die ("a number was expected, not %s", text);
}

static void
print_help (int option)
{
  fputs (option == OPTION_HELP            ? help
         : option == OPTION_HELP_MANIFEST ? hub_manifest_help
                                          : hub_faults_help,
         stdout);
  exit (0);
}

/* All options but those that name repositories, whose loading depends on others of them.  */
static void
set_option (struct options *options, int option, const char *argument)
{
  struct hub_server *server = options->server;
  const char *why;
  switch (option)
    {
    case OPTION_ROOT:
    case OPTION_MANIFEST:
    case OPTION_REPO:
      break;
    case OPTION_HELP:
    case OPTION_HELP_MANIFEST:
    case OPTION_HELP_FAULT:
      print_help (option);
      break;
    case OPTION_READY:
      options->ready = argument;
      break;
    case OPTION_LOG:
      options->log = argument;
      break;
    case OPTION_TOKEN:
      free (server->token);
      server->token = hub_strdup (argument);
      break;
    case OPTION_FAULT:
      if (!hub_faults_add (&server->faults, argument, &why))
        hub_die ("--fault %s: %s", argument, why);
      break;
    case OPTION_CDN_REJECTS_AUTH:
      server->cdn_rejects_auth = true;
      break;
    case OPTION_XET:
      server->announces_xet = true;
      break;
    case OPTION_RESOLVE_CACHE:
      server->uses_resolve_cache = true;
      break;
    case OPTION_DIE_WITH_PARENT:
      options->dies_with_parent = true;
      break;
    default:
      if (option < OPTION_NUMBERS)
        hub_die ("see hub_server --help");
      set_number (options, option, argument);
    }
}

static void
load_repos (struct hub_repos *repos, int argc, char **argv)
{
  int option;
  optind = 1;
  while ((option = getopt_long (argc, argv, "", long_options, NULL)) != -1)
    if (option == OPTION_ROOT)
      hub_folder_load_root (repos, optarg);
    else if (option == OPTION_MANIFEST)
      hub_manifest_load (repos, optarg);
    else if (option == OPTION_REPO)
      hub_folder_load_repo (repos, optarg);
  if (!repos->n_repos)
    hub_die ("nothing to serve; see hub_server --help");
  hub_repos_seal (repos);
}

static void
announce (const struct options *options)
{
  HUB_AUTOFREE char *lines
      = hub_format ("HF_ENDPOINT=%s\nCDN=%s\n", options->server->hub_url, options->server->cdn_url);
  if (options->ready)
    {
      HUB_AUTOFREE char *temporary = hub_format ("%s.%ld.tmp", options->ready, (long) getpid ());
      FILE *file = fopen (temporary, "we");
      bool good = file && fputs (lines, file) >= 0;
      if (file && fclose (file) != 0)
        good = false;
      if (!good || rename (temporary, options->ready) != 0)
        hub_die ("cannot write %s: %s", options->ready, strerror (errno));
    }
  fputs (lines, stdout);
  fflush (stdout);
  /* A reader of our output, such as a command substitution, need not wait for our end.  */
  int null = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null >= 0)
    {
      dup2 (null, STDOUT_FILENO);
      close (null);
    }
}

static void
run (struct options *options)
{
  struct hub_server *server = options->server;
  struct hub_origin hub = { .server = server };
  struct hub_origin cdn = { .server = server, .is_cdn = true };
  struct timespec limit = { .tv_sec = options->max_seconds };
  sigset_t signals;
  sigemptyset (&signals);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGHUP);
  signal (SIGPIPE, SIG_IGN);
  pthread_sigmask (SIG_BLOCK, &signals, NULL);
  unsigned port = hub_serve_listen (&hub, (uint16_t) options->port);
  unsigned cdn_port = hub_serve_listen (&cdn, (uint16_t) options->cdn_port);
  server->hub_url = hub_format ("http://127.0.0.1:%u", port);
  server->cdn_url = hub_format ("http://localhost:%u", cdn_port);
  hub_serve_start (&hub);
  hub_serve_start (&cdn);
  announce (options);
  while (sigtimedwait (&signals, NULL, &limit) < 0 && errno == EINTR)
    continue;
  hub_wait_end_all ();
  hub_serve_stop (&hub);
  hub_serve_stop (&cdn);
}

int
main (int argc, char **argv)
{
  struct hub_server server
      = { .repos.lfs_threshold = DEFAULT_LFS_THRESHOLD, .page_size = 1000, .signature_s = 3600 };
  struct options options = { .server = &server, .max_seconds = DEFAULT_MAX_SECONDS };
  pid_t parent = getppid ();
  int option;
  pthread_mutex_init (&server.faults.mutex, NULL);
  while ((option = getopt_long (argc, argv, "+", long_options, NULL)) != -1)
    {
      if (option == OPTION_CTL)
        return hub_ctl_run (argc - optind, argv + optind);
      set_option (&options, option, optarg);
    }
  if (optind != argc || !server.page_size)
    hub_die ("see hub_server --help");
  if (options.dies_with_parent && (prctl (PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid () != parent))
    return 2;
  load_repos (&server.repos, argc, argv);
  hub_log_open (&server.log, options.log);
  run (&options);
  hub_log_close (&server.log);
  hub_faults_clear (&server.faults);
  hub_repos_free (&server.repos);
  free (server.hub_url);
  free (server.cdn_url);
  free (server.token);
  return 0;
}
