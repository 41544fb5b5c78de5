# SPDX-License-Identifier: Apache-2.0
# plugins.sh: modules that are missing, are none, are too old or too new, or that others could change
# (design section 4).
. "$(dirname "$0")/lib.sh"

start_usual_hub

# The file of a plugin of this build.
module_of ()
{
  local folder
  for folder in "$HFCORE_PLUGIN_PATH"/.libs "$HFCORE_PLUGIN_PATH"
  do
    test ! -f "$folder/hfcore-$1.so" || { echo "$folder/hfcore-$1.so"; return; }
  done
}

PLUGINS=$WORK/plugins
mkdir -m 755 "$PLUGINS"

# A file that says that storage is done by this plugin.
configure_storage ()
{
  configure <<END
retries: 0
storage: [ { name: x, plugin: $1${2:+, $2} } ]
END
}

# ---- looking ----

it 'plugin list'
run plugin list
exits 0; silent
that grep -q '^store-symlink  *storage  *[0-9.]*  */.*/hfcore-store-symlink.so$' "$OUT"
that grep -q '^transport-hub  *transport  *[0-9.]*  */.*/hfcore-transport-hub.so$' "$OUT"
run plugin list -q
exits 0
that grep -qx store-symlink "$OUT"
that grep -qx transport-hub "$OUT"
run plugin list --json
exits 0
that grep -q '{"name": "store-symlink", "kinds": "storage", "version": "[0-9.]*", "file": "/[^"]*", "problem": null}' "$OUT"

it 'plugin show'
run plugin show transport-hub
exits 0; silent
for line in name=transport-hub abi=1.1 kinds=transport threads=parallel
do
  that grep -qxF "$line" "$OUT"
done
that grep -q '^endpoint  *url  *https://huggingface.co  ' "$OUT"
that grep -q '^token  *text  *(hidden)  ' "$OUT"
run plugin show store-symlink
that grep -q '^root  *path  *(required)  ' "$OUT"
run plugin show store-symlink --json
that grep -qF '"abi": "1.1"' "$OUT"
that grep -qF '"caps": {"storage": "write,paths,locks,resume,list,remove"}' "$OUT"
exits 0
that grep -q '"key": "root", "type": "path", "default": null, "required": true' "$OUT"

it 'a plugin that is missing: 2, where it was looked for, and what may have been meant'
run plugin show nothing-like-it
fails 2 hfcore-nothing-like-it.so "$HFCORE_PLUGIN_PATH"
never grep -q 'relative folders' "$ERR"
run plugin show store-symlnk
fails 2 '`store-symlink`'
for name in '' ../x /etc/passwd A 'a b' store_symlink "$(printf '%0300d' 0)" $'a\033[31m'
do
  run plugin show "$name"
  fails 2
done

it 'a configuration that names it: 2 at the entry, without a request'
configure_storage store-simlink 'root: /x'
run download org/m config.json
fails 2 hfcore.yaml:2: '`store-symlink`'
run lookup org/m config.json
fails 2 hfcore.yaml:2:
run config check "$XDG_CONFIG_HOME/hfcore/hfcore.yaml"
fails 2 hfcore.yaml:2: '`store-symlink`'
configure_storage transport-hub
run download org/m config.json
fails 2 hfcore.yaml:2:
requested 0 '' ''
untouched

# ---- where they are looked for ----

it '--plugin-dir comes first, then plugin-path, then HFCORE_PLUGIN_PATH; before and after the command'
install -m 644 "$(module_of store-symlink)" "$PLUGINS/hfcore-store-symlink.so"
mkdir -m 755 "$WORK/second"
install -m 644 "$(module_of store-symlink)" "$WORK/second/hfcore-store-symlink.so"
printf 'plugin-path: [ "%s" ]\n' "$WORK/second" | configure
run plugin show store-symlink -q
that grep -qxF "file=$WORK/second/hfcore-store-symlink.so" "$OUT"
run plugin show store-symlink -q --plugin-dir "$PLUGINS"
that grep -qxF "file=$PLUGINS/hfcore-store-symlink.so" "$OUT"
run --plugin-dir="$PLUGINS" plugin show store-symlink
that grep -qxF "file=$PLUGINS/hfcore-store-symlink.so" "$OUT"
run download org/m config.json --plugin-dir "$PLUGINS"
exits 0
rm -rf "$HF_HOME"
hub_log_clear
configure <<'END'
retries: 0
END

it 'a relative folder is left out, and it is said'
cd "$PLUGINS" || exit 1
(
  HFCORE_PLUGIN_PATH=. run plugin show store-symlink
  test "$status" -eq 0 || { fails 2 relative; test -z "$lib_wrong"; }
) || wrong 'see above'
never grep -qxF "file=./hfcore-store-symlink.so" "$OUT"
cd / || exit 1

# ---- what is none ----

it 'a text file, an empty file, a folder, a link to nowhere'
echo 'this is a text' >"$PLUGINS/hfcore-text.so"
: >"$PLUGINS/hfcore-empty.so"
mkdir "$PLUGINS/hfcore-folder.so"
chmod 644 "$PLUGINS"/hfcore-{text,empty}.so
for name in text empty folder
do
  run plugin show "$name" --plugin-dir "$PLUGINS"
  fails 2 "hfcore-$name.so"
  configure_storage "$name"
  run download org/m config.json --plugin-dir "$PLUGINS"
  fails 2 "hfcore-$name.so"
  run config check "$XDG_CONFIG_HOME/hfcore/hfcore.yaml" --plugin-dir "$PLUGINS"
  fails 2 "hfcore-$name.so"
done
ln -s /nowhere "$PLUGINS/hfcore-dangling.so"
run plugin show dangling --plugin-dir "$PLUGINS"
fails 2 dangling
configure <<'END'
retries: 0
END

it 'plugin list tells them with the reason, and goes on'
run plugin list --plugin-dir "$PLUGINS"
exits 0
for name in text empty
do
  that grep -q "^$name  *-  *-  *.*hfcore-$name.so" "$OUT"
done
that grep -q '^transport-hub ' "$OUT"
run plugin list --json --plugin-dir "$PLUGINS"
exits 0
that grep -q '"name": "text", "kinds": "", "version": "", "file": null, "problem": "' "$OUT"

it 'half a module, as a copy that was cut off leaves it'
mkdir -m 755 "$WORK/half"
for part in 60 4 2
do
  head -c $(($(stat -c %s "$(module_of store-symlink)") / part)) "$(module_of store-symlink)" \
    >"$WORK/half/hfcore-half.so"
  chmod 644 "$WORK/half/hfcore-half.so"
  run plugin show half --plugin-dir "$WORK/half"
  fails 2 hfcore-half.so
  run plugin list --plugin-dir "$WORK/half"
  exits 0
done

# ---- other releases ----

# NAME TEXT: the test module is refused, with that text.
is_refused ()
{
  local module=test-${1//_/-}
  it "$1: refused"
  if test_module "$1"
  then
    run plugin show "$module" --plugin-dir "$PLUGINS"
    fails 2 "hfcore-$module.so" "$2"
    configure_storage "$module"
    run download org/m config.json --plugin-dir "$PLUGINS"
    fails 2 "hfcore-$module.so" "$2"
  else
    skip 'the test module is not built and there is no compiler'
  fi
}
is_refused other_major 'plugin ABI 2'
is_refused needs_newer 'needs plugin ABI 1.99'
is_refused no_plugin hfcore_plugin_v1
is_refused misnamed somebody-else
is_refused undefined nobody_has_this_function
is_refused lacking lacks

# NAME: the test module is taken.
is_taken ()
{
  local module=test-${1//_/-}
  it "$1: taken"
  if test_module "$1"
  then
    run plugin show "$module" --plugin-dir "$PLUGINS"
    exits 0
    that grep -qxF "name=$module" "$OUT"
    run plugin list --plugin-dir "$PLUGINS"
    exits 0
    that grep -q "^$module " "$OUT"
    run plugin show "$module" --json --plugin-dir "$PLUGINS"
    exits 0
  else
    skip 'the test module is not built and there is no compiler'
  fi
}
is_taken older
is_taken future
configure <<'END'
retries: 0
END


it 'texts that are no UTF-8 are shown all the same, and clean'
if test_module garbled
then
  for json in '' --json
  do
    # shellcheck disable=SC2086
    run plugin list $json --plugin-dir "$PLUGINS"
    exits 0; silent
    that grep -q transport-hub "$OUT"
    that grep -q 'test-garbled.*1?' "$OUT"
    never grep -q $'[\033\377]' "$OUT"
    # shellcheck disable=SC2086
    run plugin show test-garbled $json --plugin-dir "$PLUGINS"
    exits 0; silent
    that grep -q 'na?ve ?\]0;x?' "$OUT"
    that grep -q 'caf?.*wo? ?\[31m' "$OUT"
    never grep -q $'[\033\377]' "$OUT"
    # shellcheck disable=SC2086
    run plugin check "$PLUGINS/hfcore-test-garbled.so" --only module/ $json
    never grep -q $'[\033\377]' "$OUT"
  done
  that grep -q '"version": "1?", "summary": "na?ve ?\]0;x?"' "$OUT"
  rm "$PLUGINS/hfcore-test-garbled.so"
else
  skip 'the test module is not built and there is no compiler'
fi

# ---- what a folder can do ----

# A line of the last table.
fact ()
{
  grep -qE "^$1  +$2\$" "$OUT" || wrong "no '$1 $2': $(tail -n 12 "$OUT")"
}

it 'plugin show tells of the storages that use it'
run plugin show auto
exits 0; silent
fact STORAGE cache
fact configured 'read-write, this one is written'
fact root "$CACHE"
fact folder 'not there yet'
untouched
mkdir -p "$CACHE"
tree "$CACHE" >"$WORK/before"
run plugin show auto
exits 0; silent
fact access read-write
fact form 'links|copies'
fact 'symbolic links' 'yes|no'
fact reflinks 'yes|no'
fact 'hard links' 'yes|no'
HF_HUB_DISABLE_SYMLINKS=1 run plugin show auto
fact form copies
run plugin show store-symlink
exits 0; silent
never grep -q '^STORAGE' "$OUT"
run plugin show auto --json
exits 0
that grep -qF "\"storages\": [{\"name\": \"cache\", \"read-only\": false, \"written\": true" "$OUT"
that grep -qF "\"facts\": {\"root\": \"$CACHE\", \"access\": \"read-write\"" "$OUT"
that diff "$WORK/before" <(tree "$CACHE")

it 'and of their troubles, without failing'
cat >"$WORK/many.yaml" <<END
storage:
  - { name: stick, plugin: auto, root: "$WORK/unplugged", access: read-only, promote: yes }
  - { name: wrong, plugin: auto, root: "$WORK/x", share: [ magic ] }
  - { name: links, plugin: store-symlink, root: "$WORK/y" }
  - { name: typo, plugin: auto, rot: "$WORK/z" }
END
run --config "$WORK/many.yaml" plugin show auto
exits 0; silent
fact STORAGE stick
fact configured read-only
fact promote yes
fact problem '.*/unplugged is not there \(is its disk mounted\?\)'
fact STORAGE wrong
fact problem '.*reflink, hard-link and copy, not `magic`'
fact STORAGE typo
fact problem '.*many.yaml:5:.*no option `rot`.*'
never grep -q '^STORAGE  *links' "$OUT"
run --config "$WORK/many.yaml" plugin show auto --json
exits 0
that grep -qE '"name": "stick".*"promote": true, "problem": "[^"]*unplugged is not there' "$OUT"
that test ! -e "$WORK/x" -a ! -e "$WORK/unplugged"
rm -rf "$HF_HOME"
configure <<'END'
retries: 0
END

# ---- what others could change ----

it 'a folder or a file that others may write to is refused, and it is said'
open=$WORK/open
mkdir -m 777 "$open"
chmod 777 "$open"
install -m 644 "$(module_of auto)" "$open/hfcore-auto.so"
run plugin show auto --plugin-dir "$open"
fails 2 "$open" chmod
run download org/m config.json --plugin-dir "$open"
fails 2 "$open"
chmod 1777 "$open"
run plugin show auto --plugin-dir "$open"
fails 2 "$open"
chmod 755 "$open"
run plugin show auto --plugin-dir "$open"
exits 0
chmod 666 "$open/hfcore-auto.so"
run plugin show auto --plugin-dir "$open"
fails 2 "$open/hfcore-auto.so"
run download org/m config.json --plugin-dir "$open"
fails 2 "$open/hfcore-auto.so"
chmod 664 "$open/hfcore-auto.so"
chgrp 65534 "$open/hfcore-auto.so" 2>/dev/null &&
  { run plugin show auto --plugin-dir "$open"; fails 2; }
chmod 644 "$open/hfcore-auto.so"
run plugin list --plugin-dir "$open"
exits 0

it 'so is one that belongs to somebody else'
if test "$(id -u)" -eq 0
then
  chown 65534 "$open/hfcore-auto.so"
  run plugin show auto --plugin-dir "$open"
  fails 2 65534
  chown 0 "$open/hfcore-auto.so"
  chown 65534 "$open"
  run plugin show auto --plugin-dir "$open"
  fails 2 65534
  chown 0 "$open"
else
  skip 'only root can give files away'
fi

it 'and one that a link leads to'
ln -s "$open/hfcore-auto.so" "$PLUGINS/hfcore-linked.so"
chmod 777 "$open"
ln -s "$open" "$WORK/link"
run plugin show auto --plugin-dir "$WORK/link"
fails 2
run plugin show linked --plugin-dir "$PLUGINS"
fails 2
chmod 755 "$open"

it 'nothing was asked for and nothing written by all this'
requested 0 '' ''
untouched

finish
