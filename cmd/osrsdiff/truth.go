package main

import (
	"context"
	"time"

	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/store"
)

// truth is the database in the form that package schedules asks for.
type truth struct{ *store.Store }

var (
	_ schedules.Players = truth{}
	_ schedules.Outbox  = truth{}
	_ schedules.Ledger  = truth{}
)

// PlayersAfter lists players by id.
func (t truth) PlayersAfter(ctx context.Context, afterID int64, limit int) ([]player.Player, error) {
	return t.Players(ctx, store.PlayerFilter{AfterID: afterID, Limit: limit})
}

// NominalRun is the nominal time of the last run of a static task.
func (t truth) NominalRun(ctx context.Context, id string) (time.Time, error) {
	runs, err := t.LastRuns(ctx)
	return runs[id].Nominal, err
}
