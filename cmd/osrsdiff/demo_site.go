package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/osrsdiff/osrsdiff/demo"
	"github.com/osrsdiff/osrsdiff/player"
)

// demoInterval is how often the demo fetches its players.
const demoInterval = player.MinInterval

// metaDemoStart is when the story of the demo began: a site that starts over a
// stored database goes on from there, so that no value falls back.
const metaDemoStart = "demo_start"

// startSite serves the simulated site on a free port of this host and returns
// its base URL.
func (u *upRun) startSite(ctx context.Context) (string, error) {
	begun, err := u.demoStart(ctx)
	if err != nil {
		return "", err
	}
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen for the simulated hiscores: %w", err)
	}
	server := &http.Server{Handler: demo.NewSite(demo.Options{Start: begun}), ReadHeaderTimeout: 5 * time.Second}
	u.start(ctx, "simulated hiscores", func(ctx context.Context) error { return serve(ctx, server, l) })
	return "http://" + l.Addr().String(), nil
}

// serve serves until ctx ends. Requests under way are cut off: those who make
// them have stopped by then.
func serve(ctx context.Context, server *http.Server, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (u *upRun) demoStart(ctx context.Context) (time.Time, error) {
	text, err := u.parts.store.Meta(ctx, metaDemoStart)
	if err != nil {
		return time.Time{}, err
	}
	if begun, err := time.Parse(time.RFC3339, text); err == nil {
		return begun, nil
	}
	begun := time.Now().UTC()
	return begun, u.parts.store.SetMeta(ctx, metaDemoStart, begun.Format(time.RFC3339))
}

// addDemoPlayers adds the players of the demo that are missing.
func (u *upRun) addDemoPlayers(ctx context.Context) error {
	var players []player.Player
	for _, p := range demo.Players() {
		name, err := player.ParseName(p.Name)
		if err != nil {
			return err
		}
		players = append(players, player.Player{Name: name, Every: demoInterval, Status: player.Pending})
	}
	_, _, err := u.parts.store.AddPlayers(ctx, players)
	return err
}
