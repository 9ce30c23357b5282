package group

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Refusal is why something was not done: the code of the service, or as near as is known.
type Refusal int

// The refusals.
const (
	// NotAdmin: only an admin may do this.
	NotAdmin Refusal = 401
	// NotAllowed: only somebody in the group may do this, or the person doesn't let themselves be added.
	NotAllowed Refusal = 403
	// NotFound: there is no such group, or the person isn't in it or on the network.
	NotFound Refusal = 404
	// NotAcceptable: what was given can't be, such as a name that is too long or a code that never was one.
	NotAcceptable Refusal = 406
	// Already: the person is in the group.
	Already Refusal = 409
	// Gone: the link was valid once.
	Gone Refusal = 410
	// Full: no more people fit in.
	Full Refusal = 419
)

// Error says what the code means.
func (r Refusal) Error() string {
	switch r {
	case NotAdmin:
		return "group: only an admin may do that"
	case NotAllowed:
		return "group: not allowed"
	case NotFound:
		return "group: not found"
	case NotAcceptable:
		return "group: not acceptable"
	case Already:
		return "group: already a member"
	case Gone:
		return "group: this link is no longer valid"
	case Full:
		return "group: full"
	default:
		return "group: refused"
	}
}

// Book holds all groups of a network. Its methods may be called from several goroutines; each is one step, and
// returns the group as it is after it.
type Book struct {
	mu     sync.RWMutex
	groups map[string]*Group
	// codes finds groups by the codes of their links, valid or not.
	codes map[string]string
	// of lists the groups of each person.
	of map[string]map[string]bool
	// marks has a number for each group that grows when it changes.
	marks map[string]int64
	mark  int64
}

// NewBook makes a book without groups.
func NewBook() *Book {
	return &Book{
		groups: map[string]*Group{}, codes: map[string]string{}, of: map[string]map[string]bool{}, marks: map[string]int64{},
	}
}

// Add takes a group in, as it is: a new one, or one that was written down.
func (b *Book) Add(g Group) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.groups[g.ID] = g.clone()
	b.touch(b.groups[g.ID])
}

// Len is how many groups there are.
func (b *Book) Len() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.groups)
}

// Get returns a group; NotFound.
func (b *Book) Get(id string) (*Group, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if g := b.groups[id]; g != nil {
		return g.clone(), nil
	}
	return nil, NotFound
}

// Of lists the groups that somebody is in, by id.
func (b *Book) Of(member string) []*Group {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make([]*Group, 0, len(b.of[member]))
	for _, id := range slices.Sorted(maps.Keys(b.of[member])) {
		out = append(out, b.groups[id].clone())
	}
	return out
}

// Marks tells of every group a number that changes when the group does.
func (b *Book) Marks() map[string]int64 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return maps.Clone(b.marks)
}

// ByCode finds the group that a link leads to. Gone when the link was replaced, NotAcceptable when it never was one.
func (b *Book) ByCode(code string) (*Group, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	g := b.groups[b.codes[code]]
	switch {
	case g == nil:
		return nil, NotAcceptable
	case g.Invite != code:
		return nil, Gone
	}
	return g.clone(), nil
}

// change does something to a group in one step; an error of do leaves it as it was.
func (b *Book) change(id string, do func(*Group) error) (*Group, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.groups[id]
	if g == nil {
		return nil, NotFound
	}
	next := g.clone()
	if err := do(next); err != nil {
		return nil, err
	}
	for _, m := range g.Members {
		delete(b.of[m.ID], id)
	}
	if len(next.Members) == 0 {
		delete(b.groups, id)
		delete(b.marks, id)
		maps.DeleteFunc(b.codes, func(_, of string) bool { return of == id })
		return next, nil
	}
	b.groups[id] = next
	b.touch(next)
	return next.clone(), nil
}

// touch brings the indexes up to date. Called with mu held.
func (b *Book) touch(g *Group) {
	b.mark++
	b.marks[g.ID] = b.mark
	if g.Invite != "" {
		b.codes[g.Invite] = g.ID
	}
	for _, code := range g.Revoked {
		b.codes[code] = g.ID
	}
	for _, m := range g.Members {
		if b.of[m.ID] == nil {
			b.of[m.ID] = map[string]bool{}
		}
		b.of[m.ID][g.ID] = true
	}
}

// CheckSubject is NotAcceptable for what can't be a group's name.
func CheckSubject(text string) error {
	if strings.TrimSpace(text) == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > MaxSubject {
		return NotAcceptable
	}
	return nil
}

// Draft is a group to be made.
type Draft struct {
	Group
	// People are its members beside the creator.
	People []string
}

// New makes a group of a draft, not yet in any book: the creator is its owner.
func (d Draft) New(at time.Time) (Group, error) {
	if err := CheckSubject(d.Subject.Text); err != nil {
		return Group{}, err
	}
	if len(d.People)+1 > MaxMembers {
		return Group{}, Full
	}
	g := d.Group
	g.Created, g.Version = at, 0
	g.Subject.By, g.Subject.At = g.Creator, at
	g.Members = nil
	g.join(g.Creator, at)
	g.Members[0].Role = RoleOwner
	for _, id := range d.People {
		if g.index(id) < 0 {
			g.join(id, at)
		}
	}
	return g, nil
}
