package store

import (
	"cmp"
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// LeaderboardFilter chooses a part of a leaderboard.
type LeaderboardFilter struct {
	// Metric is the row to compare by, in any case.
	Metric string
	// Mode chooses one game mode. Empty: any.
	Mode player.Mode
	// GroupID chooses the members of a group. Zero: everybody.
	GroupID int64
	// PlayerID chooses one player, who keeps the place among all the others that
	// Mode and GroupID choose. Zero: everybody.
	PlayerID int64
	// Limit is the most places to return. Zero or less: 100.
	Limit int
	// Offset is how many places to leave out from the top.
	Offset int
}

// Place is a line of a leaderboard.
type Place struct {
	// Place counts from one. Of equal values the player added first comes first.
	Place int
	// PlayerID and Player say who.
	PlayerID int64
	Player   player.Name
	// Mode is the player's game mode.
	Mode player.Mode
	// Value is the experience, score or gain, always more than zero.
	Value int64
}

// archived players are another account's history; the name is not theirs.
const archived = player.Archived

// Leaderboard lists players by the value that the hiscores last stated of a
// metric, the highest first. Players whose value is unknown or zero are left out.
// A metric that no body ever had matches ErrNotFound.
func (s *Store) Leaderboard(ctx context.Context, f LeaderboardFilter) ([]Place, error) {
	m, err := s.metricByName(ctx, f.Metric)
	if err != nil {
		return nil, fmt.Errorf("leaderboard: %w", err)
	}
	q := s.read.NewSelect().TableExpr("standings AS t").ColumnExpr("t.value AS value").
		Where("t.metric_id = ?", m.ID)
	if f.GroupID != 0 {
		q = s.ofMembers(f.GroupID, s.read.NewSelect().TableExpr("standings AS s").Column("s.value").
			Where("s.player_id = m.player_id AND s.metric_id = ?", m.ID))
	}
	places, err := f.places(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("leaderboard of %q: %w", m.Name, err)
	}
	return places, nil
}

// GainsLeaderboard lists players by how much their value of a metric grew in a
// window, the most first; players that did not grow are left out. A gain is the
// sum of the changes in the window, by the rules of Gains, and what changed from
// or to unknown counts nothing. Days, weeks, months and years of UTC are read from
// sums that each fetch keeps; parts of days at the ends of other windows are read
// from the values, to a day's end where those are thinned. A metric that no body
// ever had matches ErrNotFound.
func (s *Store) GainsLeaderboard(ctx context.Context, f LeaderboardFilter, w gains.Window) ([]Place, error) {
	m, err := s.metricByName(ctx, f.Metric)
	if err != nil {
		return nil, fmt.Errorf("leaderboard of gains: %w", err)
	}
	parts := coverOf(periodOf(w, s.now()))
	var q *bun.SelectQuery
	switch {
	case len(parts.whole)+len(parts.edges) == 0:
		return nil, nil
	case f.GroupID != 0:
		q = s.ofMembers(f.GroupID, s.read.NewSelect().TableExpr("(?) AS parts", s.partsOf(m, parts, memberOnly)).
			ColumnExpr("CAST(SUM(gain) AS BIGINT)"))
	case len(parts.whole) == 1 && len(parts.edges) == 0:
		q = s.read.NewSelect().TableExpr("period_gains AS t").ColumnExpr("t.gain AS value").
			Where("t.metric_id = ?", m.ID).Where("t.bucket = ?", parts.whole[0]).Where("t.gain > 0")
	default:
		q = s.read.NewSelect().TableExpr("(?) AS t", s.summed(m, parts)).ColumnExpr("t.value AS value")
	}
	places, err := f.places(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("leaderboard of gains in %q: %w", m.Name, err)
	}
	return places, nil
}

// places runs a query for players and values.
func (f LeaderboardFilter) places(ctx context.Context, q *bun.SelectQuery) ([]Place, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	f.Offset = max(f.Offset, 0)
	q = q.ColumnExpr("p.id, p.name, p.mode").Join("JOIN players AS p ON p.id = t.player_id").
		Where("p.status <> ? AND p.removed_at = 0", archived)
	if f.Mode != "" {
		q = q.Where("p.mode = ?", f.Mode)
	}
	if f.PlayerID != 0 {
		all := q.NewSelect().TableExpr("(?) AS b", q).ColumnExpr("b.*, ROW_NUMBER() OVER (ORDER BY b.value DESC, b.id) AS place")
		q = q.NewSelect().TableExpr("(?) AS ranked", all).Column("id", "name", "mode", "value", "place").Where("id = ?", f.PlayerID)
	} else {
		q = q.OrderExpr("value DESC, t.player_id").Limit(int64(f.Limit)).Offset(int64(f.Offset))
	}
	var rows []struct {
		ID    int64       `bun:"id"`
		Name  string      `bun:"name"`
		Mode  player.Mode `bun:"mode"`
		Value int64       `bun:"value"`
		Place int         `bun:"place"`
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	places := make([]Place, 0, len(rows))
	for i, r := range rows {
		name, err := player.ParseName(r.Name)
		if err != nil {
			return nil, fmt.Errorf("player %d: %w", r.ID, err)
		}
		places = append(places, Place{Place: cmp.Or(r.Place, f.Offset+i+1), PlayerID: r.ID, Player: name, Mode: r.Mode, Value: r.Value})
	}
	return places, nil
}

// ofMembers asks for the value of each member of a group by a query for that of
// m.player_id: one look into a key for each, while everybody's values by size would
// be read until enough members are among them.
func (s *Store) ofMembers(groupID int64, value *bun.SelectQuery) *bun.SelectQuery {
	members := s.read.NewSelect().TableExpr("group_members AS m").Column("m.player_id").
		ColumnExpr("(?) AS value", value).Where("m.group_id = ?", groupID)
	return s.read.NewSelect().TableExpr("(?) AS t", members).ColumnExpr("t.value AS value").Where("t.value > 0")
}

// whose chooses the players of sums and values.
type whose func(q *bun.SelectQuery, column string) *bun.SelectQuery

func everyone(q *bun.SelectQuery, _ string) *bun.SelectQuery { return q }

// memberOnly chooses the one member that ofMembers asks for.
func memberOnly(q *bun.SelectQuery, column string) *bun.SelectQuery {
	return q.Where("? = m.player_id", bun.Ident(column))
}

// summed adds up the parts of a window for each player.
func (s *Store) summed(m metric, parts cover) *bun.SelectQuery {
	return s.read.NewSelect().TableExpr("(?) AS parts", s.partsOf(m, parts, everyone)).Column("player_id").
		ColumnExpr("CAST(SUM(gain) AS BIGINT) AS value").
		GroupExpr("player_id").Having("SUM(gain) > 0")
}

// partsOf are the gains that a window is made of.
func (s *Store) partsOf(m metric, parts cover, of whose) *bun.SelectQuery {
	all := of(s.read.NewSelect().TableExpr("period_gains AS g").Column("g.player_id", "g.gain").
		Where("g.metric_id = ?", m.ID).Where("g.bucket IN (?)", bun.List(append(parts.whole, -1))), "g.player_id")
	for _, e := range parts.edges {
		all = all.UnionAll(s.stepsOf(m, e, of))
	}
	return all
}

// stepsOf are the changes within a part of a day, of those players only that the
// day has a sum of.
func (s *Store) stepsOf(m metric, e edge, of whose) *bun.SelectQuery {
	steps := of(s.read.NewSelect().TableExpr("period_gains AS g").
		Join("JOIN metric_values AS v ON v.player_id = g.player_id AND v.metric_id = g.metric_id AND v.at > ? AND v.at <= ?", e.from, e.to).
		ColumnExpr("g.player_id").
		ColumnExpr(`v.value - (SELECT w.value FROM metric_values AS w
			WHERE w.player_id = v.player_id AND w.metric_id = v.metric_id AND w.at < v.at
			ORDER BY w.at DESC LIMIT 1) AS gain`).
		Where("g.metric_id = ?", m.ID).Where("g.bucket = ?", e.day), "g.player_id")
	counted := s.read.NewSelect().TableExpr("(?) AS steps", steps).Column("player_id", "gain").
		Where("gain BETWEEN ? AND ?", 1-mostGain, mostGain-1) // Not when either is unknown.
	if !hiscores.MayFall(m.Key) {
		counted = counted.Where("gain > 0") // An accepted fall is no negative gain.
	}
	return counted
}
