# shellcheck shell=bash
# What scripts that look at a booted machine begin with: each line of theirs says what is wanted and
# how it is seen. They end with `told`, whose last line counts both kinds.
good=() bad=()

is() { # is WHAT EXPECTED COMMAND…
    local what=$1 expected=$2 got
    shift 2
    got=$("$@" 2>&1) || true # what it says is compared; `masked` comes with a failure
    if [ "$got" = "$expected" ]; then
        good+=("$what")
    else
        printf 'not as wanted: %s\n  expected: %s\n  found: %s\n' "$what" "$expected" "$got" >&2
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
        printf 'not as wanted: %s: no line matches %s\n' "$what" "$pattern" >&2
        bad+=("$what")
    fi
}

told() {
    echo "as wanted: ${#good[@]}:$(printf ' %s;' "${good[@]}")" >&2
    echo "not as wanted: ${#bad[@]}" >&2
    [ "${#bad[@]}" = 0 ]
}
