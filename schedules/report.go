package schedules

import (
	"cmp"
	"maps"
	"slices"
)

// Drift says how Redis differed from the database in one place.
type Drift string

// The kinds of drift that a reconcile pass finds.
const (
	// MissingSchedule: a player's schedule is not indexed.
	MissingSchedule Drift = "missing_schedule"
	// OutdatedSchedule: the index has another interval, state or revision.
	OutdatedSchedule Drift = "outdated_schedule"
	// MissingTick: an active schedule is not in the due index.
	MissingTick Drift = "missing_tick"
	// UnexpectedTick: a paused or unknown schedule is in the due index.
	UnexpectedTick Drift = "unexpected_tick"
	// WrongTick: the next tick is later than the schedule's next one, or not on
	// its grid.
	WrongTick Drift = "wrong_tick"
	// LostFetch: the player is overdue by the database, while Redis neither has
	// it due nor a fetch outstanding.
	LostFetch Drift = "lost_fetch"
	// BadDefinition: a definition is missing, unreadable or differs.
	BadDefinition Drift = "bad_definition"
	// OrphanSchedule: a schedule, or what is left of one, whose player is gone.
	OrphanSchedule Drift = "orphan_schedule"
	// ForeignKey: a key under the prefix that is no schedule of ours. It is
	// reported and left alone.
	ForeignKey Drift = "foreign_key"
	// WrongCount: the counts of intervals in use were off.
	WrongCount Drift = "wrong_count"
	// ArchivedFetch: a fetch was archived, which blocks the player's next one.
	ArchivedFetch Drift = "archived_fetch"
	// LeftoverHistory: the enqueue history of an entry that is gone.
	LeftoverHistory Drift = "leftover_history"
)

// maxFindings is how many findings a report lists; it counts all.
const maxFindings = 200

// Finding is one place that differed.
type Finding struct {
	// Kind says how.
	Kind Drift `json:"kind"`
	// Subject is the schedule id, or the key or entry where there is none.
	Subject string `json:"subject"`
	// Detail says what was found, for people.
	Detail string `json:"detail,omitempty"`
}

// Report is what one reconcile pass found, and repaired unless it was a dry run.
type Report struct {
	// Checked is how many players were compared.
	Checked int `json:"checked"`
	// Repaired says whether the findings were repaired, or only listed.
	Repaired bool `json:"repaired"`
	// Counts is how often each kind was found. Empty: nothing differed.
	Counts map[Drift]int `json:"counts"`
	// Findings lists the first of them.
	Findings []Finding `json:"findings"`
}

func newReport(repaired bool) *Report {
	return &Report{Repaired: repaired, Counts: map[Drift]int{}, Findings: []Finding{}}
}

func (r *Report) add(kind Drift, subject, detail string) {
	r.Counts[kind]++
	if len(r.Findings) < maxFindings {
		r.Findings = append(r.Findings, Finding{Kind: kind, Subject: subject, Detail: detail})
	}
}

// Total is how many places differed.
func (r Report) Total() int {
	total := 0
	for _, n := range r.Counts {
		total += n
	}
	return total
}

// Drifted is how many places differed and are repaired: all but foreign keys.
func (r Report) Drifted() int { return r.Total() - r.Counts[ForeignKey] }

// Kinds lists the kinds found, the most frequent first.
func (r Report) Kinds() []Drift {
	return slices.SortedFunc(maps.Keys(r.Counts), func(a, b Drift) int {
		return cmp.Or(cmp.Compare(r.Counts[b], r.Counts[a]), cmp.Compare(a, b))
	})
}
