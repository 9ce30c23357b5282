package wasim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/types"
)

// ErrFault says that a fault's description makes no sense.
var ErrFault = errors.New("wasim: bad fault")

// FaultKind names what goes wrong.
type FaultKind string

const (
	// FaultConnect answers a login with <failure reason=Code>: 401, 403, 405, 500, 503; 402 with ExpiresS.
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
	// FaultClose closes the live sockets without a word.
	FaultClose FaultKind = "close_socket"
	// FaultSilent keeps the live sockets open and neither reads nor writes them any more.
	FaultSilent FaultKind = "go_silent"
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
	// FaultDelayDelivery gives a message to a companion's queue DelayMS later.
	FaultDelayDelivery FaultKind = "delay_delivery"
	// FaultHoldDelivery keeps a message from a companion's queue until the fault is taken back.
	FaultHoldDelivery FaultKind = "hold_delivery"
	// FaultDuplicate puts a message on a companion's wire twice.
	FaultDuplicate FaultKind = "duplicate_delivery"
	// FaultGarbage spoils the ciphertext of a message on its way to a companion.
	FaultGarbage FaultKind = "garbage_ciphertext"
	// FaultOneAddress shows a sender to a companion by one form of address alone (Form), as if nobody knew the other.
	FaultOneAddress FaultKind = "one_address"
	// FaultTimestamp shows a message to a companion as written at At.
	FaultTimestamp FaultKind = "timestamp"
	// FaultSlow writes a stanza to a companion DelayMS late, and what is behind it with it.
	FaultSlow FaultKind = "slow_stanza"
	// FaultCut closes a companion's socket in the middle of the frame of a stanza.
	FaultCut FaultKind = "cut_frame"
	// FaultRubbish writes bytes that are no frame to a companion's socket before a stanza, and leaves it open: after them the
	// other side may understand nothing any more. Code picks one of seven kinds, 0 to 6.
	FaultRubbish FaultKind = "rubbish_frame"
	// FaultMedia answers a media download with the status Code: 404, 410, 403, 500.
	FaultMedia FaultKind = "media_status"
)

// Fault is one thing that goes wrong. Faults that speak to live sockets
// (stream_error, conflict_replaced, device_removed, close_socket, go_silent) act
// when they are added, once on each socket that fits; if none fits they wait for
// the next login. reachout_timelock is queued for every device that fits, there
// or not. The others wait for what they spoil.
type Fault struct {
	// ID is given by the network when it is empty.
	ID   string    `json:"id"`
	Kind FaultKind `json:"kind"`
	// Device narrows the fault to one companion (its JID, in either form of address),
	// Number to the companions of one account. Neither: everybody.
	Device string `json:"device,omitempty"`
	Number string `json:"number,omitempty"`
	// To narrows message faults to one recipient, for those that spoil deliveries to one sender.
	To string `json:"to,omitempty"`
	// NewChatsOnly narrows message faults to recipients that this account has
	// neither written to nor heard from.
	NewChatsOnly bool `json:"new_chats_only,omitempty"`
	// Times is how often it strikes: 0 is the kind's default (1; for ack_error,
	// hold_delivery, media_status and temporary_ban for ever), -1 for ever.
	Times int `json:"times,omitempty"`
	// Probability of striking when it could, above 0 and up to 1; 0 means 1. Drawn from the network's seed.
	Probability float64 `json:"probability,omitempty"`
	DelayMS     int64   `json:"delay_ms,omitempty"`
	Code        int     `json:"code,omitempty"`
	// ExpiresS is the length of a ban in seconds.
	ExpiresS int64 `json:"expires_s,omitempty"`
	// Until is the end of a time-lock in unix seconds.
	Until int64 `json:"until,omitempty"`
	// Form is the one form of address of a one_address fault.
	Form Addressing `json:"form,omitempty"`
	// At is the time of a timestamp fault in unix seconds; any number.
	At int64 `json:"at,omitempty"`
	// Fired is how often it has struck.
	Fired int64 `json:"fired"`

	// ends is when a ban is over.
	ends time.Time
	// chaos says that the fault is part of a Chaos; seed, unless it is 0, draws in the place of the network's.
	chaos bool
	seed  uint64
}

func (f Fault) delay() time.Duration { return time.Duration(f.DelayMS) * time.Millisecond }

// rule is what a kind needs and defaults to.
type rule struct {
	code     int
	codes    []int
	forever  bool
	delay    bool
	expires  bool
	message  bool
	form     bool
	neededBy string
}

func rules() map[FaultKind]rule {
	return map[FaultKind]rule{
		FaultConnect:       {codes: []int{400, 401, 402, 403, 405, 406, 409, 500, 501, 503}},
		FaultBan:           {code: 101, expires: true, forever: true},
		FaultStream:        {code: 515},
		FaultReplaced:      {},
		FaultRemoved:       {},
		FaultClose:         {},
		FaultSilent:        {},
		FaultTimelock:      {},
		FaultAck:           {forever: true, message: true, neededBy: "463, 475, 479 or 429"},
		FaultDropBefore:    {message: true},
		FaultDropBeforeAck: {message: true},
		FaultDropAfterAck:  {message: true},
		FaultLoseAck:       {message: true},
		FaultDelayAck:      {message: true, delay: true},
		FaultDelayDelivery: {message: true, delay: true},
		FaultHoldDelivery:  {forever: true, message: true},
		FaultDuplicate:     {message: true},
		FaultGarbage:       {message: true},
		FaultOneAddress:    {message: true, form: true},
		FaultTimestamp:     {message: true},
		FaultSlow:          {delay: true},
		FaultCut:           {},
		FaultRubbish:       {},
		FaultMedia:         {code: 404, forever: true, codes: []int{400, 401, 403, 404, 410, 429, 500, 502, 503}},
	}
}

// FaultKinds lists all kinds in alphabetical order.
func FaultKinds() []FaultKind {
	var out []FaultKind
	for kind := range rules() {
		out = append(out, kind)
	}
	slices.Sort(out)
	return out
}

// check completes a fault or says what is wrong with it.
func (n *Network) check(f *Fault) error {
	r, ok := rules()[f.Kind]
	if !ok {
		return fmt.Errorf("%w: kind %q is unknown, want one of %v", ErrFault, f.Kind, FaultKinds())
	}
	if f.Code == 0 {
		f.Code = r.code
	}
	if f.Kind == FaultConnect && f.Code == 402 {
		r.expires = true
	}
	if err := f.checkFields(r); err != nil {
		return err
	}
	return n.checkTargets(f)
}

func (f *Fault) checkFields(r rule) error {
	switch {
	case len(r.codes) > 0 && !slices.Contains(r.codes, f.Code):
		return fmt.Errorf("%w: %s needs a code out of %v, got %d", ErrFault, f.Kind, r.codes, f.Code)
	case r.neededBy != "" && f.Code == 0:
		return fmt.Errorf("%w: %s needs a code such as %s", ErrFault, f.Kind, r.neededBy)
	case f.Code < 0 || f.Code > 9999:
		return fmt.Errorf("%w: code %d is outside 0 to 9999", ErrFault, f.Code)
	case r.delay && f.DelayMS <= 0:
		return fmt.Errorf("%w: %s needs a delay_ms above 0", ErrFault, f.Kind)
	case f.DelayMS < 0:
		return fmt.Errorf("%w: delay_ms %d is negative", ErrFault, f.DelayMS)
	case r.expires && f.ExpiresS <= 0:
		return fmt.Errorf("%w: %s needs expires_s above 0, the length of the ban", ErrFault, f.Kind)
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("%w: probability %v is outside 0 to 1", ErrFault, f.Probability)
	case f.Times < -1:
		return fmt.Errorf("%w: times %d, want -1 (for ever) or more", ErrFault, f.Times)
	case f.Until < 0:
		return fmt.Errorf("%w: until %d is negative, want unix seconds", ErrFault, f.Until)
	case r.form != (f.Form == AddressLID || f.Form == AddressPhone) || !r.form && f.Form != "":
		return fmt.Errorf("%w: form %q; one_address needs %q or %q, and nothing else has one", ErrFault, f.Form, AddressLID, AddressPhone)
	case f.At != 0 && f.Kind != FaultTimestamp:
		return fmt.Errorf("%w: %s has no at", ErrFault, f.Kind)
	case !r.message && (f.To != "" || f.NewChatsOnly):
		return fmt.Errorf("%w: %s has no recipient; to and new_chats_only go with messages", ErrFault, f.Kind)
	}
	if f.Times == 0 {
		f.Times = 1
		if r.forever {
			f.Times = -1
		}
	}
	return nil
}

func (n *Network) checkTargets(f *Fault) error {
	if f.Kind == FaultMedia && f.Number+f.Device != "" {
		return fmt.Errorf("%w: %s can't be narrowed: a download doesn't say whose it is", ErrFault, f.Kind)
	}
	for field, value := range map[string]string{"number": f.Number, "to": f.To} {
		if value != "" && n.accounts.find(value) == nil {
			return fmt.Errorf("%w: %s %q: %w", ErrFault, field, value, ErrUnknownNumber)
		}
	}
	if f.Device != "" && n.findDevice(f.Device) == nil {
		return fmt.Errorf("%w: device %q: %w", ErrFault, f.Device, ErrUnknownDevice)
	}
	return nil
}

func (n *Network) findDevice(text string) *device {
	jid, err := types.ParseJID(text)
	if err != nil {
		return nil
	}
	a := n.accounts.at(jid)
	if a == nil {
		return nil
	}
	return a.device(int(jid.Device))
}

// faults are the faults in force.
type faults struct {
	mu     sync.Mutex
	seed   uint64
	serial int64
	list   []*activeFault
	fired  func()
}

type activeFault struct {
	Fault
	device  *device
	account *account
	to      *account
	draw    *rand.Rand
	held    []func() // what is to be done when it is taken back
}

// subject is what a fault might strike.
type subject struct {
	device *device
	// account is the device's, unless there is no device.
	account *account
	to      *account
	newChat bool
	now     time.Time
}

func (f *activeFault) fits(s subject) bool {
	if s.account == nil && s.device != nil {
		s.account = s.device.account
	}
	switch {
	case f.Times == 0:
		return false
	case f.device != nil && f.device != s.device:
		return false
	case f.account != nil && f.account != s.account:
		return false
	case f.to != nil && f.to != s.to:
		return false
	case f.NewChatsOnly && !s.newChat:
		return false
	case !f.ends.IsZero() && !s.now.Before(f.ends):
		return false
	}
	return true
}

// strike finds the oldest fault of these kinds that fits, draws its luck and
// counts it. nil means that all goes well.
func (fs *faults) strike(s subject, kinds ...FaultKind) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.list {
		if !slices.Contains(kinds, f.Kind) || !f.fits(s) {
			continue
		}
		if f.Probability > 0 && f.draw.Float64() >= f.Probability {
			continue
		}
		fs.count(f)
		out := f.Fault
		return &out
	}
	return nil
}

// count notes a stroke and takes the fault out when it was the last. Called with mu held.
func (fs *faults) count(f *activeFault) {
	f.Fired++
	fs.fired()
	if f.Times > 0 {
		f.Times--
	}
	if f.Times == 0 {
		fs.list = slices.DeleteFunc(slices.Clone(fs.list), func(x *activeFault) bool { return x == f })
	}
}

// AddFault checks f and puts it in force; the answer has its ID and defaults.
// An ID that is in force already is an error.
func (n *Network) AddFault(f Fault) (Fault, error) {
	if err := n.check(&f); err != nil {
		return Fault{}, err
	}
	active := &activeFault{Fault: f, account: n.accounts.find(f.Number), to: n.accounts.find(f.To), device: n.findDevice(f.Device)}
	fs := &n.faults
	fs.mu.Lock()
	fs.serial++
	if f.ID == "" {
		active.ID = "fault-" + strconv.FormatInt(fs.serial, 10)
	}
	for _, x := range fs.list {
		if x.ID == active.ID {
			fs.mu.Unlock()
			return Fault{}, fmt.Errorf("%w: id %q is in force already", ErrFault, active.ID)
		}
	}
	active.Fired = 0
	active.draw = rand.New(newRandom(fs.seed, "fault", fs.serial))
	if f.seed != 0 {
		active.draw = rand.New(newRandom(f.seed, "chaos "+string(f.Kind), 0))
	}
	if f.Kind == FaultBan {
		active.ends = n.now().Add(time.Duration(f.ExpiresS) * time.Second)
	}
	fs.list = append(fs.list, active)
	out := active.Fault
	fs.mu.Unlock()
	n.act(active)
	return out, nil
}

// Faults lists the faults in force, oldest first.
func (n *Network) Faults() []Fault {
	n.faults.mu.Lock()
	defer n.faults.mu.Unlock()
	out := make([]Fault, len(n.faults.list))
	for i, f := range n.faults.list {
		out[i] = f.Fault
	}
	return out
}

// RemoveFault takes a fault back and reports whether it was in force.
func (n *Network) RemoveFault(id string) bool {
	return n.takeBack(func(f *activeFault) bool { return f.ID == id }) > 0
}

// ClearFaults takes all faults back.
func (n *Network) ClearFaults() {
	n.takeBack(func(*activeFault) bool { return true })
}

// takeBack takes the faults back that are meant and lets go what they held. It says how many they were.
func (n *Network) takeBack(meant func(*activeFault) bool) (count int) {
	fs := &n.faults
	var held []func()
	fs.mu.Lock()
	fs.list = slices.DeleteFunc(slices.Clone(fs.list), func(f *activeFault) bool {
		if !meant(f) {
			return false
		}
		count++
		held = append(held, f.held...)
		return true
	})
	fs.mu.Unlock()
	for _, do := range held {
		do()
	}
	return count
}

// hold does something when a fault is taken back; at once when it is not in force any more.
func (fs *faults) hold(id string, do func()) {
	fs.mu.Lock()
	for _, f := range fs.list {
		if f.ID == id {
			f.held = append(f.held, do)
			fs.mu.Unlock()
			return
		}
	}
	fs.mu.Unlock()
	do()
}
