package whatsapp

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pingcrm/pingcrm/internal/device"
)

// object is an image message as JavaScript clients show it, with one field changed.
func object(change map[string]any) json.RawMessage {
	b64 := func(b byte) string { return base64.StdEncoding.EncodeToString(fill(b, 32)) }
	o := map[string]any{
		"url": "http://169.254.169.254/latest/meta-data", "mimetype": "image/jpeg", "fileLength": "75487",
		"directPath": "/v/t62/x.enc?ccb=9-4&oe=1", "mediaKey": b64(1), "fileSha256": b64(2), "fileEncSha256": b64(3),
	}
	for k, v := range change {
		o[k] = v
	}
	b, _ := json.Marshal(map[string]any{"key": map[string]any{"id": "A"}, "message": map[string]any{"imageMessage": o}})
	return b
}

func TestTheFileOfAnObjectIsFound(t *testing.T) {
	t.Parallel()
	d := &Driver{}
	want := remote{Type: "image", Path: "/v/t62/x.enc?ccb=9-4&oe=1", Key: fill(1, 32), SHA256: fill(2, 32), EncSHA256: fill(3, 32)}
	numbers := make([]int, 32)
	for i := range numbers {
		numbers[i] = 1
	}
	plain := string(object(nil))
	for what, message := range map[string]json.RawMessage{
		"whole":              object(nil),
		"the message alone":  json.RawMessage(strings.TrimSuffix(plain[strings.Index(plain, `{"imageMessage"`):], "}")),
		"a Buffer":           object(map[string]any{"mediaKey": map[string]any{"type": "Buffer", "data": base64.StdEncoding.EncodeToString(fill(1, 32))}}),
		"a list of numbers":  object(map[string]any{"mediaKey": map[string]any{"type": "Buffer", "data": numbers}}),
		"URL-safe, unpadded": object(map[string]any{"mediaKey": base64.RawURLEncoding.EncodeToString(fill(1, 32))}),
		"wrapped":            json.RawMessage(`{"message":{"ephemeralMessage":{"message":{"viewOnceMessageV2":` + plain + `}}}}`),
		"a number of bytes":  object(map[string]any{"fileLength": 75487}),
	} {
		m, err := d.MediaOf(message)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		got, _, err := readRemote(m.Remote)
		if diff := cmp.Diff(want, got); err != nil || diff != "" || m.MIME != "image/jpeg" || m.Size != 75487 {
			t.Errorf("%s: %+v, %v (-want +got):\n%s", what, m, err, diff)
		}
	}
}

// A whole object says which message it is, so that its file can be asked for again; nothing else is taken for one.
func TestTheMessageOfAnObjectIsFound(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]*origin{
		`{"remoteJid":"6281290641111:3@s.whatsapp.net","fromMe":true,"id":"3EB0"}`:         {Chat: "6281290641111@s.whatsapp.net", ID: "3EB0", FromMe: true},
		`{"remoteJid":"1203630@g.us","participant":"628129:2@s.whatsapp.net","id":"3EB0"}`: {Chat: "1203630@g.us", Sender: "628129@s.whatsapp.net", ID: "3EB0"},
		`{"remoteJid":"1203630@g.us","id":"3EB0"}`:                                         nil,
		`{"remoteJid":"1203630@g.us","participant":"x@call","id":"3EB0"}`:                  nil,
		`{"remoteJid":"@s.whatsapp.net","id":"3EB0"}`:                                      nil,
		`{"remoteJid":"s.whatsapp.net","id":"3EB0"}`:                                       nil,
		`{"remoteJid":"1@evil","id":"3EB0"}`:                                               nil,
		`{"remoteJid":"1@s.whatsapp.net","id":"a b"}`:                                      nil,
		`{"remoteJid":"1@s.whatsapp.net","id":"` + strings.Repeat("A", 129) + `"}`:         nil,
		`{"remoteJid":"1@s.whatsapp.net"}`:                                                 nil,
		`{"remoteJid":5,"id":"3EB0"}`:                                                      nil,
		`[1]`:                                                                              nil,
	} {
		m, err := (&Driver{}).MediaOf(json.RawMessage(strings.Replace(string(object(nil)), `{"id":"A"}`, key, 1)))
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		got, _, err := readRemote(m.Remote)
		if diff := cmp.Diff(want, got.Of); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", key, err, diff)
		}
	}
}

func TestAHostileObjectIsRefused(t *testing.T) {
	t.Parallel()
	d := &Driver{}
	bad := map[string]json.RawMessage{
		"nothing": nil, "null": json.RawMessage(`null`), "a list": json.RawMessage(`[1]`), "a text": json.RawMessage(`"x"`), "no message": json.RawMessage(`{}`),
		"a text message": json.RawMessage(`{"message":{"conversation":"halo"}}`), "an image that is a text": json.RawMessage(`{"imageMessage":"x"}`),
		"endless": json.RawMessage(strings.Repeat(`{"message":`, 50) + `{}` + strings.Repeat(`}`, 50)),
		"no key":  object(map[string]any{"mediaKey": nil}), "a short key": object(map[string]any{"mediaKey": "AAAA"}),
		"a key that is a number": object(map[string]any{"mediaKey": 5}), "no hash": object(map[string]any{"fileSha256": ""}),
		"no other hash": object(map[string]any{"fileEncSha256": nil}),
	}
	for i, path := range []string{
		"", "x", "//evil.example/x?y", "/x", "/x?y#z", "/x?y z", "@evil.example/?x", "/\\evil?x", "/x?\r\nHost: evil", "/x?\u202e", "https://evil.example/?x",
		"/u:p@evil?x", "/" + strings.Repeat("x", 4000) + "?",
	} {
		bad[fmt.Sprintf("path %d %.20q", i, path)] = object(map[string]any{"directPath": path})
	}
	for what, message := range bad {
		if m, err := d.MediaOf(message); !errors.Is(err, device.ErrObject) {
			t.Errorf("%s: %+v, %v; want ErrObject", what, m, err)
		}
	}
}

func FuzzMediaOf(f *testing.F) {
	f.Add([]byte(object(nil)))
	f.Add([]byte(`{"message":{"documentWithCaptionMessage":{"message":{"documentMessage":{"mediaKey":{"data":[1,2]}}}}}}`))
	f.Fuzz(func(t *testing.T, message []byte) {
		m, err := (&Driver{}).MediaOf(message)
		if err != nil {
			return
		}
		r, _, err := readRemote(m.Remote)
		if err != nil || !goodPath(r.Path) || m.Size < 0 {
			t.Errorf("%q was taken as %+v, %v", message, m, err)
		}
	})
}
