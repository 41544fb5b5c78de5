# SPDX-License-Identifier: Apache-2.0
# tokens.sh: where a token comes from, whom it is sent to, and that nobody else ever sees it (spec
# 2.5, 2.10; design section 7).
. "$(dirname "$0")/lib.sh"

start_usual_hub --cdn-rejects-auth
swap_hubs
start_usual_hub
swap_hubs
WRONG=hf_wR0ngToKeNwR0ngToKeN

# The last run sent the token to the Hub, and with all its requests there; to the CDN never.
sent ()
{
  test -n "$(logged '"origin":"hub"' '"auth_ok":true')" || wrong 'no token was sent'
  test -z "$(logged '"origin":"hub"' '"auth":false')" || wrong 'a request went without the token'
  test -z "$(logged '"origin":"cdn"' '"auth":true')" || wrong 'the CDN was sent the token'
  hub_log_clear
}

not_sent ()
{
  test -z "$(logged '"auth":true')" || wrong 'a token was sent'
  hub_log_clear
}

# A private file with the arguments or variables that the caller added.
gets ()
{
  rm -rf "$CACHE"
  run download org/private big.bin "$@"
  exits 0
  that intact "$CACHE/models--org--private/snapshots/$D1/big.bin"
  sent
}

gets_not ()
{
  rm -rf "$CACHE"
  run download org/private big.bin "$@"
  fails 3
  not_sent
}

# ---- where it comes from ----

it 'none'
gets_not

it 'HF_TOKEN'
HF_TOKEN=$SECRET gets

it 'a snapshot with it: file list and files, not the CDN'
HF_TOKEN=$SECRET run download org/private
exits 0
that test -n "$(logged '"origin":"cdn"')" -o -f "$CACHE/models--org--private/snapshots/$D1/a.txt"
rm -rf "$CACHE"
HF_TOKEN=$SECRET run download org/private
exits 0
that test -n "$(logged '"origin":"cdn"')"
sent

it 'HUGGING_FACE_HUB_TOKEN, below HF_TOKEN'
HUGGING_FACE_HUB_TOKEN=$SECRET gets
HF_TOKEN='' HUGGING_FACE_HUB_TOKEN=$SECRET gets
HF_TOKEN=$SECRET HUGGING_FACE_HUB_TOKEN=$WRONG gets

it 'newlines and blanks around it are taken away'
HF_TOKEN=$'\n '"$SECRET"$'\r\n' gets

it 'the token file, below the variables'
mkdir -p "$HF_HOME"
echo "$SECRET" >"$HF_HOME/token"
gets
HF_TOKEN=$WRONG run download org/private big.bin --force-download
fails 4
never grep -q "$WRONG" "$ERR"
hub_log_clear
printf %s "$WRONG" >"$HF_HOME/token"
HF_TOKEN=$SECRET gets
rm "$HF_HOME/token"
gets_not

it 'HF_TOKEN_PATH'
printf %s "$SECRET" >"$WORK/my token"
HF_TOKEN_PATH=$WORK/my\ token gets
HF_TOKEN_PATH=$WORK/nothing gets_not
: >"$WORK/empty"
HF_TOKEN_PATH=$WORK/empty gets_not

it '--token, above all'
gets --token "$SECRET"
HF_TOKEN=$WRONG gets --token "$SECRET"
HF_TOKEN=$SECRET gets_not --token ''

it '--token - reads stdin'
rm -rf "$CACHE"
"$HFCORE" download org/private big.bin --token - <<<"$SECRET" >"$OUT" 2>"$ERR" || wrong 'refused'
sent
run download org/private big.bin --token -
fails 2

it '--token is not to be seen in the list of processes'
rm -rf "$CACHE"
hub_fault stall=1000
"$HFCORE" download org/private big.bin --token "$SECRET" >"$OUT" 2>"$ERR" &
pid=$!
has_cdn_request ()
{
  test "$(hub_count GET /lfs/)" -eq 1
}
eventually has_cdn_request
that grep -qa -- --token "/proc/$pid/cmdline"
never grep -qa "$SECRET" "/proc/$pid/cmdline"
kill "$pid"
wait "$pid"
hub_faults_clear
hub_log_clear

it 'HF_HUB_DISABLE_IMPLICIT_TOKEN'
export HF_HUB_DISABLE_IMPLICIT_TOKEN=1
HF_TOKEN=$SECRET gets_not
gets --token "$SECRET"
unset HF_HUB_DISABLE_IMPLICIT_TOKEN

it 'token: in the configuration'
configure <<END
retries: 0
token: $SECRET
END
chmod 600 "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
gets
HF_TOKEN=$SECRET gets

# What the file says of the Hub's token, with the Hub's address in it.
configure_hub ()
{
  configure <<END
retries: 0
transport:
  - { name: hub, plugin: transport-hub, endpoint: "$HF_ENDPOINT", token: "$1" }
END
}

it 'the token of a transport: none, a variable, a file, one that stands there'
RUN_BY=(env -u HF_ENDPOINT)
configure_hub none
HF_TOKEN=$SECRET gets_not
# shellcheck disable=SC2016
configure_hub '${MY_OWN}'
MY_OWN=$SECRET gets
MY_OWN=$SECRET HF_TOKEN=$WRONG gets
configure_hub "file:$WORK/my token"
gets
configure_hub "$SECRET"
gets
RUN_BY=()

it 'it is not sent to the address that HF_ENDPOINT puts in its place'
configure_hub "$SECRET"
gets_not
configure <<'END'
retries: 0
END

# ---- whom it is sent to ----

it 'two transports that are nobody special: HF_TOKEN goes to neither'
configure <<END
retries: 0
transport:
  - { name: one, plugin: transport-hub, endpoint: "$OTHER_ENDPOINT" }
  - { name: two, plugin: transport-hub, endpoint: "$HF_ENDPOINT" }
END
rm -rf "$CACHE"
RUN_BY=(env -u HF_ENDPOINT)
HF_TOKEN=$SECRET run download org/private big.bin
RUN_BY=()
fails 3
not_sent
swap_hubs
not_sent
swap_hubs

it 'the one that HF_ENDPOINT sets gets it, the other does not'
configure <<END
retries: 0
transport:
  - { name: one, plugin: transport-hub, endpoint: "http://nowhere.invalid" }
  - { name: two, plugin: transport-hub, endpoint: "$OTHER_ENDPOINT" }
END
HF_TOKEN=$SECRET gets
HF_TOKEN=$SECRET run download org/nothing x
fails 3
hub_log_clear
swap_hubs
that test -n "$(logged '"path":"/org/nothing')"
not_sent
swap_hubs

it 'a mirror with token: none, the Hub with one'
configure <<END
retries: 0
transport:
  - { name: mirror, plugin: transport-hub, endpoint: "$OTHER_ENDPOINT", token: none }
  - { name: hub, plugin: transport-hub, endpoint: "$HF_ENDPOINT", token: "\${MY_OWN}" }
END
rm -rf "$CACHE"
hub_log_clear
RUN_BY=(env -u HF_ENDPOINT)
MY_OWN=$SECRET run download org/private big.bin
RUN_BY=()
exits 0
that test -n "$(logged '"auth_ok":true')"
test -z "$(logged '"origin":"cdn"' '"auth":true')" || wrong 'the CDN was sent the token'
swap_hubs
that test -n "$(logged big.bin)"
not_sent
swap_hubs
configure <<'END'
retries: 0
END
hub_log_clear

it 'a next page elsewhere: only its path and query are taken, on our own endpoint'
rm -rf "$CACHE"
swap_hubs
hub_log_clear
swap_hubs
hub_fault "next=$OTHER_ENDPOINT/api/models/org/private/tree/$D1?recursive=true&expand=false&page=2,times=1"
HF_TOKEN=$SECRET run download org/private
requested 1 GET page=2
hub_faults_clear
hub_log_clear
swap_hubs
requested 0 '' ''
swap_hubs

it 'redirects elsewhere go without the token'
for match in /resolve/ /revision/ /tree/
do
  rm -rf "$CACHE"
  hub_fault "redirect=${OTHER_ENDPOINT/127.0.0.1/localhost}/org/m/resolve/$C2/config.json,match=$match"
  HF_TOKEN=$SECRET run download org/private a.txt
  HF_TOKEN=$SECRET run download org/private
  hub_faults_clear
done
hub_fault "redirect=$OTHER_CDN/x,match=/resolve/,method=GET"
HF_TOKEN=$SECRET run download org/private a.txt
hub_faults_clear
hub_log_clear
swap_hubs
that test -n "$(logged /org/m/resolve/)"
not_sent
swap_hubs

it 'a renamed repository is asked for with the token, on the same origin'
rm -rf "$CACHE"
hub_log_clear
HF_TOKEN=$SECRET run download org/old model.safetensors
exits 0
sent

it 'a user name in the endpoint is not shown'
HF_ENDPOINT=${HF_ENDPOINT/\/\//\/\/joe:$WRONG@} run download org/nothing x
never grep -q "$WRONG" "$OUT" "$ERR"
HF_ENDPOINT=http://joe:$WRONG@127.0.0.1:1 run download org/nothing x
never grep -q "$WRONG" "$OUT" "$ERR"
HF_ENDPOINT=http://joe:$WRONG@127.0.0.1:1 run config show
never grep -q "$WRONG" "$OUT" "$ERR"
HF_ENDPOINT=http://joe:$WRONG@127.0.0.1:1 run env
never grep -q "$WRONG" "$OUT" "$ERR"

it 'the password of a proxy is not shown, also where its URL is wrong'
for proxy in "http://joe:$SECRET@x@127.0.0.1:1" "nonsense://joe:$SECRET@127.0.0.1:1" \
  "http://joe:$SECRET@127.0.0.1:1"
do
  http_proxy=$proxy HF_ENDPOINT=http://nowhere.invalid run download org/m x -vvv
  exits 5
  http_proxy=$proxy run env
  http_proxy=$proxy run config show
done

# ---- tokens that are none ----

it 'characters that no token has: 2, no request, and the text is not shown'
rm -rf "$CACHE"
hub_log_clear
for bad in "$SECRET x" "$SECRET"$'\001' "$SECRET"$'\n'"X-Evil: 1"$'\n ' "$SECRET"é "$SECRET"$'\t'x \
  "$SECRET$(printf '%09000d' 0)"
do
  HF_TOKEN=$bad run download org/m config.json
  fails 2
  run download org/m config.json --token "$bad"
  fails 2
  printf %s "$bad" >"$WORK/bad"
  HF_TOKEN_PATH=$WORK/bad run download org/m config.json
  fails 2
done
requested 0 '' ''
that test ! -e "$CACHE"

it 'a token file that is a folder or cannot be read: 2'
HF_TOKEN_PATH=$WORK run download org/m config.json
fails 2
requested 0 '' ''

it 'a bad token is no reason to refuse what needs none'
run download org/m config.json
exits 0
HF_TOKEN="$SECRET x" run download org/m config.json --revision "$C2"
exits 0
HF_TOKEN="$SECRET x" run lookup org/m config.json
exits 0
HF_TOKEN="$SECRET x" run config show
exits 0

# ---- nowhere to be seen ----

it 'not in any output, at any level, well or ill'
export HF_TOKEN=$SECRET
export HUGGING_FACE_HUB_TOKEN=$SECRET
for words in 'download org/private -vvv' 'download org/private -vvv --json' \
  'download org/private nothing -vvv' 'download org/nothing x -vvv' 'download org/gated -vvv' \
  'download org/disabled -vvv' 'config show' 'config show -vvv --json' 'config show -q' \
  'config path -vvv' 'env' 'env --json' 'env -vvv' 'plugin list -vvv' 'plugin show transport-hub' \
  'plugin show transport-hub --json' "download org/m --token $SECRET -vvv --nonsense" \
  "config show --token $SECRET" "download --token=$SECRET org/private -vvv" "--token $SECRET env" \
  "download org/m x --tokn $SECRET" "download org/m --max-workers $SECRET=0 -vvv --token $SECRET"
do
  rm -rf "$CACHE"
  # shellcheck disable=SC2086
  case $words in
    *--max-workers*) words=${words/$SECRET=0/0} ;;
  esac
  # shellcheck disable=SC2086
  run $words
done
hub_fault status=500
run download org/private -vvv
hub_faults_clear
hub_fault redirect_loop
run download org/private -vvv
hub_faults_clear
HF_DEBUG=1 run download org/private
HF_HUB_VERBOSITY=debug run download org/private
HF_ENDPOINT=http://127.0.0.1:1 run download org/private -vvv

it 'config show and env say that there is one, and where'
run config show
exits 0
that grep -q '^token *= *(hidden)  *# environment, HF_TOKEN' "$OUT"
configure <<END
retries: 0
token: $SECRET
transport:
  - { name: hub, plugin: transport-hub, token: $SECRET }
END
unset HF_TOKEN HUGGING_FACE_HUB_TOKEN
run config show
exits 0
that grep -q '^transport.hub.token *= *(hidden)' "$OUT"
run config check "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
exits 0
run config check "$XDG_CONFIG_HOME/hfcore/hfcore.yaml" -vvv --json
exits 0

it 'not in what a wrong configuration is told about'
for line in "token: [ $SECRET, x ]" "token: { a: $SECRET }" "transport: [ { plugin: transport-hub, token: [ $SECRET ] } ]"
do
  printf 'retries: 0\n%s\n' "$line" >"$WORK/bad.yaml"
  run config check "$WORK/bad.yaml"
  exits 2
done

it 'not in the cache'
never grep -rqF "$SECRET" "$WORK"/hf*

finish
