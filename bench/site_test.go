package bench

import (
	"bufio"
	"fmt"
	"maps"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/player"
)

// cannedSite is a fake hiscores site that answers with what was made beforehand, and
// counts who asks for whom. It speaks no more of HTTP than that takes, since it shares
// the machine with what is measured.
type cannedSite struct {
	mu      sync.Mutex
	answers map[string][]byte
	counts  map[string]int
}

func (s *cannedSite) fill(t *testing.T, n int, xp func(id int64) int64) {
	t.Helper()
	s.answers, s.counts = make(map[string][]byte, n), make(map[string]int, n)
	for id := int64(1); id <= int64(n); id++ {
		name := nameOf(id).String()
		body, err := hiscorestest.Body(name, accountOf(id, xp))
		if err != nil {
			t.Fatal(err)
		}
		head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(body))
		s.answers[name] = append([]byte(head), body...)
	}
}

// serve answers until the test ends, and returns the base URL.
func (s *cannedSite) serve(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns []net.Conn
	var accepting, conversing sync.WaitGroup
	accepting.Go(func() {
		for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
			conns = append(conns, conn)
			conversing.Go(func() { s.converse(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		accepting.Wait()
		for _, conn := range conns {
			_ = conn.Close()
		}
		conversing.Wait()
	})
	return "http://" + listener.Addr().String()
}

// converse answers the requests of a connection until either side closes it.
func (s *cannedSite) converse(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	from := bufio.NewReader(conn)
	for {
		first, err := from.ReadString('\n')
		for line := first; err == nil && line != "\r\n"; {
			line, err = from.ReadString('\n')
		}
		if err != nil {
			return
		}
		if _, err := conn.Write(s.answer(first)); err != nil {
			return // a client that hung up shows in the counts
		}
	}
}

// answer is what the site says to the first line of a request.
func (s *cannedSite) answer(line string) []byte {
	path := "GET /m=" + string(hiscores.TableOf(player.Regular)) + "/index_lite.json?player="
	name, found := strings.CutPrefix(line, path)
	name, _, _ = strings.Cut(name, " ")
	name, err := url.QueryUnescape(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[name]++
	if answer := s.answers[name]; found && err == nil && answer != nil {
		return answer
	}
	return []byte("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
}

func (s *cannedSite) asked() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}
