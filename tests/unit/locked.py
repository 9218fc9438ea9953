"""What a lock says of Kubernetes, for tests of what is built of it."""

from typing import Any

LOCKED: dict[str, Any] = {
    "module": "k8s.io/kubernetes",
    "version": "v1.36.3",
    "sum": "h1:a",
    "time": "2026-07-22T18:07:38Z",
    "packages": ["./cmd/kubelet"],
    "go_mod": "module k8s.io/kubernetes\n",
    "go_sum": "",
}
