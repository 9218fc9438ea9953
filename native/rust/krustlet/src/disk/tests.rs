use std::fs::{File, create_dir_all};
use std::io::Write;

use serde_json::json;

use super::*;

fn pods(name: &str) -> PathBuf {
    let place = std::env::temp_dir().join(format!("krustlet-disk-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&place);
    for directory in [
        "one/volumes/a/deep",
        "one/volumes/b",
        "one/logs",
        "two/volumes",
    ] {
        create_dir_all(place.join(directory)).unwrap();
    }
    place
}

fn fill(path: &Path, bytes: usize) -> File {
    let mut file = File::create(path).unwrap();
    file.write_all(&vec![1; bytes]).unwrap();
    file.sync_all().unwrap();
    file
}

fn limits(sizes: &[(&str, &str)], containers: &[&str]) -> Limits {
    let volume =
        |(name, size): &(&str, &str)| json!({"name": name, "emptyDir": {"sizeLimit": size}});
    let container =
        |limit: &&str| json!({"name": "c", "resources": {"limits": {"ephemeral-storage": limit}}});
    let spec = json!({
        "volumes": sizes.iter().map(volume).collect::<Vec<_>>(),
        "containers": containers.iter().map(container).collect::<Vec<_>>(),
    });
    Limits::of(&serde_json::from_value(json!({"metadata": {}, "spec": spec})).unwrap()).unwrap()
}

#[test]
fn a_pod_has_what_is_in_its_volumes_and_logs() {
    let place = pods("sum");
    fill(&place.join("one/volumes/a/deep/file"), 2 << 20);
    fill(&place.join("one/volumes/b/file"), 1 << 20);
    fill(&place.join("one/logs/c.0.log"), 1 << 20);
    // What it reaches by a link is not its own.
    std::os::unix::fs::symlink(&place, place.join("one/volumes/b/link")).unwrap();
    let found = measure(&place);
    let near = |bytes: u64, mib: u64| (mib << 20..(mib << 20) + (1 << 19)).contains(&bytes);
    assert!(near(found["one"].bytes, 4), "{found:?}");
    assert!(near(found["one"].volumes["a"], 2) && near(found["one"].volumes["b"], 1));
    assert!(found["two"].bytes < 1 << 19);

    assert_eq!(limits(&[], &[]).passed(&found["one"]), None);
    assert_eq!(
        limits(&[("a", "3Mi"), ("b", "3Mi")], &["3Mi", "3Mi"]).passed(&found["one"]),
        None
    );
    let why = limits(&[("a", "1Mi")], &[]).passed(&found["one"]).unwrap();
    assert!(
        why.starts_with("volume a has ") && why.ends_with("its sizeLimit is 1 MiB"),
        "{why}"
    );
    let why = limits(&[], &["1Mi", "2Mi"]).passed(&found["one"]).unwrap();
    assert!(
        why.contains("its containers 3 MiB of ephemeral-storage"),
        "{why}"
    );
}

#[test]
fn a_file_that_was_removed_and_is_still_written_counts() {
    // Another uid: the tests are one process, and a file without a name is known by its pod's uid.
    let place = pods("open");
    std::fs::rename(place.join("one"), place.join("open")).unwrap();
    let path = place.join("open/volumes/a/file");
    let file = fill(&path, 3 << 20);
    std::fs::remove_file(&path).unwrap();
    let limits = limits(&[("a", "2Mi")], &[]);
    assert!(limits.passed(&measure(&place)["open"]).is_some());
    drop(file);
    assert_eq!(limits.passed(&measure(&place)["open"]), None);
}

#[test]
fn a_great_number_of_files_is_told_without_counting_them_all() {
    let usage = Usage {
        files: FILES + 1,
        ..Usage::default()
    };
    let why = Limits::default().passed(&usage).unwrap();
    assert!(why.contains("more than 100000 files"), "{why}");
}

#[test]
fn who_has_most_is_ended_and_nobody_for_little() {
    let usage = |bytes| Usage {
        bytes,
        ..Usage::default()
    };
    let mut found = HashMap::from([("a".to_owned(), usage(SMALL)), ("b".to_owned(), usage(9))]);
    assert_eq!(largest(&found), None);
    found.insert("c".into(), usage(2 * SMALL));
    found.insert("d".into(), usage(3 * SMALL));
    assert_eq!(largest(&found), Some("d"));
}

#[test]
fn what_would_leave_too_little_is_a_shortage() {
    // A disk with nothing on it has all of it left.
    let place = pods("shortage");
    fill(&place.join("one/logs/c.0.log"), 1 << 20);
    let about = rustix::fs::statvfs(&place).unwrap();
    let size = about.f_blocks * about.f_frsize;
    assert_eq!(shortage(&place, 0, 0), None);
    let why = shortage(&place, size / 10 * 9, 15).unwrap();
    assert_eq!(why, "less than 15 % of the node's disk would be free");
    assert!(shortage(&place, size + 1, 0).is_some());
    assert!(shortage(&place, 0, 100).is_some());
}
