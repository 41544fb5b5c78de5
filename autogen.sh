#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make configure from configure.ac, then run it with the arguments given (unless NOCONFIGURE is set).
set -e
srcdir=$(dirname "$0")
(cd "$srcdir" && mkdir -p m4 && autoreconf --force --install)
[ -n "${NOCONFIGURE:-}" ] || "$srcdir/configure" "$@"
