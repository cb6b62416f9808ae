package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/internal/testenv"
)

// hush is in every secret of TestSecretsStaySecret that a person chooses.
const hush = "hush"

// TestSecretsStaySecret runs the whole program with a secret wherever there can be
// one, on webhooks that fail and settings that are wrong, reads all that it shows
// on the way, and looks for them: in logs, settings, errors, pages, the dashboard
// of the queue, the API and the metrics.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	server := testenv.ProtectedRedis(t, testenv.Protection{User: "osrsdiff", Password: "redis-" + hush})
	database, err := url.Parse(testenv.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	database.User = url.UserPassword(database.User.Username(), "postgres-"+hush)
	s := newStackOn(t, "REDIS_URL="+server.URL())
	s.env = append(s.env, "DATABASE_URL="+database.String(), "API_TOKEN=token-"+hush,
		"OSRSDIFF_LOG_LEVEL=debug", "OSRSDIFF_WEBHOOKS_ALLOW_PRIVATE=true", "OSRSDIFF_WEB_LISTEN=127.0.0.1:0")
	s.track(2, 4)
	v := &eavesdropper{stack: s, secrets: []string{hush}}
	v.learn(s.osrsdiff("token", "add", "made", "--role", "admin")) // the one place that shows it
	v.addWebhooks()

	web := s.start("web")
	roles := []*proc{s.start("scheduler"), s.start("worker"), web}
	s.eachFetchedAfter(s.begun, 1, 30*time.Second)
	testenv.Eventually(t, 30*time.Second, "the web role to serve", func() bool { return serving.MatchString(web.log.String()) })
	v.base = "http://" + serving.FindStringSubmatch(web.log.String())[1]
	v.signIn()
	testenv.Eventually(t, 30*time.Second, "deliveries to fail", func() bool {
		return strings.Count(v.get("/api/webhooks/1/deliveries")+v.get("/api/webhooks/2/deliveries"), `"error":`) == 2
	})
	v.crawl("/", "/api/system/status", "/metrics", "/openapi.json",
		"/monitoring/api/queues", "/monitoring/api/queues/webhooks/retry_tasks", "/monitoring/api/queues/webhooks/scheduled_tasks",
		"/monitoring/api/redis_info", "/monitoring/api/servers", "/monitoring/api/scheduler_entries")
	v.wrongs()
	v.subcommands()
	for _, p := range roles {
		p.stop()
		v.hear("log of "+p.name, p.log.String())
	}
	if v.heard < 60 {
		t.Errorf("only %d texts were read", v.heard)
	}
}

// eavesdropper reads what the program shows and looks for secrets.
type eavesdropper struct {
	*stack
	secrets []string
	base    string
	client  *http.Client
	heard   int
}

// learn takes down what looks like a made token.
func (v *eavesdropper) learn(text string) {
	v.t.Helper()
	made := regexp.MustCompile(`osrsdiff_[\w-]{40,}`).FindString(text)
	if made == "" {
		v.t.Fatalf("no token in %q", text)
	}
	v.secrets = append(v.secrets, made)
}

// hear fails the test when a text has a secret.
func (v *eavesdropper) hear(where, text string) {
	v.t.Helper()
	v.heard++
	for _, secret := range v.secrets {
		if at := strings.Index(text, secret); at >= 0 {
			v.t.Errorf("%s shows a secret: …%s…", where, text[max(0, at-200):min(len(text), at+len(secret)+40)])
		}
	}
}

// addWebhooks adds two that fail: one is hung up on, one is refused.
func (v *eavesdropper) addWebhooks() {
	v.t.Helper()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "refused") {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		panic(http.ErrAbortHandler)
	}))
	v.t.Cleanup(receiver.Close)
	key := filepath.Join(v.dir, "sign.key")
	if err := os.WriteFile(key, []byte("sign-"+hush), 0o600); err != nil {
		v.t.Fatal(err)
	}
	for i, path := range []string{"dropped", "refused"} {
		cmd := exec.CommandContext(v.t.Context(), "osrsdiff", "webhook", "add", "-", "--secret-file", key)
		cmd.Env, cmd.Stdin = v.env, strings.NewReader(receiver.URL+"/"+path+"-"+hush+"?key="+hush)
		out, err := cmd.CombinedOutput()
		if err != nil {
			v.t.Fatalf("webhook add: %v\n%s", err, out)
		}
		v.hear("webhook add", string(out))
		v.hear("webhook test", v.osrsdiff("webhook", "test", fmt.Sprint(i+1)))
	}
}

// signIn signs in with the made token; its cookie is one more secret.
func (v *eavesdropper) signIn() {
	v.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.t.Fatal(err)
	}
	v.client = &http.Client{Jar: jar, Timeout: 30 * time.Second}
	v.send("/signin", url.Values{"token": {"wrong-" + hush}}, http.StatusUnauthorized)
	v.send("/signin", url.Values{"token": {v.secrets[1]}}, http.StatusOK)
	base, err := url.Parse(v.base)
	if err != nil {
		v.t.Fatal(err)
	}
	cookies := jar.Cookies(base)
	if len(cookies) != 1 {
		v.t.Fatalf("signing in gives %d cookies", len(cookies))
	}
	v.secrets = append(v.secrets, cookies[0].Value)
}

// send posts a form and listens to the answer.
func (v *eavesdropper) send(path string, form url.Values, want int) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	v.answer(req, want)
}

// answer is what a request gets, listened to.
func (v *eavesdropper) answer(req *http.Request, want int) string {
	v.t.Helper()
	res, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if want != 0 && res.StatusCode != want {
		v.t.Errorf("%s %s answers %d, want %d: %s", req.Method, req.URL.Path, res.StatusCode, want, body)
	}
	what := req.Method + " " + req.URL.Path
	v.hear(what, string(body))
	for name, values := range res.Header {
		if name != "Set-Cookie" {
			v.hear(what+", "+name, strings.Join(values, " "))
		}
	}
	return string(body)
}

func (v *eavesdropper) get(path string) string {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.base+path, http.NoBody)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.answer(req, 0)
}

var pageLink = regexp.MustCompile(`href="(/[^"#]*)"`)

// crawl reads what is given, and what pages link to from there, one page of each
// kind; and every list of the API.
func (v *eavesdropper) crawl(from ...string) {
	v.t.Helper()
	var described struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal([]byte(v.get("/openapi.json")), &described); err != nil {
		v.t.Fatal(err)
	}
	for path, operations := range described.Paths {
		path = strings.NewReplacer("{id}", "1", "{name}", "Tracked%201", "{metric}", "Attack").Replace(path)
		if operations["get"] != nil && path != "/api/events" && !strings.Contains(path, "{") {
			from = append(from, path)
		}
	}
	seen := map[string]bool{}
	for len(from) > 0 {
		path := from[0]
		from = from[1:]
		key, _, _ := strings.Cut(path, "?")
		if seen[key] {
			continue
		}
		seen[key] = true
		for _, to := range pageLink.FindAllStringSubmatch(v.get(strings.ReplaceAll(path, "&amp;", "&")), -1) {
			from = append(from, to[1])
		}
	}
	for _, page := range []string{"/webhooks", "/webhooks/1", "/tokens", "/audit", "/system", "/players/Tracked%201"} {
		if !seen[page] {
			v.t.Errorf("no page leads to %s", page)
		}
	}
}

// wrongs sends what is refused, with secrets in it.
func (v *eavesdropper) wrongs() {
	v.t.Helper()
	v.send("/webhooks", url.Values{"url": {"ftp://example.org/" + hush}, "secret": {hush}}, http.StatusUnprocessableEntity)
	v.send("/webhooks", url.Values{"url": {"http://%zz/" + hush}}, http.StatusUnprocessableEntity)
	for _, header := range []string{"Bearer wrong-" + hush, "Basic " + hush} {
		req, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.base+"/api/players", http.NoBody)
		if err != nil {
			v.t.Fatal(err)
		}
		req.Header.Set("Authorization", header)
		v.answer(req, 0)
	}
}

// subcommands reads what the command line shows of settings, of what is kept, and
// of settings that are wrong.
func (v *eavesdropper) subcommands() {
	v.t.Helper()
	for _, line := range []string{
		"config", "config --json", "status", "status --json", "webhook ls", "webhook ls --json", "webhook log 1", "webhook log 2 --json",
		"token ls", "token ls --json", "audit ls", "audit ls --json", "task list --json", "activity", "healthcheck worker",
	} {
		v.hear("osrsdiff "+line, v.osrsdiff(strings.Fields(line)...))
	}
	for _, wrong := range []string{
		"REDIS_URL=redis://osrsdiff:" + hush + "@127.0.0.1:1/0", "REDIS_URL=redis://osrsdiff:no-" + hush + "@" + v.address(),
		"REDIS_URL=http://:" + hush + "@localhost", "REDIS_URL=redis://u:" + hush + "@local host", "REDIS_URL=" + hush,
		"DATABASE_URL=postgres://u:" + hush + "@127.0.0.1:1/x", "DATABASE_URL=mysql://u:" + hush + "@127.0.0.1:1/x",
		"DATABASE_URL=postgres://u:" + hush + "@127.0.0.1:port/x", "DATABASE_URL=" + hush,
	} {
		cmd := exec.CommandContext(v.t.Context(), "osrsdiff", "task", "trigger", "store:prune")
		cmd.Env = append(append([]string{}, v.env...), wrong)
		out, err := cmd.CombinedOutput()
		if err == nil {
			v.t.Errorf("%s works: %s", strings.ReplaceAll(wrong, hush, "…"), out)
		}
		v.hear("the refusal of "+strings.ReplaceAll(wrong, hush, "…"), string(out))
	}
}

// address is where the Redis of the stack is.
func (v *eavesdropper) address() string {
	for _, variable := range v.env {
		if text, ok := strings.CutPrefix(variable, "REDIS_URL="); ok {
			u, err := url.Parse(text)
			if err != nil {
				v.t.Fatal(err)
			}
			return u.Host
		}
	}
	return ""
}
