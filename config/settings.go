package config

import (
	"net/netip"
	"time"
)

// Settings is everything that can be set, checked and ready to use. Load makes it.
type Settings struct {
	// Redis is the server that holds schedules, queues and limits.
	Redis Redis
	// Scheduler sets how schedules are kept and fired.
	Scheduler Scheduler
	// Database is where players and their values live.
	Database Database
	// Store sets what of the values is kept.
	Store Store
	// Data is the folder that `up` keeps its files in.
	Data Data
	// Log sets what is logged, and where.
	Log Log
	// Hiscores is the site that players are fetched from.
	Hiscores Hiscores
	// Worker sets how much is fetched at once.
	Worker   Worker
	Webhooks Webhooks
	// Web sets where the API and the pages are served.
	Web Web
	// APIToken is a token of an admin that needs no database. Empty: there are only
	// those in the database.
	APIToken Secret
}

// Redis is the section redis.
type Redis struct {
	// URL is one that ParseRedisURL reads. Empty: `up` starts a Redis of its own,
	// other subcommands use that of a running `up`, or DefaultRedisURL.
	URL Secret
	// MaxConnections is the size of a process's connection pool, to each server.
	MaxConnections int
	// CAFile holds the authorities that certificates of the servers may be from.
	// Empty: those of the system. Load makes it and those below absolute.
	CAFile string
	// CertFile and KeyFile are the certificate that servers are shown. Empty: none.
	CertFile, KeyFile string
}

// Scheduler is the section scheduler.
type Scheduler struct {
	// Prefix starts the Redis key of every schedule: <prefix>:<id>.
	Prefix string
	// PlayerEntries is up to how many schedules each get a periodic entry of their
	// own. Zero: none does.
	PlayerEntries int
	// Sweep is how often everything due is claimed, whatever the entries did.
	Sweep time.Duration
	// Lease is how long a scheduler that went silent keeps the others waiting.
	Lease time.Duration
	// GridUnit is what one minute of an interval lasts: a minute, or less for a
	// time lapse.
	GridUnit time.Duration
}

// Database is the section database.
type Database struct {
	// URL is sqlite:///path or postgres://. Load never leaves it empty.
	URL Secret
}

// Store is the section store.
type Store struct {
	// ThinAfter is the age from which values are thinned to one a day. Zero: they
	// never are.
	ThinAfter time.Duration
	// KeepAudit is how long the audit log goes back. Zero: for ever.
	KeepAudit time.Duration
}

// Webhooks is the section webhooks.
type Webhooks struct {
	// AllowPrivate lets events be posted to addresses that are not of the internet.
	AllowPrivate bool
}

// Data is the section data.
type Data struct {
	// Dir is the folder of the database file, run.json and the lock of `up`.
	Dir string
}

// Log is the section log.
type Log struct {
	// Level is debug, info, warn or error.
	Level string
	// File is written beside standard error and rotated. Empty: no file.
	File string
	// Format is text or json.
	Format string
}

// Hiscores is the section hiscores.
type Hiscores struct {
	// URL is the base URL of the site, without a trailing slash.
	URL string
	// Rate is how many requests all workers together may make in a second.
	Rate float64
	// Burst is how many requests may come at once before Rate applies.
	Burst int
	// Timeout bounds one request.
	Timeout time.Duration
	// UserAgent replaces the one that is made of version and Contact. Empty: it is made.
	UserAgent string
	// Contact is an address or page where the site's owner reaches whoever runs this.
	Contact string
}

// Worker is the section worker.
type Worker struct {
	// Concurrency is how many scheduled fetches one worker process has under way.
	Concurrency int
}

// Web is the section web.
type Web struct {
	// Listen is the host:port of the API and the pages.
	Listen string
	// PublicRead lets callers without a token read.
	PublicRead bool
	// PublicURL is where browsers reach the server, without a path. Empty: it is
	// not known.
	PublicURL string
	// TrustedProxies are the networks of proxies whose X-Forwarded-For counts.
	TrustedProxies []netip.Prefix
	// Rate is how many requests a second one client may send. Zero: any number.
	Rate float64
}
