package web_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/viper"

	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/status"
	"github.com/osrsdiff/osrsdiff/tasks"
	"github.com/osrsdiff/osrsdiff/web"
)

// scraped is one metric as /metrics shows it.
type scraped struct {
	kind, help string
	labels     []string
	values     map[string]float64 // by the part in braces
}

var sample = regexp.MustCompile(`^([a-z_]+)(?:\{(.*)\})? (\S+)$`)

// scrape reads /metrics.
func (b *bench) scrape(header ...string) map[string]*scraped {
	b.t.Helper()
	found := map[string]*scraped{}
	lines := bufio.NewScanner(strings.NewReader(b.call(http.MethodGet, "/metrics", "", header...).want(http.StatusOK, nil).body))
	for lines.Scan() {
		words := strings.SplitN(lines.Text(), " ", 4)
		switch {
		case words[0] == "#" && words[1] == "HELP":
			found[words[2]] = &scraped{help: words[3], values: map[string]float64{}}
		case words[0] == "#" && words[1] == "TYPE":
			found[words[2]].kind = words[3]
		default:
			m := sample.FindStringSubmatch(lines.Text())
			if m == nil {
				b.t.Fatalf("not a sample: %s", lines.Text())
			}
			found[familyOf(found, m[1])].note(b.t, m[1], m[2], m[3])
		}
	}
	return found
}

// familyOf is the metric that a sample belongs to: a histogram has several.
func familyOf(found map[string]*scraped, name string) string {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base, cut := strings.CutSuffix(name, suffix); cut && found[base] != nil {
			return base
		}
	}
	return name
}

var labelName = regexp.MustCompile(`([a-z_]+)="`)

func (s *scraped) note(t *testing.T, name, labels, value string) {
	t.Helper()
	var n float64
	if _, err := fmt.Sscan(value, &n); err != nil {
		t.Fatal(err)
	}
	s.values[name+"{"+labels+"}"] = n
	for _, m := range labelName.FindAllStringSubmatch(labels, -1) {
		if m[1] != "le" && !slices.Contains(s.labels, m[1]) {
			s.labels = append(s.labels, m[1])
		}
	}
}

func (s *scraped) is(t *testing.T, sample string, want float64) {
	t.Helper()
	if got, ok := s.values[sample]; !ok || got != want {
		t.Errorf("%s is %v, %t; want %v", sample, got, ok, want)
	}
}

func TestMetricsTellHowEverythingStands(t *testing.T) {
	b := newBench(t, nil)
	p := b.add("Zezima", nil)
	if err := b.book.Schedule(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	asleep := b.add("Asleep", nil)
	asleep.Paused, asleep.Revision = true, 2
	if err := b.book.Pause(t.Context(), asleep); err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.ClaimRun(t.Context(), "store:prune", start, "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := schedules.NewClaimer(b.book, b.queue(), b.inspector(), 0).Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := b.scrape()
	for sample, want := range map[string]float64{
		"osrsdiff_redis_up{}":                                                 1,
		"osrsdiff_database_up{}":                                              1,
		"osrsdiff_scheduler_lease_held{}":                                     0,
		"osrsdiff_schedules_ready{}":                                          0,
		`osrsdiff_schedules{state="active"}`:                                  1,
		`osrsdiff_schedules{state="paused"}`:                                  1,
		"osrsdiff_schedules_due{}":                                            0,
		`osrsdiff_ticks_total{outcome="enqueued"}`:                            1,
		"osrsdiff_limit_requests_per_second{}":                                1,
		`osrsdiff_hiscores_breaker{state="closed"}`:                           1,
		`osrsdiff_hiscores_breaker{state="open"}`:                             0,
		`osrsdiff_queue_tasks{queue="fetch",state="pending"}`:                 1,
		`osrsdiff_queue_tasks{queue="interactive",state="pending"}`:           0,
		`osrsdiff_processes{role="worker"}`:                                   0,
		"osrsdiff_players{}":                                                  2,
		"osrsdiff_tick_lag_seconds_count{}":                                   1,
		`osrsdiff_tick_lag_seconds_bucket{le="+Inf"}`:                         1,
		`osrsdiff_static_task_last_run_timestamp_seconds{task="store:prune"}`: float64(start.Unix()),
	} {
		name, _, _ := strings.Cut(sample, "{")
		family := m[familyOf(m, name)]
		if family == nil {
			t.Errorf("there is no %s", name)
			continue
		}
		family.is(t, sample, want)
	}
	if d := m["osrsdiff_demand_requests_per_second"].values["osrsdiff_demand_requests_per_second{}"]; d < 1.0/3601 || d > 1.0/3599 {
		t.Errorf("the demand of one player an hour is %v", d)
	}
	if m["go_goroutines"] == nil || m["process_resident_memory_bytes"] == nil {
		t.Error("nothing is said of the process itself")
	}
}

func TestMetricsOfAnInstallationInTrouble(t *testing.T) {
	b := newBenchOn(t, "redis://127.0.0.1:1/0", nil)
	m := b.scrape()
	m["osrsdiff_redis_up"].is(t, "osrsdiff_redis_up{}", 0)
	m["osrsdiff_database_up"].is(t, "osrsdiff_database_up{}", 1)
	if m["osrsdiff_schedules"] != nil {
		t.Error("schedules are counted without Redis")
	}
	b.call(http.MethodGet, "/api/system/status", "").fails(http.StatusServiceUnavailable)
}

func TestMetricsNeedTheToken(t *testing.T) {
	b := newBench(t, func(o *web.Options) { o.Access.Gate.Fixed = "secret" })
	b.call(http.MethodGet, "/metrics", "").want(http.StatusUnauthorized, nil)
	b.call(http.MethodGet, "/metrics", "", "Authorization", "Bearer wrong").want(http.StatusUnauthorized, nil)
	if m := b.scrape("Authorization", "Bearer secret"); m["osrsdiff_redis_up"] == nil {
		t.Error("the token does not open the metrics")
	}
	b.call(http.MethodGet, "/api/system/status", "").want(http.StatusUnauthorized, nil)
}

func TestStatus(t *testing.T) {
	b := newBench(t, nil)
	p := b.add("Zezima", nil)
	if err := b.book.Schedule(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	var got struct {
		At        time.Time        `json:"at"`
		Schedules status.Schedules `json:"schedules"`
		Demand    status.Demand    `json:"demand"`
		Queues    []status.Queue   `json:"queues"`
		Processes []any            `json:"processes"`
		Troubles  []status.Trouble `json:"troubles"`
	}
	b.call(http.MethodGet, "/api/system/status", "").want(http.StatusOK, &got)
	if got.At.IsZero() || got.Schedules.Total != 1 || got.Schedules.Due != 1 || got.Demand.Limit != 1 || len(got.Queues) != 5 || got.Processes == nil {
		t.Errorf("status %+v", got)
	}
	var kinds []status.Kind
	for _, trouble := range got.Troubles {
		kinds = append(kinds, trouble.Kind)
		if trouble.Detail == "" {
			t.Errorf("%s says nothing", trouble.Kind)
		}
	}
	if want := []status.Kind{status.NotReady, status.NoLeader, status.NoWorker}; !slices.Equal(kinds, want) {
		t.Errorf("troubles %v, want %v", kinds, want)
	}
}

// document reads a file of the repository.
func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shared are the metrics of the whole installation. All of them are there when a
// static task ran.
func shared(t *testing.T) (map[string]*scraped, []string) {
	t.Helper()
	b := newBench(t, nil)
	if _, err := b.store.ClaimRun(t.Context(), "store:prune", start, "test"); err != nil {
		t.Fatal(err)
	}
	b.scrape() // a request to measure
	found := b.scrape()
	var names []string
	for name := range found {
		if strings.HasPrefix(name, "osrsdiff_") && name != "osrsdiff_http_request_duration_seconds" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return found, names
}

func TestMetricsAreDocumented(t *testing.T) {
	found, names := shared(t)
	var want []string
	for _, name := range names {
		m := found[name]
		labels := make([]string, 0, len(m.labels))
		for _, l := range m.labels {
			labels = append(labels, "`"+l+"`")
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | %s | %s |", name, m.kind, strings.Join(labels, ", "), m.help))
	}
	var got []string
	for line := range strings.Lines(document(t, "docs/metrics.md")) {
		if strings.HasPrefix(line, "| `osrsdiff_") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/metrics.md differs from the code (-code +document):\n%s\nIt should have:\n%s", diff, strings.Join(want, "\n"))
	}
}

func TestMetricNamesFollowThePrometheusRules(t *testing.T) {
	found, names := shared(t)
	for _, name := range names {
		m := found[name]
		if counts := strings.HasSuffix(name, "_total"); counts != (m.kind == "counter") {
			t.Errorf("%s is a %s", name, m.kind)
		}
		if !strings.HasSuffix(m.help, ".") {
			t.Errorf("%s: help is no sentence: %s", name, m.help)
		}
	}
}

var metricName = regexp.MustCompile(`\bosrsdiff_[a-z0-9_]+`)

// wantKnown checks the metrics and label values that an expression uses.
func wantKnown(t *testing.T, where, expr string, found map[string]*scraped) {
	t.Helper()
	if strings.Count(expr, "(") != strings.Count(expr, ")") || strings.Count(expr, "{") != strings.Count(expr, "}") || strings.Count(expr, `"`)%2 != 0 {
		t.Errorf("%s: brackets or quotes of %q do not match", where, expr)
	}
	names := metricName.FindAllString(expr, -1)
	if len(names) == 0 && !strings.Contains(expr, "up{") {
		t.Errorf("%s: %q uses no metric", where, expr)
	}
	for _, name := range names {
		if found[familyOf(found, name)] == nil {
			t.Errorf("%s: there is no metric %s", where, name)
		}
	}
	for _, use := range usedLabels.FindAllStringSubmatch(expr, -1) {
		family := found[familyOf(found, use[1])]
		if family == nil {
			continue // said already
		}
		for label := range strings.SplitSeq(use[2], ",") {
			wantLabel(t, where, family, strings.TrimSpace(label))
		}
	}
}

var (
	usedLabels = regexp.MustCompile(`(osrsdiff_[a-z_]+)\{([^}]*)\}`)
	matcher    = regexp.MustCompile(`^([a-z]+)(=|!=|=~)"(.*)"$`)
)

// wantLabel checks that a metric has the values that a matcher names.
func wantLabel(t *testing.T, where string, family *scraped, label string) {
	t.Helper()
	m := matcher.FindStringSubmatch(label)
	if m == nil || !slices.Contains(family.labels, m[1]) {
		t.Errorf("%s: the metric has no label for %q", where, label)
		return
	}
	if m[1] == "task" {
		if !slices.ContainsFunc(statics(), func(s tasks.Static) bool { return s.ID == m[3] }) {
			t.Errorf("%s: there is no task %q", where, m[3])
		}
		return
	}
	for value := range strings.SplitSeq(m[3], "|") {
		known := false
		for sample := range family.values {
			known = known || strings.Contains(sample, fmt.Sprintf("%s=%q", m[1], value))
		}
		if !known {
			t.Errorf("%s: no sample has %s=%q", where, m[1], value)
		}
	}
}

func TestAlertsUseMetricsThatExist(t *testing.T) {
	found, _ := shared(t)
	v := viper.New()
	v.SetConfigType("yaml")
	if err := v.ReadConfig(bytes.NewReader([]byte(document(t, "deploy/alerts.yml")))); err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := v.UnmarshalExact(&file); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			if rule.Alert == "" || names[rule.Alert] {
				t.Errorf("alert %q: must be named once", rule.Alert)
			}
			names[rule.Alert] = true
			if rule.For != "" {
				if _, err := time.ParseDuration(rule.For); err != nil {
					t.Errorf("%s: %v", rule.Alert, err)
				}
			}
			if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" || rule.Labels["severity"] == "" {
				t.Errorf("%s lacks a summary, a description or a severity", rule.Alert)
			}
			wantKnown(t, rule.Alert, rule.Expr, found)
		}
	}
	if len(names) < 10 {
		t.Errorf("only %d alerts were found", len(names))
	}
}

func TestDashboardUsesMetricsThatExist(t *testing.T) {
	found, names := shared(t)
	var file struct {
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ Expr string }
		}
	}
	text := document(t, "deploy/grafana-dashboard.json")
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	for _, p := range file.Panels {
		if p.Title == "" || ids[p.ID] || len(p.Targets) == 0 {
			t.Errorf("panel %d %q: must have an id of its own, a title and a target", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			wantKnown(t, p.Title, target.Expr, found)
		}
	}
	for _, name := range names {
		if !strings.Contains(text, name) && name != "osrsdiff_queue_paused" {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
}
