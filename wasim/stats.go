package wasim

import (
	"strconv"
	"sync"
	"sync/atomic"
)

// Stats is what the network has counted since it was made.
type Stats struct {
	// Connections counts websockets ever opened, Live those open now.
	Connections   int64 `json:"connections"`
	Live          int64 `json:"live"`
	Logins        int64 `json:"logins"`
	LoginFailures int64 `json:"login_failures"`
	Pairings      int64 `json:"pairings"`
	StanzasIn     int64 `json:"stanzas_in"`
	StanzasOut    int64 `json:"stanzas_out"`
	// MessagesAccepted counts messages taken for delivery, from companions and phones;
	// MessagesRepeated those whose (device, id) had been taken before: acknowledged, not delivered again.
	MessagesAccepted int64 `json:"messages_accepted"`
	MessagesRepeated int64 `json:"messages_repeated"`
	// MessagesRefused counts acks with an error.
	MessagesRefused int64 `json:"messages_refused"`
	// Delivered counts message stanzas put on a companion's wire, Redelivered those
	// among them that had been on a wire before and were never confirmed by a receipt.
	Delivered   int64 `json:"delivered"`
	Redelivered int64 `json:"redelivered"`
	// Queued is how many stanzas of all kinds wait now for their companions' confirmation.
	Queued   int64 `json:"queued"`
	AcksSent int64 `json:"acks_sent"`
	AcksIn   int64 `json:"acks_in"`
	Receipts int64 `json:"receipts"`
	// RetryReceipts counts requests to encrypt a message again, by anybody.
	RetryReceipts int64 `json:"retry_receipts"`
	// Nacks counts acks with an error that clients sent to the network: 487 is a malformed stanza of ours.
	Nacks map[string]int64 `json:"nacks"`
	// MostSocketsPerDevice is the largest number of sockets that one device ever had logged in at once.
	MostSocketsPerDevice int64 `json:"most_sockets_per_device"`
	FaultsFired          int64 `json:"faults_fired"`
	// Phones sums the counters of all phones.
	Phones Counters `json:"phones"`
}

// counters is what Stats reads.
type counters struct {
	ids, connections, live, logins, loginFailures, pairings atomic.Int64
	stanzasIn, stanzasOut                                   atomic.Int64
	accepted, repeated, refused, delivered, redelivered     atomic.Int64
	acksSent, acksIn, receipts, retries, mostSockets, fired atomic.Int64

	mu    sync.Mutex
	nacks map[string]int64
}

func (c *counters) init() { c.nacks = map[string]int64{} }

func (c *counters) sockets(live int64) {
	for {
		most := c.mostSockets.Load()
		if live <= most || c.mostSockets.CompareAndSwap(most, live) {
			return
		}
	}
}

func (c *counters) nack(code string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nacks[code]++
}

func (c *counters) nackCounts() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]int64, len(c.nacks))
	for code, n := range c.nacks {
		out[code] = n
	}
	return out
}

// nextID is an id for a stanza of the network's own.
func (n *Network) nextID() string { return "n" + strconv.FormatInt(n.count.ids.Add(1), 10) }

// Stats is what was counted up to now.
func (n *Network) Stats() Stats {
	c := &n.count
	s := Stats{
		Connections: c.connections.Load(), Live: c.live.Load(), Logins: c.logins.Load(),
		LoginFailures: c.loginFailures.Load(), Pairings: c.pairings.Load(),
		StanzasIn: c.stanzasIn.Load(), StanzasOut: c.stanzasOut.Load(),
		MessagesAccepted: c.accepted.Load(), MessagesRepeated: c.repeated.Load(), MessagesRefused: c.refused.Load(),
		Delivered: c.delivered.Load(), Redelivered: c.redelivered.Load(),
		AcksSent: c.acksSent.Load(), AcksIn: c.acksIn.Load(),
		Receipts: c.receipts.Load(), RetryReceipts: c.retries.Load(), Nacks: c.nackCounts(),
		MostSocketsPerDevice: c.mostSockets.Load(), FaultsFired: c.fired.Load(),
	}
	for _, a := range n.accounts.accounts() {
		s.Phones = sum(s.Phones, a.phone.Counters())
		for _, d := range a.companions() {
			s.Queued += int64(d.out.waiting())
		}
	}
	return s
}

func sum(a, b Counters) Counters {
	a.Frames += b.Frames
	a.IDs += b.IDs
	a.DecryptErrors += b.DecryptErrors
	a.DuplicateCounters += b.DuplicateCounters
	a.BadMACs += b.BadMACs
	a.NoSessions += b.NoSessions
	a.UnknownPreKeys += b.UnknownPreKeys
	a.Replays += b.Replays
	a.RetriesAsked += b.RetriesAsked
	a.RetriesAnswered += b.RetriesAnswered
	a.IdentityChanges += b.IdentityChanges
	a.SendErrors += b.SendErrors
	return a
}
