package webhooks

import (
	"time"

	"github.com/osrsdiff/osrsdiff/events"
)

// MaxEvents is how many events go into one delivery: Discord takes ten embeds.
const MaxEvents = 10

// Test is the kind of the event that a test sends. Nothing else has it.
const Test events.Kind = "test"

// Status is what became of a delivery.
type Status string

// The states of deliveries.
const (
	// Waiting: it is to be sent, for the first time or again.
	Waiting Status = "waiting"
	// Sent: it was taken.
	Sent Status = "sent"
	// Failed: it was given up.
	Failed Status = "failed"
)

// Statuses lists every status.
func Statuses() []Status { return []Status{Waiting, Sent, Failed} }

// Delivery is events on their way to a webhook.
type Delivery struct {
	// ID is never reused, and higher of later ones.
	ID int64
	// Hook is whom it is for.
	Hook Hook
	// Events are what it tells, at most MaxEvents.
	Events []events.Event
	// Status is what became of it.
	Status Status
	// CreatedAt is when it was made, AttemptedAt when it was last sent. Zero:
	// never.
	CreatedAt, AttemptedAt time.Time
	// Attempts is how often it was sent.
	Attempts int
	// Answer is the HTTP status of the last answer. Zero: there was none.
	Answer int
	// Error is what was wrong at the last attempt.
	Error string
}

// IsTest reports whether somebody tried the webhook out.
func (d Delivery) IsTest() bool { return len(d.Events) == 1 && d.Events[0].Kind == Test }

// NewTest is the event that a test sends.
func NewTest(at time.Time) events.Event {
	return events.Event{Kind: Test, At: at, Text: "This is a test of OSRS Diff: this webhook works"}
}

// Attempt is one sending of a delivery and what came of it.
type Attempt struct {
	// At is when it ended.
	At time.Time
	// Status is what the delivery is by now.
	Status Status
	// Answer and Error are those of the Delivery.
	Answer int
	Error  string
	// Gone switches the webhook off: nobody will listen there again.
	Gone bool
}
