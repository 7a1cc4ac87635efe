
# The shortnames of the registry that the command line names.
_mech_sites() {
    "${1/#\~\//$HOME/}" __sites "${registry[@]}" 2>/dev/null
}

# What the generated function cannot know: site names, settings, and values behind a `=`.
_mech_complete() {
    local words=() values=() registry=() line="${COMP_LINE}" word rest cur index
    local command="" first="" rank=0 expects=""
    COMPREPLY=()

    # bash splits words at `=` and `:`; what no space parts is put together again.
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        rest="${line#"${line%%[![:space:]]*}"}"
        if [[ ${#words[@]} -gt 0 && "${rest}" == "${line}" ]]; then
            words[${#words[@]}-1]+="${word}"
        else
            words+=("${word}")
        fi
        line="${rest:${#word}}"
    done
    cur="${words[${#words[@]}-1]}"

    for (( index = 1; index < ${#words[@]} - 1; index++ )); do
        word="${words[index]}"
        if [[ -n "${expects}" ]]; then
            if [[ "${expects}" == --data ]]; then
                registry=(--data "${word/#\~\//$HOME/}")
            fi
            expects=""
            continue
        fi
        case "${word}" in
            --data=*)
                word="${word#*=}"
                registry=(--data "${word/#\~\//$HOME/}")
                ;;
            @VALUED@)
                expects="${word}"
                ;;
            -*)
                ;;
            *)
                if [[ -z "${command}" ]]; then
                    command="${word}"
                else
                    [[ ${rank} -gt 0 ]] || first="${word}"
                    rank=$(( rank + 1 ))
                fi
                ;;
        esac
    done

    if [[ "${cur}" == --*=* ]]; then
        word=""
        case "${cur%%=*}" in
@CHOICES@
        esac
        # Nothing to offer means file names, by the defaults below.
        if [[ -n "${word}" ]]; then
            COMPREPLY=( $(compgen -W "${word}" -- "${cur#*=}") )
            if [[ "${COMP_WORDBREAKS}" != *=* ]]; then
                COMPREPLY=( "${COMPREPLY[@]/#/${cur%%=*}=}" )
            fi
        fi
        return 0
    fi

    if [[ -z "${expects}" && ${rank} -eq 0 && "${cur}" != -* ]]; then
        case "${command}" in
            update | remove | show)
                COMPREPLY=( $(compgen -W "$(_mech_sites "$1")" -- "${cur}") )
                compopt +o default +o bashdefault 2>/dev/null
                return 0
                ;;
            set | unset)
                COMPREPLY=( $(compgen -W "@KEYS@" -- "${cur}") )
                compopt +o default +o bashdefault 2>/dev/null
                return 0
                ;;
        esac
    fi

    if [[ -z "${expects}" && ${rank} -eq 1 && "${command}" == auth && "${cur}" != -* ]]; then
        COMPREPLY=( $(compgen -W "$(_mech_sites "$1")" -- "${cur}") )
        compopt +o default +o bashdefault 2>/dev/null
        return 0
    fi

    # The value of a setting may be a file; the generated function would offer settings again.
    if [[ -z "${expects}" && "${command}" == set && "${cur}" != -* ]]; then
        case "${first}" in
@VALUES@
        esac
        [[ ${rank} -ne 1 ]] || COMPREPLY=( $(compgen -W "${values[*]}" -- "${cur}") )
        return 0
    fi

    # A switch takes its value behind a `=` only, so the next word is none.
    if [[ -n "${expects}" ]]; then
        _mech "$1" "$2" "$3"
    else
        _mech "$1" "$2" ""
    fi

    # Options are offered where nothing else is, or once a hyphen asks for them.
    if [[ "${cur}" != -* ]]; then
        words=()
        for word in "${COMPREPLY[@]}"; do
            [[ "${word}" == -* ]] || words+=("${word}")
        done
        if [[ ${#words[@]} -gt 0 ]]; then
            COMPREPLY=("${words[@]}")
        fi
    fi
}

