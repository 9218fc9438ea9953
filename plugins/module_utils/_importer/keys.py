"""Every key of image-builder's variables, once: where its value goes, or why it goes nowhere.

The names are those of kubernetes-sigs/image-builder (`images/capi/packer`, its roles' defaults and
its book, July 2026) and of the vSphere flavour (`packer-variables`, October 2025). What is mapped
is taken in the order in which it stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import components, containerd, machine, repositories, roles, system
from .draft import Draft
from .unmapped import UNMAPPED, Unmapped
from .variables import Variable


@dataclass(frozen=True, slots=True)
class Mapped:
    """A key whose value goes into the spec. `take` puts it there, or lists it; `to` says where, for
    people. The values of an `opaque` one are looked at by `take` alone. Those of `packers` only
    Packer reads; a variable of that name in `ansible_user_vars` is a role's."""

    key: str
    to: str
    take: Callable[[Draft, Variable], bool]
    opaque: bool = False
    packers: bool = False


_ROLES_FIRST = "`customize.roles.before`"
_ROLES_LAST = "`customize.roles.after`"
_PROXY = "with `machine_proxy: true` `customize.proxy`, otherwise listed"
_FOLLOWS = "followed from `kubernetes_semver`; `kubernetes.version` where that is missing"

MAPPED = (
    Mapped("kubernetes_semver", "`kubernetes.version`", system.kubernetes),
    Mapped("kubernetes_series", _FOLLOWS, system.kubernetes_again),
    Mapped("kubernetes_deb_version", _FOLLOWS, system.kubernetes_again),
    Mapped("kubernetes_rpm_version", _FOLLOWS, system.kubernetes_again),
    Mapped("containerd_version", "`container_runtime.containerd`", system.containerd),
    Mapped("distro_name", "`operating_system.distribution`", system.distribution, packers=True),
    Mapped("distribution", "`operating_system.distribution`", system.distribution, packers=True),
    Mapped("distro_arch", "`architectures`", system.architecture, packers=True),
    Mapped("kubernetes_goarch", "`architectures`", system.architecture),
    Mapped("build_target", "`operating_system.kernel`", system.build_target),
    Mapped("format", "`outputs`", system.output, packers=True),
    Mapped(
        "vmx_version",
        "`outputs: [ova]`, `machine.hardware_version`",
        machine.hardware_version,
        packers=True,
    ),
    Mapped("vsphere_guest_os_type", "`outputs: [ova]`", machine.ova, packers=True),
    Mapped(
        "firmware", "of an OVA `machine.firmware`; a disk has both", machine.firmware, packers=True
    ),
    Mapped("kubernetes_typed_version", "`machine.product.version`", machine.version, packers=True),
    Mapped("VERSION", "`machine.product.version`", machine.version, packers=True),
    Mapped("extra_debs", "`customize.packages`", system.packages),
    Mapped("pinned_debs", "`customize.packages`", system.packages),
    Mapped("extra_repos", "`customize.repositories`, with their keys", repositories.repositories),
    Mapped(
        "remove_extra_repos", "`customize.repositories[].keep: false`", system.removed_repositories
    ),
    Mapped("extra_kernel_boot_params", "`customize.kernel_arguments`", system.kernel_arguments),
    Mapped("firstboot_custom_roles_pre", _ROLES_FIRST, roles.before),
    Mapped("firstboot_custom_roles_post", _ROLES_FIRST, roles.before),
    Mapped("node_custom_roles_pre", _ROLES_FIRST, roles.before),
    Mapped("custom_role_names", _ROLES_LAST, roles.after_unless_elsewhere),
    Mapped("node_custom_roles_post", _ROLES_LAST, roles.after),
    Mapped(roles.POST_SYSPREP, f"{_ROLES_LAST}; sealing comes after them", roles.after),
    Mapped(
        "ansible_user_vars",
        "the key that each of its words names; others a role that sets them before all other roles",
        roles.user_variables,
        opaque=True,
    ),
    Mapped("http_proxy", _PROXY, system.proxy),
    Mapped("https_proxy", _PROXY, system.proxy),
    Mapped("no_proxy", _PROXY, system.proxy),
    Mapped("load_additional_components", "looked at with its lists", system.switch),
    Mapped("additional_executables", "looked at with its list", system.switch),
    Mapped(
        "additional_executables_list",
        "`customize.executables`, of what `digests` has the SHA-256 of",
        components.executables,
    ),
    Mapped(
        "additional_executables_destination_path",
        "`customize.executables[].path`",
        components.destination,
    ),
    Mapped("additional_registry_images", "looked at with its list", system.switch),
    Mapped(
        "additional_registry_images_list",
        "listed, with the command that makes an archive for `customize.images`",
        components.registry_images,
    ),
    Mapped("additional_url_images", "looked at with its list", system.switch),
    Mapped(
        "additional_url_images_list",
        "listed: an archive for `customize.images`",
        components.url_images,
    ),
    Mapped(
        "containerd_additional_settings",
        f"`{containerd.DROP_IN}`; mirrors of registries as `{containerd.CERTS}/…/hosts.toml`",
        containerd.settings,
        opaque=True,
    ),
    Mapped(
        "containerd_image_pull_progress_timeout",
        "a file below `/etc/containerd/conf.d`",
        system.pull_timeout,
    ),
    Mapped(
        "containerd_enable_limit_no_file",
        "a drop-in of containerd.service",
        system.no_file_limit,
    ),
    Mapped("block_nouveau_loading", "a file in `/etc/modprobe.d`", system.no_nouveau),
    Mapped("gpu_block_nouveau_loading", "a file in `/etc/modprobe.d`", system.no_nouveau),
    Mapped("kubelet_extra_args", "`/etc/default/kubelet`", system.kubelet_arguments),
    Mapped("pip_conf_file", "`/etc/pip.conf`, unless `remove_extra_repos`", system.pip),
)

KEYS: dict[str, Mapped | Unmapped] = {
    **{entry.key: entry for entry in MAPPED},
    **{key: group for group in UNMAPPED for key in group.keys},
}
