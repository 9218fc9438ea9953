# shellcheck shell=bash
# How scripts that run in a booted machine judge it: a line for each thing that is looked at.
good=() bad=()

is() { # is WHAT EXPECTED COMMAND…
    local what=$1 expected=$2 got
    shift 2
    got=$("$@" 2>&1) || true # what it says is compared; `masked` comes with a failure
    if [ "$got" = "$expected" ]; then
        good+=("$what")
    else
        printf 'not as the spec says: %s\n  expected: %s\n  found: %s\n' "$what" "$expected" "$got" >&2
        bad+=("$what")
    fi
}

holds() { # holds WHAT PATTERN COMMAND…
    local what=$1 pattern=$2
    shift 2
    # To the end: a program whose output nobody reads any more would fail.
    if "$@" 2>&1 | grep -E -- "$pattern" >/dev/null; then
        good+=("$what")
    else
        printf 'not as the spec says: %s: no line matches %s\n' "$what" "$pattern" >&2
        bad+=("$what")
    fi
}

sum_up() { # the last words: how many of each kind
    echo "as the spec says: ${#good[@]}:$(printf ' %s;' "${good[@]}")" >&2
    echo "not as the spec says: ${#bad[@]}" >&2
    [ "${#bad[@]}" = 0 ]
}
