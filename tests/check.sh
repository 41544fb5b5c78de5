#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check.sh FOLDER [TARGET]: make check, or another target that runs tests, in a build folder, then one
# line that counts.
set -u
cd "$1" || exit 99
# What an earlier run left would be counted as well.
[ ! -d tests ] || find tests -name '*.trs' -delete
status=0
make -j"$(nproc)" "${2:-check}" || status=$?
count () { find tests -name '*.trs' -exec grep -h "^:test-result: $1" {} + | wc -l; }
failed=$(($(count FAIL) + $(count ERROR) + $(count XPASS)))
if [ $status -ne 0 ]; then
  for log in $(find tests -name '*.trs' -exec grep -lE '^:test-result: (FAIL|ERROR)' {} +); do
    printf '\n==== %s\n' "${log%.trs}"
    tail -n 60 "${log%.trs}.log"
  done
  [ $failed -gt 0 ] || failed=1
fi
printf '%d passed, %d failed, %d skipped\n' "$(count PASS)" "$failed" "$(count SKIP)"
exit $status
