//! Confines a container's process to what execve(2) would have left it.
//!
//! The library prepares the container for a program that is executed: an AppArmor profile for the
//! next execve, capabilities that a user other than root loses there, all capabilities where the
//! specification names none, and descriptors that are closed there. A module is never executed, so
//! this does what the kernel would have done. Source: capabilities(7), and the kernel's `aa_change_profile`.

use std::fs;
use std::io::{Error, ErrorKind, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, RawFd};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

/// What the kernel says of a thread. Every thread that this one starts later has the same.
const THREAD: &str = "/proc/thread-self";
/// Of capget(2): two words for each set, `_LINUX_CAPABILITY_VERSION_3`.
const VERSION: u32 = 0x2008_0522;

/// Confine this thread. Called before the process starts another one.
pub fn confine() -> Result<()> {
    let thread = Path::new(THREAD);
    let status = fs::read_to_string(thread.join("status")).context("the container needs /proc")?;
    ensure!(
        is_proc(thread)?,
        "the container's /proc is a volume, and the kernel's is needed to confine a module"
    );
    let profiled = enter_profile(thread)?;
    let had = Capabilities::of(&status)?;
    let left = had.left(unsafe { libc::geteuid() } == 0, profiled);
    if left == had.permitted {
        return Ok(());
    }
    set(left).context("a module's capabilities cannot be dropped")
}

/// Give up descriptors that execve would close: files, pipes, and sockets with a name at either end,
/// such as the shim's log and its connections to containerd.
///
/// What is left are those of the library's runtime, which goes on in this process: event queues, and
/// pairs of sockets without names. Each that is given up becomes the container's /dev/null, so that
/// its number is not taken by another file while somebody still has it for its own.
pub fn give_up_descriptors() -> Result<()> {
    let nothing = fs::File::open("/dev/null").context("the container needs /dev/null")?;
    let mut open: Vec<RawFd> = Vec::new();
    for entry in fs::read_dir("/proc/self/fd").context("the container needs /proc")? {
        let name = entry?.file_name();
        open.extend(name.to_str().and_then(|name| name.parse::<RawFd>().ok()));
    }
    for number in open {
        // The directory that was just read is gone again, and answers with an error.
        let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
        if number == nothing.as_raw_fd() || flags < 0 || flags & libc::FD_CLOEXEC == 0 {
            continue;
        }
        if leads_out(number)?
            && unsafe { libc::dup3(nothing.as_raw_fd(), number, libc::O_CLOEXEC) } < 0
        {
            bail!(Error::last_os_error());
        }
    }
    Ok(())
}

/// Whether a descriptor is of something that others have, too.
fn leads_out(number: RawFd) -> Result<bool> {
    let mut about = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the structure is read only if the call has filled it.
    if unsafe { libc::fstat(number, about.as_mut_ptr()) } < 0 {
        bail!(Error::last_os_error());
    }
    Ok(
        match unsafe { about.assume_init() }.st_mode & libc::S_IFMT {
            0 => false, // an event queue or its like, which has no file
            libc::S_IFSOCK => named(number, libc::getsockname) || named(number, libc::getpeername),
            _ => true,
        },
    )
}

type Ask =
    unsafe extern "C" fn(libc::c_int, *mut libc::sockaddr, *mut libc::socklen_t) -> libc::c_int;

/// Whether a socket has a name, by getsockname(2) or getpeername(2); one of a pair has only a family.
fn named(number: RawFd, ask: Ask) -> bool {
    let mut name = MaybeUninit::<libc::sockaddr_storage>::zeroed();
    let mut size = size_of_val(&name) as libc::socklen_t;
    // SAFETY: the kernel writes no more than `size` says, and zeros are an address of no family.
    let asked = unsafe { ask(number, name.as_mut_ptr().cast(), &mut size) };
    asked == 0 && size as usize > size_of::<libc::sa_family_t>()
}

/// Whether a path is of the kernel's own file system of processes.
fn is_proc(path: &Path) -> Result<bool> {
    let path = std::ffi::CString::new(path.as_os_str().as_encoded_bytes())?;
    let mut about = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the structure is read only if the call has filled it.
    match unsafe { libc::statfs(path.as_ptr(), about.as_mut_ptr()) } {
        0 => Ok(unsafe { about.assume_init() }.f_type == libc::PROC_SUPER_MAGIC),
        _ => Err(Error::last_os_error().into()),
    }
}

/// Enter the AppArmor profile that waits for an execve; whether there was one.
fn enter_profile(thread: &Path) -> Result<bool> {
    let waiting = match fs::read_to_string(thread.join("attr/apparmor/exec")) {
        Ok(text) => text,
        // A kernel without AppArmor, or one where it is not switched on.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => return Ok(false),
        Err(error) => return Err(error).context("the AppArmor profile cannot be read"),
    };
    let Some(profile) = profile_of(&waiting) else {
        return Ok(false);
    };
    fs::OpenOptions::new()
        .write(true)
        .open(thread.join("attr/apparmor/current"))
        .and_then(|mut file| file.write_all(format!("changeprofile {profile}").as_bytes()))
        .with_context(|| format!("the AppArmor profile {profile} cannot be entered"))?;
    Ok(profile != "unconfined")
}

/// A profile's name in what the kernel says of it: `name (enforce)`, or nothing.
fn profile_of(waiting: &str) -> Option<&str> {
    let text = waiting.trim_end_matches(['\n', '\0']);
    let name = text.rsplit_once(" (").map_or(text, |(name, _mode)| name);
    (!name.is_empty()).then_some(name)
}

/// A thread's capabilities, a bit each, and whether it has other walls.
#[derive(Debug, Default)]
struct Capabilities {
    permitted: u64,
    bounding: u64,
    ambient: u64,
    walled: bool,
}

impl Capabilities {
    /// Read from the text of /proc/PID/status.
    fn of(status: &str) -> Result<Self> {
        let value = |name: &str, base| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let text = line.with_context(|| format!("/proc has no {name}"))?;
            u64::from_str_radix(text.trim(), base).with_context(|| format!("{name}{text}"))
        };
        Ok(Self {
            permitted: value("CapPrm:", 16)?,
            bounding: value("CapBnd:", 16)?,
            ambient: value("CapAmb:", 16)?,
            walled: value("NoNewPrivs:", 10)? != 0 || value("Seccomp:", 10)? != 0,
        })
    }

    /// What of them an execve would leave.
    ///
    /// The library keeps them all for a container that has none (`drop: [ALL]`), as it does for a
    /// privileged one. A privileged one has no other wall: no seccomp filter, no AppArmor profile,
    /// and it may gain privileges.
    fn left(&self, root: bool, profiled: bool) -> u64 {
        let everything = self.bounding.count_ones() >= Self::last();
        match root {
            false => self.ambient,
            true if everything && (self.walled || profiled) => 0,
            true => self.permitted,
        }
    }

    /// How many capabilities the kernel has: at least those of Linux 5.9.
    fn last() -> u32 {
        let text = fs::read_to_string("/proc/sys/kernel/cap_last_cap").unwrap_or_default();
        text.trim().parse().unwrap_or(40) + 1
    }
}

/// Let this thread have the capabilities `left`, and no others.
fn set(left: u64) -> Result<()> {
    let header: [u32; 2] = [VERSION, 0];
    let (low, high) = (left as u32, (left >> 32) as u32);
    // Effective, permitted and inheritable, the low words before the high ones.
    let data: [u32; 6] = [low, low, 0, high, high, 0];
    // SAFETY: both arrays are as long as capset(2) says for this version.
    match unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), data.as_ptr()) } {
        0 => Ok(()),
        _ => bail!(Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests;
