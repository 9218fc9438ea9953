;; Asks for 64 MiB more, and ends with 3.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (memory.grow (i32.const 1024)))
    (call $exit (i32.const 3))))
