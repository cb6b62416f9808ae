// Package config reads the settings of every role and subcommand from defaults,
// the file osrsdiff.yaml, the environment and flags, the later winning. It is
// strict: an unknown key or OSRSDIFF_ variable, a wrong type and a value out of
// range are errors that name the key, the value, where it came from and the rule.
//
// One table, Keys, drives the defaults, the names of variables and flags, the
// checks and the documentation. Only cmd/osrsdiff imports this package; all
// others take the plain values they need.
package config
