"""The part of the schema that lets users bring their own: `customize`.

Every text that ends up in a command line, a path or a configuration file has a narrow form, so
that none can be an option, a second word or a way out of its directory.
"""

from __future__ import annotations

import re
from typing import Any

from .._common.imagename import FULL_NAME
from .rules import Matches, by_name, flag, is_address, section, several, text

# Names as Debian policy (5.6.1), useradd(8), systemd.unit(5) and modprobe(8) have them.
_PACKAGE_NAME = r"[a-z0-9][a-z0-9+.-]+"
_PACKAGE = rf"{_PACKAGE_NAME}(=[0-9][A-Za-z0-9.+:~-]*)?"
_ACCOUNT = r"[a-z_][a-z0-9_-]{0,31}"
# Of all types of systemd.unit(5) but scopes, which no file describes; devices have no [Install].
_NAME = r"[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*"
_UNIT = rf"(?=.{{1,255}}$){_NAME}\.(service|socket|timer|path|mount|automount|swap|target|slice)"
_MASKED = (
    rf"(?=.{{1,255}}$){_NAME}\.(service|socket|timer|path|mount|automount|swap|target|slice|device)"
)
_MODULE = r"[A-Za-z0-9_][A-Za-z0-9_-]*"
# With underscores, which no rule for host names knows and many networks have.
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = rf"{_LABEL}(\.{_LABEL})*"
_SYSCTL = r"[A-Za-z0-9_]+([./][A-Za-z0-9_*:-]+)+"
# No blank, quote, backslash or dollar sign: GRUB's configuration and the kernel's command line.
_ARGUMENT = r"[A-Za-z0-9_.,:;@%+/=~!-]+"
# RFC 3986, without a user's name and password: an image is no place for them.
_AUTHORITY = r"[A-Za-z0-9.:\[\]_~-]+"
_CHARACTERS = r"A-Za-z0-9._~:@!$&'()*+,;=%/-"
_PATH = rf"(/[{_CHARACTERS}]*)?"
_QUERY = rf"(\?[?{_CHARACTERS}]*)?"
# sources.list(5): one that ends with a slash is the directory of a flat repository.
_SUITE = r"/|\./|(\./)?([A-Za-z0-9]|\$\(ARCH\))([A-Za-z0-9._/:~+-]|\$\(ARCH\))*"


def is_inside(path: str) -> bool:
    """Whether `path` is the absolute path of something in a machine, in its shortest form, and no
    longer than Linux takes (PATH_MAX, NAME_MAX: bytes)."""
    steps = path[1:].split("/")
    return (
        path.startswith("/")
        and path.isprintable()
        and not any(step in ("", ".", "..") for step in steps)
        and len(path.encode()) < 4096
        and all(len(step.encode()) <= 255 for step in steps)
    )


def is_beside(path: str) -> bool:
    """Whether `path` leads from the spec's directory to something in it."""
    return not path.startswith(("/", "-", "~")) and is_inside(f"/{path}")


def _path(about: str, example: str, **rules: Any) -> dict[str, Any]:
    form = "an absolute path in the machine without `.`, `..`, double slashes or too long a name"
    return text(about, form, is_inside, example, **rules)


def _source(about: str, example: str, **rules: Any) -> dict[str, Any]:
    form = "a path below the spec's own directory"
    return text(about, form, is_beside, example, **rules)


def _mode(default: str) -> dict[str, Any]:
    about = "Permission bits in octal, quoted."
    form = "three or four octal digits"
    return text(about, form, Matches("[0-7]{3,4}"), f'"{default}"', default=default)


def _account(kind: str) -> dict[str, Any]:
    about = f"The {kind}, by a name that the packages or Debian's base system bring."
    return text(about, f"the name of a {kind}", Matches(_ACCOUNT), "root", default="root")


def _unit(pattern: str = _UNIT) -> dict[str, Any]:
    form = "the name of a unit, such as example.service"
    return text("", form, Matches(pattern), "example.service")


def _url(
    about: str, schemes: str, example: str, *, query: bool = False, **rules: Any
) -> dict[str, Any]:
    """A URL; with a `query` where it names a file, as signed ones have it."""
    begins = f"{schemes.replace('|', ':// or ')}://"

    def why(value: str) -> str:
        scheme, _, rest = value.partition("://")
        if not re.fullmatch(schemes, scheme):
            return f"does not start with {begins}"
        if "@" in re.split("[/?#]", rest)[0]:
            return "is not a URL without a user name; an image is no place for one"
        if "?" in rest and not query:
            return "has a query; here it would not be part of what is asked for"
        strange = re.search(rf"[^{_CHARACTERS}\[\]?]", rest)
        return f"has {strange[0]!r}, which no URL of a file has" if strange else "is not a URL"

    pattern = Matches(f"({schemes})://{_AUTHORITY}{_PATH}{_QUERY if query else ''}")
    form = f"a URL without a user name that starts with {begins}"
    return text(about, form, pattern, example, why=why, **rules)


def _host(about: str) -> dict[str, Any]:
    return text(about, "a host name", Matches(_HOST), "time.example.com")


def is_server(value: str) -> bool:
    """Whether `value` is how a server is named: by its name, which may end in a dot, or address."""
    return is_address(value) or re.fullmatch(rf"{_HOST}\.?", value) is not None


_FILE = section(
    "",
    {
        "path": _path("Where it lies in the machine.", "/etc/motd", required=True),
        "content": {
            "type": "string",
            "excludes": "source",
            "meta": {"about": "The text itself. Either this or `source`.", "example": "Hello"},
        },
        "source": _source(
            "A file or directory beside the spec; of a directory, everything in it comes along, "
            "with its permissions.",
            "files/motd",
        ),
        "mode": text(
            "Permission bits in octal, quoted; by default those of the source, and 0644 of a text.",
            "three or four octal digits",
            Matches("[0-7]{3,4}"),
            '"0644"',
        ),
        "owner": _account("user"),
        "group": _account("group"),
    },
)

_DIRECTORY = section(
    "",
    {
        "path": _path("Where it lies in the machine.", "/srv/data", required=True),
        "mode": _mode("0755"),
        "owner": _account("user"),
        "group": _account("group"),
    },
)


def fetched(example: str) -> dict[str, Any]:
    """The fields of a file that is fetched: its URL and its digest."""
    return {
        "url": _url("Where it is fetched from. The lock keeps it, with its query.", "https|http",
                    example, query=True, required=True),
        "sha256": text("The digest of its bytes.", "a SHA-256 of 64 hexadecimal digits",
                       Matches("[0-9a-f]{64}"), '"<64 hexadecimal digits>"', required=True),
    }  # fmt: skip


_EXECUTABLE = section(
    "",
    {
        "path": _path("Where it lies in the machine.", "/usr/local/bin/tool", required=True),
        **fetched("https://example.com/tool"),
    },
)

_REPOSITORY = section(
    "",
    {
        "name": text("Names its files in the machine.", "a short name of letters and digits",
                     Matches("[a-z0-9][a-z0-9-]{0,40}"), "example", required=True),
        "uri": _url("Its root.", "https|http", "https://packages.example.com/debian",
                    required=True),
        "suites": several(
            "Its suites. Of a flat repository, which has no directory `dists`, the directory of "
            "its index with a slash at the end: `/` or `./` for the root.",
            text("", "the name of a suite", Matches(_SUITE), "trixie"),
            required=True,
            minlength=1,
        ),
        "components": several(
            "Its components; a flat repository has none.",
            text("", "the name of a component", Matches("[A-Za-z0-9][A-Za-z0-9._/-]*"), "main"),
        ),
        "key": _source("The public key that signs it, beside the spec.", "keys/example.asc",
                       required=True),
        "replaces": several(
            "Names of packages that Debian has, or provides, and this repository brings in their "
            "place. All other names that Debian has are taken from there.",
            text("", "the name of a Debian package", Matches(_PACKAGE_NAME), "nginx"),
        ),
        "keep": flag("Whether the machine's own apt uses it, too.", default=True),
    },
)  # fmt: skip

_IMAGE_ARCHIVE = section(
    "",
    {
        "archive": _source("An OCI archive (a tar of an OCI layout) beside the spec.",
                           "images/app.tar", required=True),
        "name": text("The full name with a tag, where the archive itself names none.",
                     "a full image name with a registry and with a tag", Matches(FULL_NAME),
                     "example.com/app:1.0"),
        "pinned": flag("Whether the kubelet keeps it when its disk is full; say false for an image "
                       "that the node can pull again.", default=True),
    },
)  # fmt: skip


def _roles(when: str) -> dict[str, Any]:
    role = _source("", "roles/site")
    return several(f"Roles that are applied {when} Vessel's own, in this order.", role)


CUSTOMIZE: dict[str, Any] = section(
    "Bring your own. Paths of sources start at the spec's directory and stay in it.",
    {
        "packages": several(
            "Debian packages by name, or as `name=version`.",
            text("", "the name of a Debian package", Matches(_PACKAGE), "tcpdump"),
        ),
        "repositories": several("Further package repositories, beside Debian's.", _REPOSITORY),
        "files": several("Files, by content or by source.", _FILE),
        "directories": several("Directories that are there even when empty.", _DIRECTORY),
        "executables": several("Programs by URL and checksum; their mode is 0755.", _EXECUTABLE),
        "roles": section(
            "Ansible roles beside the spec. They lay down files and enable units, and never touch "
            "what runs.",
            {"before": _roles("before"), "after": _roles("after")},
            default={},
        ),
        "units": section(
            "systemd units; bring their files with `files`.",
            {
                "enabled": several("Units that start with the machine.", _unit()),
                "disabled": several("Units that do not.", _unit()),
                "masked": several("Units that cannot be started at all.", _unit(_MASKED)),
            },
            default={},
        ),
        "sysctls": by_name(
            "Kernel parameters.",
            text("", "the name of a kernel parameter", Matches(_SYSCTL), "vm.swappiness"),
            {
                **text("", "one line of text, or a number", str.isprintable, "10"),
                "type": ["string", "integer"],
            },
            "{vm.swappiness: 10}",
        ),
        "kernel_modules": several(
            "Kernel modules that are loaded at boot.",
            text("", "the name of a kernel module", Matches(_MODULE), "dummy"),
        ),
        "kernel_arguments": several(
            "Words at the end of the kernel's command line; one may stand there twice.",
            text(
                "",
                "a kernel argument without blanks and quotes",
                Matches(_ARGUMENT),
                "mitigations=auto",
            ),
            repeat=True,
        ),
        "certificates": several(
            "Certificates of authorities (PEM or DER, one or several in a file) that every program "
            "of the machine trusts.",
            _source("", "certificates/ca.crt"),
        ),
        "proxy": section(
            "The machine's proxy: of containerd, the kubelet, Krustlet, apt and log-in shells.",
            {
                "http": _url("For http URLs.", "http|https", "http://proxy.example.com:3128"),
                "https": _url("For https URLs.", "http|https", "http://proxy.example.com:3128"),
                "no_proxy": several(
                    "Names, domains and networks that are reached without it.",
                    text(
                        "",
                        "a host, domain or network",
                        Matches(r"[A-Za-z0-9.:*/_\[\]-]+"),
                        "10.0.0.0/8",
                    ),
                ),
            },
            default={},
        ),
        "images": several("Container images that the node need not pull.", _IMAGE_ARCHIVE),
        "cloud_init": {
            "type": "dict",
            "default": {},
            "keysrules": {"type": "string"},
            "meta": {
                "about": "Defaults of cloud-init, as its own configuration files have them; user "
                "data still wins.",
                "example": "{package_update: false}",
            },
        },
        "hosts": by_name(
            "Lines of /etc/hosts: an address and its names.",
            text("", "an IPv4 or IPv6 address", is_address, "192.0.2.10"),
            {**several("", _host("")), "minlength": 1},
            "{192.0.2.10: [registry.example.com]}",
        ),
        "time_servers": several(
            "NTP servers, instead of Debian's.",
            text("", "a host name or an IP address", is_server, "time.example.com"),
        ),
    },
    default={},
)
