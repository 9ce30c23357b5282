package device

import (
	"encoding/json"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// ErrObject means that a message in its channel's own words, given from outside, names no file that can be fetched.
var ErrObject = fault.New(fault.Invalid, "message_without_media", fault.Text{
	ID: "message tidak memuat berkas yang bisa diambil: perlu directPath, mediaKey, fileSha256 dan fileEncSha256 yang benar.",
	EN: "message has no file that can be fetched: it needs a good directPath, mediaKey, fileSha256 and fileEncSha256.",
}).WithField("message")

// ObjectReader is a driver that finds the file in a message that somebody gives it in its channel's own words (the JSON
// of Detailer, whole or its message alone). What it returns can only lead to the network's own hosts. ErrObject.
type ObjectReader interface {
	MediaOf(message json.RawMessage) (Media, error)
}

// MediaOf finds the file in a message of the device's channel. ErrObject, ErrAbility.
func (s *Service) MediaOf(d Device, message json.RawMessage) (Media, error) {
	driver, ok := s.drivers[d.Channel].(ObjectReader)
	if !ok {
		return Media{}, ErrAbility
	}
	return driver.MediaOf(message)
}
