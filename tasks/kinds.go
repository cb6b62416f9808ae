package tasks

// Kind says what tasks of a type do, for people who look into the queues.
type Kind struct {
	// Type is the type.
	Type string `json:"type"`
	// Queues are where its tasks may be.
	Queues []string `json:"queues"`
	// Description says what it does.
	Description string `json:"description"`
	// Timeout bounds one run, in seconds.
	Timeout float64 `json:"timeout_seconds"`
}

// Kinds lists every type of task: those that others put into the queue, then the
// static ones.
func Kinds(statics []Static) []Kind {
	kinds := []Kind{
		{TypeFetch, []string{QueueInteractive, QueueFetch}, "Reads one player from the hiscores and records the answer.", FetchTimeout.Seconds()},
		{TypeCheckMode, []string{QueueMaintenance}, "Asks the tables whether one player left its iron mode.", CheckModeTimeout.Seconds()},
		{TypeDeliver, []string{QueueWebhooks}, "Posts what happened to a webhook.", DeliverTimeout.Seconds()},
		{TypeDue, []string{QueueSchedules}, "Claims the schedules that are due and puts their fetches into the queue.", DueTimeout.Seconds()},
	}
	for _, s := range statics {
		kinds = append(kinds, Kind{s.TaskType(), []string{s.Queue}, s.Description, s.Timeout.Seconds()})
	}
	return kinds
}
