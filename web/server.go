package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/osrsdiff/osrsdiff/schedules"
	"github.com/osrsdiff/osrsdiff/tasks"
)

// What bounds a connection, so that slow or idle callers cannot pile up.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	// writeTimeout leaves room for adding a player, which asks the hiscores.
	writeTimeout    = time.Minute
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 10 * time.Second
	maxHeader       = 64 << 10
)

// Server is the web role: one HTTP server. Make one with New, then Run it.
type Server struct {
	opts      Options
	log       *slog.Logger
	handler   http.Handler
	dashboard *monitoring

	mu       sync.Mutex
	listener net.Listener
}

// New returns a server that is not listening yet. The error of an address that
// must not be listened on without a token matches ErrExposed. The caller ends
// the server with Close, or by running it to its end.
func New(ctx context.Context, opts Options) (*Server, error) {
	if err := checkOpen(ctx, opts); err != nil {
		return nil, err
	}
	if err := tasks.ValidateStatics(opts.Statics); err != nil {
		return nil, err
	}
	s := &service{Options: opts, log: opts.Log, now: opts.Now}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.Lease == 0 {
		s.Lease = schedules.DefaultLease
	}
	var err error
	if s.door, err = newDoor(opts, s.log, s.now); err != nil {
		return nil, err
	}
	measured, err := s.newMetrics()
	if err != nil {
		return nil, err
	}
	dashboard, err := newMonitoring(opts.Redis)
	if err != nil {
		return nil, err
	}
	routes, err := s.register(dashboard, measured)
	if err != nil {
		return nil, errors.Join(err, dashboard.Close())
	}
	guarded, err := s.door.guard(routes)
	if err != nil {
		return nil, errors.Join(err, dashboard.Close())
	}
	return &Server{opts: opts, log: s.log, dashboard: dashboard, handler: logged(s.log, s.now, secure(measured.timed(guarded)))}, nil
}

// register puts everything that is served on a router.
func (s *service) register(dashboard, measured http.Handler) (*router, error) {
	m := newRouter(rules)
	m.audited = s.audited
	api := s.newAPI(m)
	static, err := newStatics()
	if err != nil {
		return nil, err
	}
	p, err := newPages(s, api.OpenAPI(), static)
	if err != nil {
		return nil, err
	}
	p.register(m, static)
	m.Handle(monitoringPath+"/", dashboard)
	m.Handle("GET "+metricsPath, measured)
	return m, m.check()
}

// Handler serves everything the server does, access checks included.
func (s *Server) Handler() http.Handler { return s.handler }

// Listen takes the address, so that a taken port is known before anything else
// starts, and returns it with the port in use. Run calls it when nobody did.
func (s *Server) Listen(ctx context.Context) (net.Addr, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		return s.listener.Addr(), nil
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", s.opts.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: another program, perhaps another osrsdiff, has this port; stop it or listen on another: %w", s.opts.Listen, err)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", s.opts.Listen, err)
	}
	s.listener = l
	return l.Addr(), nil
}

// Run serves until ctx ends, then lets requests under way finish for at most ten
// seconds, and closes the server. It returns nil after such an end.
func (s *Server) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.Close()) }()
	addr, err := s.Listen(ctx)
	if err != nil {
		return err
	}
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context { return requests },
	}
	defer s.live(ctx, server)()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(s.listener) }()
	s.log.InfoContext(ctx, "serving", "address", addr.String())
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", addr, err)
	case <-ctx.Done():
	}
	if err := shutDown(requests, server); err != nil {
		return fmt.Errorf("stop serving %s: %w", addr, err)
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", addr, err)
	}
	return nil
}

// live hands out events until ctx ends, and ends their streams as soon as the
// server is shut down: it waits for requests, and those have no end of their own.
// What it returns waits until that is over.
func (s *Server) live(ctx context.Context, server *http.Server) (wait func()) {
	hub := s.opts.Live
	if hub == nil {
		return func() {}
	}
	server.RegisterOnShutdown(hub.Close)
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		hub.Run(ctx)
	}()
	return func() {
		stop()
		hub.Close()
		<-done
	}
}

// shutDown waits for requests under way, then ends those that take too long.
func shutDown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return err
}

// Close gives up the address and the dashboard's connections. It may be called
// twice; Run calls it at its end.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	if s.listener != nil {
		if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, fmt.Errorf("close the listener: %w", err))
		}
	}
	if s.dashboard != nil {
		errs = append(errs, s.dashboard.Close())
		s.dashboard = nil
	}
	return errors.Join(errs...)
}
