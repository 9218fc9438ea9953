use super::*;

const STATUS: &str = "Name:\tx\nCapInh:\t0\nCapPrm:\t00000000a80425fb\nCapEff:\t0\n\
    CapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000400\nNoNewPrivs:\t0\nSeccomp:\t2\n";

fn all() -> u64 {
    (1 << Capabilities::last()) - 1
}

#[test]
fn a_user_other_than_root_keeps_what_is_ambient() {
    let had = Capabilities::of(STATUS).unwrap();
    assert_eq!(had.left(false, false), 0x400);
    assert_eq!(had.left(true, true), 0xa804_25fb);
}

#[test]
fn everything_behind_a_wall_means_that_none_were_named() {
    let had = |walled| Capabilities {
        permitted: all(),
        bounding: all(),
        ambient: 0,
        walled,
    };
    assert_eq!(had(true).left(true, false), 0);
    assert_eq!(had(false).left(true, true), 0);
    assert_eq!(had(false).left(true, false), all());
    assert_eq!(had(false).left(false, false), 0);
}

#[test]
fn a_profile_has_a_name() {
    for (text, name) in [
        (
            "cri-containerd.apparmor.d (enforce)\n",
            Some("cri-containerd.apparmor.d"),
        ),
        ("a name (of mine) (complain)\n", Some("a name (of mine)")),
        ("unconfined\n", Some("unconfined")),
        ("\n", None),
        ("", None),
    ] {
        assert_eq!(profile_of(text), name, "{text:?}");
    }
}

#[test]
fn what_is_no_status_is_an_error() {
    assert!(Capabilities::of("").is_err());
    assert!(Capabilities::of(&STATUS.replace("a80425fb", "x")).is_err());
}

#[test]
fn the_profile_that_waits_is_entered() {
    let thread = std::env::temp_dir().join(format!("vessel-profile-{}", std::process::id()));
    let place = thread.join("attr/apparmor");
    assert!(!enter_profile(&thread).unwrap());
    fs::create_dir_all(&place).unwrap();
    for (waiting, entered, is_wall) in [
        ("\n", "", false),
        ("unconfined\n", "changeprofile unconfined", false),
        ("a name (enforce)\n", "changeprofile a name", true),
    ] {
        fs::write(place.join("exec"), waiting).unwrap();
        fs::write(place.join("current"), "").unwrap();
        assert_eq!(enter_profile(&thread).unwrap(), is_wall, "{waiting:?}");
        let written = fs::read_to_string(place.join("current")).unwrap();
        assert_eq!(written, entered, "{waiting:?}");
    }
    fs::remove_dir_all(thread).unwrap();
}

#[test]
fn a_thread_has_what_is_left_and_no_more() {
    let now = || {
        let status = fs::read_to_string("/proc/thread-self/status").unwrap();
        Capabilities::of(&status).unwrap().permitted
    };
    const SETUID: u64 = 1 << 7;
    let left = now() & !SETUID;
    let has = std::thread::spawn(move || {
        set(left).unwrap();
        now()
    });
    assert_eq!(has.join().unwrap(), left);
}
