package hiscores_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/identity"
	"github.com/osrsdiff/osrsdiff/player"
)

// The targets here start from whole bodies, but what is fuzzed is only how they
// are mutated, since a body of seven kilobytes takes minutes to minimise.

// realBodies are the captured bodies of a kind, or made ones where there are no
// captures.
func realBodies(f *testing.F, pattern string) [][]byte {
	f.Helper()
	var bodies [][]byte
	if dir := os.Getenv("HISCORES_CAPTURES"); dir != "" {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) == 0 {
			f.Fatalf("no captures match %s: %v", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			bodies = append(bodies, data)
		}
		return bodies
	}
	for _, xp := range []int64{1154, 5_000_000, 4_800_000_000} {
		body, err := hiscorestest.Body("Someone", hiscorestest.Account(xp))
		if err != nil {
			f.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	return bodies
}

// script is a list of mutations, read byte by byte. At its end it reads zeros.
type script struct{ left []byte }

func (s *script) byte() int {
	if len(s.left) == 0 {
		return 0
	}
	b := s.left[0]
	s.left = s.left[1:]
	return int(b)
}

// upTo is a number from 0 to below n.
func (s *script) upTo(n int) int {
	if n <= 0 {
		return 0
	}
	return (s.byte()<<16 | s.byte()<<8 | s.byte()) % n
}

// tokens are what a mutation puts in: numbers and pieces of JSON, CSV and HTML.
var tokens = []string{
	"-1", "0", "-2", "9223372036854775807", "9223372036854775808", "1e9", "0.5", "null", "{}", "[]", `""`, "true", ",", ":", `"`,
	"}", "]", "\n", "\x00", "\xff", `"skills"`, `"Skills"`, `"xp":`, `"name":"Overall"`, `{"name":"OVERALL ","xp":7}`, "<html>", "temporarily blocked",
}

// mutate changes a body as the script says.
func mutate(body []byte, s script) []byte {
	body = slices.Clone(body)
	for len(s.left) > 0 && len(body) < 2*hiscores.MaxBody {
		op, at := s.byte(), s.upTo(len(body)+1)
		to := min(len(body), at+s.upTo(64))
		switch op % 7 {
		case 0:
			body = slices.Delete(body, at, to)
		case 1:
			body = slices.Insert(body, at, []byte(tokens[s.byte()%len(tokens)])...)
		case 2:
			body = slices.Replace(body, at, to, []byte(tokens[s.byte()%len(tokens)])...)
		case 3:
			body = slices.Insert(body, s.upTo(len(body)+1), slices.Clone(body[at:to])...)
		case 4:
			if at < len(body) {
				body[at] = byte(s.byte())
			}
		case 5:
			body = body[:at]
		case 6: // another digit
			if i := bytes.IndexAny(body[at:], "0123456789"); i >= 0 {
				body[at+i] = byte('0' + s.byte()%10)
			}
		}
	}
	return body
}

// addScripts seeds a target with each body as it is and each kind of mutation.
func addScripts(f *testing.F, bodies int) {
	for i := range bodies {
		f.Add(uint8(i), []byte{})
	}
	for op := range byte(7) {
		f.Add(uint8(0), []byte{op, 0, 3, 9, 0, 0, 20, 5})
		f.Add(uint8(1), []byte{op, 0, 14, 9, 0, 0, 3, 1, op, 0, 1, 1, 0, 0, 30, 7})
	}
}

// bodyOnly makes every request get one body with status 200.
type bodyOnly struct{ body []byte }

func (a bodyOnly) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(a.body)), Request: req,
	}, nil
}

func FuzzMutatedBody(f *testing.F) {
	bodies := realBodies(f, "json/*.json")
	addScripts(f, len(bodies))
	name, err := player.ParseName("Someone")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, which uint8, mutations []byte) {
		original := bodies[int(which)%len(bodies)]
		data := mutate(original, script{mutations})
		client := hiscores.NewClient(hiscores.Options{
			BaseURL: "http://site", HTTP: &http.Client{Transport: bodyOnly{data}}, Now: func() time.Time { return noon },
		})
		s, err := client.Fetch(t.Context(), name, hiscores.RegularTable)
		if err != nil {
			if len(mutations) == 0 || errors.Is(err, hiscores.ErrNotFound) || errors.Is(err, hiscores.ErrInvalidName) {
				t.Fatalf("a body says that there is no such player, or a whole one nothing: %v", err)
			}
			if !errors.Is(err, hiscores.ErrUnavailable) && !errors.Is(err, hiscores.ErrBlocked) {
				t.Fatalf("err = %v", err)
			}
			return
		}
		checkSnapshot(t, s)
		checkStated(t, s, data)
		before, err := hiscores.Parse(original, noon)
		if err != nil {
			t.Fatal(err)
		}
		checkGains(t, before, s, before)
	})
}

// checkStated fails when the total is a number that the body does not have.
func checkStated(t *testing.T, s hiscores.Snapshot, data []byte) {
	t.Helper()
	total, ok := s.Row(hiscores.Overall)
	if !ok {
		t.Fatal("no Overall row")
	}
	if xp, known := total.Value.Get(); known && !bytes.Contains(data, strconv.AppendInt(nil, xp, 10)) {
		t.Errorf("the total is %d, which the body does not say", xp)
	}
}

// checkGains fails when gains over any part of a history are negative.
func checkGains(t *testing.T, history ...hiscores.Snapshot) {
	t.Helper()
	var peaks identity.Peaks
	counted := make([]hiscores.Snapshot, len(history))
	for i, s := range history {
		if i > 0 {
			peaks = peaks.Next(history[i-1], s)
		}
		counted[i] = peaks.Count(s)
		for j := range i {
			for _, c := range hiscores.Diff(counted[j], counted[i]) {
				if c.Gain < 0 && !hiscores.MayFall(c.Metric) {
					t.Errorf("%s gains %d from answer %d to %d: %v, %v", c.Metric, c.Gain, j, i, c.Before, c.After)
				}
			}
		}
	}
}

// FuzzMutatedValues changes numbers of rows and leaves the form of the body, as
// the game and its rollbacks do.
func FuzzMutatedValues(f *testing.F) {
	var firsts []hiscores.Snapshot
	var bodies []body
	for _, data := range realBodies(f, "json/*.json") {
		first, err := hiscores.Parse(data, noon)
		var b body
		if err := errors.Join(err, json.Unmarshal(data, &b)); err != nil {
			f.Fatal(err)
		}
		firsts, bodies = append(firsts, first), append(bodies, b)
	}
	addScripts(f, len(bodies))
	f.Fuzz(func(t *testing.T, which uint8, changes []byte) {
		s := script{changes}
		first := firsts[int(which)%len(bodies)]
		total, _ := first.Row(hiscores.Overall)
		history := []hiscores.Snapshot{first}
		for len(s.left) > 0 && len(history) < 4 {
			data, err := json.Marshal(bodies[int(which)%len(bodies)].changed(&s))
			if err != nil {
				t.Fatal(err)
			}
			next, err := hiscores.Parse(data, noon.Add(time.Duration(len(history))*time.Hour))
			if err != nil {
				if !errors.Is(err, hiscores.ErrChecksum) {
					t.Fatalf("numbers alone make a body unreadable: %v", err)
				}
				continue
			}
			if now, _ := next.Row(hiscores.Overall); now != total {
				t.Errorf("the total was %v and is %v, though only other rows changed", total, now)
			}
			history = append(history, next)
		}
		checkGains(t, history...)
		judged(t, history)
	})
}

// body is the form of the feed, written down apart from what is tested.
type body struct {
	Skills     []bodyRow `json:"skills"`
	Activities []bodyRow `json:"activities"`
}

type bodyRow struct {
	Name  string `json:"name"`
	Rank  int    `json:"rank"`
	Level int    `json:"level"`
	XP    int    `json:"xp"`
	Score int    `json:"score"`
}

// changed gives up to eight rows other than the total another value.
func (b body) changed(s *script) body {
	b.Skills, b.Activities = slices.Clone(b.Skills), slices.Clone(b.Activities)
	for range 1 + s.upTo(8) {
		if s.byte()%2 == 0 {
			row := &b.Activities[s.upTo(len(b.Activities))]
			row.Score, row.Rank = s.upTo(1<<24)-1, s.upTo(3)-1
		} else if row := &b.Skills[s.upTo(len(b.Skills))]; row.Name != hiscores.Overall {
			row.XP, row.Rank = s.upTo(1<<24)-1, s.upTo(3)-1
		}
	}
	return b
}

// judged fails unless a verdict goes with what fell, for each step.
func judged(t *testing.T, history []hiscores.Snapshot) {
	t.Helper()
	for i := 1; i < len(history); i++ {
		v := identity.Judge(identity.Case{Before: history[i-1], After: history[i]})
		if (v.Kind == identity.Steady) != (len(v.Falls) == 0) || (v.Kind == identity.OtherAccount) != (v.Reason != "") {
			t.Errorf("verdict %+v", v)
		}
		for _, c := range v.Falls {
			if !c.Before.IsKnown() || !c.After.IsKnown() || hiscores.MayFall(c.Metric) {
				t.Errorf("%s is called a fall: %v to %v", c.Metric, c.Before, c.After)
			}
		}
	}
}

func FuzzMutatedCSV(f *testing.F) {
	layouts, err := hiscores.Layouts()
	if err != nil {
		f.Fatal(err)
	}
	bodies := csvBodies(f)
	addScripts(f, len(bodies))
	f.Fuzz(func(t *testing.T, which uint8, mutations []byte) {
		data := mutate(bodies[int(which)%len(bodies)], script{mutations})
		for _, layout := range layouts {
			s, err := hiscores.ParseCSV(bytes.NewReader(data), layout)
			if err != nil {
				if !errors.Is(err, hiscores.ErrLayout) || errors.Is(err, hiscores.ErrNotFound) {
					t.Fatalf("err = %v", err)
				}
				continue
			}
			checkSnapshot(t, s)
			checkStated(t, s, data)
			if len(s.Rows) != layout.Rows() {
				t.Errorf("%d rows of %d", len(s.Rows), layout.Rows())
			}
		}
	})
}

// csvBodies are captured CSV bodies, or one made for the newest layout.
func csvBodies(f *testing.F) [][]byte {
	f.Helper()
	if os.Getenv("HISCORES_CAPTURES") != "" {
		return realBodies(f, "csv/*.csv")
	}
	layout, err := hiscores.LayoutAt(noon)
	if err != nil {
		f.Fatal(err)
	}
	return [][]byte{[]byte(strings.Repeat("7,33,1154\n", len(layout.Skills)) + strings.Repeat("-1,12\n", len(layout.Activities)))}
}
