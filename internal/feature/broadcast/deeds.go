package broadcast

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/outbox"
)

// maxDevices is how many devices one broadcast may have.
const maxDevices = 500

// maxAhead is how far ahead a broadcast can be scheduled.
const maxAhead = 366 * 24 * time.Hour

// The reasons with which the outbox holds or takes back what a broadcast had given it.
const (
	heldPaused = outbox.CodeBatchPaused
	heldHours  = outbox.CodeBatchClosed
	takenBack  = "broadcast_cancelled"
)

// forever is when a paused broadcast's sends go by themselves.
const forever = int64(1) << 52

// change does one deed to a broadcast: edit gets it as it is and returns a fault when it can't be. Two at once are one
// after the other.
func (s *Service) change(ctx context.Context, workspaceID, broadcastID string, deed Deed, edit func(context.Context, *Broadcast) error) (b Broadcast, err error) {
	defer s.feed.hold(broadcastID)()
	for range 8 {
		err = s.DB.Tx(ctx, func(ctx context.Context) error {
			if err := s.store.lock(ctx, workspaceID, broadcastID); err != nil {
				return err
			}
			was, err := s.store.get(ctx, workspaceID, broadcastID)
			if err != nil {
				return err
			}
			b = was
			if err := edit(ctx, &b); err != nil {
				return err
			}
			b.UpdatedAt = max(s.now(), was.UpdatedAt+1)
			ok, err := s.store.update(ctx, b, was)
			if err != nil {
				return err
			}
			if !ok {
				return errMoved
			}
			db.AfterCommit(ctx, s.feed.nudge)
			return s.fire(ctx, b, deed)
		})
		if !errors.Is(err, errMoved) {
			return b, err
		}
	}
	return b, errBusy
}

// errBusy is for a broadcast that many change at once.
var errBusy = fault.New(fault.Unavailable, "broadcast_busy", fault.Text{
	ID: "Siaran sedang diubah, coba lagi.", EN: "The broadcast is being changed, try again.",
})

// errMoved undoes a change of what has moved since it was read.
var errMoved = errors.New("the broadcast has moved")

// errSame ends a change that has nothing to do.
var errSame = errors.New("it is so already")

func (s *Service) fire(ctx context.Context, b Broadcast, deed Deed) error {
	c, err := s.counts(ctx, b)
	if err != nil {
		return err
	}
	return s.Changed.Fire(ctx, Changed{Broadcast: b, Deed: deed, Counts: c})
}

func (s *Service) counts(ctx context.Context, b Broadcast) (Counts, error) {
	list, err := s.store.tallies(ctx, b.WorkspaceID, b.ID)
	return counts(list, b.State), err
}

// Create checks and keeps a broadcast. It is planned at once, unless its State is Draft; with a StartAt it starts by
// itself then. One that repeats is counted anew each time that it starts.
func (s *Service) Create(ctx context.Context, b Broadcast) (Broadcast, error) {
	b.ID, b.CreatedAt = id.New(), s.now()
	b.UpdatedAt = b.CreatedAt
	if b.State != Draft {
		b.State, b.Wanted = Planning, b.StartAt > 0
	}
	if err := s.check(ctx, &b); err != nil {
		return Broadcast{}, err
	}
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insert(ctx, b); err != nil {
			return err
		}
		db.AfterCommit(ctx, s.feed.nudge)
		return s.fire(ctx, b, DeedMade)
	})
	return b, err
}

// check tidies a broadcast and says what is wrong with it.
func (s *Service) check(ctx context.Context, b *Broadcast) error {
	b.Name = strings.TrimSpace(db.Text(b.Name))
	if b.Name == "" || utf8.RuneCountInString(b.Name) > 200 {
		return ErrName
	}
	if err := b.Content.check(); err != nil {
		return err
	}
	if err := s.checkPacing(b); err != nil {
		return err
	}
	if err := s.checkDevices(ctx, b); err != nil {
		return err
	}
	if err := s.checkRepeat(ctx, b); err != nil {
		return err
	}
	if _, err := s.speech(ctx, b.WorkspaceID, b.Content); err != nil {
		return err
	}
	return s.settle(ctx, b.WorkspaceID, &b.Audience)
}

func (s *Service) checkPacing(b *Broadcast) error {
	if b.Pacing.Preset == None && !s.Simulated {
		return ErrPace
	}
	if b.StartAt > s.now()+maxAhead.Milliseconds() {
		return ErrStartAt
	}
	if b.Window != nil {
		return b.Window.check()
	}
	return nil
}

func (s *Service) checkDevices(ctx context.Context, b *Broadcast) error {
	if len(b.Devices) == 0 || len(b.Devices) > maxDevices {
		return ErrDevices
	}
	channel := ""
	for at, sender := range b.Devices {
		d, err := s.Devices.Get(ctx, b.WorkspaceID, sender.DeviceID)
		if err != nil {
			return named(err, "device_ids")
		}
		again := slices.ContainsFunc(b.Devices[:at], func(x Sender) bool { return x.DeviceID == sender.DeviceID })
		if again || channel != "" && channel != d.Channel {
			return ErrDevices
		}
		channel = d.Channel
	}
	return nil
}

// Get returns one broadcast without its lists of contacts and numbers. ErrNotFound.
func (s *Service) Get(ctx context.Context, workspaceID, broadcastID string) (Broadcast, error) {
	return s.store.get(ctx, workspaceID, broadcastID)
}

// Prepare counts a draft's recipients, or counts anew those of one that is not started. ErrState.
func (s *Service) Prepare(ctx context.Context, workspaceID, broadcastID string) (Broadcast, error) {
	return s.change(ctx, workspaceID, broadcastID, DeedEdited, func(ctx context.Context, b *Broadcast) error {
		if b.State != Draft && b.State != Ready && b.State != Failed {
			return b.refuse()
		}
		return s.replan(ctx, b)
	})
}

// replan forgets what was planned and has it planned again, in the transaction of a change.
func (s *Service) replan(ctx context.Context, b *Broadcast) error {
	b.State, b.Why, b.Planned, b.Cursor, b.Reasons, b.EndedAt = Planning, "", 0, "", nil, 0
	return s.store.forget(ctx, *b)
}

func (b Broadcast) refuse() error { return ErrState.Withf(string(b.State)) }

// Start sets a broadcast going as soon as it is planned; one with a StartAt ahead waits for that. Twice is fine.
// ErrState when it is over, ErrEmpty when it has nobody to go to.
func (s *Service) Start(ctx context.Context, workspaceID, broadcastID string) (Broadcast, error) {
	var same Broadcast
	b, err := s.change(ctx, workspaceID, broadcastID, DeedStarted, func(ctx context.Context, b *Broadcast) error {
		b.Wanted = true
		switch b.State {
		case Draft, Failed:
			return s.replan(ctx, b)
		case Planning:
			return nil
		case Ready, Paused:
			return s.run(ctx, b)
		case Scheduled, Running:
			same = *b
			return errSame
		}
		return b.refuse()
	})
	if errors.Is(err, errSame) {
		return same, nil
	}
	return b, err
}

// run lets a planned broadcast go, or wait for its time.
func (s *Service) run(ctx context.Context, b *Broadcast) error {
	if b.Repeat != "" {
		return s.await(ctx, b)
	}
	c, err := s.counts(ctx, *b)
	if err != nil {
		return err
	}
	if c.open() == 0 {
		return ErrEmpty
	}
	b.Why = ""
	if b.StartedAt == 0 && b.StartAt > s.now() {
		b.State = Scheduled
		return nil
	}
	b.State = Running
	if b.StartedAt == 0 {
		b.StartedAt = s.now()
	}
	return nil // the feeder lets go what is held
}

// recall takes back what is claimed of a broadcast that doesn't go on, when that is committed. What waits is kept from going by
// Stopped from then on, and the feeder sets it aside.
func (s *Service) recall(ctx context.Context, b Broadcast) {
	db.AfterCommit(ctx, func() { s.Outbox.RecallBatch(b.ID, b.stop()) })
}

// stop is what becomes of a broadcast's sends that are not on the wire.
func (b Broadcast) stop() outbox.Stop {
	switch b.State {
	case Paused:
		return outbox.Stop{State: outbox.StateHeld, Pause: outbox.Pause{Until: forever, Code: heldPaused}}
	case Cancelled, Failed:
		return outbox.Stop{State: outbox.StateCancelled, Pause: outbox.Pause{Code: takenBack}}
	default:
		return outbox.Stop{}
	}
}

const selectState = `SELECT state FROM broadcasts WHERE workspace_id = $1 AND id = $2`

// Stopped is for outbox.Config.Stopped. Of a broadcast that is gone everything goes on.
func (s *Service) Stopped(ctx context.Context, workspaceID, broadcastID string) (outbox.Stop, error) {
	var b Broadcast
	err := s.DB.QueryRow(ctx, selectState, workspaceID, broadcastID).Scan(&b.State)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return b.stop(), err
}

// Pause keeps everything that is not on the wire from going. Twice is fine. ErrState when it neither runs nor waits for
// its time.
func (s *Service) Pause(ctx context.Context, workspaceID, broadcastID string) (Broadcast, error) {
	return s.pause(ctx, workspaceID, broadcastID, "by_member")
}

func (s *Service) pause(ctx context.Context, workspaceID, broadcastID, why string) (Broadcast, error) {
	var same Broadcast
	b, err := s.change(ctx, workspaceID, broadcastID, DeedPaused, func(ctx context.Context, b *Broadcast) error {
		switch b.State {
		case Running, Scheduled:
			b.State, b.Why = Paused, why
			s.recall(ctx, *b)
			return nil
		case Paused:
			same = *b
			return errSame
		}
		return b.refuse()
	})
	if errors.Is(err, errSame) {
		return same, nil
	}
	return b, err
}

// Resume goes on with a paused broadcast. Twice is fine. ErrState.
func (s *Service) Resume(ctx context.Context, workspaceID, broadcastID string) (Broadcast, error) {
	var same Broadcast
	b, err := s.change(ctx, workspaceID, broadcastID, DeedResumed, func(ctx context.Context, b *Broadcast) error {
		switch b.State {
		case Paused:
			return s.run(ctx, b)
		case Running, Scheduled:
			same = *b
			return errSame
		}
		return b.refuse()
	})
	if errors.Is(err, errSame) {
		return same, nil
	}
	return b, err
}

// Cancel ends a broadcast; who was not reached will not be. Twice is fine. ErrState when it is done.
func (s *Service) Cancel(ctx context.Context, workspaceID, broadcastID string) (Broadcast, error) {
	var same Broadcast
	b, err := s.change(ctx, workspaceID, broadcastID, DeedCancelled, func(ctx context.Context, b *Broadcast) error {
		switch b.State {
		case Cancelled:
			same = *b
			return errSame
		case Done, Failed:
			return b.refuse()
		}
		b.State, b.Why, b.EndedAt = Cancelled, "by_member", s.now()
		s.recall(ctx, *b)
		return nil
	})
	if errors.Is(err, errSame) {
		return same, nil
	}
	return b, err
}

// Delete forgets a broadcast with its ledger; its messages stay. ErrState while it is under way.
func (s *Service) Delete(ctx context.Context, workspaceID, broadcastID string) error {
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		b, err := s.store.get(ctx, workspaceID, broadcastID)
		if err != nil {
			return err
		}
		switch b.State {
		case Planning, Scheduled, Running, Paused:
			return b.refuse()
		}
		if err := s.fire(ctx, b, DeedDeleted); err != nil {
			return err
		}
		return s.store.erase(ctx, b)
	})
}
