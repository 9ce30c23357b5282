package broadcast

import (
	"context"
	"time"

	"github.com/pingcrm/pingcrm/internal/kit/id"
)

// late is by how much the time of a broadcast that repeats may have passed when somebody starts it, so that it still goes
// then: counting takes a while. After that, it waits for its next time.
const late = 10 * time.Minute

// foreseen is how many of the coming times are shown.
const foreseen = 3

// A series is one broadcast after another. Only the last one has the rule; when it becomes due, it hands the rule to a copy
// that waits for the next time, and counts its own recipients anew, all in one transaction.

// rule reads when a broadcast repeats.
func (s *Service) rule(ctx context.Context, b Broadcast) (rule, error) {
	zone, err := s.Zone(ctx, b.WorkspaceID)
	if err != nil {
		return rule{}, err
	}
	return readRule(b.Repeat, time.UnixMilli(b.StartAt).In(zone), b.Clock)
}

// checkRepeat tidies when a broadcast repeats: it begins at the rule's first time from StartAt on.
func (s *Service) checkRepeat(ctx context.Context, b *Broadcast) error {
	if b.Repeat == "" {
		if b.Clock = 0; b.SeriesID == b.ID {
			b.SeriesID, b.SeriesN = "", 0
		}
		return nil
	}
	if b.StartAt == 0 {
		return ErrRepeatStart
	}
	zone, err := s.Zone(ctx, b.WorkspaceID)
	if err != nil {
		return err
	}
	at := time.UnixMilli(b.StartAt).In(zone).Truncate(time.Second)
	if !begins(at, b.Clock).Equal(at) {
		b.Clock = clockOf(at)
	}
	r, err := readRule(b.Repeat, at, b.Clock)
	if err != nil {
		return err
	}
	list, _ := r.after(at.Add(-time.Second), 1)
	if len(list) == 0 {
		return ErrRepeatNever
	}
	b.Repeat, b.StartAt = r.text, list[0].UnixMilli()
	if b.SeriesID == "" {
		b.SeriesID, b.SeriesN = b.ID, 1
	}
	return nil
}

// await has a broadcast that repeats wait for its time, or for the next one where that has passed. ErrRepeatOver.
func (s *Service) await(ctx context.Context, b *Broadcast) error {
	if b.StartAt+late.Milliseconds() < s.now() {
		r, err := s.rule(ctx, *b)
		if err != nil {
			return err
		}
		list, passed := r.after(s.Now(), 1)
		if len(list) == 0 {
			return ErrRepeatOver
		}
		b.StartAt, b.Repeat = list[0].UnixMilli(), r.less(passed)
	}
	b.State, b.Why = Scheduled, ""
	return nil
}

// handOn makes the next broadcast of a series in the transaction in which this one becomes due, and has this one's
// recipients counted. The rule is the next one's from then on; times that were missed are left out.
func (s *Service) handOn(ctx context.Context, b *Broadcast) error {
	r, err := s.rule(ctx, *b)
	if err != nil {
		return err
	}
	if list, passed := r.after(s.Now(), 1); len(list) > 0 {
		next := *b
		if err := s.store.fill(ctx, &next); err != nil {
			return err
		}
		next.ID, next.CreatedAt = id.New(), s.now()
		next.State, next.Wanted, next.UpdatedAt, next.SeriesN = Scheduled, true, next.CreatedAt, b.SeriesN+1
		next.StartAt, next.Repeat = list[0].UnixMilli(), r.less(passed)
		next.Planned, next.Cursor, next.Reasons = 0, "", nil
		if err := s.store.insert(ctx, next); err != nil {
			return err
		}
		if err := s.fire(ctx, next, DeedMade); err != nil {
			return err
		}
	}
	b.Repeat, b.Clock = "", 0
	return s.replan(ctx, b)
}

// coming are the next times of a broadcast that repeats and is not over.
func (s *Service) coming(ctx context.Context, b Broadcast) ([]int64, error) {
	if b.Repeat == "" || b.State == Cancelled || b.State == Failed {
		return nil, nil
	}
	r, err := s.rule(ctx, b)
	if err != nil {
		return nil, err
	}
	return millis(r, s.Now()), nil
}

// Times are the first three times of a rule from a time on. The faults of Create.
func (s *Service) Times(ctx context.Context, workspaceID string, startAt int64, repeat string) ([]int64, error) {
	b := Broadcast{WorkspaceID: workspaceID, StartAt: startAt, Repeat: repeat}
	if repeat == "" {
		return nil, ErrRepeat
	}
	if err := s.checkRepeat(ctx, &b); err != nil {
		return nil, err
	}
	r, err := s.rule(ctx, b)
	if err != nil {
		return nil, err
	}
	return millis(r, time.UnixMilli(b.StartAt-1)), nil
}

func millis(r rule, after time.Time) []int64 {
	list, _ := r.after(after, foreseen)
	out := make([]int64, 0, len(list))
	for _, t := range list {
		out = append(out, t.UnixMilli())
	}
	return out
}
