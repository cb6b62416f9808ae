package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/player"
)

// contest is who is compared, by what, and when.
type contest struct {
	// entered selects the columns player_id and label.
	entered *bun.SelectQuery
	metric  metric
	window  gains.Window
}

// contestRow is what a contest knows of one player.
type contestRow struct {
	ID        int64         `bun:"player_id"`
	Name      string        `bun:"name"`
	Mode      player.Mode   `bun:"mode"`
	Status    player.Status `bun:"status"`
	Label     string        `bun:"label"`
	UpdatedAt int64         `bun:"updated_at"`
	// Start is the value when the window begins, End the last one known by its end.
	Start *int64 `bun:"start_value"`
	End   *int64 `bun:"end_value"`
}

// firstRow is the first value known within the window of a contest, of a player
// whose value was unknown when it began.
type firstRow struct {
	ID    int64 `bun:"player_id"`
	At    int64 `bun:"at"`
	Value int64 `bun:"value"`
}

// GroupGains compares what the members of a group gained of a metric in a window,
// by the values at its two ends (see groups.Standing). A metric that
// no body ever had matches ErrNotFound.
func (s *Store) GroupGains(ctx context.Context, groupID int64, metricName string, w gains.Window) ([]groups.Standing, error) {
	m, err := s.metricByName(ctx, metricName)
	if err != nil {
		return nil, fmt.Errorf("gains of group %d: %w", groupID, err)
	}
	entered := s.read.NewSelect().Table("group_members").ColumnExpr("player_id, rank AS label").Where("group_id = ?", groupID)
	standings, err := s.standings(ctx, contest{entered: entered, metric: m, window: w})
	if err != nil {
		return nil, fmt.Errorf("gains of group %d: %w", groupID, err)
	}
	return standings, nil
}

// CompetitionStandings compares the players of a competition by what they gained
// in it so far. After its end nothing that is fetched changes them. Before its start
// no gain is known.
func (s *Store) CompetitionStandings(ctx context.Context, c groups.Competition) ([]groups.Standing, error) {
	m, err := s.metricByName(ctx, c.Metric)
	if err != nil {
		return nil, fmt.Errorf("standings of competition %d: %w", c.ID, err)
	}
	entered := s.read.NewSelect().Table("competition_players").ColumnExpr("player_id, team AS label").Where("competition_id = ?", c.ID)
	k := contest{entered: entered, metric: m, window: c.Window}
	if c.Phase(s.now()) == groups.Upcoming {
		k.window = gains.Window{To: time.UnixMicro(1)} // when nothing was known
	}
	standings, err := s.standings(ctx, k)
	if err != nil {
		return nil, fmt.Errorf("standings of competition %d: %w", c.ID, err)
	}
	return standings, nil
}

// standings answers a contest.
func (s *Store) standings(ctx context.Context, k contest) ([]groups.Standing, error) {
	var rows []contestRow
	if err := s.endsQuery(k).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	firsts, err := s.firstSeen(ctx, k, rows)
	if err != nil {
		return nil, err
	}
	standings := make([]groups.Standing, 0, len(rows))
	for _, r := range rows {
		standing, err := r.standing(firsts[r.ID])
		if err != nil {
			return nil, err
		}
		standings = append(standings, standing)
	}
	return groups.Rank(k.metric.Name, standings), nil
}

// endsQuery reads the values at the two ends: one look into their key for each. A
// last value that is unknown at the start counts: what came back later may have
// been gained before.
func (s *Store) endsQuery(k contest) *bun.SelectQuery {
	const last = `(SELECT v.value FROM metric_values AS v WHERE v.player_id = t.player_id AND v.metric_id = ?
		AND v.at <= ? ? ORDER BY v.at DESC LIMIT 1) AS ?`
	return s.read.NewSelect().TableExpr("(?) AS t", k.entered).
		ColumnExpr("t.player_id, t.label, p.name, p.mode, p.status, p.last_fetched_at AS updated_at").
		ColumnExpr(last, k.metric.ID, micros(k.window.From), bun.Safe(""), bun.Ident("start_value")).
		ColumnExpr(last, k.metric.ID, endOf(k.window.To), bun.Safe("AND v.value IS NOT NULL"), bun.Ident("end_value")).
		Join("JOIN players AS p ON p.id = t.player_id").Where("p.removed_at = 0")
}

// firstSeen finds the first values of those who were unknown at the start and are
// known at the end.
func (s *Store) firstSeen(ctx context.Context, k contest, rows []contestRow) (map[int64]firstRow, error) {
	var ids []int64
	for _, r := range rows {
		if r.Start == nil && r.End != nil {
			ids = append(ids, r.ID)
		}
	}
	firsts := make(map[int64]firstRow, len(ids))
	if len(ids) == 0 {
		return firsts, nil
	}
	var found []firstRow
	err := s.read.NewSelect().TableExpr("players AS p").Column("v.player_id", "v.at", "v.value").
		Join(`JOIN metric_values AS v ON v.player_id = p.id AND v.metric_id = ? AND v.at = (SELECT w.at FROM metric_values AS w
			WHERE w.player_id = p.id AND w.metric_id = ? AND w.at > ? AND w.at <= ? AND w.value IS NOT NULL ORDER BY w.at LIMIT 1)`,
			k.metric.ID, k.metric.ID, micros(k.window.From), endOf(k.window.To)).
		Where("p.id IN (?)", bun.List(ids)).Scan(ctx, &found)
	for _, f := range found {
		firsts[f.ID] = f
	}
	return firsts, err
}

func (r contestRow) standing(first firstRow) (groups.Standing, error) {
	name, err := player.ParseName(r.Name)
	if err != nil {
		return groups.Standing{}, fmt.Errorf("player %d: %w", r.ID, err)
	}
	standing := groups.Standing{
		PlayerID: r.ID, Player: name, Mode: r.Mode, Status: r.Status, Rank: r.Label,
		Start: numberOf(r.Start), Updated: fromMicros(r.UpdatedAt),
	}
	if first.At > 0 {
		standing.Start, standing.FirstSeen = hiscores.Known(first.Value), fromMicros(first.At)
	}
	if standing.Start.IsKnown() {
		standing.End = numberOf(r.End)
	}
	return standing, nil
}
