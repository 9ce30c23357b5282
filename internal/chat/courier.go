package chat

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

const (
	// courierBatch is how many marks are read at once.
	courierBatch = 50
	// firstDelay and lastDelay bound the time between two attempts to tell the network of a mark.
	firstDelay = 500 * time.Millisecond
	lastDelay  = 10 * time.Minute
	// maxTries is how often the network is told of a mark that it does not take: with these delays about two hours.
	maxTries = 24
)

// courier tells the networks of the marks and receipts that were made here, one device at a time, oldest first. What
// is to be told is in the table; the courier remembers only who is connected.
type courier struct {
	s *Service

	mu     sync.Mutex
	rounds map[string]*round
	closed bool
	work   sync.WaitGroup
}

// round is the courier's work for one connected device.
type round struct {
	device  device.Device
	session device.Session
	cancel  context.CancelFunc
	nudge   chan struct{}
}

// Online begins to tell a device's network of what was marked here, and Gone ends it.
func (s *Service) Online(l device.Live) { s.courier.start(l) }

// Gone ends what Online began. Without it nothing happens.
func (s *Service) Gone(l device.Live) { s.courier.stop(l.Device.ID) }

func (c *courier) start(l device.Live) {
	_, marks := l.Session.(device.Marker)
	_, reads := l.Session.(device.Reader)
	if !marks && !reads {
		return
	}
	c.stop(l.Device.ID)
	ctx, cancel := context.WithCancel(context.Background())
	r := &round{device: l.Device, session: l.Session, cancel: cancel, nudge: make(chan struct{}, 1)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		cancel()
		return
	}
	c.rounds[l.Device.ID] = r
	c.work.Go(func() { c.run(ctx, r) })
}

func (c *courier) stop(deviceID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.rounds[deviceID]; r != nil {
		r.cancel()
		delete(c.rounds, deviceID)
	}
}

// wake has a device's marks looked for at once.
func (c *courier) wake(deviceID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.rounds[deviceID]; r != nil {
		select {
		case r.nudge <- struct{}{}:
		default:
		}
	}
}

// serve works until ctx ends, and then waits for what is under way.
func (c *courier) serve(ctx context.Context) error {
	<-ctx.Done()
	c.mu.Lock()
	c.closed = true
	for id, r := range c.rounds {
		r.cancel()
		delete(c.rounds, id)
	}
	c.mu.Unlock()
	c.work.Wait()
	return nil
}

// run tells a device's network of its marks until ctx ends.
func (c *courier) run(ctx context.Context, r *round) {
	for ctx.Err() == nil {
		wait := c.deliver(ctx, r)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-r.nudge:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// deliver tells what is due and returns how long there is nothing to do.
func (c *courier) deliver(ctx context.Context, r *round) time.Duration {
	for ctx.Err() == nil {
		list, err := c.s.store.pending(ctx, r.device.WorkspaceID, r.device.ID, c.s.now(), courierBatch)
		if err != nil {
			return c.trouble(ctx, r, "read the marks", err)
		}
		if len(list) == 0 {
			return c.untilDue(ctx, r)
		}
		for _, m := range list {
			taken, err := c.one(ctx, r, m)
			if err != nil {
				return c.trouble(ctx, r, "note a mark", err)
			}
			if !taken { // others may have to wait for it
				break
			}
		}
	}
	return 0
}

// untilDue is the time to the next attempt; an hour when there is none, for a clock that jumps.
func (c *courier) untilDue(ctx context.Context, r *round) time.Duration {
	due, err := c.s.store.nextDue(ctx, r.device.WorkspaceID, r.device.ID)
	if err != nil {
		return c.trouble(ctx, r, "read the marks", err)
	}
	if due == 0 {
		return time.Hour
	}
	return min(max(time.Duration(due-c.s.now())*time.Millisecond, 10*time.Millisecond), time.Hour)
}

func (c *courier) trouble(ctx context.Context, r *round, what string, err error) time.Duration {
	if ctx.Err() == nil {
		c.s.log.Error("marks wait", "device", r.device.ID, "doing", what, "error", err)
	}
	return 5 * time.Second
}

// one tells the network of one mark and notes what came of it; taken is false when it is told again. The error is the
// database's.
func (c *courier) one(ctx context.Context, r *round, m storedMark) (taken bool, err error) {
	err = c.tell(ctx, r, m)
	select {
	case <-ctx.Done():
		return false, nil // the connection went: it is told again on the next one, and twice is fine
	default:
	}
	if err == nil {
		return true, c.s.store.settle(context.WithoutCancel(ctx), m)
	}
	code, pending := "failed", 1
	var refused *device.RefusedError
	if errors.As(err, &refused) {
		code = refused.Code
	}
	if m.Tries+1 >= maxTries {
		pending = 2
	}
	delay := min(firstDelay<<min(m.Tries, 20), lastDelay)
	c.s.log.Warn("the network did not take a mark", "device", r.device.ID, "kind", string(m.Kind), "tries", m.Tries+1, "gives_up", pending == 2, "error", err)
	return false, c.s.db.Tx(ctx, func(ctx context.Context) error {
		if err := c.s.store.postpone(ctx, m, c.s.now()+delay.Milliseconds(), code, pending); err != nil || pending != 2 {
			return err
		}
		return c.s.MarkRefused.Fire(ctx, MarkRefused{
			Device: r.device, Kind: m.Kind, ChatID: m.Key.ChatID, NetworkID: m.Wish.NetworkID, On: m.Wish.On, Code: code, At: m.At,
		})
	})
}

// tell puts one mark or receipt on the wire. What the channel has no word for is done when it is done here.
func (c *courier) tell(ctx context.Context, r *round, m storedMark) error {
	mark, err := c.s.unfold(ctx, r.device, m)
	if errors.Is(err, ErrNotFound) || errors.Is(err, contact.ErrNotFound) {
		return nil // the chat has gone meanwhile
	}
	if err != nil {
		return err
	}
	if m.Kind == kindPlayed {
		if player, ok := r.session.(device.Player); ok {
			return player.MarkPlayed(ctx, mark.Chat, mark.Sender, []string{mark.NetworkID})
		}
		return nil
	}
	if m.Kind == kindReceipt {
		if reader, ok := r.session.(device.Reader); ok {
			return reader.MarkRead(ctx, mark.Chat, mark.Sender, []string{mark.NetworkID})
		}
		return nil
	}
	if marker, ok := r.session.(device.Marker); ok {
		return marker.Mark(ctx, mark)
	}
	return nil
}

// unfold makes of a row what the driver is told, with the addresses that are known now.
func (s *Service) unfold(ctx context.Context, d device.Device, m storedMark) (out device.Mark, err error) {
	w := m.Wish
	out = device.Mark{
		Kind: m.Kind, At: m.At, NetworkID: w.NetworkID, FromMe: w.FromMe, MessageAt: w.MessageAt, On: w.On, Until: w.Until, Label: w.Label,
		KeepMedia: w.KeepMedia,
		Last:      device.LastMessage{NetworkID: w.Last.NetworkID, FromMe: w.Last.FromMe, At: w.Last.At},
	}
	if m.Key.ChatID == "" {
		return out, nil
	}
	c, err := s.store.item(ctx, m.Key.WorkspaceID, m.Key.ChatID)
	if err != nil {
		return out, err
	}
	if out.Chat, err = s.contacts.PeerOf(ctx, c.Contact, d.Channel); err != nil {
		return out, err
	}
	if out.Sender, err = s.writer(ctx, d, c, w.SenderID, out.Chat); err != nil {
		return out, err
	}
	out.Last.Sender, err = s.writer(ctx, d, c, w.Last.SenderID, out.Chat)
	return out, err
}

// writer is who wrote a message of a chat; nobody for "".
func (s *Service) writer(ctx context.Context, d device.Device, c Item, senderID string, chat device.Peer) (device.Peer, error) {
	switch senderID {
	case "":
		return device.Peer{}, nil
	case c.Contact.ID:
		return chat, nil
	}
	p, err := s.contacts.Peer(ctx, c.WorkspaceID, d.Channel, senderID)
	if errors.Is(err, contact.ErrNotFound) {
		return device.Peer{}, nil
	}
	return p, err
}
