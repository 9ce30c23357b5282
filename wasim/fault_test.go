package wasim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

func TestAFaultThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	for _, c := range []struct {
		body, says string
	}{
		{`{}`, "kind"},
		{`{"kind":"earthquake"}`, "unknown"},
		{`{"kind":"connect_failure"}`, "code"},
		{`{"kind":"connect_failure","code":402}`, "expires_s"},
		{`{"kind":"temporary_ban"}`, "expires_s"},
		{`{"kind":"ack_error"}`, "463"},
		{`{"kind":"ack_error","code":463,"times":-2}`, "times"},
		{`{"kind":"ack_error","code":463,"probability":1.5}`, "probability"},
		{`{"kind":"ack_error","code":463,"to":"62811000000000"}`, "nobody"},
		{`{"kind":"ack_error","code":463,"number":"a"}`, "nobody"},
		{`{"kind":"ack_error","code":463,"device":"62811:1@s.whatsapp.net"}`, "device"},
		{`{"kind":"delay_ack"}`, "delay_ms"},
		{`{"kind":"delay_ack","delay_ms":-5}`, "delay_ms"},
		{`{"kind":"go_silent","to":"62811000000000"}`, "recipient"},
		{`{"kind":"media_status","code":200}`, "code"},
		{`{"kind":"reachout_timelock","until":-1}`, "until"},
		{`{"kind":"one_address"}`, "form"},
		{`{"kind":"one_address","form":"email"}`, "form"},
		{`{"kind":"lose_ack","form":"lid"}`, "form"},
		{`{"kind":"lose_ack","at":7}`, "at"},
	} {
		var f wasim.Fault
		if err := json.Unmarshal([]byte(c.body), &f); err != nil {
			t.Fatalf("%s: %v", c.body, err)
		}
		_, err := n.AddFault(f)
		if !errors.Is(err, wasim.ErrFault) || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%s: got %v, want %v that speaks of %q", c.body, err, wasim.ErrFault, c.says)
		}
	}
	if got := n.Faults(); len(got) != 0 {
		t.Errorf("in force after refusals: %v", got)
	}
}

func TestFaultsAreListedAndTakenBack(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	first, err := n.AddFault(wasim.Fault{Kind: wasim.FaultLoseAck, Times: 3})
	if err != nil || first.ID == "" || first.Times != 3 {
		t.Fatalf("AddFault: %+v, %v", first, err)
	}
	if _, err := n.AddFault(wasim.Fault{ID: first.ID, Kind: wasim.FaultLoseAck}); !errors.Is(err, wasim.ErrFault) {
		t.Errorf("the same id again: got %v, want %v", err, wasim.ErrFault)
	}
	second, err := n.AddFault(wasim.Fault{ID: "mine", Kind: wasim.FaultAck, Code: 463})
	if err != nil || second.Times != -1 {
		t.Fatalf("AddFault: %+v, %v, want it for ever", second, err)
	}
	if got := n.Faults(); len(got) != 2 || got[0].ID != first.ID || got[1].ID != "mine" {
		t.Errorf("Faults: got %+v", got)
	}
	if !n.RemoveFault("mine") || n.RemoveFault("mine") {
		t.Error("RemoveFault: want true, then false")
	}
	n.ClearFaults()
	if got := n.Faults(); len(got) != 0 {
		t.Errorf("after ClearFaults: %v", got)
	}
}

func TestAckErrors(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, known, stranger := openShop(t, n), n.Phone("Kenalan"), n.Phone("Orang Baru")
	ctx := deadline(t)
	if _, err := s.SendMessage(ctx, jidOf(known), textMessage("satu")); err != nil {
		t.Fatalf("SendMessage: %v", err)
	}
	if _, err := n.AddFault(wasim.Fault{Kind: wasim.FaultAck, Code: 463, Number: s.phone.Number(), NewChatsOnly: true}); err != nil {
		t.Fatalf("AddFault: %v", err)
	}
	for range 2 {
		_, err := s.SendMessage(ctx, jidOf(stranger), textMessage("promo"))
		if !errors.Is(err, whatsmeow.ErrServerReturnedError) || !strings.Contains(err.Error(), "463") {
			t.Errorf("to a stranger: got %v, want 463", err)
		}
	}
	if _, err := s.SendMessage(ctx, jidOf(known), textMessage("dua")); err != nil {
		t.Errorf("to somebody known: %v", err)
	}
	n.ClearFaults()
	if _, err := n.AddFault(wasim.Fault{Kind: wasim.FaultAck, Code: 479, To: known.Number(), Times: 1}); err != nil {
		t.Fatalf("AddFault: %v", err)
	}
	id := s.GenerateMessageID()
	extra := whatsmeow.SendRequestExtra{ID: id}
	if _, err := s.SendMessage(ctx, jidOf(known), textMessage("tiga"), extra); err == nil || !strings.Contains(err.Error(), "479") {
		t.Errorf("once: got %v, want 479", err)
	}
	if _, err := s.SendMessage(ctx, jidOf(known), textMessage("tiga"), extra); err != nil {
		t.Errorf("the same id after a refusal: %v", err)
	}
	if _, err := known.Await(ctx, hasText("tiga")); err != nil {
		t.Error(err)
	}
	if got := len(stranger.Messages("", "")); got != 0 {
		t.Errorf("the stranger got %d messages, want none", got)
	}
}

// sendThrough sends one message while a fault is in force and wants it to arrive
// exactly once and to be reported as sent.
func sendThrough(t *testing.T, f wasim.Fault) {
	t.Helper()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	if _, err := n.AddFault(f); err != nil {
		t.Fatalf("AddFault: %v", err)
	}
	if _, err := s.SendMessage(ctx, jidOf(budi), textMessage("Halo")); err != nil {
		t.Errorf("SendMessage: %v", err)
	}
	// The client may not have noticed yet that its socket is gone: it then refuses, and the same message is sent again.
	last := whatsmeow.SendRequestExtra{ID: s.GenerateMessageID()}
	for {
		if !s.WaitForConnection(wasimtest.Timeout) {
			t.Fatal("the client didn't come back")
		}
		_, err := s.SendMessage(ctx, jidOf(budi), textMessage("Akhir"), last)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			t.Fatalf("SendMessage: %v", err)
		}
	}
	if _, err := budi.Await(ctx, hasText("Akhir")); err != nil {
		t.Fatal(err)
	}
	if got := budi.Messages(s.phone.Number(), ""); len(got) != 2 || got[0].Text != "Halo" {
		t.Errorf("the customer has %d messages, want Halo and Akhir", len(got))
	}
	if got := budi.ChatCount(s.phone.Number()); got.Frames != 2 {
		t.Errorf("frames: got %d, want 2", got.Frames)
	}
	if got := n.Stats(); got.FaultsFired != 1 || got.MostSocketsPerDevice != 1 {
		t.Errorf("fired %d, most sockets %d, want 1 and 1", got.FaultsFired, got.MostSocketsPerDevice)
	}
}

func TestAMessageSurvivesALostSocket(t *testing.T) {
	t.Parallel()
	for _, kind := range []wasim.FaultKind{wasim.FaultDropBefore, wasim.FaultDropBeforeAck, wasim.FaultDropAfterAck} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			sendThrough(t, wasim.Fault{Kind: kind})
		})
	}
}

func TestALostAckIsATimeout(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	if _, err := n.AddFault(wasim.Fault{Kind: wasim.FaultLoseAck}); err != nil {
		t.Fatalf("AddFault: %v", err)
	}
	id := s.GenerateMessageID()
	_, err := s.SendMessage(ctx, jidOf(budi), textMessage("Halo"), whatsmeow.SendRequestExtra{ID: id, Timeout: 50 * time.Millisecond})
	if !errors.Is(err, whatsmeow.ErrMessageTimedOut) {
		t.Errorf("got %v, want %v", err, whatsmeow.ErrMessageTimedOut)
	}
	if _, err := s.SendMessage(ctx, jidOf(budi), textMessage("Halo"), whatsmeow.SendRequestExtra{ID: id}); err != nil {
		t.Errorf("the second try: %v", err)
	}
	if _, err := budi.Await(ctx, hasText("Halo")); err != nil {
		t.Fatal(err)
	}
	if got := budi.ChatCount(s.phone.Number()).Frames; got != 1 {
		t.Errorf("frames: got %d, want 1", got)
	}
}

func TestDelaysFollowTheNetworksClock(t *testing.T) {
	t.Parallel()
	clock := wasim.NewManualClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	n := wasimtest.Network(t, wasim.Options{Clock: clock})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	for _, f := range []wasim.Fault{{Kind: wasim.FaultDelayAck, DelayMS: 60_000}, {Kind: wasim.FaultDelayDelivery, DelayMS: 60_000}} {
		if _, err := n.AddFault(f); err != nil {
			t.Fatalf("AddFault: %v", err)
		}
	}
	acked := make(chan error, 1)
	go func() {
		_, err := s.SendMessage(ctx, jidOf(budi), textMessage("Halo"))
		acked <- err
	}()
	if _, err := budi.Await(ctx, hasText("Halo")); err != nil {
		t.Fatal(err)
	}
	if _, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: "Ya"}); err != nil {
		t.Fatalf("Send: %v", err)
	}
	if len(acked) != 0 || len(s.messages) != 0 {
		t.Error("what was delayed came before its time")
	}
	clock.Advance(time.Minute)
	if err := next(t, acked); err != nil {
		t.Errorf("SendMessage: %v", err)
	}
	m := next(t, s.messages)
	if want := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC); !m.Info.Timestamp.Equal(want) {
		t.Errorf("timestamp: got %s, want %s", m.Info.Timestamp, want)
	}
}

func TestADuplicateIsShownAsOne(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	if _, err := n.AddFault(wasim.Fault{Kind: wasim.FaultDuplicate}); err != nil {
		t.Fatalf("AddFault: %v", err)
	}
	for _, words := range []string{"Halo", "Akhir"} {
		if _, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: words}); err != nil {
			t.Fatalf("Send: %v", err)
		}
	}
	for _, want := range []string{"Halo", "Akhir"} {
		if got := next(t, s.messages).Message.GetConversation(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	frames := 0
	for _, e := range n.Log().Entries(0) {
		if e.Tag == "message" && e.Direction == "out" && strings.Contains(e.XML, budi.LID()) {
			frames++
		}
	}
	if frames != 3 {
		t.Errorf("message frames on the wire: got %d, want 3", frames)
	}
}

func TestConnectionsFailAsTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault wasim.Fault
		check func(t *testing.T, s *shop)
	}{
		{wasim.Fault{Kind: wasim.FaultConnect, Code: 401}, func(t *testing.T, s *shop) { awaitOther[*events.LoggedOut](t, s) }},
		{wasim.Fault{Kind: wasim.FaultConnect, Code: 403}, func(t *testing.T, s *shop) { awaitOther[*events.LoggedOut](t, s) }},
		{wasim.Fault{Kind: wasim.FaultConnect, Code: 405}, func(t *testing.T, s *shop) { awaitOther[*events.ClientOutdated](t, s) }},
		{wasim.Fault{Kind: wasim.FaultConnect, Code: 402, ExpiresS: 90}, func(t *testing.T, s *shop) {
			if e := awaitOther[*events.TemporaryBan](t, s); e.Expire != 90*time.Second {
				t.Errorf("ban: got %s, want 90s", e.Expire)
			}
		}},
		{wasim.Fault{Kind: wasim.FaultConnect, Code: 503}, func(t *testing.T, s *shop) { awaitConnected(t, s, 1) }},
	} {
		t.Run(fmt.Sprint(c.fault.Kind, c.fault.Code), func(t *testing.T) {
			t.Parallel()
			n := wasimtest.Network(t, wasim.Options{})
			s := openShop(t, n)
			awaitConnected(t, s, 1)
			s.Disconnect()
			if _, err := n.AddFault(c.fault); err != nil {
				t.Fatalf("AddFault: %v", err)
			}
			if err := s.Connect(); err != nil {
				t.Fatalf("Connect: %v", err)
			}
			c.check(t, s)
			if got := n.Stats().LoginFailures; got != 1 {
				t.Errorf("login failures: got %d, want 1", got)
			}
		})
	}
}

func awaitConnected(t *testing.T, s *shop, times int) {
	t.Helper()
	for range times {
		awaitOther[*events.Connected](t, s)
	}
}

func TestLiveSocketsFailAsTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault wasim.Fault
		check func(t *testing.T, s *shop)
	}{
		{wasim.Fault{Kind: wasim.FaultStream}, func(t *testing.T, s *shop) { awaitConnected(t, s, 1) }},
		{wasim.Fault{Kind: wasim.FaultStream, Code: 503}, func(t *testing.T, s *shop) { awaitConnected(t, s, 1) }},
		{wasim.Fault{Kind: wasim.FaultClose}, func(t *testing.T, s *shop) {
			awaitOther[*events.Disconnected](t, s)
			awaitConnected(t, s, 1)
		}},
		{wasim.Fault{Kind: wasim.FaultReplaced}, func(t *testing.T, s *shop) { awaitOther[*events.StreamReplaced](t, s) }},
		{wasim.Fault{Kind: wasim.FaultRemoved}, func(t *testing.T, s *shop) {
			if e := awaitOther[*events.LoggedOut](t, s); e.OnConnect {
				t.Error("logged out at connect, want by the stream")
			}
		}},
	} {
		t.Run(fmt.Sprint(c.fault.Kind, c.fault.Code), func(t *testing.T) {
			t.Parallel()
			n := wasimtest.Network(t, wasim.Options{})
			s := openShop(t, n)
			awaitConnected(t, s, 1)
			c.fault.Number = s.phone.Number()
			if _, err := n.AddFault(c.fault); err != nil {
				t.Fatalf("AddFault: %v", err)
			}
			c.check(t, s)
			if got := n.Faults(); len(got) != 0 {
				t.Errorf("still in force: %+v", got)
			}
		})
	}
}

func TestATemporaryBanEndsOnTheNetworksClock(t *testing.T) {
	t.Parallel()
	clock := wasim.NewManualClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	n := wasimtest.Network(t, wasim.Options{Clock: clock})
	s := openShop(t, n)
	if _, err := n.AddFault(wasim.Fault{Kind: wasim.FaultBan, Number: s.phone.Number(), ExpiresS: 3600, Code: 104}); err != nil {
		t.Fatalf("AddFault: %v", err)
	}
	e := awaitOther[*events.TemporaryBan](t, s)
	if e.Code != 104 || e.Expire != time.Hour {
		t.Errorf("ban: got code %d for %s, want 104 for 1h", e.Code, e.Expire)
	}
	clock.Advance(time.Hour - time.Millisecond)
	s.Disconnect()
	if err := s.Connect(); err != nil {
		t.Fatalf("Connect: %v", err)
	}
	if e := awaitOther[*events.TemporaryBan](t, s); e.Expire != time.Second {
		t.Errorf("a moment before its end the ban lasts %s, want 1s", e.Expire)
	}
	clock.Advance(time.Millisecond)
	s.Disconnect()
	if err := s.Connect(); err != nil {
		t.Fatalf("Connect: %v", err)
	}
	if !s.WaitForConnection(wasimtest.Timeout) {
		t.Error("the ban is over, but the client isn't let in")
	}
}

func TestATimelockIsTold(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s := openShop(t, n)
	until := time.Now().Add(time.Hour).Truncate(time.Second)
	if _, err := n.AddFault(wasim.Fault{Kind: wasim.FaultTimelock, Number: s.phone.Number(), Until: until.Unix()}); err != nil {
		t.Fatalf("AddFault: %v", err)
	}
	e := awaitOther[*events.NotifyAccountReachoutTimelock](t, s)
	if !e.IsActive || !e.TimeEnforcementEnds.Equal(until) {
		t.Errorf("got active %v until %s, want until %s", e.IsActive, e.TimeEnforcementEnds.Time, until)
	}
}

func TestADeafNetworkKeepsTheSocketOpen(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	// The first message asks for addresses and keys, queries for which clients wait long.
	if _, err := s.SendMessage(ctx, jidOf(budi), textMessage("satu")); err != nil {
		t.Fatalf("SendMessage: %v", err)
	}
	if _, err := n.AddFault(wasim.Fault{Kind: wasim.FaultSilent, Number: s.phone.Number()}); err != nil {
		t.Fatalf("AddFault: %v", err)
	}
	if _, err := budi.Send(ctx, s.phone.Number(), wasim.Content{Text: "Halo"}); err != nil {
		t.Fatalf("Send: %v", err)
	}
	_, err := s.SendMessage(ctx, jidOf(budi), textMessage("Ada?"), whatsmeow.SendRequestExtra{Timeout: 100 * time.Millisecond})
	if err == nil {
		t.Error("a deaf network acknowledged a message")
	}
	if !s.IsConnected() || len(s.messages) != 0 {
		t.Errorf("connected %v with %d messages, want connected with none", s.IsConnected(), len(s.messages))
	}
	if _, err := n.AddFault(wasim.Fault{Kind: wasim.FaultClose, Number: s.phone.Number()}); err != nil {
		t.Fatalf("AddFault: %v", err)
	}
	if got := next(t, s.messages).Message.GetConversation(); got != "Halo" {
		t.Errorf("after a new connection: got %q, want Halo", got)
	}
}

func TestDrawsFollowTheSeed(t *testing.T) {
	t.Parallel()
	var runs [2]string
	for i := range runs {
		n := wasimtest.Network(t, wasim.Options{Seed: 42})
		s, budi := openShop(t, n), n.Phone("Budi")
		ctx := deadline(t)
		if _, err := n.AddFault(wasim.Fault{Kind: wasim.FaultAck, Code: 429, Probability: 0.5}); err != nil {
			t.Fatalf("AddFault: %v", err)
		}
		pattern := s.phone.Number() + s.phone.LID() + budi.Number()
		for range 20 {
			_, err := s.SendMessage(ctx, jidOf(budi), textMessage("x"))
			pattern += fmt.Sprint(err == nil)
		}
		runs[i] = pattern
	}
	if runs[0] != runs[1] {
		t.Errorf("two runs of one seed differ:\n%s\n%s", runs[0], runs[1])
	}
	if !strings.Contains(runs[0], "true") || !strings.Contains(runs[0], "false") {
		t.Errorf("a probability of a half gave %s", runs[0])
	}
}
