"""What the node's userland and kernel come from."""

from __future__ import annotations

from ..._kinds.distributions import DEFAULT, DISTRIBUTIONS
from ..rules import choice, section


def _of_all(what: str) -> list[str]:
    """The names in `releases`, `kernels` or `times` of every distribution, each once."""
    named = (getattr(each, what) for each in DISTRIBUTIONS.values())
    return list(dict.fromkeys(name for names in named for name in names))


RULES = section(
    "What the node's userland and kernel come from.",
    {
        "distribution": choice("The distribution.", list(DISTRIBUTIONS), [], default=DEFAULT),
        "release": choice(
            "Its release, by code name.",
            _of_all("releases"),
            [],
            default=next(iter(DISTRIBUTIONS[DEFAULT].releases)),
        ),
        "kernel": choice(
            "`cloud` is small and made for virtual machines; `generic` carries every driver.",
            _of_all("kernels"),
            [],
            default="cloud",
        ),
        "time": choice(
            "What keeps the clock; `customize.time_servers` is for either.",
            _of_all("times"),
            [],
            default=next(iter(DISTRIBUTIONS[DEFAULT].times)),
        ),
    },
    default={},
)
