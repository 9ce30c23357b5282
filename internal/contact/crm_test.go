package contact_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/kit/db"
)

func TestTagsArePutTakenRenamedAndDeleted(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		ctx := t.Context()
		a, err := s.AddTag(ctx, ws, " Langganan ", "#16A34A")
		if err != nil || a.Name != "Langganan" || a.Color != "#16a34a" {
			t.Fatalf("AddTag: %+v, %v", a, err)
		}
		if _, err := s.AddTag(ctx, ws, "langganan", ""); !errors.Is(err, contact.ErrTagTaken) {
			t.Errorf("the same name in small letters: %v, want ErrTagTaken", err)
		}
		if _, err := s.AddTag(ctx, ws, "x", "red"); !errors.Is(err, contact.ErrTagColor) {
			t.Errorf("a colour's name: %v, want ErrTagColor", err)
		}
		b, err := s.AddTag(ctx, ws, "Grosir", "")
		if err != nil {
			t.Fatal(err)
		}
		foreign, err := s.AddTag(ctx, "ws-2", "Langganan", "")
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, p := range []string{"6281", "6282", "6283"} {
			ids = append(ids, resolve(t, s, peer("", phone(p))).ID)
		}
		if n, err := s.EditMany(ctx, ws, ids, contact.Edit{AddTags: []string{a.ID, b.ID}}); err != nil || n != 3 {
			t.Fatalf("EditMany: %d, %v; want 3", n, err)
		}
		if n, err := s.EditMany(ctx, ws, ids, contact.Edit{AddTags: []string{a.ID}}); err != nil || n != 0 {
			t.Errorf("the second time: %d, %v; want 0", n, err)
		}
		if _, err := s.EditMany(ctx, ws, ids, contact.Edit{RemoveTags: []string{a.ID}, AddTags: []string{foreign.ID}}); !errors.Is(err, contact.ErrTagNotFound) {
			t.Errorf("another workspace's tag: %v, want ErrTagNotFound", err)
		}
		if _, err := s.EditMany(ctx, ws, append(ids, "none"), contact.Edit{RemoveTags: []string{a.ID}}); !errors.Is(err, contact.ErrNotFound) {
			t.Errorf("one who is not there: %v, want ErrNotFound", err)
		}
		g, err := s.AddSegment(ctx, ws, "Setia", filter.Node{Op: filter.Equal, On: "tag", Value: "langganan"})
		if err != nil {
			t.Fatal(err)
		}
		name := "Setia"
		if _, err := s.ChangeTag(ctx, ws, a.ID, contact.TagChange{Name: &name}); err != nil {
			t.Fatal(err)
		}
		if g, err = s.Segment(ctx, ws, g.ID); err != nil || g.Tree.Text() != `tag:"Setia"` {
			t.Errorf("the segment says %s, %v; want the new name", g.Tree.Text(), err)
		}
		if n, err := s.Count(ctx, ws, g.Tree); err != nil || n != 3 {
			t.Errorf("the segment has %d, %v; want 3", n, err)
		}
		if err := s.DeleteTag(ctx, ws, a.ID); !errors.Is(err, contact.ErrInUse) {
			t.Errorf("delete a tag in use: %v, want ErrInUse", err)
		}
		if err := errors.Join(s.DeleteSegment(ctx, ws, g.ID), s.DeleteTag(ctx, ws, a.ID)); err != nil {
			t.Fatal(err)
		}
		if c, err := s.Card(ctx, ws, ids[0]); err != nil || !cmp.Equal(c.Tags, []string{b.ID}) {
			t.Errorf("tags are %v, %v; want %s alone", c.Tags, err, b.ID)
		}
		if err := s.DeleteTag(ctx, ws, a.ID); !errors.Is(err, contact.ErrTagNotFound) {
			t.Errorf("delete it again: %v, want ErrTagNotFound", err)
		}
	})
}

func TestFieldsTakeWhatFits(t *testing.T) {
	t.Parallel()
	choices := []string{"S", "Besar"}
	for _, c := range []struct {
		kind filter.Kind
		raw  string
		want string
		bad  bool
	}{
		{filter.Number, "1500", "1500", false},
		{filter.Number, "1.500.000", "1500000", false},
		{filter.Number, "Rp 1.500,50", "1500.5", false},
		{filter.Number, "Rp1.500", "1500", false},
		{filter.Number, "1,500.50", "1500.5", false},
		{filter.Number, "12,5", "12.5", false},
		{filter.Number, "0.125", "0.125", false},
		{filter.Number, "-3", "-3", false},
		{filter.Number, "Rp 1.250.000,-", "1250000", false},
		{filter.Number, "-", "", true},
		{filter.Number, "banyak", "", true},
		{filter.Number, "1e400", "", true},
		{filter.Date, "2026-01-31", "2026-01-31", false},
		{filter.Date, "31/1/2026", "2026-01-31", false},
		{filter.Date, "31.01.2026", "2026-01-31", false},
		{filter.Date, "31/02/2026", "", true},
		{filter.Date, "31/1/26", "2026-01-31", false},
		{filter.Date, "5-6-65", "1965-06-05", false},
		{filter.Date, "10 Okt 1967", "1967-10-10", false},
		{filter.Date, "5 Agust. 1980", "1980-08-05", false},
		{filter.Date, "1-mei-2001", "2001-05-01", false},
		{filter.Date, "7 Maret 88", "1988-03-07", false},
		{filter.Date, "30 Feb 1990", "", true},
		{filter.Date, "12 Braga 1990", "", true},
		{filter.YesNo, "Ya", "yes", false},
		{filter.YesNo, "TIDAK", "no", false},
		{filter.YesNo, "mungkin", "", true},
		{filter.Choice, " besar ", "Besar", false},
		{filter.Choice, "XL", "", true},
		{filter.Text, strings.Repeat("x", 500), strings.Repeat("x", 500), false},
		{filter.Text, strings.Repeat("x", 501), "", true},
		{filter.Number, "  ", "", false},
	} {
		got, err := contact.Field{Name: "F", Key: "f", Kind: c.kind, Choices: choices}.Read(c.raw)
		if got != c.want || errors.Is(err, contact.ErrFieldValue) != c.bad {
			t.Errorf("%s %q is read as %q, %v; want %q", c.kind, c.raw, got, err, c.want)
		}
	}
}

func TestACardIsEditedWholeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		ctx := t.Context()
		if _, err := s.AddField(ctx, ws, "Tanggal Lahir", filter.Date, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddField(ctx, ws, "tanggal-lahir", filter.Text, nil); !errors.Is(err, contact.ErrFieldTaken) {
			t.Errorf("a name of the same key: %v, want ErrFieldTaken", err)
		}
		id := resolve(t, s, peer("Budi", phone("6281"))).ID
		name, note := "Pak Budi", "suka diskon"
		if _, err := s.Edit(ctx, ws, id, contact.Edit{Name: &name, Note: &note, Fields: map[string]string{"tanggal_lahir": "kemarin"}}); !errors.Is(err, contact.ErrFieldValue) {
			t.Errorf("a wrong date: %v, want ErrFieldValue", err)
		}
		if c, err := s.Card(ctx, ws, id); err != nil || c.Name != "Budi" || c.Note != "" {
			t.Errorf("after that: %+v, %v; want it as it was", c, err)
		}
		if _, err := s.Edit(ctx, ws, id, contact.Edit{Fields: map[string]string{"tidak": "x"}}); !errors.Is(err, contact.ErrFieldNotFound) {
			t.Errorf("no such field: %v, want ErrFieldNotFound", err)
		}
		c, err := s.Edit(ctx, ws, id, contact.Edit{Name: &name, Note: &note, Fields: map[string]string{"tanggal_lahir": "17/5/1990"}})
		if err != nil || c.Name != name || c.Note != note || len(c.Fields) != 1 {
			t.Fatalf("Edit: %+v, %v", c, err)
		}
		fields, _ := s.Fields(ctx, ws)
		if err := s.DeleteField(ctx, ws, fields[0].ID); err != nil {
			t.Fatal(err)
		}
		if c, err = s.Card(ctx, ws, id); err != nil || len(c.Fields) != 0 {
			t.Errorf("without the field: %v, %v; want no values", c.Fields, err)
		}
		if _, err := s.Edit(ctx, "ws-2", id, contact.Edit{Note: &note}); !errors.Is(err, contact.ErrNotFound) {
			t.Errorf("another workspace: %v, want ErrNotFound", err)
		}
	})
}

func TestConsentHasAHistory(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		ctx := t.Context()
		var told []contact.ConsentChange
		s.ConsentChanged.Add("test", func(_ context.Context, c contact.ConsentChange) error { told = append(told, c); return nil })
		c := resolve(t, s, peer("Budi", phone("6281")))
		for i, e := range []contact.ConsentEntry{{State: "out", Why: "STOP"}, {State: "out", Why: "stop"}, {State: "in", Why: "Mulai"}} {
			e.Source, e.ByID, e.Channel, e.DeviceID = contact.ConsentByContact, string(rune('c'+i)), "whatsapp", "d1"
			if _, err := s.SetConsent(ctx, ws, c.ID, e); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.SetConsent(ctx, ws, c.ID, contact.ConsentEntry{State: "maybe"}); !errors.Is(err, contact.ErrConsent) {
			t.Errorf("maybe: %v, want ErrConsent", err)
		}
		card, err := s.SetConsent(ctx, ws, c.ID, contact.ConsentEntry{State: contact.ConsentOut, Source: contact.ConsentByMember, ByID: "m", Why: "telepon"})
		if err != nil || card.Consent != contact.ConsentOut || card.ConsentAt == 0 {
			t.Fatalf("SetConsent: %+v, %v", card, err)
		}
		list, err := s.Consents(ctx, ws, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := []contact.ConsentEntry{
			{ContactID: c.ID, State: "out", Source: "member", ByID: "m", Why: "telepon"},
			{ContactID: c.ID, State: "in", Source: "message", ByID: "e", Why: "Mulai", Channel: "whatsapp", DeviceID: "d1"},
			{ContactID: c.ID, State: "out", Source: "message", ByID: "c", Why: "STOP", Channel: "whatsapp", DeviceID: "d1"},
		}
		if diff := cmp.Diff(want, list, cmpopts.IgnoreFields(contact.ConsentEntry{}, "ID", "At")); diff != "" {
			t.Errorf("history (-want +got):\n%s", diff)
		}
		if len(told) != 3 || told[0].Before != "" || told[2].Before != "in" {
			t.Errorf("told %+v, want three changes", told)
		}
	})
}

func TestOnlyThePersonOrAnOwnerUndoesAnOptOut(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		ctx := t.Context()
		c, other := resolve(t, s, peer("Budi", phone("6281"))), resolve(t, s, peer("Ani", phone("6282")))
		set := func(e contact.ConsentEntry) error {
			_, err := s.SetConsent(ctx, ws, c.ID, e)
			return err
		}
		byMember := contact.ConsentEntry{State: contact.ConsentIn, Source: contact.ConsentByMember, ByID: "m", Why: "katanya boleh"}
		if err := set(contact.ConsentEntry{State: contact.ConsentOut, Source: contact.ConsentByContact, ByID: "x", Why: "STOP"}); err != nil {
			t.Fatal(err)
		}
		out, err := s.OptedOut(ctx, ws, []string{other.ID, c.ID, "nobody", "a", "b", "c", "d", "e", "f", "g"})
		if err != nil || len(out) != 1 || out[0] != c.ID {
			t.Errorf("opted out are %v, %v; want %s alone", out, err, c.ID)
		}
		if out, err := s.OptedOut(ctx, "ws-2", []string{c.ID}); err != nil || len(out) != 0 {
			t.Errorf("in another workspace %v, %v; want nobody", out, err)
		}
		if err := set(byMember); !errors.Is(err, contact.ErrOptedOut) {
			t.Errorf("a member: %v, want ErrOptedOut", err)
		}
		byKey := byMember
		byKey.Source = contact.ConsentByKey
		if err := set(byKey); !errors.Is(err, contact.ErrOptedOut) {
			t.Errorf("a key: %v, want ErrOptedOut", err)
		}
		byOwner := byMember
		byOwner.Owner, byOwner.Why = true, "  "
		if err := set(byOwner); !errors.Is(err, contact.ErrConsentWhy) {
			t.Errorf("an owner without a reason: %v, want ErrConsentWhy", err)
		}
		if card, err := s.Card(ctx, ws, c.ID); err != nil || card.Consent != contact.ConsentOut {
			t.Errorf("after that it is %q, %v; want out", card.Consent, err)
		}
		byOwner.Why = "mengisi formulir di toko"
		if err := set(byOwner); err != nil {
			t.Errorf("an owner with a reason: %v", err)
		}
		if out, err := s.OptedOut(ctx, ws, []string{c.ID}); err != nil || len(out) != 0 {
			t.Errorf("then opted out are %v, %v; want nobody", out, err)
		}
	})
}

// Two are joined by hand and taken apart again: each has then what it had before.
func TestJoinedCardsArePartedAgain(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, s *contact.Service) {
		ctx := t.Context()
		tag, err := s.AddTag(ctx, ws, "grosir", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddField(ctx, ws, "Kota", filter.Text, nil); err != nil {
			t.Fatal(err)
		}
		kept, gone := resolve(t, s, peer("Budi", phone("6281"))), resolve(t, s, peer("Budi S", phone("6282")))
		note := "dari pasar"
		if _, err := s.Edit(ctx, ws, gone.ID, contact.Edit{Note: &note, AddTags: []string{tag.ID}, Fields: map[string]string{"kota": "Solo"}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Messaged(ctx, gone, "dev-1", today().UnixMilli(), contact.Theirs); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SetConsent(ctx, ws, gone.ID, contact.ConsentEntry{State: contact.ConsentOut, Source: contact.ConsentByContact, ByID: "m", Why: "stop"}); err != nil {
			t.Fatal(err)
		}
		before := [2]contact.Card{}
		before[0], _ = s.Card(ctx, ws, kept.ID)
		before[1], _ = s.Card(ctx, ws, gone.ID)
		seen, err := s.Joined(ctx, ws, gone.ID, kept.ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Join(ctx, ws, gone.ID, kept.ID)
		if err != nil || got.ID != kept.ID || got.Note != note || got.Consent != contact.ConsentOut || len(got.Tags) != 1 || len(got.Fields) != 1 || got.LastSeenAt == 0 {
			t.Fatalf("joined: %+v, %v; want all of both", got, err)
		}
		if diff := cmp.Diff(seen, got, cmpopts.IgnoreFields(contact.Contact{}, "UpdatedAt")); diff != "" {
			t.Errorf("what was shown before and what came of it (-before +after):\n%s", diff)
		}
		for _, text := range []string{`tag:"grosir"`, `field.kota = solo`, `device = dev-1`, `opted_out`} {
			n, _ := filter.Parse(text)
			if count, err := s.Count(ctx, ws, n); err != nil || count != 1 {
				t.Errorf("%s counts %d, %v; want 1", text, count, err)
			}
		}
		if list, err := s.Consents(ctx, ws, kept.ID); err != nil || len(list) != 1 {
			t.Errorf("history of the joined: %v, %v; want the other's line", list, err)
		}
		if _, err := s.Join(ctx, ws, gone.ID, kept.ID); !errors.Is(err, contact.ErrMergeSelf) {
			t.Errorf("again: %v, want ErrMergeSelf", err)
		}
		if _, err := s.Unmerge(ctx, ws, kept.ID); err != nil {
			t.Fatal(err)
		}
		for i, id := range []string{kept.ID, gone.ID} {
			after, err := s.Card(ctx, ws, id)
			if diff := cmp.Diff(before[i], after, cmpopts.IgnoreFields(contact.Contact{}, "UpdatedAt"), cmpopts.EquateEmpty()); diff != "" || err != nil {
				t.Errorf("card %d after all (-before +after): %v\n%s", i, err, diff)
			}
		}
		n, _ := filter.Parse("device = dev-1")
		if count, err := s.Count(ctx, ws, n); err != nil || count != 1 {
			t.Errorf("on the device: %d, %v; want the one alone", count, err)
		}
	})
}
