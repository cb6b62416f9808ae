package tasks_test

import (
	"context"
	"fmt"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/tasks"
)

// A task that runs by the clock is one declaration with its job. README.md shows
// it as it stands here.
func ExampleStatic() {
	greet := tasks.Static{
		ID: "greet", Cron: "0 9 * * 1", Zone: "Europe/London",
		Description: "Says good morning on Mondays.",
		Queue:       tasks.QueueMaintenance, Timeout: time.Minute, Retries: 3,
		Missed: tasks.RunOnce,
		Job: tasks.JobFunc(func(_ context.Context, _ *asynq.Task) (string, error) {
			return "said good morning", nil
		}),
	}

	if err := tasks.ValidateStatics([]tasks.Static{greet}); err != nil {
		fmt.Println(err)
		return
	}
	next, err := greet.Next(time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := greet.Job.Run(context.Background(), greet.Task())
	fmt.Println(next.Format(time.RFC1123), "-", result, err)
	// Output: Mon, 06 Jul 2026 08:00:00 UTC - said good morning <nil>
}

// What is wrong with a declaration is said by task, field, value and rule when a
// role starts.
func ExampleStatic_Validate() {
	greet := tasks.Static{ID: "greet", Cron: "0 9 * * 1", Queue: "mornings"}
	fmt.Println(greet.Validate())
	// Output: invalid static task: greet: queue "mornings": must be "maintenance" or "schedules"
}
