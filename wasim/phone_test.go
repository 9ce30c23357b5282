package wasim_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

// must ends the test if a step that others stand on has failed.
func must[T any](t *testing.T, what string) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return v
	}
}

// inBothForms runs a scenario with senders shown by hidden id and by number.
func inBothForms(t *testing.T, scenario func(*testing.T, *wasim.Network)) {
	t.Helper()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			scenario(t, wasimtest.Network(t, wasim.Options{Addressing: form}))
		})
	}
}

// history takes the next part of that kind.
func history(t *testing.T, s *shop, kind waHistorySync.HistorySync_HistorySyncType) *waHistorySync.HistorySync {
	t.Helper()
	for {
		if part := awaitOther[*events.HistorySync](t, s).Data; part.GetSyncType() == kind {
			return part
		}
	}
}

func TestANewDeviceIsToldWhatWasBefore(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	phone, budi := n.Phone("Toko"), n.Phone("Budi")
	ctx := deadline(t)
	const before = 50
	var last string
	for i := range before {
		last = must[string](t, "Send")(budi.Send(ctx, phone.Number(), wasim.Content{Text: fmt.Sprint(i)}))
	}
	if _, err := phone.Await(ctx, func(m wasim.Message) bool { return m.ID == last }); err != nil {
		t.Fatal(err)
	}
	s := watch(wasimtest.NewClient(t, n), phone)
	if err := s.Link(ctx, phone); err != nil {
		t.Fatalf("link: %v", err)
	}
	first := history(t, s, waHistorySync.HistorySync_INITIAL_BOOTSTRAP)
	rest := history(t, s, waHistorySync.HistorySync_RECENT)
	seen := map[string]bool{}
	var oldest *events.Message
	for _, part := range []*waHistorySync.HistorySync{first, rest} {
		for _, c := range part.GetConversations() {
			chat := must[types.JID](t, "ParseJID")(types.ParseJID(c.GetID()))
			for _, m := range c.GetMessages() {
				oldest = must[*events.Message](t, "ParseWebMessage")(s.ParseWebMessage(chat, m.GetMessage()))
				seen[oldest.Message.GetConversation()] = true
				if oldest.Info.Chat.User != budi.LID() || oldest.Info.IsFromMe {
					t.Errorf("message of the past: got chat %s, from me %v", oldest.Info.Chat, oldest.Info.IsFromMe)
				}
			}
		}
	}
	if len(seen) != before || oldest.Message.GetConversation() != "0" {
		t.Errorf("history: got %d messages down to %q, want %d down to 0", len(seen), oldest.Message.GetConversation(), before)
	}
	tenth := must[wasim.Message](t, "find")(phone.Await(ctx, hasText("10")))
	from := &types.MessageInfo{ID: tenth.ID, Timestamp: time.UnixMilli(tenth.TimestampMS)}
	from.Chat = types.NewJID(budi.LID(), types.HiddenUserServer)
	must[whatsmeow.SendResponse](t, "ask for more")(s.SendPeerMessage(ctx, s.BuildHistorySyncRequest(from, 3)))
	older := history(t, s, waHistorySync.HistorySync_ON_DEMAND).GetConversations()
	if len(older) != 1 || len(older[0].GetMessages()) != 3 || older[0].GetMessages()[0].GetMessage().GetMessage().GetConversation() != "9" {
		t.Errorf("older history: got %v, want 9, 8 and 7", older)
	}
}

func TestAPlaceholderIsFilledByThePhone(t *testing.T) {
	t.Parallel()
	inBothForms(t, aPlaceholderIsFilledByThePhone)
}

func aPlaceholderIsFilledByThePhone(t *testing.T, n *wasim.Network) {
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	id := must[string](t, "Send")(budi.Send(ctx, s.phone.Number(), wasim.Content{Text: "Halo"}))
	in := next(t, s.messages)
	if _, err := s.phone.Await(ctx, hasText("Halo")); err != nil {
		t.Fatal(err)
	}
	asked := must[whatsmeow.SendResponse](t, "ask")(
		s.SendPeerMessage(ctx, s.BuildUnavailableMessageRequest(in.Info.Chat, in.Info.Sender, id)))
	got := next(t, s.messages)
	if got.Info.ID != id || got.Message.GetConversation() != "Halo" || got.UnavailableRequestID != asked.ID {
		t.Errorf("filled: got %+v with %q, want %s with Halo for request %s", got.Info, got.Message.GetConversation(), id, asked.ID)
	}
}

func TestKindsOfAClientAreShownOnThePhone(t *testing.T) {
	t.Parallel()
	inBothForms(t, kindsOfAClientAreShownOnThePhone)
}

func kindsOfAClientAreShownOnThePhone(t *testing.T, n *wasim.Network) {
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx, to := deadline(t), jidOf(budi)
	question := must[string](t, "Send")(budi.Send(ctx, s.phone.Number(), wasim.Content{Text: "Harga?"}))
	in := next(t, s.messages)
	sendTo := func(msg *waE2E.Message) string {
		return must[whatsmeow.SendResponse](t, "SendMessage")(s.SendMessage(ctx, to, msg)).ID
	}
	text := sendTo(textMessage("Rp 10.000"))
	sendTo(s.BuildEdit(to, text, textMessage("Rp 11.000")))
	tests := []struct {
		id   string
		want wasim.Message
	}{
		{sendTo(&waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{
			Text: proto.String("jawab"), ContextInfo: &waE2E.ContextInfo{StanzaID: &question, Participant: proto.String(in.Info.Sender.String())},
		}}), wasim.Message{Type: "text", Text: "jawab", ReplyTo: question}},
		{sendTo(s.BuildReaction(in.Info.Chat, in.Info.Sender, question, "👍")), wasim.Message{Type: "reaction", Text: "👍", Target: question}},
		{sendTo(s.BuildPollCreation("Kapan?", []string{"Senin", "Rabu"}, 1)), wasim.Message{Type: "poll", Text: "Kapan?"}},
		{sendTo(&waE2E.Message{LocationMessage: &waE2E.LocationMessage{
			DegreesLatitude: proto.Float64(-6), DegreesLongitude: proto.Float64(106), Name: proto.String("Toko"),
		}}), wasim.Message{Type: "location", Text: "Toko"}},
		{sendTo(&waE2E.Message{ListMessage: &waE2E.ListMessage{Title: proto.String("Menu")}}), wasim.Message{Type: "unknown"}},
		{sendTo(s.BuildRevoke(to, types.EmptyJID, text)), wasim.Message{Type: "revoke", Target: text}},
	}
	for _, phone := range []*wasim.Phone{budi, s.phone} {
		for _, test := range tests {
			m := must[wasim.Message](t, test.want.Type)(phone.Await(ctx, func(m wasim.Message) bool { return m.ID == test.id }))
			got := wasim.Message{Type: m.Type, Text: m.Text, ReplyTo: m.ReplyTo, Target: m.Target}
			if !cmp.Equal(got, test.want) {
				t.Errorf("on %s: got %+v, want %+v", phone.Name(), got, test.want)
			}
		}
		m, _ := phone.Message(text)
		if !m.Edited || m.Text != "Rp 11.000" || m.Status != wasim.StatusRevoked {
			t.Errorf("edited and revoked message on %s: got %+v", phone.Name(), m)
		}
	}
}

func TestKindsOfAPhoneReachTheClient(t *testing.T) {
	t.Parallel()
	inBothForms(t, kindsOfAPhoneReachTheClient)
}

func kindsOfAPhoneReachTheClient(t *testing.T, n *wasim.Network) {
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	say := func(c wasim.Content) (string, *events.Message) {
		id := must[string](t, "Send")(budi.Send(ctx, s.phone.Number(), c))
		got := next(t, s.messages)
		if got.Info.ID != id {
			t.Fatalf("got message %s, want %s", got.Info.ID, id)
		}
		return id, got
	}
	first, _ := say(wasim.Content{Text: "satu"})
	if _, got := say(wasim.Content{Text: "dua", ReplyTo: first}); got.Message.GetExtendedTextMessage().GetContextInfo().GetStanzaID() != first {
		t.Errorf("reply: got %v, want one to %s", got.Message, first)
	}
	if _, got := say(wasim.Content{Reaction: &wasim.Reaction{To: first, Emoji: "👍"}}); got.Message.GetReactionMessage().GetText() != "👍" {
		t.Errorf("reaction: got %v", got.Message)
	}
	if _, got := say(wasim.Content{Location: &wasim.Location{Latitude: -6.2, Longitude: 106.8}}); got.Message.GetLocationMessage().GetDegreesLatitude() != -6.2 {
		t.Errorf("location: got %v", got.Message)
	}
	if _, got := say(wasim.Content{Contact: &wasim.Card{Name: "Cici", VCard: "BEGIN:VCARD"}}); got.Message.GetContactMessage().GetDisplayName() != "Cici" {
		t.Errorf("contact: got %v", got.Message)
	}
	_, poll := say(wasim.Content{Poll: &wasim.Poll{Question: "Kapan?", Options: []string{"Senin", "Rabu"}, Selectable: 1}})
	vote := must[*waE2E.Message](t, "BuildPollVote")(s.BuildPollVote(ctx, &poll.Info, []string{"Rabu"}))
	sent := must[whatsmeow.SendResponse](t, "vote")(s.SendMessage(ctx, poll.Info.Chat, vote))
	shown := must[wasim.Message](t, "the vote")(budi.Await(ctx, func(m wasim.Message) bool { return m.ID == sent.ID }))
	if shown.Type != "poll_vote" || shown.Target != poll.Info.ID || shown.Raw.GetPollUpdateMessage().GetVote() == nil {
		t.Errorf("vote: got %+v, want one for %s with its ciphertext", shown, poll.Info.ID)
	}
}

// lockedBuffer lets a client decrypt only while nobody encrypts, which whatsmeow itself doesn't see to.
type lockedBuffer struct {
	store.EventBuffer
	mu *sync.Mutex
}

func (b lockedBuffer) DoDecryptionTxn(ctx context.Context, f func(context.Context) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.EventBuffer.DoDecryptionTxn(ctx, f)
}

func TestThreeHundredEachWayAtOnceWithoutAnError(t *testing.T) {
	t.Parallel()
	const each = 300
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := t.Context()
	s.Disconnect()
	var mu sync.Mutex
	s.EnableDecryptedEventBuffer = true
	s.Store.EventBuffer = lockedBuffer{s.Store.EventBuffer, &mu}
	if err := s.Connect(); err != nil || !s.WaitForConnection(wasimtest.Timeout) {
		t.Fatalf("Connect: %v", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range each {
			if _, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: fmt.Sprint("p", i)}); err != nil {
				t.Errorf("Send: %v", err)
			}
		}
	})
	wg.Go(func() {
		for i := range each {
			mu.Lock()
			_, err := s.SendMessage(ctx, jidOf(budi), textMessage(fmt.Sprint("c", i)))
			mu.Unlock()
			if err != nil {
				t.Errorf("SendMessage: %v", err)
			}
		}
	})
	wg.Wait()
	for i := range each {
		if got := next(t, s.messages).Message.GetConversation(); got != fmt.Sprint("p", i) {
			t.Fatalf("the client's message %d: got %q", i, got)
		}
	}
	must[wasim.Message](t, "the last")(budi.Await(deadline(t), hasText(fmt.Sprint("c", each-1))))
	if got := budi.ChatCount(s.phone.Number()); got.IDs != each || got.Frames != each {
		t.Errorf("in Budi's chat: got %+v, want %d of each", got, each)
	}
	for _, p := range n.Phones() {
		if c := p.Counters(); c.DecryptErrors != 0 || c.RetriesAnswered != 0 {
			t.Errorf("%s: got %+v, want no errors and no retries", p.Name(), c)
		}
	}
}

func TestABurstArrivesInOrder(t *testing.T) {
	t.Parallel()
	const burst = 2000
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := t.Context()
	started := time.Now()
	for i := range burst {
		must[string](t, "Send")(budi.Send(ctx, s.phone.Number(), wasim.Content{Text: fmt.Sprint(i)}))
	}
	t.Logf("%d sent in %s", burst, time.Since(started))
	for i := range burst {
		if got := next(t, s.messages).Message.GetConversation(); got != fmt.Sprint(i) {
			t.Fatalf("message %d: got %q", i, got)
		}
	}
	t.Logf("%d received in %s", burst, time.Since(started))
	if c := s.phone.Counters(); c.DecryptErrors != 0 {
		t.Errorf("own phone: got %+v, want no errors", c)
	}
}
