package apptest_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
)

// typesIn shows the product that the customer types, and that it has stopped.
func (k *kinds) typesIn(t *testing.T) {
	k.do(t, http.MethodPatch, "/devices/"+k.device, object{"tell_typing": true}, nil)
	for _, step := range [][2]string{{"composing", "typing"}, {"paused", "stopped"}} {
		k.calls(t, "sendPresenceUpdate", nil, step[0], k.shopJID())
		k.Await("the product hears that the customer is "+step[0], func() bool {
			var log struct {
				Items []struct{ Data struct{ State string } }
			}
			return k.Get("/api/v1/events?limit=500&types=chat.typing", &log) == nil && len(log.Items) > 0 && log.Items[len(log.Items)-1].Data.State == step[1]
		})
	}
}

// reactions are given and taken back by both.
func (k *kinds) reactions(t *testing.T) {
	id := k.send(t, "liked", object{"text": "Terima kasih!"}, nil)
	m := k.message(t, id)["id"].(string)
	for _, emoji := range []string{"👍", ""} {
		k.send(t, "reaction", object{"react": object{"text": emoji, "key": object{"$key": id}}}, nil)
		k.Await(fmt.Sprintf("the customer's %q on the message", emoji), func() bool {
			var got struct{ Reactions []struct{ Emoji string } }
			if k.Get("/api/v1/messages/"+m, &got) != nil {
				return false
			}
			return emoji == "" && len(got.Reactions) == 0 || len(got.Reactions) == 1 && got.Reactions[0].Emoji == emoji
		})
	}
	for _, emoji := range []string{"❤️", ""} {
		_, seen := k.reach(t, "reaction", "messages/"+m+"/reactions", object{"emoji": emoji})
		if said, _ := parse(t, string(seen.Message))["text"].(string); seen.Kind != "reactionMessage" || said != emoji {
			t.Errorf("the customer is shown %s %s, want the reaction %q", seen.Kind, seen.Message, emoji)
		}
	}
}

// pins puts a message to the top of the chat and takes it from there, from either side.
func (k *kinds) pins(t *testing.T) {
	id := k.send(t, "pinned", object{"text": "Alamat: Jl. Melati 5"}, nil)
	m := k.message(t, id)["id"].(string)
	until := func(what string, pinned bool) {
		t.Helper()
		k.Await(what, func() bool {
			var got struct {
				Content struct{ Pin *struct{ Until int64 } }
			}
			return k.Get("/api/v1/messages/"+m, &got) == nil && got.Content.Pin != nil && got.Content.Pin.Until > 0 == pinned
		})
	}
	k.send(t, "pin", object{"pin": object{"$key": id}, "type": 1, "time": 86400}, nil)
	until("pinned by the customer", true)
	k.send(t, "unpin", object{"pin": object{"$key": id}, "type": 2}, nil)
	until("unpinned by the customer", false)
	k.do(t, http.MethodPut, "/messages/"+m+"/pin", object{"seconds": 604800}, nil)
	if err := k.customer.WaitEvent(k.ctx, "messages.upsert", "pinInChatMessage", nil); err != nil {
		t.Errorf("the customer is not shown the pin: %v", err)
	}
	k.do(t, http.MethodDelete, "/messages/"+m+"/pin", nil, nil)
	if err := k.customer.WaitEvent(k.ctx, "messages.upsert", "UNPIN_FOR_ALL", nil); err != nil {
		t.Errorf("the customer is not shown that it was taken from the top: %v", err)
	}
}

// inGroup mentions everybody from either side, and promotes the customer, which both hear of.
func (k *kinds) inGroup(t *testing.T) {
	var made struct{ Group groupView }
	k.do(t, http.MethodPost, "/devices/"+k.device+"/groups", object{"name": "Promo", "members": []string{"+" + k.customer.Number()}}, &made)
	g := made.Group
	if err := k.customer.WaitGroup(k.ctx, "groups.upsert", "Promo", nil); err != nil {
		t.Fatal(err)
	}
	_, seen := k.reach(t, "everybody", "messages", object{"device_id": k.device, "contact_id": g.ID, "text": "Perhatian", "mention_all": true})
	if info, _ := parse(t, string(seen.Message))["contextInfo"].(object); fmt.Sprint(info["nonJidMentions"]) != "1" {
		t.Errorf("the customer is shown %s, want everybody mentioned", seen.Message)
	}
	if _, err := k.customer.SendContent(k.ctx, g.Address, object{"text": "Semua baca", "mentionAll": true}, nil); err != nil {
		t.Fatal(err)
	}
	k.do(t, http.MethodPost, "/devices/"+k.device+"/groups/"+g.ID+"/members", object{"action": "promote", "members": []string{k.customer.Number()}}, nil)
	if err := k.customer.WaitGroup(k.ctx, "group-participants.update", `"promote"`, nil); err != nil {
		t.Errorf("the customer does not hear that it was promoted: %v", err)
	}
	if err := k.customer.Group(k.ctx, "groupUpdateSubject", nil, g.Address, "Promo Akhir Tahun"); err != nil {
		t.Fatal(err)
	}
	k.Await("the group's chat with all of it", func() bool {
		all, lines := false, []string{}
		for _, c := range k.groupChat(t, g) {
			all = all || c.Text == "Semua baca" && c.MentionAll
			if c.Group != nil {
				lines = append(lines, c.Group.Deed+c.Group.Text)
			}
		}
		return all && slices.Equal(lines, []string{"createdPromo", "promoted", "namePromo Akhir Tahun"})
	})
}

type groupContent struct {
	Text       string
	MentionAll bool `json:"mention_all"`
	Group      *struct{ Deed, Text string }
}

// groupChat is what stands in the chat with a group, oldest first.
func (k *kinds) groupChat(t *testing.T, g groupView) (out []groupContent) {
	t.Helper()
	var list struct {
		Items []struct{ Content groupContent }
	}
	k.groupMessages(t, g, &list)
	for _, m := range list.Items {
		out = append(out, m.Content)
	}
	return out
}

// groupMessages reads the list of messages of the chat with a group; list stays as it is when there is no chat.
func (k *kinds) groupMessages(t *testing.T, g groupView, list any) {
	t.Helper()
	var chats struct {
		Items []struct {
			ID      string
			Contact struct{ ID string }
		}
	}
	k.do(t, http.MethodGet, "/chats?limit=100&device_id="+k.device, nil, &chats)
	for _, c := range chats.Items {
		if c.Contact.ID == g.ID {
			k.do(t, http.MethodGet, "/chats/"+c.ID+"/messages?limit=100", nil, list)
		}
	}
}
