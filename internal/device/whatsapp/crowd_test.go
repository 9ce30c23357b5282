package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/wasim"
)

// A session that has written to too many people begins anew once what it sent is stored, not before; nothing is lost by it.
func TestASessionThatKnowsTooManyBeginsAnew(t *testing.T) {
	t.Parallel()
	r := sqlite(t, wasim.Options{}).link(t)
	r.driver.crowds.most, r.driver.crowds.least = 3, 2
	s := r.session.(*session)
	send := func(i int) string {
		id := s.NewNetworkID()
		to := r.net.Phone(fmt.Sprint("Budi ", i))
		_, err := r.session.Send(ctxOf(t), device.Outgoing{
			NetworkID: id, To: person1(to), Content: device.Content{Kind: device.KindText, Text: fmt.Sprint("pesan ", i)},
		})
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		r.await(t, to, fmt.Sprint("pesan ", i))
		return id
	}
	var waiting string
	for i := range 5 {
		id := send(i)
		if i == 0 {
			waiting = id
			continue
		}
		s.Kept(id)
	}
	select {
	case err := <-r.ran:
		t.Fatalf("the session ended with %v while a message was stored nowhere else", err)
	default:
	}
	s.Kept(waiting)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case err := <-r.ran:
		if !errors.Is(err, device.ErrReopen) {
			t.Fatalf("the session ended with %v, want ErrReopen", err)
		}
	case <-ctx.Done():
		t.Fatalf("a session that knows %d does not end", s.ring.crowd.size())
	}
	r.run(t)
	s = r.session.(*session)
	if n := s.ring.crowd.size(); n != 0 {
		t.Errorf("the next session knows %d already", n)
	}
	s.Kept(send(1))
	budi := r.net.Phone("Budi 1")
	if _, err := budi.Send(ctxOf(t), r.phone.Number(), wasim.Content{Text: "balasan"}); err != nil {
		t.Fatal(err)
	}
	r.sink.message(t, "balasan")
}

// The map of LIDs answers the same however often it began anew, and never holds much more than it may.
func TestLIDsBeginAnew(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, wasim.Options{})
		l := r.driver.lids
		l.most = 10
		ctx := ctxOf(t)
		jids := func(i int) (lid, phone types.JID) {
			return types.NewJID(fmt.Sprint("1000", i), types.HiddenUserServer), types.NewJID(fmt.Sprint("62811", i), types.DefaultUserServer)
		}
		const people = 60
		var phones []types.JID
		for i := range people {
			lid, phone := jids(i)
			phones = append(phones, phone)
			if before, err := l.GetLIDForPN(ctx, phone); err != nil || !before.IsEmpty() {
				t.Fatalf("the LID of %s before it is known: %v, %v", phone, before, err)
			}
			var err error
			if i%2 == 0 {
				err = l.PutLIDMapping(ctx, lid, phone)
			} else {
				err = l.PutManyLIDMappings(ctx, []store.LIDMapping{{LID: lid, PN: phone}})
			}
			if err != nil {
				t.Fatal(err)
			}
			if n := l.crowd.size(); n > l.most+2 {
				t.Fatalf("it knows %d, want %d at most", n, l.most)
			}
		}
		for i := range people {
			lid, phone := jids(i)
			if got, err := l.GetLIDForPN(ctx, phone); err != nil || got != lid {
				t.Errorf("LID of %s is %v, %v; want %s", phone, got, err, lid)
			}
			if got, err := l.GetPNForLID(ctx, lid); err != nil || got != phone {
				t.Errorf("number of %s is %v, %v; want %s", lid, got, err, phone)
			}
		}
		all, err := l.GetManyLIDsForPNs(ctx, phones)
		if err != nil || len(all) != people {
			t.Errorf("asked for %d at once: %d, %v", people, len(all), err)
		}
	})
}
