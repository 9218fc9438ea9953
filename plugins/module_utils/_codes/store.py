"""VES-4nn: the store, into which only bytes with the expected digest come."""

from __future__ import annotations

from .code import Code

STORE = {
    "VES-401": Code(
        "The store lacks a file",
        "A stage needs a file that is not in the store: it was never fetched, or was removed "
        "since.",
        "Run the whole build with a network: `ansible-playbook build-image.yml`.",
    ),
    "VES-402": Code(
        "A file is not what the lock names",
        "The bytes that came have another SHA-256 than the lock names. They were thrown away. "
        "Either upstream replaced the file, or something between upstream and this host changes "
        "files. Of a source of Vessel itself: it was edited or removed while the build ran.",
        "Find out which. Only if upstream did it on purpose, lock again with `-e update=true`. "
        "After an edit of your own build again.",
    ),
    "VES-403": Code(
        "A file cannot be fetched",
        "A server refused the file, or did not deliver it in several attempts. Debian's mirrors "
        "drop a version of a package once a newer one is out. Or a file beside the spec was "
        "removed while the build ran.",
        "Check the network and try again. What was fetched is kept. For a package that is gone, "
        "lock again with `-e update=true`.",
    ),
    "VES-404": Code(
        "A redirect leaves https",
        "A server redirects from https to an address that is not encrypted. It was not followed.",
        "Name an origin that stays on https.",
    ),
    "VES-405": Code(
        "A file is longer than the lock says",
        "The answer has more bytes than the lock, so it cannot be the locked file. The transfer "
        "was cut off.",
        "As for VES-402: find out who changed the file before you lock again.",
    ),
    "VES-406": Code(
        "The cache's copy of something was damaged",
        "A file of the store, or the kept result of a stage that uses the network, no longer has "
        "the bytes that once came: the disk failed, or something wrote into the cache. It was "
        "removed.",
        "Build again; it is fetched or built anew. `ansible-playbook playbooks/cache.yml -e "
        "state=verified` reads all other files of the store.",
    ),
    "VES-407": Code(
        "A file is not a Debian package",
        "A file with the locked digest is not an archive of dpkg's format, or ends early.",
        "Report it with the name of the package: a lock should not name such a file.",
    ),
    "VES-408": Code(
        "A certificate is not trusted",
        "The server, or a proxy that looks into the traffic, shows a certificate of an authority "
        "that this host does not know; or `REQUESTS_CA_BUNDLE` names a file without certificates.",
        "Install the authority's certificate on this host, or name a bundle with it in "
        "`SSL_CERT_FILE` or `REQUESTS_CA_BUNDLE`. Verification is never switched off.",
    ),
    "VES-411": Code(
        "A program does not build",
        "The compiler, Go's or Rust's, refused the source, or was killed because memory ran out. "
        "Its last lines follow.",
        "For `signal: killed` give the host more memory; for `no space left` see VES-108. "
        "Otherwise choose another version of the program in the spec. Programs in Rust are part "
        "of Vessel: for those take another version of Vessel.",
    ),
    "VES-412": Code(
        "A released file is not the expected program",
        "`wasm.releases` names a file that is neither a program for Linux nor a tar archive with a "
        "file of the wanted name: `containerd-shim-<engine>-v1`, or for WasmEdge "
        "`libwasmedgePluginWasiNN.so`.",
        "Name the program itself, or the archive for Linux and your architecture.",
    ),
}
