package wasim

import (
	"testing"

	waBinary "go.mau.fi/whatsmeow/binary"
)

func TestBytesThatAreNoStanzaAreAnError(t *testing.T) {
	t.Parallel()
	for _, frame := range [][]byte{nil, {0}, {0, 0}, {2, 1, 2, 3}, []byte("\x00\x00\xf8\x01\xf8\x0200")} {
		if n, err := decode(frame); err == nil {
			t.Errorf("decode(%x): got %v, want an error", frame, n)
		}
	}
}

func FuzzDecode(f *testing.F) {
	good, err := waBinary.Marshal(node{Tag: "iq", Attrs: attrs{"id": "1"}, Content: []node{{Tag: "ping"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("\x00\x00\xf8\x01\xf8\x0200"))
	f.Fuzz(func(t *testing.T, frame []byte) {
		if n, err := decode(frame); err == nil && n == nil {
			t.Errorf("decode(%x): neither stanza nor error", frame)
		}
	})
}
