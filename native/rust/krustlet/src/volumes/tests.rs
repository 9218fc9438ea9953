use super::*;

#[test]
fn a_path_stays_within() {
    assert!(within("a/./b").is_ok());
    for path in ["..", "a/../../b", "/etc"] {
        assert!(within(path).is_err(), "{path}");
    }
}

#[test]
fn a_programs_path_is_found_in_its_nearest_volume() {
    let root = std::env::temp_dir().join(format!("krustlet-volumes-{}", std::process::id()));
    for name in ["outer", "inner"] {
        std::fs::create_dir_all(root.join(name)).unwrap();
        std::fs::write(root.join(name).join("a.wasm"), name).unwrap();
    }
    std::os::unix::fs::symlink("/etc/passwd", root.join("inner/out")).unwrap();
    let mount = |name: &str, guest: &str| Mount {
        directory: Arc::new(top(&root.join(name)).unwrap()),
        guest: guest.into(),
        read_only: true,
    };
    let mounts = [mount("outer", "/m"), mount("inner", "/m/in")];
    let found = |path| file_of(path, &mounts).map(|file| std::io::read_to_string(file).unwrap());
    assert_eq!(found("/m/a.wasm").as_deref(), Some("outer"));
    assert_eq!(found("/m/in/a.wasm").as_deref(), Some("inner"));
    for path in [
        "/a.wasm",
        "/m/none.wasm",
        "/m/../m/a.wasm",
        "/m/in/out",
        "a.wasm",
    ] {
        assert_eq!(found(path), None, "{path}");
    }
    remove(&root).unwrap();
    assert!(!root.exists());
}
