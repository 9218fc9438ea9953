// Hello is the WASI program of the proof: one exact line, then an end with status 0.
//
// The line names the arguments and one environment variable, so that it shows whether the engine
// hands both over. With HELLO_STAY set the program stays, as a service would.
package main

import (
	"os"
	"runtime"
	"strings"
	"time"
)

func main() {
	// Not fmt: it would add a megabyte for the engine to load.
	os.Stdout.WriteString("hello from " + os.Getenv("HELLO_FROM") + " on " + runtime.GOOS +
		": " + strings.Join(os.Args[1:], " ") + "\n")
	for os.Getenv("HELLO_STAY") != "" {
		time.Sleep(time.Hour)
	}
}
