package whatsapp

import (
	"encoding/json"

	"github.com/pingcrm/pingcrm/internal/device"
)

var _ device.Detailer = (*Driver)(nil)

// Details shows a message in the JSON of JavaScript clients, see RawJSON.
func (*Driver) Details(raw []byte) (json.RawMessage, error) { return RawJSON(raw) }
