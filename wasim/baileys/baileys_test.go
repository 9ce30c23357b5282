package baileys_test

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

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/baileys"
	"github.com/pingcrm/pingcrm/wasim/control"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// patience covers npm's first installation and Node's start on a busy machine.
const patience = 3 * time.Minute

func TestTextAndImageBothWays(t *testing.T) {
	t.Parallel()
	for _, addressing := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(addressing), func(t *testing.T) {
			t.Parallel()
			s := setUp(t, wasim.Options{Addressing: addressing}, baileys.ByQR)
			s.textBothWays(t)
			s.imageBothWays(t)
			s.nothingWentWrong(t)
		})
	}
}

func TestLinkByCode(t *testing.T) {
	t.Parallel()
	s := setUp(t, wasim.Options{}, baileys.ByCode)
	s.textBothWays(t)
	s.nothingWentWrong(t)
}

// stage is a network with a shop on whatsmeow and a customer on Baileys.
type stage struct {
	ctx      context.Context
	network  *wasim.Network
	shop     *wasimtest.Client
	shopTel  string
	inbox    chan *events.Message
	read     chan types.MessageID
	customer *baileys.Client
}

func setUp(t *testing.T, opts wasim.Options, method baileys.Method) *stage {
	t.Helper()
	return setUpAfter(t, opts, method, func(context.Context, *wasim.Network, *wasim.Phone) {})
}

// setUpAfter is setUp with something that the customer's phone has behind it when Baileys is linked.
func setUpAfter(t *testing.T, opts wasim.Options, method baileys.Method, past func(context.Context, *wasim.Network, *wasim.Phone)) *stage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	network := wasimtest.Network(t, opts)
	server, err := control.Start(control.Config{Listen: "127.0.0.1:0", Network: network})
	if err != nil {
		t.Fatalf("control.Start: %v", err)
	}
	t.Cleanup(server.Close)

	phone := network.Phone("Toko Demo")
	shop := wasimtest.NewClient(t, network)
	inbox, read := make(chan *events.Message, 100), make(chan types.MessageID, 100)
	shop.AddEventHandler(func(event any) {
		switch event := event.(type) {
		case *events.Message:
			inbox <- event
		case *events.Receipt:
			if event.Type == types.ReceiptTypeRead {
				read <- event.MessageIDs[0]
			}
		}
	})
	if err := shop.Link(ctx, phone); err != nil {
		t.Fatalf("link the shop: %v", err)
	}
	customer, err := baileys.Start(ctx, server.URL(), "Rina")
	if err != nil {
		t.Fatalf("baileys.Start: %v", err)
	}
	t.Cleanup(customer.Close)
	own, ok := network.PhoneByNumber(customer.Number())
	if !ok {
		t.Fatal("the customer has no phone")
	}
	past(ctx, network, own)
	device, err := customer.Link(ctx, method)
	if err != nil {
		t.Fatalf("link Baileys by %s: %v", method, err)
	}
	if jid, err := types.ParseJID(device); err != nil || jid.User != customer.Number() || jid.Device == 0 {
		t.Fatalf("linked device: got %q, want a companion of %s", device, customer.Number())
	}
	return &stage{ctx: ctx, network: network, shop: shop, shopTel: phone.Number(), inbox: inbox, read: read, customer: customer}
}

// received waits for the shop's next message that fits.
func (s *stage) received(t *testing.T, fits func(*waE2E.Message) bool) *events.Message {
	t.Helper()
	for {
		select {
		case message := <-s.inbox:
			if fits(message.Message) {
				return message
			}
		case <-s.ctx.Done():
			t.Fatalf("the shop did not receive the message: %v", s.ctx.Err())
		}
	}
}

func (s *stage) to() types.JID { return types.NewJID(s.customer.Number(), types.DefaultUserServer) }

func (s *stage) textBothWays(t *testing.T) {
	t.Helper()
	id, err := s.customer.SendText(s.ctx, s.shopTel, "Halo, ada stok?")
	if err != nil {
		t.Fatalf("Baileys sends a text: %v", err)
	}
	got := s.received(t, func(m *waE2E.Message) bool {
		return m.GetConversation() == "Halo, ada stok?" || m.GetExtendedTextMessage().GetText() == "Halo, ada stok?"
	})
	if got.Info.ID != id {
		t.Errorf("the shop's message has id %s, Baileys sent %s", got.Info.ID, id)
	}
	if err := s.customer.WaitStatus(s.ctx, id, baileys.Delivered); err != nil {
		t.Fatalf("delivery receipt: %v", err)
	}
	sent, err := s.shop.SendMessage(s.ctx, s.to(), &waE2E.Message{Conversation: proto.String("Ada, Kak 😊")})
	if err != nil {
		t.Fatalf("the shop sends a text: %v", err)
	}
	answer, err := s.customer.WaitText(s.ctx, "Ada, Kak 😊")
	if err != nil {
		t.Fatalf("Baileys waits for the text: %v", err)
	}
	if answer.ID != sent.ID {
		t.Errorf("Baileys' message has id %s, the shop sent %s", answer.ID, sent.ID)
	}
}

func (s *stage) imageBothWays(t *testing.T) {
	t.Helper()
	picture := makePicture(t, color.RGBA{R: 200, A: 255})
	if _, err := s.customer.SendImage(s.ctx, s.shopTel, picture, "bukti transfer"); err != nil {
		t.Fatalf("Baileys sends a picture: %v", err)
	}
	got := s.received(t, func(m *waE2E.Message) bool { return m.GetImageMessage().GetCaption() == "bukti transfer" })
	data, err := s.shop.Download(s.ctx, got.Message.GetImageMessage())
	if err != nil || !bytes.Equal(data, picture) {
		t.Errorf("the shop downloads the picture: got %d bytes (%v), want the %d sent", len(data), err, len(picture))
	}

	picture = makePicture(t, color.RGBA{G: 200, A: 255})
	up, err := s.shop.Upload(s.ctx, picture, whatsmeow.MediaImage)
	if err != nil {
		t.Fatalf("the shop uploads a picture: %v", err)
	}
	_, err = s.shop.SendMessage(s.ctx, s.to(), &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
		Caption: proto.String("katalog"), Mimetype: proto.String("image/png"), URL: &up.URL, DirectPath: &up.DirectPath,
		MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength,
	}})
	if err != nil {
		t.Fatalf("the shop sends a picture: %v", err)
	}
	received, err := s.customer.WaitImage(s.ctx, "katalog")
	if err != nil {
		t.Fatalf("Baileys waits for the picture: %v", err)
	}
	sum := sha256.Sum256(picture)
	if want := hex.EncodeToString(sum[:]); received.SHA256 != want || received.Bytes != len(picture) || received.MIME != "image/png" {
		t.Errorf("Baileys' picture: got %s, %d bytes with hash %s; want image/png, %d bytes with hash %s",
			received.MIME, received.Bytes, received.SHA256, len(picture), want)
	}
	if err := s.customer.MarkRead(s.ctx, received.ID); err != nil {
		t.Fatalf("Baileys marks the picture as read: %v", err)
	}
	select {
	case id := <-s.read:
		if id != received.ID {
			t.Errorf("read receipt: got one for %s, want %s", id, received.ID)
		}
	case <-s.ctx.Done():
		t.Errorf("no read receipt for %s: %v", received.ID, s.ctx.Err())
	}
}

func (s *stage) nothingWentWrong(t *testing.T) {
	t.Helper()
	stats := s.network.Stats()
	if stats.Phones.DecryptErrors != 0 || len(stats.Nacks) != 0 {
		t.Errorf("got %d decrypt errors on phones and refused stanzas %v, want none", stats.Phones.DecryptErrors, stats.Nacks)
	}
	if stats.MostSocketsPerDevice != 1 {
		t.Errorf("a device had %d sockets at once, want 1", stats.MostSocketsPerDevice)
	}
}

func makePicture(t *testing.T, paint color.Color) []byte {
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
