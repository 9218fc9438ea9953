"""Custom roles and their variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from .._spec.beside import walk
from .draft import Draft, Kind, slug
from .texts import words
from .variables import Variable

POST_SYSPREP = "node_custom_roles_post_sysprep"
_ROLES = "ansible/roles"
_SET = "Set what image-builder's roles found"
_TEXTS = (".j2", ".sh", ".tmpl", ".yaml", ".yml")
_WORD = re.compile(r"[A-Za-z_]\w*")


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


def user_variables(draft: Draft, origin: Variable) -> bool:
    """What `ansible_user_vars` gave custom roles; without a role it is listed."""
    if draft.role_variables and not _of(draft):
        for name in draft.role_variables:
            what = f"`{name}` is for custom roles, and the spec has none"
            draft.leave(origin, Kind.NOT_NEEDED, what)
        return bool(draft.spread)
    return bool(draft.spread or draft.role_variables)


def put_variables(draft: Draft, known: Mapping[str, str]) -> None:
    """A role before all others that sets the variables which custom roles read: `set_fact` wins
    over what roles say themselves, as extra variables do. Those that the user gave are set, and of
    `known`, which is image-builder's own, what a role names."""
    roles = _of(draft)
    copied = [path for path in draft.sources.values() if isinstance(path, Path) and path.is_dir()]
    named = {word for role in copied for word in _words_of(role)} if roles else set()
    given = {key: known[key] for key in known.keys() & named} | draft.role_variables
    if not roles or not given:
        return
    task = {"name": _SET, "ansible.builtin.set_fact": dict(sorted(given.items()))}
    text = yaml.safe_dump([task], sort_keys=False, width=2**20, allow_unicode=True)
    name = draft.source("roles/image-builder-variables/tasks/main.yml", f"---\n{text}".encode())
    role = name.removesuffix("/tasks/main.yml")
    roles["before"] = [role, *roles.get("before", [])]


def _of(draft: Draft) -> dict[str, list[str]]:
    roles: dict[str, list[str]] = draft.spec.get("customize", {}).get("roles", {})
    return roles


def _words_of(role: Path) -> Iterator[str]:
    """The words of a role's texts, among them the names of the variables that it reads."""
    for path, _below in walk(role, role=True):
        if path.is_file() and path.suffix in _TEXTS:
            yield from _WORD.findall(path.read_text(errors="replace"))


def is_of_the_connection(name: str) -> bool:
    """Whether a variable says how Ansible reaches the machine; here there is none to reach."""
    return re.fullmatch(r"ansible_\w+", name) is not None
