// Command pingcrm is Ping!: the server, and the simulated WhatsApp network to try it with.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// version is set by the build.
var version = "dev" //arch:global the linker writes it

// cli is what can be said on the command line. Every flag of serve has an environment twin.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the server. With --demo, a shop to try it with."`
	Network networkCmd `cmd:"" help:"Run the simulated WhatsApp network alone."`
	OpenAPI openAPICmd `cmd:"" name:"openapi" help:"Print the API's OpenAPI document."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run() error {
	_, err := fmt.Println(version)
	return err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	k := kong.Parse(&c, kong.Name("pingcrm"), kong.UsageOnError(),
		kong.Description("Ping! — WhatsApp CRM for small businesses."),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err := k.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "pingcrm: %v\n", err)
		if f, ok := fault.From(err); ok {
			fmt.Fprintf(os.Stderr, "pingcrm: %s\n", f.Text.ID)
		}
		stop()
		os.Exit(1) //nolint:gocritic // stop has run
	}
}
