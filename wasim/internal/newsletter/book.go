// Package newsletter owns the newsletters ("channels") of a simulated network: who may write in them, who follows, and what was posted.
package newsletter

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// What can be wrong with a deed.
var (
	ErrUnknown   = errors.New("no such newsletter")
	ErrForbidden = errors.New("only its owner may do that")
	ErrName      = errors.New("a newsletter's name has 1 to 100 characters")
	ErrNoPost    = errors.New("no such post")
)

// Post is one message of a newsletter. Bodies are not encrypted.
type Post struct {
	ServerID  int
	ID        string // given by its writer
	Type      string // of the stanza: text or media
	MediaType string // of the body, as its writer says
	Body      []byte // a serialised message
	At        time.Time
	Reactions map[string]string // account → emoji
}

// Newsletter is one of them.
type Newsletter struct {
	ID, Name, Description, Invite string
	Owner                         string // an account
	Created                       time.Time
	Followers                     map[string]bool // accounts, the owner among them
	Muted                         map[string]bool
	Posts                         []Post
}

// Book has all newsletters of a network. It is safe for concurrent use; what it gives out are copies.
type Book struct {
	mu       sync.Mutex
	list     map[string]*Newsletter
	revision uint64
}

func (b *Book) find(ref string) (*Newsletter, error) {
	ref = strings.TrimSuffix(ref, "@newsletter")
	if n := b.list[ref]; n != nil {
		return n, nil
	}
	for _, n := range b.list {
		if n.Invite == ref && ref != "" {
			return n, nil
		}
	}
	return nil, fmt.Errorf("%w: %.60q", ErrUnknown, ref)
}

// change does something to a newsletter, found by its id or its invitation.
func (b *Book) change(ref string, do func(*Newsletter) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := b.find(ref)
	if err == nil {
		err = do(n)
	}
	if err == nil {
		b.revision++
	}
	return err
}

// Create makes a newsletter. id must be new.
func (b *Book) Create(id, owner, name, description string, now time.Time) (Newsletter, error) {
	if n := len([]rune(name)); n < 1 || n > 100 {
		return Newsletter{}, ErrName
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.list == nil {
		b.list = map[string]*Newsletter{}
	}
	n := &Newsletter{
		ID: id, Name: name, Description: description, Invite: "0029" + id, Owner: owner, Created: now,
		Followers: map[string]bool{owner: true}, Muted: map[string]bool{},
	}
	b.list[id] = n
	b.revision++
	return n.copy(), nil
}

func (n *Newsletter) copy() Newsletter {
	out := *n
	out.Followers, out.Muted, out.Posts = maps.Clone(n.Followers), maps.Clone(n.Muted), slices.Clone(n.Posts)
	for i := range out.Posts {
		out.Posts[i].Reactions = maps.Clone(out.Posts[i].Reactions)
	}
	return out
}

// Get finds a newsletter by its id, its address or its invitation.
func (b *Book) Get(ref string) (Newsletter, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := b.find(ref)
	if err != nil {
		return Newsletter{}, err
	}
	return n.copy(), nil
}

// Of lists what an account follows, by id.
func (b *Book) Of(account string) []Newsletter {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []Newsletter{}
	for _, id := range slices.Sorted(maps.Keys(b.list)) {
		if b.list[id].Followers[account] {
			out = append(out, b.list[id].copy())
		}
	}
	return out
}

// Follow has an account follow; twice is fine.
func (b *Book) Follow(ref, account string) error {
	return b.change(ref, func(n *Newsletter) error {
		n.Followers[account] = true
		return nil
	})
}

// Unfollow ends that; an owner can't leave.
func (b *Book) Unfollow(ref, account string) error {
	return b.change(ref, func(n *Newsletter) error {
		if n.Owner == account {
			return ErrForbidden
		}
		delete(n.Followers, account)
		delete(n.Muted, account)
		return nil
	})
}

// Mute and its opposite are noted for the account.
func (b *Book) Mute(ref, account string, mute Muting) error {
	return b.change(ref, func(n *Newsletter) error {
		n.Muted[account] = mute == On
		return nil
	})
}

// Muting is whether an account wants to be told.
type Muting string

// The values of Muting.
const (
	On  Muting = "on"
	Off Muting = "off"
)

// Append adds a post of the owner, and gives it its number.
func (b *Book) Append(ref, account string, p Post) (Post, Newsletter, error) {
	var n Newsletter
	err := b.change(ref, func(to *Newsletter) error {
		if to.Owner != account {
			return ErrForbidden
		}
		p.ServerID, p.Reactions = 100+len(to.Posts), map[string]string{}
		to.Posts = append(to.Posts, p)
		n = to.copy()
		return nil
	})
	return p, n, err
}

// React sets an account's reaction to a post; empty takes it back.
func (b *Book) React(ref, account string, serverID int, emoji string) error {
	return b.change(ref, func(n *Newsletter) error {
		i := slices.IndexFunc(n.Posts, func(p Post) bool { return p.ServerID == serverID })
		if i < 0 {
			return ErrNoPost
		}
		if emoji == "" {
			delete(n.Posts[i].Reactions, account)
		} else {
			n.Posts[i].Reactions[account] = emoji
		}
		return nil
	})
}

// Revision grows with every change.
func (b *Book) Revision() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.revision
}

// Save writes all of it down, and says of which revision that is.
func (b *Book) Save() (data []byte, revision uint64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	data, err = json.Marshal(b.list)
	return data, b.revision, err
}

// Load takes over what Save wrote.
func (b *Book) Load(data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return json.Unmarshal(data, &b.list)
}
