package wasim

import (
	"time"
)

// FaultKind names what goes wrong.
type FaultKind string

const (
	// FaultConnect answers a login with <failure reason=Code>: 401, 403, 405, 500, 503; 402 with Expires.
	FaultConnect FaultKind = "connect_failure"
	// FaultBan is a temporary ban: the live sockets are closed and every login is answered
	// with 402 until ExpiresS seconds have passed on the network's clock. Code is the ban's reason (default 101).
	FaultBan FaultKind = "temporary_ban"
	// FaultStream sends <stream:error code=Code> to the live sockets: 515, 503.
	FaultStream FaultKind = "stream_error"
	// FaultReplaced tells the live sockets that another one took their place.
	FaultReplaced FaultKind = "conflict_replaced"
	// FaultRemoved removes the device from its account and tells it so.
	FaultRemoved FaultKind = "device_removed"
	// FaultTimelock sends the reach-out time-lock event; Until is its end (unix seconds), 0 lifts it.
	FaultTimelock FaultKind = "reachout_timelock"
	// FaultAck refuses a message with the ack error Code: 463, 475, 479, 429… The message isn't delivered.
	FaultAck FaultKind = "ack_error"
	// FaultDropBefore closes the socket when a message comes in, before it is accepted: the message is lost on the way.
	FaultDropBefore FaultKind = "drop_before_accept"
	// FaultDropBeforeAck accepts a message and closes the socket instead of acknowledging it.
	FaultDropBeforeAck FaultKind = "drop_before_ack"
	// FaultDropAfterAck closes the socket behind the ack.
	FaultDropAfterAck FaultKind = "drop_after_ack"
	// FaultLoseAck accepts a message and never acknowledges it.
	FaultLoseAck FaultKind = "lose_ack"
	// FaultDelayAck acknowledges DelayMS later.
	FaultDelayAck FaultKind = "delay_ack"
	// FaultDelayDelivery puts a message on a companion's wire DelayMS later.
	FaultDelayDelivery FaultKind = "delay_delivery"
	// FaultDuplicate puts a message on a companion's wire twice.
	FaultDuplicate FaultKind = "duplicate_delivery"
	// FaultGarbage spoils the ciphertext of a message on its way to a companion.
	FaultGarbage FaultKind = "garbage_ciphertext"
	// FaultSilent keeps sockets open and neither reads nor writes them any more.
	FaultSilent FaultKind = "go_silent"
	// FaultMedia answers a media download with the status Code: 404, 410, 403, 500.
	FaultMedia FaultKind = "media_status"
)

// Fault is one thing that goes wrong. Faults that speak to live sockets
// (temporary_ban, stream_error, conflict_replaced, device_removed,
// reachout_timelock, go_silent) act when they are added; if no socket fits they
// wait for the next login. The others wait for what they spoil.
type Fault struct {
	// ID is given by the network when it is empty.
	ID   string    `json:"id"`
	Kind FaultKind `json:"kind"`
	// Device narrows the fault to one companion (its JID, in either form of address),
	// Number to the companions of one account. Neither: everybody.
	Device string `json:"device,omitempty"`
	Number string `json:"number,omitempty"`
	// To narrows message faults to one recipient, for deliveries to one sender.
	To string `json:"to,omitempty"`
	// NewChatsOnly narrows message faults to recipients that this account has
	// neither written to nor heard from.
	NewChatsOnly bool `json:"new_chats_only,omitempty"`
	// Times is how often it strikes: 0 is the kind's default (1, and for ack_error and
	// media_status for ever), -1 for ever.
	Times int `json:"times,omitempty"`
	// Probability of striking when it could, above 0 and up to 1; 0 means 1. Drawn from the network's seed.
	Probability float64 `json:"probability,omitempty"`
	DelayMS     int64   `json:"delay_ms,omitempty"`
	Code        int     `json:"code,omitempty"`
	// ExpiresS is the length of a ban in seconds.
	ExpiresS int64 `json:"expires_s,omitempty"`
	// Until is the end of a time-lock in unix seconds.
	Until int64 `json:"until,omitempty"`
	// Fired is how often it has struck.
	Fired int64 `json:"fired"`
}

func (f Fault) delay() time.Duration { return time.Duration(f.DelayMS) * time.Millisecond }
