#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fish.sh: completion in fish, which tells by itself what it would offer.
. "$(dirname "$0")/lib.sh"
have fish || skip_all 'there is no fish'

new_world
# The candidates for a line, without their descriptions.
asked ()
{
  what="fish: $1"
  fish --no-config -c "source '$SCRIPTS/hfcore.fish'; complete -C \$argv[1]" "$1" >"$OUT" 2>"$ERR" </dev/null ||
    wrong "fish ended with $?"
  silent
  cut -f 1 "$OUT" | LC_ALL=C sort >"$WORK/given"
}

gives ()
{
  printf '%s\n' "$@" | LC_ALL=C sort >"$WORK/wanted"
  cmp -s "$WORK/given" "$WORK/wanted" ||
    wrong "given are $(tr '\n' '|' <"$WORK/given"), not $(tr '\n' '|' <"$WORK/wanted")"
}

it 'commands, options, values, names'
asked 'hfcore down'
gives download
that grep -qx $'download\tget files of a repository into the cache' "$OUT"
asked 'hfcore cache ls --so'
gives --sort
asked 'hfcore cache ls --format '
gives agent auto human json quiet
asked 'hfcore download org/'
gives org/m org/odd
asked 'hfcore download org/m --revision '
gives $C1 $C2 $C3 feature/x main refs/pr/1
asked 'hfcore download org/m --revision=fe'
gives --revision=feature/x
asked 'hfcore download org/m art/'
gives art/deep/ art/one.txt
asked 'hfcore download org/m "art/o'
gives art/one.txt
asked 'hfcore bogus '
prints_nothing
# Nothing that fish itself would offer: the folder has a file.
: >file
asked 'hfcore download other/nomain '
gives only.txt
rm file

it 'paths of the shell'
mkdir "$WORK/paths" "$WORK/paths/folder"
: >"$WORK/paths/file"
asked "hfcore cache import $WORK/paths/fi"
gives "$WORK/paths/file"
asked "hfcore cache export --output=$WORK/paths/fi"
gives "--output=$WORK/paths/file"
asked "hfcore download --cache-dir $WORK/paths/f"
gives "$WORK/paths/folder/"
asked "hfcore download --cache-dir=$WORK/paths/f"
gives "--cache-dir=$WORK/paths/folder/"

it 'names are told as they are, and run nothing'
asked "hfcore download org/odd ''"
gives "${HOSTILE[@]}"
asked 'hfcore download --cache-dir "(pwn)" (pwn) gp'
asked 'hfcore download org/odd (pw'
not_run

it 'a program that is not there, or knows nothing of completion'
mkdir "$WORK/old"
PATH=$WORK/old:/usr/bin:/bin asked 'hfcore down'
prints_nothing
printf '#!/bin/sh\necho "hfcore: unknown command" >&2\nexit 2\n' >"$WORK/old/hfcore"
chmod +x "$WORK/old/hfcore"
PATH=$WORK/old:/usr/bin:/bin asked 'hfcore down'
prints_nothing
finish
