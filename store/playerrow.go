package store

import (
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/osrsdiff/osrsdiff/player"
)

// playerColumns are the columns of a player that everyone reads. The latest
// snapshot, which is most of the row, is read apart (see latestRow).
type playerColumns struct {
	ID                int64         `bun:"id,pk,autoincrement"`
	Name              string        `bun:"name"`
	NameKey           string        `bun:"name_key"`
	Mode              player.Mode   `bun:"mode"`
	Status            player.Status `bun:"status"`
	Every             int           `bun:"every_minutes"`
	Paused            bool          `bun:"paused"`
	Revision          int64         `bun:"revision"`
	CreatedAt         int64         `bun:"created_at"`
	UpdatedAt         int64         `bun:"updated_at"`
	IntervalChangedAt int64         `bun:"interval_changed_at"`
	ResumedAt         int64         `bun:"resumed_at"`
	CoveredUntil      int64         `bun:"covered_until"`
	LastAttemptAt     int64         `bun:"last_attempt_at"`
	LastFetchedAt     int64         `bun:"last_fetched_at"`
	LastChangedAt     int64         `bun:"last_changed_at"`
	LastResult        player.Result `bun:"last_result"`
	LastError         string        `bun:"last_error"`
	MissingSince      int64         `bun:"missing_since"`
}

// targets are where the columns go, in the order that bun selects them.
func (r *playerColumns) targets() []any {
	return []any{
		&r.ID, &r.Name, &r.NameKey, &r.Mode, &r.Status, &r.Every, &r.Paused, &r.Revision,
		&r.CreatedAt, &r.UpdatedAt, &r.IntervalChangedAt, &r.ResumedAt, &r.CoveredUntil,
		&r.LastAttemptAt, &r.LastFetchedAt, &r.LastChangedAt, &r.LastResult, &r.LastError, &r.MissingSince,
	}
}

type playerRow struct {
	bun.BaseModel `bun:"table:players,alias:p"`
	playerColumns
}

// newPlayerRow is a player about to be added, with its defaults filled in.
func newPlayerRow(p player.Player, now time.Time) (playerRow, error) {
	if p.Every == 0 {
		p.Every = player.DefaultInterval
	}
	if p.Status == "" {
		p.Status = player.Pending
	}
	if p.CreatedAt.IsZero() {
		p.CreatedAt = now
	}
	if err := validate(p); err != nil {
		return playerRow{}, err
	}
	at := micros(p.CreatedAt)
	return playerRow{playerColumns: playerColumns{
		Name: p.Name.String(), NameKey: p.Name.Key(),
		Mode: p.Mode, Status: p.Status, Every: int(p.Every), Paused: p.Paused,
		Revision: 1, CreatedAt: at, UpdatedAt: at,
	}}, nil
}

func validate(p player.Player) error {
	if p.Name.IsZero() {
		return fmt.Errorf("%w: the name is empty", player.ErrInvalidName)
	}
	if p.Mode != "" && !p.Mode.Valid() {
		_, err := player.ParseMode(string(p.Mode))
		return err
	}
	return p.Every.Validate()
}

// player is the row in the terms of the other packages.
func (r *playerColumns) player() (player.Player, error) {
	name, err := player.ParseName(r.Name)
	if err != nil || name.Key() != r.NameKey {
		return player.Player{}, fmt.Errorf("player %d: stored name %q does not go with its key %q (%w)",
			r.ID, r.Name, r.NameKey, player.ErrInvalidName)
	}
	return player.Player{
		ID: r.ID, Name: name, Mode: r.Mode, Status: r.Status,
		Every: player.Interval(r.Every), Paused: r.Paused, Revision: r.Revision,
		CreatedAt:         fromMicros(r.CreatedAt),
		UpdatedAt:         fromMicros(r.UpdatedAt),
		IntervalChangedAt: fromMicros(r.IntervalChangedAt),
		ResumedAt:         fromMicros(r.ResumedAt),
		CoveredUntil:      fromMicros(r.CoveredUntil),
		LastAttemptAt:     fromMicros(r.LastAttemptAt),
		LastFetchedAt:     fromMicros(r.LastFetchedAt),
		LastChangedAt:     fromMicros(r.LastChangedAt),
		LastResult:        r.LastResult, LastError: r.LastError,
		MissingSince: fromMicros(r.MissingSince),
	}, nil
}

func playersOf(rows []playerRow) ([]player.Player, error) {
	players := make([]player.Player, 0, len(rows))
	for i := range rows {
		p, err := rows[i].player()
		if err != nil {
			return nil, err
		}
		players = append(players, p)
	}
	return players, nil
}
