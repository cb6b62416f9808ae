package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/osrsdiff/osrsdiff/events"
	"github.com/osrsdiff/osrsdiff/store"
	"github.com/osrsdiff/osrsdiff/tasks"
	"github.com/osrsdiff/osrsdiff/webhooks"
)

// Webhooks keeps whom to tell what happens. The store is one.
type Webhooks interface {
	// AddHook adds one.
	AddHook(ctx context.Context, h webhooks.Hook) (webhooks.Hook, error)
	// Hooks lists all.
	Hooks(ctx context.Context) ([]webhooks.Hook, error)
	// RemoveHook removes one with its deliveries.
	RemoveHook(ctx context.Context, id int64) (webhooks.Hook, error)
}

// Deliveries tells what was sent to webhooks. The store is one.
type Deliveries interface {
	// Hook returns a webhook.
	Hook(ctx context.Context, id int64) (webhooks.Hook, error)
	// Deliveries is its log, the latest first.
	Deliveries(ctx context.Context, hookID, beforeID int64, limit int) ([]webhooks.Delivery, error)
	// CountDeliveries counts those of all webhooks by status.
	CountDeliveries(ctx context.Context) (map[webhooks.Status]int, error)
}

// WebhookTests tries webhooks out. *tasks.Relay is one.
type WebhookTests interface {
	// Test sends a test and returns the id of its task.
	Test(ctx context.Context, hookID int64) (taskID string, err error)
}

var (
	_ Webhooks     = (*store.Store)(nil)
	_ Deliveries   = (*store.Store)(nil)
	_ WebhookTests = (*tasks.Relay)(nil)
)

// webhookAnswer is a webhook without what is secret of it.
type webhookAnswer struct {
	ID        int64         `json:"id"`
	Name      string        `json:"name"`
	URL       string        `json:"url" doc:"scheme and host; the rest is not shown" example:"https://discord.com/…"`
	Format    string        `json:"format" enum:"discord,json"`
	Kinds     []events.Kind `json:"kinds,omitempty" doc:"left out: all that the activity feed has"`
	Player    string        `json:"player,omitempty" doc:"left out: any"`
	Group     string        `json:"group,omitempty" doc:"left out: any"`
	Signed    bool          `json:"signed" doc:"whether bodies carry a signature"`
	Enabled   bool          `json:"enabled"`
	Failures  int           `json:"failures" doc:"deliveries in a row that were given up"`
	CreatedAt time.Time     `json:"created_at"`
}

func answerWebhook(h webhooks.Hook) webhookAnswer {
	return webhookAnswer{
		ID: h.ID, Name: h.Name, URL: h.URL.String(), Format: string(h.Format), Kinds: h.Kinds, Player: h.Player, Group: h.Group, Signed: h.Secret != "",
		Enabled: h.Enabled, Failures: h.Failures, CreatedAt: h.CreatedAt.UTC(),
	}
}

// deliveryAnswer is a delivery with what it tells as sentences.
type deliveryAnswer struct {
	ID          int64      `json:"id"`
	Status      string     `json:"status" enum:"waiting,sent,failed"`
	CreatedAt   time.Time  `json:"created_at"`
	AttemptedAt *time.Time `json:"attempted_at,omitempty" doc:"when it was last sent; left out before the first time"`
	Attempts    int        `json:"attempts"`
	Answer      int        `json:"answer,omitempty" doc:"HTTP status of the last answer; left out when there was none"`
	Error       string     `json:"error,omitempty" doc:"what was wrong at the last attempt"`
	Events      []string   `json:"events" doc:"what it tells"`
}

func answerDelivery(d webhooks.Delivery) deliveryAnswer {
	a := deliveryAnswer{
		ID: d.ID, Status: string(d.Status), CreatedAt: d.CreatedAt.UTC(), AttemptedAt: happened(d.AttemptedAt), Attempts: d.Attempts,
		Answer: d.Answer, Error: d.Error, Events: make([]string, 0, len(d.Events)),
	}
	for _, e := range d.Events {
		a.Events = append(a.Events, e.Text)
	}
	return a
}

func (s *service) registerWebhooks(a huma.API) {
	handle(s, a, huma.Operation{
		OperationID: "list-webhooks", Method: http.MethodGet, Path: "/api/webhooks", Tags: []string{tagEvents},
		Summary: "List webhooks", Description: "All of them, without what is secret of their addresses. Needs the role admin.",
	}, s.listWebhooks)
	handle(s, a, huma.Operation{
		OperationID: "add-webhook", Method: http.MethodPost, Path: "/api/webhooks", Tags: []string{tagEvents}, DefaultStatus: http.StatusCreated,
		Summary: "Add a webhook", Errors: []int{http.StatusNotFound},
		Description: "What happens from now on is posted to it, up to ten events at a time. The format json comes with the header " +
			webhooks.SignatureHeader + " (sha256= and the HMAC-SHA256 of the body) when there is a secret. Needs the role admin.",
	}, s.addWebhook)
	handle(s, a, huma.Operation{
		OperationID: "show-webhook", Method: http.MethodGet, Path: "/api/webhooks/{id}", Tags: []string{tagEvents},
		Summary: "Show a webhook", Errors: []int{http.StatusNotFound}, Description: "Needs the role admin.",
	}, s.showWebhook)
	handle(s, a, huma.Operation{
		OperationID: "remove-webhook", Method: http.MethodDelete, Path: "/api/webhooks/{id}", Tags: []string{tagEvents}, DefaultStatus: http.StatusNoContent,
		Summary: "Remove a webhook and its log", Errors: []int{http.StatusNotFound}, Description: "Needs the role admin.",
	}, s.removeWebhook)
	handle(s, a, huma.Operation{
		OperationID: "test-webhook", Method: http.MethodPost, Path: "/api/webhooks/{id}/test", Tags: []string{tagEvents}, DefaultStatus: http.StatusAccepted,
		Summary: "Try a webhook out", Errors: []int{http.StatusNotFound},
		Description: "Sends an event that only says that it works; the log tells what came of it. One that was switched off is switched on again when the test arrives. Needs the role admin.",
	}, s.testWebhook)
	handle(s, a, huma.Operation{
		OperationID: "list-deliveries", Method: http.MethodGet, Path: "/api/webhooks/{id}/deliveries", Tags: []string{tagEvents},
		Summary: "What was sent to a webhook, the latest first", Errors: []int{http.StatusNotFound},
		Description: "30 days of it. Repeat with cursor set to next_cursor until there is none. Needs the role admin.",
	}, s.listDeliveries)
}

type listWebhooksOutput struct {
	Body struct {
		Webhooks []webhookAnswer `json:"webhooks"`
	}
}

func (s *service) listWebhooks(ctx context.Context, _ *struct{}) (*listWebhooksOutput, error) {
	hooks, err := s.Webhooks.Hooks(ctx)
	if err != nil {
		return nil, err
	}
	out := &listWebhooksOutput{}
	out.Body.Webhooks = make([]webhookAnswer, 0, len(hooks))
	for _, h := range hooks {
		out.Body.Webhooks = append(out.Body.Webhooks, answerWebhook(h))
	}
	return out, nil
}

type addWebhookInput struct {
	Body struct {
		URL    string   `json:"url" minLength:"1" doc:"where to post; shown in full nowhere" example:"https://discord.com/api/webhooks/1/x"`
		Name   string   `json:"name,omitempty" doc:"what people call it; its host when left out" example:"clan channel"`
		Format string   `json:"format,omitempty" enum:"discord,json" doc:"discord for an address of Discord and json for others when left out"`
		Kinds  []string `json:"kinds,omitempty" maxItems:"20" enum:"level_up,milestone,large_gain,mode_change,missing,returned,flagged,renamed,breaker" doc:"all when left out"`
		Player string   `json:"player,omitempty" doc:"only what is about this player, in any spelling"`
		Group  string   `json:"group,omitempty" doc:"only what is about the members of this group"`
		Secret string   `json:"secret,omitempty" doc:"signs the bodies of the format json; shown nowhere"`
	}
}

type webhookOutput struct{ Body webhookAnswer }

func (s *service) addWebhook(ctx context.Context, in *addWebhookInput) (*webhookOutput, error) {
	h := webhooks.Hook{
		URL: webhooks.Address(in.Body.URL), Name: in.Body.Name, Format: webhooks.Format(in.Body.Format), Secret: webhooks.Secret(in.Body.Secret),
	}
	for _, k := range in.Body.Kinds {
		h.Kinds = append(h.Kinds, events.Kind(k))
	}
	var err error
	if h.PlayerID, err = s.namedPlayer(ctx, "body.player", in.Body.Player); err != nil {
		return nil, err
	}
	if h.GroupID, err = s.namedGroup(ctx, "body.group", in.Body.Group); err != nil {
		return nil, err
	}
	if h, err = s.Webhooks.AddHook(ctx, h); err != nil {
		return nil, err
	}
	return &webhookOutput{Body: answerWebhook(h)}, nil
}

type webhookPath struct {
	ID int64 `path:"id" minimum:"1"`
}

func (s *service) showWebhook(ctx context.Context, in *webhookPath) (*webhookOutput, error) {
	h, err := s.Deliveries.Hook(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &webhookOutput{Body: answerWebhook(h)}, nil
}

func (s *service) removeWebhook(ctx context.Context, in *webhookPath) (*struct{}, error) {
	_, err := s.Webhooks.RemoveHook(ctx, in.ID)
	return nil, err
}

type testWebhookOutput struct {
	Body struct {
		TaskID string `json:"task_id" example:"webhook_delivery_12"`
	}
}

func (s *service) testWebhook(ctx context.Context, in *webhookPath) (*testWebhookOutput, error) {
	out := &testWebhookOutput{}
	var err error
	if out.Body.TaskID, err = s.WebhookTests.Test(ctx, in.ID); err != nil {
		return nil, err
	}
	return out, nil
}

type listDeliveriesInput struct {
	ID int64 `path:"id" minimum:"1"`
	PageQuery
}

type listDeliveriesOutput struct {
	Body struct {
		Deliveries []deliveryAnswer `json:"deliveries"`
		NextCursor string           `json:"next_cursor,omitempty" doc:"cursor of the next page; left out on the last one"`
	}
}

func (s *service) listDeliveries(ctx context.Context, in *listDeliveriesInput) (*listDeliveriesOutput, error) {
	before, err := in.after()
	if err != nil {
		return nil, err
	}
	list, err := s.Deliveries.Deliveries(ctx, in.ID, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &listDeliveriesOutput{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.NextCursor = strconv.FormatInt(list[in.Limit-1].ID, 10)
	}
	out.Body.Deliveries = make([]deliveryAnswer, 0, len(list))
	for _, d := range list {
		out.Body.Deliveries = append(out.Body.Deliveries, answerDelivery(d))
	}
	return out, nil
}
