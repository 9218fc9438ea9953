;; Loads the model that the test puts here, gives it 1 2 3 4, exits with the sum of both results.
(module
  (import "wasi_ephemeral_nn" "load" (func $load (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_ephemeral_nn" "init_execution_context" (func $init (param i32 i32) (result i32)))
  (import "wasi_ephemeral_nn" "set_input" (func $input (param i32 i32 i32) (result i32)))
  (import "wasi_ephemeral_nn" "compute" (func $compute (param i32) (result i32)))
  (import "wasi_ephemeral_nn" "get_output" (func $output (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  ;; the model's place and size
  (data (i32.const 0) "\00\10\00\00SIZE")
  (data (i32.const 4096) "MODEL")
  ;; the tensor: its dimensions' place and number, its type f32, its bytes' place and number
  (data (i32.const 16) "\40\00\00\00\02\00\00\00\01\00\00\00\50\00\00\00\10\00\00\00")
  (data (i32.const 64) "\01\00\00\00\04\00\00\00")
  (data (i32.const 80) "\00\00\80\3f\00\00\00\40\00\00\40\40\00\00\80\40")
  (func $must (param $errno i32)
    (if (local.get $errno) (then (call $exit (local.get $errno)))))
  (func (export "_start")
    (call $must (call $load (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 0) (i32.const 128)))
    (call $must (call $init (i32.load (i32.const 128)) (i32.const 132)))
    (call $must (call $input (i32.load (i32.const 132)) (i32.const 0) (i32.const 16)))
    (call $must (call $compute (i32.load (i32.const 132))))
    (call $must (call $output (i32.load (i32.const 132)) (i32.const 0) (i32.const 256)
      (i32.const 8) (i32.const 136)))
    (call $exit (i32.trunc_f32_s
      (f32.add (f32.load (i32.const 256)) (f32.load (i32.const 260)))))))
