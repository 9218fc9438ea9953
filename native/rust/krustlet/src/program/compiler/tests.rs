use super::super::engine;
use super::*;

const ME: &str = "program::compiler::tests::be_the_compiler";

/// The compiler of a test: this very program, as the one test below.
pub fn compiler(budget: Arc<Budget>) -> Compiler {
    Compiler::with(engine().unwrap(), budget, || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", ME, "--nocapture"]);
        command
    })
}

#[test]
#[ignore = "the child of other tests"]
fn be_the_compiler() {
    // The harness has written a line of its own.
    let mut output = File::from(std::io::stdout().as_fd().try_clone_to_owned().unwrap());
    output.set_len(0).unwrap();
    output.rewind().unwrap();
    if let Err(error) = compile() {
        eprintln!("{error:#}");
        std::process::exit(1);
    }
    std::process::exit(0);
}

fn module(bytes: &[u8]) -> File {
    let memory = rustix::fs::memfd_create("module", rustix::fs::MemfdFlags::CLOEXEC);
    let mut file = File::from(memory.unwrap());
    file.write_all(bytes).unwrap();
    file
}

async fn compiled(compiler: &Compiler, text: &str) -> Result<Executable> {
    compiler
        .compile(module(&wat::parse_str(text).unwrap()))
        .await
}

/// A function of so many additions, which none can leave out.
fn long(count: usize) -> String {
    let all = "(i32.add (i32.load (i32.const 0)) ".repeat(count);
    let end = ")".repeat(count);
    format!("(module (memory 1) (func (export \"f\") (result i32) {all} (i32.const 1) {end}))")
}

#[tokio::test]
async fn a_module_and_a_component_are_compiled() {
    let budget = Arc::new(Budget::new(1 << 30));
    let compiler = compiler(budget.clone());
    let first = compiled(&compiler, "(module)").await.unwrap();
    assert!(matches!(first.program, Program::Module(_)));
    let second = compiled(&compiler, "(component)").await.unwrap();
    assert!(matches!(second.program, Program::Component(_)));
    // What the code takes is the node's until it is used no more.
    assert!(budget.clone().hold(1 << 30).is_err());
    drop((first, second));
    assert!(budget.hold(1 << 30).is_ok());
}

#[tokio::test]
async fn a_module_that_is_none_is_told_so() {
    let compiler = compiler(Arc::new(Budget::new(1 << 30)));
    let why = compiler
        .compile(module(b"\0asm\x01\0\0\0\x09"))
        .await
        .err()
        .unwrap();
    assert!(format!("{why:#}").contains("unexpected end"), "{why:#}");
    let why = compiler
        .compile(module(b"root:x:0:0"))
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        why.contains("not WebAssembly") && !why.contains("72"),
        "{why}"
    );
}

#[tokio::test]
async fn what_takes_too_much_to_compile_is_not_compiled() {
    let budget = Arc::new(Budget::new(128 << 20));
    let compiler = compiler(budget.clone());
    compiled(&compiler, "(module)").await.unwrap();
    let why = compiled(&compiler, &long(40_000)).await.err().unwrap();
    assert_eq!(
        why.to_string(),
        "compiling it takes more than 64 MiB of memory"
    );
    assert!(
        budget.clone().hold(128 << 20).is_ok(),
        "all of it is free again"
    );

    let others = budget.hold(128 << 20);
    let why = compiled(&compiler, &long(5_000)).await.err().unwrap();
    assert!(
        format!("{why:#}").contains("than is left of the 128 MiB"),
        "{why:#}"
    );
    drop(others);
    compiled(&compiler, "(module)").await.unwrap();
}

#[tokio::test]
async fn what_takes_too_long_to_compile_is_not_compiled() {
    let mut compiler = compiler(Arc::new(Budget::new(8 << 30)));
    compiler.longest = Duration::from_millis(50);
    let why = compiled(&compiler, &long(40_000)).await.err().unwrap();
    assert!(why.to_string().contains("takes longer than"), "{why}");
}
