"""An image as a release of Kubernetes: names, and the objects that Tanzu and Cluster API read."""

from __future__ import annotations

# What lays the RuntimeClasses down on the node; the release's are rendered from it, too.
TEMPLATE = "roles/wasm_runtimes/templates/rootfs/etc/vessel/manifests/runtimeclasses.yaml.j2"
PROPERTIES = "ovf-properties.json"  # of an OVA of the image, by key
VENDOR = "vendor"  # the blob that is the vendor's bundle, and the option that names it
