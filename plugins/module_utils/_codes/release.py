"""VES-89n: what an image is called as a release of Kubernetes, for Tanzu and Cluster API."""

from __future__ import annotations

from .code import Code

RELEASE = {
    "VES-890": Code(
        "The vendor's bundle has another digest",
        "`release.vendor` names a file and its SHA-256, and the file has other bytes: it was not "
        "copied whole, or it is the bundle of another release.",
        "Get the file again. If it is the one that you want, write its digest into the spec: "
        "`sha256sum FILE`.",
    ),
    "VES-891": Code(
        "The vendor's bundle cannot be read",
        "A bundle is a tar archive, compressed or not, that has one TanzuKubernetesRelease in a "
        "YAML file below `config/`. It gives the versions and packages of the release.",
        "Name the `unified-tkr-vsphere.tar.gz` that the vendor's artifacts have below "
        "`artifacts/metadata`.",
    ),
    "VES-892": Code(
        "The vendor's bundle is of another Kubernetes",
        "The packages of a bundle are for one version of Kubernetes, and the image has another.",
        "Set `kubernetes.version` to that of the bundle, without what stands behind the `+`, or "
        "take the bundle of your version.",
    ),
    "VES-893": Code(
        "This is no name for a release",
        "A release and its image are named by versions, with `---` for `+`. The names are also "
        "labels of Kubernetes objects and of an item in a content library: at most 63 small "
        "letters, digits, dots and hyphens.",
        "Choose a shorter or plainer `release.build`, such as `acme.1`.",
    ),
}
