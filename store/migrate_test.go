package store_test

import (
	"slices"
	"testing"

	"github.com/osrsdiff/osrsdiff/store"
)

// Steps made side by side reach a database in any order: one that has a later
// step still gets the earlier one.
func TestAStepThatCameLateIsStillApplied(t *testing.T) {
	all, err := store.MissingVersions()
	if err != nil {
		t.Fatal(err)
	}
	late := all[len(all)-2]
	seen := slices.DeleteFunc(slices.Clone(all), func(v int) bool { return v == late })
	got, err := store.MissingVersions(seen...)
	if err != nil || !slices.Equal(got, []int{late}) {
		t.Errorf("missing: %v, %v; want only %d", got, err, late)
	}
	if got, err := store.MissingVersions(all...); err != nil || len(got) != 0 {
		t.Errorf("missing of a database that has seen all: %v, %v", got, err)
	}
}
