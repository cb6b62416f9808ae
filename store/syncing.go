package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/player"
)

var _ groups.Rosters = (*Store)(nil)

// SyncGroup makes the roster of a group what a request lists, in one transaction:
// who is not tracked is added with its schedule change noted, and who joins or
// leaves does so in the group's competitions that have not ended, too. Players that
// are to be untracked have left and are marked; removing them is the caller's. Who
// opted out is left out, as a bad line. An
// unknown group matches ErrNotFound.
func (s *Store) SyncGroup(ctx context.Context, request groups.SyncRequest) (groups.Sync, error) {
	var done groups.Sync
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.lock(ctx, tx, lockAdding); err != nil {
			return err
		}
		group, err := s.lockGroup(ctx, tx, request.Group)
		if err != nil {
			return err
		}
		if done, err = planSync(ctx, tx, group.ID, request); err != nil || request.DryRun || len(done.Changes) == 0 {
			return err
		}
		return s.applySync(ctx, tx, group.ID, request.Every, done.Changes)
	})
	if err != nil {
		return groups.Sync{}, fmt.Errorf("sync group %q: %w", request.Group, err)
	}
	if !request.DryRun && len(done.Changes) > 0 {
		noteGroup(ctx, "sync", request.Group, "", describeSync(done))
	}
	return done, nil
}

// planSync compares the roster with what is stored.
func planSync(ctx context.Context, tx bun.Tx, groupID int64, request groups.SyncRequest) (groups.Sync, error) {
	known := groups.Known{}
	var err error
	if request.Roster, err = withoutOptedOut(ctx, tx, request.Roster); err != nil {
		return groups.Sync{}, err
	}
	if known.Members, err = membersOf(ctx, tx, tx.NewSelect(), groupID); err != nil {
		return groups.Sync{}, err
	}
	if known.Tracked, err = trackedIn(ctx, tx, request.Roster); err != nil {
		return groups.Sync{}, err
	}
	if known.Former, err = formerNames(ctx, tx, known.Members); err != nil {
		return groups.Sync{}, err
	}
	plan := groups.Plan(request.Roster, known)
	if request.Untrack {
		err = markUntracked(ctx, tx, groupID, plan.Changes)
	}
	return plan, err
}

// trackedIn finds who of a roster is tracked, by the keys of their names.
func trackedIn(ctx context.Context, tx bun.Tx, roster groups.Roster) (map[string]player.Player, error) {
	tracked := make(map[string]player.Player, len(roster.Entries))
	keys := make([]string, 0, len(roster.Entries))
	for _, e := range roster.Entries {
		keys = append(keys, e.Name.Key())
	}
	if len(keys) == 0 {
		return tracked, nil
	}
	return tracked, readKeys(ctx, tx, keys, tracked)
}

// formerNames finds members by the keys of the names they had before.
func formerNames(ctx context.Context, tx bun.Tx, members []groups.Member) (map[string]player.Player, error) {
	byID := make(map[int64]player.Player, len(members))
	ids := make([]int64, 0, len(members))
	for _, m := range members {
		byID[m.Player.ID], ids = m.Player, append(ids, m.Player.ID)
	}
	former := map[string]player.Player{}
	if len(ids) == 0 {
		return former, nil
	}
	var events []eventRow
	err := tx.NewSelect().Model(&events).Where("e.player_id IN (?)", bun.List(ids)).Where("e.kind = ?", WasRenamed).OrderExpr("e.id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		var detail EventDetail
		if err := json.Unmarshal([]byte(e.Detail), &detail); err != nil {
			return nil, fmt.Errorf("read identity event %d: %w", e.ID, err)
		}
		if name, err := player.ParseName(detail.From); err == nil {
			former[name.Key()] = byID[e.PlayerID]
		}
	}
	return former, nil
}

// markUntracked marks those who leave and are in no other group.
func markUntracked(ctx context.Context, tx bun.Tx, groupID int64, changes []groups.Change) error {
	var elsewhere []int64
	ids := idsOf(changes, groups.Left)
	if len(ids) == 0 {
		return nil
	}
	err := tx.NewSelect().Table("group_members").Column("player_id").Where("player_id IN (?)", bun.List(ids)).
		Where("group_id <> ?", groupID).Scan(ctx, &elsewhere)
	if err != nil {
		return err
	}
	stays := make(map[int64]bool, len(elsewhere))
	for _, id := range elsewhere {
		stays[id] = true
	}
	for i, c := range changes {
		if c.What == groups.Left && !stays[c.PlayerID] {
			changes[i].What = groups.Untracked
		}
	}
	return nil
}

func idsOf(changes []groups.Change, kinds ...groups.ChangeKind) []int64 {
	var ids []int64
	for _, c := range changes {
		for _, kind := range kinds {
			if c.What == kind {
				ids = append(ids, c.PlayerID)
			}
		}
	}
	return ids
}

// applySync writes what a roster changes, and gives those who are added their ids.
func (s *Store) applySync(ctx context.Context, tx bun.Tx, groupID int64, every player.Interval, changes []groups.Change) error {
	if err := s.addListed(ctx, tx, every, changes); err != nil {
		return err
	}
	at := micros(s.now())
	var rows []memberRow
	for _, c := range changes {
		if c.What == groups.Added || c.What == groups.Joined || c.What == groups.Ranked {
			rows = append(rows, memberRow{GroupID: groupID, PlayerID: c.PlayerID, Rank: c.Rank, JoinedAt: at})
		}
	}
	if len(rows) > 0 {
		_, err := tx.NewInsert().Model(&rows).On("CONFLICT (group_id, player_id) DO UPDATE").Set("rank = EXCLUDED.rank").Exec(ctx)
		if err != nil {
			return err
		}
	}
	gone := idsOf(changes, groups.Left, groups.Untracked)
	if len(gone) > 0 {
		_, err := tx.NewDelete().Model((*memberRow)(nil)).Where("m.group_id = ?", groupID).Where("m.player_id IN (?)", bun.List(gone)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	if err := s.moveContestants(ctx, tx, groupID, idsOf(changes, groups.Added, groups.Joined), gone); err != nil {
		return err
	}
	_, err := tx.NewUpdate().Table("player_groups").Set("updated_at = ?", at).Where("id = ?", groupID).Exec(ctx)
	return err
}

// addListed tracks those who are to be added.
func (s *Store) addListed(ctx context.Context, tx bun.Tx, every player.Interval, changes []groups.Change) error {
	var rows []playerRow
	for _, c := range changes {
		if c.What != groups.Added {
			continue
		}
		row, err := newPlayerRow(player.Player{Name: c.Player, Every: every}, s.now())
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	stored, err := s.track(ctx, tx, rows)
	if err != nil {
		return err
	}
	for i, c := range changes {
		if c.What == groups.Added {
			changes[i].PlayerID = stored[c.Player.Key()].ID
		}
	}
	return nil
}

// track adds players whose names nobody has and returns them by the keys of their
// names.
func (s *Store) track(ctx context.Context, tx bun.Tx, rows []playerRow) (map[string]player.Player, error) {
	stored := make(map[string]player.Player, len(rows))
	if len(rows) == 0 {
		return stored, nil
	}
	if err := s.refuseOptedOut(ctx, tx, keysOf(rows)...); err != nil {
		return nil, err
	}
	if err := s.insertNew(ctx, tx, rows, map[string]bool{}); err != nil {
		return nil, err
	}
	return stored, readByKey(ctx, tx, rows, stored)
}
