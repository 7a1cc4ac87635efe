# The shortnames of the registry that the command line names.
(( $+functions[_mech_sites] )) ||
_mech_sites() {
    local -a registry sites
    local index value
    for (( index = 2; index < $#_mech_line; index++ )); do
        case $_mech_line[index] in
            (--data=*) value=${(Q)_mech_line[index]#--data=} ;;
            (--data) value=${(Q)_mech_line[index+1]} ;;
            (*) continue ;;
        esac
        registry=(--data ${value/#\~\//$HOME/})
    done
    sites=(${(f)"$(${(Q)_mech_line[1]} __sites $registry 2>/dev/null)"})
    _describe -t sites site sites
}

# The values of a setting that takes one of a few words, else files.
(( $+functions[_mech_values] )) ||
_mech_values() {
    local -a values
    case $line[1] in
@VALUES@
    esac
    if (( $#values )); then
        _describe -t values value values
    else
        _default
    fi
}

