from __future__ import annotations

import socket

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._machine.ports import (
    Forward,
    free_port,
    parse,
    require_free,
)


def test_pairs_and_single_ports() -> None:
    assert parse([]) == ()
    assert parse(["8080:80", " 6443 "]) == (Forward(8080, 80), Forward(6443, 6443))


@pytest.mark.parametrize(
    ("word", "what"),
    [
        ("", "is no port"),
        ("http", "is no port"),
        ("80:", "is no port"),
        ("1:2:3", "is no port"),
        ("-1", "is no port"),
        ("8080:80,hostfwd=tcp::1-:1", "is no port"),
        ("0:80", "from 1 to 65535"),
        ("80:65536", "from 1 to 65535"),
        ("133342", "from 1 to 65535"),  # what YAML 1.1 makes of 2222:22
        ("8080:1", "lead to two places"),
    ],
)
def test_every_bad_word_is_told(word: str, what: str) -> None:
    with pytest.raises(VesselError) as caught:
        parse(["8080:80", "bad", word])
    assert [problem.code for problem in caught.value.problems] == ["VES-811", "VES-811"]
    assert what in caught.value.problems[1].what
    assert "-e ports=8080:80" in caught.value.problems[1].hint


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        with pytest.raises(VesselError, match=f"VES-812: the port {taken} .* is taken"):
            require_free([0, taken])
    require_free([taken, free_port()])
