package apptest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/wasim"
)

// contractLines runs the lines of testdata/contract.txt, with Sari's chat filled in unless said otherwise.
type contractLines struct {
	*shop
	lines map[string]string
	ran   map[string]bool
}

func newContractLines(t *testing.T) *contractLines {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "contract.txt"))
	if err != nil {
		t.Fatal(err)
	}
	c := &contractLines{shop: newShop(t), lines: map[string]string{}, ran: map[string]bool{}}
	for _, part := range strings.Split(string(data), "\n# ")[1:] {
		name, line, _ := strings.Cut(part, "\n")
		c.lines[name] = line
	}
	return c
}

// run has a shell run a line, and fails unless it is answered with a true flag and the document's words.
func (c *contractLines) run(t *testing.T, name, flag, message string, values ...string) object {
	t.Helper()
	got := c.answer(t, name, values...)
	if got[flag] != true || got["message"] != message {
		t.Fatalf("%s is answered %v, want %s and %q", name, got, flag, message)
	}
	return got
}

// answer is what a line is answered with. values are what stands between percent signs, each with what takes its place.
func (c *contractLines) answer(t *testing.T, name string, values ...string) object {
	t.Helper()
	c.ran[name] = true
	values = append(values, "http://127.0.0.1:8000", c.URL, "%device%", c.device, "%key%", c.Demo.APIKey, "%number%", c.sari.Number(), "%chat%", c.sari.JID().String())
	line := strings.NewReplacer(values...).Replace(c.lines[name])
	out, err := exec.CommandContext(t.Context(), "sh", "-c", `curl() { command curl --silent --show-error --max-time 60 "$@"; }; `+line).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return parse(t, string(out))
}

// TestEveryLineOfTheContract runs all lines of the document as they stand, and looks at the phones.
func TestEveryLineOfTheContract(t *testing.T) {
	t.Parallel()
	c := newContractLines(t)
	theirs, ours := c.greet(t)
	uid := c.sari.JID().String()
	if e := find(c.run(t, "contacts", "status", "Berhasil Mengambil data kontak"), "id", uid); e == nil || e["name"] != "Sari" {
		t.Errorf("contacts has %v of Sari", e)
	}
	if e := find(c.run(t, "chats", "status", "Berhasil Mengambil data kontak pesan"), "uid", uid); e == nil || e["unread"] != float64(1) {
		t.Errorf("chats has %v of Sari", e)
	}
	detail := c.run(t, "detail", "status", "Berhasil mengambil data pesan")
	if list, _ := detail["list"].(object); len(list) != 2 || detail["chatid"] != uid {
		t.Errorf("detail is %v", detail)
	}
	c.run(t, "send-message", "status", "Berhasil mengirimkan pesan")
	c.awaitText(t, "Hallo guys!")
	if got := c.answer(t, "callback"); got["reply"] != true || got["session_id"] != "device_"+c.device || got["receiver"] != uid {
		t.Errorf("callback is answered %v", got)
	}
	c.inAGroup(t)
	c.deletes(t, c.downloads(t))

	c.run(t, "read-messages", "status", "Berhasil menandai status", "%id%", theirs)
	c.awaitStatus(t, theirs, wasim.StatusRead)
	c.run(t, "delete-everyone", "status", "Berhasil menghapus pesan", "%id%", ours)
	c.awaitStatus(t, ours, wasim.StatusRevoked)
	picture := photograph(t, 64)
	if err := c.sari.SetPicture(t.Context(), picture); err != nil {
		t.Fatal(err)
	}
	shown, _ := c.run(t, "get-profile", "success", "Berhasil mengambil photo profile")["data"].(object)
	if status, _, file := get(t, shown["url"].(string)); status != 200 || !bytes.Equal(file, picture) {
		t.Errorf("the url of her picture: %d, %d bytes", status, len(file))
	}
	last := says(t, c.sari, c.number, "Masih ada?")
	c.awaitIn(t, c.device, c.sari.Number(), textIs("Masih ada?"))
	c.run(t, "mark-message", "success", "Pesan berhasil di baca")
	c.awaitStatus(t, last, wasim.StatusRead)
	c.run(t, "delete-chat", "success", "Chat berhasil di hapus")
	c.untilChat(t, "deleted", func(chat wasim.Chat) bool { return chat.Messages == 0 })
	for name := range c.lines {
		if !c.ran[name] {
			t.Errorf("%s was not run", name)
		}
	}
}

// inAGroup reads what Sari writes in her group and answers there with a template.
func (c *contractLines) inAGroup(t *testing.T) {
	t.Helper()
	g, err := c.sari.CreateGroup(wasim.GroupOptions{Name: "Arisan"}, c.number)
	if err != nil {
		t.Fatal(err)
	}
	c.awaitEvent(t, "group.created", func(e eventView) bool { return e.Data.Group.Name == "Arisan" })
	id := says(t, c.sari, g.String(), "Salam")
	c.Await("her message in the group", func() bool {
		var detail struct{ List map[string]object }
		return c.Get("/api-app/whatsapp/chats/detail/"+c.device+"/"+g.String()+"?api_key="+c.Demo.APIKey, &detail) == nil && len(detail.List) == 1
	})
	c.run(t, "read-messages", "status", "Berhasil menandai status", "%chat%", g.String(), "%id%", id)
	c.awaitStatus(t, id, wasim.StatusRead)
	var made struct{ ID string }
	if err := c.Post("/api/v1/templates", object{"name": "Nota", "body": "Hai {name}, dari {business_name}"}, &made); err != nil {
		t.Fatal(err)
	}
	c.run(t, "send-message with a template", "status", "Berhasil mengirimkan pesan", "%group%", g.JID().User, "%template%", made.ID)
	if m := awaitInGroup(t, c.sari, "Hai Sari, dari Toko"); m.Chat != g.String() {
		t.Errorf("Sari sees it in %s", m.Chat)
	}
}

// deletes deletes a picture that the shop has sent, and leaves the file on its phone, and Sari's own with the file. She
// keeps both.
func (c *contractLines) deletes(t *testing.T, theirs string) {
	t.Helper()
	chat := c.chats(t, c.device, c.sari.Number())[0]
	_, seen := c.says(t, chat, object{"media_of": c.awaitOurs(t, chat, theirs)})
	for _, try := range []struct {
		line, id string
		keeps    bool
	}{{"delete-message", seen.ID, true}, {"delete-message in the document's other form", theirs, false}} {
		c.run(t, try.line, "status", "Berhasil menghapus pesan", "%id%", try.id)
		c.Await("the message to be gone from the shop's phone", func() bool { _, there := c.owner(t).Message(try.id); return !there })
		if _, err := c.owner(t).Media(t.Context(), try.id); (err == nil) != try.keeps {
			t.Errorf("%s: the phone gives the file: %v; want it kept: %v", try.line, err, try.keeps)
		}
		if m, there := c.sari.Message(try.id); !there || m.Status == wasim.StatusRevoked {
			t.Errorf("%s: it is gone from Sari's phone, too", try.line)
		}
	}
}

// downloads fetches a document, a voice note and a picture of Sari's, and returns the picture's id.
func (c *contractLines) downloads(t *testing.T) (id string) {
	t.Helper()
	for _, f := range []struct {
		kind, mime, ending string
		data               []byte
	}{
		{"document", "application/pdf", "pdf", []byte("%PDF-1.7 daftar harga")},
		{"voice", "audio/ogg; codecs=opus", "ogg", []byte(oggVoice)},
		{"image", "image/jpeg", "jpeg", photograph(t, 64)},
	} {
		var err error
		id, err = c.sari.Send(t.Context(), c.number, wasim.Content{Media: &wasim.Media{Type: f.kind, MIME: f.mime, Data: f.data}})
		if err != nil {
			t.Fatal(err)
		}
		var message object
		c.Await("the file's message in the chat's detail", func() bool {
			var detail struct {
				List map[string]struct {
					ID      string
					Details object
				}
			}
			_ = c.Get("/api-app/whatsapp/chats/detail/"+c.device+"/"+c.sari.Number()+"?api_key="+c.Demo.APIKey, &detail)
			for _, m := range detail.List {
				if m.ID == id {
					message = m.Details
				}
			}
			return message != nil
		})
		whole, err := json.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		data, _ := c.run(t, "download-media", "success", "Berhasil mengunduh media", "%id%", id, "%type%", f.ending, "%message%", string(whole))["data"].(object)
		path, _ := data["downloadPath"].(string)
		if status, _, file := get(t, path); status != 200 || !bytes.Equal(file, f.data) || !strings.Contains(path, id+"."+f.ending+"?") {
			t.Errorf("the %s at %s: %d, %d bytes; want the %d that were sent", f.kind, path, status, len(file), len(f.data))
		}
	}
	return id
}
