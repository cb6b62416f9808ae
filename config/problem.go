package config

import (
	"errors"
	"fmt"
	"strings"
)

// ErrInvalid is matched by every error of Load that a person can mend by
// changing a setting.
var ErrInvalid = errors.New("invalid settings")

// Problem is one setting that is wrong. It matches ErrInvalid.
type Problem struct {
	// Key is the setting or variable.
	Key string
	// Value is what it was set to, with secrets masked. Empty: the fault is the key itself.
	Value string
	// Origin is the file, variable or flag that set it. Empty: named by Key.
	Origin string
	// Rule says what is wrong or what the value must be.
	Rule string
}

// Error names the key, the value, its origin and the rule.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Key)
	if p.Value != "" {
		fmt.Fprintf(&b, " = %s", p.Value)
	}
	if p.Origin != "" {
		fmt.Fprintf(&b, " (from %s)", p.Origin)
	}
	return b.String() + ": " + p.Rule
}

// Is reports whether target is ErrInvalid.
func (p *Problem) Is(target error) bool { return target == ErrInvalid }
