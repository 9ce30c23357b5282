package chat_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/device/devicetest"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// A customer writes, the rule's answer goes back, receipts come, the device drops and comes back: the chat shows it all.
func TestAConversation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		net := devicetest.NewLoopback()
		devices := device.New(device.Config{DB: d, Log: slog.New(slog.DiscardHandler), Drivers: []device.Driver{net}})
		contacts := contact.New(d, contact.Config{})
		sends := outbox.New(d, outbox.Config{NewNetworkID: devices.NewNetworkID})
		chats := chat.New(d, contacts, sends, chat.Config{Devices: devices, Answerers: []chat.Answerer{&parrot{}}})
		devices.Received.Add("chat", func(ctx context.Context, a device.Arrival) error { return chats.Receive(ctx, a.Device, a.Inbound) })
		devices.Receipts.Add("chat", func(ctx context.Context, a device.Acknowledged) error {
			return chats.Receipts(ctx, a.Device, a.Receipt)
		})
		devices.Online.Add(func(_ context.Context, l device.Live) { sends.Start(l.Device, l.Session, l.Epoch) })
		devices.Gone.Add(func(_ context.Context, l device.Live) { sends.Stop(l.Device.ID) })
		dbtest.Migrated(t, d, contact.Module(contacts), device.Module(devices), outbox.Module(sends), chat.Module(chats))
		devicetest.Serve(t, devices)
		dev := net.Connect(t, devices, ws, "6200")
		const n = 20
		for i := range n {
			net.WriteText(dev.ID, "6281", "Budi", fmt.Sprint("q", i), 0)
			if i == n/2 {
				net.Drop(dev.ID, nil)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), devicetest.Patience)
		defer cancel()
		taken, err := net.AwaitTaken(ctx, dev.ID, n)
		if err != nil {
			t.Fatal(err)
		}
		var answers []string
		for _, m := range taken {
			answers = append(answers, m.Content.Text)
			net.Confirm(dev.ID, device.Receipt{Kind: device.ReceiptRead, NetworkIDs: []string{m.NetworkID}, Chat: m.To})
		}
		if slices.Sort(answers); len(slices.Compact(answers)) != n {
			t.Errorf("got %d different answers of %d, want each once: %v", len(slices.Compact(answers)), n, answers)
		}
		if err := net.Settle(ctx, dev.ID); err != nil {
			t.Fatal(err)
		}
		p, err := chats.List(ctx, ws, chat.Filter{})
		if err != nil || len(p.Items) != 1 || p.Items[0].Unread != n {
			t.Fatalf("got chats %+v, %v; want one with %d unread", p.Items, err, n)
		}
		page, err := chats.Messages(ctx, ws, p.Items[0].Chat.ID, chat.Span{Limit: 200})
		if err != nil || len(page.Messages) != 2*n {
			t.Fatalf("got %d messages, %v; want %d", len(page.Messages), err, 2*n)
		}
		for _, m := range page.Messages {
			if m.FromMe && m.State != outbox.StateRead {
				t.Errorf("answer %q is %s, want read", m.Content.Text, m.State)
			}
		}
	})
}
