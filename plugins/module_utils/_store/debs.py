"""Locked Debian packages -> store, through apt's own transports.

`apt-helper` brings the host's proxies, certificates, log-ins and mirror methods, with no second
reading of apt's configuration. The store verifies every file again before it gets its name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from urllib.parse import quote

from .._common.errors import VesselError
from .._common.progress import report
from .._common.run import Result, run, tail
from .._common.scratch import scratch
from .._lock.aptauth import log_ins, plain
from .._lock.debian import host_mirrors
from .._plan.stage import Blob
from .content import Store

HELPER = "/usr/lib/apt/apt-helper"
WORKERS = 4  # connections to one mirror
BATCH = 16  # files for one helper process: few enough to show progress


def fetch_debs(
    packages: Iterable[Blob], store: Store, *, mirrors: Mapping[str, str] | None = None
) -> int:
    """Bring every locked package that is missing into the store; returns the bytes fetched.

    `mirrors` maps an archive's name to its root URI, by default this host's. No network is used
    when nothing is missing. Raises VES-402 for wrong bytes, VES-403 when a file cannot be had.
    """
    wanted = {package.sha256: package for package in packages}
    missing = [package for digest, package in wanted.items() if not store.path(digest)]
    if not missing:
        return 0
    roots = mirrors or host_mirrors()
    total = sum(package.size for package in missing)
    # Large packages spread over the batches, so that no worker is left with all of them.
    missing.sort(key=lambda package: -package.size)
    count = max(1, -(-len(missing) // BATCH))
    batches = [missing[start::count] for start in range(count)]
    done = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        jobs = [pool.submit(_fetch_batch, batch, store, roots) for batch in batches]
        try:
            for job in as_completed(jobs):
                done += job.result()
                report(f"Debian packages: {done / 1e6:.0f} of {total / 1e6:.0f} MB")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return total


def _fetch_batch(batch: Sequence[Blob], store: Store, roots: Mapping[str, str]) -> int:
    with scratch("debs") as directory:
        argv = [HELPER, "-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=60"]
        if os.geteuid() == 0:
            # Stay root for the transfer: the private directory is closed to apt's own user.
            argv += ["-o", "APT::Sandbox::User=root"]
        if kept := log_ins(roots.values()):
            argv += ["-o", f"Dir::Etc::netrc={_private(directory / 'auth.conf', kept)}"]
        argv.append("download-file")
        for package in batch:
            file = directory / package.sha256
            argv += [plain(_uri(package, roots)), str(file), f"SHA256:{package.sha256}"]
        result = run(argv, check=False, timeout=3600, what="fetching Debian packages")
        lacking = []
        for package in batch:
            file = directory / package.sha256
            if file.is_file():
                store.add_file(file, package.sha256)
            else:
                lacking.append(package)
        if lacking:
            raise _not_had(lacking[0], roots, result)
    return sum(package.size for package in batch)


def _private(file: Path, text: str) -> Path:
    file.touch(0o600)
    file.write_text(text)
    return file


def _uri(package: Blob, roots: Mapping[str, str]) -> str:
    root = package.origin.get("root") or roots[package.origin["archive"]]
    return root + quote(package.origin["path"])


def _not_had(package: Blob, roots: Mapping[str, str], result: Result) -> VesselError:
    where = f"{_uri(package, roots)} (expected sha256 {package.sha256})"
    # apt's own lines name the digest that came.
    text = result.stdout + result.stderr
    if "Hash Sum mismatch" in text or "unexpected size" in text:
        hint = f"Find out who changed it before you lock again with -e update=true.\n{tail(result)}"
        return VesselError.of("VES-402", f"{where} is not what the lock names", hint)
    return VesselError.of(
        "VES-403",
        f"{where} could not be had",
        "A mirror drops a version once a newer one is out: lock again with -e update=true.\n"
        + tail(result),
    )
