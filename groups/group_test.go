package groups_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/osrsdiff/osrsdiff/gains"
	"github.com/osrsdiff/osrsdiff/groups"
)

func TestParseName(t *testing.T) {
	for typed, want := range map[string]string{
		"Iron Clan": "Iron Clan", "  a \t b ": "a b", "Bob's & Co.!": "Bob's & Co.!", "Über_1-2": "Über_1-2",
		"": "error", " - ": "error", ".": "error", "..": "error", "a/b": "error", "a,b": "error", "=1+1": "error", "a\x00b": "error",
		strings.Repeat("ä", 40): strings.Repeat("ä", 40), strings.Repeat("a", 41): "error",
	} {
		name, err := groups.ParseName(typed)
		if (want == "error") != (err != nil) || err == nil && name.String() != want {
			t.Errorf("%q: %q, %v", typed, name, err)
		}
		if err != nil && !errors.Is(err, groups.ErrInvalid) {
			t.Errorf("%q: %v is no ErrInvalid", typed, err)
		}
	}
	a, _ := groups.ParseName("Iron-Clan")
	b, _ := groups.ParseName("iron clan")
	if a.Key() != b.Key() {
		t.Errorf("keys %q and %q", a.Key(), b.Key())
	}
}

func TestValidate(t *testing.T) {
	name, _ := groups.ParseName("x")
	for what, tt := range map[string]struct {
		group groups.Group
		want  error
	}{
		"fine":             {groups.Group{Name: name, Description: "ä clan", Zone: "Asia/Tokyo"}, nil},
		"no name":          {groups.Group{}, groups.ErrInvalid},
		"two lines":        {groups.Group{Name: name, Description: "a\nb"}, groups.ErrInvalid},
		"long description": {groups.Group{Name: name, Description: strings.Repeat("x", 201)}, groups.ErrInvalid},
		"no such zone":     {groups.Group{Name: name, Zone: "Mars"}, gains.ErrInvalidZone},
	} {
		if err := tt.group.Validate(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
