package httpx

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html docs.css
var docsFiles embed.FS

// serveDocument serves the OpenAPI document as it is once the first request asks for it.
func serveDocument(mux *http.ServeMux, doc func() *huma.OpenAPI) {
	asJSON := sync.OnceValues(func() ([]byte, error) { return json.Marshal(doc()) })
	asYAML := sync.OnceValues(func() ([]byte, error) { return doc().YAML() })
	mux.HandleFunc("GET "+Prefix+"/openapi.json", sendMade("application/openapi+json", asJSON))
	mux.HandleFunc("GET "+Prefix+"/openapi.yaml", sendMade("application/openapi+yaml", asYAML))
}

func sendMade(contentType string, made func() ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, err := made()
		if err != nil {
			WriteFault(w, r, err)
			return
		}
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(b) // the client is gone
	}
}

// serveDocs serves a page made here, with nothing from elsewhere: it works without the internet.
func serveDocs(mux *http.ServeMux, doc func() *huma.OpenAPI, script string) {
	page := sync.OnceValues(func() ([]byte, error) { return docsPage(doc(), script) })
	style := func() ([]byte, error) { return docsFiles.ReadFile("docs.css") }
	mux.HandleFunc("GET /docs", sendMade("text/html; charset=utf-8", page))
	mux.HandleFunc("GET /docs/docs.css", sendMade("text/css; charset=utf-8", style))
}

type docsOp struct {
	ID, Method, Path, Summary, Description, Need, Curl string
	Params                                             []docsField
	Body, Result                                       []docsField
}

type docsField struct {
	Name, Type, Doc, In string
	Required            bool
}

type docsGroup struct {
	Name string
	Ops  []docsOp
}

func docsPage(doc *huma.OpenAPI, script string) ([]byte, error) {
	t, err := template.ParseFS(docsFiles, "docs.html")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{"Info": doc.Info, "Groups": docsGroups(doc), "Prefix": Prefix, "Script": script})
	return b.Bytes(), err
}

// methods in the order in which a path's operations are read.
var methods = [...]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

func docsGroups(doc *huma.OpenAPI) []docsGroup {
	byTag := map[string][]docsOp{}
	for path, item := range doc.Paths {
		for _, op := range operationsOf(item) {
			tag := "api"
			if len(op.Tags) > 0 {
				tag = op.Tags[0]
			}
			byTag[tag] = append(byTag[tag], describe(doc, path, op))
		}
	}
	var groups []docsGroup
	for tag, ops := range byTag {
		slices.SortFunc(ops, func(a, b docsOp) int {
			return cmp.Or(strings.Compare(a.Path, b.Path), slices.Index(methods[:], a.Method)-slices.Index(methods[:], b.Method))
		})
		groups = append(groups, docsGroup{tag, ops})
	}
	slices.SortFunc(groups, func(a, b docsGroup) int { return strings.Compare(a.Name, b.Name) })
	return groups
}

func describe(doc *huma.OpenAPI, path string, op *huma.Operation) docsOp {
	d := docsOp{
		ID: op.OperationID, Method: op.Method, Path: Prefix + path, Summary: op.Summary,
		Description: op.Description, Need: string(NeedOf(op)),
	}
	for _, p := range op.Parameters {
		d.Params = append(d.Params, docsField{Name: p.Name, In: p.In, Type: typeName(p.Schema), Doc: p.Description, Required: p.Required})
	}
	reg := doc.Components.Schemas
	var example string
	if op.RequestBody != nil {
		if m := op.RequestBody.Content["application/json"]; m != nil {
			d.Body = fields(reg, m.Schema)
			example = exampleBody(reg, m.Schema)
		}
	}
	for _, status := range []string{"200", "201", "202"} {
		if resp := op.Responses[status]; resp != nil && resp.Content["application/json"] != nil {
			d.Result = fields(reg, resp.Content["application/json"].Schema)
		}
	}
	d.Curl = curl(op, path, example)
	return d
}

func curl(op *huma.Operation, path, body string) string {
	var b strings.Builder
	b.WriteString("curl")
	if op.Method != http.MethodGet {
		b.WriteString(" -X " + op.Method)
	}
	fmt.Fprintf(&b, ` "$PING_URL%s%s"`, Prefix, path)
	if NeedOf(op) != Public {
		b.WriteString(` -H "Authorization: Bearer $PING_KEY"`)
	}
	if body != "" {
		fmt.Fprintf(&b, ` -H 'Content-Type: application/json' -d '%s'`, strings.ReplaceAll(body, "'", `'\''`))
	}
	return b.String()
}

func deref(reg huma.Registry, s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		s = reg.SchemaFromRef(s.Ref)
	}
	return s
}

func fields(reg huma.Registry, s *huma.Schema) []docsField {
	s = deref(reg, s)
	if s != nil && s.Type == huma.TypeArray {
		s = deref(reg, s.Items)
	}
	if s == nil {
		return nil
	}
	var out []docsField
	for name, p := range s.Properties {
		out = append(out, docsField{Name: name, Type: typeName(p), Doc: p.Description, Required: slices.Contains(s.Required, name)})
	}
	slices.SortFunc(out, func(a, b docsField) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func typeName(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	if s.Ref != "" {
		return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
	}
	name := s.Type
	if s.Type == huma.TypeArray {
		name = "array of " + typeName(s.Items)
	}
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprint(v))
		}
		name += ": " + strings.Join(values, " | ")
	}
	return name
}

// exampleBody has the required fields of a body with values of the right type.
func exampleBody(reg huma.Registry, s *huma.Schema) string {
	s = deref(reg, s)
	if s == nil {
		return ""
	}
	out := map[string]any{}
	for _, name := range s.Required {
		out[name] = exampleValue(deref(reg, s.Properties[name]))
	}
	b, err := json.Marshal(out)
	if err != nil {
		return "{}"
	}
	return string(b)
}

func exampleValue(s *huma.Schema) any {
	switch {
	case s == nil:
		return nil
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	switch s.Type {
	case huma.TypeString:
		return "…"
	case huma.TypeInteger, huma.TypeNumber:
		return 1
	case huma.TypeBoolean:
		return true
	case huma.TypeArray:
		return []any{}
	}
	return map[string]any{}
}
