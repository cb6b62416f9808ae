package web_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/internal/testenv"
	"github.com/osrsdiff/osrsdiff/player"
)

var (
	fuzzFor  = flag.Duration("fuzzfor", 0, "how long TestFuzz goes on with random requests")
	fuzzSeed = flag.Uint64("fuzzseed", 1, "what those requests are drawn from")
)

// badTexts are what parameters and members get that no one should send.
var badTexts = []string{
	"", " ", "0", "-0", "-1", "1", "1.5", "1e309", "-1e309", "NaN", "Infinity", "0x10", "1_000", "9223372036854775807", "9223372036854775808",
	"-9223372036854775809", "99999999999999999999999999", "true", "false", "maybe", "null", "undefined", "[]", "{}", "[1,2]", `{"a":1}`,
	"'; DROP TABLE players; --", `" OR "1"="1`, "1) UNION SELECT * FROM meta --", "%", "_", "!", "%25", "%00", "\x00", "a\x00b", "\xff\xfe\xfa", "\xc3\x28",
	"\u202e\u200b", "𝕃𝕪𝕟𝕩", "🦀", "é", "ß", "ı", "\u00a0", "\r\nX-Injected: 1", "../../etc/passwd", "..", ".", "/", "//", "?", "#", "&", "=", "+", ";",
	"<script>alert(1)</script>", "{{.}}", "${jndi:ldap://x}", "*", "KEYS *", "\t", "\n", strings.Repeat("a", 13), strings.Repeat("a", 5000), strings.Repeat("é", 300),
	"2026-13-45T99:99:99Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "2026-03-04", "2026-03-04T10:00:00+99:00", "7d", "-7d", "36500d", "36501d",
	"9999999999999d", "24h", "-24h", "876001h", "1ns", "now", "Europe/Berlin", "../Berlin", "Local", "day", "week", "10080", "10081", "1m", "8d",
	"1:2", "1:", ":", "nan:1", "inf:1", "-inf:1", "1e400:1", "paused:18446744073709551615:9223372036854775807", "paused:0:0", "paused:-1:1", "run:0", "run:1", "run:9223372036854775807",
	"run:-1", "active:0:fetch", "active:2147483647:fetch", "pending:99999999999:x", "completed:1:gone", "run_1", "run_0", "run_9223372036854775807", "run_-1",
	"player_fetch_1", "player_fetch_0", "player_fetch_-1", "player_fetch_9223372036854775807", "player_fetch_99999999999999999999", "player_fetch_01",
	"Overall", "overall ", "Zezima", "zezima", "Nobody", "bulk", "verify", "execution",
}

// badValues are JSON values for members of bodies beside the texts.
var badValues = []string{
	"null", "true", "false", "0", "-1", "1", "1.5", "1e308", "1e309", "-1e309", "9223372036854775808", "99999999999999999999999999", "[]", "{}", "[null]", `[""]`, `["Zezima"]`,
	`["Zezima",1]`, `[["Zezima"]]`, `{"a":{"b":[]}}`, `"\ud800"`, `"\u0000"`, `"\uffff"`, "[" + strings.Repeat(`"a",`, 10_000) + `"a"]`, strings.Repeat("[", 500) + strings.Repeat("]", 500),
}

// badBodies are whole bodies.
var badBodies = []string{
	"", " ", "null", "true", "0", `""`, "[]", "{}", "{", "}", `{"`, `{"name"`, `{"name":`, `{"name":"Zezima"`, `{"name":"Zezima",}`, `{"name":"Zezima"}{}`, `{"name":"Zezima"} x`,
	`{"name":"A","name":"B"}`, `{"NAME":"Zezima"}`, `{"":1}`, `{"__proto__":{}}`, `{"\u0000":1}`, "name=Zezima", "<a/>", "\xef\xbb\xbf{}", "\xff", "\x00", "[{}]",
	strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000), strings.Repeat("[", 20_000), `{"name":"` + strings.Repeat("a", 1<<20) + `"}`,
}

var contentTypes = []string{
	"application/json", "application/json; charset=utf-8", "", "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "application/cbor", "*/*", "nonsense", "application/JSON",
	"application/merge-patch+json", "\"",
}

// goodFor are values that parameters of these names take, so that requests get
// past the first check.
var goodFor = map[string][]string{
	"name": {"Zezima", "lynx_titan", "check_game_mode_downgrades", "player_fetch_1"}, "metric": {"Overall", "attack", "Zulrah"}, "id": {"player_fetch_1", "player_fetch_2", "Zezima", "run_1", "1"},
	"to": {"now"},
}

// fuzzer sends bad requests to a bench and holds what comes back against the
// description.
type fuzzer struct {
	*bench
	*contract
	ctx  context.Context
	rand *rand.Rand
	sent int
	// got counts answers by operation and status class.
	got map[string]int
	// failed counts what was wrong, so that one mistake is not told a thousand times.
	failed map[string]int
}

func newFuzzer(t *testing.T, database string) *fuzzer {
	t.Helper()
	b := newBenchWith(t, testenv.RedisURL(t), database, nil)
	first := hiscorestest.Account(5_000_000)
	for i, name := range []string{"Zezima", "Lynx Titan", "Flagged"} {
		p := b.add(name, &first)
		b.site.SetAccount(name, player.Regular, hiscorestest.Account(9_000_000+int64(i)))
		b.record(p, start.Add(time.Hour), hiscorestest.Account(6_000_000+int64(i)))
		if err := b.book.Schedule(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.set(start.Add(2 * time.Hour))
	return &fuzzer{
		bench: b, contract: newContract(b), ctx: t.Context(), rand: rand.New(rand.NewPCG(*fuzzSeed, 7)), got: map[string]int{}, failed: map[string]int{},
	}
}

// try sends one request and reports what is wrong with its answer.
func (f *fuzzer) try(op described, url, body, contentType string) {
	f.t.Helper()
	e := f.exchange(f.ctx, op, url, body, contentType)
	f.sent++
	f.got[fmt.Sprintf("%s %dxx", op, e.answer.status/100)]++
	if routedElsewhere(op, url) {
		e.op.Statuses = append(slices.Clone(e.op.Statuses), "200", "201", "202", "204", "301", "307", "404", "405", "422")
		if e.answer.status >= 500 {
			f.t.Errorf("answered %d: %s", e.answer.status, e)
		}
		return
	}
	for _, wrong := range f.check(e) {
		key := op.String() + wrong
		if f.failed[key]++; f.failed[key] <= 2 && len(f.failed) < 60 {
			f.t.Errorf("%s: %s", wrong, e)
		}
	}
}

// routedElsewhere reports whether a path is cleaned or taken by another route: an
// empty segment, dots, or a value that is the name of a sibling operation.
func routedElsewhere(op described, raw string) bool {
	path, _, _ := strings.Cut(raw, "?")
	want, got := strings.Split(op.Path, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return true
	}
	for i := range want {
		if strings.HasPrefix(want[i], "{") {
			switch segment := strings.ToLower(got[i]); segment {
			case "", ".", "..", "%2e", "%2e%2e", "bulk", "verify", "rebuild", "executions":
				return true
			}
		}
	}
	return false
}

// path fills in the path parameters of an operation, all with good values but for
// the one that is to have another.
func (f *fuzzer) path(op described, name, value string) string {
	path := op.Path
	for _, p := range op.Parameters {
		if p.In != "path" {
			continue
		}
		v := value
		if p.Name != name {
			v = f.good(p)
		}
		path = strings.Replace(path, "{"+p.Name+"}", url.PathEscape(v), 1)
	}
	return path
}

func (f *fuzzer) good(p parameter) string {
	values := goodFor[p.Name]
	if len(p.Schema.Enum) > 0 {
		return fmt.Sprint(p.Schema.Enum[f.rand.IntN(len(p.Schema.Enum))])
	}
	if len(p.Schema.Examples) > 0 {
		values = append(slices.Clone(values), fmt.Sprint(p.Schema.Examples[0]))
	}
	if len(values) == 0 {
		return "1"
	}
	return values[f.rand.IntN(len(values))]
}

// parameters sends every bad text as every parameter, unknown ones and one twice.
func (f *fuzzer) parameters(op described, body string) {
	for _, p := range op.Parameters {
		for _, bad := range badTexts {
			switch p.In {
			case "path":
				f.try(op, f.path(op, p.Name, bad), body, "application/json")
			case "query":
				f.try(op, f.path(op, "", "")+"?"+p.Name+"="+url.QueryEscape(bad), body, "application/json")
			}
		}
		if p.In == "query" {
			f.try(op, f.path(op, "", "")+"?"+p.Name+"="+url.QueryEscape(f.good(p))+"&"+p.Name+"=2", body, "application/json")
			f.try(op, f.path(op, "", "")+"?"+p.Name, body, "application/json")
			f.try(op, f.path(op, "", "")+"?"+p.Name+"[]=1", body, "application/json")
		}
	}
	for _, query := range []string{"?unknown=1", "?=", "?&&", "?%zz=1", "?a;b=1", "?limit=5&unknown"} {
		f.try(op, f.path(op, "", "")+query, body, "application/json")
	}
}

// bodies sends every bad body, and every bad value as every member.
func (f *fuzzer) bodies(op described) {
	for kind, s := range op.Body {
		for _, body := range badBodies {
			f.try(op, f.path(op, "", ""), body, kind)
		}
		for _, other := range contentTypes {
			f.try(op, f.path(op, "", ""), `{"name":"x"}`, other)
		}
		for member := range s.Properties {
			for _, bad := range badTexts {
				text, _ := json.Marshal(bad)
				f.try(op, f.path(op, "", ""), f.member(s, member, string(text)), kind)
			}
			for _, bad := range badValues {
				f.try(op, f.path(op, "", ""), f.member(s, member, bad), kind)
			}
		}
	}
}

// member is a body with what is required and one member of a given value.
func (f *fuzzer) member(s schema, member, value string) string {
	parts := []string{fmt.Sprintf("%q:%s", member, value)}
	for _, name := range s.Required {
		if name != member {
			parts = append(parts, fmt.Sprintf("%q:%s", name, f.goodJSON(name, s.Properties[name])))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func (f *fuzzer) goodJSON(name string, s schema) string {
	value := any(f.good(parameter{Name: name, Schema: s}))
	if s.Items != nil {
		value = []any{"Zezima", "Lynx Titan"}
	}
	if len(s.Enum) > 0 {
		value = s.Enum[f.rand.IntN(len(s.Enum))]
	}
	text, _ := json.Marshal(value)
	return string(text)
}

// random sends one request put together by chance.
func (f *fuzzer) random(op described) {
	pick := func(list []string) string { return list[f.rand.IntN(len(list))] }
	spoiled := ""
	query := url.Values{}
	for _, p := range op.Parameters {
		switch {
		case p.In == "path" && f.rand.IntN(6) == 0:
			spoiled = p.Name
		case p.In == "query" && f.rand.IntN(3) > 0:
			query.Add(p.Name, f.good(p))
		case p.In == "query" && f.rand.IntN(3) == 0:
			query.Add(p.Name, mangled(f.rand, pick(badTexts)))
		}
	}
	path := f.path(op, spoiled, mangled(f.rand, pick(badTexts)))
	body, kind := "", "application/json"
	for k, s := range op.Body {
		kind = k
		body = f.randomBody(s, pick)
	}
	f.try(op, path+"?"+query.Encode(), body, kind)
}

func (f *fuzzer) randomBody(s schema, pick func([]string) string) string {
	if f.rand.IntN(20) == 0 {
		return pick(badBodies)
	}
	var parts []string
	for name, p := range s.Properties {
		switch f.rand.IntN(4) {
		case 0:
			text, _ := json.Marshal(mangled(f.rand, pick(badTexts)))
			parts = append(parts, fmt.Sprintf("%q:%s", name, text))
		case 1:
			parts = append(parts, fmt.Sprintf("%q:%s", name, pick(badValues)))
		case 2:
			parts = append(parts, fmt.Sprintf("%q:%s", name, f.goodJSON(name, p)))
		}
	}
	body := "{" + strings.Join(parts, ",") + "}"
	if f.rand.IntN(30) == 0 {
		body = body[:f.rand.IntN(len(body))]
	}
	return body
}

// mangled changes a few bytes of a text now and then.
func mangled(r *rand.Rand, text string) string {
	b := []byte(text)
	for range r.IntN(3) {
		if len(b) == 0 || r.IntN(2) == 0 {
			b = append(b, byte(r.IntN(256)))
			continue
		}
		b[r.IntN(len(b))] = byte(r.IntN(256))
	}
	return string(b)
}

// TestFuzz sends bad values to every operation of the description, one at a time,
// then for -fuzzfor requests put together by chance. Whatever is sent, the answer is
// none of an error of ours, is described, and has the body that is described.
func TestFuzz(t *testing.T) {
	for _, database := range []struct {
		name string
		url  func(t *testing.T) string
	}{
		{"SQLite", func(t *testing.T) string { t.Helper(); return "sqlite://" + filepath.Join(t.TempDir(), "fuzz.db") }},
		{"PostgreSQL", func(t *testing.T) string { t.Helper(); return testenv.Postgres(t) }},
	} {
		t.Run(database.name, func(t *testing.T) {
			f := newFuzzer(t, database.url(t))
			for _, op := range f.ops {
				if op.Streams {
					continue
				}
				f.restore()
				f.parameters(op, f.sound(op))
				f.restore()
				f.bodies(op)
			}
			f.chance()
			f.report()
		})
	}
}

// sound is a body that an operation may take.
func (f *fuzzer) sound(op described) string {
	for _, s := range op.Body {
		return f.member(s, "", "null")
	}
	return ""
}

// restore tracks the players again that an operation before removed.
func (f *fuzzer) restore() {
	for _, name := range []string{"Zezima", "Lynx Titan"} {
		f.call(http.MethodDelete, "/api/optouts/"+url.PathEscape(name), "")
		if f.call(http.MethodGet, "/api/players/"+url.PathEscape(name), "").status == http.StatusNotFound {
			first := hiscorestest.Account(5_000_000)
			f.add(name, &first)
		}
	}
}

func (f *fuzzer) chance() {
	for begun := time.Now(); time.Since(begun) < *fuzzFor; {
		op := f.ops[f.rand.IntN(len(f.ops))]
		if op.Streams {
			continue
		}
		if f.sent%500 == 0 {
			f.restore()
		}
		f.random(op)
	}
}

// report says how much was tried, and fails for operations that no request
// reached.
func (f *fuzzer) report() {
	f.t.Logf("%d requests to %d operations", f.sent, len(f.ops))
	for _, op := range f.ops {
		if f.got[op.String()+" 4xx"]+f.got[op.String()+" 2xx"] == 0 && !op.Streams {
			f.t.Errorf("%s was never reached", op)
		}
	}
	for wrong, n := range f.failed {
		if n > 2 {
			f.t.Logf("%d times: %s", n, wrong)
		}
	}
}
