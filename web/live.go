package web

import (
	"context"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/osrsdiff/osrsdiff/events"
)

const (
	eventsPath = "/api/events"
	// heartbeat is how often a line is sent that says nothing, so that proxies do
	// not take the connection for dead and we notice when it is.
	heartbeat = 20 * time.Second
	// streamPatience is how long a client may take to accept what it is sent.
	streamPatience = 10 * time.Second
	// lostFrame tells a client that it missed events.
	lostFrame = "event: lost\ndata: {\"text\":\"events were missed: load what is shown anew\"}\n\n"
)

// Members tells who is in a group. The store is one.
type Members interface {
	// MemberIDs returns the ids of the players of a group.
	MemberIDs(ctx context.Context, groupID int64) ([]int64, error)
}

func (s *service) registerLive(a huma.API) {
	event := a.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[events.Event](), true, "Event")
	handle(s, a, huma.Operation{
		OperationID: "stream-events", Method: http.MethodGet, Path: eventsPath, Tags: []string{tagEvents},
		Summary: "What happens, as it happens", Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		Description: "Server-sent events: the name of each is its kind, its data an Event as JSON. A client that comes back with Last-Event-ID is sent " +
			"what it missed. An event named lost says that some were missed, because the client was too slow or away for too long: load what is shown anew. " +
			"Lines that begin with a colon keep the connection open.",
		Responses: map[string]*huma.Response{"200": {
			Description: "Events until the client goes or the server stops", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: event}},
		}},
	}, s.streamEvents)
}

type streamInput struct {
	Player      string   `query:"player" doc:"only what is about this player, in any spelling"`
	Group       string   `query:"group" doc:"only what is about those who are in this group when the stream begins"`
	Kind        []string `query:"kind" enum:"fetched,changed,level_up,milestone,large_gain,mode_change,missing,returned,flagged,renamed,breaker" doc:"only these kinds, with commas between them"`
	LastEventID string   `header:"Last-Event-ID" doc:"id of the last event that was received; browsers send it when they come back"`
}

func (s *service) streamEvents(ctx context.Context, in *streamInput) (*huma.StreamResponse, error) {
	wants, err := s.wanted(ctx, in)
	if err != nil {
		return nil, err
	}
	client, err := s.Live.Subscribe(ctx, wants)
	if err != nil {
		return nil, err
	}
	st := &eventStream{client: client, last: in.LastEventID}
	missed, complete := []*events.Message(nil), true
	if events.ValidID(in.LastEventID) {
		if missed, complete, err = s.Live.Since(ctx, in.LastEventID, wants); err != nil {
			client.Close()
			return nil, err
		}
	} else {
		st.last = ""
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer client.Close()
		r, w := humago.Unwrap(ctx)
		st.to, st.control = w, http.NewResponseController(w)
		st.run(r.Context(), missed, complete)
	}}, nil
}

// wanted reads the filter of a request.
func (s *service) wanted(ctx context.Context, in *streamInput) (events.Filter, error) {
	id, err := s.queriedPlayer(ctx, in.Player)
	if err != nil {
		return events.Filter{}, err
	}
	wants := events.Filter{PlayerID: id}
	for _, k := range in.Kind {
		wants.Kinds = append(wants.Kinds, events.Kind(k))
	}
	group, err := s.namedGroup(ctx, "query.group", in.Group)
	if err != nil || group == 0 {
		return wants, err
	}
	members, err := s.Members.MemberIDs(ctx, group)
	wants.Members = make(map[int64]bool, len(members))
	for _, id := range members {
		wants.Members[id] = true
	}
	return wants, err
}

// eventStream sends events to one client.
type eventStream struct {
	client  *events.Client
	to      io.Writer
	control *http.ResponseController
	// last is the id of the last event the client has. Empty: none.
	last string
}

// run sends until the client goes, is too slow, or the server stops.
func (st *eventStream) run(ctx context.Context, missed []*events.Message, complete bool) {
	if err := st.begin(); err != nil {
		return
	}
	if !complete && st.send([]byte(lostFrame)) != nil {
		return
	}
	for _, m := range missed {
		if st.deliver(m) != nil {
			return
		}
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			err = st.send([]byte(":\n\n"))
		case m, more := <-st.client.Events():
			if !more {
				st.end()
				return
			}
			err = st.deliver(m)
		}
		if err != nil {
			return
		}
	}
}

// begin answers, and lifts the bounds of usual requests.
func (st *eventStream) begin() error {
	if err := st.control.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	if w, ok := st.to.(http.ResponseWriter); ok {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	}
	return st.send([]byte("retry: 3000\n\n"))
}

// end tells a client that was too slow. One whose server stops is told nothing:
// it comes back by itself.
func (st *eventStream) end() {
	if st.client.Lost() {
		_ = st.send([]byte(lostFrame)) // the client may be gone
	}
}

// deliver sends an event unless the client has it.
func (st *eventStream) deliver(m *events.Message) error {
	if !m.After(st.last) {
		return nil
	}
	st.last = m.ID
	return st.send(m.Frame)
}

// send writes with a deadline, so that a stalled client does not stay for ever.
func (st *eventStream) send(frame []byte) error {
	if err := st.control.SetWriteDeadline(time.Now().Add(streamPatience)); err != nil {
		return err
	}
	if _, err := st.to.Write(frame); err != nil {
		return err
	}
	return st.control.Flush()
}
