package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// docsPage is the API's documentation as the page shows it.
type docsPage struct {
	layout
	Description string
	// Base is the address that the examples ask.
	Base   string
	Groups []docsGroup
}

type docsGroup struct {
	Name, ID   string
	Operations []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, Description string
	Fields                                 []docsField
	Answers                                []docsAnswer
	Sample                                 docsSample
}

// docsField is a parameter, or a member of a body.
type docsField struct {
	Name, In, Type, Rule, Doc string
	Required                  bool
}

// docsAnswer is a status that may be answered; Problem is whether it tells of an
// error, whose members are the same everywhere.
type docsAnswer struct {
	Status, Doc, Types string
	Problem            bool
	Fields             []docsField
}

// docsSample is a request that shows how to ask.
type docsSample struct{ Path, Body string }

// describe turns the OpenAPI description into what the page shows. It is done
// once: the description does not change after the start.
func describe(api *huma.OpenAPI) []docsGroup {
	var groups []docsGroup
	for _, tag := range []string{tagPlayers, tagValues, tagBoards, tagGroups, tagEvents, tagSchedules, tagTasks, tagExport, tagSystem, tagAccess} {
		g := docsGroup{Name: tag, ID: strings.ReplaceAll(strings.ToLower(tag), " ", "-")}
		for _, item := range api.Paths {
			for _, op := range operationsOf(item) {
				if slices.Contains(op.Tags, tag) {
					g.Operations = append(g.Operations, describeOperation(api, op))
				}
			}
		}
		slices.SortFunc(g.Operations, func(a, b docsOperation) int {
			return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
		})
		groups = append(groups, g)
	}
	return groups
}

func describeOperation(api *huma.OpenAPI, op *huma.Operation) docsOperation {
	d := docsOperation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description}
	for _, p := range op.Parameters {
		doc := p.Description
		if doc == "" && p.Schema != nil {
			doc = p.Schema.Description
		}
		d.Fields = append(d.Fields, docsField{
			Name: p.Name, In: p.In, Type: typeOf(api, p.Schema), Rule: ruleOf(p.Schema), Doc: doc, Required: p.Required,
		})
	}
	if body := bodyOf(api, op); body != nil {
		for _, f := range membersOf(api, body, "", 1) {
			f.In = "body"
			d.Fields = append(d.Fields, f)
		}
	}
	for status, r := range op.Responses {
		d.Answers = append(d.Answers, describeAnswer(api, status, r))
	}
	slices.SortFunc(d.Answers, func(a, b docsAnswer) int { return cmp.Compare(a.Status, b.Status) })
	d.Sample = sampleOf(api, op)
	return d
}

// resolved is a schema itself where there was a reference to it.
func resolved(api *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return api.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// bodyOf is the schema of what an operation takes. Nil: it takes nothing.
func bodyOf(api *huma.OpenAPI, op *huma.Operation) *huma.Schema {
	if op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
		return nil
	}
	return resolved(api, op.RequestBody.Content["application/json"].Schema)
}

func describeAnswer(api *huma.OpenAPI, status string, r *huma.Response) docsAnswer {
	a := docsAnswer{Status: status, Doc: r.Description, Types: strings.Join(slices.Sorted(maps.Keys(r.Content)), ", ")}
	if r.Content[problemType] != nil {
		a.Problem = true
		return a
	}
	if content := r.Content["application/json"]; content != nil {
		a.Fields = membersOf(api, resolved(api, content.Schema), "", docsDepth)
	}
	return a
}

// docsDepth is how deep the members of members are shown.
const docsDepth = 3

// membersOf lists the members of an object, and below them those of the objects
// that they are or hold, as far as depth.
func membersOf(api *huma.OpenAPI, s *huma.Schema, prefix string, depth int) []docsField {
	if s == nil || depth == 0 {
		return nil
	}
	var fields []docsField
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		if name == "$schema" {
			continue
		}
		fields = append(fields, docsField{
			Name: prefix + name, Type: typeOf(api, p), Rule: ruleOf(p), Doc: p.Description, Required: slices.Contains(s.Required, name),
		})
		inner, path := resolved(api, p), prefix+name+"."
		if inner.Items != nil {
			inner, path = resolved(api, inner.Items), prefix+name+"[]."
		}
		fields = append(fields, membersOf(api, inner, path, depth-1)...)
	}
	return fields
}

// typeOf says in words what kind of value a schema is of.
func typeOf(api *huma.OpenAPI, s *huma.Schema) string {
	s = resolved(api, s)
	if s == nil {
		return ""
	}
	words := s.Type
	switch {
	case len(s.AnyOf) > 0:
		options := make([]string, 0, len(s.AnyOf))
		for _, o := range s.AnyOf {
			options = append(options, o.Type)
		}
		words = strings.Join(options, " or ")
	case s.Type == huma.TypeArray:
		words = "list of " + typeOf(api, s.Items)
	case s.Format == "date-time":
		words = "time"
	}
	if s.Nullable {
		words += " or null"
	}
	return words
}

// ruleOf says which values of its kind a schema takes.
func ruleOf(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	var rules []string
	if len(s.Enum) > 0 {
		options := make([]string, 0, len(s.Enum))
		for _, o := range s.Enum {
			options = append(options, fmt.Sprint(o))
		}
		rules = append(rules, "one of "+strings.Join(options, ", "))
	}
	if s.Minimum != nil {
		rules = append(rules, fmt.Sprintf("from %.0f", *s.Minimum))
	}
	if s.Maximum != nil {
		rules = append(rules, fmt.Sprintf("to %.0f", *s.Maximum))
	}
	if s.MaxLength != nil {
		rules = append(rules, fmt.Sprintf("%d characters at most", *s.MaxLength))
	}
	if s.MinItems != nil {
		rules = append(rules, fmt.Sprintf("%d at least", *s.MinItems))
	}
	if s.MaxItems != nil {
		rules = append(rules, fmt.Sprintf("%d at most", *s.MaxItems))
	}
	if s.Default != nil {
		if text, err := json.Marshal(s.Default); err == nil {
			rules = append(rules, "default "+strings.Trim(string(text), `"`))
		}
	}
	return strings.Join(rules, ", ")
}

// sampleOf makes a request out of the examples of an operation's parameters and of
// the members that its body needs.
func sampleOf(api *huma.OpenAPI, op *huma.Operation) docsSample {
	sample := docsSample{Path: op.Path}
	for _, p := range op.Parameters {
		if p.In == "path" {
			sample.Path = strings.Replace(sample.Path, "{"+p.Name+"}", url.PathEscape(fmt.Sprint(exampleOf(p.Schema, p.Example))), 1)
		}
	}
	body := bodyOf(api, op)
	if body == nil {
		return sample
	}
	members := map[string]any{}
	for name, p := range body.Properties {
		if slices.Contains(body.Required, name) || len(p.Examples) > 0 && p.Default == nil {
			members[name] = exampleOf(p, nil)
		}
	}
	if text, err := json.Marshal(members); err == nil {
		sample.Body = string(text)
	}
	return sample
}

// exampleOf is a value that a schema takes.
func exampleOf(s *huma.Schema, given any) any {
	switch {
	case given != nil:
		return given
	case s == nil:
		return "1"
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type == huma.TypeArray:
		return []any{"Zezima"}
	case s.Type == huma.TypeBoolean:
		return true
	case s.Type == huma.TypeInteger, s.Type == huma.TypeNumber:
		return 1
	}
	return "Zezima"
}

// showDocs answers GET /docs.
func (p *pages) showDocs(w http.ResponseWriter, r *http.Request) {
	p.render(w, r, http.StatusOK, "docs.html", docsPage{
		layout: p.layout(r.Context(), "API"), Description: p.api.Info.Description, Base: ownAddress(r), Groups: p.docs,
	})
}

// ownAddress is where the caller of a page reached it.
func ownAddress(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
