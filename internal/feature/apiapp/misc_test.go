package apiapp_test

import (
	"context"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/member"
)

// misc calls one of the contract's calls about chats and messages.
func (r *rig) misc(call, deviceID, fields string, headers ...string) answer {
	return r.call("POST", "misc/"+call+"/"+deviceID, `{"api_key":"`+r.key+`"`+fields+`}`, headers...)
}

func (r *rig) chat() chat.Item {
	r.t.Helper()
	p, err := r.chats.List(context.Background(), r.ws, chat.Filter{})
	if err != nil || len(p.Items) != 1 {
		r.t.Fatalf("chats = %+v, %v; want one", p.Items, err)
	}
	return p.Items[0]
}

func TestMarksByEveryFormOfAddress(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.net.Connect(t, r.devices, r.ws, "6200")
		r.net.WriteText(d.ID, "6281290641111", "Sari", "halo", 0)
		r.settle(d)
		for _, form := range []string{
			"6281290641111@s.whatsapp.net", "6281290641111-s-whatsapp-net", "6281290641111", "081290641111", "+62 812-9064-1111",
		} {
			for status, want := range map[string]bool{"false": true, "true": false} {
				a := r.misc("mark-message", d.ID, `,"chatid":"`+form+`","status":`+status)
				if data, ok := a.body["data"].(object); a.status != 200 || a.body["success"] != true || !ok || len(data) != 0 {
					t.Fatalf("status %s by %s: %d %s", status, form, a.status, a.text)
				}
				if c := r.chat(); c.MarkedUnread != want {
					t.Errorf("status %s by %s: marked unread is %v, want %v", status, form, c.MarkedUnread, want)
				}
			}
		}
		if a := r.call("POST", "misc/mark-message/"+d.ID, "api_key="+r.key+"&chatid=081290641111&status=0", "Content-Type", "application/x-www-form-urlencoded"); a.status != 200 || !r.chat().MarkedUnread {
			t.Errorf("as a form: %d %s", a.status, a.text)
		}
	})
}

func TestDeletionsAreDoneOncePerKey(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.net.Connect(t, r.devices, r.ws, "6200")
		r.net.WriteText(d.ID, "6281290641111", "Sari", "halo", 0)
		r.settle(d)
		p, err := r.chats.Messages(context.Background(), r.ws, r.chat().Chat.ID, chat.Span{})
		if err != nil {
			t.Fatal(err)
		}
		fields := `,"chatid":"081290641111","message":{"key":{"id":"` + p.Messages[0].NetworkID + `","fromMe":false,"remoteJid":"6281290641111@s.whatsapp.net"},"deleteMedia":false,"timestamp":1730660179}`
		first := r.misc("delete-message", d.ID, fields, "Idempotency-Key", "hapus-1")
		again := r.misc("delete-message", d.ID, fields, "Idempotency-Key", "hapus-1")
		if first.status != 200 || first.text != again.text || again.status != 200 || first.body["message"] != "Berhasil menghapus pesan" {
			t.Errorf("got %d %s, then %d %s", first.status, first.text, again.status, again.text)
		}
		if a := r.misc("delete-message", d.ID, fields); a.status != 404 || a.code() != "message_not_found" || a.body["status"] != false {
			t.Errorf("without the key: %d %s, want 404", a.status, a.text)
		}
		r.net.WriteText(d.ID, "6281290641111", "Sari", "lagi", 0)
		r.settle(d)
		if a := r.misc("delete-chat", d.ID, `,"chatid":"081290641111"`); a.status != 200 || a.body["success"] != true {
			t.Errorf("delete-chat: %d %s", a.status, a.text)
		}
		if a := r.misc("delete-chat", d.ID, `,"chatid":"081290641111"`); a.status != 404 || a.code() != "chat_not_found" || a.body["success"] != false {
			t.Errorf("a deleted chat: %d %s, want 404", a.status, a.text)
		}
	})
}

func TestMarksNeedTheirRightAndALinkedDevice(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.net.Connect(t, r.devices, r.ws, "6200")
		r.net.WriteText(d.ID, "6281290641111", "Sari", "halo", 0)
		r.settle(d)
		_, stranger := r.shop("Toko Sebelah")
		reader := r.scoped(r.ws, member.ReadChats)
		for call, fields := range map[string]string{
			"read-messages": `,"messages":[{"id":"x"}]`, "delete-message": `,"message":{"key":{"id":"x"}}`,
			"delete-everyone": `,"message":{"id":"x","fromMe":true}`, "mark-message": `,"status":true`, "delete-chat": ``,
		} {
			fields = `,"chatid":"081290641111"` + fields
			body := func(key string) string { return `{"api_key":"` + key + `"` + fields + `}` }
			if a := r.call("POST", "misc/"+call+"/"+d.ID, body(reader)); a.status != 403 {
				t.Errorf("%s with a reader's key: %d %s, want 403", call, a.status, a.text)
			}
			if a := r.call("POST", "misc/"+call+"/"+d.ID, body(stranger)); a.status != 404 || a.code() != "device_not_found" {
				t.Errorf("%s with another workspace's key: %d %s, want 404", call, a.status, a.text)
			}
			if strings.Contains(fields, `"x"`) {
				if a := r.misc(call, d.ID, fields); a.status != 404 || a.code() != "message_not_found" {
					t.Errorf("%s of an unknown message: %d %s, want 404", call, a.status, a.text)
				}
			}
		}
		if _, err := r.devices.Unlink(context.Background(), r.ws, d.ID); err != nil {
			t.Fatal(err)
		}
		if a := r.misc("delete-chat", d.ID, `,"chatid":"081290641111"`); a.status != 409 || a.code() != "device_not_connected" {
			t.Errorf("with an unlinked device: %d %s, want 409", a.status, a.text)
		}
		if r.chat().Unread != 1 {
			t.Error("a refused call read the chat")
		}
	})
}
