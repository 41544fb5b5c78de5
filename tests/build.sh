#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh FOLDER [CONFIGURE-ARGUMENTS]: configure (if need be) and build into FOLDER, quietly.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
cd "$1"
shift
echo "building in $PWD" >&2
[ -x "$top/configure" ] || (cd "$top" && NOCONFIGURE=1 ./autogen.sh) >autogen.log 2>&1 ||
  { tail -n 20 autogen.log >&2; exit 1; }
[ -f Makefile ] || "$top/configure" -q "$@" >configure.log 2>&1 ||
  { tail -n 20 configure.log >&2; exit 1; }
make -s -j"$(nproc)" >make.log 2>&1 || { tail -n 40 make.log >&2; exit 1; }
