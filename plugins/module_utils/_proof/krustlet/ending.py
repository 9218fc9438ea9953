"""Checks that pods of Krustlet's end when they must, and only they."""

from __future__ import annotations

import json
import time

from ..._machine.waiting import poll
from ..._workloads.container_images import CHECK
from ..check import Verdict, check, compare
from ..context import Context
from ..phases import KRUSTLET
from ..pods.pod import container, make_pod
from ..subjects import krustlet
from . import node
from .installed import UNIT
from .survivor import (
    STAYS,
    phase_of,
    restarts,
    sleeper,
    state_of,
    stays,
)

GONE_WITHIN = 10.0
TOO_MUCH = "1900"  # MiB: more than seven eighths of half a guest, less than malloc refuses
PROMPT = 150.0  # what Krustlet does within a minute, in a guest that is emulated


@check("krustlet.stops", KRUSTLET.at(100, of=krustlet))
def stops(context: Context) -> Verdict:
    """A program that never gives way and one that sleeps are gone soon after they were deleted,
    and nothing of them is left in Krustlet's process."""
    name, words = f"stops-{node.NAME}", {"spins": "spin", "sleeps": "sleep"}
    made = [container(each, CHECK, [word, "36000"]) for each, word in words.items()]
    context.cluster.delete_pod(name)
    context.cluster.apply([make_pod(name, node.NAME, made)])
    began = poll(lambda: phase_of(context, name, "Running"), context.patience)
    begun = time.monotonic()
    context.cluster.insist(f"delete pod {name} --wait --timeout=120s")
    took = time.monotonic() - begun
    # Threads come and go while one looks, but Krustlet has some.
    threads = context.sh(f"cat /proc/$(systemctl show --value -p MainPID {UNIT})/task/*/comm")
    left = [f"a thread {each}" for each in words if each in threads.split()]
    left += [] if threads else ["no process of Krustlet's"]
    found = began or ", ".join([f"{took:.0f} s", *left])
    return Verdict(not began + "".join(left) and took <= GONE_WITHIN,
                   f"at most {GONE_WITHIN:.0f} s", found)  # fmt: skip


@check("krustlet.forced", KRUSTLET.at(110, of=krustlet))
def forced(context: Context) -> Verdict:
    """A pod that was deleted by force, of which nobody hears any more, ends and leaves nothing."""
    name = f"forced-{node.NAME}"
    context.cluster.delete_pod(name)
    context.cluster.apply([sleeper(name, "sleep", "36000")])
    began = poll(lambda: phase_of(context, name, "Running"), context.patience)
    found = context.cluster.get(f"pod {name}")
    uid = found[0]["metadata"]["uid"] if found else "none"
    context.cluster.insist(f"delete pod {name} --force --grace-period=0")
    left = f"test -e /var/lib/krustlet/pods/{uid} && echo its directory is left"
    return compare("", began or poll(lambda: context.sh(left), PROMPT))


@check("krustlet.too_much", KRUSTLET.at(120, of=krustlet))
def too_much(context: Context) -> Verdict:
    """A pod without a limit that wants more memory than the node has ends, and it alone."""
    name = f"greedy-{node.NAME}"
    greedy = [container("stays", CHECK, ["allocate", TOO_MUCH])]
    counted = restarts(context)
    context.cluster.delete_pod(name)
    context.cluster.apply([make_pod(name, node.NAME, greedy, restartPolicy="Never")])

    def look() -> str:
        state = state_of(context, name)
        ended = state.get("terminated", {})
        good = ended.get("reason") == "OOMKilled" and "node's pods" in ended.get("message", "")
        return "" if good else f"{name}: {state}"

    missing = poll(look, context.patience) or stays(context)
    return compare(f"{counted} restarts", missing or f"{restarts(context)} restarts")


@check("krustlet.ready_again", KRUSTLET.at(130, of=krustlet))
def ready_again(context: Context) -> Verdict:
    """A pod that the cluster called not ready, as it does while its node is away, is so again."""
    change = {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}
    patch = f"patch pod {STAYS} --subresource=status --type=strategic"
    context.cluster.insist(f"{patch} --patch='{json.dumps(change)}'")

    def look() -> str:
        found = context.cluster.get(f"pod {STAYS}")
        conditions = found[0].get("status", {}).get("conditions", []) if found else []
        ready = [each["status"] for each in conditions if each["type"] == "Ready"]
        return "" if ready == ["True"] else f"ready: {ready}"

    changed = look()
    return compare("", poll(look, PROMPT) if changed else "its condition cannot be changed")
