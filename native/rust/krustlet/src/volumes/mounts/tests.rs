use serde_json::json;

use super::super::remove;
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

#[test]
fn a_volume_of_the_machine_is_not_the_nodes_own() {
    let root = std::env::temp_dir().join(format!("krustlet-host-{}", std::process::id()));
    for name in ["data/pods/other", "shared/deep"] {
        std::fs::create_dir_all(root.join(name)).unwrap();
    }
    let reach = Reach::new(&root.join("data"));
    let mounted = |path: &Path, sub_path: &str| {
        let kind = json!({"name": "v", "hostPath": {"path": path}});
        let mount = json!({"name": "v", "mountPath": "/v", "subPath": sub_path});
        let container = json!({"name": "c", "volumeMounts": [mount]});
        let container: Container = serde_json::from_value(container).unwrap();
        let kinds = [serde_json::from_value(kind).unwrap()];
        let volumes = BTreeMap::from([("v".to_owned(), path.to_owned())]);
        mounts(&container, &volumes, &kinds, &reach).map(|mounts| mounts.len())
    };
    assert_eq!(mounted(&root.join("shared"), "").unwrap(), 1);
    assert_eq!(mounted(&root.join("shared"), "deep").unwrap(), 1);
    for (path, sub_path) in [
        (root.join("data"), ""),
        (root.join("data/pods/other"), ""),
        (root.clone(), "shared"),
        (PathBuf::from("/proc/self"), ""),
        (PathBuf::from("/"), "etc"),
    ] {
        let why = format!("{:#}", mounted(&path, sub_path).unwrap_err());
        assert!(why.contains("this node's own or the kernel's"), "{why}");
    }
    // The pod's own volumes are in the node's directory.
    let own = json!({"name": "v", "emptyDir": {}});
    let kinds = [serde_json::from_value(own).unwrap()];
    let container = json!({"name": "c", "volumeMounts": [{"name": "v", "mountPath": "/v"}]});
    let volumes = BTreeMap::from([("v".to_owned(), root.join("data/pods/other"))]);
    let container = serde_json::from_value(container).unwrap();
    assert!(mounts(&container, &volumes, &kinds, &reach).is_ok());
    remove(&root).unwrap();
}
