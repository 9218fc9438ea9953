use super::*;

fn place(name: &str) -> PathBuf {
    let place = std::env::temp_dir().join(format!("krustlet-store-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&place);
    place
}

fn text(mut module: Module) -> String {
    let mut text = String::new();
    module.file.read_to_string(&mut text).unwrap();
    text
}

fn names(place: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(place).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_kept_is_found_until_it_is_broken() {
    let place = place("kept");
    let store = Store::new(place.clone(), 0);
    let mut draft = store.begin(0).unwrap();
    let digest = copy(&b"one"[..], &mut draft.file).unwrap();
    let module = store.keep(draft, &digest).unwrap();
    assert_eq!(text(module), "one");
    store.note("image", "a.test/b", &digest, None).unwrap();
    let again = Store::new(place.clone(), 0);
    assert_eq!(text(again.module_of("image", None).unwrap()), "one");
    assert!(again.module_of("other", None).is_none());
    assert!(again.module_in("a.test/b", &digest).is_some());
    assert!(again.module_in("a.test/c", &digest).is_none());
    std::fs::write(place.join(hex(&digest).unwrap()), "two").unwrap();
    assert!(again.module_of("image", None).is_none());
}

#[test]
fn a_module_is_whose_login_got_it() {
    let place = place("login");
    let store = Store::new(place.clone(), 0);
    let login = |user: &str, password: &str| (user.to_owned(), password.to_owned());
    let (mine, other) = (login("me", "secret"), login("m", "esecret"));
    let digest_of = |text: &str| {
        let mut draft = store.begin(0).unwrap();
        let digest = copy(text.as_bytes(), &mut draft.file).unwrap();
        store.keep(draft, &digest).unwrap();
        digest
    };
    let note = |text: &str, who: Option<&Login>| {
        store
            .note("image", "a.test/b", &digest_of(text), who)
            .unwrap();
    };
    let may = |who: Option<&Login>| {
        Store::new(place.clone(), 0)
            .module_of("image", who)
            .is_some()
    };
    note("one", Some(&mine));
    assert_eq!(
        [may(Some(&mine)), may(Some(&other)), may(None)],
        [true, false, false]
    );
    note("one", Some(&other));
    assert_eq!(
        [may(Some(&mine)), may(Some(&other)), may(None)],
        [true, true, false]
    );
    // The tag is another module now.
    note("two", Some(&other));
    assert_eq!(
        [may(Some(&mine)), may(Some(&other)), may(None)],
        [false, true, false]
    );
    note("two", None);
    assert_eq!(
        [may(Some(&mine)), may(Some(&other)), may(None)],
        [true, true, true]
    );
    let index = std::fs::read_to_string(place.join(INDEX)).unwrap();
    assert!(!index.contains("secret"));
}

#[test]
fn what_was_not_written_to_its_end_goes() {
    let place = place("draft");
    let store = Store::new(place.clone(), 0);
    drop(store.begin(0).unwrap());
    assert_eq!(names(&place), [""; 0]);
    std::fs::write(place.join("draft-7"), "half").unwrap();
    Store::new(place.clone(), 0);
    assert_eq!(names(&place), [""; 0]);
}

#[test]
fn nothing_is_written_where_too_little_is_left() {
    let place = place("full");
    let store = Store::new(place.clone(), 100);
    // A disk with nothing on it has all of it left.
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("kept"), [1; 4096]).unwrap();
    let why = store.begin(1).err().unwrap().to_string();
    assert!(why.contains("disk would be free"), "{why}");
    assert_eq!(names(&place), ["kept"]);
}

#[test]
fn a_copy_is_nobody_elses() {
    let place = place("copy");
    let store = Store::new(place.clone(), 0);
    let file = place.join("others");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(&file, "before").unwrap();
    let module = store.copy("others", File::open(&file).unwrap()).unwrap();
    std::fs::write(&file, "after").unwrap();
    assert_eq!(
        module.digest,
        copy(&b"before"[..], &mut std::io::sink()).unwrap()
    );
    assert_eq!(text(module), "before");
    assert_eq!(names(&place), ["others"]);
    let directory = store.copy("others", File::open(&place).unwrap());
    assert_eq!(directory.err().unwrap().to_string(), "others is no file");
    File::create(&file).unwrap().set_len(LARGEST + 1).unwrap();
    let large = store.copy("others", File::open(&file).unwrap());
    assert!(
        large
            .err()
            .unwrap()
            .to_string()
            .contains("larger than 256 MiB")
    );
    assert_eq!(names(&place), ["others"]);
}
