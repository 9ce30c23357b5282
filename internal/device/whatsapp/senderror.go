package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"

	"github.com/pingcrm/pingcrm/internal/device"
)

// What a send can fail with before it reaches the network.
var (
	errTooLarge      = errors.New("the file is larger than WhatsApp takes")
	errNoBlob        = errors.New("the file of the message is not there")
	errNotOnWhatsApp = errors.New("the number is not on WhatsApp")
	errNoAddress     = errors.New("the recipient has no address on WhatsApp")
	errNotWebP       = errors.New("a sticker must be a WebP picture")
	errOffline       = errors.New("not connected")
)

// rateLimitPause is how long nothing goes out after the network said that it is too much (429). It tells no time
// itself; a minute is the shortest in which its other limits are counted.
const rateLimitPause = time.Minute

// newChatsPause is how long no stranger is written to after the network said that the day's new chats are used up (475).
const newChatsPause = 24 * time.Hour

// refusals are the numbers with which the network refuses a message, as far as their meaning is known. 463 (new
// chats are locked) is handled apart. Numbers that are not listed are tried again.
var refusals = map[int]device.SendClass{
	400: device.SendGiveUp,   // malformed
	401: device.SendGiveUp,   // not allowed in this chat
	403: device.SendGiveUp,   // not a member, or blocked
	404: device.SendGiveUp,   // no such recipient
	405: device.SendGiveUp,   // not allowed for this recipient
	406: device.SendGiveUp,   // not acceptable
	413: device.SendGiveUp,   // too large
	429: device.SendHold,     // too many messages
	475: device.SendHoldCold, // the number of new chats is used up
	479: device.SendGiveUp,   // the stanza is not valid
}

// reachoutLocked is the refusal of first messages to strangers while the account is time-locked.
const reachoutLocked = 463

// outcome says what a failed send means. lockedUntil is the end of the account's time-lock as far as it is known
// (zero: none is active); again is true when this message was refused with 463 before.
type outcome struct {
	now         time.Time
	lockedUntil time.Time
	again       bool
}

func (o outcome) of(err error) *device.SendError {
	fail := func(class device.SendClass, code string) *device.SendError {
		return &device.SendError{Class: class, Code: code, Err: err}
	}
	if code, ok := refusal(err); ok {
		return o.refused(code, err)
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			e := fail(k.class, k.code)
			e.Unsent = slices.Contains(beforeTheWire, k.err)
			return e
		}
	}
	var disconnected *whatsmeow.DisconnectedError
	var upload whatsmeow.DownloadHTTPError
	switch {
	case errors.As(err, &disconnected):
		return fail(device.SendRetry, "disconnected")
	case strings.Contains(err.Error(), "no LID found for"):
		return fail(device.SendGiveUp, "not_on_whatsapp")
	case errors.As(err, &upload) && upload.StatusCode == http.StatusRequestEntityTooLarge:
		return fail(device.SendGiveUp, "media_too_large")
	default:
		return fail(device.SendRetry, "unknown")
	}
}

// beforeTheWire are the errors with which a send ends that has not been begun.
var beforeTheWire = []error{errOffline, errKeysGone, whatsmeow.ErrNotLoggedIn}

// kinds are the errors that are told apart by identity, in the order in which they are tried.
var kinds = []struct {
	err   error
	class device.SendClass
	code  string
}{
	{errUnsupported, device.SendGiveUp, "unsupported"},
	{errIncomplete, device.SendGiveUp, "incomplete"},
	{errNotOnWhatsApp, device.SendGiveUp, "not_on_whatsapp"},
	{errNoAddress, device.SendGiveUp, "no_address"},
	{errTooLarge, device.SendGiveUp, "media_too_large"},
	{errNoBlob, device.SendGiveUp, "media_missing"},
	{errNotWebP, device.SendGiveUp, "sticker_not_webp"},
	{errNoPollSecret, device.SendGiveUp, "poll_unknown"},
	{errNoRecipient, device.SendRetry, "no_session"},
	{whatsmeow.ErrUnknownServer, device.SendGiveUp, "no_address"},
	{whatsmeow.ErrBroadcastListUnsupported, device.SendGiveUp, "unsupported"},
	{whatsmeow.ErrNotInGroup, device.SendGiveUp, "not_in_group"},
	{whatsmeow.ErrGroupNotFound, device.SendGiveUp, "not_in_group"},
	{whatsmeow.ErrNotLoggedIn, device.SendHold, "logged_out"},
	{errKeysGone, device.SendHold, "logged_out"},
	{whatsmeow.ErrMessageTimedOut, device.SendRetry, "timeout"},
	{whatsmeow.ErrIQTimedOut, device.SendRetry, "timeout"},
	{context.DeadlineExceeded, device.SendRetry, "timeout"},
	{whatsmeow.ErrNotConnected, device.SendRetry, "not_connected"},
	{errOffline, device.SendRetry, "not_connected"},
	{context.Canceled, device.SendRetry, "interrupted"},
}

// refused reads the network's own number.
func (o outcome) refused(code int, err error) *device.SendError {
	e := &device.SendError{Class: device.SendRetry, Code: strconv.Itoa(code), Err: err}
	if code == reachoutLocked {
		switch {
		case o.lockedUntil.After(o.now):
			e.Class, e.Until = device.SendHoldCold, o.lockedUntil.UnixMilli()
		case o.again:
			e.Class = device.SendHoldCold
		}
		return e
	}
	if class, ok := refusals[code]; ok {
		e.Class = class
	}
	if e.Class == device.SendHoldCold {
		e.Until = o.now.Add(newChatsPause).UnixMilli()
	}
	if e.Class == device.SendHold {
		e.Until = o.now.Add(rateLimitPause).UnixMilli()
	}
	return e
}

var returnedError = regexp.MustCompile(`^` + regexp.QuoteMeta(whatsmeow.ErrServerReturnedError.Error()) + ` (\d+)$`)

// refusal finds the number in an error that the library makes of a refusing acknowledgement: it stands in the
// text only.
func refusal(err error) (int, bool) {
	for e := err; e != nil; e = errors.Unwrap(e) {
		if m := returnedError.FindStringSubmatch(e.Error()); m != nil {
			n, err := strconv.Atoi(m[1])
			return n, err == nil
		}
	}
	return 0, false
}

// describeSend says what was being tried.
func describeSend(step string, err error) error { return fmt.Errorf("%s: %w", step, err) }
