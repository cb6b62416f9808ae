package store_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/osrsdiff/osrsdiff/access"
	"github.com/osrsdiff/osrsdiff/store"
)

func TestAudit(t *testing.T) {
	onEach(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		var all []access.Entry
		for i := range 5 {
			all = append(all, access.Entry{
				At:     morning.Add(time.Duration(i) * time.Hour),
				Caller: access.Caller{Name: "bot " + strconv.Itoa(i%2), Role: access.Operator, From: "192.0.2.7"},
				Change: access.Change{Action: "player.pause", Target: "Zezima", Old: "running", New: "paused"},
			})
		}
		all[3].Target, all[3].New = "Other", strings.Repeat("x", 5000)
		if err := b.AddAudit(ctx, all); err != nil {
			t.Fatal(err)
		}
		ids := func(f store.AuditFilter) (ids string) {
			got, err := b.Audit(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range got {
				ids += strconv.FormatInt(e.ID, 10)
			}
			return ids
		}
		for want, f := range map[string]store.AuditFilter{
			"54321": {}, "54": {Limit: 2}, "32": {BeforeID: 4, Limit: 2}, "42": {Who: "bot 1"}, "4": {Target: "Other"},
		} {
			if got := ids(f); got != want {
				t.Errorf("%+v lists %s, want %s", f, got, want)
			}
		}
		got, err := b.Audit(ctx, store.AuditFilter{Limit: 1})
		want := all[4]
		want.ID = 5
		if diff := cmp.Diff([]access.Entry{want}, got); diff != "" || err != nil {
			t.Errorf("entry, %v (-want +got):\n%s", err, diff)
		}
		if n, err := b.PruneAudit(ctx, morning.Add(2*time.Hour)); err != nil || n != 2 || ids(store.AuditFilter{}) != "543" {
			t.Errorf("pruned %d, %v; left %s", n, err, ids(store.AuditFilter{}))
		}
	})
}
