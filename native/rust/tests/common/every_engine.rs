//! What every engine must do: these tests are part of each engine's test program.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Child;

use super::{OPEN, OPENED, USER, command, ended, file, guest as wasm, mounted, place, run};

#[test]
fn output_and_error_are_the_containers() {
    let ended = run(&[&wasm("hello")], &[]);
    assert_eq!(
        (ended.code, &*ended.out, &*ended.err),
        (Some(0), "hello\n", "warning\n")
    );
}

#[test]
fn exit_code_is_the_guests() {
    assert_eq!(run(&[&wasm("exit")], &[]).code, Some(42));
}

#[test]
fn arguments_environment_and_files_are_the_containers() {
    let path = file("held", b"what the file holds\n");
    let ended = run(
        &[&wasm("given"), &path, "last"],
        &["NAME=value=with=signs", "EMPTY="],
    );
    let program = wasm("given");
    let expected =
        format!("{program}\0{path}\0last\0NAME=value=with=signs\0EMPTY=\0what the file holds\n");
    assert_eq!(
        (ended.code, ended.out),
        (Some(0), expected),
        "{}",
        ended.err
    );
}

#[test]
fn what_it_writes_is_in_the_containers_files() {
    for before in [None, Some("longer than what comes\n")] {
        let path = file("written", before.unwrap_or_default().as_bytes());
        if before.is_none() {
            std::fs::remove_file(&path).unwrap();
        }
        let ended = run(&[&wasm("write"), &path], &[]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "written\n");
    }
}

#[test]
fn a_read_only_volume_is_read_and_not_written() {
    let path = file("kept", b"what the volume holds\n");
    let run = |program: &str| {
        let mut command = command(&[&wasm(program), &path], &[]);
        mounted(&mut command, &path, &path);
        ended(command.output().unwrap())
    };
    let reads = run("given");
    assert!(reads.out.ends_with("what the volume holds\n"), "{reads:?}");
    assert_ne!(run("write").code, Some(0));
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "what the volume holds\n"
    );
}

#[test]
fn a_user_other_than_root_has_no_capabilities() {
    let place = std::env::temp_dir().join(format!("vessel-user-{}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    let (program, path) = (place.join("given.wasm"), place.join("file"));
    std::fs::copy(wasm("given"), &program).unwrap();
    std::fs::write(&path, "what the file holds\n").unwrap();
    let (program, path) = (program.to_str().unwrap(), path.to_str().unwrap());
    let run = |mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        let mut command = command(&[program, path], &[]);
        ended(command.env(USER, "65532").output().unwrap())
    };
    let (everybodys, nobodys) = (run(0o644), run(0));
    std::fs::remove_dir_all(&place).unwrap();
    assert!(
        everybodys.out.ends_with("what the file holds\n"),
        "{everybodys:?}"
    );
    assert!(!nobodys.out.contains("what the file holds"), "{nobodys:?}");
    assert_ne!(nobodys.code, Some(0), "{nobodys:?}");
}

#[test]
fn a_guest_that_asks_for_more_memory_than_there_is_is_told_of() {
    let limited = |program: &str, limit: &str| {
        // What a container finds at /sys/fs/cgroup; all of /sys where the tests have none.
        let system = place(&format!("{program}-{limit}"));
        let group = system.join("fs/cgroup");
        std::fs::create_dir_all(&group).unwrap();
        for (name, text) in [
            ("memory.max", limit),
            ("memory.current", "8388608"),
            ("memory.stat", "anon 8388608\n"),
        ] {
            std::fs::write(group.join(name), text).unwrap();
        }
        let mut command = command(&[&wasm(program)], &[]);
        let (what, at) = match Path::new("/sys/fs/cgroup").exists() {
            true => (group, "/sys/fs/cgroup"),
            false => (system, "/sys"),
        };
        mounted(&mut command, what.to_str().unwrap(), at);
        ended(command.output().unwrap())
    };
    let said = "memory: 64 MiB more and the 8 MiB in use come to the container's limit of 64 MiB";
    for (program, code) in [("grow", 3), ("big", 0)] {
        let ended = limited(program, "67108864");
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.err.starts_with(said), "{ended:?}");
        assert_eq!(ended.err.lines().count(), 1, "{ended:?}");
        let ended = limited(program, "max");
        assert_eq!((ended.code, &*ended.err), (Some(code), ""), "{ended:?}");
    }
}

#[test]
fn a_proc_that_is_a_volume_does_not_say_what_a_guest_may() {
    let proc = place("proc");
    std::fs::create_dir_all(proc.join("thread-self")).unwrap();
    let status = std::fs::read("/proc/thread-self/status").unwrap();
    std::fs::write(proc.join("thread-self/status"), status).unwrap();
    let mut command = command(&[&wasm("hello")], &[]);
    mounted(&mut command, proc.to_str().unwrap(), "/proc");
    let ended = ended(command.output().unwrap());
    assert_eq!(ended.code, Some(126), "{ended:?}");
    assert!(ended.err.contains("/proc is a volume"), "{ended:?}");
}

#[test]
fn a_signal_ends_a_guest_that_loops() {
    for signal in [libc::SIGTERM, libc::SIGINT] {
        ends_by(signal);
    }
}

#[test]
fn what_execve_would_close_is_given_up() {
    let mut command = command(&[&wasm("loop")], &[]);
    let mut child = command.env(OPEN, "/").spawn().unwrap();
    ready(&mut child);
    let opened = std::fs::read_link(format!("/proc/{}/fd/{OPENED}", child.id()));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(opened.unwrap(), Path::new("/dev/null"));
}

/// Wait until a guest that loops has said so.
fn ready(child: &mut Child) {
    let mut seen = Vec::new();
    while !seen.ends_with(b"ready\n") {
        let mut byte = [0];
        let out = child.stdout.as_mut().unwrap();
        out.read_exact(&mut byte).unwrap();
        seen.push(byte[0]);
    }
}

fn ends_by(signal: libc::c_int) {
    let mut child = command(&[&wasm("loop")], &[]).spawn().unwrap();
    ready(&mut child);
    unsafe { libc::kill(child.id() as i32, signal) };
    assert_eq!(child.wait().unwrap().code(), Some(128 + signal));
}

#[test]
fn what_is_no_program_is_told_in_one_line() {
    let text = file("text", b"#include <stdio.h>\n");
    let short = file("short", b"x");
    let cut = file("cut", b"\0asm\x01\0\0\0\x07");
    cannot_run(&[
        (&short, "this is not WebAssembly: it begins with [78]"),
        (
            &text,
            "this is not WebAssembly: it begins with [23, 69, 6e, 63]",
        ),
        (&cut, "unexpected end"),
        ("/nowhere.wasm", "/nowhere.wasm: module not found"),
    ]);
}

/// Each program is refused for its cause, which is one line.
pub fn cannot_run(cases: &[(&str, &str)]) {
    for (program, cause) in cases {
        let ended = run(&[program], &[]);
        assert_eq!(ended.code, Some(126), "{ended:?}");
        assert!(
            ended.err.starts_with("cannot run: ") && ended.err.contains(cause),
            "{ended:?}"
        );
        assert_eq!(ended.err.lines().count(), 1, "{ended:?}");
    }
}
