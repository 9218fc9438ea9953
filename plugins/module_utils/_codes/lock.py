"""VES-3nn: the lock, where names of packages and modules become digests."""

from __future__ import annotations

from .code import Code

LOCK = {
    "VES-301": Code(
        "apt has no source for an archive",
        "Packages come from Debian's main and security archives, by the mirrors that this host's "
        "apt uses. One of the two archives is not among its sources.",
        "Add it to `/etc/apt/sources.list.d`; `apt-get indextargets` shows what apt knows.",
    ),
    "VES-302": Code(
        "Package indices cannot be fetched or verified",
        "A mirror did not answer, an index is too old, or its signature is not by Debian's key, or "
        "not by the key that the spec names for a repository of its own. apt's last lines follow.",
        "Check the network, the host's clock and the package `debian-archive-keyring`; try again. "
        "Of your own repository check `uri`, `suites` and `key`: in front of a suite that ends "
        "with a slash apt expects no directory `dists`.",
    ),
    "VES-303": Code(
        "Debian has no such package",
        "A package that the node needs is not in this release of Debian.",
        "Take one of the near matches that the message names.",
    ),
    "VES-304": Code(
        "apt cannot choose packages",
        "The packages cannot be installed together, or apt chose one without a SHA-256 or from an "
        "archive that is not Debian's. Often the mirror is just being updated, and its suites do "
        "not fit together for a while.",
        "Try again later. If it stays so, look at the dependencies that apt names.",
    ),
    "VES-305": Code(
        "The lock cannot be written",
        "A lock lies beside its spec, and that directory is not writable: it is on a read-only "
        "file system, belongs to somebody else, or has a directory where the lock would be.",
        "Copy the spec and what it names to where you may write. Where the lock is committed, and "
        "answers the spec, a build writes nothing there.",
    ),
    "VES-306": Code(
        "The host refuses a file while the spec is locked",
        "Reading what the spec names, or working in the cache, the operating system answered with "
        "an error. The message names the file and the answer.",
        "Look at the owner and mode of that file, and at its file system.",
    ),
    "VES-307": Code(
        "The lock holds both sides of a merge",
        "Git found that two branches had locked differently, and left both sides and its marks in "
        "the file.",
        "Take one side whole: `git checkout --ours -- spec.lock.yml`, or `--theirs`. Then build: "
        "only what the merged spec says otherwise is resolved again. Remove the lock only if you "
        "want newer versions of everything.",
    ),
    "VES-308": Code(
        "The lock was written by a later version of Vessel",
        "Its schema is one that this version does not know, so it cannot tell what the lock fixes.",
        "Build with the version of Vessel that wrote it, or restore the lock that this version "
        "wrote from version control.",
    ),
    "VES-309": Code(
        "What was resolved cannot be written into a lock",
        "A lock is read again before it is written. Something that the spec names, or that a "
        "package repository says of itself, is not of a form that a lock can hold. Nothing was "
        "written.",
        "Look for the text that the message quotes, and change it where it comes from.",
    ),
    "VES-310": Code(
        "The lock cannot be read",
        "The file `<spec>.lock.yml` is not YAML, or not what Vessel writes: it was edited, cut "
        "off, or merged by hand. The message names the line.",
        "Restore it from version control, as by `git checkout -- spec.lock.yml`: that keeps every "
        "version. Without a lock the next build resolves the spec again, and chooses newer ones.",
    ),
    "VES-311": Code(
        "Something beside the spec cannot be kept as it is",
        "What a directory holds comes along whole: files with their modes, links, empty "
        "directories. A socket, a pipe or a device has no content; file capabilities and access "
        "lists would be lost; a name must be plain text. Roles are files only, as they run from a "
        "copy.",
        "Remove or replace what the message names.",
    ),
    "VES-320": Code(
        "There is no such version of a Go module",
        "The origin of a program, such as Kubernetes or containerd, answered that it has no such "
        "version. The spec most likely names a release that does not exist.",
        "Take one of the versions that the message lists.",
    ),
    "VES-321": Code(
        "A Go module cannot be fetched",
        "The module proxy or the checksum database did not answer, or answered with an error. "
        "That says nothing about the version.",
        "Check the network, `GOPROXY` and `GOSUMDB`, then run the build again. What was fetched "
        "is kept.",
    ),
    "VES-322": Code(
        "A Go module has the wrong checksum, or its dependencies cannot be resolved",
        "The bytes that came are not those that the checksum database or the lock knows, or the "
        "program needs a module that its `go.mod` and `go.sum` do not name.",
        "Do not use a proxy that serves other bytes. If checksums are right, lock again with `-e "
        "update=true`.",
    ),
    "VES-323": Code(
        "Kubernetes does not say which images it wants",
        "kubeadm's source names the versions of etcd, CoreDNS and pause. The constants are not "
        "where every release that Vessel knows has them.",
        "Choose a release of Kubernetes that [spec.md](spec.md) allows.",
    ),
    "VES-324": Code(
        "A module's archive is damaged or not the locked one",
        "An archive in Go's module cache cannot be read, has another checksum than the lock, or "
        "holds a name that leads out of its directory.",
        "Remove the file that the message names and build again. If it comes back the same, do "
        "not trust where it comes from.",
    ),
    "VES-325": Code(
        "The crates of a Rust program cannot be fetched",
        "Cargo could not fetch a crate that `native/rust/Cargo.lock` names, or got other bytes. It "
        "asks the registry that this host's Cargo is configured for.",
        "Check the network and `~/.cargo/config.toml`, then run the build again. What was fetched"
        " is kept.",
    ),
    "VES-326": Code(
        "The lock says otherwise than the spec",
        "What a spec fixes, a lock may not change: digests and addresses of programs, versions of "
        "Kubernetes, containerd and packages, which packages and programs there are, and from "
        "which archives. The lock was edited, or merged by hand, below the part that says for "
        "which spec it was made.",
        "Restore it from version control, as by `git checkout -- spec.lock.yml`, and look who "
        "changed it. What you do want otherwise, write into the spec.",
    ),
    "VES-327": Code(
        "A package archive is older than the lock",
        "The spec is resolved again, and a suite's signed index is of an earlier date than the one "
        "in the lock. Such an index is validly signed, but its packages would go back, security "
        "updates too. Most often a mirror lags behind; it may also be that somebody serves an old "
        "state on purpose.",
        "Try again later, or take another mirror. If you want the older packages, build with "
        "`-e allow_older=true`.",
    ),
    "VES-328": Code(
        "A repository has not what it should replace",
        "A name in `replaces` of a package repository is neither a package of it nor provided by "
        "one. What Debian has as well is taken from a repository only where `replaces` names it.",
        "Look for a misspelling, or take the name out.",
    ),
    "VES-329": Code(
        "A name is no package, but what other packages provide",
        "apt would take whichever package provides the name. Which one that is may change, and "
        "the spec would not tell.",
        "Name the package itself, one of those that the message lists.",
    ),
}
