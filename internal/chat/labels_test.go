package chat_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
)

func TestLabelsHereAndOnThePhone(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a")
		ctx, id := context.Background(), w.only().Chat.ID
		m := w.shown(id)[0]
		w.hear(device.Mark{Kind: device.MarkLabel, Label: device.Label{ID: "4", Name: "Baru", Color: 1}})
		mine, err := w.s.AddLabel(ctx, ws, dev.ID, "  Lunas ", 2)
		if err != nil || mine.NetworkID != "5" || mine.Name != "Lunas" {
			t.Fatalf("AddLabel = %+v, %v; want Lunas as 5", mine, err)
		}
		for range 2 { // twice is fine
			if err := errors.Join(w.s.LabelChat(ctx, ws, id, mine.ID), w.s.LabelMessage(ctx, ws, m.ID, mine.ID)); err != nil {
				t.Fatal(err)
			}
		}
		w.hear(device.Mark{Kind: device.MarkLabelChat, On: true, Label: device.Label{ID: "4"}})
		w.hear(device.Mark{Kind: device.MarkLabelMessage, On: true, Label: device.Label{ID: "9"}, NetworkID: "a"}) // not known yet
		c := w.only()
		if len(c.Labels) != 2 || c.Labels[0] != mine.ID {
			t.Errorf("the chat's labels are %v", c.Labels)
		}
		if l := w.shown(id)[0].Labels; len(l) != 2 {
			t.Errorf("the message's labels are %v", l)
		}
		p, err := w.s.List(ctx, ws, chat.Filter{LabelID: mine.ID})
		if err != nil || len(p.Items) != 1 {
			t.Errorf("chats with the label: %v, %v", p.Items, err)
		}
		if p, _ = w.s.List(ctx, ws, chat.Filter{LabelID: "none"}); len(p.Items) != 0 {
			t.Errorf("chats with no label: %v", p.Items)
		}
		if got, err := w.s.ChangeLabel(ctx, ws, mine.ID, chat.LabelChange{DeviceID: dev.ID, Name: ptr("Sudah bayar")}); err != nil || got.Color != 2 || got.Name != "Sudah bayar" {
			t.Errorf("ChangeLabel = %+v, %v", got, err)
		}
		if err := w.s.UnlabelMessage(ctx, ws, m.ID, mine.ID); err != nil {
			t.Fatal(err)
		}
		w.hear(device.Mark{Kind: device.MarkLabel, Label: device.Label{ID: "4", Deleted: true}})
		list, err := w.s.Labels(ctx, ws, dev.ID)
		if err != nil || len(list) != 2 || list[0].Name != "Sudah bayar" || list[1].NetworkID != "9" {
			t.Errorf("labels = %+v, %v", list, err)
		}
		if got := w.only().Labels; !slices.Equal(got, []string{mine.ID}) {
			t.Errorf("the chat's labels are %v, want mine alone", got)
		}
		if err := w.s.DeleteLabel(ctx, ws, dev.ID, mine.ID); err != nil {
			t.Fatal(err)
		}
		if got := w.only().Labels; len(got) != 0 {
			t.Errorf("the chat's labels are %v, want none", got)
		}
		net := newWire()
		w.online(t, net)
		told := net.await(t, 3) // the label's last word, and what it was put on
		if i := slices.IndexFunc(told, func(m device.Mark) bool { return m.Kind == device.MarkLabel }); i < 0 || !told[i].Label.Deleted || told[i].Label.ID != "5" {
			t.Errorf("told %+v", told)
		}
	})
}

func TestLabelsThatAreRefused(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		w.write("a")
		ctx, id := context.Background(), w.only().Chat.ID
		l, err := w.s.AddLabel(ctx, ws, dev.ID, "Lunas", 0)
		if err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]struct{ got, want error }{
			"no name":           {second(w.s.AddLabel(ctx, ws, dev.ID, " ", 0)), chat.ErrLabelName},
			"a long name":       {second(w.s.AddLabel(ctx, ws, dev.ID, strings.Repeat("x", 101), 0)), chat.ErrLabelName},
			"no such colour":    {second(w.s.AddLabel(ctx, ws, dev.ID, "x", 20)), chat.ErrLabelColor},
			"no such device":    {second(w.s.AddLabel(ctx, "other", dev.ID, "x", 0)), errNoDevice},
			"not linked":        {second(w.s.AddLabel(ctx, ws, "spare", "x", 0)), device.ErrUnlinked},
			"no such label":     {w.s.LabelChat(ctx, ws, id, "none"), chat.ErrLabelNotFound},
			"no such chat":      {w.s.LabelChat(ctx, ws, "none", l.ID), chat.ErrNotFound},
			"no such message":   {w.s.LabelMessage(ctx, ws, "none", l.ID), chat.ErrMessageNotFound},
			"delete none":       {w.s.DeleteLabel(ctx, ws, dev.ID, "none"), chat.ErrLabelNotFound},
			"change to nothing": {second(w.s.ChangeLabel(ctx, ws, l.ID, chat.LabelChange{DeviceID: dev.ID, Name: ptr("")})), chat.ErrLabelName},
		} {
			if !errors.Is(c.got, c.want) {
				t.Errorf("%s: got %v, want %v", what, c.got, c.want)
			}
		}
		if list, _ := w.s.Labels(ctx, ws, dev.ID); len(list) != 1 || len(w.only().Labels) != 0 {
			t.Errorf("a refused call did something: %v", list)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// TestMarksFollowAMerge joins two contacts whose chats are marked differently.
func TestMarksFollowAMerge(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		ctx := context.Background()
		w.write("a", from(peer(phone("6281"))))
		w.write("b", from(peer(lid("99"))))
		list := w.chats()
		l, err := w.s.AddLabel(ctx, ws, dev.ID, "Lunas", 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			if c.Last.Preview == "b" {
				w.set(c.Chat.ID, chat.Settings{Pinned: ptr(true), MutedUntil: ptr(int64(device.MuteForever))})
				if err := w.s.LabelChat(ctx, ws, c.Chat.ID, l.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.s.Same(ctx, dev, peer(phone("6281"), lid("99"))); err != nil {
			t.Fatal(err)
		}
		c := w.only()
		if !c.Pinned || c.MutedUntil != device.MuteForever || !slices.Equal(c.Labels, []string{l.ID}) {
			t.Errorf("the joined chat is %+v", c.Chat)
		}
		net := newWire()
		w.online(t, net)
		for _, m := range net.await(t, 4) {
			if m.Kind != device.MarkLabel && m.Chat.Key() != "lid:99" {
				t.Errorf("told %+v, want it of the joined chat", m)
			}
		}
	})
}

// TestChatsAreShownWithTheNamesOfTheirLabels as they are now, in the order in which they were put on.
func TestChatsAreShownWithTheNamesOfTheirLabels(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		ctx, mux := context.Background(), w.serve()
		w.write("a", from(peer(phone("6281"))))
		w.write("b", from(peer(phone("6282"))))
		names := func(view map[string]any) (out []string) {
			labelled, _ := view["labelled"].([]any)
			for _, l := range labelled {
				out = append(out, l.(map[string]any)["name"].(string))
			}
			return out
		}
		shown := func() (out [][]string) {
			_, list := call(mux, "friend", "GET /chats", "")
			for _, c := range list["items"].([]any) {
				listed := names(c.(map[string]any))
				_, one := call(mux, "friend", "GET /chats/"+c.(map[string]any)["id"].(string), "")
				if alone := names(one); !slices.Equal(alone, listed) {
					t.Errorf("alone it has %q, in the list %q", alone, listed)
				}
				out = append(out, listed)
			}
			return out
		}
		want := func(what string, want ...[]string) {
			t.Helper()
			if got := shown(); !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		want("without any", nil, nil)
		ids := map[string]string{}
		for i, name := range []string{"Baru", "Lunas", "Tidak dipakai"} {
			l, err := w.s.AddLabel(ctx, ws, dev.ID, name, i)
			if err != nil {
				t.Fatal(err)
			}
			ids[name] = l.ID
		}
		chats := w.chats()
		for _, put := range []struct{ chat, label string }{
			{chats[0].Chat.ID, "Lunas"}, {chats[0].Chat.ID, "Baru"}, {chats[1].Chat.ID, "Baru"},
		} {
			w.pass(time.Second)
			if err := w.s.LabelChat(ctx, ws, put.chat, ids[put.label]); err != nil {
				t.Fatal(err)
			}
		}
		want("labelled", []string{"Lunas", "Baru"}, []string{"Baru"})
		if _, err := w.s.ChangeLabel(ctx, ws, ids["Lunas"], chat.LabelChange{DeviceID: dev.ID, Name: ptr("Sudah bayar")}); err != nil {
			t.Fatal(err)
		}
		want("renamed", []string{"Sudah bayar", "Baru"}, []string{"Baru"})
		if err := w.s.DeleteLabel(ctx, ws, dev.ID, ids["Baru"]); err != nil {
			t.Fatal(err)
		}
		want("after one was deleted", []string{"Sudah bayar"}, nil)
		if got, err := w.s.LabelsOn(ctx, "ws-2", w.chats()); err != nil || len(got) != 0 {
			t.Errorf("another workspace's question is answered with %+v, %v", got, err)
		}
	})
}
