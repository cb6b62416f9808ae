package store

import (
	"fmt"
	"net/url"
	"strings"
)

// engine is which of the two databases a URL names.
type engine string

const (
	sqliteEngine   engine = "sqlite"
	postgresEngine engine = "postgres"
)

// target is a database URL taken apart.
type target struct {
	engine engine
	// path is the file of an SQLite database.
	path string
	// dsn is what the PostgreSQL driver connects to.
	dsn string
	// shown is the URL for people: without its password.
	shown string
}

// parseURL reads a database URL. Its errors never repeat the URL, since a
// password that broke the parsing would be in it.
func parseURL(raw string) (target, error) {
	scheme, rest, ok := strings.Cut(raw, "://")
	switch {
	case !ok:
		return target{}, badURL("it must begin with sqlite:// or postgres://")
	case scheme == "sqlite":
		return parseSQLite(rest)
	case scheme == "postgres", scheme == "postgresql", scheme == "postgresql+asyncpg":
		return parsePostgres(rest)
	}
	return target{}, badURL(fmt.Sprintf("scheme %q: must be sqlite or postgres", scheme))
}

func parseSQLite(rest string) (target, error) {
	if strings.ContainsAny(rest, "?#\x00") {
		return target{}, badURL("an SQLite URL is sqlite:///path/to/file and takes no options")
	}
	path, err := url.PathUnescape(rest)
	if err != nil {
		return target{}, badURL("the path has a broken % escape")
	}
	if path == "" || strings.HasSuffix(path, "/") || strings.HasPrefix(path, ":memory:") {
		return target{}, badURL("an SQLite URL must name a file: sqlite:///path/to/file")
	}
	return target{engine: sqliteEngine, path: path, shown: "sqlite://" + rest}, nil
}

func parsePostgres(rest string) (target, error) {
	u, err := url.Parse("postgres://" + rest)
	if err != nil {
		return target{}, badURL("cannot be read as postgres://user:password@host:port/name; write special characters in the password as % escapes")
	}
	return target{engine: postgresEngine, dsn: u.String(), shown: shownURL(u)}, nil
}

// shownURL hides the password in both places where a PostgreSQL URL can have one.
func shownURL(u *url.URL) string {
	masked := *u
	if q := masked.Query(); q.Has("password") {
		q.Set("password", "xxxxx")
		masked.RawQuery = q.Encode()
	}
	return masked.Redacted()
}

func badURL(rule string) error {
	return fmt.Errorf("%w: %w: %s", ErrUnreachable, ErrInvalidURL, rule)
}
