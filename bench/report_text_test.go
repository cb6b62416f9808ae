package bench

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPublishReplacesOneNumber(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(page, []byte("# Page\n<!-- begin burst -->\nold\n<!-- end burst -->\nrest\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, r := range []result{
		{Section: "burst", Row: "rate", Players: 100_000, Value: "30,000/s", Goal: "≥ 40,000/s", Missed: true},
		{Section: "burst", Row: "rate", Players: 1_000, Value: "9/s"},
		{Section: "burst", Row: "dropped", Players: 1_000, Value: "0"},
		{Section: "burst", Row: "rate", Players: 1_000, Value: "50,000/s", Goal: "≥ 40,000/s"},
		{Section: "elsewhere", Row: "rate", Players: 1_000, Value: "1/s"},
	} {
		if err := publish(page, r); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := `# Page
<!-- begin burst -->
| players | 1,000 | 100,000 | goal |
|---|--:|--:|---|
| rate | 50,000/s | **30,000/s** | ≥ 40,000/s |
| dropped | 0 |  |  |
<!-- end burst -->
rest
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
}
