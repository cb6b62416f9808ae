package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/osrsdiff/osrsdiff/config"
	"github.com/osrsdiff/osrsdiff/embedded"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// The scripts in testdata/script run this program as people do, each in a folder
// of its own with a fake hiscores site. What they have beyond testscript:
//
//	site account NAME MODE XP   list a player
//	site remove NAME            list it no more
//	site fault NAME KIND        make its requests fail; * is everyone
//	site clear NAME             end that
//	site requests NAME N        fail unless so many requests came for it
//	redis                       start a Redis and set REDIS_URL
//	fetched NAME AGO XP         store a snapshot of a player, as if fetched that long ago
//	until REGEXP CMD ARGS...    run a command until its output matches
//	within DURATION             fail if the script has run longer
//	term                        send SIGTERM to everything in the background
//	exits CODE CMD ARGS...      run a command and check its exit code
//	audited ACTION CMD ARGS...  run a command and want the audit log to say that it did ACTION
//	get DIR PATH REGEXP         get a path from the web server of the up in DIR until it matches
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: setupScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"site": siteCommand, "redis": redisCommand, "until": untilCommand, "within": withinCommand,
			"exits": exitsCommand, "get": getCommand, "fetched": fetchedCommand, "term": termCommand, "audited": auditedCommand,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"osrsdiff": func() {
		signal.Reset(os.Interrupt) // A shell that runs tests in the background ignores it for its children.
		main()
	}})
}

// siteKey finds the fake site of a script.
type siteKey struct{}

func setupScript(env *testscript.Env) error {
	site := hiscorestest.NewSite()
	url, stop := site.Start()
	env.Defer(stop)
	env.Values[siteKey{}] = site
	env.Setenv("OSRSDIFF_HISCORES_URL", url)
	env.Setenv("OSRSDIFF_HISCORES_RATE", "1000")
	env.Setenv("OSRSDIFF_HISCORES_BURST", "100")
	env.Setenv("OSRSDIFF_WEB_LISTEN", "127.0.0.1:0")
	env.Values["begun"] = time.Now()
	return nil
}

func siteCommand(ts *testscript.TestScript, neg bool, args []string) {
	site, _ := ts.Value(siteKey{}).(*hiscorestest.Site)
	if neg || len(args) < 2 {
		ts.Fatalf("usage: site account|remove|fault|clear|requests NAME ...")
	}
	name := args[1]
	switch args[0] {
	case "account":
		xp, err := strconv.ParseInt(args[3], 10, 64)
		ts.Check(err)
		site.SetAccount(name, player.Mode(args[2]), hiscorestest.Account(xp))
	case "remove":
		site.Remove(name)
	case "fault":
		site.Fault(name, hiscorestest.Fault{Kind: hiscorestest.FaultKind(args[2])})
	case "clear":
		site.Clear(name)
	case "requests":
		if got := strconv.Itoa(site.Requests(name)); got != args[2] {
			ts.Fatalf("%s requests came for %s, want %s", got, name, args[2])
		}
	default:
		ts.Fatalf("unknown: site %s", args[0])
	}
}

func redisCommand(ts *testscript.TestScript, _ bool, _ []string) {
	server, err := embedded.Start(embedded.Options{})
	ts.Check(err)
	ts.Defer(func() { _ = server.Close() })
	ts.Setenv("REDIS_URL", server.URL())
}

func fetchedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: fetched NAME AGO XP")
	}
	ago, err := time.ParseDuration(args[1])
	ts.Check(err)
	xp, err := strconv.ParseInt(args[2], 10, 64)
	ts.Check(err)
	name, err := player.ParseName(args[0])
	ts.Check(err)
	ctx := context.Background()
	db, err := store.Open(ctx, config.SQLiteURL(ts.MkAbs("osrsdiff-data/osrsdiff.db")), store.Options{})
	ts.Check(err)
	defer func() { ts.Check(db.Close()) }()
	p, err := db.PlayerByName(ctx, name)
	ts.Check(err)
	snap := hiscorestest.Account(xp)
	snap.At = time.Now().Add(-ago)
	_, err = db.RecordSnapshot(ctx, player.Attempt{PlayerID: p.ID, StartedAt: snap.At, At: snap.At, Covers: snap.At, Tick: snap.At}, snap)
	ts.Check(err)
}

// untilPatience is how long until tries; only a failing script waits so long.
const untilPatience = 45 * time.Second

func untilCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until REGEXP CMD ARGS...")
	}
	want, err := regexp.Compile("(?s)" + args[0])
	ts.Check(err)
	eventually(ts, want, func() string {
		err := ts.Exec(args[1], args[2:]...)
		out := ts.ReadFile("stdout") + ts.ReadFile("stderr")
		if err != nil {
			out += err.Error() // The command may fail until the output is there.
		}
		return out
	})
}

// eventually asks until the answer matches.
func eventually(ts *testscript.TestScript, want *regexp.Regexp, ask func() string) {
	patience := time.NewTimer(untilPatience)
	defer patience.Stop()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		answer := ask()
		if want.MatchString(answer) {
			return
		}
		select {
		case <-again.C:
		case <-patience.C:
			ts.Fatalf("after %v no %q in:\n%s", untilPatience, want, answer)
		}
	}
}

func withinCommand(ts *testscript.TestScript, _ bool, args []string) {
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	begun, _ := ts.Value("begun").(time.Time)
	if took := time.Since(begun); took > limit {
		ts.Fatalf("took %v, want at most %v", took, limit)
	}
}

func exitsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE CMD ARGS...")
	}
	code := 0
	err := ts.Exec(args[1], args[2:]...)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s; stderr:\n%s", code, args[0], ts.ReadFile("stderr"))
	}
}

func termCommand(ts *testscript.TestScript, _ bool, _ []string) {
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(syscall.SIGTERM))
	}
}

func getCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: get DIR PATH REGEXP")
	}
	want, err := regexp.Compile("(?s)" + args[2])
	ts.Check(err)
	eventually(ts, want, func() string { return get(ts.MkAbs(args[0]), args[1]) })
}

// get returns the status and the body, or why there are none.
func get(dir, path string) string {
	info, err := readRunFile(dir)
	if err != nil {
		return err.Error()
	}
	resp, err := http.Get(info.WebURL + path)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return resp.Status + "\n" + string(body)
}
