package apiapp_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/audit"
	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/factor"
	"github.com/pingcrm/pingcrm/internal/feature/apiapp"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/once"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/outbox"
	"github.com/pingcrm/pingcrm/internal/profile"
	"github.com/pingcrm/pingcrm/internal/template"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

type object = map[string]any

// mimic answers "ping" with pong, and a person's first message with a welcome.
type mimic struct{}

func (mimic) Kind() chat.AuthorKind { return chat.ByRule }

func (mimic) Answer(_ context.Context, q chat.Question) (*chat.Answer, error) {
	var text string
	switch {
	case q.First && !q.Chat.Group:
		text = "selamat datang " + q.Sender.Name
	case q.Message.Content.Text == "ping":
		text = "pong"
	default:
		return nil, nil
	}
	return &chat.Answer{By: "r", Parts: []chat.Part{{Content: device.Content{Kind: device.KindText, Text: text}}}}, nil
}

// rig is the contract's surface over the real nouns and a network in memory.
type rig struct {
	t          *testing.T
	workspaces *workspace.Service
	members    *member.Service
	templates  *template.Service
	files      *file.Service
	devices    *device.Service
	chats      *chat.Service
	net        *devicetest.Loopback
	url        string
	ws, key    string

	mu  sync.Mutex
	now time.Time
}

func newRig(t *testing.T, d *db.DB) *rig {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	r := &rig{t: t, net: devicetest.NewLoopback(), now: time.Now()}
	r.workspaces = workspace.New(d, time.Now)
	deeds := audit.New(d, log, time.Now)
	r.members = member.New(member.Config{DB: d, Log: log, Workspaces: r.workspaces, Audit: deeds, Now: time.Now})
	r.files = file.New(d, blob.Dir(t.TempDir()))
	r.templates = template.New(d, func(ctx context.Context, workspaceID, fileID string) error {
		_, err := r.files.Find(ctx, workspaceID, fileID)
		return err
	})
	r.devices = device.New(device.Config{DB: d, Log: log, Drivers: []device.Driver{r.net}})
	contacts := contact.New(d, contact.Config{})
	sends := outbox.New(d, outbox.Config{NewNetworkID: r.devices.NewNetworkID})
	r.chats = chat.New(d, contacts, sends, chat.Config{Devices: r.devices, Answerers: []chat.Answerer{mimic{}}})
	r.devices.Received.Add("chat", func(ctx context.Context, a device.Arrival) error { return r.chats.Receive(ctx, a.Device, a.Inbound) })
	r.devices.Online.Add(func(_ context.Context, l device.Live) { sends.Start(l.Device, l.Session, l.Epoch) })
	r.devices.Gone.Add(func(_ context.Context, l device.Live) { sends.Stop(l.Device.ID) })
	profiles := profile.New(profile.Config{DB: d, Devices: r.devices, Contacts: contacts, Files: r.files})
	keeper := once.New(once.Config{DB: d, Log: log, Now: r.clock, Seal: open{}})
	s := apiapp.New(apiapp.Config{
		Once: keeper,
		DB:   d, Log: log, Members: r.members, Devices: r.devices, Contacts: contacts, Chats: r.chats, Templates: r.templates,
		Files: r.files, Workspaces: r.workspaces, Now: r.clock, Profiles: profiles, Stored: r.files, Signer: signer(t),
	})
	contract := apiapp.Module(s)
	dbtest.Migrated(t, d, once.Module(keeper), workspace.Module(r.workspaces), audit.Module(deeds), factor.Module(), member.Module(r.members), file.Module(r.files, nil), template.Module(r.templates, nil),
		contact.Module(contacts), profile.Module(profiles), device.Module(r.devices), outbox.Module(sends), chat.Module(r.chats), contract)
	devicetest.Serve(t, r.devices)
	mux := http.NewServeMux()
	contract.Routes(mux)
	server := httptest.NewServer(httpx.Wrap(log, mux, apiapp.Shape()))
	t.Cleanup(server.Close)
	r.url = server.URL + "/api-app/whatsapp/"
	r.ws, r.key = r.shop("Toko Maju")
	return r
}

// open is a sealer that hides nothing.
type open struct{}

func (open) Seal(b []byte) ([]byte, error) { return b, nil }
func (open) Open(b []byte) ([]byte, error) { return b, nil }

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// shop makes a workspace with a key that may do everything.
func (r *rig) shop(name string) (workspaceID, key string) {
	r.t.Helper()
	w, err := r.workspaces.Create(context.Background(), name)
	if err != nil {
		r.t.Fatal(err)
	}
	return w.ID, r.scoped(w.ID)
}

// scoped makes a key that may do what scopes name; none is everything.
func (r *rig) scoped(workspaceID string, scopes ...httpx.Need) string {
	r.t.Helper()
	by := member.Principal{WorkspaceID: workspaceID, MemberID: "m", Role: member.Owner}
	_, key, err := r.members.CreateKey(context.Background(), by, member.KeyFields{Name: "skrip", Scopes: scopes})
	if err != nil {
		r.t.Fatal(err)
	}
	return key
}

func (r *rig) set(c workspace.SettingsChange) {
	r.t.Helper()
	if _, err := r.workspaces.Update(context.Background(), r.ws, workspace.Change{Settings: &c}); err != nil {
		r.t.Fatal(err)
	}
}

// answer is what a call got.
type answer struct {
	status int
	header http.Header
	text   string
	body   object
}

func (a answer) code() string { s, _ := a.body["code"].(string); return s }

// data is a field of the answer's data.
func (a answer) data(name string) string {
	d, _ := a.body["data"].(object)
	s, _ := d[name].(string)
	return s
}

// call makes a request; headers come in pairs.
func (r *rig) call(method, path, body string, headers ...string) answer {
	req, err := http.NewRequestWithContext(context.Background(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Error(err)
		return answer{}
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Error(err)
		return answer{}
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Error(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(text)}
	_ = json.Unmarshal(text, &a.body)
	return a
}

// message is the body of a send with some fields changed; nil takes one out.
func (r *rig) message(change object) string {
	o := object{"api_key": r.key, "phone": "6281290641111", "method": "text", "text": "halo"}
	for k, v := range change {
		if o[k] = v; v == nil {
			delete(o, k)
		}
	}
	b, _ := json.Marshal(o)
	return string(b)
}

func (r *rig) send(change object, headers ...string) answer {
	return r.call("POST", "send-message", r.message(change), headers...)
}

func (r *rig) taken(d device.Device, n int) []device.Outgoing {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), devicetest.Patience)
	defer cancel()
	got, err := r.net.AwaitTaken(ctx, d.ID, n)
	if err != nil {
		r.t.Fatal(err)
	}
	return got
}

// settle waits until everything that was written to the device is taken in.
func (r *rig) settle(d device.Device) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), devicetest.Patience)
	defer cancel()
	if err := r.net.Settle(ctx, d.ID); err != nil {
		r.t.Fatal(err)
	}
}

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d)) })
}
