package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// testPrefix starts variables that steer this project's tests; they are no settings.
const testPrefix = EnvPrefix + "TEST_"

// parseEnviron leaves out variables that are set to nothing: compose files pass
// those for "not set".
func parseEnviron(environ []string) map[string]string {
	vars := make(map[string]string, len(environ))
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && value != "" {
			vars[name] = value
		}
	}
	return vars
}

func (l *loader) readEnvironment(vars map[string]string) error {
	problems := unknownVariables(vars)
	for _, k := range keys {
		name, err := chosen(k, vars)
		switch {
		case err != nil:
			problems = append(problems, err)
		case name != "":
			l.set(k, vars[name], name)
		}
	}
	return errors.Join(problems...)
}

// chosen is the first variable of k that is set. Two that differ are a fault,
// since whichever won would surprise someone.
func chosen(k Key, vars map[string]string) (string, error) {
	first := ""
	for _, name := range k.Env {
		value, ok := vars[name]
		switch {
		case !ok:
		case first == "":
			first = name
		case value != vars[first]:
			return "", &Problem{Key: k.Name, Rule: fmt.Sprintf("%s is %s and %s is %s: set one of them, or both alike",
				first, quote(k, vars[first]), name, quote(k, value))}
		}
	}
	return first, nil
}

func unknownVariables(vars map[string]string) []error {
	known := []string{FileVariable}
	for _, k := range keys {
		known = append(known, k.Env...)
	}
	var names []string
	for name := range vars {
		if strings.HasPrefix(name, EnvPrefix) && !strings.HasPrefix(name, testPrefix) && !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var problems []error
	for _, name := range names {
		problems = append(problems, &Problem{Key: "variable " + strconv.Quote(name), Rule: "unknown; `osrsdiff config` lists those that exist"})
	}
	return problems
}
