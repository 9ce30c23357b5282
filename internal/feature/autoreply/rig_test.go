package autoreply_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/feature/autoreply"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func (c *clock) pass(d time.Duration) { c.set(c.now().Add(d)) }

// rig is a shop with rules, on the real nouns and a network in memory.
type rig struct {
	*autoreply.Service
	t          *testing.T
	db         *db.DB
	clock      *clock
	workspaces *workspace.Service
	files      *file.Service
	devices    *device.Service
	chats      *chat.Service
	sends      *outbox.Service
	net        *devicetest.Loopback
	ws         string
	dev        device.Device

	mu   sync.Mutex
	said []chat.Posted
}

func newRig(t *testing.T, d *db.DB) *rig {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	r := &rig{t: t, db: d, net: devicetest.NewLoopback(), clock: &clock{at: time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)}}
	r.workspaces = workspace.New(d, r.clock.now)
	r.files = file.New(d, blob.Dir(t.TempDir()))
	r.devices = device.New(device.Config{DB: d, Log: log, Drivers: []device.Driver{r.net}})
	contacts := contact.New(d, contact.Config{})
	r.sends = outbox.New(d, outbox.Config{NewNetworkID: r.devices.NewNetworkID})
	r.Service = autoreply.New(d, log, r.workspaces, r.files, r.devices)
	r.chats = chat.New(d, contacts, r.sends, chat.Config{Devices: r.devices, Answerers: []chat.Answerer{r.Service}, Now: r.clock.now})
	r.chats.Posted.Add("test", func(_ context.Context, p chat.Posted) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.said = append(r.said, p)
		return nil
	})
	dbtest.Migrated(t, d, workspace.Module(r.workspaces), file.Module(r.files, nil), contact.Module(contacts), device.Module(r.devices),
		outbox.Module(r.sends), chat.Module(r.chats), autoreply.Module(r.Service, nil))
	r.ws = r.workspace("Toko Maju")
	r.dev = r.device(r.ws)
	return r
}

func (r *rig) workspace(name string) string {
	r.t.Helper()
	w, err := r.workspaces.Create(context.Background(), name)
	if err != nil {
		r.t.Fatal(err)
	}
	return w.ID
}

func (r *rig) device(workspaceID string) device.Device {
	r.t.Helper()
	d, err := r.devices.Create(context.Background(), workspaceID, devicetest.LoopbackChannel, "Kasir", device.Settings{})
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

// keyword is a rule that answers a word exactly.
func keyword(word string, texts ...string) autoreply.Rule {
	rule := triggered(autoreply.TriggerKeyword, texts...)
	rule.When.Match, rule.When.Words = autoreply.MatchExact, []string{word}
	return rule
}

func triggered(kind autoreply.TriggerKind, texts ...string) autoreply.Rule {
	rule := autoreply.Rule{Name: "Aturan", Enabled: true, Audience: autoreply.AudiencePeople, When: autoreply.Trigger{Trigger: kind}}
	for _, text := range texts {
		rule.Then = append(rule.Then, autoreply.Step{Text: text})
	}
	return rule
}

// rule makes a rule of the shop.
func (r *rig) rule(rule autoreply.Rule) autoreply.Rule {
	r.t.Helper()
	rule.WorkspaceID = r.ws
	made, err := r.Create(context.Background(), rule)
	if err != nil {
		r.t.Fatalf("make a rule: %v", err)
	}
	return made
}

func person(phone string) device.Peer {
	return device.Peer{Addresses: []device.Address{{Kind: device.AddressPhone, Value: phone}}, Name: "Sari"}
}

// write has a person write a text and returns what the shop answered.
func (r *rig) write(phone, text string) []string {
	return r.receive(r.dev, device.Inbound{Chat: person(phone), Sender: person(phone), Content: device.Content{Kind: device.KindText, Text: text}})
}

// writeIn has a person write into a group.
func (r *rig) writeIn(group, phone, text string) []string {
	return r.receive(r.dev, device.Inbound{
		Chat:   device.Peer{Group: true, Addresses: []device.Address{{Kind: device.AddressGroup, Value: group}}, Name: "Arisan"},
		Sender: person(phone), Content: device.Content{Kind: device.KindText, Text: text},
	})
}

func (r *rig) receive(d device.Device, in device.Inbound) []string {
	r.t.Helper()
	in.NetworkID, in.At = fmt.Sprint(r.net.NewNetworkID()), r.clock.now().UnixMilli()
	if in.Origin == "" {
		in.Origin = device.OriginLive
	}
	if err := r.chats.Receive(context.Background(), d, in); err != nil {
		r.t.Fatalf("receive: %v", err)
	}
	texts := []string{}
	for _, p := range r.posted() {
		texts = append(texts, p.Message.Content.Text)
	}
	return texts
}

// posted is what the shop said since the last call.
func (r *rig) posted() []chat.Posted {
	r.mu.Lock()
	defer r.mu.Unlock()
	said := r.said
	r.said = nil
	return said
}

// each runs fn on both engines with a new shop.
func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d)) })
}
