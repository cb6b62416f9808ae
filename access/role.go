package access

import (
	"errors"
	"fmt"
	"strings"
)

// ErrInvalidRole means that a word is no role.
var ErrInvalidRole = errors.New("invalid role")

// Role is what a caller may do. Each may do what those before it may, so roles
// are compared with < and >=. The zero Role is Anyone.
type Role int

const (
	// Anyone is a caller who proved nothing.
	Anyone Role = iota
	// Viewer reads.
	Viewer
	// Operator also adds players, pauses, resumes, fetches and triggers.
	Operator
	// Admin does everything.
	Admin
)

// roleNames are the roles a token may have, as people write them.
var roleNames = map[Role]string{Viewer: "viewer", Operator: "operator", Admin: "admin"}

// ParseRole reads viewer, operator or admin. Other words match ErrInvalidRole.
func ParseRole(word string) (Role, error) {
	for role, name := range roleNames {
		if strings.EqualFold(word, name) {
			return role, nil
		}
	}
	return Anyone, fmt.Errorf("%w %q: must be viewer, operator or admin", ErrInvalidRole, word)
}

// String is the role as people write it; "anyone" for a caller without one.
func (r Role) String() string {
	if name, ok := roleNames[r]; ok {
		return name
	}
	return "anyone"
}
