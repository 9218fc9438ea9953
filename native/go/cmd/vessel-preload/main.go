// Command vessel-preload fills a containerd root directory with images before containerd ever runs.
//
//	vessel-preload import -root DIR [-epoch SECONDS] [-platform OS/ARCH] LAYOUT
//	vessel-preload list   -root DIR [-platform OS/ARCH]
//
// `import` reads an OCI image layout; `list` checks a filled root the way containerd's CRI plugin
// does at its start and prints one JSON array. Both print only to standard output what is asked
// for; a failure is one line on standard error and exit status 1.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/containerd/log"
	"github.com/containerd/platforms"

	"vessel.dev/native/internal/preload"
)

const usage = "usage: vessel-preload import|list -root DIR [-epoch SECONDS] [-platform OS/ARCH] [LAYOUT]"

func main() {
	// The umask decides the modes of directories that containerd's libraries make.
	syscall.Umask(0o022)
	if err := log.SetLevel("error"); err != nil {
		fail(err)
	}
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "vessel-preload:", err)
	os.Exit(1)
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("%s", usage)
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	root := flags.String("root", "", "containerd's root directory, /var/lib/containerd on the node")
	seconds := flags.Int64("epoch", 0, "the time written into the databases, seconds since 1970")
	name := flags.String("platform", "linux/amd64", "the node's platform")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	platform, err := platforms.Parse(*name)
	if err != nil {
		return err
	}
	switch {
	case *root == "":
		return fmt.Errorf("%s", usage)
	case args[0] == "import" && flags.NArg() == 1:
		return preload.Import(ctx, *root, flags.Arg(0), platform, time.Unix(*seconds, 0).UTC())
	case args[0] == "list" && flags.NArg() == 0:
		found, err := preload.Inspect(ctx, *root, platform)
		if err != nil {
			return err
		}
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(found)
	default:
		return fmt.Errorf("%s", usage)
	}
}
