#!/bin/sh
# What `packer build packer/` runs: lock, plan and fetch with the network, then make the image
# in a sandbox that has none. Reads VESSEL_ROOT, VESSEL_SPEC, VESSEL_PLAN_ID and VESSEL_OUTPUT.
set -eu
umask 022
# Ansible takes no locale that is not UTF-8, and none that is not installed.
export LC_ALL=C.UTF-8

fail() {
    printf '%s: %s\n    %s\n' "$1" "$2" "$3" >&2
    exit 1
}

# A relative path starts at the root of the repository, wherever Packer was called; an installed
# collection has no place for it.
absolute() {
    case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$base/$1" ;;
    esac
}

# Extra variables as JSON: a path may hold blanks and quotes. None of them is a secret.
extra() {
    "$python" -c 'import json, sys; print(json.dumps(dict(zip(sys.argv[1::2], sys.argv[2::2]))))' "$@"
}

setup="In $VESSEL_ROOT run \`make setup\` once, then \`. .venv/bin/activate\` in this shell."
base=$VESSEL_ROOT
collections=$VESSEL_ROOT/collections
if [ -f "$VESSEL_ROOT/MANIFEST.json" ]; then # installed
    setup="Activate an environment with what $VESSEL_ROOT/requirements.txt lists."
    base=$PWD
    collections=$(cd "$VESSEL_ROOT/../../.." && pwd)
fi

[ -d "$collections/ansible_collections/vessel/image" ] ||
    fail VES-914 "$collections/ansible_collections/vessel/image is not the link to this clone that it should be" \
        "Run \`git config core.symlinks true && git checkout collections\` in $VESSEL_ROOT."

no_root() {
    fail VES-910 "the build needs root that may make private namespaces" \
        "Run it as root, in a virtual machine or a privileged container if you like."
}

[ "$(id -u)" = 0 ] || no_root
playbook=$(command -v ansible-playbook) ||
    fail VES-911 "ansible-playbook is not on the PATH" "$setup"
# the Python that belongs to this ansible-playbook, in a virtual environment or not
python=$(dirname "$(readlink -f "$playbook")")/python3
"$python" -c 'import importlib.util as u, sys
sys.exit(not all(map(u.find_spec, ("ansible", "cerberus", "yaml"))))' ||
    fail VES-912 "$playbook has no Ansible, Cerberus or PyYAML beside it" "$setup"
for program in bwrap setpriv unshare; do
    command -v $program >/dev/null ||
        fail VES-913 "$program is not on the PATH" "Install bubblewrap and util-linux."
done
unshare --mount --pid --net --ipc --uts --fork true 2>/dev/null || no_root

# What the two halves of a build note belongs to one run; the front door, if there is one, names it.
[ -n "${VESSEL_FRONT_DOOR:-}" ] || export VESSEL_RUN=$$

cd "$VESSEL_ROOT"
export ANSIBLE_CONFIG="$VESSEL_ROOT/ansible.cfg"
export ANSIBLE_COLLECTIONS_PATH="$collections${ANSIBLE_COLLECTIONS_PATH:+:$ANSIBLE_COLLECTIONS_PATH}"
spec=$(absolute "$VESSEL_SPEC")
output=$(absolute "$VESSEL_OUTPUT")
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

export PYTHONPATH="$collections${PYTHONPATH:+:$PYTHONPATH}"
exec "$python" -m ansible_collections.vessel.image.plugins.module_utils._flow.sandbox \
    "the build of $(basename "$spec")" \
    "$python" -m ansible_collections.vessel.image.plugins.module_utils._flow.build "$plan_id" "$output"
