package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/osrsdiff/osrsdiff/config"
)

// redisTLS says how connections to Redis are encrypted: nil, not at all. Without
// a server name of the settings each host is checked by the name or address that
// it is reached at, also those that only a cluster or a Sentinel names.
func redisTLS(url config.RedisURL, files config.Redis) (*tls.Config, error) {
	if !url.TLS {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: url.ServerName}
	c.InsecureSkipVerify = url.SkipVerify // As the operator wants it.
	if files.CAFile != "" {
		pem, err := os.ReadFile(files.CAFile)
		if err != nil {
			return nil, fmt.Errorf("redis.ca_file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("redis.ca_file: %s holds no certificate in PEM form", files.CAFile)
		}
	}
	if files.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(files.CertFile, files.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("redis.cert_file, redis.key_file: %w", err)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return c, nil
}
