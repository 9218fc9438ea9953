//! Runs a guest in a process of its own, with a container's context but no container.
//!
//! A test program starts itself again for its ignored test `guest`, which is that process.

pub mod every_engine;

use std::ffi::{CStr, CString};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::ptr::null;

use containerd_shim_wasm::sandbox::Sandbox as _;
use containerd_shim_wasm::sandbox::context::{Entrypoint, RuntimeContext, Source, WasmLayer};
use vessel_shims::engine::{Engine, ShimOf};

const ARGS: &str = "VESSEL_TEST_ARGS";
const ENVS: &str = "VESSEL_TEST_ENVS";
/// The user that the guest's process becomes, with all capabilities, as a container's does.
const USER: &str = "VESSEL_TEST_USER";
/// A file that the guest's process has open besides, as `OPENED`, until an execve.
const OPEN: &str = "VESSEL_TEST_OPEN";
const OPENED: libc::c_int = 99;
/// Cargo's own variable for what runs a test program of arm64 on another machine.
const RUNNER: &str = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER";

/// What an OCI runtime specification says of a container, as far as an engine asks for it.
#[derive(Default)]
pub struct Container {
    pub args: Vec<String>,
    pub envs: Vec<String>,
    pub layers: Vec<WasmLayer>,
}

impl RuntimeContext for Container {
    fn args(&self) -> &[String] {
        &self.args
    }

    fn envs(&self) -> &[String] {
        &self.envs
    }

    fn entrypoint(&self) -> Entrypoint<'_> {
        let path = self.args.first().map_or("", String::as_str);
        let source = match self.layers.is_empty() {
            true => Source::File(PathBuf::from(path)),
            false => Source::Oci(&self.layers),
        };
        Entrypoint {
            func: "_start".into(),
            name: None,
            arg0: Some(Path::new(path)),
            source,
        }
    }
}

#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// The WebAssembly of a text in tests/guests, as a file.
pub fn guest(name: &str) -> String {
    file(
        name,
        &wat::parse_file(format!("tests/guests/{name}.wat")).unwrap(),
    )
}

/// A path under the tests' own directory, another one for each test program.
pub fn place(name: &str) -> PathBuf {
    let program = module_path!().replace("::", "-");
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{program}-{name}"))
}

/// A file at that path.
pub fn file(name: &str, bytes: &[u8]) -> String {
    let path = place(name);
    // Tests run side by side: nobody may see half a file.
    let part = path.with_extension(format!("{:?}.part", std::thread::current().id()));
    std::fs::write(&part, bytes).unwrap();
    std::fs::rename(&part, &path).unwrap();
    path.display().to_string()
}

/// The command that runs a guest: this program once more, by the emulator that runs this one.
pub fn command(args: &[&str], envs: &[&str]) -> Command {
    let runner = std::env::var_os(RUNNER).filter(|_| cfg!(target_arch = "aarch64"));
    let mut words = Vec::from_iter(runner);
    words.push(std::env::current_exe().unwrap().into());
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .args(["guest", "--exact", "--ignored", "--nocapture", "--quiet"])
        .env(ARGS, args.join("\n"))
        .env(ENVS, envs.join("\n"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Mount a file or directory over `place`, read-only, where only this command and its guest see it.
///
/// Needs root, as containers do.
pub fn mounted(command: &mut Command, what: &str, place: &str) {
    let (what, place) = (CString::new(what).unwrap(), CString::new(place).unwrap());
    let mount = move |from: &CStr, to: &CStr, flags| match unsafe {
        libc::mount(from.as_ptr(), to.as_ptr(), null(), flags, null())
    } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    };
    let prepare = move || {
        unsafe { libc::unshare(libc::CLONE_NEWNS) };
        // Below a chroot there is no such mount; who made that one made its mounts private.
        let _ = mount(c"none", c"/", libc::MS_REC | libc::MS_PRIVATE);
        mount(&what, &place, libc::MS_BIND)?;
        mount(
            &what,
            &place,
            libc::MS_BIND | libc::MS_REMOUNT | libc::MS_RDONLY,
        )
    };
    unsafe { command.pre_exec(prepare) };
}

pub fn run(args: &[&str], envs: &[&str]) -> Ended {
    ended(command(args, envs).output().unwrap())
}

pub fn ended(output: std::process::Output) -> Ended {
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, out) = out
        .split_once("running 1 test\n")
        .expect("the test harness's first line");
    Ended {
        code: output.status.code(),
        out: out.to_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The body of the test `guest`.
pub fn be_guest<E: Engine>() {
    let lines = |name| -> Vec<String> {
        std::env::var(name)
            .unwrap_or_default()
            .lines()
            .map(String::from)
            .collect()
    };
    let container = Container {
        args: lines(ARGS),
        envs: lines(ENVS),
        ..Default::default()
    };
    if let Ok(user) = std::env::var(USER) {
        become_user(user.parse().unwrap());
    }
    if let Ok(path) = std::env::var(OPEN) {
        let file = std::fs::File::open(path).unwrap();
        unsafe { libc::fcntl(file.as_raw_fd(), libc::F_DUPFD_CLOEXEC, OPENED) };
    }
    std::process::exit(block_on(ShimOf::<E>::default().run_wasi(&container)).unwrap())
}

/// As libcontainer does: keep what is permitted, and make it effective again.
fn become_user(user: libc::uid_t) {
    let header: [u32; 2] = [0x2008_0522, 0];
    let mut sets = [0_u32; 6];
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_KEEPCAPS, 1, 0, 0, 0), 0);
        assert_eq!(libc::setresuid(user, user, user), 0);
        assert_eq!(
            libc::syscall(libc::SYS_capget, header.as_ptr(), sets.as_mut_ptr()),
            0
        );
        (sets[0], sets[3]) = (sets[1], sets[4]);
        assert_eq!(
            libc::syscall(libc::SYS_capset, header.as_ptr(), sets.as_ptr()),
            0
        );
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}
