# SPDX-License-Identifier: Apache-2.0
# offline.sh: what the cache serves when nobody may or can be asked (spec 2.6 steps 4 and 12, 4.2).
. "$(dirname "$0")/lib.sh"

start_usual_hub

# What every case starts from: of main one file, of v1.0 all.
fill ()
{
  new_cache
  M=$CACHE/models--org--m
  "$HFCORE" download org/m config.json >/dev/null && "$HFCORE" download org/m --revision v1.0 \
    >/dev/null || wrong 'the cache could not be filled'
  hub_log_clear
  tree "$HF_HOME" >"$WORK/before"
}

unchanged ()
{
  diff "$WORK/before" <(tree "$HF_HOME") || wrong 'the cache was changed'
}

# ---- told not to ask ----

# What both ways have in common; the arguments are the option.
serves_without_asking ()
{
  run download org/m config.json "$@"
  exits 0; silent
  prints "$M/snapshots/$C2/config.json"
  run download org/m config.json --revision "$C2" "$@"
  exits 0
  prints "$M/snapshots/$C2/config.json"
  run download org/m --revision v1.0 "$@"
  exits 0; silent
  prints "$M/snapshots/$C1"
  run download org/m --revision "$C1" "$@"
  exits 0
  prints "$M/snapshots/$C1"
  run download org/m --revision v1.0 --include '*.json' "$@"
  exits 0
  requested 0 '' ''
  unchanged
}

refuses_without_asking ()
{
  run download org/m README.md "$@"
  fails 5 README.md
  run download org/m config.json --revision refs/pr/1 "$@"
  fails 5
  run download org/m README.md --revision "$C2" "$@"
  fails 5
  run download org/nothing config.json "$@"
  fails 5
  run download org/m --revision refs/pr/1 "$@"
  fails 5
  run download org/nothing "$@"
  fails 5
  run download org/m --revision "$C3" "$@"
  fails 5
  run download org/m config.json --force-download "$@"
  fails 2
  run download org/m --revision v1.0 --force-download "$@"
  fails 2
  run download org/m config.json --revision "$C2" --force-download "$@"
  fails 2
  requested 0 '' ''
  unchanged
}

it 'HF_HUB_OFFLINE: what is cached is served'
fill
HF_HUB_OFFLINE=1 serves_without_asking

it 'HF_HUB_OFFLINE: what is not cached, and force, are refused'
HF_HUB_OFFLINE=1 refuses_without_asking
HF_HUB_OFFLINE=1 run download org/m README.md
says HF_HUB_OFFLINE

it '--offline'
serves_without_asking --offline
refuses_without_asking --offline

it '--local-files-only: what is cached is served'
serves_without_asking --local-files-only

it '--local-files-only: what is not cached, and force, are refused'
refuses_without_asking --local-files-only

it 'offline: yes in the configuration'
configure <<'END'
offline: yes
END
serves_without_asking
refuses_without_asking
configure <<'END'
retries: 0
END

it 'TRANSFORMERS_OFFLINE counts, but HF_HUB_OFFLINE=0 wins; YES and on count, maybe does not'
TRANSFORMERS_OFFLINE=1 run download org/m README.md
fails 5
HF_HUB_OFFLINE=YES run download org/m README.md
fails 5
HF_HUB_OFFLINE=on run download org/m README.md
fails 5
requested 0 '' ''
HF_HUB_OFFLINE=0 TRANSFORMERS_OFFLINE=1 run download org/m README.md
exits 0
HF_HUB_OFFLINE=maybe run download org/m artist.txt
exits 0

it 'offline with a plain dry run'
fill
HF_HUB_OFFLINE=1 run download org/m config.json --dry-run --json
exits 0
that grep -q '"will_download": false' "$OUT"
HF_HUB_OFFLINE=1 run download org/m README.md --dry-run
fails 5
requested 0 '' ''
unchanged

it 'a snapshot that is not complete is refused offline, and the missing file is named'
rm "$M/snapshots/$C1/art/one.txt"
HF_HUB_OFFLINE=1 run download org/m --revision v1.0
fails 5 art/one.txt
HF_HUB_OFFLINE=1 run download org/m --revision "$C1"
fails 5 art/one.txt
run download org/m --revision v1.0 --local-files-only
fails 5 art/one.txt
requested 0 '' ''

it 'online, what the Hub says is told in place of that'
hub_fault 'status=401,match=/api/'
run download org/m --revision v1.0
fails 4 '401'
hub_faults_clear
hub_log_clear

it 'but its other files are served'
HF_HUB_OFFLINE=1 run download org/m --revision v1.0 --exclude 'art/*'
exits 0
prints "$M/snapshots/$C1"
HF_HUB_OFFLINE=1 run download org/m config.json --revision v1.0
exits 0

it 'without a remembered file list the folder is served as it is'
rm -r "$M/trees"
HF_HUB_OFFLINE=1 run download org/m --revision v1.0
exits 0
prints "$M/snapshots/$C1"
HF_HUB_OFFLINE=1 run download org/m --revision "$C1"
exits 0
prints "$M/snapshots/$C1"

it '…and so it is when the Hub refuses to list the commit'
for status in 401 403 404 503
do
  hub_fault "status=$status,match=/tree/"
  run download org/m --revision "$C1"
  exits 0
  prints "$M/snapshots/$C1"
  that grep -q 'the cached snapshot is used' "$ERR"
  hub_faults_clear
done

it 'a ref that is no commit names nothing'
printf '%s\n' "$C1" >"$M/refs/v1.0"
HF_HUB_OFFLINE=1 run download org/m config.json --revision v1.0
fails 5
rm -r "$M/refs"
HF_HUB_OFFLINE=1 run download org/m config.json
fails 5
HF_HUB_OFFLINE=1 run download org/m config.json --revision "$C1"
exits 0

it 'no cache at all'
new_cache
HF_HUB_OFFLINE=1 run download org/m config.json
fails 5
run download org/m --local-files-only
fails 5
untouched

# ---- asked, and answered badly ----

# The cached file or snapshot is served in spite of the answer, with one warning.
serves_in_spite ()
{
  run download org/m config.json
  exits 0
  prints "$M/snapshots/$C2/config.json"
  that test "$(grep -c '^hfcore: warning: ' "$ERR")" -eq 1
  that test "$(wc -l <"$ERR")" -eq 1
  run download org/m --revision v1.0
  exits 0
  prints "$M/snapshots/$C1"
  unchanged
}

fill
for answer in '401' '401,error_code=RepoNotFound' '403' '403,error_code=GatedRepo' '404' \
  '404,error_code=RepoNotFound' '429,retry_after=0' '500' '503' '504' '418'
do
  it "the Hub answers $answer: the cached file is served"
  hub_fault "status=$answer"
  serves_in_spite
  hub_faults_clear
done

it '…but a file or a revision that the Hub says is gone is not served'
hub_fault 'status=404,error_code=RevisionNotFound'
run download org/m config.json
fails 3
run download org/m --revision v1.0
fails 3
hub_faults_clear
hub_fault "status=404,error_code=EntryNotFound"
run download org/m config.json
fails 3 config.json
hub_faults_clear

it '…and neither is anything by force'
hub_fault 'status=503'
run download org/m config.json --force-download
fails 5
run download org/m --revision v1.0 --force-download
fails 5
hub_faults_clear

# CODE ANSWER: what is not cached ends with CODE.
ends_with ()
{
  hub_fault "status=$2"
  run download org/m README.md
  fails "$1"
  run download org/m --revision refs/pr/1
  fails "$1"
  hub_faults_clear
}

it 'what is not cached ends with the code of the answer'
fill
ends_with 4 401
ends_with 3 401,error_code=RepoNotFound
ends_with 4 403
ends_with 4 403,error_code=GatedRepo
ends_with 3 404
ends_with 3 404,error_code=RepoNotFound
ends_with 5 429,retry_after=0
ends_with 5 500
ends_with 5 503
unchanged

it 'answers without a commit, an ETag or a size count as no answer'
for header in X-Repo-Commit ETag Content-Length
do
  hub_fault "noheader=$header"
  run download org/m config.json
  exits 0
  prints "$M/snapshots/$C2/config.json"
  run download org/m README.md
  fails 5
  hub_faults_clear
done
unchanged

it 'dropped connections and silence count as no answer'
configure <<'END'
retries: 0
etag-timeout: 200ms
download-timeout: 200ms
END
hub_fault drop
serves_in_spite
run download org/m README.md
fails 5
hub_faults_clear
hub_fault delay=20000
run download org/m config.json
exits 0
run download org/m README.md
fails 5
hub_faults_clear

# ---- nobody there ----

it 'the Hub is gone: what is cached is served, the rest ends with 5'
address=$HF_ENDPOINT
hub_stop
export HF_ENDPOINT=$address
configure <<'END'
retries: 1
retry-pause: 10ms
END
run download org/m config.json
exits 0
prints "$M/snapshots/$C2/config.json"
that test "$(wc -l <"$ERR")" -eq 1
run download org/m --revision v1.0
exits 0
prints "$M/snapshots/$C1"
run download org/m config.json --revision "$C2"
exits 0
silent
run download org/m README.md
exits 5
that test "$(tail -n 1 "$ERR" | grep -c 127.0.0.1)" -eq 1
that grep -q 'trying again' "$ERR"
run download org/m --revision refs/pr/1
exits 5
unchanged

it 'a name that does not resolve and a port that nobody listens at'
configure <<'END'
retries: 0
END
HF_ENDPOINT=http://no-such-host.invalid run download org/m README.md
fails 5 no-such-host.invalid
HF_ENDPOINT=http://127.0.0.1:1 run download org/m README.md
fails 5 127.0.0.1:1
HF_ENDPOINT=http://127.0.0.1:1 run download org/m config.json
exits 0

finish
