from __future__ import annotations

import json
import re

from ansible_collections.vessel.image.plugins.module_utils._proof.krustlet.tenants import hostile


def test_few_bytes_ask_for_much() -> None:
    pod, wanted = hostile()["doubles"]
    assert len(json.dumps(pod)) < 5000
    size = 10
    for variable in pod["spec"]["containers"][0]["env"][1:]:
        size *= variable["value"].count("$(")
    assert size > 1 << 60
    said = "CreateContainerConfigError: variable V18: variables and arguments have more than"
    assert re.match(wanted, f"{said} 2 MiB together") and not re.match(wanted, said)


def test_each_has_the_container_that_is_looked_at() -> None:
    for pod, _ in hostile().values():
        assert pod["spec"]["containers"][0]["name"] == "stays"
        assert pod["spec"]["restartPolicy"] == "Never"
