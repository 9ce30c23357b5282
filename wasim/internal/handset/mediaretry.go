package handset

import (
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/util/gcmutil"
	"go.mau.fi/whatsmeow/util/hkdfutil"
	"google.golang.org/protobuf/proto"
)

// receiptServerError is the type of a companion's receipt with which it asks for a file that the media hosts have lost.
const receiptServerError = "server-error"

// retryKey is what both sides of a media retry encrypt with.
func retryKey(mediaKey []byte) []byte {
	return hkdfutil.SHA256(mediaKey, nil, []byte("WhatsApp Media Retry Notification"), 32)
}

// reupload answers an own companion that could not fetch a file: the phone puts it on the network again and tells where.
// A phone that hasn't got it any more says so.
func (h *Handset) reupload(node waBinary.Node) {
	id, to := node.AttrGetter().OptionalString("id"), node.AttrGetter().OptionalJIDOrEmpty("from")
	rmr := node.GetChildByTag("rmr")
	out := waBinary.Node{Tag: "notification", Attrs: waBinary.Attrs{"id": id, "to": to, "type": "mediaretry"}}
	body, err := h.uploadAgain(id, node)
	if err != nil {
		h.log.Warn("a file was not uploaded again", "phone", h.cfg.PN.User, "message", id, "error", err)
		body = waBinary.Node{Tag: "error", Attrs: waBinary.Attrs{"code": "2"}}
	}
	out.Content = []waBinary.Node{{Tag: "rmr", Attrs: rmr.Attrs}, body}
	h.mu.Lock()
	h.post(out)
	h.mu.Unlock()
}

// uploadAgain puts a message's file on the network and makes the encrypted answer.
func (h *Handset) uploadAgain(id string, node waBinary.Node) (answer waBinary.Node, err error) {
	h.mu.Lock()
	e := h.findAny(id)
	h.mu.Unlock()
	if e == nil {
		return answer, fmt.Errorf("file of %s: %w", id, ErrNoMessage)
	}
	f, ok := fileOf(unwrap(e.Raw))
	if !ok {
		return answer, fmt.Errorf("file of %s: %w", id, ErrNoMedia)
	}
	key := retryKey(f.Key)
	sealed, _ := node.GetChildByTag("encrypt", "enc_p").Content.([]byte)
	iv, _ := node.GetChildByTag("encrypt", "enc_iv").Content.([]byte)
	if len(iv) != 12 {
		return answer, fmt.Errorf("request for the file of %s: an IV of %d bytes", id, len(iv))
	}
	plain, err := gcmutil.Decrypt(key, iv, sealed, []byte(id))
	if err != nil {
		return answer, fmt.Errorf("request for the file of %s: %w", id, err)
	}
	var asked waMmsRetry.ServerErrorReceipt
	if err := proto.Unmarshal(plain, &asked); err != nil || asked.GetStanzaID() != id {
		return answer, fmt.Errorf("request for the file of %s names %q: %w", id, asked.GetStanzaID(), ErrNoMessage)
	}
	blob, err := h.link.Download(f.Path)
	if err != nil {
		return answer, fmt.Errorf("file of %s: %w", id, err)
	}
	plain, err = proto.Marshal(&waMmsRetry.MediaRetryNotification{
		StanzaID: &id, DirectPath: proto.String(h.link.Upload(f.keys, blob)), Result: waMmsRetry.MediaRetryNotification_SUCCESS.Enum(),
	})
	if err != nil {
		return answer, err
	}
	if sealed, err = gcmutil.Encrypt(key, iv, plain, []byte(id)); err != nil {
		return answer, err
	}
	return waBinary.Node{Tag: "encrypt", Content: []waBinary.Node{{Tag: "enc_p", Content: sealed}, {Tag: "enc_iv", Content: iv}}}, nil
}
