package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hibiken/asynq"
	"github.com/hibiken/asynqmon"
)

// monitoringPath is where the dashboard of the queue is mounted.
const monitoringPath = "/monitoring"

var (
	// foreignLink matches the fonts that asynqmon's page asks of another host,
	// and its manifest, which browsers ask for without the login.
	foreignLink  = regexp.MustCompile(`<link[^>]+(?:href="https?://|rel="manifest")[^>]*>`)
	inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
)

// monitoring serves asynqmon: its API as it is, and its page without anything
// from other hosts, under a policy that names the page's own inline scripts.
type monitoring struct {
	ui     *asynqmon.HTTPHandler
	index  []byte
	policy string
}

func newMonitoring(conn asynq.RedisConnOpt) (*monitoring, error) {
	if conn == nil {
		return nil, errors.New("open the dashboard: no Redis connection given")
	}
	ui := asynqmon.New(asynqmon.Options{
		RootPath:         monitoringPath,
		RedisConnOpt:     conn,
		PayloadFormatter: asynqmon.PayloadFormatterFunc(readableBytes),
		ResultFormatter:  asynqmon.ResultFormatterFunc(readableBytes),
	})
	index, err := indexPage(ui)
	if err != nil {
		_ = ui.Close()
		return nil, fmt.Errorf("open the dashboard: %w", err)
	}
	return &monitoring{ui: ui, index: index, policy: monitoringPolicy(index)}, nil
}

// Close closes the dashboard's own connections to Redis.
func (m *monitoring) Close() error {
	if err := m.ui.Close(); err != nil {
		return fmt.Errorf("close the dashboard: %w", err)
	}
	return nil
}

// ServeHTTP answers everything below monitoringPath.
func (m *monitoring) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", m.policy)
	switch {
	case strings.HasPrefix(r.URL.Path, monitoringPath+"/api/"):
		m.ui.ServeHTTP(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, r, http.StatusMethodNotAllowed, "the dashboard's pages are only read")
	default:
		m.ui.ServeHTTP(&pageSwap{ResponseWriter: w, path: r.URL.Path, index: m.index}, r)
	}
}

// indexPage asks asynqmon for its page once and takes out what other hosts serve.
func indexPage(ui http.Handler) ([]byte, error) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, monitoringPath+"/", http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask for its page: %w", err)
	}
	page := &pageBuffer{header: http.Header{}, status: http.StatusOK}
	ui.ServeHTTP(page, r)
	if page.status != http.StatusOK {
		return nil, fmt.Errorf("its page answered %d", page.status)
	}
	return foreignLink.ReplaceAll(page.body.Bytes(), nil), nil
}

// monitoringPolicy allows the inline scripts of the page by their hash. Inline
// styles must be allowed as such: its components write them as they are drawn.
func monitoringPolicy(index []byte) string {
	var scripts strings.Builder
	scripts.WriteString("'self'")
	for _, m := range inlineScript.FindAllSubmatch(index, -1) {
		sum := sha256.Sum256(m[1])
		scripts.WriteString(" 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'")
	}
	return "default-src 'none'; script-src " + scripts.String() + "; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// pageBuffer keeps an answer in memory.
type pageBuffer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the headers of the answer.
func (p *pageBuffer) Header() http.Header { return p.header }

// WriteHeader keeps the status.
func (p *pageBuffer) WriteHeader(status int) { p.status = status }

// Write keeps the body.
func (p *pageBuffer) Write(b []byte) (int, error) { return p.body.Write(b) }

// pageSwap replaces asynqmon's page by ours. Its files come with a content type
// and pass; its page, which it also serves for every path it does not know, does
// not.
type pageSwap struct {
	http.ResponseWriter
	path    string
	index   []byte
	started bool
	swapped bool
}

// Write passes a file on, or writes our page once in place of theirs.
func (s *pageSwap) Write(p []byte) (int, error) {
	if !s.started {
		s.started = true
		s.swapped = s.Header().Get("Content-Type") == ""
		if strings.HasSuffix(s.path, ".svg") {
			s.Header().Set("Content-Type", "image/svg+xml")
		}
		if s.swapped {
			s.Header().Set("Content-Type", "text/html; charset=utf-8")
			if _, err := s.ResponseWriter.Write(s.index); err != nil {
				return 0, fmt.Errorf("write the dashboard's page: %w", err)
			}
		}
	}
	if s.swapped {
		return len(p), nil
	}
	return s.ResponseWriter.Write(p)
}

// readableBytes shows a payload or a result in the dashboard: JSON with its tick
// as a time, other text as it is. It never looks at the task's type, which
// asynqmon leaves empty on its detail page.
func readableBytes(_ string, data []byte) string {
	switch {
	case len(data) == 0:
		return ""
	case !utf8.Valid(data):
		return fmt.Sprintf("%d bytes that are not text", len(data))
	}
	var payload map[string]json.RawMessage
	var tick int64
	if json.Unmarshal(data, &payload) != nil || json.Unmarshal(payload["tick"], &tick) != nil || tick <= 0 {
		return string(data)
	}
	payload["tick"] = json.RawMessage(time.Unix(tick, 0).UTC().Format(`"` + time.RFC3339 + `"`))
	readable, err := json.Marshal(payload)
	if err != nil {
		return string(data)
	}
	return string(readable)
}
