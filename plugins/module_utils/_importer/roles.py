"""Custom roles and their variables."""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

from .draft import Draft, Kind, slug
from .texts import words
from .variables import Variable

POST_SYSPREP = "node_custom_roles_post_sysprep"
_ROLES = "ansible/roles"
_SET = "Set what image-builder's ansible_user_vars had"


def before(draft: Draft, variable: Variable) -> bool:
    return _roles(draft, variable, "before")


def after(draft: Draft, variable: Variable) -> bool:
    return _roles(draft, variable, "after")


def after_unless_elsewhere(draft: Draft, variable: Variable) -> bool:
    """`custom_role_names` passes over what `node_custom_roles_pre` and `…_post_sysprep` name."""
    elsewhere = f"{draft.text('node_custom_roles_pre')} {draft.text(POST_SYSPREP)}"
    return _roles(draft, variable, "after", words(elsewhere))


def _roles(draft: Draft, variable: Variable, when: str, without: Sequence[str] = ()) -> bool:
    """Copies of the roles, in the order in which image-builder applies them."""
    taken = []
    for name in words(variable.text):
        if name in without:
            draft.leave(variable, Kind.NOT_NEEDED, f"another key says when {name} is applied")
            continue
        found = draft.request.found(name, _ROLES)
        if found is None:
            how = "say where with `mounts`" if name.startswith("/") else "say where with `checkout`"
            draft.leave(variable, Kind.MISSING, f"there is no role {name} here: {how}")
        elif not (found / "tasks").is_dir():
            draft.leave(variable, Kind.MISSING, f"{name} is no role: it has no tasks")
        else:
            taken.append(draft.source(f"roles/{slug(found.resolve().name)}", found.resolve()))
    return draft.add(("customize", "roles", when), taken)


def put_variables(draft: Draft, origin: Variable) -> bool:
    """A role before all others that sets the variables which custom roles read: `set_fact` wins
    over what roles say themselves, as extra variables do. Without a role they are listed."""
    roles = draft.spec.get("customize", {}).get("roles", {})
    if not draft.role_variables or not roles:
        for name in draft.role_variables:
            what = f"`{name}` is for custom roles, and the spec has none"
            draft.leave(origin, Kind.NOT_NEEDED, what)
        return bool(draft.spread)
    task = {"name": _SET, "ansible.builtin.set_fact": dict(sorted(draft.role_variables.items()))}
    text = yaml.safe_dump([task], sort_keys=False, width=2**20, allow_unicode=True)
    name = draft.source("roles/image-builder-variables/tasks/main.yml", f"---\n{text}".encode())
    role = name.removesuffix("/tasks/main.yml")
    roles["before"] = [role, *roles.get("before", [])]
    return True


def is_of_the_connection(name: str) -> bool:
    """Whether a variable says how Ansible reaches the machine; here there is none to reach."""
    return re.fullmatch(r"ansible_\w+", name) is not None
