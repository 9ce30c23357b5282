package profile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

const (
	// smallSide is how wide the pictures beside names are, in pixels: sharp on a phone, and a list of fifty is no download.
	smallSide = 128
	// freshPicture is how long a picture, or that there is none, is taken for true. A network that says that one has changed
	// is believed at once.
	freshPicture = 7 * 24 * time.Hour
	// MaxPictures bounds one question.
	MaxPictures = 100
	// maxLooks bounds how many contacts wait for their picture; who scrolls on wants to see others.
	maxLooks = 500
	// lookPause is between two questions to the networks: as somebody scrolls through chats on a phone, not faster.
	lookPause = 500 * time.Millisecond
	// lookAgain is how soon somebody is asked for again whose network did not answer.
	lookAgain = 10 * time.Minute
)

// Small is the picture of a contact as it stands beside a name.
type Small struct{ ContactID, FileID string }

// Smalls returns the small pictures that are there. Contacts that were not looked at for a while are, soon after:
// PictureChanged tells what comes of it. Ids that are no contact's are left out.
func (s *Service) Smalls(ctx context.Context, workspaceID string, contactIDs []string) ([]Small, error) {
	known, err := s.store.smalls(ctx, workspaceID, contactIDs)
	if err != nil {
		return nil, err
	}
	out := []Small{}
	for _, id := range contactIDs {
		k := known[id]
		if k.SmallID != "" && k.SmallID != undrawn {
			out = append(out, Small{id, k.SmallID})
		}
		if k.CheckedAt < s.now()-freshPicture.Milliseconds() {
			s.looks.add(look{workspaceID, id}, s.Now())
		}
	}
	return out, nil
}

// look is a contact whose picture somebody wants to see.
type look struct{ workspaceID, contactID string }

// looks are those that wait. They are only in memory: whoever is still to be seen after a restart is asked for again.
type looks struct {
	mu    sync.Mutex
	queue []look
	tried map[look]time.Time
	wake  chan struct{}
}

func newLooks() *looks { return &looks{tried: map[look]time.Time{}, wake: make(chan struct{}, 1)} }

// add notes a look, unless it waits, or was tried a moment ago.
func (l *looks) add(one look, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last, ok := l.tried[one]; ok && now.Sub(last) < lookAgain {
		return
	}
	if len(l.tried) > 20*maxLooks {
		clear(l.tried)
	}
	l.tried[one] = now
	if l.queue = append(l.queue, one); len(l.queue) > maxLooks {
		delete(l.tried, l.queue[0])
		l.queue = l.queue[1:]
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// next takes the look that was asked for last: its list is on the screen.
func (l *looks) next() (one look, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		return one, false
	}
	last := len(l.queue) - 1
	one, l.queue = l.queue[last], l.queue[:last]
	return one, true
}

// Look asks for one picture that somebody wants to see, and reports whether there was one to ask for. Module's Run calls
// it by itself. That a network does not answer, or nobody is connected to it, is no error: it is asked again another time.
func (s *Service) Look(ctx context.Context) (bool, error) {
	one, ok := s.looks.next()
	if !ok {
		return false, nil
	}
	c, err := s.Contacts.Get(ctx, one.workspaceID, one.contactID)
	if errors.Is(err, contact.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return true, err
	}
	d, err := s.connected(ctx, one.workspaceID)
	if err != nil || d == "" {
		return true, err
	}
	_, _ = s.Picture(ctx, one.workspaceID, d, c)
	return true, nil
}

// connected is a device of the workspace that can be asked; "" when there is none.
func (s *Service) connected(ctx context.Context, workspaceID string) (string, error) {
	list, err := s.Devices.List(ctx, workspaceID)
	for _, d := range list {
		if d.State.Code == device.StateOnline {
			return d.ID, err
		}
	}
	return "", err
}

// look asks for pictures until ctx ends, one after the other.
func (s *Service) look(ctx context.Context) {
	for ctx.Err() == nil {
		if more, err := s.Look(ctx); more && err == nil {
			pause := time.NewTimer(lookPause)
			select {
			case <-ctx.Done():
			case <-pause.C:
			}
			pause.Stop()
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.looks.wake:
		}
	}
}

// smalls maps the contacts among ids that were looked at to what was seen.
func (s store) smalls(ctx context.Context, workspaceID string, ids []string) (map[string]kept, error) {
	out := map[string]kept{}
	if len(ids) == 0 {
		return out, nil
	}
	args, places := []any{workspaceID}, make([]string, len(ids))
	for i, id := range ids {
		args = append(args, id)
		places[i] = fmt.Sprintf("$%d", len(args))
	}
	//sql:built of as many placeholders as there are ids
	text := `SELECT contact_id, small_id, checked_at FROM profile_pictures WHERE workspace_id = $1 AND contact_id IN (` + strings.Join(places, ", ") + `)`
	type row struct {
		id string
		kept
	}
	rows, err := s.db.Query(ctx, text, args...)
	err = dbutil.NewRowIterWithError(rows, func(r dbutil.Scannable) (one row, err error) {
		err = r.Scan(&one.id, &one.SmallID, &one.CheckedAt)
		return one, err
	}, err).Iter(func(one row) (bool, error) {
		out[one.id] = one.kept
		return true, nil
	})
	return out, err
}
