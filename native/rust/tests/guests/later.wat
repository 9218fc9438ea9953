;; A component for a version of WASI that there is not.
(component
  (import "wasi:cli/environment@9.0.0" (instance
    (export "initial-cwd" (func (result (option string))))))
  (core module $code (func (export "run") (result i32) (i32.const 0)))
  (core instance $code (instantiate $code))
  (func $run (result (result)) (canon lift (core func $code "run")))
  (instance $cli (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $cli)))
