package wasim

import (
	"container/list"
	"context"
	"sync"

	"github.com/pingcrm/pingcrm/wasim/internal/handset"
)

type (
	// News is what is new on a phone since a point of its life.
	News = handset.News
	// Sight is what somebody showed of themselves to a phone, and when.
	Sight = handset.Sight
)

// News tells what is new on the phone since after, which is the At of earlier news, and waits for it until ctx ends: then it
// is empty. Any other after tells from the beginning, at once; points of an earlier run are unknown. It tells at most most
// messages.
func (p *Phone) News(ctx context.Context, after uint64, most int) News {
	return p.hand.News(ctx, after, most)
}

// Unread is how many messages of others nobody has looked at on this phone, and when the newest line of all its chats was
// written, in unix milliseconds; 0 is never.
func (p *Phone) Unread() (count int, newestMS int64) { return p.hand.Unread() }

// pulse knows on which phones something is new.
type pulse struct {
	mu sync.Mutex
	// at counts beats from 1 on.
	at uint64
	// order has the last beat of each phone, the newest first; of finds it by number.
	order list.List
	of    map[string]*list.Element
	// beaten is closed at the next beat; nil when nobody waits.
	beaten chan struct{}
}

func newPulse() *pulse { return &pulse{at: 1, of: map[string]*list.Element{}} }

// beat is when something was last new on a phone.
type beat struct {
	number string
	at     uint64
}

// beat says that something is new on a phone. It may be called with any lock held.
func (p *pulse) beat(number string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at++
	if e, ok := p.of[number]; ok {
		e.Value.(*beat).at = p.at //nolint:forcetypeassert // the list has nothing else
		p.order.MoveToFront(e)
	} else {
		p.of[number] = p.order.PushFront(&beat{number, p.at})
	}
	if p.beaten != nil {
		close(p.beaten)
		p.beaten = nil
	}
}

// since lists the phones with something new, and what to wait for when there are none. It looks at no other phones.
func (p *pulse) since(after uint64) (at uint64, numbers []string, next <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for e := p.order.Front(); e != nil; e = e.Next() {
		b := e.Value.(*beat) //nolint:forcetypeassert // as above
		if b.at <= after {
			break
		}
		numbers = append(numbers, b.number)
	}
	if p.beaten == nil {
		p.beaten = make(chan struct{})
	}
	return p.at, numbers, p.beaten
}

// Changes lists the phones, by number and in no order, that are new or on which something is new since after: a message, how
// far one got, what others show, a linked device. It waits for one until ctx ends; then there are none. after is 0 or the at
// of an earlier call on this Network; 0, and any other number, answers at once with every phone.
func (n *Network) Changes(ctx context.Context, after uint64) (at uint64, numbers []string) {
	for {
		at, numbers, next := n.pulse.since(after)
		if after > at {
			after = 0
			continue
		}
		if len(numbers) > 0 || after == 0 {
			return at, numbers
		}
		select {
		case <-next:
		case <-ctx.Done():
			return at, nil
		}
	}
}
