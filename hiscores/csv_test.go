package hiscores_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/osrsdiff/osrsdiff/hiscores"
)

var smallLayout = hiscores.Layout{Skills: []string{"Overall", "Attack"}, Activities: []string{"LMS - Rank", "Zulrah"}}

func TestParseCSV(t *testing.T) {
	got, err := hiscores.ParseCSV(strings.NewReader("7,33,1154\n-1,1,-1\r\n-1,615\n-1,-1\n"), smallLayout)
	if err != nil {
		t.Fatal(err)
	}
	want := snapshotOf(
		hiscores.Row{Metric: "Overall", Kind: hiscores.Skill, Rank: known(7), Level: known(33), Value: known(1154)},
		hiscores.Row{Metric: "Attack", Kind: hiscores.Skill},
		score("LMS - Rank", known(615)), score("Zulrah", unknown),
	)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseCSVRefusesRowsThatDoNotFit(t *testing.T) {
	tests := []struct{ name, body, says string }{
		{"empty", "", "0 rows"},
		{"one row fewer", "7,33,1154\n1,1,0\n-1,0\n", "3 rows, and the layout of 0001-01-01 has 4"},
		{"one row more", "7,33,1154\n1,1,0\n-1,0\n-1,0\n-1,0\n", "5 rows"},
		{"an activity among skills", "7,33,1154\n-1,0\n1,1,0\n-1,0\n", "line 2"},
		{"a skill among activities", "7,33,1154\n1,1,0\n1,1,0\n-1,0\n", "line 3"},
		{"no number", "7,33,1154\n1,1,0\n-1,many\n-1,0\n", "many"},
		{"HTML", "<html>\n<body>\n\"\n", "line"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := hiscores.ParseCSV(strings.NewReader(tt.body), smallLayout)
			if !errors.Is(err, hiscores.ErrLayout) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("err = %v, want ErrLayout that says %q", err, tt.says)
			}
		})
	}
}

func FuzzParseCSV(f *testing.F) {
	for _, body := range []string{
		"", "7,33,1154\n-1,1,-1\n-1,615\n-1,-1\n", "-1,0,0\n-1,-1,-1\n-1,0\n3,0\n", "7,33,1154\n\"1\",1,0\n-1,0\n-1,0",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s, err := hiscores.ParseCSV(strings.NewReader(body), smallLayout)
		if err != nil {
			if !errors.Is(err, hiscores.ErrLayout) {
				t.Fatalf("err = %v", err)
			}
			return
		}
		if len(s.Rows) != smallLayout.Rows() {
			t.Fatalf("%d rows", len(s.Rows))
		}
		checkSnapshot(t, s)
	})
}
