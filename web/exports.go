package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/osrsdiff/osrsdiff/export"
	"github.com/osrsdiff/osrsdiff/player"
	"github.com/osrsdiff/osrsdiff/store"
)

// Exports reads what is exported, page by page. The store is one.
type Exports interface {
	export.Gainers
	export.Changes
}

var _ Exports = (*store.Store)(nil)

// stallTimeout is how long the reader of an export may take none of it.
const stallTimeout = time.Minute

func (s *service) registerExports(a huma.API) {
	const description = " Streamed: a transfer that breaks off is not complete."
	for _, e := range []struct {
		id, path, summary, description string
		register                       func(huma.Operation)
	}{
		{
			"export-players", "/api/export/players", "Export players", "By id. CSV has the columns that the objects of JSON Lines have as members." + description,
			func(op huma.Operation) { handle(s, a, op, s.exportPlayers) },
		},
		{
			"export-gains", "/api/export/gains", "Export what players gained", "One row for each metric of a player that changed, by player. Over the last 24 hours unless said otherwise." + description,
			func(op huma.Operation) { handle(s, a, op, s.exportGains) },
		},
		{
			"export-history", "/api/export/players/{name}/history", "Export a player's history",
			"Every change of every value, or those between two times, metric by metric and oldest first." + description,
			func(op huma.Operation) { handle(s, a, op, s.exportHistory) },
		},
	} {
		op := huma.Operation{
			OperationID: e.id, Method: http.MethodGet, Path: e.path, Tags: []string{tagExport}, Summary: e.summary, Description: e.description,
			Errors: []int{http.StatusUnprocessableEntity, http.StatusNotFound, http.StatusServiceUnavailable},
			Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
				export.CSV.MediaType():       {Schema: &huma.Schema{Type: huma.TypeString}},
				export.JSONLines.MediaType(): {Schema: &huma.Schema{Type: huma.TypeString}},
			}}},
		}
		e.register(op)
	}
}

// FormatQuery is the part of a query that chooses the form of an export. Exported
// because huma reads only exported members of an input.
type FormatQuery struct {
	Format string `query:"format" enum:"csv,jsonl" default:"csv" doc:"csv, or jsonl for one JSON object a line"`
}

type exportPlayersInput struct {
	FormatQuery
	PlayerChoice
}

func (s *service) exportPlayers(_ context.Context, in *exportPlayersInput) (*huma.StreamResponse, error) {
	return s.stream("players", in.Format, func(ctx context.Context, w *export.Writer) error {
		return export.Players(ctx, s.Exports, in.choice(), w)
	}), nil
}

type exportGainsInput struct {
	FormatQuery
	WindowQuery
	PlayerChoice
}

func (s *service) exportGains(_ context.Context, in *exportGainsInput) (*huma.StreamResponse, error) {
	window, err := in.window(s.now())
	if err != nil {
		return nil, err
	}
	return s.stream("gains", in.Format, func(ctx context.Context, w *export.Writer) error {
		return export.Gains(ctx, s.Exports, in.choice(), window, w)
	}), nil
}

type exportHistoryInput struct {
	PlayerPath
	FormatQuery
	From string `query:"from" doc:"RFC 3339, or how long ago (24h, 7d); from the beginning when left out"`
	To   string `query:"to" doc:"RFC 3339, or how long ago; now when left out"`
}

func (s *service) exportHistory(ctx context.Context, in *exportHistoryInput) (*huma.StreamResponse, error) {
	now := s.now()
	f := store.HistoryFilter{}
	var err error
	if f.To, err = parseMoment("to", in.To, now, now); err != nil {
		return nil, err
	}
	if f.From, err = parseMoment("from", in.From, now, time.Time{}); err != nil {
		return nil, err
	}
	if !f.From.Before(f.To) {
		return nil, invalid("query.from", in.From, fmt.Errorf("%w: from %q: must be before to", errInvalidTime, in.From))
	}
	p, err := s.find(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	f.PlayerID = p.ID
	return s.stream(p.Name.String(), in.Format, func(ctx context.Context, w *export.Writer) error {
		return export.History(ctx, s.Exports, f, w)
	}), nil
}

// stream answers with what write writes, as it is written. The reader of a
// transfer that fails in the middle must not take it for the whole, so its
// connection is cut instead of ending the transfer.
func (s *service) stream(name, format string, write func(context.Context, *export.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		f := export.Format(format)
		hctx.SetHeader("Content-Type", f.MediaType()+"; charset=utf-8")
		hctx.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename="osrsdiff %s.%s"`, name, f))
		_, w := humago.Unwrap(hctx)
		out := http.NewResponseController(w)
		to := &stalling{Writer: hctx.BodyWriter(), out: out}
		rows := export.NewWriter(to, f)
		rows.OnFlush = out.Flush
		err := write(hctx.Context(), rows)
		switch {
		case err == nil:
		case to.begun:
			if hctx.Context().Err() == nil {
				s.log.ErrorContext(hctx.Context(), "export broke off", "export", name, "rows", rows.Rows(), "error", err)
			}
			_ = out.SetWriteDeadline(time.Now().Add(-time.Second)) // what is left cannot be sent
		default:
			s.answerProblem(hctx, s.problem(hctx.Context(), "export "+name, err))
		}
	}}
}

// answerProblem is for an operation that streams and has not begun to.
func (s *service) answerProblem(hctx huma.Context, p *Problem) {
	hctx.SetHeader("Content-Type", problemType)
	hctx.SetHeader("Content-Disposition", "inline")
	hctx.SetStatus(p.Status)
	_ = json.NewEncoder(hctx.BodyWriter()).Encode(p) // the caller is gone
}

// stalling gives each write a time limit of its own, in place of one for all.
type stalling struct {
	io.Writer
	out *http.ResponseController
	// begun is whether anything was written.
	begun bool
}

// Write writes within stallTimeout.
func (s *stalling) Write(p []byte) (int, error) {
	s.begun = true
	// A writer without deadlines has no limit either.
	_ = s.out.SetWriteDeadline(time.Now().Add(stallTimeout))
	return s.Writer.Write(p)
}

// PlayerChoice is the part of a query that chooses players. Exported because huma
// reads only exported members of an input.
type PlayerChoice struct {
	Search string `query:"search" maxLength:"100" doc:"part of a name"`
	Status string `query:"status" enum:"pending,active,missing,flagged,archived"`
	Mode   string `query:"mode" enum:"regular,ironman,hardcore_ironman,ultimate_ironman" doc:"only players of this game mode"`
	Paused string `query:"paused" enum:"true,false"`
}

func (in PlayerChoice) choice() store.PlayerFilter {
	f := store.PlayerFilter{Search: in.Search, Status: player.Status(in.Status), Mode: player.Mode(in.Mode)}
	if in.Paused != "" {
		paused := in.Paused == "true"
		f.Paused = &paused
	}
	return f
}
