"""Paragraphs of generated pages."""

from __future__ import annotations

from ansible_collections.vessel.image.plugins.module_utils._common.markdown import COLUMNS, wrapped


def test_lines_are_short_and_nothing_is_lost() -> None:
    text = "word " * 60 + "end"
    lines = wrapped(text).splitlines()
    assert max(map(len, lines)) <= COLUMNS
    assert " ".join(lines) == text


def test_code_and_links_stay_whole() -> None:
    code, link = "`ansible-playbook playbooks/cache.yml -e a=b`", "[the spec's page](spec.md)"
    for lead in range(40, 100):
        lines = wrapped(f"{'x' * lead} {code} and {link}").splitlines()
        assert any(code in line for line in lines) and any(link in line for line in lines)


def test_what_has_no_blank_may_be_longer() -> None:
    assert wrapped(f"a {'x' * 120}") == f"a\n{'x' * 120}"
