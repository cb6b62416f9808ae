package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
)

type competitionRow struct {
	bun.BaseModel `bun:"table:competitions,alias:c"`
	ID            int64   `bun:"id,pk,autoincrement"`
	Title         string  `bun:"title"`
	MetricID      int64   `bun:"metric_id"`
	FromAt        int64   `bun:"from_at"`
	ToAt          int64   `bun:"to_at"`
	GroupID       *int64  `bun:"group_id"`
	CreatedAt     int64   `bun:"created_at"`
	Group         *string `bun:"group_name,scanonly"`
	Players       int     `bun:"players,scanonly"`
}

type contestantRow struct {
	bun.BaseModel `bun:"table:competition_players,alias:t"`
	CompetitionID int64  `bun:"competition_id,pk"`
	PlayerID      int64  `bun:"player_id,pk"`
	Team          string `bun:"team"`
}

func (s *Store) competition(ctx context.Context, r *competitionRow) (groups.Competition, error) {
	m, err := s.metricByID(ctx, r.MetricID)
	if err != nil {
		return groups.Competition{}, fmt.Errorf("competition %d: %w", r.ID, err)
	}
	c := groups.Competition{
		ID: r.ID, Title: r.Title, Metric: m.Name, Window: gains.Window{From: fromMicros(r.FromAt), To: fromMicros(r.ToAt)},
		GroupID: orZero(r.GroupID), Players: r.Players, CreatedAt: fromMicros(r.CreatedAt),
	}
	if r.Group != nil {
		c.Group = *r.Group
	}
	return c, nil
}

// competitionQuery reads competitions with the name of their group and the number
// of their players.
func competitionQuery(q *bun.SelectQuery) *bun.SelectQuery {
	return q.ColumnExpr("c.*").ColumnExpr("g.name AS group_name").
		ColumnExpr(`(SELECT COUNT(*) FROM competition_players AS t JOIN players AS p ON p.id = t.player_id
			WHERE t.competition_id = c.id AND p.removed_at = 0) AS players`).
		Join("LEFT JOIN player_groups AS g ON g.id = c.group_id")
}

// AddCompetition stores a new competition. With a GroupID the members of that group
// take part, otherwise those who the roster lists, with their ranks for teams; who
// of them is not tracked is added. An unknown group or metric matches ErrNotFound,
// what must not be groups.ErrInvalid.
func (s *Store) AddCompetition(ctx context.Context, c groups.Competition, roster groups.Roster) (groups.Competition, error) {
	c, err := c.Validate()
	if err != nil {
		return c, fmt.Errorf("add competition: %w", err)
	}
	m, err := s.metricByName(ctx, c.Metric)
	if err != nil {
		return c, fmt.Errorf("add competition: %w", err)
	}
	row := &competitionRow{Title: c.Title, MetricID: m.ID, FromAt: micros(c.From), ToAt: micros(c.To), CreatedAt: micros(s.now())}
	if c.GroupID != 0 {
		row.GroupID = &c.GroupID
	}
	err = s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.lock(ctx, tx, lockAdding); err != nil {
			return err
		}
		contestants, err := s.contestants(ctx, tx, c.GroupID, roster)
		if err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(row).Returning("id").Exec(ctx); err != nil || len(contestants) == 0 {
			return err
		}
		for i := range contestants {
			contestants[i].CompetitionID = row.ID
		}
		_, err = tx.NewInsert().Model(&contestants).Exec(ctx)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("add competition %q: %w", c.Title, err)
	}
	made, err := s.Competition(ctx, row.ID)
	if err == nil {
		noteCompetition(ctx, "add", made, "", made.Title)
	}
	return made, err
}

// contestants are who takes part: the members of a group or, without one, those
// who a roster lists.
func (s *Store) contestants(ctx context.Context, tx bun.Tx, groupID int64, roster groups.Roster) ([]contestantRow, error) {
	var rows []contestantRow
	if groupID != 0 {
		if err := tx.NewSelect().Table("player_groups").Column("id").Where("id = ?", groupID).Scan(ctx, new(int64)); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				err = fmt.Errorf("group %d: %w", groupID, ErrNotFound)
			}
			return nil, err
		}
		members, err := membersOf(ctx, tx, tx.NewSelect(), groupID)
		for _, m := range members {
			rows = append(rows, contestantRow{PlayerID: m.Player.ID})
		}
		return rows, err
	}
	tracked, err := trackedIn(ctx, tx, roster)
	if err != nil {
		return nil, err
	}
	plan := groups.Plan(roster, groups.Known{Tracked: tracked})
	if err := s.addListed(ctx, tx, 0, plan.Changes); err != nil {
		return nil, err
	}
	for _, c := range plan.Changes {
		rows = append(rows, contestantRow{PlayerID: c.PlayerID, Team: c.Rank})
	}
	return rows, nil
}

// moveContestants lets who joins a group take part in its competitions that have
// not ended, and who leaves it no more.
func (s *Store) moveContestants(ctx context.Context, tx bun.Tx, groupID int64, joined, left []int64) error {
	var open []int64
	err := tx.NewSelect().Table("competitions").Column("id").Where("group_id = ?", groupID).Where("to_at > ?", micros(s.now())).Scan(ctx, &open)
	if err != nil || len(open) == 0 {
		return err
	}
	if len(left) > 0 {
		_, err := tx.NewDelete().Model((*contestantRow)(nil)).Where("t.competition_id IN (?)", bun.List(open)).
			Where("t.player_id IN (?)", bun.List(left)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	var rows []contestantRow
	for _, id := range open {
		for _, playerID := range joined {
			rows = append(rows, contestantRow{CompetitionID: id, PlayerID: playerID})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err = tx.NewInsert().Model(&rows).On("CONFLICT (competition_id, player_id) DO NOTHING").Exec(ctx)
	return err
}

// Competition returns a competition, or an error that matches ErrNotFound.
func (s *Store) Competition(ctx context.Context, id int64) (groups.Competition, error) {
	row := new(competitionRow)
	err := competitionQuery(s.read.NewSelect().Model(row)).Where("c.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return groups.Competition{}, fmt.Errorf("competition %d: %w", id, err)
	}
	return s.competition(ctx, row)
}

// CompetitionFilter chooses and pages through competitions.
type CompetitionFilter struct {
	// BeforeID continues a listing behind this competition. Zero: from the start.
	BeforeID int64
	// Limit is the most to return. Zero or less: 100.
	Limit int
	// GroupID chooses those of a group. Zero: all.
	GroupID int64
}

// Competitions lists competitions, those made last first.
func (s *Store) Competitions(ctx context.Context, f CompetitionFilter) ([]groups.Competition, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	var rows []competitionRow
	q := competitionQuery(s.read.NewSelect().Model(&rows)).OrderExpr("c.id DESC").Limit(int64(f.Limit))
	if f.BeforeID > 0 {
		q = q.Where("c.id < ?", f.BeforeID)
	}
	if f.GroupID != 0 {
		q = q.Where("c.group_id = ?", f.GroupID)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("list competitions: %w", err)
	}
	all := make([]groups.Competition, 0, len(rows))
	for i := range rows {
		c, err := s.competition(ctx, &rows[i])
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// RemoveCompetition deletes a competition and returns it as it was. Its players
// and what they gained stay. An unknown one matches ErrNotFound.
func (s *Store) RemoveCompetition(ctx context.Context, id int64) (groups.Competition, error) {
	gone, err := s.Competition(ctx, id)
	if err != nil {
		return gone, err
	}
	if _, err := s.write.NewDelete().Model(&competitionRow{ID: id}).WherePK().Exec(ctx); err != nil {
		return gone, fmt.Errorf("remove competition %d: %w", id, err)
	}
	noteCompetition(ctx, "remove", gone, gone.Title, "")
	return gone, nil
}
