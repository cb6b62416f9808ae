package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

type memberRow struct {
	bun.BaseModel `bun:"table:group_members,alias:m"`
	GroupID       int64  `bun:"group_id,pk"`
	PlayerID      int64  `bun:"player_id,pk"`
	Rank          string `bun:"rank"`
	JoinedAt      int64  `bun:"joined_at"`
	Level         *int64 `bun:"total_level,scanonly"`
	Experience    *int64 `bun:"experience,scanonly"`
}

// Members lists the players of a group by name. An unknown group has none.
func (s *Store) Members(ctx context.Context, groupID int64) ([]groups.Member, error) {
	q, err := s.withTotals(ctx, s.read.NewSelect())
	if err != nil {
		return nil, fmt.Errorf("members of group %d: %w", groupID, err)
	}
	members, err := membersOf(ctx, s.read, q, groupID)
	if err != nil {
		return nil, fmt.Errorf("members of group %d: %w", groupID, err)
	}
	return members, nil
}

// withTotals adds each member's total level and experience to a query for members.
func (s *Store) withTotals(ctx context.Context, q *bun.SelectQuery) (*bun.SelectQuery, error) {
	overall, err := s.metricByName(ctx, hiscores.Overall)
	if errors.Is(err, ErrNotFound) { // nobody was fetched yet
		return q, nil
	}
	return q.ColumnExpr("m.*").ColumnExpr("v.level AS total_level, v.value AS experience").
		Join(`LEFT JOIN metric_values AS v ON v.player_id = m.player_id AND v.metric_id = ? AND v.at = (SELECT w.at
			FROM metric_values AS w WHERE w.player_id = m.player_id AND w.metric_id = ? ORDER BY w.at DESC LIMIT 1)`, overall.ID, overall.ID), err
}

// membersOf reads the members of a group by a query for their rows.
func membersOf(ctx context.Context, db bun.IDB, q *bun.SelectQuery, groupID int64) ([]groups.Member, error) {
	var rows []memberRow
	if err := q.Model(&rows).Where("m.group_id = ?", groupID).Scan(ctx); err != nil {
		return nil, err
	}
	byID := make(map[int64]memberRow, len(rows))
	for _, r := range rows {
		byID[r.PlayerID] = r
	}
	var found []playerRow
	err := db.NewSelect().Model(&found).Join("JOIN group_members AS m ON m.player_id = p.id").
		Where("m.group_id = ?", groupID).Where("p.removed_at = 0").Scan(ctx)
	if err != nil {
		return nil, err
	}
	players, err := playersOf(found)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(players, func(a, b player.Player) int { return cmp.Compare(a.Name.Key(), b.Name.Key()) })
	members := make([]groups.Member, 0, len(players))
	for _, p := range players {
		r := byID[p.ID]
		members = append(members, groups.Member{
			Player: p, Rank: r.Rank, Joined: fromMicros(r.JoinedAt), Level: orZero(r.Level), Experience: orZero(r.Experience),
		})
	}
	return members, nil
}

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// MemberIDs returns the ids of the players of a group, for who watches what
// happens to them. An unknown group has none.
func (s *Store) MemberIDs(ctx context.Context, groupID int64) ([]int64, error) {
	return memberIDs(ctx, s.read, groupID)
}

func memberIDs(ctx context.Context, db bun.IDB, groupID int64) ([]int64, error) {
	var ids []int64
	err := db.NewSelect().Table("group_members").Column("player_id").Where("group_id = ?", groupID).
		OrderExpr("player_id").Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("member ids of group %d: %w", groupID, err)
	}
	return ids, nil
}
