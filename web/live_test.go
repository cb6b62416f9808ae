package web_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/web"
)

// running runs the server of a bench as its process does, and returns its URL and
// what stops it and waits.
func (b *bench) running() (url string, stop func() error) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	addr, err := b.web.Listen(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	var once sync.Once
	ended := make(chan error, 1)
	go func() { ended <- b.web.Run(ctx) }()
	stop = func() (err error) {
		once.Do(func() {
			cancel()
			err = <-ended
		})
		return err
	}
	b.closing("running server", stop)
	return "http://" + addr.String(), stop
}

// listen opens a stream of events and returns its fields, line by line. The
// channel is closed at the end of the stream.
func (b *bench) listen(url string, header ...string) <-chan string {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
		b.t.Fatalf("%s answers %d with %s", url, res.StatusCode, got)
	}
	lines := make(chan string, 100)
	var done sync.WaitGroup
	done.Go(func() {
		defer close(lines)
		defer func() { _ = res.Body.Close() }()
		for scan := bufio.NewScanner(res.Body); scan.Scan(); {
			lines <- scan.Text()
		}
	})
	b.t.Cleanup(func() { _ = res.Body.Close(); done.Wait() })
	return lines
}

// event reads up to the end of the next event and returns its fields.
func event(t *testing.T, lines <-chan string) map[string]string {
	t.Helper()
	fields := map[string]string{}
	for {
		select {
		case line, more := <-lines:
			name, value, _ := strings.Cut(line, ": ")
			switch {
			case !more:
				t.Fatal("the stream ended")
			case line == "" && fields["event"] != "":
				return fields
			case line != "":
				fields[name] = value
			}
		case <-time.After(20 * time.Second):
			t.Fatal("no event came")
		}
	}
}

func TestEventsAreStreamed(t *testing.T) {
	b := newBench(t, nil)
	first := board(3_000_000, hiscores.Number{})
	p := b.add("Lynx Titan", &first)
	url, stop := b.running()
	lines := b.listen(url + "/api/events?player=lynx+titan&kind=level_up,renamed")
	fetch := func(n int64) {
		b.record(p, start.Add(time.Duration(n)*time.Hour), board(3_000_000+n*100_000, hiscores.Number{}))
	}
	n := int64(0)
	testenv.Eventually(t, 20*time.Second, "an event", func() bool { // the reader may still be about to begin
		n++
		fetch(n)
		return len(lines) > 3
	})
	got := event(t, lines)
	if got["event"] != "level_up" || !strings.Contains(got["data"], `"text":"Lynx Titan reached level 8`) || got["id"] == "" {
		t.Errorf("got %v", got)
	}
	fetch(n + 1)
	again := event(t, b.listen(url+"/api/events?player=lynx+titan&kind=level_up", "Last-Event-ID", got["id"]))
	if again["event"] != "level_up" || again["id"] == got["id"] {
		t.Errorf("who comes back gets %v after %v", again, got)
	}
	other := b.add("Other", nil)
	b.send("/groups", "name", "Clan").want(http.StatusSeeOther, nil)
	b.send("/groups/Clan/roster", "roster", "Other", "do", "apply").want(http.StatusSeeOther, nil)
	others := b.listen(url+"/api/events?group=clan&kind=level_up", "Last-Event-ID", got["id"])
	b.record(other, start, board(3_000_000, hiscores.Number{}))
	fetch(n + 2)
	b.record(other, start.Add(time.Hour), board(4_000_000, hiscores.Number{}))
	if of := event(t, others); !strings.Contains(of["data"], `"player":"Other"`) {
		t.Errorf("who listens to a group gets %v", of)
	}
	if lost := event(t, b.listen(url+"/api/events", "Last-Event-ID", "1-0")); lost["event"] != "lost" {
		t.Errorf("who comes back too late gets %v", lost)
	}
	if err := stop(); err != nil {
		t.Errorf("stopping with streams open: %v", err)
	}
	for range lines { // the stream ends with the server
		continue
	}
}

func TestEventsThatCannotBe(t *testing.T) {
	b := newBench(t, nil)
	for query, status := range map[string]int{
		"player=Nobody": http.StatusNotFound, "kind=levelup": http.StatusUnprocessableEntity, "group=Nobody": http.StatusNotFound, "group=!": http.StatusUnprocessableEntity,
		"players=1": http.StatusUnprocessableEntity,
	} {
		b.call(http.MethodGet, "/api/events?"+query, "").fails(status)
	}
	b = newBench(t, func(o *web.Options) { o.Live.Close() })
	b.call(http.MethodGet, "/api/events", "").fails(http.StatusServiceUnavailable)
}
