package testenv

import (
	"crypto/tls"
	"net/url"
)

// Protection is what a client needs to be let in by a test's Redis servers. The
// zero Protection lets everybody in.
type Protection struct {
	// User and Password are one ACL user, who may do everything, while the
	// default user is off. Without a user the password is that of the default
	// one. Both empty: no login.
	User, Password string
	// TLS encrypts connections, and clients must show a certificate of this
	// authority. Nil: plain TCP.
	TLS *Authority
}

// tls is nil without TLS.
func (p Protection) tls() *tls.Config {
	if p.TLS == nil {
		return nil
	}
	return p.TLS.Config()
}

// url is that of hosts, with a scheme such as redis or redis+cluster.
func (p Protection) url(form, hosts, tail string) string {
	scheme := "redis"
	if p.TLS != nil {
		scheme = "rediss"
	}
	login := ""
	if p.Password != "" {
		login = url.UserPassword(p.User, p.Password).String() + "@"
	}
	return scheme + form + "://" + login + hosts + tail
}

// portArgs make a server listen, with TLS where it is asked for.
func (p Protection) portArgs(port string) []string {
	if p.TLS == nil {
		return []string{"--port", port}
	}
	return []string{
		"--port", "0", "--tls-port", port, "--tls-replication", "yes",
		"--tls-ca-cert-file", p.TLS.CAFile, "--tls-cert-file", p.TLS.CertFile, "--tls-key-file", p.TLS.KeyFile,
	}
}

// loginArgs make a server ask for the login, and give it to its master.
func (p Protection) loginArgs() []string {
	switch {
	case p.Password == "":
		return nil
	case p.User == "":
		return []string{"--requirepass", p.Password, "--masterauth", p.Password}
	}
	return []string{
		"--user", p.User, "on", ">" + p.Password, "~*", "&*", "+@all", "--user", "default", "off",
		"--masteruser", p.User, "--masterauth", p.Password,
	}
}
