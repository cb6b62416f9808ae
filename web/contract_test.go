package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
)

// contract is the description of the API as a validator that is not ours reads it:
// what is answered is held against it.
type contract struct {
	validator validator.Validator
	ops       []described
}

// described is one operation with what a caller may send and get.
type described struct {
	Method, Path, ID string
	Parameters       []parameter
	Body             map[string]schema // the schema of each content type
	Statuses         []string
	Problems         []string // those of them that have a problem as their body
	Streams          bool
}

func (d described) String() string { return d.Method + " " + d.Path }

type parameter struct {
	Name, In string
	Required bool
	Schema   schema
	Example  any
}

// schema is as much of a JSON schema as making requests needs.
type schema struct {
	Type       any               `json:"type"`
	Ref        string            `json:"$ref"`
	Enum       []any             `json:"enum"`
	Examples   []any             `json:"examples"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
}

// newContract reads the description that the server of a bench gives.
func newContract(b *bench) *contract {
	b.t.Helper()
	text := []byte(b.call(http.MethodGet, "/openapi.json", "").want(http.StatusOK, nil).body)
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		b.t.Fatal(err)
	}
	v, errs := validator.NewValidator(document, config.WithoutSecurityValidation(), config.WithFormatAssertions())
	if len(errs) > 0 {
		b.t.Fatal(errs)
	}
	return &contract{validator: v, ops: describedIn(b.t, text)}
}

func describedIn(t *testing.T, text []byte) []described {
	t.Helper()
	var api struct {
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []parameter
			RequestBody struct {
				Content map[string]struct{ Schema schema }
			}
			Responses map[string]struct{ Content map[string]any }
		}
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(text, &api); err != nil {
		t.Fatal(err)
	}
	var ops []described
	for path, methods := range api.Paths {
		for method, op := range methods {
			d := described{
				Method: strings.ToUpper(method), Path: path, ID: op.OperationID, Parameters: op.Parameters, Body: map[string]schema{},
				Statuses: slices.Sorted(maps.Keys(op.Responses)),
			}
			for kind, content := range op.RequestBody.Content {
				s := content.Schema
				if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
					s = api.Components.Schemas[name]
				}
				d.Body[kind] = s
			}
			for status, answer := range op.Responses {
				if _, ok := answer.Content["application/problem+json"]; ok {
					d.Problems = append(d.Problems, status)
				}
				if _, ok := answer.Content["text/event-stream"]; ok {
					d.Streams = true
				}
			}
			ops = append(ops, d)
		}
	}
	slices.SortFunc(ops, func(a, b described) int { return strings.Compare(a.String(), b.String()) })
	return ops
}

// exchange is a request and what it got.
type exchange struct {
	op      described
	request *http.Request
	sent    string
	answer  answer
}

// plain is a request to the same operation whose path no reader can take for
// another's.
func (e exchange) plain() *http.Request {
	plain := e.request.Clone(context.Background())
	plain.URL.RawPath, plain.URL.RawQuery = "", ""
	plain.URL.Path = strings.NewReplacer("{", "", "}", "").Replace(e.op.Path)
	return plain
}

func (e exchange) String() string {
	sent := e.sent
	if len(sent) > 300 {
		sent = fmt.Sprintf("%s... (%d bytes)", sent[:300], len(sent))
	}
	url := e.request.URL.String()
	if len(url) > 600 {
		url = url[:600] + "..."
	}
	body := e.answer.body
	if len(body) > 600 {
		body = body[:600] + "..."
	}
	return fmt.Sprintf("%s %s (%s)\n  sent: %q\n  got: %d %s", e.request.Method, url, e.request.Header.Get("Content-Type"), sent, e.answer.status, body)
}

// exchange makes a request as the operation describes it. Status 0 means that no
// whole answer came.
func (b *bench) exchange(ctx context.Context, op described, url, body, contentType string) exchange {
	b.t.Helper()
	req, err := http.NewRequestWithContext(ctx, op.Method, b.base+url, strings.NewReader(body))
	if err != nil {
		b.t.Fatalf("%s %q: %v", op, url, err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	read, res, err := b.do(req) //nolint:bodyclose // do closes it
	if err != nil {
		return exchange{op, req, body, answer{t: b.t, body: err.Error()}}
	}
	return exchange{op, req, body, answer{t: b.t, status: res.StatusCode, header: res.Header, body: read}}
}

// do sends a request and reads its whole answer.
func (b *bench) do(req *http.Request) (string, *http.Response, error) {
	res, err := b.http.Do(req)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = res.Body.Close() }() // it was read
	read, err := io.ReadAll(res.Body)
	return string(read), res, err
}

// check holds an exchange against the description and returns what is wrong with
// it, empty for nothing.
func (c *contract) check(e exchange) []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if e.answer.status == 0 {
		return []string{"no whole answer came"}
	}
	if e.answer.status >= 500 && e.answer.status != http.StatusServiceUnavailable {
		say("answered %d", e.answer.status)
	}
	if !slices.Contains(e.op.Statuses, fmt.Sprint(e.answer.status)) {
		say("status %d is not among those described: %v", e.answer.status, e.op.Statuses)
	}
	if !utf8.ValidString(e.answer.body) {
		say("the body is no UTF-8")
	}
	if slices.Contains(e.op.Problems, fmt.Sprint(e.answer.status)) {
		wrong = append(wrong, checkProblem(e.answer)...)
	}
	if e.answer.status == http.StatusNoContent && e.answer.body != "" {
		say("204 has a body")
	}
	if strings.Contains(e.answer.body, `"task_id":"p`) && e.answer.status == http.StatusAccepted && e.answer.header.Get("Location") == "" {
		say("202 names a task and not where to look for it")
	}
	res := &http.Response{StatusCode: e.answer.status, Header: e.answer.header, Body: io.NopCloser(bytes.NewBufferString(e.answer.body))}
	if strings.Contains(e.answer.header.Get("Content-Type"), "json") && !strings.Contains(e.answer.header.Get("Content-Type"), "ndjson") {
		if ok, errs := c.validator.ValidateHttpResponse(e.plain(), res); !ok {
			for _, err := range errs {
				say("the body is not as described: %s: %s", err.Message, err.Reason)
				for _, s := range err.SchemaValidationErrors {
					say("  %s at %s", s.Reason, s.FieldPath)
				}
			}
		}
	}
	return wrong
}

// checkProblem says what is missing in an answer that tells of an error.
func checkProblem(a answer) []string {
	var wrong []string
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		wrong = append(wrong, "content type of an error is "+got)
	}
	var p struct {
		Title, Detail string
		Status        int
		Errors        []struct {
			Message, Location string
			Value             any
		}
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		return append(wrong, "the problem is no JSON: "+err.Error())
	}
	if p.Title == "" || p.Detail == "" || p.Status != a.status {
		wrong = append(wrong, "title, detail or status of the problem is missing or another")
	}
	if a.status == http.StatusUnprocessableEntity && len(p.Errors) == 0 {
		wrong = append(wrong, "the problem does not say which part of the request is wrong")
	}
	for _, e := range p.Errors {
		if e.Message == "" || e.Location == "" {
			wrong = append(wrong, fmt.Sprintf("an error names no rule or no place: %+v", e))
		}
	}
	return wrong
}

// TestDescriptionIsValid has a validator that is not ours read the description.
func TestDescriptionIsValid(t *testing.T) {
	for _, token := range []string{"", "s3cret"} {
		t.Run("token "+token, func(t *testing.T) {
			b := newBench(t, nil)
			c := newContract(b)
			if ok, errs := c.validator.ValidateDocument(); !ok {
				for _, err := range errs {
					t.Errorf("%s: %s", err.Message, err.Reason)
					for _, s := range err.SchemaValidationErrors {
						t.Errorf("  %s at %s (line %d)", s.Reason, s.FieldPath, s.Line)
					}
				}
			}
			if len(c.ops) < 30 {
				t.Errorf("only %d operations were found", len(c.ops))
			}
		})
	}
}
