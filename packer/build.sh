#!/bin/sh
# What `packer build packer/` runs: lock, plan and fetch with the network, then make the image
# in a sandbox that has none. Reads VESSEL_ROOT, VESSEL_SPEC, VESSEL_PLAN_ID and VESSEL_OUTPUT.
set -eu

fail() {
    printf '%s: %s\n    %s\n' "$1" "$2" "$3" >&2
    exit 1
}

# A relative path starts at the root of the repository, wherever Packer was called.
from_root() {
    case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$VESSEL_ROOT/$1" ;;
    esac
}

# Extra variables as JSON: a path may hold blanks and quotes. None of them is a secret.
extra() {
    "$python" -c 'import json, sys; print(json.dumps(dict(zip(sys.argv[1::2], sys.argv[2::2]))))' "$@"
}

setup="In $VESSEL_ROOT run \`make setup\` once, then \`. .venv/bin/activate\` in this shell."

[ "$(id -u)" = 0 ] ||
    fail VES-910 "the build needs root, to make private namespaces" \
        "Run it as root, in a container or a virtual machine if you like."
playbook=$(command -v ansible-playbook) ||
    fail VES-911 "ansible-playbook is not on the PATH" "$setup"
# the Python that belongs to this ansible-playbook, in a virtual environment or not
python=$(dirname "$(readlink -f "$playbook")")/python3
"$python" -c 'import importlib.util as u, sys
sys.exit(not all(map(u.find_spec, ("ansible", "cerberus", "yaml"))))' ||
    fail VES-912 "$playbook has no Ansible, Cerberus or PyYAML beside it" "$setup"
command -v unshare >/dev/null ||
    fail VES-913 "unshare is not on the PATH" "Install util-linux."

cd "$VESSEL_ROOT"
export ANSIBLE_CONFIG="$VESSEL_ROOT/ansible.cfg"
spec=$(from_root "$VESSEL_SPEC")
output=$(from_root "$VESSEL_OUTPUT")
plan_id=$VESSEL_PLAN_ID

if [ -z "$plan_id" ]; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    "$playbook" playbooks/prepare.yml \
        -e "$(extra spec "$spec" output "$output" vessel_plan_file "$scratch/plan_id")"
    plan_id=$(cat "$scratch/plan_id")
    rm -rf "$scratch"
    trap - EXIT
fi

# in a clone, or where the collection was installed
collections=$VESSEL_ROOT/collections
[ -d "$collections" ] || collections=$VESSEL_ROOT/../../..
export PYTHONPATH="$collections${PYTHONPATH:+:$PYTHONPATH}"
exec "$python" -m ansible_collections.vessel.image.plugins.module_utils._flow.sandbox \
    "the build of $(basename "$spec")" "$playbook" playbooks/machine.yml \
    -e "$(extra vessel_plan_id "$plan_id" vessel_output "$output")"
