use std::ffi::CString;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::ptr::null;

use super::*;

/// `data` of a node, and `other` beside it.
fn node(name: &str) -> (Reach, PathBuf) {
    let root = std::env::temp_dir().join(format!("krustlet-reach-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&root);
    for directory in ["real/data/pods/other-pod/volumes/secret", "other/deep"] {
        std::fs::create_dir_all(root.join(directory)).unwrap();
    }
    // As systemd has it for a user that is there while it runs.
    symlink("real/data", root.join("data")).unwrap();
    symlink("../data/pods", root.join("other/link")).unwrap();
    (Reach::new(&root.join("data")), root)
}

fn refused(reach: &Reach, path: &Path) -> bool {
    reach.check(&open(path).unwrap()).is_err()
}

#[test]
fn a_pod_does_not_reach_the_nodes_files() {
    let (reach, root) = node("own");
    for closed in [
        "data",
        "real/data",
        "real/data/pods/other-pod/volumes/secret",
        "other/link",
        "real",
        "",
    ] {
        assert!(refused(&reach, &root.join(closed)), "{closed}");
    }
    for open in ["other", "other/deep"] {
        assert!(!refused(&reach, &root.join(open)), "{open}");
    }
    assert!(reach.check_new(&root.join("data/pods/mine")).is_err());
    assert!(reach.check_new(&root.join("new/and/deeper")).is_ok());
}

#[test]
fn a_pod_does_not_reach_a_process() {
    let (reach, _) = node("kernel");
    for closed in [
        "/",
        "/proc",
        "/proc/self",
        "/proc/self/fd",
        "/dev",
        "/sys/kernel",
        "/run",
    ] {
        let path = Path::new(closed);
        assert!(!path.is_dir() || refused(&reach, path), "{closed}");
    }
    assert!(!refused(&reach, Path::new("/etc")));
}

#[test]
fn a_pod_does_not_reach_the_kernel_by_another_path() {
    let (reach, root) = node("elsewhere");
    let place = root.join("other/deep");
    let to = CString::new(place.to_str().unwrap()).unwrap();
    // A thread may have mounts of its own, which nobody else sees.
    let is_refused = std::thread::spawn(move || {
        unsafe {
            assert_eq!(libc::unshare(libc::CLONE_NEWNS), 0);
            // Below a chroot there is no such mount; who made that one made its mounts private.
            let private = libc::MS_REC | libc::MS_PRIVATE;
            libc::mount(c"none".as_ptr(), c"/".as_ptr(), null(), private, null());
            let from = c"/proc/sys".as_ptr();
            let mounted = libc::mount(from, to.as_ptr(), null(), libc::MS_BIND, null());
            assert_eq!(mounted, 0, "{}", std::io::Error::last_os_error());
        }
        refused(&reach, &place)
    });
    assert!(is_refused.join().unwrap());
}

#[test]
fn a_file_is_one_that_every_user_may_read() {
    let (reach, root) = node("file");
    let file = |name: &str, mode: u32| {
        let path = root.join(name);
        std::fs::write(&path, "text").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        reach.file(path.to_str().unwrap()).map(|_| ())
    };
    assert!(file("other/open", 0o644).is_ok());
    symlink("open", root.join("other/by-link")).unwrap();
    assert!(
        reach
            .file(root.join("other/by-link").to_str().unwrap())
            .is_ok()
    );
    let why = file("other/own", 0o640).unwrap_err().to_string();
    assert!(
        why.ends_with("other/own is no file that every user may read"),
        "{why}"
    );
    // What is not there is told in the same words.
    let none = reach
        .file(root.join("other/none").to_str().unwrap())
        .err()
        .unwrap();
    assert_eq!(none.to_string().replace("none", "own"), why);
    assert!(file("real/data/key", 0o644).is_err());
    for path in [
        "/proc/self/maps",
        "/proc/version",
        "/etc",
        "/dev/null",
        "passwd",
    ] {
        assert!(reach.file(path).is_err(), "{path}");
    }
}
