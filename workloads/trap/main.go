// Trap prints one line and then runs WebAssembly's `unreachable` instruction.
//
// A panic would not do: Go turns it into proc_exit(2), and crun with WasmEdge loses exit codes.
// A trap is the one way for a module to fail that every engine must report.
package main

import "os"

// unreachable is in trap_wasm.s.
func unreachable()

func main() {
	os.Stdout.WriteString("about to trap\n")
	unreachable()
}
