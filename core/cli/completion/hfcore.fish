# SPDX-License-Identifier: Apache-2.0
# Completion of hfcore in fish: `hfcore complete` knows everything, fish quotes it.

function __hfcore_complete
    command -q hfcore; or return
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l answer (command hfcore complete fish (count $typed) $typed "$current" 2>/dev/null </dev/null)
    set -q answer[1]; or return
    set -q answer[2]; and printf '%s\n' $answer[2..-1]
    # Paths of the shell, also as the value in --option=value.
    set -l start (string match -r -- '^--[^=]*=' "$current")
    set -l rest (string replace -r -- '^--[^=]*=' '' "$current")
    switch $answer[1]
        case files
            for path in (__fish_complete_path "$rest")
                printf '%s\n' "$start$path"
            end
        case folders
            for path in (__fish_complete_directories "$rest" '')
                printf '%s\n' "$start$path"
            end
    end
end

complete -c hfcore -f -a '(__hfcore_complete)'
