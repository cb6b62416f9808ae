package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/osrsdiff/osrsdiff/config"
)

func TestSecretString(t *testing.T) {
	for name, tc := range map[string]struct{ secret, want string }{
		"nothing":                     {"", ""},
		"token":                       {"hunter2", "<secret>"},
		"URL without a password":      {"redis://localhost:6379/0", "redis://localhost:6379/0"},
		"user and password":           {"postgres://osrs:hunter2@db:5432/osrs", "postgres://osrs:<secret>@db:5432/osrs"},
		"password alone":              {"redis://:hunter2@db:6379", "redis://:<secret>@db:6379"},
		"user alone":                  {"postgres://osrs@db/osrs", "postgres://osrs@db/osrs"},
		"password with an @":          {"redis://:hunter2@home@db:6379", "redis://:<secret>@db:6379"},
		"password with a slash":       {"redis://:hunter2/x@db:6379", "redis://:<secret>@db:6379"},
		"password with a question":    {"redis://:hunter2?x@db:6379", "redis://:<secret>@db:6379"},
		"password as a parameter":     {"postgres://db/osrs?user=o&password=hunter2&sslmode=off", "postgres://db/osrs?user=o&password=<secret>&sslmode=off"},
		"key password as a parameter": {"postgres://db/osrs?sslpassword=hunter2", "postgres://db/osrs?sslpassword=<secret>"},
		"several hosts":               {"redis+sentinel://u:hunter2@one:1,two:2/mymaster", "redis+sentinel://u:<secret>@one:1,two:2/mymaster"},
		"password of Sentinels":       {"redis+sentinel://one:1,two:2/mymaster?sentinel_password=hunter2", "redis+sentinel://one:1,two:2/mymaster?sentinel_password=<secret>"},
		"parameter with an @":         {"redis+sentinel://one:1/mymaster?sentinel_password=a@hunter2", "redis+sentinel://<secret>"},
		"password with a parameter":   {"redis://:hunter2?token=x@db:6379", "redis://<secret>"},
		"path of SQLite":              {"sqlite:////data/osrs.db", "sqlite:////data/osrs.db"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := config.Secret(tc.secret).String(); got != tc.want {
				t.Errorf("String() = %q, want %q", got, tc.want)
			}
			if got := config.Secret(tc.secret).Reveal(); got != tc.secret {
				t.Errorf("Reveal() = %q, want %q", got, tc.secret)
			}
		})
	}
}

// The settings are printed, logged and marshalled in every way Go has; no
// password may show.
func TestSecretsNeverShow(t *testing.T) {
	c, err := config.Load(config.Sources{Dir: t.TempDir(), Environ: []string{
		"REDIS_URL=redis://:hunter2@localhost:6379/0", "DATABASE_URL=postgres://o:hunter2@localhost/o", "API_TOKEN=hunter2",
	}})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	log.Info("settings", slog.Any("all", c.Settings), slog.Any("token", c.Settings.APIToken), slog.Any("config", c))
	slog.New(slog.NewJSONHandler(&out, nil)).Info("settings", slog.Any("all", c.Settings))
	fmt.Fprintf(&out, "%v %+v %#v %s %q", c.Settings, c.Settings, c.Settings, c.Settings.APIToken, c.Settings.APIToken)
	fmt.Fprintf(&out, "%v %+v %#v", c.Values(), c.Values(), *c)
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(&out).Encode(c.Values()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "hunter2") {
		t.Errorf("a secret shows in %s", out.String())
	}
	if n := strings.Count(out.String(), "<secret>"); n < 20 {
		t.Errorf("%d masked values, want every print to show them masked", n)
	}
	if c.Settings.APIToken.Reveal() != "hunter2" {
		t.Error("the token is lost")
	}
}
