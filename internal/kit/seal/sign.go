package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"io"
)

// Sign makes a text out of parts that only this installation can make: the same parts give the same text, on every node.
// purpose keeps the texts of one use from being taken for another's.
func (b *Box) Sign(purpose string, parts ...string) string {
	h := hmac.New(sha256.New, b.signing)
	for _, part := range append([]string{purpose}, parts...) {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part))) // a hash takes everything
		_, _ = io.WriteString(h, part)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// Signed reports whether Sign made signature of the same purpose and parts.
func (b *Box) Signed(signature, purpose string, parts ...string) bool {
	return subtle.ConstantTimeCompare([]byte(signature), []byte(b.Sign(purpose, parts...))) == 1
}
