package hiscores_test

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
)

// fickleSite answers the first request of a connection and hangs up on the second
// after reading it. It counts connections and requests.
type fickleSite struct {
	body                  []byte
	connections, requests atomic.Int64
}

func (s *fickleSite) serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		s.connections.Add(1)
		go s.answerOnce(conn)
	}
}

func (s *fickleSite) answerOnce(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for answered := false; ; answered = true {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		s.requests.Add(1)
		if answered || req.ContentLength != 0 || len(req.TransferEncoding) > 0 {
			return
		}
		head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(s.body)) + "\r\n\r\n"
		if _, err := conn.Write(append([]byte(head), s.body...)); err != nil {
			return
		}
	}
}

// TestFetchOnAKeptConnectionIsOneRequest breaks a kept connection in the middle of
// a request, which may have counted: it must not be sent again.
func TestFetchOnAKeptConnectionIsOneRequest(t *testing.T) {
	body, err := hiscorestest.Body("Zezima", hiscorestest.Account(1_000_000))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	site := &fickleSite{body: body}
	go site.serve(l)
	client := hiscores.NewClient(hiscores.Options{BaseURL: "http://" + l.Addr().String()})
	if _, err := client.Fetch(t.Context(), named(t, "Zezima"), hiscores.RegularTable); err != nil {
		t.Fatal(err)
	}
	_, err = client.Fetch(t.Context(), named(t, "Zezima"), hiscores.RegularTable)
	if !errors.Is(err, hiscores.ErrUnavailable) {
		t.Errorf("Fetch on a connection that broke: %v, want ErrUnavailable", err)
	}
	if got := site.connections.Load(); got != 1 {
		t.Errorf("%d connections, want the first one kept", got)
	}
	if got := site.requests.Load(); got != 2 {
		t.Errorf("%d requests for two fetches", got)
	}
}
