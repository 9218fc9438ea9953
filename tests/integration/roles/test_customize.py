"""The role customize on a copy of a real package tree, in the sandbox; no image and no boot."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vessel.image.plugins.module_utils._spec.load import load_spec
from ansible_collections.vessel.image.plugins.module_utils._tree.customize import contents
from made_certificates import CA, SERVER, make
from role_play import SANDBOX, apply_role

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a tree is entered as root")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, package_tree: Path) -> Iterator[Path]:
    tree = tmp_path_factory.mktemp("customize") / "tree"
    subprocess.run(["cp", "-a", "--reflink=auto", package_tree, tree], check=True)
    yield tree
    shutil.rmtree(tree)


def known(tree: Path, *named: str) -> list[str]:
    """What known.sh refuses: the codes and the keys."""
    with (ROOT / "roles/customize/files/known.sh").open() as script:
        done = subprocess.run(
            [*SANDBOX, "chroot", tree, "/bin/sh", "-s", "--", *named],
            stdin=script,
            capture_output=True,
            text=True,
            check=False,
        )
    told = [line for line in done.stderr.splitlines() if line.startswith("VES-")]
    assert bool(done.returncode) is bool(told), done.stderr
    return [" ".join(line.split()[:2] + line.split()[3:4]) for line in told]


def test_what_a_tree_has(tree: Path) -> None:
    units = ["ssh.service", "systemd-timesyncd.service", "getty@tty2.service", "fstrim.timer",
             "tmp.mount", "systemd-journald.socket", "user.slice", "multi-user.target",
             "systemd-ask-password-console.path", "proc-sys-fs-binfmt_misc.automount",
             "serial-getty@.service", "dbus-org.freedesktop.timesync1.service"]  # fmt: skip
    assert known(tree, *(f"units.{key}={unit}" for key in ("disabled", "masked") for unit in units
                         if "dbus-org" not in unit)) == []  # fmt: skip
    modules = ["overlay", "br_netfilter", "br-netfilter", "ext4", "fs-ext4", "loop"]
    assert known(tree, *(f"kernel_modules={name}" for name in modules)) == []
    # What generators and the kernel make cannot be seen here.
    made = ["dev-tpmrm0.device", "efi.automount", "boot.mount", r"dev-disk-by\x2dlabel-x.swap"]
    assert known(tree, *(f"units.masked={unit}" for unit in made)) == []


@pytest.mark.parametrize("key", ["units.enabled", "units.disabled", "units.masked"])
@pytest.mark.parametrize(
    "unit",
    ["fstrimm.timer", "nosuch.service", "nosuch@a.service", "getty@tty2.socket", "a.slice",
     "a.target", "ssh.path"],
)  # fmt: skip
def test_a_unit_that_is_not_there(tree: Path, key: str, unit: str) -> None:
    assert known(tree, f"{key}={unit}") == [f"VES-546: customize.{key} {unit},"]


def test_all_are_told(tree: Path) -> None:
    said = known(tree, "units.masked=x.service", "units.enabled=ssh.service", "kernel_modules=oops",
                 "units.disabled=x.mount", "kernel_modules=loop")  # fmt: skip
    assert said == [
        "VES-546: customize.units.masked x.service,",
        "VES-547: customize.kernel_modules oops,",
        "VES-546: customize.units.disabled x.mount,",
    ]


def play(tree: Path, **wanted: Any) -> str:
    """What the play says that applies the role to `wanted` of a spec."""
    nothing = load_spec(ROOT / "specs/wasm-node.yml").customize
    held = {
        name: [{"path": "", "src": name, "mode": "0644"}] for name in wanted.get("certificates", ())
    }
    found = contents({**nothing, **wanted}, held)
    variables = {f"customize_{name}": value for name, value in found.items()}
    done = apply_role("customize", tree, variables)
    return f"{done.returncode}\n{done.stdout}{done.stderr}"


def units(**states: list[str]) -> dict[str, list[str]]:
    return {state: states.get(state, []) for state in ("enabled", "disabled", "masked")}


def test_the_role_asks_for_what_the_spec_names(tree: Path) -> None:
    said = play(tree, units=units(masked=["nosuch.service"]), kernel_modules=["oops"])
    assert said.startswith("2\n")
    assert "VES-546: customize.units.masked names nosuch.service" in said
    assert "VES-547: customize.kernel_modules names oops" in said
    assert not (tree / "etc/systemd/system/nosuch.service").is_symlink()


def test_units_that_a_file_of_the_spec_brings_are_known(tree: Path) -> None:
    path = "/etc/systemd/system/own.slice"
    own = {"path": path, "content": "[Install]\nWantedBy=multi-user.target\n", "owner": "root",
           "group": "root"}  # fmt: skip
    states = units(enabled=["own.slice"], masked=["fstrim.timer"], disabled=["ssh.service"])
    said = play(tree, files=[own], units=states, kernel_modules=["loop"])
    assert said.startswith("0\n"), said
    system = tree / "etc/systemd/system"
    assert (system / "multi-user.target.wants/own.slice").is_symlink()
    assert os.readlink(system / "fstrim.timer") == "/dev/null"


# Each says in the last line which of the servers it trusts. Arguments: their names. In /certs each
# has its certificate, with what stands between it and the authority, and its key.
OPENSSL = """
for name; do
    between=
    [ ! -s /certs/$name.chain ] || between="-untrusted /certs/$name.chain"
    openssl verify $FROM $between /certs/$name.pem >/dev/null 2>&1 &&
        trusted="$trusted $name"
done
echo $trusted
"""
PYTHON = """
import ssl, sys
def trusts(name):
    theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    theirs.load_cert_chain(f"/certs/{name}.full", f"/certs/{name}.key")
    a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = theirs.wrap_bio(a, b, server_side=True)
    client = ours.wrap_bio(b, a, server_hostname="server.example")
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                return False
    return True
print(*filter(trusts, sys.argv[1:]))
"""
GO = """
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func main() {
	var trusted []any
	for _, name := range os.Args[1:] {
		rest, err := os.ReadFile("/certs/" + name + ".full")
		if err != nil {
			panic(err)
		}
		var chain []*x509.Certificate
		between := x509.NewCertPool()
		for {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				break
			}
			each, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				panic(err)
			}
			chain = append(chain, each)
			between.AddCert(each)
		}
		asked := x509.VerifyOptions{DNSName: "server.example", Intermediates: between}
		if _, err := chain[0].Verify(asked); err == nil {
			trusted = append(trusted, name)
		}
	}
	fmt.Println(trusted...)
}
"""


def test_every_program_trusts_the_same(tree: Path, tmp_path: Path, locked_goroot: Path) -> None:
    certs = tree / "certs"
    certs.mkdir()
    authorities = {name: make(certs, name, CA) for name in ("der", "first", "second", "not-named")}
    below = make(certs, "below", CA, authorities["second"])
    servers = {f"of-{name}": make(certs, f"of-{name}", SERVER, by)
               for name, by in {**authorities, "below": below}.items()}  # fmt: skip
    servers["by-itself"] = make(certs, "by-itself", SERVER)
    for name, made in servers.items():
        chain = below.pem if name == "of-below" else b""
        (certs / f"{name}.chain").write_bytes(chain)
        (certs / f"{name}.full").write_bytes(made.pem + chain)
    both = b"\xef\xbb\xbftext\r\n" + authorities["first"].pem.replace(b"\n", b"\r\n")
    brought = {"ca.der": authorities["der"].der, "both.pem": both + authorities["second"].pem,
               "own.crt": servers["by-itself"].pem}  # fmt: skip
    for name, data in brought.items():
        (tmp_path / name).write_bytes(data)
    said = play(tree, certificates=[str(tmp_path / name) for name in brought])
    assert said.startswith("0\n"), said

    source = tmp_path / "trust.go"
    source.write_text(GO)
    build = [f"{locked_goroot}/bin/go", "build", "-o", str(tree / "certs/go"), str(source)]
    subprocess.run(
        build,
        env={**os.environ, "CGO_ENABLED": "0", "GO111MODULE": "off", "GOTOOLCHAIN": "local"},
        check=True,
    )
    names = " ".join(servers)

    def run(program: str) -> list[str]:
        command = [*SANDBOX, "chroot", tree, "/bin/sh", "-c", program]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    (certs / "verify.sh").write_text(OPENSSL)
    (certs / "trust.py").write_text(PYTHON)
    trusted = ["of-der", "of-first", "of-second", "of-below", "by-itself"]
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    assert {
        "directory": run(f"FROM='-no-CAfile -CApath /etc/ssl/certs' sh /certs/verify.sh {names}"),
        "file": run(f"FROM='-no-CApath -CAfile {bundle}' sh /certs/verify.sh {names}"),
        "Python": run(f"python3 -B /certs/trust.py {names}"),
        "Go": run(f"/certs/go {names}"),
    } == dict.fromkeys(("directory", "file", "Python", "Go"), trusted)
