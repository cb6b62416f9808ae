package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
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
	// Start is the value when the window begins, First the first one known within,
	// End the last one known by its end.
	Start   *int64 `bun:"start_value"`
	First   *int64 `bun:"first_value"`
	FirstAt *int64 `bun:"first_at"`
	End     *int64 `bun:"end_value"`
}

// GroupGains compares what the members of a group gained of a metric in a window,
// by the values at its two ends (see groups.Standing), in one query. A metric that
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
	if err := s.contestQuery(k).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	standings := make([]groups.Standing, 0, len(rows))
	for _, r := range rows {
		standing, err := r.standing()
		if err != nil {
			return nil, err
		}
		standings = append(standings, standing)
	}
	return groups.Rank(k.metric.Name, standings), nil
}

// contestQuery finds three times for each player in the key of the values and
// reads the values at them. A last value that is unknown at the start counts: what
// came back later may have been gained before.
func (s *Store) contestQuery(k contest) *bun.SelectQuery {
	const when = `(SELECT v.at FROM metric_values AS v WHERE v.player_id = t.player_id AND v.metric_id = ?
		AND v.at > ? AND v.at <= ? ? ORDER BY v.at ? LIMIT 1) AS ?`
	known, whatever := bun.Safe("AND v.value IS NOT NULL"), bun.Safe("")
	first, last := bun.Safe("ASC"), bun.Safe("DESC")
	from, to := micros(k.window.From), endOf(k.window.To)
	times := s.read.NewSelect().TableExpr("(?) AS t", k.entered).ColumnExpr("t.player_id, t.label").
		ColumnExpr(when, k.metric.ID, 0, from, whatever, last, bun.Ident("start_at")).
		ColumnExpr(when, k.metric.ID, from, to, known, first, bun.Ident("first_at")).
		ColumnExpr(when, k.metric.ID, 0, to, known, last, bun.Ident("end_at"))
	const value = `LEFT JOIN metric_values AS ?1 ON ?1.player_id = e.player_id AND ?1.metric_id = ?0 AND ?1.at = e.?2`
	return s.read.NewSelect().TableExpr("(?) AS e", times).
		ColumnExpr("e.player_id, e.label, e.first_at, p.name, p.mode, p.status, p.last_fetched_at AS updated_at").
		ColumnExpr("v1.value AS start_value, v2.value AS first_value, v3.value AS end_value").
		Join("JOIN players AS p ON p.id = e.player_id").
		Join(value, k.metric.ID, bun.Ident("v1"), bun.Ident("start_at")).
		Join(value, k.metric.ID, bun.Ident("v2"), bun.Ident("first_at")).
		Join(value, k.metric.ID, bun.Ident("v3"), bun.Ident("end_at"))
}

func (r contestRow) standing() (groups.Standing, error) {
	name, err := player.ParseName(r.Name)
	if err != nil {
		return groups.Standing{}, fmt.Errorf("player %d: %w", r.ID, err)
	}
	standing := groups.Standing{
		PlayerID: r.ID, Player: name, Mode: r.Mode, Status: r.Status, Rank: r.Label,
		Start: numberOf(r.Start), Updated: fromMicros(r.UpdatedAt),
	}
	if r.Start == nil && r.First != nil {
		standing.Start, standing.FirstSeen = numberOf(r.First), fromMicros(orZero(r.FirstAt))
	}
	if standing.Start.IsKnown() {
		standing.End = numberOf(r.End)
	}
	return standing, nil
}
