#![cfg(feature = "wasmtime")]

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use common::every_engine::cannot_run;
use common::{Container, block_on, command, ended, file, guest as wasm, run};
use containerd_shim_wasm::sandbox::context::WasmLayer;
use containerd_shim_wasm::shim::{Compiler, Shim};
use oci_spec::image::{Descriptor, Digest, MediaType};
use vessel_shims::engine::{End, Engine, ShimOf};
use vessel_shims::wasmtime::{Wasmtime, prepare};

#[test]
#[ignore = "the process that the others start"]
fn guest() {
    prepare();
    common::be_guest::<Wasmtime>();
}

#[test]
fn a_trap_is_told_with_where_it_was() {
    let ended = run(&[&wasm("trap")], &[]);
    assert_eq!(ended.code, Some(134));
    assert!(
        ended
            .err
            .starts_with("trapped: wasm trap: wasm `unreachable` instruction"),
        "{ended:?}"
    );
    assert!(ended.err.contains("!falls"), "{ended:?}");
}

#[test]
fn why_it_cannot_run_is_one_line() {
    cannot_run(&[
        (
            &wasm("import"),
            "unknown import: `env::nothing` has not been defined",
        ),
        (
            &wasm("old"),
            "unknown import: `wasi_unstable::proc_exit` has not been defined",
        ),
        (&wasm("later"), "wasi:cli/environment@9.0.0"),
    ]);
}

#[test]
fn a_component_is_run() {
    let ended = run(&[&wasm("command")], &[]);
    assert_eq!(
        (ended.code, &*ended.out),
        (Some(0), "hello from a component\n"),
        "{}",
        ended.err
    );
    assert_eq!(run(&[&wasm("fails")], &[]).code, Some(1));
}

fn layer(bytes: Vec<u8>, precompiled: bool) -> WasmLayer {
    let digest: Digest = format!("sha256:{:064}", 0).parse().unwrap();
    let config = Descriptor::new(MediaType::Other("application/wasm".into()), 0, digest);
    WasmLayer {
        config,
        precompiled,
        layer: bytes,
    }
}

fn run_layer(layer: WasmLayer) -> End {
    let container = Container {
        layers: vec![layer],
        ..Default::default()
    };
    block_on(Wasmtime::new().unwrap().run(&container))
}

#[test]
fn a_layer_compiled_ahead_is_run() {
    for (name, code) in [("exit", 42), ("fails", 1)] {
        let wasm = std::fs::read(wasm(name)).unwrap();
        let compiled = block_on(async {
            let compiler = ShimOf::<Wasmtime>::compiler().await.unwrap();
            compiler
                .compile(&[layer(wasm, false), layer(b"broken".to_vec(), false)])
                .await
        });
        let [Some(compiled), None] = &compiled.unwrap()[..] else {
            panic!("{name}")
        };
        assert!(matches!(run_layer(layer(compiled.clone(), true)), End::Exit(got) if got == code));
        // The same bytes out of an image are foreign machine code.
        assert!(matches!(
            run_layer(layer(compiled.clone(), false)),
            End::CannotRun(_)
        ));
    }
}

/// A guest that is serving, killed when the test is over.
struct Server(std::process::Child, String);

impl Server {
    fn start(program: &str) -> Self {
        loopback();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let address = format!("127.0.0.1:{port}");
        let variable = format!("WASMTIME_HTTP_PROXY_SOCKET_ADDR={address}");
        Self(command(&[program], &[&variable]).spawn().unwrap(), address)
    }

    fn get(&self) -> String {
        let mut stream = (0..600)
            .find_map(|_| {
                std::thread::sleep(Duration::from_millis(100));
                TcpStream::connect(&self.1).ok()
            })
            .expect("it does not listen");
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

/// Switch the loopback interface on: in a network namespace without a network it is off.
fn loopback() {
    unsafe {
        let socket = libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0);
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[..2].copy_from_slice(&[b'l' as libc::c_char, b'o' as libc::c_char]);
        request.ifr_ifru.ifru_flags = libc::IFF_UP as libc::c_short;
        libc::ioctl(socket, libc::SIOCSIFFLAGS, &request); // who may not has one that is on
        libc::close(socket);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_http_component_answers_more_than_once() {
    let server = Server::start(&wasm("http"));
    for _ in 0..3 {
        let answer = server.get();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("hello over http\n"), "{answer}");
    }
}

#[test]
fn an_http_component_that_traps_answers_so_and_serves_on() {
    let text = std::fs::read_to_string("tests/guests/http.wat").unwrap();
    let first = "(local.set $response (call $response (call $fields)))";
    assert_eq!(text.matches(first).count(), 1);
    let text = text.replace(first, "unreachable");
    let server = Server::start(&file("http-trap", &wat::parse_str(text).unwrap()));
    for _ in 0..2 {
        let answer = server.get();
        assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
        assert!(answer.ends_with("the component failed\n"), "{answer}");
    }
}

#[test]
fn an_http_component_says_why_it_cannot_listen() {
    let ended = run(
        &[&wasm("http")],
        &["WASMTIME_HTTP_PROXY_SOCKET_ADDR=nowhere"],
    );
    assert_eq!(ended.code, Some(126));
    assert!(
        ended.err.contains("\"nowhere\" is no address and port"),
        "{ended:?}"
    );
}

/// The module with the model inside.
fn nn() -> String {
    let model = std::fs::read("tests/guests/matmul.onnx").unwrap();
    let escaped = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("\\{byte:02x}"))
            .collect::<String>()
    };
    let text = std::fs::read_to_string("tests/guests/nn.wat").unwrap();
    let text = text
        .replace("SIZE", &escaped(&(model.len() as u32).to_le_bytes()))
        .replace("MODEL", &escaped(&model));
    file("nn", &wat::parse_str(text).unwrap())
}

#[test]
fn a_guest_for_a_missing_onnx_runtime_is_told_so() {
    let ended = ended(
        command(&[&nn()], &[])
            .env("VESSEL_ONNXRUNTIME", "libnowhere.so")
            .output()
            .unwrap(),
    );
    assert_eq!(ended.code, Some(126));
    assert!(
        ended
            .err
            .contains("libnowhere.so: cannot open shared object file"),
        "{ended:?}"
    );
    assert_eq!(ended.err.lines().count(), 1, "{ended:?}");
}

/// Needs the library: VESSEL_ONNXRUNTIME, or Debian's.
#[test]
fn a_guest_multiplies_matrices_by_wasi_nn() {
    let ended = run(&[&nn()], &[]);
    if std::env::var_os("VESSEL_ONNXRUNTIME").is_none() && ended.err.contains("is missing") {
        eprintln!("not run: {}", ended.err);
        return;
    }
    assert_eq!((ended.code, &*ended.err), (Some(40 + 50), ""), "{ended:?}");
}
