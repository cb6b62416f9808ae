package player_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/osrsdiff/osrsdiff/player"
	"pgregory.net/rapid"
)

func TestParseName(t *testing.T) {
	tests := []struct{ name, typed, display, key string }{
		{"plain", "Zezima", "Zezima", "zezima"},
		{"one character", "a", "a", "a"},
		{"digits", "0 9", "0 9", "0 9"},
		{"twelve characters", "abcdefghijkl", "abcdefghijkl", "abcdefghijkl"},
		{"separators fold in the key only", "Iron_Man-7", "Iron_Man-7", "iron man 7"},
		{"inner doubles stay", "a  b_-c", "a  b_-c", "a  b  c"},
		{"outer spaces are dropped", "  a b ", "a b", "a b"},
		{"outer separators leave the key", "_Lynx-Titan", "_Lynx-Titan", "lynx titan"},
		{"twelve after trimming", "  abcdefghijkl  ", "abcdefghijkl", "abcdefghijkl"},
		{"too long to show untrimmed", "__abcdefghijkl__", "abcdefghijkl", "abcdefghijkl"},
		{"no-break space", "lynx\u00a0titan", "lynx titan", "lynx titan"},
		{"narrow no-break space", "lynx\u202ftitan", "lynx titan", "lynx titan"},
		{"tab", "lynx\ttitan", "lynx titan", "lynx titan"},
		{"replacement character", "lynx\ufffdtitan", "lynx titan", "lynx titan"},
		{"byte A0 of Latin-1", "lynx\xa0titan", "lynx titan", "lynx titan"},
		{"no-break hyphen", "lynx\u2011titan", "lynx-titan", "lynx titan"},
		{"en dash", "lynx\u2013titan", "lynx-titan", "lynx titan"},
		{"outer no-break spaces", "\u00a0a\u00a0", "a", "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := player.ParseName(tt.typed)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != tt.display || got.Key() != tt.key || got.IsZero() {
				t.Errorf("ParseName(%q) = %q with key %q, want %q with %q", tt.typed, got, got.Key(), tt.display, tt.key)
			}
		})
	}
}

func TestParseNameRefuses(t *testing.T) {
	tests := []struct{ name, typed, rule string }{
		{"empty", "", "must have a letter or digit"},
		{"only separators", " _-\u00a0", "must have a letter or digit"},
		{"thirteen characters", "abcdefghijklm", "has 13 characters; the most is 12"},
		{"thirteen with inner spaces", "abcdef ghijkl", "has 13 characters"},
		{"quote", `"Zezima"`, `'"' is not allowed`},
		{"comma", "a,b", "',' is not allowed"},
		{"percent", "a%20b", "'%' is not allowed"},
		{"plus", "a+b", "'+' is not allowed"},
		{"letter with an accent", "José", "'é' is not allowed"},
		{"full-width letter", "\uff21bc", "is not allowed"},
		{"Kelvin sign, which lower-cases to k", "\u212aing", "is not allowed"},
		{"zero-width space", "a\u200bb", "is not allowed"},
		{"newline", "a\nb", "is not allowed"},
		{"NUL", "a\x00b", "is not allowed"},
		{"path", "../etc", "is not allowed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := player.ParseName(tt.typed)
			if !errors.Is(err, player.ErrInvalidName) || !got.IsZero() {
				t.Fatalf("ParseName(%q) = %q, %v; want ErrInvalidName", tt.typed, got, err)
			}
			for _, part := range []string{tt.rule, fmt.Sprintf("name %q", tt.typed)} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("err = %v, want it to say %s", err, part)
				}
			}
		})
	}
}

// typedName draws names a person may type, all valid.
func typedName() *rapid.Generator[string] {
	return rapid.StringMatching(`[ _-]{0,3}[a-zA-Z0-9]([a-zA-Z0-9 _\-\x{a0}]{0,10}[a-zA-Z0-9])?[ _-]{0,3}`)
}

func TestNamePropertiesOfTheKey(t *testing.T) {
	separators := strings.NewReplacer(" ", "_", "_", "-", "-", "\u00a0")
	rapid.Check(t, func(t *rapid.T) {
		typed := typedName().Draw(t, "typed")
		name, err := player.ParseName(typed)
		if err != nil {
			t.Fatal(err)
		}
		for what, other := range map[string]string{
			"in upper case": strings.ToUpper(typed), "with other separators": separators.Replace(typed),
			"with outer ones": "_ " + typed + "- ", "as shown": name.String(), "as its key": name.Key(),
		} {
			same, err := player.ParseName(other)
			if err != nil || same.Key() != name.Key() {
				t.Fatalf("%q has key %q; %s it is %q, %v", typed, name.Key(), what, same.Key(), err)
			}
		}
		inner := name.Key() + " x"
		if len(inner) <= player.MaxNameLength {
			other, err := player.ParseName(inner)
			if err != nil || other.Key() == name.Key() {
				t.Fatalf("%q and %q are one player (%v)", name.Key(), inner, err)
			}
		}
	})
}

func checkName(t *testing.T, name player.Name) {
	t.Helper()
	if n := len(name.Key()); n < 1 || n > player.MaxNameLength {
		t.Errorf("key %q has %d characters", name.Key(), n)
	}
	if n := len(name.String()); n < 1 || n > player.MaxNameLength {
		t.Errorf("name %q has %d characters", name, n)
	}
	if strings.Trim(name.Key(), "abcdefghijklmnopqrstuvwxyz0123456789 ") != "" {
		t.Errorf("key %q has other characters", name.Key())
	}
	again, err := player.ParseName(name.String())
	if err != nil || !again.Equal(name) {
		t.Errorf("%q read again is %q, %v", name, again, err)
	}
}

func FuzzParseName(f *testing.F) {
	for _, typed := range []string{
		"", "Zezima", "_Lynx-Titan_", "a  b", "lynx\u00a0titan", "lynx\xa0titan", "abcdefghijklm", "__abcdefghijkl__", "é", "\u212a", "a\x00",
	} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		name, err := player.ParseName(typed)
		if err == nil {
			checkName(t, name)
			return
		}
		if !errors.Is(err, player.ErrInvalidName) || !name.IsZero() {
			t.Errorf("ParseName(%q) = %q, %v", typed, name, err)
		}
	})
}

func TestNameTravelsAsText(t *testing.T) {
	name, err := player.ParseName("Iron_Man 7")
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(map[string]player.Name{"name": name})
	if err != nil || string(data) != `{"name":"Iron_Man 7"}` {
		t.Errorf("JSON = %s, %v", data, err)
	}
	var back struct{ Name player.Name }
	if err := json.Unmarshal(data, &back); err != nil || back.Name != name {
		t.Errorf("read back %q, %v", back.Name, err)
	}
	if err := json.Unmarshal([]byte(`{"name":"a,b"}`), &back); !errors.Is(err, player.ErrInvalidName) || back.Name != name {
		t.Errorf("an invalid name: %q, %v", back.Name, err)
	}
	if err := json.Unmarshal([]byte(`{"name":""}`), &back); err != nil || !back.Name.IsZero() {
		t.Errorf("the empty name: %q, %v", back.Name, err)
	}
}

func ExampleParseName() {
	name, err := player.ParseName(" Lynx_Titan ")
	fmt.Println(name, "is", name.Key(), err)
	_, err = player.ParseName("a,b")
	fmt.Println(err)
	// Output:
	// Lynx_Titan is lynx titan <nil>
	// invalid player name: name "a,b": ',' is not allowed; use letters A-Z, digits, space, _ and -
}
