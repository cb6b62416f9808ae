package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// forwardedFor is where proxies write down whom they speak for.
const forwardedFor = "X-Forwarded-For"

// clientOf is the address that a request came from. What proxies wrote down is
// read from the right, as far as the addresses are those of proxies that are
// trusted: everything further left could have been made up by the client.
func clientOf(r *http.Request, trusted []netip.Prefix) netip.Addr {
	peer := addressOf(r.RemoteAddr)
	hops := strings.Split(strings.Join(r.Header.Values(forwardedFor), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !within(trusted, peer) {
			return peer
		}
		said := addressOf(strings.TrimSpace(hop))
		if !said.IsValid() {
			return peer
		}
		peer = said
	}
	return peer
}

// addressOf reads an address with or without a port. What is none is the zero
// address.
func addressOf(text string) netip.Addr {
	if with, err := netip.ParseAddrPort(text); err == nil {
		return with.Addr().Unmap().WithZone("")
	}
	addr, err := netip.ParseAddr(hostOnly(text))
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

func within(prefixes []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// clientKey is what clients are told apart by: IPv6 addresses by the network that
// one customer has, since any of its 2^64 addresses is at hand there.
func clientKey(addr netip.Addr) string {
	if addr.Is6() {
		if network, err := addr.Prefix(64); err == nil {
			return network.String()
		}
	}
	return addr.String()
}
