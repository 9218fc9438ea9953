;; Writes a line into a new file that its second argument names.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 512) "written\n")
  (func $must (param $errno i32)
    (if (local.get $errno) (then (call $exit (local.get $errno)))))
  (func (export "_start") (local $path i32) (local $end i32)
    (call $must (call $args_sizes (i32.const 16) (i32.const 20)))
    (call $must (call $args (i32.const 1024) (i32.const 2048)))
    ;; the second argument, without the slash that the preopened directory 3 stands for
    (local.set $path (i32.add (i32.load (i32.const 1028)) (i32.const 1)))
    (local.set $end (local.get $path))
    (loop $next
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (br_if $next (i32.load8_u (local.get $end))))
    ;; create and truncate; the right to write
    (call $must (call $open (i32.const 3) (i32.const 0) (local.get $path)
      (i32.sub (local.get $end) (local.get $path)) (i32.const 9) (i64.const 64) (i64.const 64)
      (i32.const 0) (i32.const 24)))
    (i32.store (i32.const 0) (i32.const 512))
    (i32.store (i32.const 4) (i32.const 8))
    (call $must (call $write (i32.load (i32.const 24)) (i32.const 0) (i32.const 1) (i32.const 28)))
    (call $must (call $close (i32.load (i32.const 24))))))
