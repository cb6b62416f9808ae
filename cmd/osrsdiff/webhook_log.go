package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/osrsdiff/osrsdiff/webhooks"
)

// deliveryView is a delivery as programs get it.
type deliveryView struct {
	ID          int64     `json:"id"`
	Status      string    `json:"status"`
	CreatedAt   time.Time `json:"created_at"`
	AttemptedAt time.Time `json:"attempted_at,omitzero"`
	Attempts    int       `json:"attempts"`
	Answer      int       `json:"answer,omitempty"`
	Error       string    `json:"error,omitempty"`
	Events      []string  `json:"events"`
}

func viewDelivery(d webhooks.Delivery) deliveryView {
	v := deliveryView{
		ID: d.ID, Status: string(d.Status), CreatedAt: d.CreatedAt, AttemptedAt: d.AttemptedAt, Attempts: d.Attempts, Answer: d.Answer, Error: d.Error,
	}
	for _, e := range d.Events {
		v.Events = append(v.Events, e.Text)
	}
	return v
}

func (a *app) webhookLogCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "log ID", Short: "Show what was sent to a webhook, the latest first",
		Long:    `Lists deliveries with what became of them. Thirty days are kept.`,
		Example: `  osrsdiff webhook log 1 --json | jq 'select(.status == "failed")'`,
		Args:    cobra.ExactArgs(1),
	}
	limit := cmd.Flags().Int("limit", 50, "how many to list at most")
	before := cmd.Flags().Int64("before", 0, "only deliveries before this `id`")
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := hookID(args[0])
		if err != nil {
			return err
		}
		if *limit < 1 || *limit > mostListed {
			return usage("--limit %d: must be 1 to %d", *limit, mostListed)
		}
		s, err := a.session(cmd, need{database: true})
		if err != nil {
			return err
		}
		defer s.close()
		list, err := s.store.Deliveries(cmd.Context(), id, *before, *limit)
		if err != nil {
			return err
		}
		return a.printDeliveries(list, *asJSON)
	}
	return cmd
}

func (a *app) printDeliveries(list []webhooks.Delivery, asJSON bool) error {
	views := make([]deliveryView, 0, len(list))
	for _, d := range list {
		views = append(views, viewDelivery(d))
	}
	if asJSON {
		return printJSON(a.stdout, views...)
	}
	if len(views) == 0 {
		_, err := fmt.Fprintln(a.stderr, "nothing was sent yet")
		return err
	}
	t := newTable(a.stdout, "ID", "WHEN", "STATUS", "ATTEMPTS", "ANSWER", "ERROR", "EVENTS")
	for _, v := range views {
		answer := ""
		if v.Answer != 0 {
			answer = strconv.Itoa(v.Answer)
		}
		t.row(strconv.FormatInt(v.ID, 10), stamp(v.CreatedAt), v.Status, strconv.Itoa(v.Attempts), orDash(answer), orDash(v.Error), strings.Join(v.Events, "; "))
	}
	return t.flush()
}
