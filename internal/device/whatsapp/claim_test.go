package whatsapp

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
	"github.com/pingcrm/pingcrm/wasim"
)

// A message is claimed in the transaction that its keys move on with: when the claim fails nothing has moved, and
// nothing has gone.
func TestAMessageIsClaimedWithItsKeys(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, wasim.Options{}).link(t)
		budi := r.net.Phone("Budi")
		if !r.session.(device.Claimer).Claims(person1(budi)) {
			t.Error("it claims nothing that goes to a person")
		}
		group := device.Peer{Group: true, Addresses: []device.Address{{Kind: device.AddressGroup, Value: "120363000000000000"}}}
		if r.session.(device.Claimer).Claims(group) {
			t.Error("it claims what goes to a group")
		}
		r.send(t, budi, device.Content{Kind: device.KindText, Text: "first"})
		r.await(t, budi, "first")
		before := sessionsOf(t, d, budi)

		calls := 0
		send := func(text string, claim error) error {
			_, err := r.session.Send(ctxOf(t), device.Outgoing{
				NetworkID: r.session.(device.NetworkIDer).NewNetworkID(), To: person1(budi), Content: device.Content{Kind: device.KindText, Text: text},
				Claim: func(ctx context.Context) error {
					if calls++; !db.InTx(ctx) {
						t.Error("it is claimed outside of a transaction")
					}
					return claim
				},
			})
			return err
		}
		if err := send("not ours", device.ErrNotOurs); !errors.Is(err, device.ErrNotOurs) {
			t.Errorf("a claim that fails: %v, want its error", err)
		}
		if after := sessionsOf(t, d, budi); before != after {
			t.Error("the keys have moved on without a message")
		}
		if err := send("ours", nil); err != nil || calls != 2 {
			t.Errorf("a claim that is granted: %v after %d calls, want none after 2", err, calls)
		}
		if r.await(t, budi, "ours"); before == sessionsOf(t, d, budi) {
			t.Error("the keys have not moved on with the message")
		}
		for _, m := range budi.Messages("", "") {
			if m.Text == "not ours" {
				t.Error("what was not claimed has gone")
			}
		}
	})
}

// sessionsOf is the state of the sessions with a phone, to be compared.
func sessionsOf(t testing.TB, d *db.DB, p *wasim.Phone) (all string) {
	t.Helper()
	lid, _, _ := strings.Cut(p.LID(), "@")
	rows, err := d.Query(t.Context(), `SELECT their_id, session FROM whatsmeow_sessions WHERE their_id LIKE $1 ORDER BY their_id`, lid+"%")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var session []byte
		if err := rows.Scan(&id, &session); err != nil {
			t.Fatal(err)
		}
		all += id + string(session)
	}
	if rows.Err() != nil || all == "" {
		t.Fatal("no session with the phone", rows.Err())
	}
	return all
}
