package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

func groupName(tb testing.TB, typed string) groups.Name {
	tb.Helper()
	n, err := groups.ParseName(typed)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// roster reads a list of names.
func roster(tb testing.TB, lines ...string) groups.Roster {
	tb.Helper()
	r, err := groups.ReadRoster(strings.NewReader(strings.Join(lines, "\n")))
	if err != nil || len(r.Bad) > 0 {
		tb.Fatal(err, r.Bad)
	}
	return r
}

// group makes a group of players who are listed.
func (b bench) group(tb testing.TB, typed string, lines ...string) groups.Group {
	tb.Helper()
	g, err := b.AddGroup(tb.Context(), groups.Group{Name: groupName(tb, typed)})
	if err != nil {
		tb.Fatal(err)
	}
	if len(lines) > 0 {
		b.sync(tb, groups.SyncRequest{Group: g.Name, Roster: roster(tb, lines...)})
	}
	return g
}

// sync keeps a group in step and returns the changes as lines.
func (b bench) sync(tb testing.TB, request groups.SyncRequest) []string {
	tb.Helper()
	done, err := b.SyncGroup(tb.Context(), request)
	if err != nil {
		tb.Fatal(err)
	}
	changes := []string{}
	for _, c := range done.Changes {
		changes = append(changes, strings.TrimSpace(fmt.Sprint(c.What, " ", c.Player, " ", c.Rank)))
	}
	return changes
}

// members lists a group as lines.
func (b bench) members(tb testing.TB, g groups.Group) []string {
	tb.Helper()
	members, err := b.Members(tb.Context(), g.ID)
	if err != nil {
		tb.Fatal(err)
	}
	all := []string{}
	for _, m := range members {
		all = append(all, strings.TrimSpace(m.Player.Name.String()+" "+m.Rank))
	}
	return all
}

func TestGroups(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		g, err := b.AddGroup(t.Context(), groups.Group{Name: groupName(t, "Iron  Clan"), Description: "irons", Zone: "Europe/Berlin"})
		if err != nil || g.ID == 0 || g.Name.String() != "Iron Clan" || !g.CreatedAt.Equal(morning) {
			t.Fatal(g, err)
		}
		if _, err := b.AddGroup(t.Context(), groups.Group{Name: groupName(t, "IRON_clan")}); !errors.Is(err, groups.ErrExists) {
			t.Errorf("the same name: %v", err)
		}
		if _, err := b.AddGroup(t.Context(), groups.Group{Name: groupName(t, "x"), Zone: "Mars"}); !errors.Is(err, gains.ErrInvalidZone) {
			t.Errorf("no such zone: %v", err)
		}
		other := b.group(t, "Other")
		b.clock.Advance(time.Hour)
		if _, err := b.UpdateGroup(t.Context(), other.Name, groups.Patch{Name: ptr(groupName(t, "iron clan"))}); !errors.Is(err, groups.ErrExists) {
			t.Errorf("renamed to a taken name: %v", err)
		}
		renamed, err := b.UpdateGroup(t.Context(), g.Name, groups.Patch{Name: ptr(groupName(t, "Irons")), Description: ptr("")})
		if err != nil || renamed.Name.String() != "Irons" || renamed.Description != "" || renamed.Zone != "Europe/Berlin" || !renamed.UpdatedAt.Equal(morning.Add(time.Hour)) {
			t.Errorf("renamed to %+v, %v", renamed, err)
		}
		if got, err := b.GroupByName(t.Context(), groupName(t, "irons")); err != nil || got != renamed {
			t.Errorf("read back %+v, %v", got, err)
		}
		if _, err := b.GroupByName(t.Context(), g.Name); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("under the old name: %v", err)
		}
		first, err := b.Groups(t.Context(), 0, 1)
		if err != nil || len(first) != 1 || first[0].ID != g.ID {
			t.Errorf("first page: %v, %v", first, err)
		}
		if rest, err := b.Groups(t.Context(), g.ID, 0); err != nil || len(rest) != 1 || rest[0].ID != other.ID {
			t.Errorf("second page: %v, %v", rest, err)
		}
		if _, err := b.RemoveGroup(t.Context(), other.Name); err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{
			"remove": second(b.RemoveGroup(t.Context(), other.Name)), "change": second(b.UpdateGroup(t.Context(), other.Name, groups.Patch{})),
			"sync": second(b.SyncGroup(t.Context(), groups.SyncRequest{Group: other.Name})),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s a group that is gone: %v", what, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestSyncGroup(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		zezima := b.add(t, "Zezima")
		g := b.group(t, "Clan")
		first := groups.SyncRequest{Group: g.Name, Every: 360, Roster: roster(t, "# leaders", "zezima, owner", "", "Lynx Titan", "Iron Mike\tcaptain")}
		dry := first
		dry.DryRun = true
		want := []string{"added Lynx Titan", "added Iron Mike captain", "joined Zezima owner"}
		diff(t, "a dry run", want, b.sync(t, dry))
		diff(t, "members after a dry run", []string{}, b.members(t, g))
		diff(t, "the first time", want, b.sync(t, first))
		diff(t, "the second time", []string{}, b.sync(t, first))
		diff(t, "members", []string{"Iron Mike captain", "Lynx Titan", "Zezima owner"}, b.members(t, g))
		mike, err := b.PlayerByName(t.Context(), name(t, "iron mike"))
		if err != nil || mike.Every != 360 || mike.Status != player.Pending {
			t.Errorf("added as %+v, %v", mike, err)
		}
		pending, err := b.PendingChanges(t.Context(), 0)
		if err != nil || len(pending) != 3 {
			t.Errorf("the schedules are told of %v, %v", pending, err)
		}

		if _, err := b.RenamePlayer(t.Context(), zezima.ID, store.Renaming{To: name(t, "Zez")}); err != nil {
			t.Fatal(err)
		}
		diff(t, "an old name, a new rank, somebody left", []string{"ranked Lynx Titan captain", "left Iron Mike"},
			b.sync(t, groups.SyncRequest{Group: g.Name, Roster: roster(t, "Zezima,owner", "Lynx Titan,captain")}))
		diff(t, "old and new name", []string{}, b.sync(t, groups.SyncRequest{Group: g.Name, Roster: roster(t, "Zez,owner", "Zezima,owner", "Lynx Titan,captain")}))
		if _, err := b.Player(t.Context(), mike.ID); err != nil {
			t.Errorf("who left is not tracked any more: %v", err)
		}
		b.group(t, "Friends", "Zez")
		diff(t, "untracked", []string{"joined Iron Mike", "untracked Lynx Titan", "left Zez"},
			b.sync(t, groups.SyncRequest{Group: g.Name, Untrack: true, Roster: roster(t, "iron mike")}))
		if _, err := b.RemovePlayer(t.Context(), mike.ID); err != nil {
			t.Fatal(err)
		}
		diff(t, "after a member was removed", []string{}, b.members(t, g))
		if ids, err := b.MemberIDs(t.Context(), g.ID); err != nil || len(ids) != 0 {
			t.Errorf("member ids %v, %v", ids, err)
		}
	})
}

func TestMembersHaveTotals(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		g := b.group(t, "Clan", "seen", "new")
		p, err := b.PlayerByName(t.Context(), name(t, "seen"))
		if err != nil {
			t.Fatal(err)
		}
		b.fetch(t, p.ID, morning, skill("Overall", 1500, 70), activity("Zulrah", 1))
		b.fetch(t, p.ID, morning.Add(time.Hour), skill("Overall", 1501, 90), activity("Zulrah", 1))
		members, err := b.Members(t.Context(), g.ID)
		if err != nil || len(members) != 2 {
			t.Fatal(members, err)
		}
		if m := members[1]; m.Level != 1501 || m.Experience != 90 || !m.Joined.Equal(morning) || m.Outdated(morning.Add(2*time.Hour), 2*time.Hour) {
			t.Errorf("seen is %+v", m)
		}
		if m := members[0]; m.Level != 0 || !m.Outdated(morning, time.Hour) {
			t.Errorf("new is %+v", m)
		}
		board, err := b.Leaderboard(t.Context(), store.LeaderboardFilter{Metric: "overall", GroupID: g.ID})
		if err != nil {
			t.Fatal(err)
		}
		b.fetch(t, b.add(t, "stranger").ID, morning, skill("Overall", 2000, 700))
		diff(t, "leaderboard of the group", []string{"1 seen 90"}, lines(board))
	})
}
