package wasim

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Chaos has everything go wrong now and then: messages are lost before and after they were taken, acknowledged late,
// delivered late (and so out of order) or twice, stanzas are slow, and sockets are cut, also in the middle of a frame.
// What strikes is drawn from the network's seed. The zero value is peace.
type Chaos struct {
	// Probability with which each kind strikes when it could: above 0 and up to 1.
	Probability float64
	// Delay is how late what is late comes; 0 is 200 ms.
	Delay time.Duration
	// Seed draws what strikes, whatever other faults there were before; 0 is the network's.
	Seed uint64
}

// Check says what is wrong with c.
func (c Chaos) Check() error {
	if c.Probability <= 0 || c.Probability > 1 || c.Delay < 0 {
		return fmt.Errorf("%w: chaos of probability %v and delay %v, want above 0 and up to 1, and no negative one", ErrFault, c.Probability, c.Delay)
	}
	return nil
}

// chaosKinds are what Chaos has go wrong.
func chaosKinds() []FaultKind {
	return []FaultKind{
		FaultDropBefore, FaultDropBeforeAck, FaultDropAfterAck, FaultDelayAck,
		FaultDelayDelivery, FaultDuplicate, FaultSlow, FaultCut,
	}
}

// AddChaos puts c in force on top of the faults that there are; EndChaos and ClearFaults end it. Twice is twice as bad.
func (n *Network) AddChaos(c Chaos) error {
	if err := c.Check(); err != nil {
		return err
	}
	if c.Delay == 0 {
		c.Delay = 200 * time.Millisecond
	}
	for _, kind := range chaosKinds() {
		f := Fault{Kind: kind, Times: -1, Probability: c.Probability, chaos: true, seed: c.Seed}
		if rules()[kind].delay {
			f.DelayMS = max(c.Delay.Milliseconds(), 1)
		}
		if _, err := n.AddFault(f); err != nil {
			return err
		}
	}
	return nil
}

// EndChaos takes all chaos back, leaves other faults alone, and says how many faults it was.
func (n *Network) EndChaos() int {
	fs := &n.faults
	fs.mu.Lock()
	defer fs.mu.Unlock()
	before := len(fs.list)
	fs.list = slices.DeleteFunc(slices.Clone(fs.list), func(f *activeFault) bool { return f.chaos })
	return before - len(fs.list)
}

// errCut says that a fault has cut a socket in the middle of a frame.
var errCut = errors.New("wasim: a fault has cut the socket")

// halfFrame is the head of a websocket message of 1024 bytes and too few of them.
func halfFrame() []byte { return append([]byte{0x82, 0x7e, 0x04, 0x00}, make([]byte, 100)...) }

// rubbish writes what is no frame, one of several kinds. A frame has its length in three bytes before it.
func (c *conn) rubbish(kind int) error {
	all := [][]byte{
		{},
		{0},
		{0, 0, 0},
		{0xff, 0xff, 0xff},
		append([]byte{0, 0, 64}, make([]byte, 64)...),
		append([]byte{0, 0, 2}, make([]byte, 500)...),
		[]byte("HTTP/1.1 200 OK\r\n\r\n"),
	}
	return c.ws.Write(c.ctx, all[kind%len(all)])
}

// spoilStanza lets a fault strike a stanza that is about to be written to a linked device.
func (c *conn) spoilStanza() error {
	d := c.linked.Load()
	if d == nil {
		return nil
	}
	f := c.net.faults.strike(subject{device: d}, FaultSlow, FaultCut, FaultRubbish)
	switch {
	case f == nil:
	case f.Kind == FaultCut:
		_, _ = c.raw.Write(halfFrame())
		return errCut
	case f.Kind == FaultRubbish:
		return c.rubbish(f.Code)
	default:
		late := time.NewTimer(f.delay())
		defer late.Stop()
		select {
		case <-late.C:
		case <-c.ctx.Done():
		}
	}
	return nil
}
