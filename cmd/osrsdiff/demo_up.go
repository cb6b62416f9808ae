package main

import (
	"context"
	"fmt"
	"time"
)

// demoDefaults are the settings that the demo has of its own. The simulated
// site bears more requests than the real one, and the feed tells what the log
// would tell again.
var demoDefaults = map[string]string{
	"data.dir": "osrsdiff-demo", "hiscores.rate": "20", "hiscores.burst": "5", "log.level": "warn",
}

// metaDemo marks a database that holds simulated players only.
const metaDemo = "demo"

// refuseDemo keeps simulated players from being looked up on the real site.
func (u *upRun) refuseDemo(ctx context.Context) error {
	mark, err := u.parts.store.Meta(ctx, metaDemo)
	if err != nil || mark == "" {
		return err
	}
	return usage("the database %s holds the simulated players of the demo: run `osrsdiff up --demo`, or choose another data folder or database", u.parts.settings.Database.URL)
}

// prepareDemo starts the simulated site and adds its players, after making sure
// that neither the database nor Redis holds others.
func (u *upRun) prepareDemo(ctx context.Context) error {
	if err := u.claimDatabase(ctx); err != nil {
		return err
	}
	if err := u.checkRedis(ctx); err != nil {
		return err
	}
	url, err := u.startSite(ctx)
	if err != nil {
		return err
	}
	u.parts.settings.Hiscores.URL = url
	u.parts.watch = &feed{Store: u.parts.store, paint: u.painter(u.stdout), now: time.Now, w: u.stdout}
	return u.addDemoPlayers(ctx)
}

// claimDatabase marks an empty database as the demo's.
func (u *upRun) claimDatabase(ctx context.Context) error {
	db := u.parts.store
	mark, err := db.Meta(ctx, metaDemo)
	if err != nil || mark != "" {
		return err
	}
	n, err := db.CountPlayers(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		return usage("the database %s holds %d players that are not the demo's: give the demo a database of its own", u.parts.settings.Database.URL, n)
	}
	return db.SetMeta(ctx, metaDemo, "true")
}

// checkRedis refuses a Redis whose schedules were filled from another database.
func (u *upRun) checkRedis(ctx context.Context) error {
	stats, err := u.parts.book().Stats(ctx)
	if err != nil {
		return err
	}
	own := stats.Ready == u.parts.store.DatabaseID()
	if !own && stats.Ready == "" {
		own, err = u.noSchedules(ctx)
	}
	if err != nil || own {
		return err
	}
	return usage("the Redis at %s holds schedules of other players under %s: give the demo a Redis or a scheduler.prefix of its own",
		u.parts.settings.Redis.URL, u.parts.settings.Scheduler.Prefix)
}

// noSchedules reports whether no key is under the prefix.
func (u *upRun) noSchedules(ctx context.Context) (bool, error) {
	keys := u.parts.redis.Scan(ctx, 0, u.parts.settings.Scheduler.Prefix+":*", 1000).Iterator()
	found := keys.Next(ctx)
	if err := keys.Err(); err != nil {
		return false, fmt.Errorf("look for schedules in Redis: %w", err)
	}
	return !found, nil
}
