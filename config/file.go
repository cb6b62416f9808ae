package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/viper"
)

// filePath says which file to read and whether it has to exist.
func (l *loader) filePath(variable string) (path string, required bool) {
	switch {
	case l.src.File != "":
		path, required = l.src.File, true
	case variable != "":
		path, required = variable, true
	default:
		path = FileName
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.src.Dir, path)
	}
	return path, required
}

func (l *loader) readFile(variable string) error {
	path, required := l.filePath(variable)
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) && !required {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: read the settings file: %w", ErrInvalid, err)
	}
	defer f.Close() //nolint:errcheck // Nothing was written.
	l.file = path
	file := viper.New()
	file.SetConfigType("yaml")
	if err := file.ReadConfig(f); err != nil {
		return fmt.Errorf("%w: read the settings file %s: %w", ErrInvalid, path, err)
	}
	if err := l.checkFile(file); err != nil {
		return err
	}
	return l.viper.MergeConfigMap(file.AllSettings())
}

// checkFile finds keys that do not exist or have no value, and notes the origin
// of the others.
func (l *loader) checkFile(file *viper.Viper) error {
	names := file.AllKeys()
	slices.Sort(names)
	var problems []error
	for _, name := range names {
		value := file.Get(name)
		_, known := lookup(name)
		switch {
		case known && value == nil:
			problems = append(problems, &Problem{Key: name, Origin: l.file, Rule: "has no value; give one or remove the key"})
		case known:
			l.origins[name] = l.file
		case value == nil && len(section(name)) > 0: // All keys of the section are commented out.
		default:
			problems = append(problems, &Problem{Key: name, Origin: l.file, Rule: unknownKey(name)})
		}
	}
	return errors.Join(problems...)
}

// section lists the keys that start with name and a dot.
func section(name string) []string {
	var in []string
	for _, k := range keys {
		if strings.HasPrefix(k.Name, name+".") {
			in = append(in, k.Name)
		}
	}
	return in
}

func unknownKey(name string) string {
	if in := section(name); len(in) > 0 {
		return "is a section, not a value; its keys are " + strings.Join(in, ", ")
	}
	head, _, nested := strings.Cut(name, ".")
	if in := section(head); nested && len(in) > 0 {
		return "unknown key; " + head + " has " + strings.Join(in, ", ")
	}
	return "unknown key; `osrsdiff config` lists those that exist"
}
