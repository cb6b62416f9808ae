package identity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/osrsdiff/osrsdiff/hiscores"
	"github.com/osrsdiff/osrsdiff/hiscores/hiscorestest"
	"github.com/osrsdiff/osrsdiff/identity"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// change gives rows of an account other values; a fall of a skill takes the
// total with it.
type change map[string]int64

func (c change) of(s hiscores.Snapshot) hiscores.Snapshot {
	for metric, by := range c {
		row, _ := s.Row(metric)
		was, _ := row.Value.Get()
		total, _ := s.Row(hiscores.Overall)
		sum, _ := total.Value.Get()
		s = hiscorestest.Set(s, metric, hiscores.Known(was+by))
		if row.Kind == hiscores.Skill && metric != hiscores.Overall {
			s = hiscorestest.Set(s, hiscores.Overall, hiscores.Known(sum+by))
		}
	}
	return s
}

// scores is a change of many activities.
func scores(n int, by int64) change {
	c := change{}
	for _, r := range hiscorestest.Account(1_000_000_000).Rows {
		if score, _ := r.Value.Get(); r.Kind == hiscores.Activity && score > 10 && !hiscores.MayFall(r.Metric) && len(c) < n {
			c[r.Metric] = by
		}
	}
	return c
}

func TestJudge(t *testing.T) {
	account := hiscorestest.Account(1_000_000_000)
	account.At = noon
	for name, test := range map[string]struct {
		change
		with func(*identity.Case)
		want identity.Kind
		says string
	}{
		"nothing moved":             {want: identity.Steady},
		"gains":                     {change: change{"Attack": 90_000_000, "Zulrah": 500}, want: identity.Steady},
		"a rating fell":             {change: change{"PvP Arena - Rank": -400}, want: identity.Steady},
		"an hour lost":              {change: change{"Attack": -40_000, "Slayer": -30_000, "Zulrah": -20}, want: identity.Rollback},
		"as much as may be lost":    {change: change{"Attack": -identity.MaxXP, "Zulrah": -5}, want: identity.Rollback},
		"more than may be lost":     {change: change{"Attack": -identity.MaxXP - 1}, want: identity.OtherAccount, says: "lost 1000001"},
		"a score less by what may":  {change: change{"Barrows Chests": -identity.MaxScore}, want: identity.Rollback},
		"a score less by more":      {change: change{"Barrows Chests": -identity.MaxScore - 1}, want: identity.OtherAccount, says: "Barrows Chests lost 51"},
		"something else gained":     {change: change{"Attack": -5, "Magic": 900_000}, want: identity.Rollback},
		"something else shot up":    {change: change{"Attack": -5, "Magic": 3_000_000}, want: identity.OtherAccount, says: "gained"},
		"as many rows as may move":  {change: scores(identity.MaxRows, -1), want: identity.Rollback},
		"more rows than may move":   {change: scores(identity.MaxRows+1, -1), want: identity.OtherAccount, says: "13 rows differ"},
		"a fall soon after another": {change: change{"Attack": -5}, with: lastFall(identity.Quiet - time.Second), want: identity.OtherAccount, says: "twice in a week"},
		"a fall long after another": {change: change{"Attack": -5}, with: lastFall(identity.Quiet), want: identity.Rollback},
		"lower after being missing": {change: change{"Attack": -5}, with: func(c *identity.Case) { c.Missing = true }, want: identity.OtherAccount, says: "stopped listing"},
		"higher after being missing": {change: change{"Attack": 5}, with: func(c *identity.Case) { c.Missing = true },
			want: identity.Steady},
		"many small falls add up": {change: change{"Attack": -500_000}, with: func(c *identity.Case) {
			row, _ := c.Before.Row("Attack")
			was, _ := row.Value.Get()
			c.Peaks = identity.Peaks{"attack": was + 500_001}
		}, want: identity.OtherAccount, says: "lost 1000001"},
		"a value that was unknown": {change: change{"Attack": -50_000_000}, with: func(c *identity.Case) {
			c.Before = hiscorestest.Set(c.Before, "Attack", hiscores.Number{})
			c.Before = hiscorestest.Set(c.Before, hiscores.Overall, hiscores.Number{})
		}, want: identity.Steady},
		"a value that is lost": {with: func(c *identity.Case) {
			c.After = hiscorestest.Set(c.After, "Attack", hiscores.Number{})
		}, want: identity.Steady},
		"no total to compare": {change: change{"Zulrah": -5}, with: func(c *identity.Case) {
			c.After = hiscorestest.Set(c.After, hiscores.Overall, hiscores.Number{})
		}, want: identity.OtherAccount, says: "not known on both sides"},
	} {
		t.Run(name, func(t *testing.T) {
			c := identity.Case{Before: account, After: test.of(account)}
			c.After.At = noon.Add(time.Hour)
			if test.with != nil {
				test.with(&c)
			}
			v := identity.Judge(c)
			if v.Kind != test.want || !strings.Contains(v.Reason, test.says) || (v.Reason == "") != (test.says == "") {
				t.Errorf("verdict %s (%s), want %s (%s)", v.Kind, v.Reason, test.want, test.says)
			}
			if (len(v.Falls) == 0) != (test.want == identity.Steady) {
				t.Errorf("%d falls with %s", len(v.Falls), v.Kind)
			}
		})
	}
}

func lastFall(ago time.Duration) func(*identity.Case) {
	return func(c *identity.Case) { c.LastFall = c.After.At.Add(-ago) }
}

func TestAnotherAccountIsNeverARollback(t *testing.T) {
	accounts := []int64{1154, 60_000, 900_000, 8_000_000, 9_000_000, 200_000_000, 1_000_000_000, 4_800_000_000}
	for i, before := range accounts {
		for _, after := range accounts[:i] {
			t.Run(fmt.Sprintf("%d to %d", before, after), func(t *testing.T) {
				v := identity.Judge(identity.Case{Before: hiscorestest.Account(before), After: hiscorestest.Account(after)})
				if v.Kind != identity.OtherAccount {
					t.Errorf("%s", v.Kind)
				}
			})
		}
	}
}

// A young account loses a large part within hours, and so might its successor's
// be: a person is asked.
func TestAYoungAccountIsAskedAbout(t *testing.T) {
	before := hiscorestest.Account(50_000)
	for lost, want := range map[int64]identity.Kind{4_000: identity.Rollback, 6_000: identity.OtherAccount} {
		v := identity.Judge(identity.Case{Before: before, After: change{hiscores.Overall: -lost}.of(before)})
		if v.Kind != want {
			t.Errorf("%d of 50000 lost: %s (%s), want %s", lost, v.Kind, v.Reason, want)
		}
	}
}
