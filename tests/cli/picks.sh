# SPDX-License-Identifier: Apache-2.0
# picks.sh: caches to delete from, for delete_cache.sh and picker.sh. Source it after lib.sh.
# shellcheck shell=bash

P1=1111111111111111111111111111111111111111
P2=2222222222222222222222222222222222222222
P3=3333333333333333333333333333333333333333
P4=4444444444444444444444444444444444444444

# plant_revision FOLDER COMMIT REF AGE [NAME CONTENT]...: a revision of a repository in $CACHE, as a
# download leaves it; REF '-': none; AGE as in `date -d 'AGE ago'`.
plant_revision ()
{
  local repo=$CACHE/$1 commit=$2 ref=$3 age=$4 blob
  shift 4
  mkdir -p "$repo/refs" "$repo/blobs" "$repo/snapshots/$commit"
  if test "$ref" != -
  then
    mkdir -p "$(dirname "$repo/refs/$ref")"
    printf %s "$commit" >"$repo/refs/$ref"
  fi
  while test $# -gt 0
  do
    blob=$({ printf 'blob %d\0' "$(printf %s "$2" | wc -c)"; printf %s "$2"; } | sha1sum | cut -d' ' -f1)
    test -e "$repo/blobs/$blob" || printf %s "$2" >"$repo/blobs/$blob"
    touch -d "$age ago" "$repo/blobs/$blob"
    ln -s "../../blobs/$blob" "$repo/snapshots/$commit/$1"
    shift 2
  done
}

# A new cache: org/one with two revisions that share 3000 bytes, gpt2, and a data set; 6.0K in all.
plant_picks ()
{
  local big
  big=$(printf '%03000d' 0)
  new_cache
  plant_revision models--org--one $P1 main '3 days' shared.bin "$big" own.txt 11
  plant_revision models--org--one $P2 refs/pr/1 '2 days' shared.bin "$big" own.txt 2222
  plant_revision models--gpt2 $P3 main '90 minutes' config.json 333
  plant_revision datasets--org--data $P4 - '5 hours' data.csv "${big}44"
}

# The revisions that are left, a line each.
picks_left ()
{
  (cd "$CACHE" && ls -d ./*/snapshots/* 2>/dev/null) | sed 's|.*--||; s|/snapshots/\(.\{4\}\).*| \1|'
}

# What is left is exactly this; nothing of it dangles, no blob is left alone.
left ()
{
  test "$(picks_left | paste -sd, -)" = "$1" || wrong "left are $(picks_left | paste -sd, -), not $1"
  local repo blob
  for repo in "$CACHE"/*--*
  do
    test -d "$repo" || continue
    test -z "$(find "$repo/snapshots" -xtype l)" || wrong "dangling: $(find "$repo" -xtype l)"
    for blob in "$repo"/blobs/*
    do
      test -n "$(find "$repo/snapshots" -lname "*/${blob##*/}")" || wrong "left alone: $blob"
    done
  done
}
