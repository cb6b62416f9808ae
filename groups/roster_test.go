package groups_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/groups"
)

func read(tb testing.TB, text string) groups.Roster {
	tb.Helper()
	r, err := groups.ReadRoster(strings.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func TestReadRoster(t *testing.T) {
	for what, tt := range map[string]struct {
		text, want, bad string
	}{
		"names":             {"Zezima\nLynx Titan\n", "1 Zezima; 2 Lynx Titan", ""},
		"ranks":             {"a,Deputy  Owner\nb\tcaptain\nc, \n", "1 a=Deputy Owner; 2 b=captain; 3 c", ""},
		"comments":          {"\ufeff# clan\n\n  a  \r\n", "3 a", ""},
		"twice":             {"A b\na_b\n", "1 A b", ""},
		"two ranks":         {"a,x\nA,y\n", "1 a=x", "2 A,y: A has another rank on line 1"},
		"bad names":         {"ok\nThirteenChars\nWhat!\n,rank\n", "1 ok", "2 ThirteenChars: the most is 12; 3 What!: not allowed; 4 ,rank: letter or digit"},
		"bad rank":          {"a,=SUM(1)\n", "", "1 a,=SUM(1): must begin with a letter"},
		"too much":          {"a,b,c\n", "", "1 a,b,c: has more than a name and a rank"},
		"a heading":         {"Name,Rank,Mode\na,b,c,d\n", "2 a=b", ""},
		"a player \"name\"": {"name\nrank\n", "1 name; 2 rank", ""},
		"a late heading":    {"a\nname,rank\n", "1 a; 2 name=rank", ""},
	} {
		t.Run(what, func(t *testing.T) {
			r := read(t, tt.text)
			var entries []string
			for _, e := range r.Entries {
				line := fmt.Sprint(e.Line, " ", e.Name)
				if e.Rank != "" {
					line += "=" + e.Rank
				}
				entries = append(entries, line)
			}
			if diff := cmp.Diff(tt.want, strings.Join(entries, "; ")); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
			checkBad(t, tt.bad, r.Bad)
		})
	}
}

// checkBad compares bad lines with "LINE TEXT: PART OF THE REASON; ...".
func checkBad(t *testing.T, want string, got []groups.BadLine) {
	t.Helper()
	var wanted []string
	if want != "" {
		wanted = strings.Split(want, "; ")
	}
	if len(wanted) != len(got) {
		t.Fatalf("bad lines %+v, want %q", got, want)
	}
	for i, bad := range got {
		where, reason, _ := strings.Cut(wanted[i], ": ")
		if fmt.Sprint(bad.Line, " ", bad.Text) != where || !strings.Contains(bad.Reason, reason) {
			t.Errorf("bad line %+v, want %q", bad, wanted[i])
		}
	}
}

func TestCheckRoster(t *testing.T) {
	var bad *groups.RosterError
	err := read(t, strings.Repeat("a\nWhat!\n", 25)).Check(false)
	if !errors.Is(err, groups.ErrInvalidRoster) || !errors.As(err, &bad) || len(bad.Bad) != 25 {
		t.Errorf("bad lines: %v", err)
	}
	if text := err.Error(); !strings.Contains(text, `line 40: "What!": `) || strings.Contains(text, "line 42") || !strings.HasSuffix(text, "\n5 more") {
		t.Errorf("says %s", text)
	}
	if err := read(t, "a\nWhat!\n").Check(true); err != nil {
		t.Errorf("skipping: %v", err)
	}
	for _, text := range []string{"", "# nobody\n", "What!\n"} {
		if err := read(t, text).Check(true); !errors.Is(err, groups.ErrInvalidRoster) {
			t.Errorf("%q: %v", text, err)
		}
	}
	var many strings.Builder
	for i := range groups.MaxRoster + 1 {
		fmt.Fprintln(&many, "p", i)
	}
	if r := read(t, many.String()); len(r.Entries) != groups.MaxRoster || len(r.Bad) != 1 {
		t.Errorf("%d entries, bad %v", len(r.Entries), r.Bad)
	}
	if _, err := groups.ReadRoster(strings.NewReader(strings.Repeat("a", 100_000))); !errors.Is(err, groups.ErrInvalidRoster) {
		t.Errorf("an endless line: %v", err)
	}
}

// FuzzReadRoster writes what was read and reads it again.
func FuzzReadRoster(f *testing.F) {
	f.Add("a,b\nc\td\n# x\n\nWhat!\nname,rank\n")
	f.Add("Name,Rank,x\na,b,c\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := groups.ReadRoster(strings.NewReader(text))
		if err != nil {
			return
		}
		var again strings.Builder
		again.WriteString("name,rank\n")
		for _, e := range r.Entries {
			fmt.Fprintf(&again, "%s,%s\n", e.Name, e.Rank)
		}
		second := read(t, again.String())
		if len(second.Bad) > 0 || len(second.Entries) != len(r.Entries) {
			t.Fatalf("%q read as %+v, written as %q, read as %+v", text, r, again.String(), second)
		}
		for i, e := range second.Entries {
			if e.Name.Key() != r.Entries[i].Name.Key() || e.Rank != r.Entries[i].Rank {
				t.Errorf("entry %+v read again as %+v", r.Entries[i], e)
			}
		}
	})
}
