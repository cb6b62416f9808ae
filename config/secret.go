package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

const masked = "<secret>"

// Secret is a value that is, or may contain, a password. It prints masked
// wherever it is printed, logged or marshalled; Reveal gives the real one.
type Secret string

// Reveal is the value itself, to be handed to what needs it and to nothing else.
func (s Secret) Reveal() string { return string(s) }

// String is the value with whatever is secret in it masked: the password of a
// URL, or all of a value that is no URL.
func (s Secret) String() string {
	switch {
	case s == "":
		return ""
	case strings.Contains(string(s), "://"):
		return maskURL(string(s))
	}
	return masked
}

// GoString keeps %#v from showing the value.
func (s Secret) GoString() string { return fmt.Sprintf("%q", s.String()) }

// LogValue keeps slog from showing the value.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON writes the masked form, not the value.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// MarshalText writes the masked form, not the value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

var (
	// Greedy up to the last @, so that an unescaped @ in a password leaks nothing.
	urlPassword   = regexp.MustCompile(`(://[^:@/?\s]*:).*@`)
	queryPassword = regexp.MustCompile(`(?i)([?&][^=&]*(?:password|passwd|secret|token)=)[^&#]*`)
)

func maskURL(url string) string {
	if v := queryPassword.FindString(url); strings.Contains(v, "@") {
		// Where the password before the host ends cannot be told then.
		scheme, _, _ := strings.Cut(url, "://")
		return scheme + "://" + masked
	}
	url = urlPassword.ReplaceAllString(url, "${1}"+masked+"@")
	return queryPassword.ReplaceAllString(url, "${1}"+masked)
}
