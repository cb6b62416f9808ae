package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
)

// A year of made-up history, the same for the same options. Every player begins
// with a full body of the feed. Most then play a few evenings, some play most
// days, and one in a thousand gains something every hour of the year. Values
// arrive in the order of time, all players mixed, as they do in life, so that the
// trees of the database are as full as they would be.

// Year says what to make.
type Year struct {
	Players int
	End     time.Time
	// Log is told of each step.
	Log func(format string, args ...any)
}

// YearMade says what was made.
type YearMade struct {
	// FirstValues are those of first snapshots, Changes all that came later.
	FirstValues, Changes int
	// BytesFirst and BytesValues are the size of the table of values, indexes
	// included, with the first snapshots and with all.
	BytesFirst, BytesValues int64
	// BytesRollups is the size of standings and period sums, BytesAll that of the
	// database.
	BytesRollups, BytesAll int64
	// Standings and Sums are how many rows the roll-ups have.
	Standings, Sums int
}

// made is a value to be stored.
type made struct {
	at, value     int64
	player, rank  int32
	metric, level int16
}

// busyOneIn is how many players there are for each who never stops.
const busyOneIn = 1000

func (y Year) isBusy(i int) bool { return i%busyOneIn == min(busyOneIn, y.Players)/2 }

// Busy is the id of a player who gains something every hour.
func (y Year) Busy() int64 { return int64(min(busyOneIn, y.Players)/2) + 1 }

// MakeYear fills an empty database.
func (s *Store) MakeYear(ctx context.Context, y Year) (YearMade, error) {
	m := &yearMaker{Store: s, year: y, random: rand.New(rand.NewPCG(1, 2)), start: y.End.AddDate(-1, 0, 0)}
	steps := []struct {
		name string
		do   func(context.Context) error
	}{
		{"players", m.addPlayers}, {"first values", m.first}, {"changes", m.change},
		{"standings", m.standings}, {"period sums", m.saveSums}, {"statistics", m.analyse}, {"sizes", m.sizes},
	}
	for _, step := range steps {
		began := time.Now()
		if err := step.do(ctx); err != nil {
			return m.done, fmt.Errorf("%s: %w", step.name, err)
		}
		y.Log("%s: %v", step.name, time.Since(began).Round(time.Millisecond))
	}
	return m.done, nil
}

type yearMaker struct {
	*Store
	year    Year
	random  *rand.Rand
	start   time.Time
	done    YearMade
	ids     []int64
	metrics []int64
	now     [][]int64 // values by player and metric
	changes []made
	sums    []gainRow
}

func (m *yearMaker) addPlayers(ctx context.Context) error {
	first := hiscorestest.Account(50_000_000)
	if err := m.learn(ctx, first.Rows); err != nil {
		return err
	}
	for _, r := range first.Rows {
		row, err := m.metricByName(ctx, r.Metric)
		if err != nil {
			return err
		}
		m.metrics = append(m.metrics, row.ID)
	}
	var players []player.Player
	for i := range m.year.Players {
		name, err := player.ParseName(fmt.Sprint("Player ", i))
		if err != nil {
			return err
		}
		players = append(players, player.Player{Name: name, Status: player.Active, Mode: player.Regular, CreatedAt: m.start})
	}
	added, _, err := m.AddPlayers(ctx, players)
	for _, p := range added {
		m.ids = append(m.ids, p.ID)
	}
	return err
}

// first gives every player a full body within the first hours and thinks of what
// follows.
func (m *yearMaker) first(ctx context.Context) error {
	var values []made
	for i, id := range m.ids {
		busy := m.year.isBusy(i)
		at := m.start.Add(time.Duration(i) * 10 * time.Millisecond)
		body := hiscorestest.Account(1_000_000 + m.random.Int64N(400_000_000))
		now := make([]int64, len(body.Rows))
		for j, r := range body.Rows {
			now[j], _ = r.Value.Get()
			values = append(values, m.value(id, j, at, now[j]))
		}
		m.now = append(m.now, now)
		m.play(i, at, busy)
	}
	m.done.FirstValues, m.done.Changes = len(values), len(m.changes)
	if err := load(ctx, m, "metric_values", valueColumns, values, valueCells); err != nil {
		return err
	}
	var err error
	m.done.BytesFirst, err = m.bytes(ctx, "metric_values")
	return err
}

func (m *yearMaker) value(id int64, metric int, at time.Time, value int64) made {
	v := made{player: int32(id), metric: int16(m.metrics[metric]), at: micros(at), value: value, rank: -1, level: -1}
	if value > 0 {
		v.rank = m.random.Int32N(2_000_000)
	}
	if metric == 0 {
		v.level = int16(1000 + m.random.IntN(1376))
	} else if metric < 25 {
		v.level = int16(hiscores.Level(value))
	}
	return v
}

// play lets a player gain over the year.
func (m *yearMaker) play(i int, from time.Time, busy bool) {
	sums := make(map[gainRow]int64)
	evenings := m.random.IntN(6)
	if m.random.IntN(5) == 0 {
		evenings += 10 + m.random.IntN(70)
	}
	switch {
	case busy:
		for at := from.Add(time.Hour); at.Before(m.year.End); at = at.Add(time.Hour) {
			m.session(i, at, sums)
		}
	default:
		for range evenings {
			at := from.Add(time.Duration(m.random.Int64N(int64(m.year.End.Sub(from) - 6*time.Hour))))
			for range 1 + m.random.IntN(4) {
				at = at.Add(time.Hour + time.Duration(m.random.IntN(3600))*time.Second/60)
				m.session(i, at, sums)
			}
		}
	}
	for row, gain := range sums {
		row.Gain = gain
		m.sums = append(m.sums, row)
	}
}

// session is a fetch that finds a skill or two and sometimes a boss grown, and so
// Overall. Values are set later, in the order of time.
func (m *yearMaker) session(i int, at time.Time, sums map[gainRow]int64) {
	gain := func(metric int, n int64) {
		m.changes = append(m.changes, made{player: int32(i), metric: int16(metric), at: micros(at), value: n})
		for _, b := range bucketsOf(micros(at)) {
			sums[gainRow{PlayerID: m.ids[i], MetricID: m.metrics[metric], Bucket: b}] += n
		}
	}
	first := 1 + (i+at.YearDay()/9)%24
	xp := 1000 + m.random.Int64N(90_000)
	if m.random.IntN(3) == 0 {
		gain(first%24+1, 500)
		gain(0, xp+500)
	} else {
		gain(0, xp)
	}
	gain(first, xp)
	if m.random.IntN(2) == 0 {
		gain(25+20+(i+at.YearDay()/20)%71, 1+m.random.Int64N(12))
	}
}

// change stores what was gained, in the order of time.
func (m *yearMaker) change(ctx context.Context) error {
	slices.SortFunc(m.changes, func(a, b made) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.player, b.player), cmp.Compare(a.metric, b.metric))
	})
	kept := m.changes[:0]
	for _, c := range m.changes {
		now := &m.now[c.player][c.metric]
		*now += c.value
		kept = append(kept, m.value(m.ids[c.player], int(c.metric), fromMicros(c.at), *now))
	}
	if err := load(ctx, m, "metric_values", valueColumns, kept, valueCells); err != nil {
		return err
	}
	m.changes = nil
	var err error
	m.done.BytesValues, err = m.bytes(ctx, "metric_values")
	return err
}

var valueColumns = []string{"player_id", "metric_id", "at", "value", "level", "rank"}

func valueCells(v made) []any {
	return []any{int64(v.player), int64(v.metric), v.at, v.value, unless(int64(v.level)), unless(int64(v.rank))}
}

// unless is nil for -1.
func unless(n int64) any {
	if n < 0 {
		return nil
	}
	return n
}

// standings stores the latest values, for the leaderboards and for each player.
func (m *yearMaker) standings(ctx context.Context) error {
	var rows []standingRow
	type latest struct {
		id     int64
		packed []byte
	}
	body := hiscorestest.Account(50_000_000)
	var snapshots []latest
	for i, id := range m.ids {
		for j, value := range m.now[i] {
			if value > 0 {
				rows = append(rows, standingRow{PlayerID: id, MetricID: m.metrics[j], Value: value})
			}
			body.Rows[j].Value = hiscores.Known(value)
		}
		packed, err := m.pack(body.Rows)
		if err != nil {
			return err
		}
		snapshots = append(snapshots, latest{id, packed})
	}
	m.done.Standings = len(rows)
	err := load(ctx, m, "standings", []string{"player_id", "metric_id", "value"}, rows,
		func(r standingRow) []any { return []any{r.PlayerID, r.MetricID, r.Value} })
	if err != nil {
		return err
	}
	tx, err := m.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, l := range snapshots {
		_, err := tx.ExecContext(ctx, "UPDATE players SET first_at = ?, snapshot_at = ?, last_fetched_at = ?, snapshot = ? WHERE id = ?",
			micros(m.start), micros(m.year.End), micros(m.year.End), l.packed, l.id)
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (m *yearMaker) saveSums(ctx context.Context) error {
	slices.SortFunc(m.sums, func(a, b gainRow) int {
		return cmp.Or(cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.PlayerID, b.PlayerID), cmp.Compare(a.MetricID, b.MetricID))
	})
	m.done.Sums = len(m.sums)
	return load(ctx, m, "period_gains", []string{"player_id", "metric_id", "bucket", "gain"}, m.sums,
		func(r gainRow) []any { return []any{r.PlayerID, r.MetricID, int64(r.Bucket), r.Gain} })
}

// analyse does what PostgreSQL does by itself after a while.
func (m *yearMaker) analyse(ctx context.Context) error {
	if m.engine == sqliteEngine {
		return nil
	}
	if _, err := m.write.ExecContext(ctx, "VACUUM ANALYZE"); err != nil {
		return err
	}
	_, err := m.write.ExecContext(ctx, "CHECKPOINT")
	return err
}

func (m *yearMaker) sizes(ctx context.Context) error {
	a, err := m.bytes(ctx, "standings")
	if err != nil {
		return err
	}
	b, err := m.bytes(ctx, "period_gains")
	if err != nil {
		return err
	}
	m.done.BytesRollups = a + b
	all := "SELECT pg_database_size(current_database())"
	if m.engine == sqliteEngine {
		all = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
	}
	return m.read.QueryRowContext(ctx, all).Scan(&m.done.BytesAll)
}

// bytes is the size of a table with its indexes.
func (s *Store) bytes(ctx context.Context, table string) (n int64, err error) {
	query := "SELECT pg_total_relation_size(?)"
	if s.engine == sqliteEngine {
		query = "SELECT COALESCE(SUM(pgsize), 0) FROM dbstat WHERE aggregate = TRUE AND name IN (SELECT name FROM sqlite_master WHERE tbl_name = ?)"
	}
	return n, s.read.QueryRowContext(ctx, query, table).Scan(&n)
}

// load stores rows in their order, as fast as it goes.
func load[T any](ctx context.Context, m *yearMaker, table string, columns []string, rows []T, cells func(T) []any) error {
	row := func(i int) []any { return cells(rows[i]) }
	if m.engine == postgresEngine {
		return m.copyIn(ctx, table, columns, len(rows), row)
	}
	return m.insert(ctx, table, columns, len(rows), row)
}

func (m *yearMaker) copyIn(ctx context.Context, table string, columns []string, n int, row func(int) []any) error {
	conn, err := m.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	// Whoever made the database may leave out the checks of foreign keys.
	if _, err := conn.ExecContext(ctx, "SET session_replication_role = replica"); err != nil {
		return err
	}
	return conn.Raw(func(c any) error {
		cells := pgx.CopyFromSlice(n, func(i int) ([]any, error) { return row(i), nil })
		_, err := c.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, cells)
		return err
	})
}

// insertBatch is how many rows one transaction of SQLite inserts.
const insertBatch = 500_000

func (m *yearMaker) insert(ctx context.Context, table string, columns []string, n int, row func(int) []any) error {
	query := "INSERT INTO " + table + " ("
	marks := ""
	for i, c := range columns {
		if i > 0 {
			query, marks = query+", ", marks+", "
		}
		query, marks = query+c, marks+"?"
	}
	query += ") VALUES (" + marks + ")"
	for from := 0; from < n; from += insertBatch {
		conn, err := m.write.Conn(ctx)
		if err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, "PRAGMA cache_size = -1000000"); err != nil {
			return err
		}
		err = conn.Raw(func(c any) error { return m.insertSome(ctx, c, query, from, min(from+insertBatch, n), row) })
		if closeErr := conn.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// insertSome talks to the driver itself, which saves half the time.
func (m *yearMaker) insertSome(ctx context.Context, c any, query string, from, to int, row func(int) []any) error {
	tx, err := c.(driver.ConnBeginTx).BeginTx(ctx, driver.TxOptions{})
	if err != nil {
		return err
	}
	stmt, err := c.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }()
	for i := from; i < to; i++ {
		var args []driver.NamedValue
		for j, cell := range row(i) {
			args = append(args, driver.NamedValue{Ordinal: j + 1, Value: cell})
		}
		if _, err := stmt.(driver.StmtExecContext).ExecContext(ctx, args); err != nil {
			return err
		}
	}
	return tx.Commit()
}
