package tasks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/hibiken/asynq"

	"github.com/osrsdiff/osrsdiff/webhooks"
)

const (
	// DeliverTries is how often a delivery is sent before it is given up: over
	// about two hours.
	DeliverTries = 10
	// deliverPatience is how long a receiver may go on asking to wait.
	deliverPatience = 24 * time.Hour
	// recordTimeout bounds the noting of an attempt, which a stop must not lose.
	recordTimeout = 5 * time.Second
)

// Deliver is the payload of TypeDeliver.
type Deliver struct {
	// DeliveryID is what to send.
	DeliveryID int64 `json:"delivery_id"`
}

// DeliverID is the id of the task of a delivery, so that there is at most one.
func DeliverID(deliveryID int64) string {
	return "webhook_delivery_" + strconv.FormatInt(deliveryID, 10)
}

// NewDeliver makes the task that sends a delivery. Enqueueing it fails with
// asynq.ErrTaskIDConflict while the delivery has a task. It has no Retention, as
// NewFetch says.
func NewDeliver(deliveryID int64) (*asynq.Task, error) {
	payload, err := encode(TypeDeliver, Deliver{DeliveryID: deliveryID})
	if err != nil {
		return nil, err
	}
	return asynq.NewTask(TypeDeliver, payload, asynq.TaskID(DeliverID(deliveryID)), asynq.Queue(QueueWebhooks),
		asynq.MaxRetry(unlimited), asynq.Timeout(DeliverTimeout)), nil
}

// Deliveries keeps what is sent to webhooks. The store is one.
type Deliveries interface {
	// Delivery returns a delivery with its webhook.
	Delivery(ctx context.Context, id int64) (webhooks.Delivery, error)
	// RecordDelivery notes what came of sending it.
	RecordDelivery(ctx context.Context, d webhooks.Delivery, a webhooks.Attempt) error
}

// DeliverOptions configures a DeliverHandler.
type DeliverOptions struct {
	// Deliveries keeps what is sent.
	Deliveries Deliveries
	// NotFound is matched by the error of a delivery that is gone.
	NotFound error
	// Send posts a delivery, as webhooks.Sender does.
	Send func(ctx context.Context, d webhooks.Delivery) (answer int, err error)
	// Now is the host's clock. Nil: time.Now.
	Now func() time.Time
	// Log gets webhooks that were switched off. Nil: nothing is logged.
	Log *slog.Logger
}

// DeliverHandler handles TypeDeliver: it posts a delivery that waits and notes what
// came of it. A receiver that had it and whose worker died before that was noted
// gets it again, under the same number.
type DeliverHandler struct{ opts DeliverOptions }

var _ asynq.Handler = (*DeliverHandler)(nil)

// NewDeliverHandler makes a DeliverHandler.
func NewDeliverHandler(o DeliverOptions) *DeliverHandler {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Log = orDiscard(o.Log)
	return &DeliverHandler{opts: o}
}

// ProcessTask implements asynq.Handler. It gives up by itself and returns nil
// then, since an archived task would block its id.
func (h *DeliverHandler) ProcessTask(ctx context.Context, t *asynq.Task) error {
	payload, err := decode[Deliver](t)
	if err != nil {
		return err
	}
	d, err := h.opts.Deliveries.Delivery(ctx, payload.DeliveryID)
	switch {
	case err != nil && errors.Is(err, h.opts.NotFound):
		return nil // it was removed with its webhook
	case err != nil:
		return fmt.Errorf("%s %d: %w", TypeDeliver, payload.DeliveryID, err)
	case d.Status != webhooks.Waiting:
		return nil
	case !d.Hook.Enabled && !d.IsTest():
		return h.record(ctx, d, webhooks.Attempt{Status: webhooks.Failed, Error: "the webhook is switched off"})
	}
	answer, err := h.opts.Send(ctx, d)
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err() // the worker stops; it comes back at once
	}
	return h.settle(ctx, d, answer, err)
}

// settle notes what came of sending a delivery and returns what makes the task
// come again, if it has to.
func (h *DeliverHandler) settle(ctx context.Context, d webhooks.Delivery, answer int, err error) error {
	a := webhooks.Attempt{Status: webhooks.Sent, Answer: answer}
	if err == nil {
		return h.record(ctx, d, a)
	}
	a.Status, a.Error, a.Gone = webhooks.Failed, err.Error(), errors.Is(err, webhooks.ErrGone)
	limited, isLimited := errors.AsType[*webhooks.LimitedError](err)
	switch {
	case a.Gone:
		h.opts.Log.WarnContext(ctx, "webhook is gone and was switched off", "webhook", d.Hook.Name, "answer", answer)
	case errors.Is(err, webhooks.ErrPrivate):
	case isLimited && h.opts.Now().Sub(d.CreatedAt) < deliverPatience:
		a.Status = webhooks.Waiting
		err = &PostponedError{For: limited.RetryAfter, Cause: err}
	case !isLimited && triesLeft(ctx, DeliverTries) > 1:
		a.Status = webhooks.Waiting
	}
	if failed := h.record(ctx, d, a); failed != nil {
		return failed
	}
	if a.Status == webhooks.Failed {
		return nil
	}
	return err
}

func (h *DeliverHandler) record(ctx context.Context, d webhooks.Delivery, a webhooks.Attempt) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	a.At = h.opts.Now()
	return h.opts.Deliveries.RecordDelivery(ctx, d, a)
}
