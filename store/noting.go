package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/groups"
)

// What people do to groups and competitions is noted here for the audit log,
// since pages, API and command line all come by the store.

func noteGroup(ctx context.Context, action string, name groups.Name, old, now string) {
	access.Note(ctx, access.Change{Action: "group." + action, Target: name.String(), Old: old, New: now})
}

func noteCompetition(ctx context.Context, action string, c groups.Competition, old, now string) {
	access.Note(ctx, access.Change{Action: "competition." + action, Target: strconv.FormatInt(c.ID, 10), Old: old, New: now})
}

func describeGroup(g groups.Group) string {
	return fmt.Sprintf("name %s, description %q, zone %s", g.Name, g.Description, g.Zone)
}

func describeSync(done groups.Sync) string {
	return fmt.Sprintf("%d added, %d joined, %d with another rank, %d left, %d untracked",
		done.Count(groups.Added), done.Count(groups.Joined), done.Count(groups.Ranked), done.Count(groups.Left), done.Count(groups.Untracked))
}
