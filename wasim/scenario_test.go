package wasim_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

func TestLinkingByCodeForgivesAWrongOne(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	phone := n.Phone("Toko")
	s := watch(wasimtest.NewClient(t, n), phone)
	ctx := deadline(t)
	if _, err := phone.EnterCode(ctx, "1234-ABCD"); !errors.Is(err, wasim.ErrCode) {
		t.Errorf("a code that nobody shows: got %v, want %v", err, wasim.ErrCode)
	}
	if err := s.Connect(); err != nil {
		t.Fatalf("Connect: %v", err)
	}
	awaitOther[*events.QR](t, s)
	code, err := s.PairPhone(ctx, "+"+phone.Number(), false, whatsmeow.PairClientChrome, "Chrome (Linux)")
	if err != nil {
		t.Fatalf("PairPhone: %v", err)
	}
	wrong := "1" + code[1:]
	if code[0] == '1' {
		wrong = "2" + code[1:]
	}
	if _, err := phone.EnterCode(ctx, wrong); !errors.Is(err, wasim.ErrCode) {
		t.Errorf("a wrong code: got %v, want %v", err, wasim.ErrCode)
	}
	device, err := phone.EnterCode(ctx, code)
	if err != nil {
		t.Fatalf("the right code: %v", err)
	}
	if got := s.Store.ID.String(); got != device {
		t.Errorf("device: got %s, want %s", got, device)
	}
	if got := phone.Companions(); !slices.Equal(got, []string{device}) {
		t.Errorf("companions: got %v, want %v", got, device)
	}
}

// awaitOther waits for an event that is neither a message nor a receipt.
func awaitOther[E any](t *testing.T, s *shop) E {
	t.Helper()
	end := deadline(t).Done()
	for {
		select {
		case e := <-s.others:
			if wanted, ok := e.(E); ok {
				return wanted
			}
		case <-end:
			var zero E
			t.Fatalf("no %T came within %s", zero, wasimtest.Timeout)
			return zero
		}
	}
}

func TestACodeOfAnotherNetworkIsRefused(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	phone := n.Phone("Toko")
	for _, qr := range []string{"", "hello", "2@none,AAAA,BBBB,CCCC", strings.Repeat(",", 9)} {
		if _, err := phone.Scan(deadline(t), qr); !errors.Is(err, wasim.ErrCode) {
			t.Errorf("Scan(%q): got %v, want %v", qr, err, wasim.ErrCode)
		}
	}
}

func TestWhatCameWhileAwayArrivesInOrder(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	s.Disconnect()
	const count = 25
	for i := range count {
		if _, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: fmt.Sprint(i)}); err != nil {
			t.Fatalf("Send: %v", err)
		}
	}
	if err := s.Connect(); err != nil {
		t.Fatalf("Connect: %v", err)
	}
	for i := range count {
		if got := next(t, s.messages).Message.GetConversation(); got != fmt.Sprint(i) {
			t.Fatalf("message %d: got %q, want %d", i, got, i)
		}
	}
	// The first login, of the linking, has already reported its own sync of nothing.
	for awaitOther[*events.OfflineSyncCompleted](t, s).Count < count {
	}
	if err := s.phone.Settle(ctx, s.Store.ID.String()); err != nil {
		t.Error(err)
	}
}

func TestAMessageStaysUntilItsReceipt(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	phone, budi := n.Phone("Toko"), n.Phone("Budi")
	ctx := deadline(t)
	c := wasimtest.NewClient(t, n)
	c.SynchronousAck, c.EnableDecryptedEventBuffer = true, true
	if err := c.Link(ctx, phone); err != nil {
		t.Fatalf("link: %v", err)
	}
	refused, seen := make(chan string, 10), make(chan string, 10)
	handler := c.AddEventHandlerWithSuccessStatus(func(event any) bool {
		if m, ok := event.(*events.Message); ok {
			refused <- m.Info.ID
			return false
		}
		return true
	})
	id, err := budi.Send(ctx, phone.Number(), wasim.Content{Text: "Halo"})
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	if got := next(t, refused); got != id {
		t.Fatalf("got message %s, want %s", got, id)
	}
	c.Disconnect()
	c.RemoveEventHandler(handler)
	again := wasimtest.On(t, n, c.Container, c.Store)
	again.SynchronousAck, again.EnableDecryptedEventBuffer = true, true
	again.AddEventHandler(func(event any) {
		if m, ok := event.(*events.Message); ok {
			seen <- m.Info.ID
		}
	})
	for range 2 {
		if err := again.Connect(); err != nil {
			t.Fatalf("Connect: %v", err)
		}
		if !again.WaitForConnection(wasimtest.Timeout) {
			t.Fatal("not connected")
		}
		if err := phone.Settle(ctx, c.Store.ID.String()); err != nil {
			t.Fatal(err)
		}
		again.Disconnect()
	}
	if got := next(t, seen); got != id || len(seen) != 0 {
		t.Errorf("got %s and %d more, want %s once", got, len(seen), id)
	}
	if got := n.Stats().Redelivered; got != 1 {
		t.Errorf("redelivered: got %d, want 1", got)
	}
	if m, _ := budi.Message(id); m.Status != wasim.StatusDelivered {
		t.Errorf("the sender sees %q, want %q", m.Status, wasim.StatusDelivered)
	}
}

func TestAnIDThatComesTwiceIsDeliveredOnce(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	id := s.GenerateMessageID()
	for range 3 {
		if _, err := s.SendMessage(ctx, jidOf(budi), textMessage("Halo"), whatsmeow.SendRequestExtra{ID: id}); err != nil {
			t.Fatalf("SendMessage: %v", err)
		}
	}
	if _, err := s.SendMessage(ctx, jidOf(budi), textMessage("Akhir")); err != nil {
		t.Fatalf("SendMessage: %v", err)
	}
	if _, err := budi.Await(ctx, hasText("Akhir")); err != nil {
		t.Fatal(err)
	}
	if got := budi.ChatCount(s.phone.Number()); got.Frames != 2 || got.IDs != 2 {
		t.Errorf("the phone counted %+v, want 2 frames and 2 ids", got)
	}
	if got := n.Stats(); got.MessagesRepeated != 2 {
		t.Errorf("repeated: got %d, want 2", got.MessagesRepeated)
	}
}

func jidOf(p *wasim.Phone) types.JID { return types.NewJID(p.Number(), types.DefaultUserServer) }

func TestAllDevicesOfBothSidesSeeAMessage(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	first, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	// The first message makes the client remember the list of devices, which then grows.
	if _, err := first.SendMessage(ctx, jidOf(budi), textMessage("satu")); err != nil {
		t.Fatalf("SendMessage: %v", err)
	}
	second := watch(wasimtest.NewClient(t, n), first.phone)
	if err := second.Link(ctx, first.phone); err != nil {
		t.Fatalf("link a second device: %v", err)
	}
	customer := watch(wasimtest.NewClient(t, n), budi)
	if err := customer.Link(ctx, budi); err != nil {
		t.Fatalf("link the customer's device: %v", err)
	}
	if err := first.phone.Settle(ctx, first.Store.ID.String()); err != nil {
		t.Fatal(err)
	}
	if _, err := first.SendMessage(ctx, jidOf(budi), textMessage("dua")); err != nil {
		t.Fatalf("SendMessage: %v", err)
	}
	if got := next(t, customer.messages); got.Message.GetConversation() != "dua" || got.Info.IsFromMe {
		t.Errorf("the customer's device got %q, from me %v", got.Message.GetConversation(), got.Info.IsFromMe)
	}
	own := next(t, second.messages)
	if own.Message.GetConversation() != "dua" || !own.Info.IsFromMe || own.Info.Chat.User != budi.LID() {
		t.Errorf("the own second device got %q in %s, from me %v", own.Message.GetConversation(), own.Info.Chat, own.Info.IsFromMe)
	}
}

func TestReceiptsReachTheSender(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	id, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: "Halo"})
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	in := next(t, s.messages)
	if err := s.MarkRead(ctx, []string{id}, time.Now(), in.Info.Chat, in.Info.Sender); err != nil {
		t.Fatalf("MarkRead: %v", err)
	}
	if _, err := budi.Await(ctx, func(m wasim.Message) bool { return m.ID == id && m.Status == wasim.StatusRead }); err != nil {
		t.Errorf("the customer never saw it read: %v", err)
	}
	sent, err := s.SendMessage(ctx, jidOf(budi), textMessage("Ya?"))
	if err != nil {
		t.Fatalf("SendMessage: %v", err)
	}
	if got := awaitReceipt(t, s, sent.ID, types.ReceiptTypeDelivered); got.Sender.User != budi.LID() {
		t.Errorf("delivered to %s, want %s", got.Sender, budi.LID())
	}
	if _, err := budi.Await(ctx, hasText("Ya?")); err != nil {
		t.Fatal(err)
	}
	if err := budi.Read(ctx, s.phone.Number()); err != nil {
		t.Fatalf("Read: %v", err)
	}
	awaitReceipt(t, s, sent.ID, types.ReceiptTypeRead)
}

func awaitReceipt(t *testing.T, s *shop, id string, kind types.ReceiptType) *events.Receipt {
	t.Helper()
	for {
		r := next(t, s.receipts)
		if r.Type == kind && slices.Contains(r.MessageIDs, id) {
			return r
		}
	}
}

func TestADamagedMessageIsAskedForAgain(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	if _, err := n.AddFault(wasim.Fault{Kind: wasim.FaultGarbage, Number: s.phone.Number(), To: budi.Number()}); err != nil {
		t.Fatalf("AddFault: %v", err)
	}
	if _, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: "Halo"}); err != nil {
		t.Fatalf("Send: %v", err)
	}
	awaitOther[*events.UndecryptableMessage](t, s)
	if got := next(t, s.messages).Message.GetConversation(); got != "Halo" {
		t.Errorf("got %q, want %q", got, "Halo")
	}
	if err := s.phone.Settle(ctx, s.Store.ID.String()); err != nil {
		t.Error(err)
	}
	if got := n.Stats(); got.RetryReceipts == 0 {
		t.Errorf("retry receipts: got none")
	}
}

func TestADeliveryIsHeld(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi, sari := openShop(t, n), n.Phone("Budi"), n.Phone("Sari")
	ctx := deadline(t)
	f, err := n.AddFault(wasim.Fault{Kind: wasim.FaultHoldDelivery, Number: s.phone.Number(), To: budi.Number()})
	if err != nil {
		t.Fatalf("AddFault: %v", err)
	}
	for _, who := range []*wasim.Phone{budi, sari} {
		if _, err := who.Send(ctx, s.phone.Number(), wasim.Content{Text: who.Name()}); err != nil {
			t.Fatalf("Send: %v", err)
		}
	}
	if got := next(t, s.messages).Message.GetConversation(); got != "Sari" {
		t.Errorf("got %q, want Sari's alone", got)
	}
	if !n.RemoveFault(f.ID) {
		t.Error("the fault was not in force")
	}
	if got := next(t, s.messages).Message.GetConversation(); got != "Budi" {
		t.Errorf("got %q, want what was held", got)
	}
}

func TestAPhoneThatWasReinstalledGetsItsMessages(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	for _, words := range []string{"satu", "dua"} {
		if _, err := s.SendMessage(ctx, jidOf(budi), textMessage(words)); err != nil {
			t.Fatalf("SendMessage: %v", err)
		}
		if _, err := budi.Await(ctx, hasText(words)); err != nil {
			t.Fatal(err)
		}
		if words == "satu" {
			if err := budi.Reinstall(); err != nil {
				t.Fatalf("Reinstall: %v", err)
			}
		}
	}
	if got := budi.Counters(); got.RetriesAsked == 0 {
		t.Error("the phone read a message of a session that it no longer has")
	}
}

func TestTypingAndPresenceCross(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	if err := budi.StartTyping(ctx, s.phone.Number()); err != nil {
		t.Fatalf("StartTyping: %v", err)
	}
	if e := awaitOther[*events.ChatPresence](t, s); e.State != types.ChatPresenceComposing || e.Chat.User != budi.LID() {
		t.Errorf("got %s in %s, want composing in %s", e.State, e.Chat, budi.LID())
	}
	if err := s.SendChatPresence(ctx, jidOf(budi), types.ChatPresenceComposing, ""); err != nil {
		t.Fatalf("SendChatPresence: %v", err)
	}
	if _, err := budi.AwaitSeen(ctx, s.phone.Number(), func(v wasim.Seen) bool { return v.Typing == "composing" }); err != nil {
		t.Errorf("the phone saw no typing: %v", err)
	}
	if err := s.SendPresence(ctx, types.PresenceAvailable); err != nil {
		t.Fatalf("SendPresence: %v (the push name must have come with the link)", err)
	}
	if err := s.SubscribePresence(ctx, jidOf(budi)); err != nil {
		t.Fatalf("SubscribePresence: %v", err)
	}
	if e := awaitOther[*events.Presence](t, s); !e.Unavailable {
		t.Error("an owner who has never looked is shown online")
	}
	_ = budi.Online(ctx)
	if e := awaitOther[*events.Presence](t, s); e.Unavailable {
		t.Error("an owner who looks is shown offline")
	}
}

func TestMediaCrosses(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	picture := bytes.Repeat([]byte{0xff, 0xd8, 1, 2, 3}, 5000)
	if _, err := budi.Send(ctx, s.phone.Number(), wasim.Content{
		Media: &wasim.Media{Type: "image", MIME: "image/jpeg", Data: picture, Caption: "Ini"},
	}); err != nil {
		t.Fatalf("Send: %v", err)
	}
	in := next(t, s.messages)
	got, err := s.Download(ctx, in.Message.GetImageMessage())
	if err != nil || !bytes.Equal(got, picture) {
		t.Errorf("the client downloaded %d bytes, %v, want %d", len(got), err, len(picture))
	}
	up, err := s.Upload(ctx, picture, whatsmeow.MediaImage)
	if err != nil {
		t.Fatalf("Upload: %v", err)
	}
	if _, err := s.SendMessage(ctx, jidOf(budi), &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
		URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256,
		FileSHA256: up.FileSHA256, FileLength: &up.FileLength, Mimetype: proto.String("image/jpeg"), Caption: proto.String("Itu"),
	}}); err != nil {
		t.Fatalf("SendMessage: %v", err)
	}
	m, err := budi.Await(ctx, hasText("Itu"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := budi.Media(ctx, m.ID); err != nil || !bytes.Equal(got, picture) {
		t.Errorf("the phone downloaded %d bytes, %v, want %d", len(got), err, len(picture))
	}
	if _, err := n.AddFault(wasim.Fault{Kind: wasim.FaultMedia, Code: 410}); err != nil {
		t.Fatalf("AddFault: %v", err)
	}
	if _, err := s.Download(ctx, in.Message.GetImageMessage()); !errors.Is(err, whatsmeow.ErrMediaDownloadFailedWith410) {
		t.Errorf("download of a file that is gone: got %v, want %v", err, whatsmeow.ErrMediaDownloadFailedWith410)
	}
}

func TestQueriesOfAClientAreAnswered(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	found, err := s.IsOnWhatsApp(ctx, []string{"+" + budi.Number(), "+6281100000000"})
	if err != nil || len(found) != 2 {
		t.Fatalf("IsOnWhatsApp: got %d answers, %v, want 2", len(found), err)
	}
	if !found[0].IsIn || found[0].JID.User != budi.LID() || found[0].PhoneNumber.User != budi.Number() || found[0].Query != "+"+budi.Number() {
		t.Errorf("a number that exists: got %+v", found[0])
	}
	if found[1].IsIn {
		t.Errorf("a number that doesn't: got %+v", found[1])
	}
	info, err := s.GetUserInfo(ctx, []types.JID{jidOf(budi)})
	if err != nil || info[jidOf(budi)].LID.User != budi.LID() {
		t.Errorf("GetUserInfo: got %+v, %v, want the hidden id %s", info, err, budi.LID())
	}
	if _, err := s.GetProfilePictureInfo(ctx, jidOf(budi), nil); !errors.Is(err, whatsmeow.ErrProfilePictureNotSet) {
		t.Errorf("picture: got %v, want %v", err, whatsmeow.ErrProfilePictureNotSet)
	}
	if got, err := s.TryFetchPrivacySettings(ctx, true); err != nil || got.ReadReceipts != types.PrivacySettingAll {
		t.Errorf("privacy: got %+v, %v", got, err)
	}
	if _, err := s.UpdateBlocklist(ctx, jidOf(budi), events.BlocklistChangeActionBlock); err != nil {
		t.Errorf("block: %v", err)
	}
	if got, err := s.GetBlocklist(ctx); err != nil || len(got.JIDs) != 1 {
		t.Errorf("block list: got %+v, %v, want one", got, err)
	}
	if err := s.SetStatusMessage(ctx, types.SetStatusInput{Text: proto.String("Buka")}); err != nil {
		t.Errorf("about: %v", err)
	}
	own := jidOf(s.phone)
	if got, err := s.GetUserInfo(ctx, []types.JID{own}); err != nil || got[own].Status != "Buka" {
		t.Errorf("about: got %q, %v, want Buka", got[own].Status, err)
	}
	if got, err := s.GetJoinedGroups(ctx); err != nil || len(got) != 0 {
		t.Errorf("groups: got %d, %v, want none", len(got), err)
	}
	if _, err := s.GetGroupInfo(ctx, types.NewJID("1", types.GroupServer)); !errors.Is(err, whatsmeow.ErrGroupNotFound) {
		t.Errorf("unknown group: got %v, want %v", err, whatsmeow.ErrGroupNotFound)
	}
	if _, err := s.SendMessage(ctx, types.NewJID("6281100000000", types.DefaultUserServer), textMessage("?")); err == nil {
		t.Error("a message to a number that doesn't exist was sent")
	}
}

func TestSharedSettingsReachThePhone(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	second := watch(wasimtest.NewClient(t, n), s.phone)
	// Clients take the first change of an empty collection for a full sync.
	second.EmitAppStateEventsOnFullSync = true
	if err := second.Link(ctx, s.phone); err != nil {
		t.Fatalf("link a second device: %v", err)
	}
	for awaitOther[*events.AppStateSyncComplete](t, second).Name != appstate.WAPatchRegularLow {
	}
	if s.Store.PushName != "Toko" {
		t.Errorf("push name: got %q, want Toko", s.Store.PushName)
	}
	if err := s.SendAppState(ctx, appstate.BuildPin(jidOf(budi), true)); err != nil {
		t.Fatalf("SendAppState: %v", err)
	}
	if e := awaitOther[*events.Pin](t, second); e.JID.User != budi.Number() {
		t.Errorf("pinned %s, want %s", e.JID, budi.Number())
	}
}

func TestSecondLoginReplacesTheFirst(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s := openShop(t, n)
	if got := n.Stats().MostSocketsPerDevice; got != 1 {
		t.Errorf("sockets per device after linking: got %d, want 1", got)
	}
	other := wasimtest.On(t, n, s.Container, s.Store)
	if err := other.Connect(); err != nil {
		t.Fatalf("Connect: %v", err)
	}
	awaitOther[*events.StreamReplaced](t, s)
	if !other.WaitForConnection(wasimtest.Timeout) {
		t.Error("the second client isn't connected")
	}
	if got := n.Stats().MostSocketsPerDevice; got != 2 {
		t.Errorf("sockets per device: got %d, want 2", got)
	}
}

func TestServingOnAPort(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- n.Serve(listener) }()
	phone, budi := n.Phone("Toko"), n.Phone("Budi")
	s := watch(wasimtest.NewClient(t, n), phone)
	wasimtest.Point(s.Client.Client, wasimtest.Dial(listener.Addr().String()))
	ctx := deadline(t)
	if err := s.Link(ctx, phone); err != nil {
		t.Fatalf("link: %v", err)
	}
	if _, err := s.SendMessage(ctx, jidOf(budi), textMessage("Halo")); err != nil {
		t.Fatalf("SendMessage: %v", err)
	}
	if _, err := budi.Await(ctx, hasText("Halo")); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := next(t, served); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: got %v, want %v", err, net.ErrClosed)
	}
}

func TestRemovedAndLoggedOutDevices(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	ctx := deadline(t)
	s := openShop(t, n)
	if err := s.phone.RemoveCompanion(s.Store.ID.String()); err != nil {
		t.Fatalf("RemoveCompanion: %v", err)
	}
	awaitOther[*events.LoggedOut](t, s)
	if got := s.phone.Companions(); len(got) != 0 {
		t.Errorf("companions after removal: got %v", got)
	}
	again := watch(wasimtest.NewClient(t, n), s.phone)
	if err := again.Link(ctx, s.phone); err != nil {
		t.Fatalf("link anew: %v", err)
	}
	if err := again.Logout(ctx); err != nil {
		t.Fatalf("Logout: %v", err)
	}
	if got := s.phone.Companions(); len(got) != 0 {
		t.Errorf("companions after the client's own logout: got %v", got)
	}
}
