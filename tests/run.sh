#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh: install what is missing, build into build/, run all tests; closes with
# "N passed, N failed, N skipped".
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
sh "$top/tests/packages.sh"
sh "$top/tests/build.sh" "$top/build"
exec sh "$top/tests/check.sh" "$top/build"
