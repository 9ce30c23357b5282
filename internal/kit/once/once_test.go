package once_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/kit/once"
)

// upsideDown is a sealer whose work can be seen.
type upsideDown struct{}

func (upsideDown) Seal(b []byte) ([]byte, error) { return flip(b), nil }
func (upsideDown) Open(b []byte) ([]byte, error) { return flip(b), nil }

func flip(b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[i] = ^b[i]
	}
	return out
}

type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func keeper(t *testing.T, d *db.DB, c *clock) *once.Keeper {
	t.Helper()
	k := once.New(once.Config{DB: d, Seal: upsideDown{}, Now: c.now, Patience: 100 * time.Millisecond})
	dbtest.Migrated(t, d, once.Module(k))
	return k
}

func call(key, request string) once.Call {
	return once.Call{WorkspaceID: "w", Key: key, Request: request}
}

// way is Do or Around, to be tried alike.
type way func(k *once.Keeper, c once.Call, fn func() ([]byte, error)) ([]byte, error)

func ways() map[string]way {
	return map[string]way{
		"in a transaction": func(k *once.Keeper, c once.Call, fn func() ([]byte, error)) ([]byte, error) {
			return k.Do(context.Background(), c, func(context.Context) ([]byte, error) { return fn() })
		},
		"around": func(k *once.Keeper, c once.Call, fn func() ([]byte, error)) ([]byte, error) {
			return k.Around(context.Background(), c, func(context.Context) ([]byte, bool, error) {
				b, err := fn()
				return b, true, err
			})
		},
	}
}

func TestTheWorkIsDoneOnce(t *testing.T) {
	t.Parallel()
	for name, do := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				c := &clock{}
				k := keeper(t, d, c)
				var done atomic.Int64
				work := func() ([]byte, error) { return fmt.Append(nil, "answer ", done.Add(1)), nil }
				for range 3 {
					if got, err := do(k, call("k", "a"), work); err != nil || string(got) != "answer 1" {
						t.Errorf("got %q, %v; want the first answer", got, err)
					}
				}
				if _, err := do(k, call("k", "b"), work); !errors.Is(err, once.ErrReused) {
					t.Errorf("another request = %v, want ErrReused", err)
				}
				other := once.Call{WorkspaceID: "other", Key: "k", Request: "b"}
				if got, err := do(k, other, work); err != nil || string(got) != "answer 2" {
					t.Errorf("another workspace got %q, %v", got, err)
				}
				c.ahead.Store(int64(once.For + time.Second))
				if got, err := do(k, call("k", "b"), work); err != nil || string(got) != "answer 3" {
					t.Errorf("after a day: %q, %v", got, err)
				}
			})
		})
	}
}

func TestAFailureLeavesTheKeyFree(t *testing.T) {
	t.Parallel()
	for name, do := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := keeper(t, dbtest.SQLite(t), &clock{})
			if _, err := do(k, call("k", "a"), func() ([]byte, error) { return nil, errNo }); !errors.Is(err, errNo) {
				t.Fatalf("got %v", err)
			}
			func() {
				defer func() {
					if recover() == nil {
						t.Error("the panic was swallowed")
					}
				}()
				_, _ = do(k, call("k", "a"), func() ([]byte, error) { panic("no") })
			}()
			if got, err := do(k, call("k", "b"), func() ([]byte, error) { return []byte("yes"), nil }); err != nil || string(got) != "yes" {
				t.Errorf("afterwards: %q, %v", got, err)
			}
		})
	}
}

var errNo = errors.New("no")

func TestEqualCallsAtOnceGetOneAnswer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := keeper(t, d, &clock{})
		var done atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				got, err := k.Do(context.Background(), call("k", "a"), func(context.Context) ([]byte, error) {
					return fmt.Append(nil, done.Add(1)), nil
				})
				if err != nil || string(got) != "1" {
					t.Errorf("got %q, %v", got, err)
				}
			})
		}
		wg.Wait()
	})
}

func TestAnEqualCallWaitsForTheAnswer(t *testing.T) {
	t.Parallel()
	k := keeper(t, dbtest.SQLite(t), &clock{})
	begun, release := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		_, err := k.Around(context.Background(), call("k", "a"), func(context.Context) ([]byte, bool, error) {
			close(begun)
			<-release
			return []byte("slow"), true, nil
		})
		first <- err
	}()
	<-begun
	never := func(context.Context) ([]byte, bool, error) { t.Error("it was done twice"); return nil, false, nil }
	_, err := k.Around(context.Background(), call("k", "a"), never)
	if f, _ := fault.From(err); !errors.Is(err, once.ErrUnderway) || f.RetryAfter == 0 {
		t.Errorf("meanwhile: %v, want ErrUnderway with a time", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if got, err := k.Around(context.Background(), call("k", "a"), never); err != nil || string(got) != "slow" {
		t.Errorf("in the end: %q, %v", got, err)
	}
}

// A program that dies over a request leaves a key whose lease runs out: the next equal call does the work, with the ids
// of the first attempt; one that is still worked on stays whose it is.
func TestADeadCallsKeyIsTakenOver(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{}
		k := keeper(t, d, c)
		var ids []string
		attempt := func(ctx context.Context) ([]byte, bool, error) {
			first, again := id.For(ctx)
			second, _ := id.For(ctx)
			if !again || first == second || !id.Valid(first) || !id.Valid(second) {
				t.Errorf("ids %q and %q, again %v; want two of work that may be done again", first, second, again)
			}
			ids = append(ids, first+" "+second)
			return []byte("done"), true, nil
		}
		undo := func(lease time.Duration) {
			t.Helper()
			until := c.now().Add(lease).UnixMilli()
			if _, err := d.Exec(t.Context(), `UPDATE once_answers SET done = 0, answer = '', lease_until = $2 WHERE workspace_id = $1`, "w", until); err != nil {
				t.Fatal(err)
			}
		}
		ask := func(request string) error {
			_, err := k.Around(t.Context(), call("k", request), attempt)
			return err
		}
		if err := ask("a"); err != nil {
			t.Fatal(err)
		}
		undo(time.Minute)
		if err := ask("a"); !errors.Is(err, once.ErrUnderway) {
			t.Errorf("under its lease: %v, want ErrUnderway", err)
		}
		undo(-time.Second)
		if err := ask("b"); !errors.Is(err, once.ErrReused) {
			t.Errorf("another request: %v, want ErrReused", err)
		}
		if err := ask("a"); err != nil {
			t.Errorf("after its lease: %v", err)
		}
		if err := ask("a"); err != nil || len(ids) != 2 || ids[0] != ids[1] {
			t.Errorf("the attempts' ids are %q, %v; want the same twice", ids, err)
		}
	})
}

// What a program was at that is no more is free as soon as the next one runs, where there can be only one; what the next
// one has begun itself is not.
func TestKeysOfTheRunBeforeAreFree(t *testing.T) {
	t.Parallel()
	d, c := dbtest.SQLite(t), &clock{}
	old := keeper(t, d, c)
	dead, begun := make(chan struct{}), make(chan struct{})
	defer close(dead)
	for _, key := range []string{"old", "new"} {
		k := old
		if key == "new" {
			c.ahead.Add(int64(time.Second))
			k = keeper(t, d, c)
		}
		go func() {
			_, _ = k.Around(context.Background(), call(key, "a"), func(context.Context) ([]byte, bool, error) {
				begun <- struct{}{}
				<-dead
				return nil, true, nil
			})
		}()
		<-begun
		if key == "new" {
			ctx, stop := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() { _ = once.Module(k).Run(ctx) })
			got, err := k.Around(t.Context(), call("old", "a"), func(context.Context) ([]byte, bool, error) { return []byte("again"), true, nil })
			for errors.Is(err, once.ErrUnderway) {
				got, err = k.Around(t.Context(), call("old", "a"), func(context.Context) ([]byte, bool, error) { return []byte("again"), true, nil })
			}
			if err != nil || string(got) != "again" {
				t.Errorf("the key of the run before: %q, %v", got, err)
			}
			if _, err := k.Around(t.Context(), call("new", "a"), nil); !errors.Is(err, once.ErrUnderway) {
				t.Errorf("the key of this run: %v, want ErrUnderway", err)
			}
			stop()
			wg.Wait()
		}
	}
}

// Who works for longer than a lease keeps the key by saying so.
func TestALongCallKeepsItsKey(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	k := once.New(once.Config{DB: d, Seal: upsideDown{}, Patience: 20 * time.Millisecond, Lease: 300 * time.Millisecond})
	dbtest.Migrated(t, d, once.Module(k))
	_, err := k.Around(t.Context(), call("k", "a"), func(context.Context) ([]byte, bool, error) {
		for end := time.Now().Add(time.Second); time.Now().Before(end); {
			_, err := k.Around(t.Context(), call("k", "a"), func(context.Context) ([]byte, bool, error) { return nil, false, errNo })
			if !errors.Is(err, once.ErrUnderway) {
				return nil, false, fmt.Errorf("meanwhile: %w", err)
			}
		}
		return nil, true, nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAnswersAreSealed(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	k := keeper(t, d, &clock{})
	if _, err := k.Do(context.Background(), call("k", "a"), func(context.Context) ([]byte, error) { return []byte("rahasia"), nil }); err != nil {
		t.Fatal(err)
	}
	var text string
	if err := d.QueryRow(context.Background(), `SELECT answer FROM once_answers WHERE workspace_id = 'w'`).Scan(&text); err != nil || strings.Contains(text, "rahasia") || text == "" {
		t.Errorf("the answer stands there as %q, %v", text, err)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	k := keeper(t, dbtest.SQLite(t), &clock{})
	for _, key := range []string{"", strings.Repeat("x", 256), "kun\tci", "kunçi"} {
		for name, do := range ways() {
			if _, err := do(k, call(key, "a"), func() ([]byte, error) { return nil, nil }); !errors.Is(err, once.ErrKey) {
				t.Errorf("%s: %q = %v, want ErrKey", name, key, err)
			}
		}
	}
}

// server has one operation of each kind, which count their calls; the header X-Who names the caller.
func server(t *testing.T, d *db.DB) (h http.Handler, calls *atomic.Int64) {
	t.Helper()
	k := keeper(t, d, &clock{})
	calls = &atomic.Int64{}
	mux := http.NewServeMux()
	type who struct{}
	api := httpx.NewAPI(mux, httpx.Info{Title: "t", Version: "1", Guard: func(r *http.Request, _ httpx.Need) (context.Context, error) {
		return context.WithValue(r.Context(), who{}, r.Header.Get("X-Who")), nil
	}})
	k.Protect(api, func(ctx context.Context) (string, string) {
		name, _ := ctx.Value(who{}).(string)
		return "w", name
	})
	type out struct {
		Body struct {
			N int64 `json:"n"`
		}
	}
	answer := func() *out {
		o := &out{}
		o.Body.N = calls.Add(1)
		return o
	}
	type in struct {
		Body struct {
			Text string `json:"text" maxLength:"10"`
			Fail bool   `json:"fail,omitempty"`
		}
	}
	httpx.Handle(api, "POST /things", "x", "Make", func(_ context.Context, i *in) (*out, error) {
		o := answer()
		if i.Body.Fail {
			return nil, fault.New(fault.Upstream, "no_network", fault.Text{ID: "x", EN: "x"})
		}
		return o, nil
	}, httpx.Answers(http.StatusCreated))
	httpx.Handle(api, "PATCH /things", "x", "Change", func(context.Context, *in) (*out, error) { return answer(), nil })
	httpx.Handle(api, "POST /files", "x", "Upload", func(_ context.Context, i *struct{ RawBody multipart.Form }) (*out, error) {
		if len(i.RawBody.File["file"]) != 1 {
			return nil, fault.New(fault.Invalid, "no_file", fault.Text{ID: "x", EN: "x"})
		}
		f, err := i.RawBody.File["file"][0].Open()
		if err != nil {
			return nil, err
		}
		if b, err := io.ReadAll(f); err != nil || len(b) == 0 {
			return nil, fmt.Errorf("the file has %d bytes: %w", len(b), err)
		}
		return answer(), nil
	}, httpx.BodyLimit(1<<20))
	return mux, calls
}

type request struct {
	method, path, body string
	header             []string // pairs
}

func do(h http.Handler, q request) *httptest.ResponseRecorder {
	r := httptest.NewRequest(q.method, httpx.Prefix+q.path, strings.NewReader(q.body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(q.header); i += 2 {
		r.Header.Set(q.header[i], q.header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPostsAreProtected(t *testing.T) {
	t.Parallel()
	h, _ := server(t, dbtest.SQLite(t))
	const text = `{"text":"a"}`
	for i, c := range []struct {
		q    request
		code int
		body string
	}{
		{request{"POST", "/things", text, []string{once.Header, "k"}}, 201, `"n":1`},
		{request{"POST", "/things", text, []string{once.Header, "k"}}, 201, `"n":1`},
		{request{"POST", "/things", text, []string{once.Header, "k", "X-Who", "another"}}, 422, `idempotency_key_reused`},
		{request{"POST", "/things", `{"text":"b"}`, []string{once.Header, "k"}}, 422, `idempotency_key_reused`},
		{request{"POST", "/things?x=1", text, []string{once.Header, "k"}}, 422, `idempotency_key_reused`},
		{request{"POST", "/things", text, nil}, 201, `"n":2`},
		{request{"POST", "/things", text, nil}, 201, `"n":3`},
		{request{"PATCH", "/things", text, []string{once.Header, "p"}}, 200, `"n":4`},
		{request{"PATCH", "/things", text, []string{once.Header, "p"}}, 200, `"n":5`},
		{request{"POST", "/things", `{"text":"much too long a text"}`, []string{once.Header, "bad"}}, 422, `"field":"text"`},
		{request{"POST", "/things", `{"text`, []string{once.Header, "bad"}}, 400, `body_unreadable`},
		{request{"POST", "/things", strings.Repeat(" ", httpx.MaxBody+1), []string{once.Header, "bad"}}, 413, `body_too_large`},
		{request{"POST", "/things", `{"text":"a","fail":true}`, []string{once.Header, "bad"}}, 502, `no_network`},
		{request{"POST", "/things", text, []string{once.Header, "bad"}}, 201, `"n":7`},
		{request{"POST", "/things", text, []string{once.Header, ""}}, 422, `idempotency_key_invalid`},
	} {
		w := do(h, c.q)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.body) || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
			t.Errorf("%d: %s %s %q: %d %s, want %d with %s", i, c.q.method, c.q.path, c.q.header, w.Code, w.Body, c.code, c.body)
		}
		if again := w.Header().Get("Idempotent-Replayed"); (again != "") != (i == 1) {
			t.Errorf("%d: replayed is %q", i, again)
		}
	}
}

func form(t *testing.T, content string) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", "a.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(part, content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

func TestAFormIsTheSameUnderAnotherBoundary(t *testing.T) {
	t.Parallel()
	h, calls := server(t, dbtest.SQLite(t))
	send := func(content string) *httptest.ResponseRecorder {
		body, kind := form(t, content)
		return do(h, request{"POST", "/files", body, []string{once.Header, "k", "Content-Type", kind}})
	}
	first, second := send("isi"), send("isi")
	if first.Code != 200 || second.Body.String() != first.Body.String() || calls.Load() != 1 {
		t.Errorf("the same file twice: %d %s, then %d %s", first.Code, first.Body, second.Code, second.Body)
	}
	if w := send("lain"); w.Code != 422 {
		t.Errorf("another file: %d %s", w.Code, w.Body)
	}
	body, kind := form(t, strings.Repeat("x", 2<<20))
	if w := do(h, request{"POST", "/files", body, []string{once.Header, "large", "Content-Type", kind}}); w.Code != 413 {
		t.Errorf("too large a file: %d %s", w.Code, w.Body)
	}
	if w := do(h, request{"POST", "/files", body[:100], []string{once.Header, "cut", "Content-Type", kind}}); w.Code < 400 || w.Code >= 500 {
		t.Errorf("half a form: %d %s", w.Code, w.Body)
	}
}

func TestTheHeaderIsInTheDocument(t *testing.T) {
	t.Parallel()
	h, _ := server(t, dbtest.SQLite(t))
	doc := do(h, request{method: "GET", path: "/openapi.json"}).Body.String()
	if n := strings.Count(doc, `"name":"Idempotency-Key"`); n != 2 {
		t.Errorf("the header is documented %d times, want for the two POSTs", n)
	}
}
