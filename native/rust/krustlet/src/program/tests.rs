use std::path::PathBuf;

use super::*;

fn begin(name: &str, text: &str, memory: u64) -> (Running, PathBuf) {
    begin_with(name, text, memory, Vec::new())
}

fn begin_with(name: &str, text: &str, memory: u64, mounts: Vec<Mount>) -> (Running, PathBuf) {
    let engine = engine().unwrap();
    let mut job = job(name, &engine, text);
    (job.memory, job.mounts) = (memory, mounts);
    (Running::start(&engine, job).unwrap(), place(name))
}

fn place(name: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("krustlet-program-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory.join(format!("{name}.log"))
}

fn job(name: &str, engine: &Engine, text: &str) -> Job {
    Job {
        name: name.into(),
        executable: executable(engine, text),
        arguments: vec!["a".into(), "b".into()],
        environment: Vec::new(),
        mounts: Vec::new(),
        memory: 1 << 20,
        processors: None,
        handles: HANDLES,
        budget: Arc::new(Budget::new(1 << 30)),
        log: Log::create(&place(name)).unwrap(),
    }
}

fn executable(engine: &Engine, text: &str) -> Arc<Executable> {
    let module = Module::new(engine, wat::parse_str(text).unwrap()).unwrap();
    let held = Arc::new(Budget::new(0)).hold(0).unwrap();
    Arc::new(Executable::new(Program::Module(module), held))
}

async fn outcome(name: &str, text: &str) -> (End, String) {
    let (running, path) = begin(name, text, 1 << 20);
    let end = running.ended().await;
    let log = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    (end, log)
}

#[tokio::test]
async fn a_program_has_its_own_exit_code() {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "_start") (call $exit (i32.const 42))))"#;
    assert_eq!(outcome("exit", text).await, (End::Exit(42), String::new()));
}

#[tokio::test]
async fn what_it_writes_is_in_the_log() {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\08\00\00\00\06\00\00\00hello\n")
        (func (export "_start")
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
            (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 100)))))"#;
    let (end, log) = outcome("write", text).await;
    assert_eq!(end, End::Exit(0));
    let lines: Vec<_> = log
        .lines()
        .map(|line| line.split_once(' ').unwrap().1)
        .collect();
    assert_eq!(lines, ["stdout F hello", "stderr F hello"]);
}

#[test]
fn a_log_that_has_grown_is_put_aside_once() {
    let path = place("grown");
    let log = Log::create(&path).unwrap();
    for line in ["x".repeat(11 << 20).as_str(), "one", "two"] {
        log.say(line);
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = text
        .lines()
        .map(|line| line.split_once(' ').unwrap().1)
        .collect();
    assert_eq!(lines, ["stderr F one", "stderr F two"]);
    let old = path.with_extension("log.old");
    assert!(std::fs::metadata(&old).unwrap().len() > 11 << 20);
    for file in [path, old] {
        std::fs::remove_file(file).unwrap();
    }
}

#[tokio::test]
async fn a_trap_says_why() {
    let text = r#"(module (memory (export "memory") 1) (func (export "_start") unreachable))"#;
    let (end, log) = outcome("trap", text).await;
    assert!(matches!(end, End::Trap(why) if why.contains("unreachable")));
    assert!(log.contains("stderr F trapped: "));
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let text = r#"(module (import "env" "absent" (func)) (memory (export "memory") 1) (func (export "_start")))"#;
    let (end, _) = outcome("import", text).await;
    assert!(matches!(end, End::CannotRun(why) if why.contains("absent")));
}

#[tokio::test]
async fn too_much_memory_ends_it() {
    let grows = r#"(module (memory (export "memory") 1)
        (func (export "_start") (drop (memory.grow (i32.const 100)))))"#;
    let (end, log) = outcome("grow", grows).await;
    assert!(matches!(end, End::OverLimit(why) if why.contains("limit of 1 MiB")));
    assert!(log.contains("limit of 1 MiB"));
    let big = r#"(module (memory (export "memory") 100) (func (export "_start")))"#;
    assert!(matches!(outcome("big", big).await.0, End::OverLimit(_)));
}

#[tokio::test]
async fn random_bytes_are_not_made_for_nothing() {
    let asks = |bytes: usize| {
        format!(
            r#"(module
            (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
            (memory (export "memory") 4)
            (func (export "_start") (drop (call $random (i32.const 0) (i32.const {bytes})))))"#
        )
    };
    assert_eq!(outcome("random", &asks(256 << 10)).await.0, End::Exit(0));
    // 64 MiB, of which it has none: the library's own limit.
    let end = outcome("random", &asks(64 << 20)).await.0;
    assert!(matches!(&end, End::Trap(_)), "{end:?}");
}

#[test]
fn variables_are_taken_from_the_node() {
    let budget = Arc::new(Budget::new(1000));
    let job = |length: usize| {
        let mut job = job("variables", &engine().unwrap(), "(module)");
        job.environment = vec![("A".into(), "a".repeat(length))];
        job.budget = budget.clone();
        job
    };
    let first = held(&job(300)).unwrap();
    assert!(held(&job(300)).is_err_and(|error| error.is::<OverLimit>()));
    drop(first);
    held(&job(300)).unwrap();
}

#[tokio::test]
async fn it_may_not_use_up_what_this_process_may_open() {
    // Opens its one volume (descriptor 3) as long as it can: WASI preview 1, path_open of ".".
    let text = r#"(module
        (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) ".")
        (func (export "_start") (loop $on (br_if $on (i32.eqz (call $open
            (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 2)
            (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 100)))))))"#;
    let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum;
    let all = rustix::process::Rlimit {
        current: most,
        maximum: most,
    };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, all).unwrap();
    let place = std::env::temp_dir();
    let directory = rustix::fs::open(
        &place,
        rustix::fs::OFlags::DIRECTORY,
        rustix::fs::Mode::empty(),
    );
    let mount = Mount {
        directory: Arc::new(directory.unwrap()),
        guest: "/tmp".into(),
        read_only: true,
    };
    let (running, path) = begin_with("opens", text, 1 << 20, vec![mount]);
    let end = running.ended().await;
    assert!(
        matches!(&end, End::Trap(why) if why.contains("no free keys")),
        "{end:?} of {most:?}"
    );
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_loop_uses_what_its_limit_says() {
    let text =
        r#"(module (memory (export "memory") 1) (func (export "_start") (loop $on (br $on))))"#;
    let used = |processors| {
        let engine = engine().unwrap();
        let mut job = job("paced", &engine, text);
        job.processors = processors;
        let thread = std::thread::spawn(move || {
            let before = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().unwrap();
            let most = Duration::from_secs(2);
            let ended =
                runtime.block_on(async { tokio::time::timeout(most, run(&engine, job)).await });
            assert!(ended.is_err());
            let after = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
            (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1_000_000
        });
        thread.join().unwrap()
    };
    // Of two seconds a tenth, and what it takes to begin. On a busy machine it is less.
    let took = used(Some(0.1));
    assert!(took < 500, "{took} ms");
}

#[tokio::test]
async fn a_loop_is_stopped() {
    let text =
        r#"(module (memory (export "memory") 1) (func (export "_start") (loop $on (br $on))))"#;
    is_stopped("loop", text).await;
}

#[tokio::test]
async fn a_program_that_sleeps_is_stopped() {
    // A subscription to the monotonic clock (1) in an hour: WASI preview 1, subscription_clock.
    let text = r#"(module
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_start")
            (i32.store (i32.const 16) (i32.const 1))
            (i64.store (i32.const 24) (i64.const 3600000000000))
            (drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))))"#;
    is_stopped("sleep", text).await;
}

async fn is_stopped(name: &str, text: &str) {
    let (running, path) = begin(name, text, 1 << 20);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(running.is_running());
    running.stop();
    let end = tokio::time::timeout(Duration::from_secs(10), running.ended()).await;
    assert_eq!(end.unwrap(), End::Stopped);
    assert!(!running.is_running());
    std::fs::remove_file(path).unwrap();
}
