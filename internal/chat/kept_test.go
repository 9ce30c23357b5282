package chat_test

import (
	"slices"
	"testing"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
)

func TestAListIsTheSameHoweverItIsFound(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		for _, text := range []string{
			`INSERT INTO contacts (workspace_id, id, name, name_source, phone, is_group, sort_name, search, created_at, updated_at) ` + numbers +
				`SELECT 'ws-1', 'c' || i, 'Nama ' || i, 'push', '628' || i, 0, 'nama ' || i, 'nama ' || i || ' 628' || i, i, i FROM n`,
			`INSERT INTO chats (workspace_id, id, device_id, contact_id, is_group, turn, turn_version, turn_since, last_at, created_at) ` + numbers +
				`SELECT 'ws-1', 'h' || i, 'dev-1', 'c' || i, 0, 'bot', 1, 1, i, i FROM n`,
			`INSERT INTO chat_labelled (workspace_id, chat_id, message_id, label_id, device_id, at) ` + numbers +
				`SELECT 'ws-1', 'h' || i, '', CASE WHEN i % 100 = 7 THEN 'few' ELSE 'many' END, 'dev-1', 1 FROM n`,
		} {
			if _, err := w.db.Exec(t.Context(), text, 1200); err != nil {
				t.Fatal(err)
			}
		}
		for name, one := range map[string]struct {
			f    chat.Filter
			want []string // the newest of them
			all  int
		}{
			"a name that few have":   {chat.Filter{Search: "NAMA 119"}, []string{"h1199", "h1198", "h1197"}, 11},
			"two characters":         {chat.Filter{Search: "8"}, []string{"h1200", "h1199", "h1198"}, 1200},
			"two characters, few":    {chat.Filter{Search: "99"}, []string{"h1199", "h1099", "h999"}, 21},
			"nobody's name":          {chat.Filter{Search: "siapa"}, nil, 0},
			"signs of the language":  {chat.Filter{Search: `a" OR "b%_*`}, nil, 0},
			"a label that few have":  {chat.Filter{LabelID: "few"}, []string{"h1107", "h1007", "h907"}, 12},
			"a label that many have": {chat.Filter{LabelID: "many"}, []string{"h1200", "h1199", "h1198"}, 1188},
			"a label and a name":     {chat.Filter{LabelID: "few", Search: "07"}, []string{"h1107", "h1007", "h907"}, 11},
			"no such label":          {chat.Filter{LabelID: "none"}, nil, 0},
		} {
			var got []string
			for f := one.f; ; {
				p, err := w.s.List(t.Context(), ws, f)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				for _, i := range p.Items {
					got = append(got, i.Chat.ID)
				}
				if f.After = p.Next; p.Next == "" {
					break
				}
			}
			if len(got) != one.all || !slices.Equal(got[:min(3, len(got))], one.want) {
				t.Errorf("%s: got %d chats, first %v, want %d, first %v", name, len(got), got[:min(3, len(got))], one.all, one.want)
			}
		}
	})
}

func TestFilesStarsAndPinsOfAChat(t *testing.T) {
	each(t, chat.Config{}, func(t *testing.T, w *world) {
		receive := func(id string, c device.Content) {
			w.write(id, func(in *device.Inbound) { in.Content = c })
		}
		receive("m1", device.Content{Kind: device.KindText, Text: `{"media":{"pin":{`})
		receive("m2", device.Content{Kind: device.KindDocument, Media: &device.Media{MIME: "application/pdf", Filename: "a.pdf"}})
		receive("m3", device.Content{Kind: device.KindImage, Media: &device.Media{MIME: "image/jpeg"}})
		receive("m4", device.Content{Kind: device.KindPin, Target: "m1", Expires: 86400})
		chats, err := w.s.List(t.Context(), ws, chat.Filter{})
		if err != nil || len(chats.Items) != 1 {
			t.Fatalf("got %d chats and %v, want one", len(chats.Items), err)
		}
		id := chats.Items[0].Chat.ID
		for only, want := range map[chat.Only][]string{
			chat.OnlyAll: {"m1", "m2", "m3"}, chat.OnlyFiles: {"m2", "m3"}, chat.OnlyPinned: {"m1"}, chat.OnlyStarred: nil,
		} {
			var got []string
			for sp := (chat.Span{Only: only, Limit: 1}); ; {
				p, err := w.s.Messages(t.Context(), ws, id, sp)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range p.Messages {
					got = append([]string{m.NetworkID}, got...)
				}
				if sp.Before = p.Older; p.Older == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("only %q: got %v, want %v", only, got, want)
			}
		}
	})
}
