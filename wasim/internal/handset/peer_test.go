package handset

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"testing"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/appstate"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/proto/waWeb"
	"google.golang.org/protobuf/proto"
)

// history reads a part of the history as a companion does.
func (d *device) history(t *testing.T, p *plug, n *waE2E.HistorySyncNotification) *waHistorySync.HistorySync {
	t.Helper()
	packed := n.GetInitialHistBootstrapInlinePayload()
	if packed == nil {
		blob, err := p.Download(n.GetDirectPath())
		if err != nil {
			t.Fatalf("history file: %v", err)
		}
		packed, err = openMedia(remoteFile{
			Key: n.GetMediaKey(), SHA256: n.GetFileSHA256(), EncSHA256: n.GetFileEncSHA256(), keys: whatsmeow.MediaHistory,
		}, blob)
		if err != nil {
			t.Fatalf("history file: %v", err)
		}
	}
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatalf("history isn't compressed: %v", err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatalf("history can't be unpacked: %v", err)
	}
	var h waHistorySync.HistorySync
	if err := proto.Unmarshal(raw, &h); err != nil {
		t.Fatalf("history can't be read: %v", err)
	}
	return &h
}

// peer takes the next peer message.
func (d *device) peer(t *testing.T) *waE2E.ProtocolMessage {
	t.Helper()
	n := d.next(t, "message")
	if n.AttrGetter().String("category") != "peer" {
		t.Fatalf("got %s, want a peer message", n.String())
	}
	return d.open(t, n).GetProtocolMessage()
}

func TestNewCompanionIsWelcomed(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	const before = 50
	for i := range before {
		send(t, b, a, Content{Text: fmt.Sprint(i)})
	}
	await(t, a.h, "the last of the earlier messages", func(m Message) bool { return m.Text == fmt.Sprint(before-1) })
	c := a.companion(1)
	if err := a.h.CompanionLinked(t.Context(), c.jid); err != nil {
		t.Fatalf("CompanionLinked: %v", err)
	}
	keys := c.peer(t).GetAppStateSyncKeyShare().GetKeys()
	if len(keys) != 1 || len(keys[0].GetKeyID().GetKeyID()) != 6 || len(keys[0].GetKeyData().GetKeyData()) != 32 {
		t.Errorf("app-state keys: got %v, want one", keys)
	}
	first := c.history(t, a, c.peer(t).GetHistorySyncNotification())
	if first.GetSyncType() != waHistorySync.HistorySync_INITIAL_BOOTSTRAP || len(first.GetConversations()) != 1 {
		t.Fatalf("first part: got %v, want one conversation", first)
	}
	chat := first.GetConversations()[0]
	if chat.GetID() != b.acc.LID.String() || len(chat.GetMessages()) != bootstrapPerChat ||
		chat.GetMessages()[0].GetMessage().GetMessage().GetConversation() != fmt.Sprint(before-1) {
		t.Errorf("conversation: got %v, want the newest %d of %s, newest first", chat, bootstrapPerChat, b.acc.LID)
	}
	if got := first.GetPhoneNumberToLidMappings(); len(got) != 1 || got[0].GetPnJID() != b.acc.PN.String() {
		t.Errorf("mappings: got %v, want Budi's", got)
	}
	if names := c.history(t, a, c.peer(t).GetHistorySyncNotification()).GetPushnames(); len(names) != 1 || names[0].GetPushname() != "Ani" {
		t.Errorf("push names: got %v, want Ani", names)
	}
	n := c.peer(t).GetHistorySyncNotification()
	rest := c.history(t, a, n)
	if n.GetDirectPath() == "" || len(rest.GetConversations()) != 1 || len(rest.GetConversations()[0].GetMessages()) != before-bootstrapPerChat {
		t.Errorf("the rest: got %v, want %d messages as a file", rest, before-bootstrapPerChat)
	}
	settings := a.h.Settings()
	if len(settings) != len(appstate.AllPatchNames) || settings[0].Action.GetPushNameSetting().GetName() != "Ani" {
		t.Errorf("settings on the network: got %v, want the name and a first record in each other collection", settings)
	}
}

func TestPlaceholderAndOlderHistoryAreAnswered(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	var ids []string
	for i := range 5 {
		ids = append(ids, send(t, b, a, Content{Text: fmt.Sprint(i)}))
	}
	await(t, a.h, "the last message", byID(ids[4]))
	c := a.companion(1)
	ask := func(id string, r *waE2E.PeerDataOperationRequestMessage) *waE2E.ProtocolMessage {
		c.write(t, w, a.acc.LID, id, &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
			Type: waE2E.ProtocolMessage_PEER_DATA_OPERATION_REQUEST_MESSAGE.Enum(), PeerDataOperationRequestMessage: r,
		}}, waBinary.Attrs{"category": "peer"})
		return c.peer(t)
	}
	answer := ask("ASK1", &waE2E.PeerDataOperationRequestMessage{
		PeerDataOperationRequestType: waE2E.PeerDataOperationRequestType_PLACEHOLDER_MESSAGE_RESEND.Enum(),
		PlaceholderMessageResendRequest: []*waE2E.PeerDataOperationRequestMessage_PlaceholderMessageResendRequest{
			{MessageKey: &waCommon.MessageKey{ID: &ids[2]}}, {MessageKey: &waCommon.MessageKey{ID: proto.String("?")}},
		},
	}).GetPeerDataOperationRequestResponseMessage()
	var web waWeb.WebMessageInfo
	if answer.GetStanzaID() != "ASK1" || len(answer.GetPeerDataOperationResult()) != 1 {
		t.Fatalf("answer: got %v, want one result for ASK1", answer)
	}
	raw := answer.GetPeerDataOperationResult()[0].GetPlaceholderMessageResendResponse().GetWebMessageInfoBytes()
	if err := proto.Unmarshal(raw, &web); err != nil || web.GetMessage().GetConversation() != "2" || web.GetKey().GetID() != ids[2] {
		t.Errorf("placeholder: got %v, %v; want message 2", &web, err)
	}
	older := c.history(t, a, ask("ASK2", &waE2E.PeerDataOperationRequestMessage{
		PeerDataOperationRequestType: waE2E.PeerDataOperationRequestType_HISTORY_SYNC_ON_DEMAND.Enum(),
		HistorySyncOnDemandRequest: &waE2E.PeerDataOperationRequestMessage_HistorySyncOnDemandRequest{
			ChatJID: proto.String(b.acc.PN.String()), OldestMsgID: &ids[3], OnDemandMsgCount: proto.Int32(2),
		},
	}).GetHistorySyncNotification())
	var texts []string
	for _, m := range older.GetConversations()[0].GetMessages() {
		texts = append(texts, m.GetMessage().GetMessage().GetConversation())
	}
	if fmt.Sprint(texts) != "[2 1]" {
		t.Errorf("older history: got %v, want 2 and 1", texts)
	}
}

func TestPeerMessageIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a := w.phone("Ani", 1)
	c := a.companion(1)
	if err := a.h.CompanionLinked(t.Context(), c.jid); err != nil {
		t.Fatalf("CompanionLinked: %v", err)
	}
	first := c.next(t, "message")
	lost := first.AttrGetter().String("id")
	w.deliver(c.jid, a.acc.LID, waBinary.Node{Tag: "receipt", Attrs: waBinary.Attrs{"id": lost, "type": "retry"}}, []waBinary.Node{
		{Tag: "retry", Attrs: waBinary.Attrs{"count": 1, "id": lost, "t": 1, "v": 1}},
	})
	for {
		n := c.next(t, "message")
		if n.AttrGetter().String("id") != lost {
			continue
		}
		enc := n.GetChildByTag("enc")
		if enc.AttrGetter().String("type") != encPreKey || enc.AttrGetter().Int("count") != 1 || n.AttrGetter().String("category") != "peer" {
			t.Errorf("again: got %s, want a peer pkmsg with count 1", n.String())
		}
		if c.open(t, n).GetProtocolMessage().GetAppStateSyncKeyShare() == nil {
			t.Error("again: the key share isn't in it")
		}
		return
	}
}

func TestSettingsOfACompanionAreVerified(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a := w.phone("Ani", 1)
	a.h.appMu.Lock()
	err := a.h.patch(t.Context(), appstate.BuildSettingPushName("Ani"))
	a.h.appMu.Unlock()
	if err != nil {
		t.Fatalf("patch: %v", err)
	}
	name := string(appstate.WAPatchCriticalBlock)
	w.mu.Lock()
	patch := append([]byte{}, w.apps[a.acc.LID.User+name][0]...)
	patch[len(patch)/2] ^= 1
	w.apps[a.acc.LID.User+name] = append(w.apps[a.acc.LID.User+name], patch)
	w.mu.Unlock()
	if err := a.h.Sync(t.Context(), name); err == nil {
		t.Error("a spoilt patch was taken for good")
	}
	if got := len(a.h.Settings()); got != 1 {
		t.Errorf("settings: got %d, want only the good one", got)
	}
}

func TestChatReadOnACompanionIsReadHere(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	a, b := w.phone("Ani", 1), w.phone("Budi", 2)
	id := send(t, b, a, Content{Text: "Halo"})
	await(t, a.h, "the text", byID(id))
	// A companion has the same key as the phone, so its patch is the phone's, byte for byte.
	a.h.appMu.Lock()
	err := a.h.patch(t.Context(), appstate.BuildMarkChatAsRead(b.acc.LID, true, a.Now(), nil))
	a.h.appMu.Unlock()
	if err != nil {
		t.Fatalf("patch: %v", err)
	}
	if m, _ := a.h.Message(id); m.Status != StatusRead {
		t.Errorf("status: got %q, want %q", m.Status, StatusRead)
	}
}
