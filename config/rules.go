package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// raw is a value as its source gave it: text from a default, a variable or a
// flag, a typed value from the file.
type raw struct {
	value any
	typed bool
}

// rule checks a raw value and puts it where it belongs in the Settings. Its
// error is the rule that was broken, to follow "must be".
type rule func(s *Settings, v raw) error

func (v raw) text() (string, bool) {
	s, ok := v.value.(string)
	return s, ok
}

// text accepts a string for which check finds no fault. A nil check accepts all.
func text[T ~string](at func(*Settings) *T, check func(string) error) rule {
	return func(s *Settings, v raw) error {
		str, ok := v.text()
		if !ok {
			return errors.New(`text; put it in "quotes"`)
		}
		if check != nil {
			if err := check(str); err != nil {
				return err
			}
		}
		*at(s) = T(str)
		return nil
	}
}

// oneOf accepts one of a few words, in any case.
func oneOf(at func(*Settings) *string, words ...string) rule {
	return func(s *Settings, v raw) error {
		str, ok := v.text()
		word := strings.ToLower(str)
		if !ok || !slices.Contains(words, word) {
			return fmt.Errorf("one of %s", strings.Join(words, ", "))
		}
		*at(s) = word
		return nil
	}
}

// whole accepts a whole number from lowest to highest.
func whole(at func(*Settings) *int, lowest, highest int) rule {
	return func(s *Settings, v raw) error {
		n, ok := v.value.(int)
		if str, isText := v.text(); isText && !v.typed {
			parsed, err := strconv.Atoi(str)
			n, ok = parsed, err == nil
		}
		if !ok || n < lowest || n > highest {
			return fmt.Errorf("a whole number from %d to %d", lowest, highest)
		}
		*at(s) = n
		return nil
	}
}

// number accepts a number from lowest to highest.
func number(at func(*Settings) *float64, lowest, highest float64) rule {
	return func(s *Settings, v raw) error {
		var (
			n  float64
			ok bool
		)
		switch value := v.value.(type) {
		case float64:
			n, ok = value, true
		case int:
			n, ok = float64(value), true
		case string:
			parsed, err := strconv.ParseFloat(value, 64)
			n, ok = parsed, err == nil && !v.typed
		}
		if !ok || !(n >= lowest && n <= highest) { // NaN fails both.
			return fmt.Errorf("a number from %v to %v", lowest, highest)
		}
		*at(s) = n
		return nil
	}
}

// boolean accepts true and false.
func boolean(at func(*Settings) *bool) rule {
	return func(s *Settings, v raw) error {
		b, ok := v.value.(bool)
		if str, isText := v.text(); isText && !v.typed {
			parsed, err := strconv.ParseBool(str)
			b, ok = parsed, err == nil
		}
		if !ok {
			return errors.New("true or false")
		}
		*at(s) = b
		return nil
	}
}

// networks accepts networks and addresses with commas or spaces between them.
func networks(at func(*Settings) *[]netip.Prefix) rule {
	return func(s *Settings, v raw) error {
		str, ok := v.text()
		var all []netip.Prefix
		for _, word := range strings.FieldsFunc(str, func(r rune) bool { return r == ',' || r == ' ' }) {
			if !strings.Contains(word, "/") {
				addr, err := netip.ParseAddr(word)
				ok = ok && err == nil
				all = append(all, netip.PrefixFrom(addr, addr.BitLen()))
				continue
			}
			network, err := netip.ParsePrefix(word)
			ok = ok && err == nil
			all = append(all, network.Masked())
		}
		if !ok {
			return errors.New("networks such as 10.0.0.0/8 or addresses such as 192.0.2.7, with commas between them")
		}
		*at(s) = all
		return nil
	}
}

// length accepts a duration with a unit, such as 10s, from lowest to highest.
func length(at func(*Settings) *time.Duration, lowest, highest time.Duration) rule {
	return func(s *Settings, v raw) error {
		str, ok := v.text()
		d, err := time.ParseDuration(str)
		if !ok || err != nil || d < lowest || d > highest {
			return fmt.Errorf("a duration with its unit, such as 10s, from %v to %v", lowest, highest)
		}
		*at(s) = d
		return nil
	}
}

// wholeSeconds is a length without fractions of a second.
func wholeSeconds(at func(*Settings) *time.Duration, lowest, highest time.Duration) rule {
	inRange := length(at, lowest, highest)
	return func(s *Settings, v raw) error {
		if err := inRange(s, v); err != nil {
			return err
		}
		if *at(s)%time.Second != 0 {
			return fmt.Errorf("whole seconds, such as 5s, from %v to %v", lowest, highest)
		}
		return nil
	}
}

// age accepts 0, or a time that is given in days or with another unit and is no
// shorter than least.
func age(at func(*Settings) *time.Duration, least time.Duration) rule {
	return func(s *Settings, v raw) error {
		d, ok := parseAge(v)
		if !ok || d != 0 && d < least {
			return fmt.Errorf("0, or days such as 365d, from %dd on", int(least.Hours()/24))
		}
		*at(s) = d
		return nil
	}
}

// mostDays keeps an age within what a duration holds.
const mostDays = 100 * 365

func parseAge(v raw) (time.Duration, bool) {
	if n, ok := v.value.(int); ok {
		return 0, n == 0
	}
	str, _ := v.text()
	if days, found := strings.CutSuffix(str, "d"); found {
		n, err := strconv.ParseUint(days, 10, 32)
		return time.Duration(n) * 24 * time.Hour, err == nil && n <= mostDays
	}
	d, err := time.ParseDuration(str)
	return d, err == nil
}

func checkDatabaseURL(s string) error {
	scheme, rest, ok := strings.Cut(s, "://")
	known := []string{"sqlite", "postgres", "postgresql", "postgresql+asyncpg"}
	if s == "" || ok && rest != "" && slices.Contains(known, scheme) {
		return nil
	}
	return errors.New("a URL such as sqlite:///path/to/file.db or postgres://user:password@host:5432/name")
}

func checkSiteURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("a base URL such as https://services.runescape.com, without a query")
	}
	return nil
}

// checkPublicURL accepts the origin of a site: cookies and links are for all of it.
func checkPublicURL(s string) error {
	u, err := url.Parse(s)
	if s == "" || err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		(u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == "" {
		return nil
	}
	return errors.New("a URL without a path such as https://osrs.example.org")
}

func checkListen(s string) error {
	_, port, err := net.SplitHostPort(s)
	n, convErr := strconv.Atoi(port)
	if err != nil || convErr != nil || n < 0 || n > 65535 {
		return errors.New("host:port with a port from 0 to 65535, such as 127.0.0.1:8080")
	}
	return nil
}

var prefixPattern = regexp.MustCompile(`^[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)*$`)

// checkPrefix keeps out what would make a Redis pattern or hash tag of the prefix.
func checkPrefix(s string) error {
	if len(s) > 100 || !prefixPattern.MatchString(s) {
		return errors.New("1 to 100 letters, digits, _ . and -, in parts joined by single colons")
	}
	return nil
}

func notEmpty(s string) error {
	if strings.TrimSpace(s) == "" {
		return errors.New("given")
	}
	return nil
}

// checkHeader keeps out what could not stand in an HTTP header.
func checkHeader(s string) error {
	for _, r := range s {
		if r < ' ' || r > '~' {
			return errors.New("printable ASCII")
		}
	}
	return nil
}
