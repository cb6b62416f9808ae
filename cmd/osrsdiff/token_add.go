package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/access"
)

// madeToken is a new token with its secret, as programs get it.
type madeToken struct {
	tokenView
	Secret string `json:"secret"`
}

func (a *app) tokenAddCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Make a token",
		Long: `Makes a token and prints its secret, this once: only a hash of it is kept. The API
takes it as a bearer token, the pages at /signin.

A viewer reads. An operator also adds, pauses, resumes and fetches players and
triggers tasks. An admin does everything. As soon as a token was made, everyone
needs one, on this machine too.`,
		Example: `  osrsdiff token add me --role admin
  osrsdiff token add clan-bot --role operator --expires 90d`,
		Args: cobra.ExactArgs(1),
	}
	var role, expires string
	cmd.Flags().StringVar(&role, "role", "viewer", "what its bearer may do: viewer, operator or admin")
	cmd.Flags().StringVar(&expires, "expires", "", "how long it works, such as 90d or 12h; empty: until it is revoked")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		t := access.Token{Name: args[0]}
		var err error
		if t.Role, err = access.ParseRole(role); err != nil {
			return err
		}
		now := time.Now()
		if t.ExpiresAt, err = access.ParseExpiry(expires, now); err != nil {
			return err
		}
		s, err := a.session(cmd, need{})
		if err != nil {
			return err
		}
		defer s.close()
		made, secret, err := s.parts().gate().Issue(cmd.Context(), t)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, madeToken{viewToken(made, now), secret})
		}
		fmt.Fprintf(a.stderr, "token %s (%s), works %s; this is its secret, shown only now:\n", made.Name, made.Role, until(made.ExpiresAt))
		_, err = fmt.Fprintln(a.stdout, secret)
		return err
	}
	return cmd
}

// until says how long a token works.
func until(t time.Time) string {
	if t.IsZero() {
		return "until it is revoked"
	}
	return "until " + stamp(t)
}
