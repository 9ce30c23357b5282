package whatsapp

import (
	"errors"
	"strconv"

	"go.mau.fi/whatsmeow"

	"github.com/pingcrm/pingcrm/internal/device"
)

// asked makes the network's own refusal of a request (an iq's error) tell its number; other errors stay as they are.
func asked(err error) error {
	var iq *whatsmeow.IQError
	if errors.As(err, &iq) && iq.Code != 0 {
		return &device.RefusedError{Code: strconv.Itoa(iq.Code), Err: err}
	}
	return err
}
