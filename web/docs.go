package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// docsPage is the API's documentation as the page shows it.
type docsPage struct {
	layout
	Description string
	Groups      []docsGroup
}

type docsGroup struct {
	Name       string
	Operations []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, Description string
	Fields                                 []docsField
	Answers                                []docsAnswer
}

// docsField is a parameter, or a member of the body.
type docsField struct {
	Name, In, Type, Doc string
	Required            bool
}

type docsAnswer struct{ Status, Doc string }

// describe turns the OpenAPI description into what the page shows. It is done
// once: the description does not change after the start.
func describe(api *huma.OpenAPI) []docsGroup {
	var groups []docsGroup
	for _, tag := range []string{tagPlayers, tagValues, tagBoards, tagGroups, tagEvents, tagSchedules, tagTasks, tagSystem, tagAccess} {
		g := docsGroup{Name: tag}
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
		d.Fields = append(d.Fields, docsField{Name: p.Name, In: p.In, Type: describeType(p.Schema), Doc: doc, Required: p.Required})
	}
	if op.RequestBody != nil {
		d.Fields = append(d.Fields, describeBody(api, op.RequestBody)...)
	}
	for status, r := range op.Responses {
		d.Answers = append(d.Answers, docsAnswer{Status: status, Doc: r.Description})
	}
	slices.SortFunc(d.Answers, func(a, b docsAnswer) int { return cmp.Compare(a.Status, b.Status) })
	return d
}

func describeBody(api *huma.OpenAPI, body *huma.RequestBody) []docsField {
	media := body.Content["application/json"]
	if media == nil || media.Schema == nil {
		return nil
	}
	schema := media.Schema
	if schema.Ref != "" {
		schema = api.Components.Schemas.SchemaFromRef(schema.Ref)
	}
	var fields []docsField
	for name, p := range schema.Properties {
		fields = append(fields, docsField{
			Name: name, In: "body", Type: describeType(p), Doc: p.Description, Required: slices.Contains(schema.Required, name),
		})
	}
	slices.SortFunc(fields, func(a, b docsField) int { return cmp.Compare(a.Name, b.Name) })
	return fields
}

// describeType says in words what a value may be.
func describeType(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	words := s.Type
	if len(s.AnyOf) > 0 {
		options := make([]string, 0, len(s.AnyOf))
		for _, o := range s.AnyOf {
			options = append(options, o.Type)
		}
		words = strings.Join(options, " or ")
	}
	if len(s.Enum) > 0 {
		options := make([]string, 0, len(s.Enum))
		for _, o := range s.Enum {
			options = append(options, fmt.Sprint(o))
		}
		words = strings.Join(options, ", ")
	}
	if s.Default != nil {
		if text, err := json.Marshal(s.Default); err == nil {
			words += ", default " + strings.Trim(string(text), `"`)
		}
	}
	return words
}

// showDocs answers GET /docs.
func (p *pages) showDocs(w http.ResponseWriter, r *http.Request) {
	p.render(w, r, http.StatusOK, "docs.html", docsPage{
		layout: p.layout(r.Context(), "API"), Description: p.api.Info.Description, Groups: p.docs,
	})
}
