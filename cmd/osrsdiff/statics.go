package main

import "github.com/osrsdiff/osrsdiff/tasks"

// statics is the one list of the tasks that run by the clock. A task added here
// is scheduled, run by the role of its queue, listed and triggered by the API and
// the command line; it is checked when a role starts.
func (p *parts) statics() []tasks.Static {
	modes := &tasks.CheckModesJob{Players: p.store, Queue: p.queue()}
	prune := &tasks.PruneJob{Prune: p.prune}
	return []tasks.Static{
		modes.Static(),
		prune.Static(),
		p.keeper().Static(),
	}
}
