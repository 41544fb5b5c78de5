# SPDX-License-Identifier: Apache-2.0
# switches.sh: each optional plugin can be left out by configure, and all of them at once: the rest
# builds, and what is tested passes or is skipped. All in one build folder, as objects are the same
# whatever is left out: only modules and what has parts of them are linked again. With all out, every
# test runs; with one, those that name it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

OPTIONAL='store-copy transport-hub transport-dir transport-exec assets-tree fault'
ALWAYS='auto store-symlink'
BUILD=$WORK/build
mkdir "$BUILD"
cd "$BUILD" || exit 99
unset HFCORE_PLUGIN_PATH

generated ()
{
  test -x "$top/configure" || (cd "$top" && NOCONFIGURE=1 ./autogen.sh)
}
need 'there is a configure' generated

# pkg-config of a machine that has not $HIDDEN.
cat >"$WORK/pkg-config" <<'END'
#!/bin/sh
case " $* " in *" ${HIDDEN:--} "* | *" ${HIDDEN:--} >="*) exit 1 ;; esac
exec pkg-config "$@"
END
chmod +x "$WORK/pkg-config"

configured ()
{
  local name switches=()
  HIDDEN=
  for name
  do
    switches+=("--disable-$name")
    test "$name" != transport-hub || HIDDEN=libcurl
  done
  export HIDDEN
  # What an earlier turn linked is not this one's.
  rm -rf plugins/*.la plugins/.libs
  "$top/configure" -q --cache-file="$WORK/config.cache" --prefix="$WORK/prefix" CFLAGS=-O0 \
    PKG_CONFIG="$WORK/pkg-config" "${switches[@]}" >configure.log 2>&1 ||
    { cat configure.log; return 1; }
}

built ()
{
  configured "$@" && make -s -j"$(nproc)" && make -s -j"$(nproc)" check TESTS=
}

# What was left out is not installed, all else is, and no more than transport-hub wants libcurl.
installed ()
{
  local name
  rm -rf "$WORK/stage" && make -s install DESTDIR="$WORK/stage" || return
  for name in $ALWAYS $OPTIONAL
  do
    case " $* " in
      *" $name "*) test ! -e "$WORK/stage$WORK/prefix/lib/hfcore/hfcore-$name.so" ;;
      *) test -e "$WORK/stage$WORK/prefix/lib/hfcore/hfcore-$name.so" ;;
    esac || { echo "$name"; return 1; }
  done
  case " $* " in
    *' transport-hub '*)
      ! find "$WORK/stage" -type f -exec readelf -d {} + 2>/dev/null | grep libcurl
      ;;
  esac
}

# What says a configuration with nothing in it, where the plugin it asks for is not there.
tells ()
{
  local status=0
  HOME=$WORK HF_HOME=$WORK/hf HFCORE_PLUGIN_PATH=$BUILD/plugins ./hfcore "${@:2}" >out 2>err ||
    status=$?
  cat out err
  test $status -eq 2 && test ! -s out && test "$(wc -l <err)" -eq 1 && grep -qF "no plugin \`$1\`" err
}

# The tests that name a plugin, one of which has a name that is a word, too.
tests_of ()
{
  local test name="(^|[^a-z_-])$1([^a-z-]|\$)"
  case $1 in
    fault) name='(need_plugin|plugin_off|plugin:|plugin check|plugin show) .*\<fault\>|hfcore-fault' ;;
    store-copy) name+='|\$COPIES' ;;
  esac
  for test in $(make -s --eval='show-tests: ; @echo $(TESTS)' show-tests)
  do
    test "${test%.sh}" != "$test" || test=$test.c
    ! grep -qE -- "$name" "$top/$test" 2>/dev/null || printf '%s ' "${test%.c}"
  done
}

check ()
{
  sh "$top/tests/check.sh" "$BUILD"
}

check_some ()
{
  local some log
  some=$(tests_of "$1")
  echo "of $1: $some"
  test -n "$some" || return
  make -s -j"$(nproc)" check TESTS="$some" && return
  for log in $some
  do
    log=${log%.sh}
    ! grep -qE '^:test-result: (FAIL|ERROR)' "$log.trs" || { echo "==== $log"; tail -n 30 "$log.log"; }
  done
  return 1
}

# shellcheck disable=SC2086 # words are meant
it 'without any: the rest builds' built $OPTIONAL
# shellcheck disable=SC2086
it 'without any: the rest is installed' installed $OPTIONAL
it 'without any: who wants to download is told' tells transport-hub download gpt2
it 'without any: who wants an assets folder is told' tells assets-tree assets path mine
it 'without any: all tests' check
tail -n 1 "$WORK/it.log" | sed 's/^/# /'

for plugin in $OPTIONAL
do
  it "without $plugin: all else builds" built "$plugin"
  it "without $plugin: all else is installed" installed "$plugin"
  it "without $plugin: the tests that name it" check_some "$plugin"
done
finish
