package httpx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// Prefix is where the API lives.
const Prefix = "/api/v1"

// Need is what a caller must be allowed to do for an operation. The package that owns the roles names them;
// here it is only carried from the operation to the guard.
type Need string

// Public marks an operation that anybody may call.
const Public Need = "public"

const needKey = "need"

// Guard lets a request through to an operation of that need, with the ctx that the operation gets, or returns the
// fault to answer with. It is asked for public operations too.
type Guard func(r *http.Request, need Need) (context.Context, error)

// Info describes the API.
type Info struct {
	Title       string
	Version     string
	Description string
	// Guard decides on every operation; without one, only public operations can be called.
	Guard Guard
	// Later adds to the document what nothing but its readers needs, when the first of them asks; nil adds nothing.
	Later func(*huma.OpenAPI)
	// Script is the address of a script of ours for the page at /docs; empty is none.
	Script string
}

// NewAPI puts the API under Prefix on mux, its OpenAPI 3.1 document at Prefix/openapi.json and .yaml, a page that
// shows it at /docs, and JSON answers for unknown paths and methods under /api/. Modules add their operations with
// Handle before the first request. The paths of operations are relative to Prefix.
func NewAPI(mux *http.ServeMux, info Info) huma.API {
	setHuma()
	api := humago.NewWithPrefix(mux, Prefix, huma.Config{
		OpenAPI:       document(info),
		Formats:       map[string]huma.Format{"application/json": strictJSON(), "json": strictJSON()},
		DefaultFormat: "application/json",
	})
	api.UseMiddleware(admit(api, info.Guard), boundForm, assumeJSON)
	whole := sync.OnceValue(func() *huma.OpenAPI { return Whole(api.OpenAPI(), info.Later) })
	serveDocument(mux, whole)
	serveDocs(mux, whole, info.Script)
	mux.Handle("/api/", unknown(mux))
	return api
}

const schemaPrefix = "#/components/schemas/"

// Whole is a copy of the document with what later adds to it. The schemas by which requests are checked stay untouched,
// so it may be made while they are; both have the same types under the same names.
func Whole(doc *huma.OpenAPI, later func(*huma.OpenAPI)) *huma.OpenAPI {
	if later == nil {
		return doc
	}
	whole, parts := *doc, *doc.Components
	added := huma.NewMapRegistry(schemaPrefix, schemaName)
	whole.Components, parts.Schemas = &parts, added
	whole.Webhooks = maps.Clone(doc.Webhooks)
	later(&whole)
	maps.Copy(added.Map(), doc.Components.Schemas.Map())
	return &whole
}

func document(info Info) *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: info.Title, Version: info.Version, Description: info.Description},
		Servers: []*huma.Server{{URL: Prefix}},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry(schemaPrefix, schemaName),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer":  {Type: "http", Scheme: "bearer", Description: "An API key as Authorization: Bearer"},
				"key":     {Type: "apiKey", In: "header", Name: "X-API-Key", Description: "An API key"},
				"session": {Type: "apiKey", In: "cookie", Name: "ping_session", Description: "A member who signed in"},
			},
		},
	}
}

// Option changes an operation before it is added.
type Option func(*huma.Operation)

// Answers sets the status of success; without it, it is 200, or 204 when the output has no body.
func Answers(status int) Option { return func(op *huma.Operation) { op.DefaultStatus = status } }

// Describe adds a longer text to the document.
func Describe(text string) Option { return func(op *huma.Operation) { op.Description = text } }

// BodyLimit replaces MaxBody.
func BodyLimit(bytes int64) Option { return func(op *huma.Operation) { op.MaxBodyBytes = bytes } }

// Handle adds an operation. pattern is "METHOD /path/{id}" relative to Prefix; need says who may call it; summary is
// the line that the document shows. fn returns faults; anything else is answered with 500.
func Handle[I, O any](api huma.API, pattern string, need Need, summary string, fn func(context.Context, *I) (*O, error), opts ...Option) {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok || need == "" {
		panic(fmt.Sprintf("operation %q (%q) needs a method, a path and a need", pattern, need))
	}
	op := huma.Operation{
		OperationID:  operationID(method, path),
		Method:       method,
		Path:         path,
		Summary:      summary,
		Tags:         []string{strings.SplitN(strings.TrimPrefix(path, "/"), "/", 2)[0]},
		MaxBodyBytes: MaxBody,
		Metadata:     map[string]any{needKey: need},
		Extensions:   map[string]any{"x-need": string(need)},
	}
	if need != Public {
		op.Security = []map[string][]string{{"bearer": {}}, {"key": {}}, {"session": {}}}
	}
	if method == http.MethodPost && need != Public {
		op.Parameters = append(op.Parameters, idempotencyKey())
	}
	for _, o := range opts {
		o(&op)
	}
	huma.Register(api, op, fn)
	if name := unread(api, op); name != "" {
		panic(fmt.Sprintf("operation %q never reads {%s}: an embedded type that is not exported hides its fields", pattern, name))
	}
}

// idempotencyKey documents the header by which a request that is made again does its work once.
func idempotencyKey() *huma.Param {
	longest := 255
	return &huma.Param{
		Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &longest},
		Description: "Any text that is new for a new request. The same request with the same key within 24 hours gets the same answer and is not done again; another request with it is refused (422).",
	}
}

// unread is a parameter of the operation's path that its input does not take, or empty.
func unread(api huma.API, op huma.Operation) string {
	var known []string
	for _, o := range operationsOf(api.OpenAPI().Paths[op.Path]) {
		for _, p := range o.Parameters {
			if o.Method == op.Method && p.In == "path" {
				known = append(known, p.Name)
			}
		}
	}
	for part := range strings.SplitSeq(op.Path, "/") {
		name, ok := strings.CutPrefix(part, "{")
		if name = strings.TrimSuffix(name, "}"); ok && !slices.Contains(known, name) {
			return name
		}
	}
	return ""
}

// operationID is made of the method and the path, so that it is unique and stays as long as they do.
func operationID(method, path string) string {
	words := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '{' || r == '}' })
	return strings.ToLower(method) + "-" + strings.Join(words, "-")
}

// NeedOf is the need of an operation, or empty for one that was added without Handle; nobody gets through to such.
func NeedOf(op *huma.Operation) Need {
	need, _ := op.Metadata[needKey].(Need)
	return need
}

// Operations lists the operations of api as "METHOD /path" with their needs.
func Operations(api huma.API) map[string]Need {
	out := map[string]Need{}
	for path, item := range api.OpenAPI().Paths {
		for _, op := range operationsOf(item) {
			out[op.Method+" "+path] = NeedOf(op)
		}
	}
	return out
}

func operationsOf(item *huma.PathItem) []*huma.Operation {
	var out []*huma.Operation
	for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
		if op != nil {
			out = append(out, op)
		}
	}
	return out
}

// admit asks the guard before anything of the request is read.
func admit(api huma.API, guard Guard) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		need := NeedOf(ctx.Operation())
		r, _ := humago.Unwrap(ctx)
		inner, err := r.Context(), error(nil)
		switch {
		case need == "":
			err = fmt.Errorf("operation %s says nothing of who may call it", ctx.Operation().OperationID)
		case guard != nil:
			inner, err = guard(r, need)
		case need != Public:
			err = errors.New("the API has no guard")
		}
		if err != nil {
			Refuse(api, ctx, err)
			return
		}
		next(huma.WithContext(ctx, inner))
	}
}

// Refuse answers with err as an operation's own error is answered; for what stands before the operations.
func Refuse(api huma.API, ctx huma.Context, err error) {
	_ = huma.WriteErr(api, ctx, http.StatusInternalServerError, unexpected, err)
}

// assumeJSON takes the body of a script for JSON when it says nothing useful about it, as curl -d does. A browser's
// session is not served like that: a form on another site could then write for its member.
func assumeJSON(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	if r.Header.Get("Authorization") != "" || r.Header.Get("X-Api-Key") != "" {
		for _, plain := range []string{"application/x-www-form-urlencoded", "text/plain"} {
			if strings.HasPrefix(r.Header.Get("Content-Type"), plain) {
				r.Header.Set("Content-Type", "application/json")
			}
		}
	}
	next(ctx)
}

// boundForm holds a multipart body to its operation's limit, and to a pace: huma's own limits count only for bodies that it
// reads whole. A form's files would fill the disk without end, and who sends a byte now and then would stay for ever.
func boundForm(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	if limit := ctx.Operation().MaxBodyBytes; limit > 0 && strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), "multipart/") {
		r.Body = &paced{ReadCloser: http.MaxBytesReader(nil, r.Body, limit), until: ctx.SetReadDeadline, began: time.Now()}
	}
	next(ctx)
}

const (
	// formPatience is how long a form may take that brings nothing.
	formPatience = 30 * time.Second
	// formPace is the least that a form has to bring in a second, on the whole.
	formPace = 4 << 10
)

// paced is a body whose next bytes come in time, or not at all.
type paced struct {
	io.ReadCloser

	until func(time.Time) error
	began time.Time
	taken int64
}

// Read waits for formPatience at most, and less when the body has been slow so far.
func (p *paced) Read(b []byte) (int, error) {
	end, due := time.Now().Add(formPatience), p.began.Add(formPatience+time.Duration(p.taken)*time.Second/formPace)
	if due.Before(end) {
		end = due
	}
	_ = p.until(end)
	n, err := p.ReadCloser.Read(b)
	p.taken += int64(n)
	if errors.Is(err, io.EOF) { // what is read from now on is not the form
		_ = p.until(time.Time{})
	}
	return n, err
}

// unexpected is what huma calls an error of a handler.
const unexpected = "unexpected error occurred"

// huma's way of making errors is one variable of its own for the whole process.
//
//arch:global huma offers no other place; set once, always to the same
var setHuma = sync.OnceFunc(func() {
	list := complaints()
	huma.DefaultArrayNullable = false
	huma.NewError = func(int, string, ...error) huma.StatusError { return &Answer{} } // for the document only
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		a := answer(ctx.Context(), ctx.Header("Accept-Language"), Explain(ctx.Context(), blame(list, status, msg, errs)))
		if a.Err.RetryAfter > 0 {
			ctx.SetHeader("Retry-After", strconv.Itoa(a.Err.RetryAfter))
		}
		return a
	}
})

// blame finds the fault in what huma complains about, or returns the handler's own error.
func blame(list []complaint, status int, msg string, errs []error) error {
	for _, err := range errs {
		if f, ok := fault.From(err); ok {
			return f
		}
	}
	switch status {
	case http.StatusBadRequest:
		return blameBody(msg, errs)
	case http.StatusRequestTimeout:
		return errTimeout
	case http.StatusRequestEntityTooLarge:
		return errTooLarge
	case http.StatusUnsupportedMediaType:
		return errContentType
	case http.StatusUnprocessableEntity:
		for _, err := range errs {
			if d, ok := err.(huma.ErrorDetailer); ok {
				if strings.HasSuffix(d.ErrorDetail().Message, formTooLarge) {
					return errFormTooLarge
				}
				if strings.HasSuffix(d.ErrorDetail().Message, os.ErrDeadlineExceeded.Error()) {
					return errTimeout
				}
				if slices.ContainsFunc(noRoom, func(e error) bool { return strings.HasSuffix(d.ErrorDetail().Message, e.Error()) }) {
					return errStorage
				}
				return explainDetail(list, d.ErrorDetail())
			}
		}
		return errFormat
	}
	if len(errs) > 0 && msg == unexpected {
		return errs[0]
	}
	if msg == "cannot read request body" {
		return errMalformed
	}
	return fmt.Errorf("%s: %w", msg, errors.Join(errs...))
}

// formTooLarge is what http.MaxBytesReader says; huma keeps only its words.
const formTooLarge = "http: request body too large"

func blameBody(msg string, errs []error) error {
	if msg == "request body is required" {
		return errBodyMissing
	}
	for _, err := range errs {
		if d, ok := err.(huma.ErrorDetailer); ok && d.ErrorDetail().Message == errBodyText.Error() {
			return errBodyText
		}
	}
	return errMalformed
}

// unknown answers for paths under /api/ that nothing else takes.
func unknown(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range []string{"DELETE", "GET", "PATCH", "POST", "PUT"} {
			probe := &http.Request{Method: method, URL: r.URL, Host: r.Host}
			if _, pattern := mux.Handler(probe); pattern != "" && pattern != "/api/" && pattern != "/" {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 {
			WriteFault(w, r, errNotFound)
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		WriteFault(w, r, errMethod.Withf(shorten(r.Method)))
	})
}
