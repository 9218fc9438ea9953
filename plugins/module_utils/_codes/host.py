"""VES-1nn: the host, the cache, and the plan between two commands."""

from __future__ import annotations

from .code import Code

HOST = {
    "VES-101": Code(
        "A program is not installed",
        "The host lacks a program that the build or the proof calls. The message names it.",
        "Run `make setup` as root: it installs every system package that is missing.",
    ),
    "VES-102": Code(
        "A program failed",
        "A program ended with an exit status other than 0. The message holds its command line and "
        "its last lines, with secrets blanked.",
        "Read the program's last lines in the message; the first error among them is usually the "
        "cause. For a step of the proof, the guest's console and journal are in `logs/` of the "
        "output directory.",
    ),
    "VES-103": Code(
        "A program took too long",
        "A program did not end in the time that its step allows. It was killed together with its "
        "children.",
        "Run the build again: finished stages are kept. If it happens again, the host is "
        "overloaded, or the network or disk hangs.",
    ),
    "VES-104": Code(
        "A working directory is missing",
        "A program was to start in a directory that does not exist: something removed it while "
        "the build ran.",
        "Run the build again, and keep other programs out of the cache and the clone meanwhile.",
    ),
    "VES-105": Code(
        "System packages are missing, and you are not root",
        "`make setup` looked for the Debian packages that Vessel needs and found some missing. "
        "Only root can install them.",
        "Run the printed `apt-get install` line as root, then the same `make` command again.",
    ),
    "VES-106": Code(
        "The cache was written by a newer version of Vessel",
        "A newer version of Vessel has written the cache directory in a form that this version "
        "does not know. Nothing in it was changed.",
        "Use the newer version, or set `VESSEL_CACHE` to another directory.",
    ),
    "VES-107": Code(
        "The cache cannot be written",
        "The cache directory, `$VESSEL_CACHE` or `~/.cache/vessel`, cannot be made, or belongs to "
        "another user, or its file system is read-only.",
        "Set `VESSEL_CACHE` to a directory that you may write.",
    ),
    "VES-108": Code(
        "The disk is full",
        "A step needs more room than is free, or ran out of it on the way. The message names the "
        "step, the directory, and how much it needs and has.",
        "Run `make prune`, free room by hand, or set `VESSEL_CACHE` to a directory on a larger "
        "disk. The next run goes on with the stages that were finished.",
    ),
    "VES-110": Code(
        "The checkout is incomplete",
        "A file or directory of Vessel's own code is missing. The ids of stages are made of that "
        "code, so nothing can be planned.",
        "Restore what the message names, such as by `git restore`, or install the collection anew.",
    ),
    "VES-111": Code(
        "There is no such plan",
        "The offline half of a build was handed the id of a plan that the cache does not hold. It "
        "was pruned, or made with another `VESSEL_CACHE`.",
        "Run `ansible-playbook build-image.yml`, or `packer build packer/` without `plan_id`.",
    ),
    "VES-112": Code(
        "The cache lacks what this plan needs",
        "The plan is there, but the cache does not hold the result of a stage that needs the "
        "network. The message names the stage: it was never made, or its result was removed since. "
        "The offline half of a build has no network to make it.",
        "Run `ansible-playbook build-image.yml`, or `packer build packer/` without `plan_id`: "
        "both make it first.",
    ),
    "VES-113": Code(
        "No spec is named",
        "An installed collection has no default spec. The lock of a spec lies beside it, and "
        "nothing may be written into an installed collection.",
        "Name your spec with `-e spec=my.yml`. The message names one to start from.",
    ),
    "VES-114": Code(
        "Another user may have written what is kept",
        "The cache, a directory or link on the way to it, or something in it belongs to another "
        "user, or others may write there. What a cache holds is believed, so whoever can write "
        "into it decides what is in the next image. Root believes nobody but root.",
        "Set `VESSEL_CACHE` to a new directory in one of your own. Or make sure that all of it is "
        "yours, and `chown -R` and `chmod -R go-w` it.",
    ),
    "VES-115": Code(
        "A file of the cache was planted",
        "A lock or the version file of the cache is a link, has another name elsewhere, is no "
        "regular file, or belongs to another user. Writing into it would change another file.",
        "Find out who put it there, remove it, and see VES-114 for the directory.",
    ),
    "VES-116": Code(
        "The host refused a file",
        "A file or directory could not be read, written, renamed or removed, for the reason that "
        "the message has in the system's own words. `Input/output error` means that the disk, or "
        "the network that it is on, has failed.",
        "Look at what the message names: its owner and mode, its file system, and the kernel's "
        "log. What was finished is kept; the next run goes on with it.",
    ),
    "VES-117": Code(
        "apt cannot be told a log-in",
        "A mirror among this host's apt sources has a user's name and password in its address. "
        "They are handed to apt in a file, as all users can read a command line. That file can "
        "hold neither blanks nor an empty password.",
        "Give the mirror's user another password, or write the log-in into `/etc/apt/auth.conf`.",
    ),
}
