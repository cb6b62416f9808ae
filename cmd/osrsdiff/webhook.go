package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/webhooks"
)

// hookView is a webhook as programs get it, without what is secret of it.
type hookView struct {
	ID        int64         `json:"id"`
	Name      string        `json:"name"`
	URL       string        `json:"url"`
	Format    string        `json:"format"`
	Kinds     []events.Kind `json:"kinds,omitempty"`
	Player    string        `json:"player,omitempty"`
	Group     string        `json:"group,omitempty"`
	Signed    bool          `json:"signed"`
	Enabled   bool          `json:"enabled"`
	Failures  int           `json:"failures"`
	CreatedAt time.Time     `json:"created_at"`
}

func viewHook(h webhooks.Hook) hookView {
	return hookView{
		ID: h.ID, Name: h.Name, URL: h.URL.String(), Format: string(h.Format), Kinds: h.Kinds, Player: h.Player, Group: h.Group,
		Signed: h.Secret != "", Enabled: h.Enabled, Failures: h.Failures, CreatedAt: h.CreatedAt,
	}
}

// hookFlags are what a new webhook is made of, beside its address.
type hookFlags struct {
	name, format, player, group, secretFile string
	kinds                                   []string
}

func (a *app) webhookAddCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "add URL", Short: "Post what happens to an address",
		Long: `Posts what happens from now on to an address, up to ten events at a time: in the
form that Discord reads, or as JSON. With a secret, JSON comes with the header
X-Osrsdiff-Signature: "sha256=" and the HMAC-SHA256 of the body.

What is not taken is sent again for about two hours. An address that answers 404 or
410 is switched off, and so is one at which 20 deliveries in a row failed; a test
that arrives switches it on again. Addresses of this machine's own networks are
refused unless webhooks.allow_private is true where the worker runs.

The address is shown in full nowhere: who knows it may write there. "-" reads it from
standard input, which keeps it out of the shell's history.`,
		Example: `  osrsdiff webhook add https://discord.com/api/webhooks/… --kind milestone,level_up
  osrsdiff webhook add https://discord.com/api/webhooks/… --group "Iron Clan"
  osrsdiff webhook add - --player Zezima --secret-file hook.key < address.txt`,
		Args: cobra.ExactArgs(1),
	}
	var f hookFlags
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "what to call it; empty: its host")
	flags.StringVar(&f.format, "format", "", "form of the body: discord or json; empty: discord for an address of Discord")
	flags.StringSliceVar(&f.kinds, "kind", nil, "only these `kinds`: level_up, milestone, large_gain, mode_change, missing, returned, flagged, renamed, breaker")
	flags.StringVar(&f.player, "player", "", "only what is about this player")
	flags.StringVar(&f.group, "group", "", "only what is about the members of this group")
	flags.StringVar(&f.secretFile, "secret-file", "", "`file` with the secret that signs JSON")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		h, err := a.typedHook(args[0], f)
		if err != nil {
			return err
		}
		s, err := a.session(cmd, need{})
		if err != nil {
			return err
		}
		defer s.close()
		if h.PlayerID, err = s.playerNamed(cmd.Context(), f.player); err != nil {
			return err
		}
		if h.GroupID, err = s.groupNamed(cmd.Context(), f.group); err != nil {
			return err
		}
		if h, err = s.store.AddHook(cmd.Context(), h); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, viewHook(h))
		}
		_, err = fmt.Fprintf(a.stdout, "added webhook %d: %s (%s, %s); try it: osrsdiff webhook test %d\n", h.ID, h.Name, h.URL, h.Format, h.ID)
		return err
	}
	return cmd
}

// typedHook is the webhook that the flags describe.
func (a *app) typedHook(address string, f hookFlags) (webhooks.Hook, error) {
	if address == "-" {
		if _, err := fmt.Fscan(a.stdin, &address); err != nil {
			return webhooks.Hook{}, usage("standard input has no address: %v", err)
		}
	}
	h := webhooks.Hook{Name: f.name, URL: webhooks.Address(address), Format: webhooks.Format(f.format)}
	for _, word := range f.kinds {
		k, err := events.ParseKind(word)
		if err != nil {
			return h, err
		}
		h.Kinds = append(h.Kinds, k)
	}
	if f.secretFile != "" {
		text, err := os.ReadFile(f.secretFile)
		if err != nil {
			return h, usage("--secret-file: %v", err)
		}
		if h.Secret = webhooks.Secret(strings.TrimSpace(string(text))); h.Secret == "" {
			return h, usage("--secret-file %s: is empty", f.secretFile)
		}
	}
	return h.Checked()
}

func (a *app) webhookListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List webhooks", Args: cobra.NoArgs,
		Example: `  osrsdiff webhook ls --json | jq -r 'select(.enabled | not) | .name'`,
	}
	return a.listing(cmd, func(ctx context.Context, s *session, asJSON bool) error {
		hooks, err := s.store.Hooks(ctx)
		if err != nil {
			return err
		}
		return a.printHooks(hooks, asJSON)
	})
}

func (a *app) printHooks(hooks []webhooks.Hook, asJSON bool) error {
	if asJSON {
		views := make([]hookView, 0, len(hooks))
		for _, h := range hooks {
			views = append(views, viewHook(h))
		}
		return printJSON(a.stdout, views...)
	}
	if len(hooks) == 0 {
		_, err := fmt.Fprintln(a.stderr, "no webhooks; add one with: osrsdiff webhook add URL")
		return err
	}
	t := newTable(a.stdout, "ID", "NAME", "URL", "FORMAT", "KINDS", "PLAYER", "GROUP", "STATE", "ADDED")
	for _, h := range hooks {
		kinds := make([]string, 0, len(h.Kinds))
		for _, k := range h.Kinds {
			kinds = append(kinds, string(k))
		}
		state := "on"
		if !h.Enabled {
			state = "switched off"
		}
		t.row(strconv.FormatInt(h.ID, 10), h.Name, h.URL.String(), string(h.Format), orDash(strings.Join(kinds, ",")), orDash(h.Player), orDash(h.Group), state, stamp(h.CreatedAt))
	}
	return t.flush()
}

// hookID reads the number of a webhook.
func hookID(typed string) (int64, error) {
	id, err := strconv.ParseInt(typed, 10, 64)
	if err != nil || id < 1 {
		return 0, usage("webhook %q: must be its number, which osrsdiff webhook ls shows", typed)
	}
	return id, nil
}

func (a *app) webhookTestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "test ID", Short: "Send a test to a webhook",
		Long: `Sends an event that only says that the webhook works. A worker does so, at once
when one runs; the log tells what came of it.`,
		Example: `  osrsdiff webhook test 1 && sleep 2 && osrsdiff webhook log 1 --limit 1`,
		Args:    cobra.ExactArgs(1),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := hookID(args[0])
		if err != nil {
			return err
		}
		s, err := a.session(cmd, need{database: true, redis: redisIfRunning})
		if err != nil {
			return err
		}
		defer s.close()
		task, err := s.parts().relay().Test(cmd.Context(), id)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "queued %s; osrsdiff webhook log %d tells what came of it\n", task, id)
		return err
	}
	return cmd
}

func (a *app) webhookRemoveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove ID", Short: "Remove a webhook and its log", Args: cobra.ExactArgs(1),
		Example: `  osrsdiff webhook remove 1`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := hookID(args[0])
		if err != nil {
			return err
		}
		s, err := a.session(cmd, need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		h, err := s.store.RemoveHook(cmd.Context(), id)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "removed webhook %d: %s\n", h.ID, h.Name)
		return err
	}
	return cmd
}
