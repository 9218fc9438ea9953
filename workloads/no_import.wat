;; Imports what nobody has.
(module
  (import "vessel" "absent" (func))
  (memory (export "memory") 1)
  (func (export "_start")))
