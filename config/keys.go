package config

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// DefaultRedisURL is used by everything but `up` when redis.url is empty and no
// `up` is running on the data folder.
const DefaultRedisURL = "redis://localhost:6379/0"

// FileName is the settings file that is read from the working folder when no
// other is named.
const FileName = "osrsdiff.yaml"

// DatabaseFile is the SQLite file in data.dir that is used when database.url is empty.
const DatabaseFile = "osrsdiff.db"

// EnvPrefix starts the variable that every key has; an unknown variable that
// starts so is an error.
const EnvPrefix = "OSRSDIFF_"

// FileVariable names the settings file, as the flag --config does.
const FileVariable = EnvPrefix + "CONFIG"

// Key is one setting as a person sees it.
type Key struct {
	// Name is the key in the file, such as redis.url.
	Name string
	// Env lists the variables that set it, the customary one first. Two of them
	// with different values are an error.
	Env []string
	// Flag is the name of its flag, without the dashes.
	Flag string
	// Default is the value when nothing sets it.
	Default string
	// Description says what it is for, in one line.
	Description string
	// Secret values are shown masked.
	Secret bool

	rule rule
}

// Keys lists every setting in the order of the file. The caller may keep and
// change the slice.
func Keys() []Key { return slices.Clone(keys) }

func key(name string, r rule, def, description string, env ...string) Key {
	own := EnvPrefix + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
	return Key{
		Name: name, Env: append(env, own), Default: def, Description: description, rule: r,
		Flag: strings.NewReplacer(".", "-", "_", "-").Replace(name),
	}
}

func secret(k Key) Key {
	k.Secret = true
	return k
}

var keys = []Key{
	secret(key("redis.url", text(func(s *Settings) *Secret { return &s.Redis.URL }, checkRedisURL), "",
		"Redis of schedules, queue and limits: a server, Sentinels or a Cluster; empty: \"up\" brings its own, other roles use "+DefaultRedisURL, "REDIS_URL")),
	key("redis.max_connections", whole(func(s *Settings) *int { return &s.Redis.MaxConnections }, 4, 10000), "10",
		"size of the Redis connection pool of a process", "REDIS_MAX_CONNECTIONS"),
	key("redis.ca_file", text(func(s *Settings) *string { return &s.Redis.CAFile }, nil), "",
		"PEM file of the authorities that a rediss:// server's certificate may be from; empty: those of the system"),
	key("redis.cert_file", text(func(s *Settings) *string { return &s.Redis.CertFile }, nil), "",
		"PEM file of the certificate to show to a rediss:// server; empty: none"),
	key("redis.key_file", text(func(s *Settings) *string { return &s.Redis.KeyFile }, nil), "",
		"PEM file of the key of redis.cert_file"),
	key("scheduler.prefix", text(func(s *Settings) *string { return &s.Scheduler.Prefix }, checkPrefix), "osrsdiff:schedules",
		"start of the Redis key of every schedule", "TASKIQ_SCHEDULER_PREFIX", "SCHEDULER_PREFIX"),
	key("scheduler.player_entries", whole(func(s *Settings) *int { return &s.Scheduler.PlayerEntries }, 0, 500), "500",
		"up to how many schedules each have a periodic entry of their own"),
	key("scheduler.sweep", wholeSeconds(func(s *Settings) *time.Duration { return &s.Scheduler.Sweep }, time.Second, time.Minute), "5s",
		"how often everything due is claimed"),
	key("scheduler.lease", length(func(s *Settings) *time.Duration { return &s.Scheduler.Lease }, 3*time.Second, time.Minute), "10s",
		"how long a silent scheduler keeps its lease before another takes over"),
	key("scheduler.grid_unit", wholeSeconds(func(s *Settings) *time.Duration { return &s.Scheduler.GridUnit }, time.Second, time.Minute), "1m",
		"what one minute of an interval lasts; a time lapse for trying things out, the same in every process"),
	secret(key("database.url", text(func(s *Settings) *Secret { return &s.Database.URL }, checkDatabaseURL), "",
		"database of players and values; empty: the SQLite file "+DatabaseFile+" in data.dir", "DATABASE_URL")),
	key("store.thin_after", age(func(s *Settings) *time.Duration { return &s.Store.ThinAfter }, 32*24*time.Hour), "0",
		"age from which values are thinned to one a day, such as 365d; 0: never"),
	key("store.keep_audit", age(func(s *Settings) *time.Duration { return &s.Store.KeepAudit }, 24*time.Hour), "365d",
		"how long the audit log goes back; 0: for ever"),
	key("data.dir", text(func(s *Settings) *string { return &s.Data.Dir }, notEmpty), "osrsdiff-data",
		"folder of the SQLite file, run.json and the lock of \"up\"; \"up --demo\" has osrsdiff-demo"),
	key("log.level", oneOf(func(s *Settings) *string { return &s.Log.Level }, "debug", "info", "warn", "error"), "info",
		"least level that is logged: debug, info, warn or error", "LOG_LEVEL"),
	key("log.file", text(func(s *Settings) *string { return &s.Log.File }, nil), "",
		"file to log to beside standard error, rotated at 50 MB; empty: none", "LOG_FILE"),
	key("log.format", oneOf(func(s *Settings) *string { return &s.Log.Format }, "text", "json"), "text",
		"form of a log line: text or json", "LOG_FORMAT"),
	key("hiscores.url", text(func(s *Settings) *string { return &s.Hiscores.URL }, checkSiteURL), "https://services.runescape.com",
		"base URL of the hiscores site"),
	key("hiscores.rate", number(func(s *Settings) *float64 { return &s.Hiscores.Rate }, 0.01, 1000), "1",
		"requests a second that all workers together may make"),
	key("hiscores.burst", whole(func(s *Settings) *int { return &s.Hiscores.Burst }, 1, 1000), "2",
		"requests that may come at once before the rate applies"),
	key("hiscores.timeout", length(func(s *Settings) *time.Duration { return &s.Hiscores.Timeout }, time.Second, time.Minute), "10s",
		"longest wait for one answer of the hiscores"),
	key("hiscores.user_agent", text(func(s *Settings) *string { return &s.Hiscores.UserAgent }, checkHeader), "",
		"User-Agent of requests to the hiscores; empty: made of version, project page and hiscores.contact"),
	key("hiscores.contact", text(func(s *Settings) *string { return &s.Hiscores.Contact }, checkHeader), "",
		"mail address or page where the owner of the hiscores reaches you; part of the User-Agent"),
	key("worker.concurrency", whole(func(s *Settings) *int { return &s.Worker.Concurrency }, 1, 256), "4",
		"scheduled fetches that one worker has under way; those that people wait for have slots of their own"),
	key("webhooks.allow_private", boolean(func(s *Settings) *bool { return &s.Webhooks.AllowPrivate }), "false",
		"whether webhooks may be on this machine or in its own networks: true or false"),
	key("web.listen", text(func(s *Settings) *string { return &s.Web.Listen }, checkListen), "127.0.0.1:8080",
		"host:port of the API and pages; other than loopback needs a token"),
	key("web.public_read", boolean(func(s *Settings) *bool { return &s.Web.PublicRead }), "false",
		"whether callers without a token may read once there are tokens: true or false"),
	key("web.public_url", text(func(s *Settings) *string { return &s.Web.PublicURL }, checkPublicURL), "",
		"where browsers reach the server, such as https://osrs.example.org; other host names are refused, cookies need TLS with https; empty: not known", "PUBLIC_URL"),
	key("web.trusted_proxies", networks(func(s *Settings) *[]netip.Prefix { return &s.Web.TrustedProxies }), "",
		"networks of proxies whose X-Forwarded-For counts, such as 10.0.0.0/8, 192.0.2.7; empty: none", "TRUSTED_PROXIES"),
	key("web.rate", number(func(s *Settings) *float64 { return &s.Web.Rate }, 0, 100000), "50",
		"requests a second that one client may send, five seconds' worth at once; this machine may send any number; 0: no limit"),
	secret(key("api_token", text(func(s *Settings) *Secret { return &s.APIToken }, nil), "",
		"token of an admin, beside those that osrsdiff token add makes; empty: there is none", "API_TOKEN")),
}
