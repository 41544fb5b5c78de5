#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# floors.sh [SRCDIR]: who includes whom. The floors of core go one way,
# include <- util <- config <- plugin <- engine <- lib <- cli; plugins see plugin.h and util only;
# and each outside library is known to one place.
set -u
cd "${1:-.}" || exit 99
bad=0

complain ()
{
  echo "floors: $*" >&2
  bad=1
}

# may FOLDER ALLOWED...: the "core/FLOOR/" and "plugins/" includes of a folder's files.
may ()
{
  folder=$1
  shift
  for file in "$folder"/*.[ch]; do
    [ -e "$file" ] || continue
    sed -n 's/^ *# *include *"\([^"]*\)".*/\1/p' "$file" | while read -r include; do
      case $include in config.h) continue ;; esac
      ok=no
      for allowed in "$folder" "$@"; do
        case $include in "$allowed" | "$allowed"/*) ok=yes ;; esac
      done
      [ $ok = yes ] || echo "$file includes \"$include\""
    done
  done
}

# only HEADER-PATTERN FILE-PATTERN...: an outside header and the files that may know it.
only ()
{
  header=$1
  shift
  grep -lE "^ *# *include *<$header>" core/*/*.[ch] plugins/*/*.[ch] include/hfcore/*.h 2>/dev/null |
    while read -r file; do
      ok=no
      for allowed in "$@"; do
        # shellcheck disable=SC2254 # a pattern is meant
        case $file in $allowed) ok=yes ;; esac
      done
      [ $ok = yes ] || echo "$file includes <$header>"
    done
}

found=$(
  may core/util
  may core/config core/util
  may core/plugin core/util core/config
  may core/engine core/util core/config core/plugin
  may core/lib core/util core/config core/plugin core/engine
  may core/contract core/util core/config core/plugin
  may core/cli core/util core/contract/contract.h
  for plugin in plugins/*/; do
    case $plugin in
      plugins/store-* | plugins/transport-dir/) may "${plugin%/}" core/util plugins/hub-layout ;;
      *) may "${plugin%/}" core/util ;;
    esac
  done
  only 'yaml\.h' core/config/yaml_tree.c
  only '(ltdl|dlfcn)\.h' core/plugin/loader.c core/util/os_posix.c
  only 'curl/.*' 'plugins/transport-hub/*'
  only 'openssl/.*' core/util/digest.c
  only 'archive.*\.h' core/util/tar.c
  only '(n?curses|term)\.h' core/cli/screen.c
  only 'jansson\.h' 'core/cli/*' 'plugins/*' 'core/util/tree_json_*' core/engine/archive_manifest.c
  only 'hfcore/hfcore\.h' 'core/lib/*' 'core/cli/*' 'core/engine/*'
)
[ -z "$found" ] || complain "
$found"
exit $bad
