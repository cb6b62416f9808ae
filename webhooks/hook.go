package webhooks

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/osrsdiff/osrsdiff/events"
)

// ErrInvalid is matched by the error of a webhook that cannot be.
var ErrInvalid = errors.New("invalid webhook")

// Format is the form of a body.
type Format string

// The formats.
const (
	// Discord is what Discord's webhooks take: one embed an event.
	Discord Format = "discord"
	// JSON is the events as the API has them; see Body.
	JSON Format = "json"
)

// Longest name, address and secret of a webhook, in characters.
const (
	MaxName   = 64
	MaxURL    = 2000
	MaxSecret = 200
)

// Address is where a webhook listens. It prints without what is secret of it;
// Reveal is the whole.
type Address string

// String shows scheme and host. The path of a Discord webhook is its password.
func (a Address) String() string {
	u, err := url.Parse(string(a))
	if err != nil || u.Host == "" {
		return "an address"
	}
	return u.Scheme + "://" + u.Host + "/…"
}

// GoString is String.
func (a Address) GoString() string { return a.String() }

// MarshalText is String.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Reveal is the whole address.
func (a Address) Reveal() string { return string(a) }

func (a Address) validate() error {
	u, err := url.Parse(string(a)) // its error would show the address
	switch {
	case !utf8.ValidString(string(a)) || utf8.RuneCountInString(string(a)) > MaxURL:
		return fmt.Errorf("%w: url: must have at most %d characters", ErrInvalid, MaxURL)
	case err != nil || u.Hostname() == "":
		return fmt.Errorf("%w: url: must be an address such as https://discord.com/api/webhooks/…", ErrInvalid)
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%w: url: scheme %q: must be https or http", ErrInvalid, u.Scheme)
	case u.Fragment != "":
		return fmt.Errorf("%w: url: must have no fragment (#…)", ErrInvalid)
	}
	return nil
}

// Secret signs bodies. It does not print; Reveal is what it is.
type Secret string

// String tells only whether there is one.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// MarshalText is String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Reveal is the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Hook is a webhook: where to post what.
type Hook struct {
	// ID is never reused.
	ID int64
	// Name is what people call it. Empty in a new one: its host.
	Name string
	// URL is where to post.
	URL Address
	// Format is the form of the body. Empty in a new one: that of its host.
	Format Format
	// Kinds are the events wanted. None: all that the activity feed has.
	Kinds []events.Kind
	// PlayerID is the player to be about. Zero: any, and the circuit breaker.
	PlayerID int64
	// Player is the name of that player.
	Player string
	// GroupID is the group whose members it is to be about. Zero: anybody.
	GroupID int64
	// Group is the name of that group.
	Group string
	// Secret signs the bodies of JSON. Empty: they are not signed.
	Secret Secret
	// Enabled hooks get events. See DisableAfter.
	Enabled bool
	// Failures is how many deliveries in a row were given up.
	Failures int
	// CreatedAt is when it was added; what happened before is not for it.
	CreatedAt time.Time
}

// DisableAfter is how many deliveries in a row are given up before a webhook is
// switched off. One that answers that it is gone (404 and 410) is switched off at
// once. A test that arrives switches it on again.
const DisableAfter = 20

// Checked returns the hook with what it left open filled in, or an error that
// matches ErrInvalid and says what is wrong, without the address.
func (h Hook) Checked() (Hook, error) {
	h.URL = Address(strings.TrimSpace(string(h.URL)))
	if err := h.URL.validate(); err != nil {
		return Hook{}, err
	}
	u, _ := url.Parse(string(h.URL)) // was read before
	if h.Name = strings.TrimSpace(h.Name); h.Name == "" {
		h.Name = cut(u.Hostname(), MaxName)
	}
	if h.Format == "" {
		h.Format = formatOf(u.Hostname())
	}
	return h, errors.Join(h.checkName(), h.checkFormat(), h.checkKinds())
}

// formatOf is the format of a host's webhooks.
func formatOf(host string) Format {
	if host == "discord.com" || host == "discordapp.com" || strings.HasSuffix(host, ".discord.com") {
		return Discord
	}
	return JSON
}

func (h Hook) checkName() error {
	if utf8.RuneCountInString(h.Name) > MaxName {
		return fmt.Errorf("%w: name: must have at most %d characters", ErrInvalid, MaxName)
	}
	if !utf8.ValidString(h.Name) || strings.ContainsFunc(h.Name, unicode.IsControl) {
		return fmt.Errorf("%w: name %q: must have no control characters", ErrInvalid, h.Name)
	}
	return nil
}

func (h Hook) checkFormat() error {
	switch {
	case h.Format != Discord && h.Format != JSON:
		return fmt.Errorf("%w: format %q: must be %s or %s", ErrInvalid, string(h.Format), Discord, JSON)
	case h.Format == Discord && h.Secret != "":
		return fmt.Errorf("%w: secret: Discord reads no signature; only the format json has a secret", ErrInvalid)
	case !utf8.ValidString(string(h.Secret)) || strings.ContainsFunc(string(h.Secret), unicode.IsControl):
		return fmt.Errorf("%w: secret: must have no control characters", ErrInvalid)
	case utf8.RuneCountInString(string(h.Secret)) > MaxSecret:
		return fmt.Errorf("%w: secret: must have at most %d characters", ErrInvalid, MaxSecret)
	}
	return nil
}

func (h Hook) checkKinds() error {
	for _, k := range h.Kinds {
		if _, err := events.ParseKind(string(k)); err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		if k.Quiet() {
			return fmt.Errorf("%w: kind %q: comes with almost every fetch and is not sent to webhooks; /api/events has it", ErrInvalid, string(k))
		}
	}
	return nil
}

// Wants reports whether an event is for the hook, as far as it can tell: who is in
// a group is for the caller to know.
func (h Hook) Wants(e events.Event) bool {
	return h.Enabled && !e.At.Before(h.CreatedAt) &&
		(h.PlayerID == 0 || h.PlayerID == e.PlayerID) &&
		(len(h.Kinds) == 0 || slices.Contains(h.Kinds, e.Kind))
}
