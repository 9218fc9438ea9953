//! Real pulls: by TLS, by mirrors, through a proxy.

use std::io::Read;
use std::process::Command;

use rcgen::{CertificateParams, KeyPair};

use super::registry::tests::*;
use super::*;
use crate::program::Budget;
use crate::program::compiler::tests::compiler;

const IMAGE: &str = "registry.test/hello:1";
const ME: &str = "images::tests::a_pull_by_the_environment";

async fn pull(world: &World, image: &str) -> Result<Vec<u8>> {
    pull_as(world, image, None).await
}

fn images(world: &World) -> Images {
    let hosts = Hosts {
        directory: world.place.join("hosts"),
        insecure: vec!["plain.test".into()],
    };
    let compiler = compiler(Arc::new(Budget::new(1 << 30)));
    let store = Store::new(world.place.join("modules"), 0);
    Images::new(compiler, store, hosts, None)
}

async fn pull_as(world: &World, image: &str, login: Option<&Login>) -> Result<Vec<u8>> {
    let _ = std::fs::remove_dir_all(world.place.join("modules"));
    let images = images(world);
    let mut module = images.get(image, PullPolicy::Always, login).await?;
    let mut bytes = Vec::new();
    module.file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

async fn failure(world: &World, image: &str) -> String {
    format!("{:#}", pull(world, image).await.unwrap_err())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_is_asked_in_the_place_of_its_registry() {
    let world = World::new();
    let mirror = world.serve(world.tls(), good).await;
    let port = mirror.port;
    world.hosts(&format!("[host.'https://127.0.0.1:{port}']\nca = 'ca.pem'"));
    assert_eq!(pull(&world, IMAGE).await.unwrap(), MODULE);
    assert_eq!(
        mirror.asked(),
        [
            "/v2/hello/manifests/1?ns=registry.test".to_owned(),
            format!("/v2/hello/blobs/{}?ns=registry.test", digest(MODULE)),
        ]
    );
    // The API may be somewhere else.
    let root = format!("https://127.0.0.1:{port}/some/where");
    world.hosts(&format!(
        "[host.'{root}']\noverride_path = true\nca = 'ca.pem'"
    ));
    assert_eq!(pull(&world, IMAGE).await.unwrap(), MODULE);
    assert_eq!(
        mirror.asked()[2],
        "/some/where/hello/manifests/1?ns=registry.test"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_mirror_has_not_the_next_one_and_the_server_have() {
    let world = World::new();
    let (first, second) = (
        world.serve(None, broken).await,
        world.serve(None, spoilt).await,
    );
    let server = world.serve(None, good).await;
    let text = |server: u16| {
        format!(
            "server = 'http://127.0.0.1:{server}'\n[host.'http://127.0.0.1:{}']\n\
             [host.'http://127.0.0.1:1']\n[host.'http://127.0.0.1:{}']",
            first.port, second.port
        )
    };
    world.hosts(&text(server.port));
    assert_eq!(pull(&world, IMAGE).await.unwrap(), MODULE);
    assert_eq!(first.asked().len(), 2);
    // The second one's module was another one than its digest said.
    assert_eq!((second.asked().len(), server.asked().len()), (2, 1));

    world.hosts(&text(1));
    let why = failure(&world, IMAGE).await;
    for part in [
        format!("{IMAGE}: http://127.0.0.1:{}/v2: 500", first.port),
        "http://127.0.0.1:1/v2: error sending request".to_owned(),
        format!(
            "http://127.0.0.1:{}/v2: its module is another one",
            second.port
        ),
    ] {
        assert!(why.contains(&part), "{part} is not in {why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_may_only_pull_is_not_asked_what_a_tag_is() {
    let world = World::new();
    let (mirror, server) = (world.serve(None, good).await, world.serve(None, good).await);
    world.hosts(&format!(
        "server = 'http://127.0.0.1:{}'\n[host.'http://127.0.0.1:{}']\ncapabilities = ['pull']",
        server.port, mirror.port
    ));
    assert_eq!(pull(&world, IMAGE).await.unwrap(), MODULE);
    let blob = format!("/v2/hello/blobs/{}?ns=registry.test", digest(MODULE));
    assert_eq!(mirror.asked(), [blob]);
    assert_eq!(server.asked(), ["/v2/hello/manifests/1?ns=registry.test"]);
    let image = format!("registry.test/hello@{}", digest(&manifest()));
    assert_eq!(pull(&world, &image).await.unwrap(), MODULE);
    assert_eq!((mirror.asked().len(), server.asked().len()), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_trusted_gets_no_login() {
    let world = World::new();
    let (mirror, server) = (
        world.serve(None, good).await,
        world.serve(world.tls(), guarded).await,
    );
    world.hosts(&format!(
        "server = 'https://127.0.0.1:{}'\nca = 'ca.pem'\n\
         [host.'http://127.0.0.1:{}']\ncapabilities = ['pull']\n",
        server.port, mirror.port
    ));
    let why = failure(&world, IMAGE).await;
    assert!(why.contains("401 Unauthorized"), "{why}");
    let login = ("me".to_owned(), "secret".to_owned());
    assert_eq!(pull_as(&world, IMAGE, Some(&login)).await.unwrap(), MODULE);
    assert!(
        mirror.asked().iter().all(|line| !line.contains(' ')),
        "{:?}",
        mirror.asked()
    );
    let token = "/token?service=me&scope=repository%3Ahello%3Apull Basic bWU6c2VjcmV0";
    assert!(
        server.asked().contains(&token.to_owned()),
        "{:?}",
        server.asked()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_trusted_gets_no_login_where_it_asks_for_one() {
    let world = World::new();
    let (mirror, server) = (
        world.serve(world.tls(), guarded).await,
        world.serve(world.tls(), guarded).await,
    );
    world.hosts(&format!(
        "server = 'https://127.0.0.1:{}'\nca = 'ca.pem'\n\
         [host.'https://127.0.0.1:{}']\nca = 'ca.pem'\ncapabilities = ['pull']\n",
        server.port, mirror.port
    ));
    let login = ("me".to_owned(), "secret".to_owned());
    assert_eq!(pull_as(&world, IMAGE, Some(&login)).await.unwrap(), MODULE);
    let asked = mirror.asked();
    assert!(
        asked.iter().any(|line| line.starts_with("/token"))
            && asked.iter().all(|line| !line.contains("Basic")),
        "{asked:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_is_the_one_that_its_digest_names() {
    let world = World::new();
    let server = world.serve(None, only_manifest).await;
    world.hosts(&format!("server = 'http://127.0.0.1:{}'", server.port));
    let image = format!("registry.test/hello@{}", digest(b"another"));
    let why = failure(&world, &image).await;
    let told = format!("its manifest has the digest {}", digest(&manifest()));
    assert!(why.contains(&told), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_of_one_pods_secret_is_not_any_pods() {
    let world = World::new();
    let server = world.serve(world.tls(), guarded).await;
    world.hosts(&format!(
        "server = 'https://127.0.0.1:{}'\nca = 'ca.pem'",
        server.port
    ));
    let login = |password: &str| Some(("me".to_owned(), password.to_owned()));
    let (mine, wrong) = (login("secret"), login("guessed"));
    let get = async |policy, login: &Option<Login>| {
        let found = images(&world).get(IMAGE, policy, login.as_ref()).await;
        found.map(|_| ()).map_err(|error| format!("{error:#}"))
    };
    get(PullPolicy::IfNotPresent, &mine).await.unwrap();
    let asked = server.asked().len();
    get(PullPolicy::IfNotPresent, &mine).await.unwrap();
    get(PullPolicy::Never, &mine).await.unwrap();
    assert_eq!(server.asked().len(), asked, "it is here");
    for other in [&None, &wrong] {
        let why = get(PullPolicy::IfNotPresent, other).await.unwrap_err();
        assert!(why.contains("401 Unauthorized"), "{why}");
        let why = get(PullPolicy::Never, other).await.unwrap_err();
        assert!(why.contains("this pod's pull secrets"), "{why}");
    }
    // Where the registry asks nobody, it is anybody's, whoever got it first.
    let open = world.serve(None, good).await;
    world.hosts(&format!("server = 'http://127.0.0.1:{}'", open.port));
    get(PullPolicy::IfNotPresent, &wrong).await.unwrap();
    get(PullPolicy::Never, &None).await.unwrap();
    assert!(
        open.asked().len() == 1 && !open.asked()[0].contains(' '),
        "{:?}",
        open.asked()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_of_another_repository_does_not_bring_its_module() {
    let world = World::new();
    let server = world.serve(None, good).await;
    world.hosts(&format!("server = 'http://127.0.0.1:{}'", server.port));
    let images = images(&world);
    images.get(IMAGE, PullPolicy::Always, None).await.unwrap();
    let thief = world.serve(None, only_manifest).await;
    world.hosts(&format!("server = 'http://127.0.0.1:{}'", thief.port));
    let other = "registry.test/mine/hello:1";
    let why = images
        .get(other, PullPolicy::Always, None)
        .await
        .err()
        .unwrap();
    assert!(format!("{why:#}").contains("404"), "{why:#}");
    images.get(IMAGE, PullPolicy::Always, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_authority_is_trusted_where_it_is_named() {
    let world = World::new();
    let server = world.serve(world.tls(), good).await;
    let text = format!("server = 'https://127.0.0.1:{}'\n", server.port);
    world.hosts(&text);
    let why = failure(&world, IMAGE).await;
    assert!(
        why.contains("invalid peer certificate: UnknownIssuer"),
        "{why}"
    );
    for more in ["ca = 'ca.pem'", "ca = ['ca.pem']", "skip_verify = true"] {
        world.hosts(&format!("{text}{more}"));
        assert_eq!(pull(&world, IMAGE).await.unwrap(), MODULE, "{more}");
    }
    world.hosts(&format!("{text}ca = 'other.pem'"));
    let why = failure(&world, IMAGE).await;
    assert!(why.contains("other.pem: No such file"), "{why}");
    // Named by http:, but with settings of TLS.
    world.hosts(&format!(
        "server = 'http://127.0.0.1:{}'\nca = 'ca.pem'",
        server.port
    ));
    assert_eq!(pull(&world, IMAGE).await.unwrap(), MODULE);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_has_a_bound() {
    let world = World::new();
    let (server, other) = (
        world.serve(None, endless).await,
        world.serve(None, good).await,
    );
    let text = format!("server = 'http://127.0.0.1:{}'\n", server.port);
    world.hosts(&text);
    let why = failure(&world, IMAGE).await;
    assert!(
        why.contains("the manifest: it is larger than 4194304 bytes"),
        "{why}"
    );
    let mirror = format!(
        "[host.'http://127.0.0.1:{}']\ncapabilities = ['resolve']",
        other.port
    );
    world.hosts(&format!("{text}{mirror}"));
    let why = failure(&world, IMAGE).await;
    assert!(
        why.contains("the module: it is larger than 8 bytes"),
        "{why}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_its_own_authority_is_trusted_for_its_names_in_its_time() {
    let world = World::new();
    for (name, from, until, fault) in [
        ("127.0.0.1", 2000, 2990, None),
        ("other.test", 2000, 2990, Some("not valid for name")),
        ("127.0.0.1", 2000, 2001, Some("Expired")),
        ("127.0.0.1", 2980, 2990, Some("NotValidYet")),
    ] {
        let key = KeyPair::generate().unwrap();
        let mut about = CertificateParams::new([name.to_owned()]).unwrap();
        about.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        about.not_before = rcgen::date_time_ymd(from, 1, 1);
        about.not_after = rcgen::date_time_ymd(until, 1, 1);
        let own = about.self_signed(&key).unwrap();
        std::fs::write(world.ca(), own.pem()).unwrap();
        let server = world.serve(acceptor(own.der(), &key), good).await;
        world.hosts(&format!(
            "server = 'https://127.0.0.1:{}'\nca = 'ca.pem'",
            server.port
        ));
        match fault {
            None => assert_eq!(pull(&world, IMAGE).await.unwrap(), MODULE),
            Some(fault) => {
                let why = failure(&world, IMAGE).await;
                assert!(why.contains(fault), "{why}");
            }
        }
    }
}

/// A pull that goes by nothing but the environment, in a process of its own.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of another test"]
async fn a_pull_by_the_environment() {
    let world = World::new();
    let image = std::env::var("IMAGE").unwrap();
    assert_eq!(pull(&world, &image).await.unwrap(), MODULE);
}

fn child(variables: &[(&str, String)]) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", ME, "--nocapture"]);
    for name in [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
    ] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    let ended = command
        .envs(variables.iter().map(|(k, v)| (k, v)))
        .output()
        .unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    (
        ended.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_goes_through_the_proxy_and_trusts_the_system() {
    let world = World::new();
    let (by_tls, plain) = (
        world.serve(world.tls(), good).await,
        world.serve(None, good).await,
    );
    let proxy = proxy(by_tls.port, plain.port).await;
    let address = format!("http://127.0.0.1:{}", proxy.port);
    let run = |more: &[(&'static str, String)]| {
        let mut variables = vec![("SSL_CERT_FILE", world.ca().display().to_string())];
        variables.extend_from_slice(more);
        tokio::task::block_in_place(|| child(&variables))
    };
    let image = |name: &str| ("IMAGE", format!("{name}/hello:1"));
    for names in [["HTTP_PROXY", "HTTPS_PROXY"], ["http_proxy", "https_proxy"]] {
        let [http, https] = names.map(|name| (name, address.clone()));
        let (good, said) = run(&[image("registry.test"), https.clone()]);
        assert!(good, "{said}");
        let (good, said) = run(&[image("plain.test"), http.clone(), https.clone()]);
        assert!(good, "{said}");
    }
    let asked = proxy.asked().join("\n");
    for line in [
        "CONNECT registry.test:443 ",
        "GET http://plain.test/v2/hello/manifests/1 ",
    ] {
        assert!(asked.contains(line), "{asked}");
    }
    // What needs no proxy does not ask it.
    let before = proxy.asked().len();
    let without = ("NO_PROXY", ".test,10.0.0.0/8".to_owned());
    let (good, said) = run(&[image("registry.test"), ("HTTPS_PROXY", address), without]);
    assert!(
        !good && said.contains("https://registry.test/v2: error sending"),
        "{said}"
    );
    assert_eq!(proxy.asked().len(), before);
}
