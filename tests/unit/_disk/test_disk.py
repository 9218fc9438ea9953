"""Which kernel is booted, and how GRUB is told."""

from __future__ import annotations

import stat

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._disk import grub
from ansible_collections.vessel.image.plugins.module_utils._disk.disk import find_kernel
from ansible_collections.vessel.image.plugins.module_utils._disk.tar import Entry


def tree(*names: str, **links: str) -> list[Entry]:
    files = [Entry(name, stat.S_IFREG | 0o644) for name in names]
    return files + [
        Entry(name.replace("_", "."), stat.S_IFLNK | 0o777, target=target)
        for name, target in links.items()
    ]


def kernels(*releases: str) -> list[str]:
    return [f"boot/{kind}-{release}" for release in releases for kind in ("vmlinuz", "initrd.img")]


def test_the_newest_kernel_is_found_by_number() -> None:
    found = find_kernel(tree(*kernels("6.12.9-cloud-amd64", "6.12.48+deb13-cloud-amd64")))
    assert found[0] == "6.12.48+deb13-cloud-amd64"
    assert found[1] == "/boot/vmlinuz-6.12.48+deb13-cloud-amd64"


@pytest.mark.parametrize("prefix", ["", "/"])
def test_debian_links_are_used_when_they_lead_to_it(prefix: str) -> None:
    links = {
        "vmlinuz": f"{prefix}boot/vmlinuz-6.12.9",
        "initrd_img": f"{prefix}boot/initrd.img-6.12.9",
    }
    assert find_kernel(tree(*kernels("6.12.9"), **links))[1:] == ("/vmlinuz", "/initrd.img")
    older = find_kernel(tree(*kernels("6.12.9", "6.12.10"), **links))
    assert older[1:] == ("/boot/vmlinuz-6.12.10", "/boot/initrd.img-6.12.10")


@pytest.mark.parametrize(
    ("names", "message"),
    [([], "no kernel"), (["boot/vmlinuz-6.12.9"], "no initramfs for its kernel 6.12.9")],
)
def test_a_tree_that_cannot_boot_is_refused(names: list[str], message: str) -> None:
    with pytest.raises(VesselError, match=rf"VES-603.*{message}"):
        find_kernel(tree(*names))


def test_configuration_carries_kernel_arguments() -> None:
    text = grub.configuration("U", "/vmlinuz", "/initrd.img", ["quiet", "dyndbg=a b;c $d", "x='"])
    line = next(line for line in text.splitlines() if line.strip().startswith("linux "))
    assert line.split(" ro ")[0].endswith("linux /vmlinuz root=UUID=U")
    assert line.endswith(r" quiet 'dyndbg=a b;c $d' 'x='\'''")


@pytest.mark.parametrize("argument", ["a\nb", "a\0b", "\x1b[1m"])
def test_unprintable_kernel_arguments_are_refused(argument: str) -> None:
    with pytest.raises(VesselError, match="VES-606"):
        grub.configuration("U", "/k", "/i", [argument])
