use super::*;

fn hosts(files: &[(&str, &str)]) -> (Hosts, PathBuf) {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let name = format!("krustlet-hosts-{}-{number}", std::process::id());
    let directory = std::env::temp_dir().join(name);
    for (name, text) in files {
        let file = directory.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let hosts = Hosts {
        directory: directory.clone(),
        insecure: vec!["plain.test".into()],
    };
    (hosts, directory)
}

fn roots(hosts: &Hosts, registry: &str) -> Vec<String> {
    let found = hosts.of(registry).unwrap();
    found.iter().map(|host| host.root.to_string()).collect()
}

#[test]
fn a_registry_without_a_file_is_asked_itself() {
    let (hosts, _) = hosts(&[]);
    assert_eq!(roots(&hosts, "a.test"), ["https://a.test/v2"]);
    assert_eq!(roots(&hosts, "a.test:5000"), ["https://a.test:5000/v2"]);
    assert_eq!(roots(&hosts, "plain.test"), ["http://plain.test/v2"]);
    assert_eq!(
        roots(&hosts, "docker.io"),
        ["https://registry-1.docker.io/v2"]
    );
}

#[test]
fn the_directory_of_a_registry_goes_before_that_of_all() {
    let server = |name| format!("server = 'https://{name}.test'");
    let (hosts, _) = hosts(&[
        ("a.test_5000_/hosts.toml", &server("first")),
        ("a.test:5000/hosts.toml", &server("second")),
        ("b.test:5000/hosts.toml", &server("third")),
        ("_default/hosts.toml", &server("last")),
    ]);
    assert_eq!(roots(&hosts, "a.test:5000"), ["https://first.test/v2"]);
    assert_eq!(roots(&hosts, "b.test:5000"), ["https://third.test/v2"]);
    assert_eq!(roots(&hosts, "b.test"), ["https://last.test/v2"]);
    assert_eq!(roots(&hosts, "plain.test"), ["https://last.test/v2"]);
}

#[test]
fn hosts_are_tried_in_the_order_of_the_file_and_the_server_last() {
    let text = r#"
        # the upstream
        server = "registry.test/v2/"

        [host."https://z.test"]
          capabilities = ["pull"]
          [host."https://z.test".header]
            x-custom = ["one", "two"]
        [host."http://a.test:5000/some/where"]
          dial_timeout = "1m500ms"
          proxy = "http://proxy.test:3128"
        [host."https://m.test/v2/of/it/"]
          override_path = true
          capabilities = [
            "Resolve", # and no more
            "push",
          ]
    "#;
    let (hosts, _) = hosts(&[("registry.test/hosts.toml", text)]);
    let found = hosts.of("registry.test").unwrap();
    assert_eq!(
        roots(&hosts, "registry.test"),
        [
            "https://z.test/v2",
            "http://a.test:5000/some/where/v2",
            "https://m.test/v2/of/it",
            "https://registry.test/v2",
        ]
    );
    let trusted: Vec<_> = found
        .iter()
        .map(|host| (host.pulls, host.resolves))
        .collect();
    assert_eq!(
        trusted,
        [(true, false), (true, true), (false, true), (true, true)]
    );
    let namespaces: Vec<_> = found
        .iter()
        .map(|host| host.stands_for.as_deref())
        .collect();
    let own = Some("registry.test");
    assert_eq!(namespaces, [own, own, own, None]);
    assert_eq!(found[0].header.len(), 2);
    assert_eq!(found[1].dial_timeout, Duration::from_millis(60_500));
    assert_eq!(found[1].proxy.as_deref(), Some("http://proxy.test:3128"));
}

#[test]
fn certificates_are_beside_the_file_or_where_a_whole_path_says() {
    let text = r#"
        ca = "/etc/own.pem"
        [host."http://a.test:5000"]
          skip_verify = true
        [host."https://b.test"]
          ca = ["b.pem", "/c.pem"]
          client = [["b.cert", "b.key"], "both.pem", ["only.pem", ""]]
    "#;
    let (hosts, directory) = hosts(&[
        ("a.test/hosts.toml", text),
        ("b.test/ca.crt", ""),
        ("b.test/me.cert", ""),
    ]);
    let found = hosts.of("a.test").unwrap();
    let roots: Vec<_> = found.iter().map(|host| host.root.as_str()).collect();
    let expected = [
        "https://a.test:5000/v2",
        "http://a.test:5000/v2",
        "https://b.test/v2",
    ];
    assert_eq!(roots[..3], expected);
    assert!(found[0].skip_verify);
    let place = |name: &str| directory.join("a.test").join(name);
    assert_eq!(found[2].ca, [place("b.pem"), PathBuf::from("/c.pem")]);
    let pairs = [
        ("b.cert", Some("b.key")),
        ("both.pem", None),
        ("only.pem", None),
    ];
    let pairs = pairs.map(|(one, other)| (place(one), other.map(place)));
    assert_eq!(found[2].client, pairs);
    assert_eq!(found[3].ca, [PathBuf::from("/etc/own.pem")]);

    let found = hosts.of("b.test").unwrap();
    let place = |name: &str| directory.join("b.test").join(name);
    assert_eq!(found[0].ca, [place("ca.crt")]);
    assert_eq!(found[0].client, [(place("me.cert"), Some(place("me.key")))]);
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_its_fault() {
    for (text, why) in [
        ("server = ", "line 1"),
        ("[host.\"https://m.test\"]\ncapabilities = ['pill']", "pill"),
        ("[host.\"https://m.test\"]\nca = 1", "https://m.test"),
        ("[host.\"https://\"]", "https://"),
        (
            "[host.\"https://m.test\"]\ndial_timeout = '5'",
            "5 is no duration",
        ),
        (
            "[host.\"https://m.test\"]\nclient = [['a', 'b', 'c']]",
            "client",
        ),
    ] {
        let (hosts, _) = hosts(&[("_default/hosts.toml", text)]);
        let error = format!("{:#}", hosts.of("a.test").unwrap_err());
        assert!(
            error.contains("_default/hosts.toml") && error.contains(why),
            "{text}: {error}"
        );
    }
}
