# SPDX-License-Identifier: Apache-2.0
# mounts.sh: file systems of other kinds, in image files. Source it before lib.sh, which forgets most of
# the environment. Where nothing can be mounted the script is left out, or fails when
# HFCORE_REQUIRE_MOUNTS is set.
# shellcheck shell=bash

REQUIRE_MOUNTS=${HFCORE_REQUIRE_MOUNTS:-}
MOUNT=
LOOP=

cannot_mount ()
{
  test -n "$REQUIRE_MOUNTS" || skip_all "$1"
  lib_finished=yes
  echo "not ok - mounting a file system: $1"
  exit 1
}

unmount ()
{
  local tries=0
  if test -n "$MOUNT"
  then
    until umount "$MOUNT" 2>/dev/null || test "$tries" -ge 250
    do
      tries=$((tries + 1))
      read -r -t 0.02 <>"$WORK/never" || :
    done
    ! mountpoint -q "$MOUNT" || umount -l "$MOUNT"
  fi
  test -z "$LOOP" || losetup -d "$LOOP"
  MOUNT= LOOP=
}

mounts_end ()
{
  local code=$?
  test -z "${HUB_PID:-}" || hub_stop
  unmount
  (exit "$code")
}

# An empty file system of this KIND (exfat, btrfs) and size in MiB at $MOUNT, with a cache on it.
mount_image ()
{
  local kind=$1 image=$WORK/$1.img program mounter='mount'
  test "$kind" != exfat || mounter=mount.exfat-fuse
  test "$(id -u)" -eq 0 || cannot_mount 'only root can do that'
  for program in losetup umount mountpoint "mkfs.$kind" "$mounter"
  do
    have "$program" || cannot_mount "there is no $program"
  done
  truncate -s "$2M" "$image"
  trap 'mounts_end; lib_end' EXIT
  LOOP=$(losetup --find --show "$image" 2>"$ERR") || cannot_mount "no loop device: $(cat "$ERR")"
  "mkfs.$kind" "$LOOP" >"$OUT" 2>"$ERR" || cannot_mount "mkfs.$kind: $(tail -n 1 "$ERR")"
  mkdir "$WORK/mount"
  "$mounter" "$LOOP" "$WORK/mount" >"$OUT" 2>"$ERR" || cannot_mount "$mounter: $(cat "$OUT" "$ERR")"
  MOUNT=$WORK/mount
  chmod 755 "$MOUNT" 2>/dev/null
  export HF_HOME=$MOUNT/hf
  CACHE=$HF_HOME/hub
}
