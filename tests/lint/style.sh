#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# style.sh [SRCDIR]: lengths (100 columns, 60 lines a function advised and 100 at the most, 800 a
# file), banned calls, licence lines, no tabs in C, no promises left behind.
set -u
cd "${1:-.}" || exit 99
files=$(find core plugins include tests -name '*.[ch]' | sort)
scripts=$(find core plugins tests .ci autogen.sh -name '*.sh' -o -name run -type f | sort)

found=$(
  for file in $files; do
    head -n 1 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
      echo "$file:1: no SPDX line"
    awk -v file="$file" '
      function columns(s) { gsub(/[\200-\277]/, "", s); return length(s) }
      columns($0) > 100 { print file ":" NR ": " columns($0) " columns" }
      /\t/ { print file ":" NR ": a tab" }
      /[ \r]$/ { print file ":" NR ": space at the end" }
      /^struct|^enum|^union/ { is_type = 1 }
      /^\{/ { start = is_type && previous !~ /\)$/ ? 0 : NR }
      /^\}/ { is_type = 0 }
      { previous = $0 }
      /^\}/ { if (start && NR - start > 100) print file ":" start ": a function of " NR - start " lines"; start = 0 }
      END { if (NR > 800) print file ": " NR " lines: it has more than one job" }
    ' "$file"
  done
  # shellcheck disable=SC2086
  LC_ALL=C grep -nE '(^|[^a-zA-Z0-9_>.])(sprintf|vsprintf|strcpy|strcat|gets|atoi|atol|atof|strtok|alloca|system|popen|mktemp|tmpnam|bcopy|umask|chdir) \(' $files |
    grep -v '^tests/' | sed 's/$/   (a banned call)/'
  # shellcheck disable=SC2086
  LC_ALL=C grep -nE '(^|[^a-zA-Z0-9_>.])(exit|abort|printf|puts|perror) \(' $(echo "$files" | grep -E '^(core/(util|config|plugin|engine|lib)|plugins)/' | grep -v '/examples/') |
    sed 's/$/   (a library neither prints nor exits)/'
  # shellcheck disable=SC2086
  grep -nE '\b(TODO|FIXME|XXX|HACK)\b' $files $scripts | grep -v '^tests/lint/style.sh' |
    sed 's/$/   (a promise left in the code)/'
  for file in $scripts; do
    sed -n 1,3p "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file: no SPDX line"
  done
)
long=$(
  for file in $files; do
    awk -v file="$file" '
      /^struct|^enum|^union/ { is_type = 1 }
      /^\{/ { start = is_type && previous !~ /\)$/ ? 0 : NR }
      /^\}/ { is_type = 0 }
      { previous = $0 }
      /^\}/ { if (start && NR - start > 60) print file ":" start ": " NR - start " lines"; start = 0 }
      END { if (NR > 500) print file ": " NR " lines" }' "$file"
  done
)
[ -z "$long" ] || printf 'longer than advised (60 lines a function, 500 a file):\n%s\n' "$long"
[ -z "$found" ] || {
  printf 'style:\n%s\n' "$found" >&2
  exit 1
}
