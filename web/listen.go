package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/osrsdiff/osrsdiff/access"
)

// ErrExposed is matched by the error of CheckListen for an address that other
// machines can reach while there is no token.
var ErrExposed = errors.New("refused to listen without a token")

// CheckListen reports whether it is safe to listen on addr ("host:port"): without
// a token that works only loopback addresses are. The error of an exposed address
// matches ErrExposed and says the ways out; any other error means that addr is no
// address. It is called before anything is started.
func CheckListen(addr string, token bool) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || port == "" {
		return fmt.Errorf("listen address %q: must be host:port such as 127.0.0.1:8080", addr)
	}
	if !token && !loopback(host) {
		return fmt.Errorf("%w: other machines can reach %q, and no token works: make one with `osrsdiff token add NAME --role admin`, or set API_TOKEN, or listen on 127.0.0.1:%s",
			ErrExposed, addr, port)
	}
	return nil
}

// checkOpen is CheckListen for a server with these options.
func checkOpen(ctx context.Context, opts Options) error {
	err := CheckListen(opts.Listen, false)
	if !errors.Is(err, ErrExposed) {
		return err
	}
	if opts.Access.Gate != nil && opts.Access.Gate.Fixed != "" {
		return nil
	}
	if opts.Access.Tokens == nil {
		return err
	}
	tokens, listErr := opts.Access.Tokens.Tokens(ctx)
	if listErr != nil {
		return errors.Join(err, listErr)
	}
	now := time.Now()
	if opts.Now != nil {
		now = opts.Now()
	}
	if slices.ContainsFunc(tokens, func(t access.Token) bool { return t.Usable(now) }) {
		return nil
	}
	return err
}

// loopback reports whether host (a name or an IP address) means this machine
// only. No host means every interface.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// hostOnly takes the port and the brackets of an IPv6 address off a Host header.
func hostOnly(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
}
