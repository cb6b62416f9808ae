package access_test

import (
	"errors"
	"testing"

	"github.com/osrsdiff/osrsdiff/access"
)

func TestRoles(t *testing.T) {
	if access.Anyone >= access.Viewer || access.Viewer >= access.Operator || access.Operator >= access.Admin {
		t.Error("the roles are not in order")
	}
	for _, role := range []access.Role{access.Viewer, access.Operator, access.Admin} {
		if got, err := access.ParseRole(role.String()); err != nil || got != role {
			t.Errorf("%s reads as %s, %v", role, got, err)
		}
	}
	for _, word := range []string{"", "anyone", "root", "admin "} {
		if got, err := access.ParseRole(word); !errors.Is(err, access.ErrInvalidRole) || got != access.Anyone {
			t.Errorf("%q reads as %s, %v", word, got, err)
		}
	}
}
