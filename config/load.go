package config

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/viper"
)

// Sources says where Load finds settings. The zero Sources is the defaults alone.
type Sources struct {
	// File must exist when it is named. Empty: FileVariable names it, and without
	// that FileName is read from Dir if it is there.
	File string
	// Dir is the working folder. Empty: the process's own.
	Dir string
	// Environ is the environment in the form of os.Environ. A variable that is set
	// to nothing counts as not set.
	Environ []string
	// Flags holds the values of the flags that were given, by Key.Name.
	Flags map[string]string
	// Defaults replaces defaults by Key.Name; `up --demo` has a data folder of its own.
	Defaults map[string]string
}

// Value is one setting in force, for people to read.
type Value struct {
	// Key is the setting.
	Key Key
	// Text is the value, with secrets masked.
	Text string
	// Origin is "default", the path of the file, the name of a variable or a flag
	// such as --web-listen.
	Origin string
}

// Config is the settings in force and where each came from.
type Config struct {
	// Settings is what the roles need.
	Settings Settings
	// File is the settings file that was read. Empty: none was.
	File string

	values []Value
}

// Values lists every setting in the order of Keys, secrets masked.
func (c *Config) Values() []Value { return c.values }

// Origin says where a setting came from; see Value. Unknown keys have none.
func (c *Config) Origin(name string) string {
	for _, v := range c.values {
		if v.Key.Name == name {
			return v.Origin
		}
	}
	return ""
}

// Load reads, merges and checks settings. Its error joins a Problem for each
// setting that is wrong, so that one run shows them all.
func Load(src Sources) (*Config, error) {
	l := &loader{src: src, viper: viper.New(), origins: map[string]string{}}
	if err := l.layers(); err != nil {
		return nil, err
	}
	c := &Config{File: l.file}
	var problems []error
	for _, k := range keys {
		if err := l.apply(&c.Settings, k); err != nil {
			problems = append(problems, err)
		}
	}
	if err := errors.Join(append(problems, l.checkTLS(c.Settings.Redis))...); err != nil {
		return nil, err
	}
	finish(&c.Settings)
	for _, k := range keys {
		c.values = append(c.values, l.shown(k, c.Settings))
	}
	return c, nil
}

// checkTLS keeps files of TLS from being set in vain. The URL of the Redis that
// `up` brings is none that a person set.
func (l *loader) checkTLS(r Redis) error {
	for _, f := range []struct{ name, value string }{
		{"redis.ca_file", r.CAFile}, {"redis.cert_file", r.CertFile}, {"redis.key_file", r.KeyFile},
	} {
		problem := &Problem{Key: f.name, Value: strconv.Quote(f.value), Origin: l.origins[f.name]}
		switch {
		case f.value == "":
		case l.origins["redis.url"] != "default" && !strings.HasPrefix(string(r.URL), "rediss"):
			problem.Rule = "is of no use, since redis.url does not start with rediss"
			return problem
		case (r.CertFile == "") != (r.KeyFile == "") && f.name != "redis.ca_file":
			problem.Rule = "redis.cert_file and redis.key_file are set together"
			return problem
		}
	}
	return nil
}

// finish fills in what follows from other settings.
func finish(s *Settings) {
	for _, file := range []*string{&s.Redis.CAFile, &s.Redis.CertFile, &s.Redis.KeyFile} {
		if *file != "" {
			*file = absolute(*file)
		}
	}
	s.Hiscores.URL = strings.TrimRight(s.Hiscores.URL, "/")
	if s.Database.URL == "" {
		s.Database.URL = Secret(SQLiteURL(filepath.Join(s.Data.Dir, DatabaseFile)))
	}
}

// SQLiteURL is the database URL of a SQLite file.
func SQLiteURL(path string) string {
	u := url.URL{Path: "/" + strings.TrimPrefix(filepath.ToSlash(absolute(path)), "/")}
	return "sqlite://" + u.EscapedPath()
}

// absolute falls back on the path as given, which the database then reports.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// loader stacks the sources in viper, which keeps the values, and keeps the
// origins itself, which viper cannot tell.
type loader struct {
	src     Sources
	viper   *viper.Viper
	origins map[string]string
	file    string
}

func (l *loader) layers() error {
	for _, k := range keys {
		def, ok := l.src.Defaults[k.Name]
		if !ok {
			def = k.Default
		}
		l.viper.SetDefault(k.Name, def)
		l.origins[k.Name] = "default"
	}
	environ := parseEnviron(l.src.Environ)
	fileErr := l.readFile(environ[FileVariable])
	envErr := l.readEnvironment(environ)
	for name, value := range l.src.Flags {
		k, ok := lookup(name)
		if !ok {
			return fmt.Errorf("flag of unknown key %q", name)
		}
		l.set(k, value, "--"+k.Flag)
	}
	return errors.Join(fileErr, envErr)
}

func (l *loader) set(k Key, value, origin string) {
	l.viper.Set(k.Name, value)
	l.origins[k.Name] = origin
}

func (l *loader) apply(s *Settings, k Key) error {
	v := raw{value: l.viper.Get(k.Name), typed: l.origins[k.Name] == l.file && l.file != ""}
	if err := k.rule(s, v); err != nil {
		return &Problem{Key: k.Name, Value: quote(k, v.value), Origin: l.origins[k.Name], Rule: "must be " + err.Error()}
	}
	return nil
}

// quote shows a wrong value: text in quotes, since blanks are a common fault.
func quote(k Key, value any) string {
	text, isText := value.(string)
	switch {
	case k.Secret && isText:
		return strconv.Quote(Secret(text).String())
	case k.Secret:
		return masked
	case isText:
		return strconv.Quote(text)
	case value == nil:
		return "nothing"
	}
	return fmt.Sprint(value)
}

func (l *loader) shown(k Key, s Settings) Value {
	text := fmt.Sprint(l.viper.Get(k.Name))
	switch {
	case k.Name == "database.url":
		text = s.Database.URL.String()
	case k.Secret:
		text = Secret(text).String()
	}
	return Value{Key: k, Text: text, Origin: l.origins[k.Name]}
}

func lookup(name string) (Key, bool) {
	for _, k := range keys {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}
