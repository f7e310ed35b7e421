#include "owner/cli/completion.h"

#include "owner/launch/user_error.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl completion bash

Prints a script that lets the shell complete command lines of farl: commands, options, and programs to run.

Examples:
  source <(farl completion bash)
  farl completion bash > /usr/share/bash-completion/completions/farl
)";

constexpr char const* kBash = R"(# Completion of farl for bash: source <(farl completion bash)

_farl_words() { "${COMP_WORDS[0]}" "$@" --list-words 2>/dev/null; }

_farl()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local path=() at=1 words
    COMPREPLY=()
    words=$(_farl_words)
    while ((at < COMP_CWORD)) && [[ ${COMP_WORDS[at]} != -* ]] && grep -qxF -e "${COMP_WORDS[at]}" <<<"$words"; do
        path+=("${COMP_WORDS[at++]}")
        words=$(_farl_words "${path[@]}")
    done
    if [[ ${path[0]} == run ]]; then
        while ((at < COMP_CWORD)) && [[ ${COMP_WORDS[at]} == -* && ${COMP_WORDS[at]} != -- ]]; do
            grep -qxF -e "${COMP_WORDS[at]}=" <<<"$words" && ((++at))
            ((++at))
        done
        [[ ${COMP_WORDS[at]} == -- && $at -lt $COMP_CWORD ]] && ((++at))
        if ((at < COMP_CWORD)); then # within the program's own command line
            declare -F _command_offset >/dev/null && _command_offset "$at" || compopt -o default
            return
        fi
    fi
    if grep -qxF -e "$before=" <<<"$words"; then
        compopt -o default
    elif [[ $word == -* || $words != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--help ${words//=/}" -- "$word")
    elif [[ ${path[0]} == run ]]; then
        mapfile -t COMPREPLY < <(compgen -A command -A file -- "$word")
    else
        compopt -o default
    fi
}

complete -F _farl farl
)";

} // namespace

int completion(Arguments arguments)
{
    std::string_view const word = arguments.empty() ? "" : arguments[0];
    if (asks_for_words(arguments)) {
        std::puts("bash");
        return 0;
    }
    if (word != "bash" && word != "--help" && word != "-h")
        throw UserError(kBadUsage, "completion: expected `bash`; try `farl completion --help`");
    std::fputs(word == "bash" ? kBash : kHelp, stdout);
    return 0;
}

} // namespace farl::owner
