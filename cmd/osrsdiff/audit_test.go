package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/store"
)

// readingOnly are the subcommands that change nothing people look after, and the
// roles, whose changes are those of who asks them.
var readingOnly = []string{
	"up", "scheduler", "worker", "web", "diff", "gains", "records", "milestones", "leaderboard", "compare", "activity", "lookup",
	"player list", "player show", "player flags", "group list", "group show", "group export", "group gains", "group leaderboard", "group outdated",
	"competition list", "competition show", "export players", "export history", "export gains", "schedule list", "schedule show", "schedule verify",
	"task list", "token ls", "optout ls", "webhook ls", "webhook log", "audit ls", "status", "config", "healthcheck", "version",
}

var auditedLine = regexp.MustCompile(`(?m)^audited \S+ osrsdiff (.*)$`)

// TestEveryWritingSubcommandIsAudited wants each subcommand to be one that only
// reads, or one whose audit entry the script looks for.
func TestEveryWritingSubcommandIsAudited(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("testdata", "script", "audited.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	lines := auditedLine.FindAllStringSubmatch(string(script), -1)
	for _, cmd := range leaves((&app{}).root()) {
		_, path, _ := strings.Cut(cmd.CommandPath(), " ")
		audited := slices.ContainsFunc(lines, func(line []string) bool { return strings.HasPrefix(line[1]+" ", path+" ") })
		if reads := slices.Contains(readingOnly, path); reads == audited {
			t.Errorf("%q: only reads: %v; its audit entry is looked for: %v", path, reads, audited)
		}
	}
}

// auditedCommand runs a subcommand and reads what the audit log got by it.
func auditedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: audited ACTION CMD ARGS...")
	}
	before := auditOf(ts)
	ts.Check(ts.Exec(args[1], args[2:]...))
	var did []string
	for _, e := range auditOf(ts) {
		if len(before) == 0 || e.ID > before[0].ID {
			did = append(did, e.Action)
			if e.Name == "" || e.Role != access.Admin || !strings.HasPrefix(e.From, "command line") {
				ts.Fatalf("%s was done by %+v", e.Action, e.Caller)
			}
		}
	}
	if !slices.Contains(did, args[0]) {
		ts.Fatalf("the audit log says that %q was done, not %s", did, args[0])
	}
}

// auditOf is the audit log of a script, the latest entry first.
func auditOf(ts *testscript.TestScript) []access.Entry {
	ctx := context.Background()
	db, err := store.Open(ctx, config.SQLiteURL(ts.MkAbs("osrsdiff-data/osrsdiff.db")), store.Options{})
	ts.Check(err)
	defer func() { ts.Check(db.Close()) }()
	entries, err := db.Audit(ctx, store.AuditFilter{Limit: 50})
	ts.Check(err)
	return entries
}
