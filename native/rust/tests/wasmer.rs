#![cfg(feature = "wasmer")]

mod common;

use common::every_engine::cannot_run;
use common::{guest as wasm, run};
use vessel_shims::wasmer::Wasmer;

#[test]
#[ignore = "the process that the others start"]
fn guest() {
    common::be_guest::<Wasmer>();
}

#[test]
fn a_trap_is_told() {
    let ended = run(&[&wasm("trap")], &[]);
    assert_eq!(ended.code, Some(134), "{ended:?}");
    assert!(ended.err.contains("unreachable"), "{ended:?}");
}

#[test]
fn why_it_cannot_run_is_one_line() {
    cannot_run(&[
        (&wasm("import"), "nothing"),
        (&wasm("command"), "Wasmer runs no components"),
    ]);
}

#[test]
fn wasix_is_there() {
    let ended = run(&[&wasm("wasix")], &[]);
    assert_eq!(ended.code, Some(7), "{ended:?}");
}
