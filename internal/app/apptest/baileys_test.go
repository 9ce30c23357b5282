package apptest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/app/apptest"
	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/baileys"
)

// TestBaileysCustomer lets a customer on Baileys and the product write to each other: text and pictures both ways,
// and how far each got.
func TestBaileysCustomer(t *testing.T) {
	t.Parallel()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
			t.Cleanup(cancel)
			net, url := apptest.Network(t, wasim.Options{Addressing: form})
			customer, err := baileys.Start(ctx, url, "Rina")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(customer.Close)
			if _, err := customer.Link(ctx, baileys.ByQR); err != nil {
				t.Fatal(err)
			}
			s := apptest.Start(t, url)
			b := &stranger{
				shop: &shop{Server: s, net: net, device: s.Demo.Devices[0].ID, number: s.Demo.Devices[0].Number},
				ctx:  ctx, customer: customer,
			}
			chat := b.textIn(t)
			b.textOut(t, chat)
			b.pictureIn(t)
			b.pictureOut(t, chat)
			if ids := b.chats(t, b.device, customer.Number()); len(ids) != 1 || ids[0] != chat {
				t.Errorf("the customer's chats are %v, want %s alone", ids, chat)
			}
			b.quiet(t)
			stats := net.Stats()
			if stats.Phones.DecryptErrors != 0 || len(stats.Nacks) != 0 || stats.MostSocketsPerDevice != 1 {
				t.Errorf("decrypt errors %d, refused stanzas %v, sockets %d; want 0, none and 1",
					stats.Phones.DecryptErrors, stats.Nacks, stats.MostSocketsPerDevice)
			}
		})
	}
}

// stranger is a shop whose customer uses another client than ours.
type stranger struct {
	*shop
	ctx      context.Context
	customer *baileys.Client
}

// status waits until the customer's client has seen its message get that far.
func (b *stranger) status(t *testing.T, id string, status baileys.Status) {
	t.Helper()
	if err := b.customer.WaitStatus(b.ctx, id, status); err != nil {
		t.Fatal(err)
	}
}

func (b *stranger) textIn(t *testing.T) (chat string) {
	t.Helper()
	id, err := b.customer.SendText(b.ctx, b.number, "Kak, ada stok?")
	if err != nil {
		t.Fatal(err)
	}
	m := b.awaitIn(t, b.device, b.customer.Number(), textIs("Kak, ada stok?"))
	if m.NetworkID != id || m.Content.Kind != "text" || m.State != "received" {
		t.Errorf("stored as %+v, want text %s received", m, id)
	}
	b.status(t, id, baileys.Delivered)
	if err := b.Do("PATCH", "/api/v1/chats/"+m.ChatID, object{"read": true}, nil, nil); err != nil {
		t.Fatal(err)
	}
	b.status(t, id, baileys.Read)
	return m.ChatID
}

func (b *stranger) textOut(t *testing.T, chat string) {
	t.Helper()
	var sent messageView
	if err := b.Post("/api/v1/chats/"+chat+"/messages", object{"text": "Ada, Kak 😊"}, &sent); err != nil {
		t.Fatal(err)
	}
	got, err := b.customer.WaitText(b.ctx, "Ada, Kak 😊")
	if err != nil {
		t.Fatal(err)
	}
	b.seen(t, sent, got)
}

// seen follows a message of ours to delivered and, when the customer has read it, to read.
func (b *stranger) seen(t *testing.T, sent messageView, got baileys.Received) {
	t.Helper()
	if got.ID != sent.NetworkID {
		t.Errorf("the customer got message %s, we sent %s", got.ID, sent.NetworkID)
	}
	b.awaitMessage(t, sent.ID, "delivered")
	if err := b.customer.MarkRead(b.ctx, got.ID); err != nil {
		t.Fatal(err)
	}
	b.awaitMessage(t, sent.ID, "read")
}

func (b *stranger) pictureIn(t *testing.T) {
	t.Helper()
	picture := drawing(t, color.RGBA{R: 200, A: 255})
	id, err := b.customer.SendImage(b.ctx, b.number, picture, "bukti transfer")
	if err != nil {
		t.Fatal(err)
	}
	m := b.awaitIn(t, b.device, b.customer.Number(), textIs("bukti transfer"))
	media := m.Content.Media
	if m.NetworkID != id || m.Content.Kind != "image" || media.MIME != "image/png" && media.MIME != "image/jpeg" ||
		media.Size != len(picture) || media.SHA256 != sum(picture) {
		t.Errorf("stored as %+v, want the image %s of %d bytes with hash %s", m, id, len(picture), sum(picture))
	}
	b.status(t, id, baileys.Delivered)
}

func (b *stranger) pictureOut(t *testing.T, chat string) {
	t.Helper()
	picture := drawing(t, color.RGBA{G: 200, A: 255})
	file := b.upload(t, "katalog.png", picture)
	var sent messageView
	if err := b.Post("/api/v1/chats/"+chat+"/messages", object{"file_id": file, "text": "katalog"}, &sent); err != nil {
		t.Fatal(err)
	}
	if sent.Content.Kind != "image" {
		t.Errorf("a PNG file goes out as %s, want image", sent.Content.Kind)
	}
	got, err := b.customer.WaitImage(b.ctx, "katalog")
	if err != nil {
		t.Fatal(err)
	}
	if got.SHA256 != sum(picture) || got.Bytes != len(picture) || got.MIME != "image/png" {
		t.Errorf("the customer got %+v, want image/png, %d bytes with hash %s", got, len(picture), sum(picture))
	}
	b.seen(t, sent, got)
}

func sum(data []byte) string {
	hash := sha256.Sum256(data)
	return hex.EncodeToString(hash[:])
}

// drawing is a PNG picture of one colour.
func drawing(t *testing.T, paint color.Color) []byte {
	t.Helper()
	canvas := image.NewRGBA(image.Rect(0, 0, 24, 24))
	for i := range 24 * 24 {
		canvas.Set(i%24, i/24, paint)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, canvas); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
