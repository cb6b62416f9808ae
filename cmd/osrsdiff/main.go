// Command osrsdiff tracks Old School RuneScape players: it fetches each from the
// official hiscores on a schedule of its own and keeps every change.
//
// Each subcommand is a file here, and so is each thing they share: settings,
// connections, output, exit codes. It is the only importer of package config.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(process()) }

// process runs the command line of this process. The first SIGINT or SIGTERM
// ends the context; the second, no longer caught, ends the process.
func process() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, system{
		args: os.Args[1:], environ: os.Environ(),
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
	})
}
