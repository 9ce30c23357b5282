package broadcast

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/governor/pace"
)

// Audience is who is to get a broadcast. Its parts are added up; whoever is in several gets it once.
type Audience struct {
	All        bool       `json:"all,omitempty" doc:"Every contact that is a person"`
	Segment    string     `json:"segment,omitempty" maxLength:"200" doc:"A segment's id or name; whoever belongs to it when it is planned"`
	Tag        string     `json:"tag,omitempty" maxLength:"200" doc:"A tag's id or name"`
	Tags       []string   `json:"tags,omitempty" maxItems:"50" doc:"Contacts with any of these tags, as ids or names"`
	Filter     string     `json:"filter,omitempty" maxLength:"4000" doc:"An expression, as in the contacts' list"`
	ContactIDs []string   `json:"contact_ids,omitempty" maxItems:"25000"`
	Numbers    []string   `json:"numbers,omitempty" maxItems:"60000" doc:"Phone numbers in any form; more of them come as a file"`
	FileID     string     `json:"file_id,omitempty" maxLength:"64" doc:"An uploaded CSV or XLSX; its columns are variables, see column"`
	Column     string     `json:"column,omitempty" maxLength:"200" doc:"The column with the number; found by its name or its look when left out"`
	Group      *GroupOf   `json:"group,omitempty" doc:"The members of a group"`
	Exclude    *Exclusion `json:"exclude,omitempty"`
	// Check asks the network about numbers that never wrote, within the lookup budget.
	Check *bool `json:"check_numbers,omitempty" doc:"Leave out who is not on the network, asking gently for those that are not known; true unless pacing is none"`
}

// GroupOf names a group as a device knows it.
type GroupOf struct {
	DeviceID string `json:"device_id" maxLength:"64"`
	Group    string `json:"group" maxLength:"128" doc:"Its contact's id or its address"`
}

// Exclusion is who is left out besides those who opted out or are blocked.
type Exclusion struct {
	ReachedDays int      `json:"reached_days,omitempty" minimum:"0" maximum:"365" doc:"Who got any broadcast in so many days, but those of the same series; 0 leaves nobody out"`
	Strangers   bool     `json:"strangers,omitempty" doc:"Who never wrote"`
	Tags        []string `json:"tags,omitempty" maxItems:"50" doc:"Who carries any of these tags, as ids or names"`
}

// empty reports whether an audience names nobody.
func (a Audience) empty() bool {
	return !a.All && a.Segment == "" && a.Tag == "" && len(a.Tags) == 0 && a.Filter == "" && len(a.ContactIDs) == 0 && len(a.Numbers) == 0 &&
		a.FileID == "" && a.Group == nil
}

// checks reports whether numbers are looked up.
func (b Broadcast) checks() bool {
	if b.Audience.Check != nil {
		return *b.Audience.Check
	}
	return b.Pacing.Preset != None
}

// settle checks an audience and replaces names by ids, which stay when names change.
func (s *Service) settle(ctx context.Context, workspaceID string, a *Audience) error {
	if a.empty() {
		return ErrAudience
	}
	if a.Segment != "" {
		id, err := s.segmentID(ctx, workspaceID, a.Segment)
		if err != nil {
			return err
		}
		a.Segment = id
	}
	if a.Filter != "" {
		n, err := filter.Parse(a.Filter)
		if err != nil {
			return named(err, "audience.filter")
		}
		if _, err := s.Contacts.Check(ctx, workspaceID, n); err != nil {
			return named(err, "audience.filter")
		}
	}
	if a.Tag != "" {
		a.Tags, a.Tag = append([]string{a.Tag}, a.Tags...), ""
	}
	var err error
	if a.Tags, err = s.tagIDs(ctx, workspaceID, a.Tags); err != nil {
		return err
	}
	if a.Exclude != nil {
		if a.Exclude.Tags, err = s.tagIDs(ctx, workspaceID, a.Exclude.Tags); err != nil {
			return err
		}
	}
	return s.settleSources(ctx, workspaceID, *a)
}

// settleSources refuses files, contacts and groups' devices that the workspace does not have.
func (s *Service) settleSources(ctx context.Context, workspaceID string, a Audience) error {
	if a.FileID != "" {
		if err := s.checkFile(ctx, workspaceID, a); err != nil {
			return err
		}
	}
	if a.Group != nil {
		if _, err := s.Devices.Get(ctx, workspaceID, a.Group.DeviceID); err != nil {
			return named(err, "audience.group.device_id")
		}
	}
	for _, id := range a.ContactIDs[:min(len(a.ContactIDs), 100)] { // a script's mistake shows at once; the rest is counted
		if _, err := s.Contacts.Get(ctx, workspaceID, id); err != nil {
			return named(err, "audience.contact_ids")
		}
	}
	return nil
}

func (s *Service) segmentID(ctx context.Context, workspaceID, name string) (string, error) {
	list, err := s.Contacts.Segments(ctx, workspaceID)
	for _, g := range list {
		if g.ID == name || filter.Fold(g.Name) == filter.Fold(name) {
			return g.ID, nil
		}
	}
	return "", cmp.Or(err, error(ErrSegment.Withf(quoted(name))))
}

func (s *Service) tagIDs(ctx context.Context, workspaceID string, names []string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	list, err := s.Contacts.Tags(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(names))
	for _, name := range names {
		at := slices.IndexFunc(list, func(t contact.Tag) bool { return t.ID == name || filter.Fold(t.Name) == filter.Fold(name) })
		if at < 0 {
			return nil, ErrTag.Withf(quoted(name))
		}
		out = append(out, list[at].ID)
	}
	return out, nil
}

// quoted makes a caller's word fit for an answer.
func quoted(s string) string {
	if len(s) > 64 {
		s = strings.ToValidUTF8(s[:64], "") + "…"
	}
	return `"` + s + `"`
}

// candidate is somebody who may get a broadcast.
type candidate struct {
	card  contact.Card // with an empty ID while they are no contact
	phone string       // digits
	peer  device.Peer  // of somebody who is no contact and has perhaps no number
	raw   string       // what stood there instead of a number
	vars  map[string]string
	code  string // why they are left out, when that is known already
}

// person is what a candidate is known by.
func (c candidate) person() string { return cmp.Or(c.card.ID, c.phone) }

// cold reports whether they never wrote to any device.
func (c candidate) cold() bool { return c.card.LastSeenAt == 0 }

// silent reports whether a message to them counts as a first one: they never wrote, or not for long.
func (c candidate) silent(now int64) bool { return c.card.LastSeenAt < now-pace.Knowing.Milliseconds() }

// nodes are the audience's contacts as a tree; false when it names none by what is known of them.
func (s *Service) tree(ctx context.Context, workspaceID string, a Audience) (n filter.Node, some bool, err error) {
	var either []filter.Node
	if a.Segment != "" {
		g, err := s.Contacts.Segment(ctx, workspaceID, a.Segment)
		if err != nil {
			return n, false, err
		}
		either = append(either, g.Tree)
	}
	if len(a.Tags) > 0 {
		list, err := s.Contacts.Tags(ctx, workspaceID)
		if err != nil {
			return n, false, err
		}
		for _, t := range list {
			if slices.Contains(a.Tags, t.ID) {
				either = append(either, filter.Node{Op: filter.Equal, On: "tag", Value: t.Name})
			}
		}
	}
	if a.Filter != "" {
		f, err := filter.Parse(a.Filter)
		if err != nil {
			return n, false, err
		}
		either = append(either, f)
	}
	if a.All {
		return filter.Node{Op: filter.And}, true, nil
	}
	if len(either) == 1 {
		return either[0], true, nil
	}
	return filter.Node{Op: filter.Or, Args: either}, len(either) > 0, nil
}
