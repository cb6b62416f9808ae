package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// errNoText says that a value is none that a person could have written.
var errNoText = errors.New("invalid text")

// onlyText refuses requests whose path or query has bytes that are no text: neither
// a name nor anything else has them, and a database refuses them with an error of its own.
func (s *service) onlyText(a huma.API) func(ctx huma.Context, next func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		u := ctx.URL()
		if err := checkText("path", u.Path); err != nil {
			s.refuseOperation(a, ctx, err)
			return
		}
		for name, values := range u.Query() {
			for _, text := range append(values, name) {
				if err := checkText("query."+strings.ToValidUTF8(name, "?"), text); err != nil {
					s.refuseOperation(a, ctx, err)
					return
				}
			}
		}
		next(ctx)
	}
}

func checkText(location, text string) error {
	if utf8.ValidString(text) && !strings.ContainsRune(text, 0) {
		return nil
	}
	shown := strings.ToValidUTF8(text, "\uFFFD")
	return invalid(location, shown, fmt.Errorf("%w: %q: must be UTF-8 without zero bytes", errNoText, shown))
}

func (s *service) refuseOperation(a huma.API, ctx huma.Context, err error) {
	p := s.problem(ctx.Context(), ctx.Operation().OperationID, err)
	// The caller is gone when this fails.
	_ = huma.WriteErr(a, ctx, http.StatusUnprocessableEntity, p.Detail, details(p)...)
}

// details are those of a problem as huma takes them.
func details(p *Problem) []error {
	list := make([]error, 0, len(p.Errors))
	for _, d := range p.Errors {
		list = append(list, d)
	}
	return list
}
