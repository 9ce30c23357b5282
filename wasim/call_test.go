package wasim_test

import (
	"errors"
	"testing"

	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/wasim"
	"github.com/pingcrm/pingcrm/wasim/wasimtest"
)

func TestAPhoneCallsAndACompanionRejects(t *testing.T) {
	t.Parallel()
	for _, form := range []wasim.Addressing{wasim.AddressLID, wasim.AddressPhone} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			n := wasimtest.Network(t, wasim.Options{Addressing: form})
			s, budi := openShop(t, n), n.Phone("Budi")
			ctx := deadline(t)
			id, err := budi.Call(ctx, s.phone.Number(), wasim.CallOptions{Video: true})
			if err != nil {
				t.Fatal(err)
			}
			offer := other[*events.CallOffer](t, s)
			_, video := offer.Data.GetOptionalChildByTag("video")
			if offer.CallID != id || !video || (offer.From.User != budi.LID() && offer.From.User != budi.Number()) || offer.CallCreatorAlt.IsEmpty() {
				t.Errorf("the offer is %+v", offer)
			}
			if err := s.RejectCall(ctx, offer.CallCreator, offer.CallID); err != nil {
				t.Fatal(err)
			}
			got, err := budi.AwaitCall(ctx, func(c wasim.Call) bool { return c.State == wasim.CallRejected })
			if err != nil || got.ID != id || !got.Video || got.To != s.phone.Number() {
				t.Errorf("Budi's call: %+v, %v; want it rejected", got, err)
			}
			if err := budi.HangUp(id); !errors.Is(err, wasim.ErrUnknownCall) {
				t.Errorf("hanging up after that: %v, want ErrUnknownCall", err)
			}
		})
	}
}

func TestACallThatNobodyTakesEnds(t *testing.T) {
	t.Parallel()
	n := wasimtest.Network(t, wasim.Options{})
	s, budi := openShop(t, n), n.Phone("Budi")
	ctx := deadline(t)
	id, err := budi.Call(ctx, s.phone.Number(), wasim.CallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	other[*events.CallOffer](t, s)
	if err := s.phone.HangUp(id); !errors.Is(err, wasim.ErrUnknownCall) {
		t.Errorf("somebody else hangs up: %v", err)
	}
	if err := budi.HangUp(id); err != nil {
		t.Fatal(err)
	}
	if e := other[*events.CallTerminate](t, s); e.CallID != id || e.Reason != "timeout" {
		t.Errorf("told of the end: %+v", e)
	}
	if calls := s.phone.Calls(); len(calls) != 1 || calls[0].State != wasim.CallEnded {
		t.Errorf("the shop's phone has %+v", calls)
	}
	if err := s.phone.Settle(ctx, s.Store.ID.String()); err != nil {
		t.Errorf("the client did not confirm the calls: %v", err)
	}
	if err := s.phone.Block(budi.Number()); err != nil {
		t.Fatal(err)
	}
	if _, err := budi.Call(ctx, s.phone.Number(), wasim.CallOptions{}); err != nil {
		t.Fatalf("who is blocked notices: %v", err)
	}
	if queued, err := s.phone.Queued(s.Store.ID.String()); err != nil || queued > 1 { // the block itself
		t.Errorf("a blocked call is on its way: %d stanzas, %v", queued, err)
	}
	if _, err := budi.Call(ctx, "0812", wasim.CallOptions{}); !errors.Is(err, wasim.ErrUnknownNumber) {
		t.Errorf("calling nobody: %v", err)
	}
}
