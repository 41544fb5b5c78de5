#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# packages.sh [ci]: install from Debian what is missing to build and test (`ci`: also what CI alone
# runs). Does nothing where all is there; says what to install where it may not do so itself.
set -eu
packages="autoconf automake build-essential libtool libltdl-dev pkg-config ca-certificates
libcurl4-openssl-dev libyaml-dev libjansson-dev libssl-dev libcunit1-dev libmicrohttpd-dev
zlib1g-dev libarchive-dev libncurses-dev"
if [ "${1:-}" = ci ]; then
  packages="$packages clang libclang-rt-14-dev valgrind strace python3 python3-venv xz-utils
exfatprogs exfat-fuse btrfs-progs e2fsprogs tmux git mandoc debhelper lintian debootstrap
abigail-tools zsh fish bash-completion"
fi

missing=
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' ||
    missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null; then
    as_root=sudo
  else
    echo "packages.sh: as root, run: apt-get install$missing" >&2
    exit 1
  fi
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086 # words are meant
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
