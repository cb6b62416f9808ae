package main

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReleaseCodeGivesBackTheProgramItself reads its own mappings before and after.
func TestReleaseCodeGivesBackTheProgramItself(t *testing.T) {
	before := residentCode(t)
	if err := releaseCode(); err != nil {
		t.Fatal(err)
	}
	if after := residentCode(t); after >= before {
		t.Errorf("%d kB of the program's file were in memory and %d kB are", before, after)
	}
}

// residentCode is how much of the program's file is mapped in memory, in kB.
func residentCode(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "RssFile:")
	n, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestMappings(t *testing.T) {
	const smaps = `00400000-00a00000 r-xp 00000000 fe:00 1234   /opt/my programs/osrsdiff
Size:               6144 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
00a00000-00b00000 r--p 00600000 fe:00 1234   /opt/my programs/osrsdiff
Anonymous:             8 kB
00b00000-00c00000 rw-p 00700000 fe:00 1234   /opt/my programs/osrsdiff
Anonymous:           100 kB
c000000000-c000400000 rw-p 00000000 00:00 0
Anonymous:          4096 kB
`
	const file = "/opt/my programs/osrsdiff"
	want := []mapping{
		{from: 0x400000, to: 0xa00000, rights: "r-xp", file: file},
		{from: 0xa00000, to: 0xb00000, rights: "r--p", file: file, changed: 8},
		{from: 0xb00000, to: 0xc00000, rights: "rw-p", file: file, changed: 100},
		{from: 0xc000000000, to: 0xc000400000, rights: "rw-p", changed: 4096},
	}
	if diff := cmp.Diff(want, mappings([]byte(smaps)), cmp.AllowUnexported(mapping{})); diff != "" {
		t.Errorf("mappings differ (-want +got):\n%s", diff)
	}
}
