#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# command.sh: what `hfcore complete` answers.
. "$(dirname "$0")/lib.sh"
export NO_COLOR=1

# Of the line of these WORDs the last is the current one, or number INDEX.
line ()
{
  line_at $# "$@"
}

line_at ()
{
  local index=$1
  shift
  run complete plain "$index" hfcore "$@"
  exits 0
  silent
  cut -f 1 "$OUT" | tail -n +2 >"$WORK/values"
}

# The shell is to add PATHS of its own: words, files or folders.
answers ()
{
  test "$(head -n 1 "$OUT")" = "$1" || wrong "the answer is $(head -n 1 "$OUT"), not $1"
}

offers ()
{
  local value
  for value
  do
    grep -qxF -- "$value" "$WORK/values" ||
      wrong "'$value' is not offered: $(head -c 700 "$WORK/values" | tr '\n' '|')"
  done
}

offers_only ()
{
  printf '%s\n' "$@" | LC_ALL=C sort >"$WORK/wanted"
  cmp -s "$WORK/wanted" "$WORK/values" ||
    wrong "offered are $(tr '\n' '|' <"$WORK/values"), not $(tr '\n' '|' <"$WORK/wanted")"
}

offers_nothing ()
{
  test ! -s "$WORK/values" || wrong "offered are $(head -c 700 "$WORK/values" | tr '\n' '|')"
}

new_world
before=$(tree "$CACHE")

# ---- the command table ----

overview=$("$HFCORE" --help)
commands=$(awk '$0 == "Commands:" { inside = 1; next }
  inside && /^$/ { exit }
  inside && /^  [a-z]/ { sub (/^  /, ""); print }' <<<"$overview" |
  sed -E 's/^((assets|cache|config|plugin) [a-z]+|[a-z-]+).*/\1/')

it 'commands, and the second words of groups'
that test "$(wc -l <<<"$commands")" -ge 23
line ''
answers words
offers help $(cut -d ' ' -f 1 <<<"$commands" | sort -u)
for group in assets cache config plugin
do
  line $group ''
  offers_only $(sed -n "s/^$group //p" <<<"$commands" | sort -u)
  line help $group ''
  offers_only $(sed -n "s/^$group //p" <<<"$commands" | sort -u)
done
line down
offers_only download
line --quiet --config x cache tr
offers_only trim
line bogus ''
offers_nothing
line cache bogus ''
offers_nothing

it 'it is hidden itself'
never grep -q complete <<<"$overview"
line comp
offers_nothing
run help complete
fails 2 "unknown command 'complete'"

it 'every option of every command, with its help'
# options_of TITLE...: "--name", "-x" of these parts of a help text.
options_of ()
{
  local title
  for title
  do
    awk -v title="$title" '$0 == title ":" { inside = 1; next }
      inside && /^$/ { exit }
      inside && /^  (-.,|    --)/ { sub (/^ +/, ""); sub (/  .*/, ""); print }' "$WORK/help"
  done | grep -oE '(^|[ ,])--?[a-z-]+' | tr -d ' ,' | LC_ALL=C sort -u
}
count=0
while read -r command
do
  "$HFCORE" $command --help >"$WORK/help" || wrong "hfcore $command --help"
  options=$(options_of Options 'Common options')
  line $command -
  offers_only $options
  count=$((count + $(wc -l <<<"$options")))
  test "$(grep -c $'\t.' "$OUT")" -eq "$(wc -l <<<"$options")" ||
    wrong "$command: an option has no description"
done <<<"$commands"
that test "$count" -ge 300
line -
printf '%s\n' "$overview" >"$WORK/help"
offers_only --version $(options_of 'Options, before or after the command')
line cache --
offers --json
never grep -qx -- -q "$WORK/values"
line cache ls --s
offers_only --show-warnings --sort
line download org/m -- --
offers_nothing

it 'values of a fixed set, which the help tells and the command takes'
# set COMMAND OPTION VALUE...
set_of ()
{
  local command=$1 option=$2 value
  shift 2
  line $command $option ''
  answers words
  offers_only "$@"
  line $command $option=
  offers_only "${@/#/$option=}"
  "$HFCORE" $command --help | tr '\n' ' ' | tr -s ' ' >"$WORK/help"
  for value
  do
    grep -qE -e "${option}[ ,].*\<${value%:*}\>" "$WORK/help" ||
      wrong "the help of $command $option does not tell of $value"
  done
}
taken ()
{
  local value
  while read -r value
  do
    run "$@" "$value"
    test "$status" -ne 2 || wrong "not taken: $* $value: $(cat "$ERR")"
  done <"$WORK/values"
}
for command in download lookup 'cache export' 'cache verify' 'plugin check'
do
  set_of "$command" --repo-type dataset model space
done
line lookup --type ''
offers_only dataset model space
taken lookup org/m config.json --type
set_of download --link hard none reflink
line download --link ''
taken download org/m config.json --local-files-only --local-dir "$WORK/local" --link
for command in 'cache ls' 'cache list' 'cache rm' 'cache prune'
do
  set_of "$command" --format agent auto human json quiet
done
line cache ls --format ''
taken cache ls --format
set_of 'cache ls' --sort accessed{,:asc,:desc} modified{,:asc,:desc} name{,:asc,:desc} size{,:asc,:desc}
line cache ls --sort ''
taken cache ls --sort
set_of delete-cache --sort alphabetical lastUpdated lastUsed size
line delete-cache --sort ''
# With --json it is refused after its order is looked at.
while read -r value
do
  run delete-cache --json --sort "$value"
  fails 2 'are for scripts'
done <"$WORK/values"

it 'an option is known by a start of its name, and a value may be part of the word'
line cache ls --form j
offers_only json
line cache ls --sort=size:
offers_only --sort=size:asc --sort=size:desc
line lookup --type=da
offers_only --type=dataset
line cache ls --sort=x
offers_nothing
line cache ls --quiet=
offers_nothing

it 'paths are the shell'"'"'s'
for words in 'cache import' 'config check' 'cache export --output' 'cache export -o' \
  'cache export --have' 'cache export -qo' '--config' 'env --config'
do
  line $words ''
  answers files
  offers_nothing
done
for words in 'download --cache-dir' 'download --local-dir' 'assets ls --dir' 'scan-cache --dir' '--plugin-dir'
do
  line $words ''
  answers folders
  offers_nothing
done
line download --cache-dir=
answers folders
for words in 'download --token' 'download --max-workers' 'cache ls --limit' 'cache import x' 'cache ls' 'env'
do
  line $words ''
  answers words
  offers_nothing
done

# ---- repositories ----

it 'repositories'
line download ''
offers_only gpt2 org/m org/odd other/nomain datasets/org/d spaces/org/s
for words in lookup 'cache export' 'cache export gpt2' 'cache verify'
do
  line $words org/
  offers_only org/m org/odd
done
line download --repo-type dataset ''
offers_only org/d squad
line_at 2 download '' --repo-type dataset
offers_only org/d squad
line download hf://
offers_only hf://org/m hf://org/odd hf://other/nomain hf://datasets/org/d hf://spaces/org/s
line plugin check x --repo g
offers_only gpt2
line lookup gpt2 config.json ''
offers_nothing

it 'the cache that is named: by option, variable or configuration'
main=$CACHE
new_cache
revision models--other--place $C1 main f
other=$CACHE
export HF_HOME=${main%/hub}
for words in "--cache-dir $other" "--cache-dir=$other"
do
  line download $words ''
  offers_only other/place
done
line_at 2 download '' --cache-dir "$other"
offers_only other/place
export HF_HUB_CACHE=$other
line download ''
offers_only other/place
unset HF_HUB_CACHE
printf 'storage:\n  - name: cache\n    plugin: store-symlink\n    root: %s\n' "$other" >"$WORK/other.yaml"
RUN_BY=(env -u HF_HOME)
line --config "$WORK/other.yaml" download ''
RUN_BY=()
offers_only other/place
CACHE=$main

it 'targets of cache rm: repositories, their revisions, and commits'
line cache rm ''
offers_only dataset/org/d dataset/squad model/gpt2 model/org/m model/org/odd model/other/nomain \
  space/org/s 'model/org/$(pwn)'
line cache rm model/org/m@
offers_only model/org/m@$C1 model/org/m@$C2 model/org/m@$C3
line cache rm model/gpt2 22
offers_only $C2

it 'what trim is to keep'
line cache trim --keep org/m
offers_only org/m
line cache trim --keep org/m@
offers_only org/m@$C1 org/m@$C2 org/m@$C3 org/m@main org/m@feature/x org/m@refs/pr/1

# ---- revisions and files ----

it 'revisions of the repository that is named'
line download org/m --revision ''
offers_only $C1 $C2 $C3 main feature/x refs/pr/1
line download org/m --revision=fe
offers_only --revision=feature/x
line_at 3 download --revision ma org/m
offers_only main
that grep -qx $'main\t222222222222' "$OUT"
line cache export datasets/org/d --revision ''
offers_only $D1 main
line cache verify --type dataset squad --revision ''
offers_only $D1 main
line download hf://org/m@
offers_only hf://org/m@$C1 hf://org/m@$C2 hf://org/m@$C3 hf://org/m@main hf://org/m@feature%2Fx \
  hf://org/m@refs/pr/1
line download --revision ''
offers_nothing
line download 'org//bad' --revision ''
offers_nothing
line plugin check x --repo org/m --revision f
offers_only feature/x

it 'files of that revision, a folder at a time'
line download org/m ''
offers_only README.md art/ config.json
line lookup org/m art/
offers_only art/deep/ art/one.txt
line download org/m README.md art/deep/t
offers_only art/deep/two.txt
line download org/m --revision feature/x ''
offers_only old.txt
line download org/m --revision $C3 ''
offers_only pr.txt
line download org/m --revision nowhere ''
offers_nothing
line download other/nomain ''
offers_only only.txt
line download org/d --repo-type dataset ''
offers_only data.csv
line download datasets/org/d --include d
offers_only data.csv
line plugin check x --repo org/m --file c
offers_only config.json
line download hf://org/m/
offers_only hf://org/m/-dash hf://org/m/README.md hf://org/m/art/ hf://org/m/config.json
line download hf://org/m@feature%2Fx/
offers_only hf://org/m@feature%2Fx/old.txt
line download hf://datasets/org/d@main/d
offers_only hf://datasets/org/d@main/data.csv
line download hf://org/m ''
offers_nothing

it 'a name like an option only where it is none'
line download org/m -- ''
offers -dash
line download org/m -- -d
offers_only -dash
line download org/m --include ''
offers -dash

it 'no path leads out of the snapshot'
for path in ../ ../../ /etc/ art/../ ./
do
  line download org/m "$path"
  offers_nothing
done

it 'names that a shell would obey are told as they are, those that a terminal would not at all'
line download org/odd ''
offers_only "${HOSTILE[@]}"
line download hf://org/odd@main/
that test "$(wc -l <"$WORK/values")" -eq ${#HOSTILE[@]}

# ---- other names ----

it 'plugins'
line plugin show ''
answers words
offers store-symlink auto
that grep -qx 'store-symlink	plugin' "$OUT"
mkdir "$WORK/more"
: >"$WORK/more/hfcore-of-mine.so"
: >"$WORK/more/other.so"
line plugin check --plugin-dir "$WORK/more" of-
answers files
offers_only of-mine
line plugin check x --wraps auto
answers files
offers auto

it 'cases of plugin check'
line plugin check --only module/opens
offers module/opens module/opens-many
that grep -q $'^module/opens\t.' "$OUT"

it 'libraries, namespaces and subfolders of the assets'
if plugin_off assets-tree
then
  skip 'configured with --disable-assets-tree'
else
  mkdir -p "$WORK/assets/lib/space one/sub" "$WORK/assets/lib/two/sub2" "$WORK/assets/lib2/x"
  line assets ls --dir "$WORK/assets" ''
  offers_only lib lib2
  line assets path --dir "$WORK/assets" lib ''
  offers_only 'space one' two
  line assets rm --assets-dir="$WORK/assets" lib two ''
  offers_only sub2
  line assets ls --dir "$WORK/nowhere" ''
  offers_nothing
fi

# ---- quietly ----

it 'nothing was written'
that test "$before" = "$(tree "$CACHE")"
not_run

it 'no cache, or none that can be read'
new_cache
line download ''
offers_nothing
line download org/m --revision ''
offers_nothing
untouched
line download --cache-dir /dev/null ''
offers_nothing

it 'a configuration that is wrong'
export HF_HOME=${main%/hub}
printf 'storage: [\n' >"$WORK/bad.yaml"
for words in 'download ""' 'plugin show' 'assets ls'
do
  line --config "$WORK/bad.yaml" $words ''
  offers_nothing
done
line --config "$WORK/bad.yaml" cache ls --so
offers_only --sort
printf 'storage:\n  - name: gone\n    plugin: store-nowhere\n  - name: cache\n    plugin: store-symlink\n    root: %s\n' \
  "$main" >"$WORK/half.yaml"
line --config "$WORK/half.yaml" download org/

it 'what blocks ends after a moment'
mkfifo "$WORK/fifo"
start=$SECONDS
line --config "$WORK/fifo" download ''
that test $((SECONDS - start)) -le 20

it 'a call that makes no sense'
for words in '' plain 'plain x' 'plain 0 hfcore' 'plain 99999999 hfcore' 'tcsh 1 hfcore' 'bash 1' \
  'bash 1 x y' 'bash 7 x y hfcore' 'plain -1 hfcore x'
do
  run complete $words
  exits 0
  silent
  prints_nothing
done
run complete plain 1
exits 0
"$HFCORE" complete plain 1 hfcore >/dev/full 2>"$ERR" || wrong 'a full disk is told of'
silent

it 'the network is not used'
if plugin_off transport-hub
then
  skip 'configured with --disable-transport-hub'
else
  start_usual_hub
  line download org/private --token $SECRET --revision ''
  line download org/m --force-download ''
  offers config.json
  line plugin show ''
  requested 0 '' ''
fi

finish
