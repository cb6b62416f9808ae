package config_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/config"
)

func defaults(t *testing.T) config.Settings {
	t.Helper()
	db, err := filepath.Abs("osrsdiff-data/osrsdiff.db")
	if err != nil {
		t.Fatal(err)
	}
	return config.Settings{
		Redis:     config.Redis{MaxConnections: 10},
		Scheduler: config.Scheduler{Prefix: "osrsdiff:schedules", PlayerEntries: 500, Sweep: 5 * time.Second, Lease: 10 * time.Second, GridUnit: time.Minute},
		Database:  config.Database{URL: config.Secret("sqlite://" + filepath.ToSlash(db))},
		Store:     config.Store{KeepAudit: 365 * 24 * time.Hour},
		Data:      config.Data{Dir: "osrsdiff-data"},
		Log:       config.Log{Level: "info", Format: "text"},
		Hiscores:  config.Hiscores{URL: "https://services.runescape.com", Rate: 1, Burst: 2, Timeout: 10 * time.Second},
		Worker:    config.Worker{Concurrency: 4},
		Web:       config.Web{Listen: "127.0.0.1:8080", Rate: 50},
	}
}

// equalNetworks lets cmp compare networks.
var equalNetworks = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func TestLoadGoodFiles(t *testing.T) {
	commented := defaults(t)
	commented.Hiscores.Rate = 2
	want := map[string]config.Settings{
		"empty":     defaults(t),
		"commented": commented,
		"full": {
			Redis:     config.Redis{URL: "rediss://user:pw@redis.example:6380/3", MaxConnections: 20},
			Scheduler: config.Scheduler{Prefix: "app:schedules", Sweep: 2 * time.Second, Lease: time.Minute, GridUnit: 5 * time.Second},
			Database:  config.Database{URL: "postgres://osrs:pw@db.example:5432/osrs"},
			Data:      config.Data{Dir: "/var/lib/osrsdiff"},
			Log:       config.Log{Level: "debug", File: "logs/scheduler.log", Format: "json"},
			Hiscores: config.Hiscores{
				URL: "http://127.0.0.1:9999", Rate: 0.5, Burst: 1, Timeout: 2 * time.Second,
				UserAgent: "my tracker", Contact: "me@example.com",
			},
			Store:    config.Store{KeepAudit: 30 * 24 * time.Hour},
			Webhooks: config.Webhooks{AllowPrivate: true},
			Worker:   config.Worker{Concurrency: 8}, Web: config.Web{
				Listen: "0.0.0.0:80", PublicRead: true, PublicURL: "https://osrs.example.org", Rate: 2.5,
				TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32")},
			}, APIToken: "s3cret",
		},
	}
	files, err := filepath.Glob("testdata/*.good.yaml")
	if err != nil || len(files) != len(want) {
		t.Fatalf("good files: %v, %v; want %d", files, err, len(want))
	}
	for name, settings := range want {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name+".good.yaml")
			c, err := config.Load(config.Sources{File: file})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(settings, c.Settings, equalNetworks); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			if c.File != file {
				t.Errorf("File = %q, want %q", c.File, file)
			}
		})
	}
}

// Each file is named in testdata as NAME.bad.yaml; its error has all of these.
var badFiles = map[string][]string{
	"unknown_key":                {"redis.ulr (from testdata/unknown_key.bad.yaml): unknown key; redis has redis.url, redis.max_connections"},
	"unknown_section":            {"rediss.url", "unknown key"},
	"section_as_value":           {"redis (from ", "is a section, not a value; its keys are redis.url"},
	"value_as_section":           {"web.listen.port", "unknown key"},
	"no_value":                   {"log.level", "has no value"},
	"not_yaml":                   {"testdata/not_yaml.bad.yaml", "yaml"},
	"public_url_with_path":       {"web.public_url", "without a path"},
	"trusted_proxy_that_is_none": {"web.trusted_proxies", "networks such as 10.0.0.0/8"},
	"public_read_maybe":          {"web.public_read", "true or false"},
	"duplicate_key":              {"api_token", "already defined"},
	"text_for_number":            {`worker.concurrency = "4" (from testdata/text_for_number.bad.yaml): must be a whole number from 1 to 256`},
	"fraction_for_whole":         {"worker.concurrency = 1.5", "must be a whole number"},
	"number_for_duration":        {"scheduler.sweep = 5", "must be a duration with its unit, such as 10s, from 1s to 1m0s"},
	"number_for_text":            {"api_token = <secret>", `must be text; put it in "quotes"`},
	"list_for_text":              {"log.file = [a b]", "must be text"},
	"too_few_connections":        {"redis.max_connections = 1", "must be a whole number from 4 to 10000"},
	"negative_rate":              {"hiscores.rate = -1", "must be a number from 0.01 to 1000"},
	"nan_rate":                   {"hiscores.rate = NaN", "must be a number from 0.01 to 1000"},
	"long_sweep":                 {`scheduler.sweep = "2h"`, "from 1s to 1m0s"},
	"bad_level":                  {`log.level = "loud"`, "must be one of debug, info, warn, error"},
	"bad_prefix":                 {`scheduler.prefix = "osrs*"`, "must be 1 to 100 letters"},
	"bad_redis_url":              {`redis.url = "http://:<secret>@localhost"`, "must be a URL such as redis://"},
	"bad_redis_db":               {`redis.url = "redis://localhost:6379/zero"`, "the path is the number of the database"},
	"bad_database_url":           {`database.url = "mysql://root:<secret>@localhost/osrs"`, "must be a URL such as sqlite:///"},
	"bad_listen":                 {`web.listen = "8080"`, "must be host:port"},
	"bad_site":                   {`hiscores.url = "services.runescape.com"`, "must be a base URL"},
	"empty_data_dir":             {`data.dir = ""`, "must be given"},
	"bad_contact":                {`hiscores.contact = "a\nb"`, "must be printable ASCII"},
	"two_faults":                 {"worker.concurrency = 0", "hiscores.burst = 0"},
}

func TestLoadBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) != len(badFiles) {
		t.Fatalf("there are %d bad files (%v); want %d", len(files), err, len(badFiles))
	}
	for name, parts := range badFiles {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(config.Sources{File: filepath.Join("testdata", name+".bad.yaml")})
			if !errors.Is(err, config.ErrInvalid) {
				t.Fatalf("err = %v, want ErrInvalid", err)
			}
			for _, part := range parts {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("err = %q, want it to contain %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "12345678") {
				t.Errorf("err = %q shows a secret", err)
			}
		})
	}
}

func TestLoadLayers(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, config.FileName), "worker:\n  concurrency: 5\nhiscores:\n  burst: 5\n  rate: 5\n")
	c, err := config.Load(config.Sources{
		Dir:      dir,
		Environ:  []string{"OSRSDIFF_HISCORES_BURST=6", "OSRSDIFF_HISCORES_RATE=6", "LOG_LEVEL=", "PATH=/bin", "REDIS_MAX_CONNECTIONS=50", "OSRSDIFF_TEST_REQUIRE=redis"},
		Flags:    map[string]string{"hiscores.rate": "7"},
		Defaults: map[string]string{"data.dir": "osrsdiff-demo"},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, config.FileName)
	want := map[string][2]string{
		"worker.concurrency":    {"5", file},
		"hiscores.burst":        {"6", "OSRSDIFF_HISCORES_BURST"},
		"hiscores.rate":         {"7", "--hiscores-rate"},
		"redis.max_connections": {"50", "REDIS_MAX_CONNECTIONS"},
		"data.dir":              {"osrsdiff-demo", "default"},
		"log.level":             {"info", "default"},
	}
	for _, v := range c.Values() {
		if w, ok := want[v.Key.Name]; ok && w != [2]string{v.Text, v.Origin} {
			t.Errorf("%s = %s from %s, want %v", v.Key.Name, v.Text, v.Origin, w)
		}
	}
	if c.Settings.Worker.Concurrency != 5 || c.Settings.Hiscores.Burst != 6 || c.Settings.Hiscores.Rate != 7 {
		t.Errorf("settings = %+v", c.Settings)
	}
	if got := c.Origin("hiscores.rate"); got != "--hiscores-rate" {
		t.Errorf("Origin = %q", got)
	}
}

func TestLoadFromTheEnvironment(t *testing.T) {
	for name, tc := range map[string]struct {
		environ []string
		wantErr string
	}{
		"prefix by its old name":     {environ: []string{"TASKIQ_SCHEDULER_PREFIX=a"}},
		"prefix by its short name":   {environ: []string{"SCHEDULER_PREFIX=a"}},
		"prefix by both, alike":      {environ: []string{"TASKIQ_SCHEDULER_PREFIX=a", "SCHEDULER_PREFIX=a"}},
		"prefix by its own name":     {environ: []string{"OSRSDIFF_SCHEDULER_PREFIX=a"}},
		"prefix by both, differing":  {[]string{"TASKIQ_SCHEDULER_PREFIX=a", "SCHEDULER_PREFIX=b"}, `scheduler.prefix: TASKIQ_SCHEDULER_PREFIX is "a" and SCHEDULER_PREFIX is "b": set one`},
		"secrets differing":          {[]string{"SCHEDULER_PREFIX=a", "API_TOKEN=hunter2", "OSRSDIFF_API_TOKEN=hunter3"}, `API_TOKEN is "<secret>"`},
		"unknown variable":           {[]string{"SCHEDULER_PREFIX=a", "OSRSDIFF_REDIS_ULR=x"}, `variable "OSRSDIFF_REDIS_ULR": unknown`},
		"wrong type":                 {[]string{"SCHEDULER_PREFIX=a", "REDIS_MAX_CONNECTIONS=many"}, `redis.max_connections = "many" (from REDIS_MAX_CONNECTIONS): must be a whole number`},
		"file that does not exist":   {[]string{"OSRSDIFF_CONFIG=/nowhere/osrsdiff.yaml"}, "/nowhere/osrsdiff.yaml"},
		"number with a trailing dot": {[]string{"OSRSDIFF_WORKER_CONCURRENCY=4."}, "worker.concurrency"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := config.Load(config.Sources{Dir: t.TempDir(), Environ: tc.environ})
			if tc.wantErr == "" {
				if err != nil || c.Settings.Scheduler.Prefix != "a" {
					t.Fatalf("Load = %+v, %v; want the prefix a", c, err)
				}
				return
			}
			if !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), tc.wantErr) {
				t.Errorf("err = %v, want ErrInvalid with %q", err, tc.wantErr)
			}
			if err != nil && strings.Contains(err.Error(), "hunter") {
				t.Errorf("err = %q shows a secret", err)
			}
		})
	}
}

func TestLoadRefusesAnUnknownFlag(t *testing.T) {
	if _, err := config.Load(config.Sources{Dir: t.TempDir(), Flags: map[string]string{"redis.ulr": "x"}}); err == nil {
		t.Error("a flag of a key that does not exist is accepted")
	}
}

// A folder may have any name, but not every character may stand in a URL.
func TestSQLiteURLEscapesThePath(t *testing.T) {
	if got, want := config.SQLiteURL("/data/my #1 100%/osrs.db"), "sqlite:///data/my%20%231%20100%25/osrs.db"; got != want {
		t.Errorf("SQLiteURL = %q, want %q", got, want)
	}
}

// Every variable and flag name is one setting's only, and every default is legal.
func TestKeysAreUnique(t *testing.T) {
	seen := map[string]string{}
	for _, k := range config.Keys() {
		for _, name := range append([]string{"--" + k.Flag, k.Name}, k.Env...) {
			if other, dup := seen[name]; dup {
				t.Errorf("%s is a name of %s and of %s", name, other, k.Name)
			}
			seen[name] = k.Name
		}
		if k.Description == "" {
			t.Errorf("%s has no description", k.Name)
		}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Whatever a file holds, Load answers with settings that load again from their
// own text, or with an error.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		seed, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(seed))
	}
	f.Fuzz(func(t *testing.T, content string) {
		file := filepath.Join(t.TempDir(), config.FileName)
		write(t, file, content)
		c, err := config.Load(config.Sources{File: file})
		if err != nil {
			return
		}
		flags := map[string]string{}
		for _, v := range c.Values() {
			if !v.Key.Secret {
				flags[v.Key.Name] = v.Text
			}
		}
		again, err := config.Load(config.Sources{File: file, Flags: flags})
		if err != nil {
			t.Fatalf("settings do not load from their own text: %v", err)
		}
		if diff := cmp.Diff(c.Settings, again.Settings, equalNetworks); diff != "" {
			t.Errorf("settings changed (-first +second):\n%s", diff)
		}
	})
}
