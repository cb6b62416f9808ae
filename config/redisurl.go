package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// RedisForm is what the hosts of a Redis URL are.
type RedisForm string

// The forms of Redis.
const (
	// RedisServer is one server: redis://host:6379/0.
	RedisServer RedisForm = "server"
	// RedisSentinel is some of the Sentinels that watch over a master and its
	// replicas: redis+sentinel://host1:26379,host2:26379/mymaster/0.
	RedisSentinel RedisForm = "sentinel"
	// RedisCluster is some of the nodes of a Redis Cluster:
	// redis+cluster://host1:6379,host2:6379.
	RedisCluster RedisForm = "cluster"
)

// RedisURL is a Redis URL taken apart. The scheme rediss, also before +sentinel
// and +cluster, is Redis over TLS.
type RedisURL struct {
	// Form says what Addrs are.
	Form RedisForm
	// Addrs is host:port of each host, at least one.
	Addrs []string
	// User and Password are those of the Redis servers. Both may be empty.
	User     string
	Password Secret
	// SentinelUser and SentinelPassword are those of the Sentinels, from the
	// parameters sentinel_user and sentinel_password.
	SentinelUser     string
	SentinelPassword Secret
	// Master is the name that Sentinels know the master by; empty in other forms.
	Master string
	// Database is its number. A cluster has none but zero.
	Database int
	// TLS says whether connections are encrypted.
	TLS bool
	// SkipVerify, the parameter skip_verify, trusts any certificate.
	SkipVerify bool
	// ServerName, the parameter server_name, is the name that certificates must
	// have. Empty: the host that is connected to.
	ServerName string
	// Parameters are the others. The Redis client knows them, and config does not.
	Parameters url.Values
}

var redisExamples = map[RedisForm]string{
	RedisServer:   "redis://localhost:6379/0 or rediss://user:password@host:6379/0",
	RedisSentinel: "redis+sentinel://user:password@host1:26379,host2:26379/mymaster/0",
	RedisCluster:  "redis+cluster://user:password@host1:6379,host2:6379",
}

var redisSchemes = map[string]RedisURL{
	"redis":           {Form: RedisServer},
	"rediss":          {Form: RedisServer, TLS: true},
	"redis+sentinel":  {Form: RedisSentinel},
	"rediss+sentinel": {Form: RedisSentinel, TLS: true},
	"redis+cluster":   {Form: RedisCluster},
	"rediss+cluster":  {Form: RedisCluster, TLS: true},
}

// ParseRedisURL takes a Redis URL apart. Its error is a rule to follow "must be",
// and shows nothing of the URL.
func ParseRedisURL(s Secret) (RedisURL, error) {
	scheme, rest, _ := strings.Cut(s.Reveal(), "://")
	r, known := redisSchemes[scheme]
	if !known {
		return RedisURL{}, fmt.Errorf("a URL such as %s, %s or %s", redisExamples[RedisServer], redisExamples[RedisSentinel], redisExamples[RedisCluster])
	}
	if err := r.read(rest); err != nil {
		return RedisURL{}, fmt.Errorf("a URL such as %s; %w", redisExamples[r.Form], err)
	}
	return r, nil
}

func (r *RedisURL) read(rest string) error {
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	login, hosts := "", authority
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		login, hosts = authority[:i+1], authority[i+1:]
	}
	if err := r.readHosts(hosts); err != nil {
		return err
	}
	// net/url takes one host; it gets one in place of the list.
	u, err := url.Parse("redis://" + login + "host" + tail)
	if err != nil || u.Fragment != "" {
		return errors.New("in a password, characters other than letters, digits and -._~ are written as %23 and the like")
	}
	r.User = u.User.Username()
	if password, ok := u.User.Password(); ok {
		r.Password = Secret(password)
	}
	if err := r.readPath(u.Path); err != nil {
		return err
	}
	return r.readParameters(u.RawQuery)
}

func (r *RedisURL) readHosts(list string) error {
	usual := "6379"
	if r.Form == RedisSentinel {
		usual = "26379"
	}
	for host := range strings.SplitSeq(list, ",") {
		u, err := url.Parse("redis://" + host)
		if err != nil || u.Hostname() == "" {
			return errors.New("a host is its name or address and its port")
		}
		port := cmp.Or(u.Port(), usual)
		r.Addrs = append(r.Addrs, net.JoinHostPort(u.Hostname(), port))
	}
	if r.Form == RedisServer && len(r.Addrs) > 1 {
		return errors.New("several hosts are redis+sentinel:// or redis+cluster://")
	}
	return nil
}

func (r *RedisURL) readPath(path string) error {
	parts := strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
	if r.Form == RedisSentinel {
		if len(parts) == 0 {
			return errors.New("the path starts with the name of the master")
		}
		r.Master, parts = parts[0], parts[1:]
	}
	if len(parts) == 0 {
		return nil
	}
	n, err := strconv.Atoi(parts[0])
	if err != nil || n < 0 || len(parts) > 1 {
		return errors.New("the path is the number of the database")
	}
	if r.Form == RedisCluster && n > 0 {
		return errors.New("a cluster has no database but 0")
	}
	r.Database = n
	return nil
}

func (r *RedisURL) readParameters(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("the parameters after the ? are not name=value joined by &")
	}
	if r.TLS {
		if r.SkipVerify, err = strconv.ParseBool(take(values, "skip_verify", "false")); err != nil {
			return errors.New("skip_verify is true or false")
		}
		r.ServerName = take(values, "server_name", "")
	}
	if r.Form == RedisSentinel {
		r.SentinelUser = take(values, "sentinel_user", "")
		r.SentinelPassword = Secret(take(values, "sentinel_password", ""))
	}
	r.Parameters = values
	return nil
}

// take removes a parameter and returns its value, or otherwise when it is not
// there.
func take(values url.Values, name, otherwise string) string {
	if values.Has(name) {
		otherwise = values.Get(name)
	}
	values.Del(name)
	return otherwise
}

func checkRedisURL(s string) error {
	if s == "" {
		return nil
	}
	_, err := ParseRedisURL(Secret(s))
	return err
}
