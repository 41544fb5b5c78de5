# SPDX-License-Identifier: Apache-2.0
# debian.sh [TARBALL]: the Debian packages, built from what `make dist` gives (or gave: TARBALL), pass
# lintian; in a minimal Debian of their own they install, work, and leave nothing when purged. Root is
# needed, and the machine's own package mirror.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

test "$(id -u)" -eq 0 || { echo '1 skipped: debootstrap needs root'; exit 77; }
VERSION=$(version_of "$top")
NAME=hfcore-$VERSION
BUILD=$WORK/debs
ROOT=$WORK/root
ARCH=$(dpkg --print-architecture)
TRIPLET=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
mkdir "$BUILD"
unset DESTDIR

# ---- packages ----

dist ()
{
  if test -n "$1"
  then
    cp "$1" "$BUILD/hfcore_$VERSION.orig.tar.xz"
  else
    copy_tree "$WORK/tree" && cd "$WORK/tree" && NOCONFIGURE=1 ./autogen.sh && ./configure -q &&
      SOURCE_DATE_EPOCH=$(date +%s) make -s dist && mv "$NAME.tar.xz" "$BUILD/hfcore_$VERSION.orig.tar.xz"
  fi
}
need 'there is a tarball' dist "${1:-}"

unpack ()
{
  cd "$BUILD" && tar -xf "hfcore_$VERSION.orig.tar.xz" && cd "$NAME" && cp -R conf/debian debian &&
    test "$(dpkg-parsechangelog -S Version | sed 's/-[^-]*$//')" = "$VERSION"
}
need "its Debian changelog tells its version, $VERSION" unpack

package ()
{
  cd "$BUILD/$NAME" && DEB_BUILD_OPTIONS="nocheck terse parallel=$(nproc)" DEB_BUILD_PROFILES=nocheck \
    dpkg-buildpackage -us -uc
}
need 'dpkg-buildpackage' package
PACKAGE_VERSION=$(cd "$BUILD/$NAME" && dpkg-parsechangelog -S Version)

deb ()
{
  echo "$BUILD/$1_${PACKAGE_VERSION}_$ARCH.deb"
}

lint ()
{
  lintian --allow-root --fail-on error,warning -i "$BUILD/hfcore_${PACKAGE_VERSION}_$ARCH.changes"
}
it 'lintian has nothing to say' lint

# ---- a minimal Debian ----

# The machine's own mirror and proxy: a line of sources.list for each part of this release of Debian.
sources ()
{
  # shellcheck disable=SC1091
  . /etc/os-release
  apt-get indextargets --format '$(ORIGIN) $(SITE) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' | sort -u |
    awk -v suite="$VERSION_CODENAME" '
      $1 == "Debian" && ($3 == suite || index ($3, suite "-") == 1) && $4 == "main" {
        print $2, $3
      }'
}

install_root ()
{
  local mirror suite
  read -r mirror suite < <(sources | awk 'NF == 2 && $2 !~ /-/')
  test -n "$mirror" || { echo 'no mirror of Debian in the settings of apt'; return 1; }
  eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
  export http_proxy=${http_proxy:-} https_proxy=${https_proxy:-}
  debootstrap --variant=minbase "$suite" "$ROOT" "$mirror" ||
    { tail -n 20 "$ROOT/debootstrap/debootstrap.log"; return 1; }
  sources | sed 's/^/deb /; s/$/ main/' >"$ROOT/etc/apt/sources.list"
  apt-config dump | grep -E '^Acquire::(https?|Retries|Check)' >"$ROOT/etc/apt/apt.conf.d/80machine"
  cp /etc/resolv.conf /etc/hosts "$ROOT/etc/"
  echo force-unsafe-io >"$ROOT/etc/dpkg/dpkg.cfg.d/unsafe-io"
  mount -t proc proc "$ROOT/proc" &&
    inside apt-get update
}

inside ()
{
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" \
    chroot "$ROOT" "$@"
}
need 'debootstrap makes a minimal Debian' install_root

# All that is there but what apt and dpkg keep for themselves.
everything ()
{
  (cd "$ROOT" && find . -xdev \( -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./var/cache \
    -o -path ./var/log -o -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./debs \) \
    -prune -o -print | sort)
}
everything >"$WORK/before"

installs ()
{
  mkdir "$ROOT/debs" &&
    cp "$(deb hfcore)" "$(deb libhfcore1)" "$(deb libhfcore-dev)" "$ROOT/debs" &&
    inside sh -c 'apt-get install -y --no-install-recommends /debs/*.deb' &&
    test -z "$(inside dpkg --audit)" && rm -r "$ROOT/debs"
}
need 'apt installs the three packages there' installs

# ---- they work there ----

prints ()
{
  local part=$1
  shift
  "$@" >"$WORK/out" && { grep -qF -- "$part" "$WORK/out" || { cat "$WORK/out"; false; }; }
}

plugins ()
{
  local plugin
  inside hfcore plugin list >"$WORK/out" || return
  cat "$WORK/out"
  ! grep -v -e '^NAME ' -e "  */usr/lib/$TRIPLET/hfcore/hfcore-[a-z-]*\.so$" "$WORK/out" &&
    for plugin in auto store-symlink store-copy transport-hub transport-dir assets-tree
    do
      grep -q "^$plugin " "$WORK/out" || return
    done
}

check_plugin ()
{
  local status=0
  inside hfcore plugin check store-symlink >"$WORK/out" || status=$?
  grep -v '^ok ' "$WORK/out"
  return $status
}

settings ()
{
  inside hfcore config show &&
    inside hfcore config check /usr/share/doc/hfcore/examples/hfcore.yaml
}

# A model from a folder, by plugins that are named in the machine's own settings.
download ()
{
  local folder=$ROOT/srv/hub/models/org/tiny/main
  mkdir -p "$folder" "$ROOT/etc/hfcore" && echo '{ "model_type": "tiny" }' >"$folder/config.json" &&
    head -c 100000 /dev/zero >"$folder/model.safetensors" &&
    echo 'transport: [ { plugin: transport-dir, root: /srv/hub } ]' >"$ROOT/etc/hfcore/hfcore.yaml" &&
    inside hfcore download org/tiny >"$WORK/out" &&
    cmp "$folder/config.json" "$ROOT$(cat "$WORK/out")/config.json" &&
    cmp "$folder/model.safetensors" "$ROOT$(inside hfcore lookup org/tiny model.safetensors)"
}

# Built outside, against what is installed there; it runs there.
program ()
{
  cat >"$WORK/program.c" <<'END'
#include <hfcore/hfcore.h>
#include <stdio.h>
int
main (void)
{
  return puts (hfcore_version ()) < 0;
}
END
  export PKG_CONFIG_SYSROOT_DIR=$ROOT PKG_CONFIG_LIBDIR=$ROOT/usr/lib/$TRIPLET/pkgconfig
  # shellcheck disable=SC2046 # words are meant
  "${CC:-cc}" -std=c17 -Wall -Werror -pedantic -o "$ROOT/root/program" "$WORK/program.c" \
    $(pkg-config --cflags --libs hfcore) -Wl,-rpath-link,"$ROOT/usr/lib/$TRIPLET" \
    -Wl,-rpath-link,"$ROOT/lib/$TRIPLET" &&
    prints "$VERSION" inside /root/program && rm "$ROOT/root/program"
}

# What every binary was asked for, and nothing of the machine that built it.
hardened ()
{
  local file
  for file in "$ROOT/usr/bin/hfcore" "$ROOT/usr/lib/$TRIPLET"/{libhfcore.so.1,hfcore/*.so}
  do
    readelf -dlW "$file" >"$WORK/elf" || return
    if grep -E 'RPATH|RUNPATH|TEXTREL' "$WORK/elf" || ! grep -q 'GNU_RELRO' "$WORK/elf" ||
      ! grep -qE 'BIND_NOW|FLAGS.*NOW' "$WORK/elf" || grep -E 'GNU_STACK.* RWE ' "$WORK/elf"
    then
      echo "$file"
      return 1
    fi
  done
  readelf -dW "$ROOT/usr/bin/hfcore" | grep -qE 'FLAGS_1.*PIE' &&
    readelf -dW "$ROOT/usr/lib/$TRIPLET/libhfcore.so.1" | grep -q 'SONAME.*\[libhfcore\.so\.1\]' &&
    ! grep -rlF "$WORK" "$ROOT/usr/bin/hfcore" "$ROOT/usr/lib/$TRIPLET/hfcore" \
      "$ROOT/usr/lib/$TRIPLET"/libhfcore.so.1 "$ROOT/usr/share/doc/hfcore"
}

# Each page that dpkg says there is; and the one of the command.
manuals ()
{
  inside dpkg -L hfcore libhfcore-dev | grep '/man/man.*\.gz$' >"$WORK/pages"
  grep -x /usr/share/man/man1/hfcore.1.gz "$WORK/pages" && sed "s|^|$ROOT|" "$WORK/pages" | xargs gzip -t
}

completions ()
{
  cd "$ROOT/usr/share" && test -s bash-completion/completions/hfcore &&
    test -s zsh/vendor-completions/_hfcore && test -s fish/vendor_completions.d/hfcore.fish
}

it 'hfcore version' prints "$VERSION" inside hfcore version
it 'plugin list has the installed plugins' plugins
it 'config show, and config check of the example' settings
it 'plugin check store-symlink' check_plugin
it 'a download from a folder' download
it 'a program is built with pkg-config, and runs' program
it 'the binaries are hardened and know of no folder of the build' hardened
it 'the manual is there' manuals
it 'completions are where Debian looks for them' completions

# ---- they go ----

purges ()
{
  rm -r "$ROOT/srv/hub" "$ROOT/etc/hfcore" "$ROOT/root/.cache"
  inside apt-get purge -y hfcore libhfcore1 libhfcore-dev && inside apt-get autoremove -y --purge &&
    everything >"$WORK/after" && diff "$WORK/before" "$WORK/after"
}
it 'purge leaves nothing' purges
finish
