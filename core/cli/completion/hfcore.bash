# SPDX-License-Identifier: Apache-2.0
# Completion of hfcore in bash: `hfcore complete` knows everything, and quotes what is inserted.
# shellcheck shell=bash

_hfcore ()
{
  local answer candidate
  COMPREPLY=()
  {
    IFS= read -r answer || return 0
    while IFS= read -r candidate
    do
      COMPREPLY+=("$candidate")
    done
  } < <(command hfcore complete bash "$COMP_CWORD" "${COMP_WORDBREAKS:-}" \
    "${COMP_LINE:0:${COMP_POINT:-0}}" "${COMP_WORDS[@]}" 2>/dev/null </dev/null)
  case $answer in
    files*) compopt -o default 2>/dev/null ;;
    folders*) compopt -o dirnames 2>/dev/null ;;
    *nospace) compopt -o nospace 2>/dev/null ;;
  esac
  return 0
}

complete -F _hfcore hfcore
