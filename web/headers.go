package web

import (
	"log/slog"
	"net/http"
	"time"
)

// pagePolicy is the content security policy of everything but the dashboard:
// scripts, styles and pictures from this server, nothing inline, no frames.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secure sets the headers that every answer carries. Handlers may overwrite
// them: static files may be kept, the dashboard has a policy of its own.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		// Not no-referrer: with it a browser sends "Origin: null" with this
		// site's own forms, which reads as another site's.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// logged writes one debug line a request, when it is answered.
func logged(log *slog.Logger, now func() time.Time, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := now()
		answer := &answerRecorder{ResponseWriter: w}
		next.ServeHTTP(answer, r)
		log.DebugContext(r.Context(), "answered a request", "method", r.Method, "path", r.URL.Path,
			"status", answer.code(), "bytes", answer.bytes, "took", now().Sub(start))
	})
}

// answerRecorder remembers the status and the size of an answer for the log.
type answerRecorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader remembers the status. Calls after the first change nothing.
func (a *answerRecorder) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes of the body.
func (a *answerRecorder) Write(p []byte) (int, error) {
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}

// Unwrap gives http.ResponseController the writer underneath.
func (a *answerRecorder) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answerRecorder) code() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}
