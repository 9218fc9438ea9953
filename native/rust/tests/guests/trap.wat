(module
  (memory (export "memory") 1)
  (func $falls unreachable)
  (func (export "_start") (call $falls)))
