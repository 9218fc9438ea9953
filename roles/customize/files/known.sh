#!/bin/sh
# Usage: known.sh KEY=NAME...
# Fails when the machine knows no unit, or no module of its kernels, of a NAME that the KEY of the spec
# has: at boot nobody would say so. All of them are told.
set -eu

bad=0

missing() { # missing CODE KEY NAME WHAT HINT
    echo "$1: customize.$2 names $3, and $4" >&2
    echo "    $5" >&2
    bad=1
}

unit() { # unit KEY NAME
    case $1:$2 in
        # The kernel and generators make these while the machine runs; see systemd.generator(7).
        units.masked:*.device | units.masked:*.mount | units.masked:*.automount | units.masked:*.swap)
            return ;;
    esac
    # What it says is of one word for a unit that is there, whatever its exit status.
    case $(systemctl is-enabled -- "$2" 2>/dev/null) in
        '' | not-found)
            missing VES-546 "$1" "$2" "no file in the machine describes such a unit" \
                "Correct the name, or bring the unit with a package, a file or a role before."
            ;;
    esac
}

module() { # module NAME
    for listing in /lib/modules/*/modules.dep; do
        [ -e "$listing" ] || continue # no kernel at all
        kernel=$(basename "${listing%/modules.dep}")
        modinfo -k "$kernel" -F filename -- "$1" >/dev/null 2>&1 ||
            missing VES-547 kernel_modules "$1" "the kernel $kernel has no such module" \
                "Correct the name, or choose \`kernel: generic\`, which has every driver."
    done
}

for given in "$@"; do
    case $given in
        kernel_modules=*) module "${given#*=}" ;;
        *) unit "${given%%=*}" "${given#*=}" ;;
    esac
done
exit "$bad"
