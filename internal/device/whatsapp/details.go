package whatsapp

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"strings"

	"go.mau.fi/whatsmeow"

	"github.com/pingcrm/pingcrm/internal/device"
)

var (
	_ device.Detailer    = (*Driver)(nil)
	_ device.NetworkIDer = (*Driver)(nil)
)

// NewNetworkID makes an id in the official web client's form: 3EB0 and 18 hexadecimal digits.
func (*Driver) NewNetworkID() string {
	var b [9]byte
	_, _ = rand.Read(b[:])
	return whatsmeow.WebMessageIDPrefix + strings.ToUpper(hex.EncodeToString(b[:]))
}

// Details shows a message in the JSON of JavaScript clients, see RawJSON.
func (*Driver) Details(raw []byte) (json.RawMessage, error) { return RawJSON(raw) }
