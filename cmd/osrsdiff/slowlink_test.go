package main

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// slowLink forwards connections to an address and delays every piece of data in
// both directions. It returns the address to use instead.
func slowLink(t *testing.T, to string, delay time.Duration) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &wire{to: to, delay: delay, conns: map[net.Conn]bool{}}
	l.wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			l.wg.Go(func() { l.forward(conn) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		l.closeAll()
		l.wg.Wait()
	})
	return ln.Addr().String()
}

type wire struct {
	to    string
	delay time.Duration
	wg    sync.WaitGroup
	mu    sync.Mutex
	conns map[net.Conn]bool
	ended bool
}

func (l *wire) forward(client net.Conn) {
	server, err := net.Dial("tcp", l.to)
	if err != nil {
		_ = client.Close()
		return
	}
	if !l.keep(client, server) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { l.pump(server, client) })
	both.Go(func() { l.pump(client, server) })
	both.Wait()
}

// keep notes connections to be closed in the end.
func (l *wire) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		l.conns[c] = true
		if l.ended {
			_ = c.Close()
		}
	}
	return !l.ended
}

func (l *wire) closeAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	for c := range l.conns {
		_ = c.Close()
	}
}

// pump copies what comes, each piece after the delay, without holding up the
// pieces behind it.
func (l *wire) pump(to io.WriteCloser, from io.ReadCloser) {
	type piece struct {
		data []byte
		due  time.Time
	}
	pieces := make(chan piece, 1024)
	go func() {
		defer close(pieces)
		defer func() { _ = from.Close() }()
		for {
			buf := make([]byte, 64<<10)
			n, err := from.Read(buf)
			if n > 0 {
				pieces <- piece{buf[:n], time.Now().Add(l.delay)}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range pieces {
		wait := time.NewTimer(time.Until(p.due))
		<-wait.C
		if _, err := to.Write(p.data); err != nil {
			_ = from.Close()
		}
	}
	_ = to.Close()
}
