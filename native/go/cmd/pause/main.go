// Command pause holds a pod's namespaces open.
//
// It is the whole content of the sandbox image: it sleeps, reaps the orphans of a pod that shares
// its process namespace (there it is process 1), and leaves on SIGINT or SIGTERM.
package main

import (
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
)

func main() {
	// One of these runs for every pod of a node: no parallelism, no garbage collector.
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)

	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		reap()
	}
}

// reap collects every child that has ended; signals of the same kind are merged, so one SIGCHLD may
// stand for many.
func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if pid <= 0 || err != nil {
			return
		}
	}
}
