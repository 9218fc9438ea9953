use serde_json::json;

use super::super::{host_path, remove};
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

#[test]
fn what_the_cluster_says_is_read_only() {
    let root = std::env::temp_dir().join(format!("krustlet-own-{}", std::process::id()));
    for name in ["data", "volume"] {
        std::fs::create_dir_all(root.join(name)).unwrap();
    }
    let reach = Reach::new(&root.join("data"));
    for (kind, asked, read_only) in [
        (json!({"secret": {"secretName": "s"}}), false, true),
        (json!({"configMap": {"name": "m"}}), false, true),
        (json!({"emptyDir": {}}), false, false),
        (json!({"emptyDir": {}}), true, true),
        (json!({"hostPath": {"path": "/"}}), false, false),
    ] {
        let mut volume = kind.clone();
        volume["name"] = "v".into();
        let kinds = [serde_json::from_value(volume).unwrap()];
        let mount = json!({"name": "v", "mountPath": "/v", "readOnly": asked});
        let container = json!({"name": "c", "volumeMounts": [mount]});
        let container = serde_json::from_value(container).unwrap();
        let volumes = BTreeMap::from([("v".to_owned(), root.join("volume"))]);
        let mounts = mounts(&container, &volumes, &kinds, &reach).unwrap();
        assert_eq!(mounts[0].read_only, read_only, "{kind} {asked}");
    }
    remove(&root).unwrap();
}

#[tokio::test]
async fn nothing_is_made_in_what_is_the_nodes_own() {
    let root = std::env::temp_dir().join(format!("krustlet-new-{}", std::process::id()));
    std::fs::create_dir_all(root.join("data")).unwrap();
    let reach = Reach::new(&root.join("data"));
    for (name, made) in [("data/pods/mine", false), ("new/deep", true)] {
        let path = root.join(name);
        let kind = json!({"name": "v", "hostPath": {"path": path, "type": "DirectoryOrCreate"}});
        let volume: Volume = serde_json::from_value(kind).unwrap();
        let source = volume.host_path.as_ref().unwrap();
        let place = host_path(&volume, source, &reach).await;
        assert_eq!((place.is_ok(), path.exists()), (made, made), "{name}");
    }
    remove(&root).unwrap();
}
