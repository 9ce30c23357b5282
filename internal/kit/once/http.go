package once

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/scratch"
)

// Who says in whose name a request comes: the workspace, and what tells its callers apart. Without a workspace a
// request has no key.
type Who func(ctx context.Context) (workspaceID, caller string)

// Protect has every POST that is added to api after it heed the Idempotency-Key. A success is kept, a refusal leaves
// the key free. It comes after the guard, so who may not call gets nobody's answer.
func (k *Keeper) Protect(api huma.API, who Who) {
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		keys, given := r.Header[Header]
		workspaceID, caller := who(ctx.Context())
		if !given || r.Method != http.MethodPost || workspaceID == "" {
			next(ctx)
			return
		}
		if len(keys) != 1 {
			httpx.Refuse(api, ctx, ErrKey)
			return
		}
		body, err := take(w, r, ctx.Operation().MaxBodyBytes)
		defer body.close()
		switch {
		case err != nil:
			httpx.Refuse(api, ctx, err)
			return
		case body.broken:
			next(ctx) // it says what is wrong with it
			return
		}
		call := Call{WorkspaceID: workspaceID, Key: keys[0], Request: body.fingerprint(r, caller)}
		if err := k.serve(ctx, call, next); err != nil {
			httpx.Refuse(api, ctx, err)
		}
	})
}

// answer is an answer as it is kept.
type answer struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

func (k *Keeper) serve(ctx huma.Context, call Call, next func(huma.Context)) error {
	fresh := false
	text, err := k.Around(ctx.Context(), call, func(inner context.Context) ([]byte, bool, error) {
		fresh = true
		c := &capture{humaContext: ctx, inner: inner, a: answer{Header: http.Header{}}}
		next(c)
		c.a.Body = c.body.Bytes()
		text, err := json.Marshal(c.a)
		return text, c.a.Status < 400, err
	})
	if err != nil {
		return err
	}
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		return fmt.Errorf("read a kept answer: %w", err)
	}
	for name, values := range a.Header {
		for _, v := range values {
			ctx.AppendHeader(name, v)
		}
	}
	if !fresh {
		ctx.SetHeader("Idempotent-Replayed", "true")
	}
	ctx.SetStatus(a.Status)
	_, _ = ctx.BodyWriter().Write(a.Body) // the client is gone; it will ask again
	return nil
}

// humaContext is a name under which the interface can be embedded: it has a method Context.
type humaContext = huma.Context

// capture keeps an answer instead of sending it.
type capture struct {
	humaContext
	inner context.Context //nolint:containedctx // it is a ctx itself
	a     answer
	body  bytes.Buffer
}

// Unwrap leads to the request.
func (c *capture) Unwrap() huma.Context { return c.humaContext }

// Context is the one to work under.
func (c *capture) Context() context.Context { return c.inner }

// SetStatus keeps the status.
func (c *capture) SetStatus(code int) { c.a.Status = code }

// Status is what was set.
func (c *capture) Status() int { return c.a.Status }

// SetHeader keeps a header.
func (c *capture) SetHeader(name, value string) { c.a.Header.Set(name, value) }

// AppendHeader keeps one more header.
func (c *capture) AppendHeader(name, value string) { c.a.Header.Add(name, value) }

// BodyWriter keeps the body.
func (c *capture) BodyWriter() io.Writer { return &c.body }

// taken is the body of a request that was read to its end, to be read again.
type taken struct {
	sum    []byte
	file   *scratch.File // of a large one; nil: it was small
	broken bool          // it ended with an error, which whoever reads it meets again
}

func (t taken) close() {
	if t.file != nil {
		_ = t.file.Close()
	}
}

// fingerprint tells requests apart: who asks, for what, and every byte of it. The boundary of a form is not part of
// it: clients make up another one when they try again.
func (t taken) fingerprint(r *http.Request, caller string) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s %s?%s\n%s\n%x", r.Method, r.URL.Path, r.URL.RawQuery, caller, t.sum)
	return hex.EncodeToString(h.Sum(nil))
}

// take reads the body, at most limit bytes and one more, and puts it back.
func take(w http.ResponseWriter, r *http.Request, limit int64) (taken, error) {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if form := strings.HasPrefix(kind, "multipart/"); form || limit > httpx.MaxBody {
		sum := sumAll
		if form {
			sum = func(r io.Reader) ([]byte, error) { return sumForm(r, params["boundary"]) }
		}
		return takeLarge(r, limit, sum)
	}
	body, err := httpx.ReadBody(w, r)
	if err != nil {
		return taken{}, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum, err := sumAll(bytes.NewReader(body))
	return taken{sum: sum}, err
}

// takeLarge goes through a file.
func takeLarge(r *http.Request, limit int64, sum func(io.Reader) ([]byte, error)) (t taken, err error) {
	if t.file, err = scratch.New(); err != nil {
		return taken{}, err
	}
	_, broken := io.Copy(t.file, io.LimitReader(r.Body, limit+1))
	if _, err := t.file.Seek(0, io.SeekStart); err != nil {
		return t, err
	}
	if broken == nil {
		t.sum, err = sum(t.file)
		t.broken = err != nil
	} else {
		t.broken = true
	}
	if _, err := t.file.Seek(0, io.SeekStart); err != nil {
		return t, err
	}
	r.Body = io.NopCloser(t.file)
	if broken != nil {
		r.Body = io.NopCloser(io.MultiReader(t.file, failing{broken}))
	}
	return t, nil
}

// failing is a reader that fails at once.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func sumAll(r io.Reader) ([]byte, error) {
	h := sha256.New()
	_, err := io.Copy(h, r)
	return h.Sum(nil), err
}

// sumForm sums up what a form's parts say.
func sumForm(f io.Reader, boundary string) ([]byte, error) {
	h, m := sha256.New(), multipart.NewReader(f, boundary)
	for {
		p, err := m.NextRawPart()
		if errors.Is(err, io.EOF) {
			return h.Sum(nil), nil
		}
		if err != nil {
			return nil, err
		}
		part, err := sumAll(p)
		if err != nil {
			return nil, err
		}
		_, _ = fmt.Fprintf(h, "%q %q %q %x\n", p.FormName(), p.FileName(), p.Header.Get("Content-Type"), part)
	}
}
