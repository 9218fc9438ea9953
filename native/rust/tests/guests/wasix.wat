;; WASIX: a process's own number, and an exit by WASIX's name for it.
(module
  (import "wasix_32v1" "proc_id" (func $id (param i32) (result i32)))
  (import "wasix_32v1" "proc_exit2" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (if (call $id (i32.const 0)) (then (call $exit (i32.const 1))))
    (call $exit (i32.const 7))))
