# SPDX-License-Identifier: Apache-2.0
# config.sh: the layers and who set what, mistakes in files, several storages, several transports
# (design section 5).
. "$(dirname "$0")/lib.sh"

start_usual_hub
USER_FILE=$XDG_CONFIG_HOME/hfcore/hfcore.yaml

# KEY VALUE COMMENT: the line of `config show`.
shows ()
{
  sed 's/  *= */=/; s/  *# /#/' "$OUT" | grep -qxF "$1=$2#$3" ||
    wrong "config show has no '$1 = $2 # $3' but: $(grep "^$1 " "$OUT")"
}

# ---- layers ----

it 'without a file everything is a default'
rm "$USER_FILE"
(
  unset HF_ENDPOINT HF_HOME
  run config show
  exits 0; silent
  shows retries 5 default
  shows offline no default
  shows transport.hub.endpoint https://huggingface.co default
  shows storage.cache.root "$HOME/.cache/huggingface/hub" default
  never grep -qv '# default$' "$OUT"
  test -z "$lib_wrong"
) || wrong 'see above'

it 'the user file, with its line'
configure <<'END'
# a comment
retries: 2
retry-pause: 250ms
END
run config show
exits 0
shows retries 2 "user file, $USER_FILE:2"
shows retry-pause 250ms "user file, $USER_FILE:3"

it 'the environment, above the file'
printf 'offline: no\nretries: 1\n' >"$USER_FILE"
HF_HUB_OFFLINE=1 HF_HUB_CACHE=$WORK/elsewhere run config show
exits 0
shows offline yes 'environment, HF_HUB_OFFLINE'
shows storage.cache.root "$WORK/elsewhere" 'environment, HF_HUB_CACHE'
shows transport.hub.endpoint "$HF_ENDPOINT" 'environment, HF_ENDPOINT'
shows home "$HF_HOME" 'environment, HF_HOME'

it 'an empty variable counts as unset'
HF_HUB_OFFLINE='' HF_HUB_CACHE='' HF_ENDPOINT='' HF_TOKEN='' run config show
shows offline no "user file, $USER_FILE:1"
shows transport.hub.endpoint https://huggingface.co default
shows token auto default

it '~ and ${VAR} in paths'
# shellcheck disable=SC2016
printf 'storage:\n  - { plugin: store-symlink, root: "~/x/${MINE}/hub" }\n' >"$USER_FILE"
RUN_BY=(env -u HF_HOME MINE='my own')
run download org/m config.json
RUN_BY=()
exits 0
prints "$HOME/x/my own/hub/models--org--m/snapshots/$C2/config.json"

it '--config and HFCORE_CONFIG in place of the user file; the flag wins; both before and after'
printf 'retries: 3\n' >"$WORK/three.yaml"
printf 'retries: 4\n' >"$WORK/four.yaml"
printf 'retries: 2\nmax-workers: 2\n' >"$USER_FILE"
HFCORE_CONFIG=$WORK/three.yaml run config show
shows retries 3 "user file, $WORK/three.yaml:1"
shows max-workers 8 default
HFCORE_CONFIG=$WORK/three.yaml run --config "$WORK/four.yaml" config show
shows retries 4 "user file, $WORK/four.yaml:1"
run config show --config "$WORK/four.yaml"
shows retries 4 "user file, $WORK/four.yaml:1"
run config --config="$WORK/four.yaml" show
shows retries 4 "user file, $WORK/four.yaml:1"

it 'a file that is named must be there'
hub_log_clear
HFCORE_CONFIG=$WORK/none.yaml run config show
fails 2 none.yaml
run --config "$WORK/none.yaml" download org/m config.json
fails 2 none.yaml
requested 0 '' ''

it 'config show --json'
run config show --json
exits 0
that grep -q '{"key": "retries", "value": "2", "layer": "user file", "where": "'"$USER_FILE"':1"}' "$OUT"

it 'config path'
run config path
exits 0
that test "$(wc -l <"$OUT")" -eq 2
that grep -q "^$USER_FILE  *found$" "$OUT"
run config path -q
that grep -qxF "$USER_FILE" "$OUT"
run config path --config "$WORK/four.yaml"
that grep -q "^$WORK/four.yaml  *found$" "$OUT"
never grep -qF "$USER_FILE" "$OUT"
run config path --json
that grep -qF "{\"path\": \"$USER_FILE\", \"found\": true}" "$OUT"

it 'log-level and progress-bars of a file are obeyed'
printf 'retries: 0\nlog-level: debug\n' >"$USER_FILE"
run download org/m config.json
exits 0
says 'debug: '
HF_HUB_VERBOSITY=warning run download org/m config.json
silent
printf 'retries: 0\nlog-level: error\n' >"$USER_FILE"
hub_fault status=503
run download org/m config.json
exits 0
silent
hub_faults_clear

it 'progress-bars: yes draws them where there is no terminal too, no prints not even lines'
hub_fault 'delay=600,match=/resolve/,method=GET'
for bars in yes no
do
  printf 'progress-bars: %s\n' $bars >"$USER_FILE"
  "$HFCORE" download org/m config.json --cache-dir "$WORK/bars-$bars" >"$OUT" 2>"$WORK/bars.$bars"
  that test -f "$(cat "$OUT")"
done
that grep -qF "$(printf '\033[?25h')" "$WORK/bars.yes"
that test ! -s "$WORK/bars.no"
hub_faults_clear

it 'offline, endpoint and roots of a file are obeyed'
printf 'offline: yes\n' >"$USER_FILE"
run download org/m README.md
fails 5
cat >"$USER_FILE" <<END
retries: 0
storage: [ { name: mine, plugin: store-symlink, root: "$WORK/mine" } ]
transport: [ { name: mine, plugin: transport-hub, endpoint: "$HF_ENDPOINT/" } ]
END
(
  unset HF_ENDPOINT HF_HOME
  run download org/m config.json
  exits 0
  prints "$WORK/mine/models--org--m/snapshots/$C2/config.json"
  test -z "$lib_wrong"
) || wrong 'see above'

# ---- mistakes ----

# WHERE TEXT…: the file on stdin is refused at WHERE with that text, by `config check` and by
# whatever else reads it, without a request and without a line more.
refuses ()
{
  local where=$1
  shift
  cat >"$WORK/bad.yaml"
  run config check "$WORK/bad.yaml"
  fails 2 "$WORK/bad.yaml:$where: " "$@"
  run download org/m config.json --config "$WORK/bad.yaml"
  fails 2 "$WORK/bad.yaml:$where: " "$@"
}

# The same, but for what the environment of this script makes good.
check_refuses ()
{
  local where=$1
  shift
  cat >"$WORK/bad.yaml"
  run config check "$WORK/bad.yaml"
  fails 2 "$WORK/bad.yaml:$where: " "$@"
}
hub_log_clear
new_cache

it 'unknown keys, with what may have been meant'
refuses 2:1 retrys '`retries`' <<'END'
offline: no
retrys: 3
END
refuses 1:1 nonsense-without-a-neighbour <<'END'
nonsense-without-a-neighbour: 3
END
refuses 2:32 rot '`root`' <<'END'
storage:
  - { plugin: store-symlink,   rot: /x }
END
refuses 2:5 '`plugin`' <<'END'
storage:
  - name: x
    plugn: store-symlink
END
refuses 2:32 endpiont '`endpoint`' <<'END'
transport:
  - { plugin: transport-hub,   endpiont: "http://x" }
END

it 'wrong types'
refuses 1:1 retries <<'END'
retries: many
END
refuses 1:1 <<'END'
retries: -1
END
refuses 1:1 <<'END'
retries: 101
END
refuses 1:1 <<'END'
retries: [ 1, 2 ]
END
refuses 1:1 <<'END'
retries: { a: 1 }
END
refuses 1:1 <<'END'
retries:
END
refuses 1:1 <<'END'
offline: perhaps
END
refuses 1:1 <<'END'
retry-pause: 3 parsecs
END
refuses 1:1 <<'END'
storage: here
END
refuses 1:1 <<'END'
- a
- list
END
refuses 1:1 <<'END'
just a text
END
refuses 3:5 <<'END'
storage:
  - { plugin: store-symlink, root: /x }
  - { plugin: store-symlink, root: /y }
END
refuses 2:16 <<'END'
storage:
  - { name: x, access: sometimes, plugin: store-symlink, root: /x }
END
check_refuses 2:5 '`root`' <<'END'
storage:
  - { name: x, plugin: store-symlink, access: read-only }
END
check_refuses 2:33 endpoint <<'END'
transport:
  - { plugin: transport-hub,    endpoint: "ftp://x" }
END

it 'YAML that is none'
refuses 2:1 tab < <(printf 'storage:\n\t- { plugin: x }\n')
refuses 2:1 twice < <(printf 'retries: 1\nretries: 2\n')
refuses 2:1 quotes < <(printf 'retries: "1\n')
refuses 2:10 < <(printf 'retries: 1\n  offline: no\n')
refuses 2:1 < <(printf 'retries: 1\n---\nretries: 2\n')
refuses 1:10 'not UTF-8' < <(printf 'retries: \377\n')
refuses 1:10 < <(printf 'retries: \001\n')
refuses 1:10 < <(printf 'offline: !!bool yes\n')

it 'anchors that explode, nests and giants'
refuses 1:4 anchors <<'END'
a: &a [ x, x, x, x, x, x, x, x, x ]
b: &b [ *a, *a, *a, *a, *a, *a, *a, *a, *a ]
c: &c [ *b, *b, *b, *b, *b, *b, *b, *b, *b ]
d: &d [ *c, *c, *c, *c, *c, *c, *c, *c, *c ]
END
printf '[%.0s' $(seq 100000) >"$WORK/nest.yaml"
run config check "$WORK/nest.yaml"
fails 2
head -c 2000000 /dev/zero | tr '\0' '#' >"$WORK/giant.yaml"
run config check "$WORK/giant.yaml"
fails 2
run config check /dev/zero
fails 2
run config check "$WORK"
fails 2
mkfifo "$WORK/fifo"
run config check "$WORK/fifo"
fails 2

it 'a text with escapes does not reach the terminal'
refuses 1:1 < <(printf '"a\\eb": 1\n')
refuses 1:10 < <(printf 'retries: "\\e[31mred"\n')

it 'wraps: in circles, to itself, to nobody'
refuses 2:52 itself <<'END'
storage:
  - { name: a, plugin: store-symlink, root: /x,    wraps: a }
END
refuses 2:52 nobody <<'END'
storage:
  - { name: a, plugin: store-symlink, root: /x,    wraps: nobody }
END

it 'nothing was asked for and nothing written by all these mistakes'
requested 0 '' ''
untouched

it 'a file that others may write to is not used'
printf 'retries: 1\n' >"$WORK/open.yaml"
chmod 666 "$WORK/open.yaml"
run --config "$WORK/open.yaml" config show
fails 2 open.yaml chmod
run config check "$WORK/open.yaml"
fails 2
mkdir -p "$WORK/open"
printf 'retries: 1\n' >"$WORK/open/mine.yaml"
chmod 777 "$WORK/open"
run --config "$WORK/open/mine.yaml" config show
fails 2 "$WORK/open"
ln -s open/mine.yaml "$WORK/link.yaml"
run --config "$WORK/link.yaml" config show
fails 2
if test "$(id -u)" -eq 0
then
  printf 'retries: 1\n' >"$WORK/foreign.yaml"
  chown 65534 "$WORK/foreign.yaml"
  run --config "$WORK/foreign.yaml" config show
  fails 2 foreign.yaml
fi

it 'what is right is said to be right'
printf 'retries: 1\n' >"$WORK/good.yaml"
run config check "$WORK/good.yaml"
exits 0; silent
that grep -q "$WORK/good.yaml" "$OUT"
run config check "$WORK/good.yaml" -q
exits 0; silent
prints_nothing
run config check "$WORK/good.yaml" --json
exits 0
prints "{\"file\": \"$WORK/good.yaml\", \"ok\": true}"
: >"$WORK/empty.yaml"
run config check "$WORK/empty.yaml"
exits 0
printf '# nothing but a comment\n' >"$WORK/empty.yaml"
run config check "$WORK/empty.yaml"
exits 0
printf '\357\273\277retries: 1\r\noffline: no\r\n' >"$WORK/windows.yaml"
run config check "$WORK/windows.yaml"
exits 0

it 'the examples are right'
for file in "$top_srcdir"/conf/*.yaml
do
  cp "$file" "$WORK/example.yaml"
  chmod 644 "$WORK/example.yaml"
  run config check "$WORK/example.yaml"
  exits 0
done
that test "$(ls "$top_srcdir"/conf/*.yaml | wc -l)" -ge 4

it 'the commented defaults, uncommented, are right and say what is the default'
sed 's/^#\([a-z]\|  \)/\1/' "$top_srcdir/conf/hfcore.yaml" >"$WORK/defaults.yaml"
run config check "$WORK/defaults.yaml"
exits 0
(
  unset HF_HOME HF_ENDPOINT
  rm -f "$USER_FILE"
  run config show
  sed 's/ *#.*//' "$OUT" >"$WORK/by-default"
  run --config "$WORK/defaults.yaml" config show
  sed 's/ *#.*//' "$OUT" >"$WORK/by-file"
  # Not these, which have no default that could be written there.
  for file in by-default by-file
  do
    sed "s/  *= */=/; s|=~/|=$HOME/|; /^plugin-path/d; /^user-agent-origin/d" "$WORK/$file" \
      >"$WORK/$file.lines"
  done
  diff "$WORK/by-default.lines" "$WORK/by-file.lines"
) || wrong 'they differ'

# ---- several storages ----

shared=$WORK/shared/hub
"$HFCORE" download org/m --revision v1.0 --cache-dir "$shared" >/dev/null || exit 1
"$HFCORE" download org/m config.json --cache-dir "$shared" >/dev/null || exit 1
cat >"$USER_FILE" <<END
retries: 0
storage:
  - { name: shared, plugin: store-symlink, root: "$shared", access: read-only }
  - { name: own, plugin: store-symlink, root: "$WORK/own/hub" }
END
tree "$WORK/shared" >"$WORK/before"
hub_log_clear
unset HF_HOME

it 'what lies in the read-only storage is used where it lies'
run download org/m config.json
exits 0; silent
prints "$shared/models--org--m/snapshots/$C2/config.json"
requested 1 '' ''
run download org/m model.safetensors --revision "$C1"
prints "$shared/models--org--m/snapshots/$C1/model.safetensors"
run download org/m --revision "$C1"
exits 0
prints "$shared/models--org--m/snapshots/$C1"
run lookup org/m config.json
prints "$shared/models--org--m/snapshots/$C2/config.json"
requested 1 '' ''
HF_HUB_OFFLINE=1 run download org/m config.json --revision v1.0
exits 0
prints "$shared/models--org--m/snapshots/$C1/config.json"
HF_HUB_OFFLINE=1 run download org/m --revision v1.0
exits 0
prints "$shared/models--org--m/snapshots/$C1"

it 'and leaves no ref and no file list without a snapshot in the writable one'
run download org/m --revision v1.0
exits 0
prints "$shared/models--org--m/snapshots/$C1"
run download org/m model.safetensors --revision v1.0
exits 0
that test ! -e "$WORK/own/hub/models--org--m"

it 'offline, the storage that has the whole snapshot is taken, not the first that has a part'
: >"$WORK/empty.yaml"
run --config "$WORK/empty.yaml" download org/m config.json --revision v1.0 --cache-dir "$WORK/part"
exits 0
cat >"$WORK/part.yaml" <<END
storage:
  - { name: part, plugin: store-symlink, root: "$WORK/part" }
  - { name: shared, plugin: store-symlink, root: "$shared", access: read-only }
END
HF_HUB_OFFLINE=1 run --config "$WORK/part.yaml" download org/m --revision v1.0
exits 0
prints "$shared/models--org--m/snapshots/$C1"

it 'a forced download ends in the storage that it wrote'
run download org/m --revision v1.0 --force-download --cache-dir "$WORK/forced"
exits 0
prints "$WORK/forced/models--org--m/snapshots/$C1"

it 'what does not goes into the first writable one'
run download org/m README.md
exits 0
prints "$WORK/own/hub/models--org--m/snapshots/$C2/README.md"
run lookup org/m README.md
prints "$WORK/own/hub/models--org--m/snapshots/$C2/README.md"
run download org/m nothing.txt
fails 3
run lookup org/m nothing.txt
exits 3
that test -f "$WORK/own/hub/models--org--m/.no_exist/$C2/nothing.txt"

it 'a snapshot of which a part lies in each is whole in the end'
run download org/m
exits 0
folder=$(cat "$OUT")
that test -d "$folder"
that test "$(find "$folder" \( -type l -o -type f \) | wc -l)" -eq 7

it 'the read-only one was never written, not even a lock'
that diff "$WORK/before" <(tree "$WORK/shared")

it 'HF_HUB_CACHE and --cache-dir replace the writable one, not the shared one'
HF_HUB_CACHE=$WORK/other run download org/m artist.txt
prints "$WORK/other/models--org--m/snapshots/$C2/artist.txt"
run download org/m artist.txt --cache-dir "$WORK/third"
prints "$WORK/third/models--org--m/snapshots/$C2/artist.txt"
run download org/m config.json --cache-dir "$WORK/third"
prints "$shared/models--org--m/snapshots/$C2/config.json"

it 'only read-only storages: what is there is served, the rest is refused with 7'
cat >"$USER_FILE" <<END
retries: 0
storage: [ { name: shared, plugin: store-symlink, root: "$shared", access: read-only } ]
END
run download org/m config.json
exits 0
prints "$shared/models--org--m/snapshots/$C2/config.json"
run download org/m README.md
fails 7 'access: read-write'
run download org/m README.md --force-download
fails 7
that diff "$WORK/before" <(tree "$WORK/shared")

it 'a shared storage that is not there is passed over, and that is said once'
cat >"$USER_FILE" <<END
retries: 0
storage:
  - { name: shared, plugin: store-symlink, root: "$WORK/unplugged/hub", access: read-only }
  - { name: own, plugin: store-symlink, root: "$WORK/own2/hub" }
END
run download org/m config.json
exits 0
that test "$(wc -l <"$ERR")" -eq 1
says "storage 'shared'" "$WORK/unplugged/hub is not there"
prints "$WORK/own2/hub/models--org--m/snapshots/$C2/config.json"
that test ! -e "$WORK/unplugged"

# ---- several transports ----

new_cache
swap_hubs
start_usual_hub
swap_hubs
mirrored ()
{
  cat >"$USER_FILE" <<END
retries: 2
retry-pause: 10ms
etag-timeout: 500ms
download-timeout: 500ms
transport:
  - { name: mirror, plugin: transport-hub, endpoint: "$1", token: none }
  - { name: hub, plugin: transport-hub, endpoint: "$HF_ENDPOINT", token: none }
END
}
RUN_BY=(env -u HF_ENDPOINT)
hub_log_clear

# All of org/m arrives, in a fresh cache.
mirror_serves ()
{
  rm -rf "$CACHE"
  run download org/m model.safetensors
  exits 0
  that intact "$CACHE/models--org--m/snapshots/$C2/model.safetensors"
  run download org/m
  exits 0
  that test "$(find "$CACHE/models--org--m/snapshots/$C2" -type l | wc -l)" -eq 7
}

it 'the first transport is asked, the second is not'
mirrored "$OTHER_ENDPOINT"
mirror_serves
requested 0 '' ''

it 'a mirror that is down is left at once'
mirrored http://127.0.0.1:1
mirror_serves
never grep -q 'trying again' "$ERR"

it 'a mirror that answers 404, 401, 403 or 503, or drops, or is no Hub'
mirrored "$OTHER_ENDPOINT"
for fault in status=404 status=401 status=403 status=503 status=404,error_code=RepoNotFound drop \
  noheader=X-Repo-Commit garbage redirect_loop status=404,error_code=RevisionNotFound
do
  swap_hubs
  hub_fault "$fault"
  swap_hubs
  mirror_serves
  swap_hubs
  hub_faults_clear
  swap_hubs
done

it 'a mirror whose bytes fail half way: the other goes on where it was'
rm -rf "$CACHE"
swap_hubs
hub_fault cut=100000,origin=cdn,times=1
hub_fault status=503,after=2
hub_log_clear
swap_hubs
hub_log_clear
run download org/m model.safetensors
exits 0
that intact "$CACHE/models--org--m/snapshots/$C2/model.safetensors"
that test -n "$(logged /lfs/ '"range":"bytes=')"
swap_hubs
hub_faults_clear
swap_hubs

it 'a file that the mirror says is missing is missing'
hub_log_clear
run download org/m nothing.txt
fails 3
requested 0 '' ''

it 'both down: one line, 5, after the retries'
mirrored http://127.0.0.1:1
sed -i "s|$HF_ENDPOINT|http://127.0.0.1:2|" "$USER_FILE"
rm -rf "$HF_HOME"
run download org/m config.json
exits 5
that test "$(grep -c 'trying again' "$ERR")" -eq 2
that test "$(grep -vc 'trying again' "$ERR")" -eq 1
untouched

it 'no transport at all: what is cached is served, the rest is not there'
RUN_BY=(env -u HF_ENDPOINT)
printf 'transport: []\n' >"$USER_FILE"
run download org/m config.json
fails 5
untouched
configure <<'END'
retries: 0
END
RUN_BY=()
"$HFCORE" download org/m --revision v1.0 >/dev/null
RUN_BY=(env -u HF_ENDPOINT)
printf 'transport: []\n' >"$USER_FILE"
run download org/m config.json --revision v1.0
exits 0; silent
run download org/m --revision v1.0
exits 0; silent

it 'links that are not wanted are not made, which is no reason to warn'
RUN_BY=()
rm -f "$USER_FILE"
new_cache
HF_HUB_DISABLE_SYMLINKS=1 run download org/m
exits 0; silent
that test -z "$(find "$CACHE" -type l)"
that test "$(find "$CACHE/models--org--m/snapshots" -type f | wc -l)" -eq 7
run lookup org/m art/deep/two.txt
exits 0
prints "$CACHE/models--org--m/snapshots/$C2/art/deep/two.txt"

it 'but by store-symlink, with one warning or with none'
new_cache
printf 'storage: [ { plugin: store-symlink, root: "%s" } ]\n' "$CACHE" >"$USER_FILE"
HF_HUB_DISABLE_SYMLINKS=1 run download org/m
exits 0
that test "$(grep -c 'symbolic links are made all the same' "$ERR")" -eq 1
new_cache
HF_HUB_DISABLE_SYMLINKS=1 HF_HUB_DISABLE_SYMLINKS_WARNING=1 run download org/m
exits 0
silent
rm -f "$USER_FILE"

finish
