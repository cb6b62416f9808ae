package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/player"
)

func TestScanNames(t *testing.T) {
	names, err := scanNames("names.txt", strings.NewReader("\ufeffZezima\r\n# a comment\n\n  Lynx\u00a0Titan \nlynx_titan\nZEZIMA"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range names {
		got = append(got, n.String())
	}
	if diff := cmp.Diff([]string{"Zezima", "Lynx Titan"}, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestScanNamesListsSomeOfManyFaults(t *testing.T) {
	_, err := scanNames("names.txt", strings.NewReader(strings.Repeat("bad!\n", 30)))
	if !errors.Is(err, player.ErrInvalidName) {
		t.Fatalf("err = %v, want ErrInvalidName", err)
	}
	text := err.Error()
	if !strings.Contains(text, "names.txt:20: ") || strings.Contains(text, "names.txt:21: ") || !strings.Contains(text, "10 more bad names") {
		t.Errorf("err = %q, want 20 lines named and 10 counted", text)
	}
}
