package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/osrsdiff/osrsdiff/access"
)

// router is a mux that knows which role each of its routes needs and lets nobody
// else through to it.
type router struct {
	*http.ServeMux
	rules map[string]access.Role
	// patterns are the routes, in the order they were registered.
	patterns []string
	// audited serves requests that may change something. Nil: nobody keeps a log.
	audited func(w http.ResponseWriter, r *http.Request, pattern string, next http.Handler)
}

func newRouter(rules map[string]access.Role) *router {
	return &router{ServeMux: http.NewServeMux(), rules: rules}
}

// Handle registers a route.
func (m *router) Handle(pattern string, h http.Handler) {
	m.patterns = append(m.patterns, pattern)
	m.ServeMux.Handle(pattern, h)
}

// HandleFunc registers a route.
func (m *router) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.Handle(pattern, http.HandlerFunc(h))
}

// check reports the routes that no rule names. A pattern without a method takes
// them all, and has a rule for GET and one for POST, which is that of all others.
func (m *router) check() error {
	var errs []error
	for _, pattern := range m.patterns {
		routes := []string{pattern}
		if strings.HasPrefix(pattern, "/") {
			routes = []string{"GET " + pattern, "POST " + pattern}
		}
		for _, route := range routes {
			if _, ok := m.rules[route]; !ok {
				errs = append(errs, fmt.Errorf("route %q has no role: name it in web/rules.go", route))
			}
		}
	}
	return errors.Join(errs...)
}

// role is what a request to a pattern needs. What no rule names needs the
// highest; what does not exist is told to those who may read.
func (m *router) role(pattern, method string) access.Role {
	switch {
	case pattern == "":
		return access.Viewer
	case strings.HasPrefix(pattern, "/") && isRead(method):
		pattern = "GET " + pattern
	case strings.HasPrefix(pattern, "/"):
		pattern = "POST " + pattern
	}
	if role, ok := m.rules[pattern]; ok {
		return role
	}
	return access.Admin
}

func isRead(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// ServeHTTP lets a request through to its route when the caller has the role for
// it.
func (m *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h, pattern := m.Handler(r)
	caller, need := access.CallerOf(r.Context()), m.role(pattern, r.Method)
	if caller.Role < need || need > access.Anyone && !caller.Known() && private(r.URL.Path) {
		forbid(w, r, need)
		return
	}
	if pattern == "" {
		notRouted(w, r, h)
		return
	}
	if m.audited == nil || isRead(r.Method) {
		m.ServeMux.ServeHTTP(w, r)
		return
	}
	m.audited(w, r, pattern, m.ServeMux)
}

// private reports whether a path is not among what everyone may read where reading
// is public: the insides of the queue and of the process.
func private(path string) bool {
	return strings.HasPrefix(path, monitoringPath+"/") || path == metricsPath
}

// forbid refuses a caller: those who proved nothing are told how, those who did
// that it is not enough.
func forbid(w http.ResponseWriter, r *http.Request, need access.Role) {
	caller := access.CallerOf(r.Context())
	if caller.Known() {
		refuse(w, r, http.StatusForbidden, fmt.Sprintf("%s is %s; this needs %s", caller.Name, caller.Role, need))
		return
	}
	challenge(w, r)
}

// notRouted answers what no route takes in our own words instead of the mux's.
func notRouted(w http.ResponseWriter, r *http.Request, h http.Handler) {
	answer := &pageBuffer{header: http.Header{}, status: http.StatusOK}
	h.ServeHTTP(answer, r)
	if allow := answer.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		refuse(w, r, http.StatusMethodNotAllowed, fmt.Sprintf("%s takes %s, not %s", r.URL.Path, allow, r.Method))
		return
	}
	refuse(w, r, http.StatusNotFound, fmt.Sprintf("there is nothing at %s; /docs lists what there is", r.URL.Path))
}
