package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/store"
)

// auditPatience bounds the writing of the audit log at the end of a subcommand,
// which a signal may have ended.
const auditPatience = 5 * time.Second

// beginTrail notes what the subcommand changes as done by the account that runs
// it.
func (a *app) beginTrail(ctx context.Context) context.Context {
	name := "unknown account"
	if u, err := user.Current(); err == nil {
		name = cmp.Or(u.Username, name)
	}
	from := "command line"
	if host, err := os.Hostname(); err == nil {
		from += " of " + host
	}
	ctx = access.WithCaller(ctx, access.Caller{Name: name, Role: access.Admin, From: from})
	ctx, a.trail = access.Begin(ctx)
	return ctx
}

// audit writes what the subcommand changed into the audit log. Failure policy:
// the changes are made by then, so it only warns.
func (s *session) audit() {
	if s.store == nil || s.trail == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), auditPatience)
	defer cancel()
	if err := s.store.AddAudit(ctx, s.trail.Entries(time.Now(), access.Change{})); err != nil {
		s.log.WarnContext(ctx, "could not write the audit log", "error", err)
	}
}

// auditEntry is an entry of the audit log as programs get it.
type auditEntry struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	Role   string    `json:"role"`
	From   string    `json:"from"`
	Action string    `json:"action"`
	Target string    `json:"target,omitempty"`
	Old    string    `json:"old,omitempty"`
	New    string    `json:"new,omitempty"`
}

func (a *app) auditListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List who changed what, the latest first", Args: cobra.NoArgs,
		Example: `  osrsdiff audit ls --target Zezima
  osrsdiff audit ls --json --limit 1000 | jq -r .action | sort | uniq -c`,
	}
	f := store.AuditFilter{}
	flags := cmd.Flags()
	flags.IntVar(&f.Limit, "limit", 50, "at most so many entries")
	flags.Int64Var(&f.BeforeID, "before", 0, "only entries before this `id`")
	flags.StringVar(&f.Who, "who", "", "only what this token or account did")
	flags.StringVar(&f.Target, "target", "", "only what was done to this player, token or task")
	return a.listing(cmd, func(ctx context.Context, s *session, asJSON bool) error {
		entries, err := s.store.Audit(ctx, f)
		if err != nil {
			return err
		}
		return a.printAudit(entries, asJSON)
	})
}

func (a *app) printAudit(entries []access.Entry, asJSON bool) error {
	if asJSON {
		for _, e := range entries {
			err := printJSON(a.stdout, auditEntry{
				ID: e.ID, At: e.At, Who: e.Name, Role: e.Role.String(), From: e.From, Action: e.Action, Target: e.Target, Old: e.Old, New: e.New,
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	if len(entries) == 0 {
		_, err := fmt.Fprintln(a.stderr, "nothing was changed")
		return err
	}
	t := newTable(a.stdout, "WHEN", "WHO", "FROM", "WHAT", "OF", "BEFORE", "AFTER")
	for _, e := range entries {
		t.row(stamp(e.At), orDash(e.Name), e.From, e.Action, orDash(e.Target), orDash(e.Old), orDash(e.New))
	}
	return t.flush()
}
