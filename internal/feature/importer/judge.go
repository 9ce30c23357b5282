package importer

import (
	"context"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/contact/filter"
)

// Verdict is what becomes, or became, of a row.
type Verdict string

// The verdicts.
const (
	Added     Verdict = "new"
	Update    Verdict = "update"
	Same      Verdict = "same"      // it is all known already
	Duplicate Verdict = "duplicate" // the number stands higher up in the file
	Invalid   Verdict = "invalid"   // there is no number that can be written to
	Own       Verdict = "own"       // the number of one of our devices
	OptedOut  Verdict = "opted_out" // known, and wants no broadcasts; that stays
	LeftOut   Verdict = "left_out"  // a person wants it so
)

// Line is one row with its verdict.
type Line struct {
	Row       int                   `json:"row"`
	Verdict   Verdict               `json:"verdict"`
	Why       contact.NumberProblem `json:"why,omitempty"`
	Cell      string                `json:"cell,omitempty"` // what stood there as the number
	Phone     string                `json:"phone,omitempty"`
	Second    string                `json:"second,omitempty"`
	Name      string                `json:"name,omitempty"`
	Ignored   []string              `json:"ignored,omitempty"` // columns whose value does not fit its field
	ContactID string                `json:"contact_id,omitempty"`
	Mended    bool                  `json:"mended,omitempty"` // the number or the name is not the file's
}

// The targets of columns; field.<key> is one of the workspace's own.
const (
	toNothing = ""
	toPhone   = "phone"
	toName    = "name"
	toNote    = "note"
	toTags    = "tags"
	toConsent = "consent"
	toField   = "field."
)

// judge reads the rows of one import.
type judge struct {
	s      *Service
	i      Import
	fields map[string]contact.Field // by key
	tags   map[string]string        // folded name → id
	own    map[string]bool
	mends  map[int]Mend        // by row
	seen   map[uint64]struct{} // hashes of the numbers above
	seed   maphash.Seed
}

// row is a row on its way.
type row struct {
	line  Line
	entry contact.Entry
	tags  []string // names of the file
}

// judge checks the options and loads what rows are held against. ErrMapping, ErrMends, contact.ErrTagNotFound.
func (s *Service) judge(ctx context.Context, i Import) (*judge, error) {
	j := &judge{s: s, i: i, fields: map[string]contact.Field{}, tags: map[string]string{}, own: map[string]bool{}, seen: map[uint64]struct{}{}, seed: maphash.MakeSeed()}
	fields, err := s.Contacts.Fields(ctx, i.WorkspaceID)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		j.fields[f.Key] = f
	}
	tags, err := s.Contacts.Tags(ctx, i.WorkspaceID)
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	for _, t := range tags {
		j.tags[filter.Fold(t.Name)], ids[t.ID] = t.ID, true
	}
	for _, id := range i.Options.TagIDs {
		if !ids[id] {
			return nil, contact.ErrTagNotFound.WithField("tag_ids")
		}
	}
	own, err := s.Own(ctx, i.WorkspaceID)
	for _, n := range own {
		j.own[n] = true
	}
	if err != nil {
		return nil, err
	}
	if j.mends, err = mendsOf(i.Options.Mends); err != nil {
		return nil, err
	}
	return j, j.mapping()
}

func (j *judge) mapping() error {
	for _, to := range j.i.Options.Columns {
		switch to {
		case toNothing, toPhone, toName, toNote, toTags, toConsent:
			continue
		}
		key, ok := strings.CutPrefix(to, toField)
		if _, known := j.fields[key]; !ok || !known {
			return ErrMapping
		}
	}
	if len(j.i.Options.Columns) != len(j.i.Header) || !slices.Contains(j.i.Options.Columns, toPhone) {
		return ErrMapping
	}
	return nil
}

// read takes a row apart; its number decides about the rest.
func (j *judge) read(cells []string, number int) row {
	o, m := j.i.Options, j.mends[number]
	cells = m.apply(cells, o.Columns)
	r := row{line: Line{Row: number, Mended: m.Phone != "" || m.Name != ""}, entry: contact.Entry{Channel: o.Channel, Policy: o.Policy, Tags: slices.Clone(o.TagIDs), Fields: map[string]string{}}}
	if o.Consent {
		r.entry.Consent = contact.ConsentEntry{State: contact.ConsentIn, Source: contact.ConsentByImport, ByID: j.i.ID, Why: o.Why}
	}
	phone := contact.Number{Problem: contact.NoNumber}
	for at, to := range o.Columns {
		if at >= len(cells) || to == toNothing {
			continue
		}
		cell := strings.TrimSpace(cells[at])
		if to != toPhone {
			j.take(&r, at, to, cell)
			continue
		}
		if n := contact.ReadNumber(cell); phone.Phone == "" && n.Problem != contact.NoNumber {
			phone, r.line.Cell = n, cut(strings.Clone(cell), 100)
		}
	}
	r.line.Name = cut(r.entry.Name, 200)
	r.line.Phone, r.line.Second, r.line.Why, r.entry.Phone = phone.Phone, phone.Second, phone.Problem, phone.Phone
	if phone.Problem == contact.Landline && o.Landlines {
		r.line.Phone, _ = contact.ParsePhone(contact.PlainNumber(r.line.Cell), "")
		r.entry.Phone, r.line.Why = r.line.Phone, ""
	}
	switch {
	case m.LeftOut:
		r.line.Verdict, r.tags, r.entry = LeftOut, nil, contact.Entry{}
	case r.line.Phone == "":
		r.line.Verdict = Invalid
	case j.own[r.line.Phone]:
		r.line.Verdict = Own
	case !j.first(r.line.Phone):
		r.line.Verdict = Duplicate
		// Of who stands there twice the first row counts, but a no counts wherever it is.
		r.tags, r.entry = nil, contact.Entry{Channel: o.Channel, Phone: r.line.Phone, Consent: r.entry.Consent}
	}
	return r
}

// take reads a cell that is not the number.
func (j *judge) take(r *row, at int, to, cell string) {
	if cell == "" {
		return
	}
	switch to {
	case toName:
		r.entry.Name = strings.TrimSpace(r.entry.Name + " " + cell)
	case toNote:
		r.entry.Note = strings.TrimSpace(r.entry.Note + "\n" + cell)
	case toTags:
		for _, name := range strings.FieldsFunc(cell, func(c rune) bool { return c == ',' || c == ';' || c == '|' }) {
			if name = strings.TrimSpace(name); name != "" && len(r.tags) < 20 {
				r.tags = append(r.tags, strings.Clone(name))
			}
		}
	case toConsent:
		if unsaid(cell) {
			return
		}
		r.entry.Consent = contact.ConsentEntry{State: consentOf(cell), Source: contact.ConsentByImport, ByID: j.i.ID, Why: j.i.Options.Why}
		if r.entry.Consent.State == contact.ConsentUnknown { // it may be a no: nobody has agreed, also where all are said to have
			r.line.Ignored = append(r.line.Ignored, j.i.Header[at])
		}
	default:
		key := strings.TrimPrefix(to, toField)
		f := j.fields[key]
		value, err := f.Read(dated(f, cell))
		if err != nil {
			r.line.Ignored = append(r.line.Ignored, j.i.Header[at])
			return
		}
		r.entry.Fields[key] = value
	}
}

// dated turns the number by which a spreadsheet keeps a day into that day.
func dated(f contact.Field, cell string) string {
	if f.Kind != filter.Date {
		return cell
	}
	n, err := strconv.ParseFloat(cell, 64)
	if err != nil || n < 1 || n > 200_000 {
		return cell
	}
	t, err := excelize.ExcelDateToTime(n, false)
	if err != nil {
		return cell
	}
	return t.Format("2006-01-02")
}

// first notes a number and reports whether it was new in the file.
func (j *judge) first(phone string) bool {
	h := maphash.String(j.seed, phone)
	if _, was := j.seen[h]; was {
		return false
	}
	j.seen[h] = struct{}{}
	return true
}

// decide gives the rows their verdicts by what is known of their numbers. Tags that are not there yet count as new.
func (j *judge) decide(ctx context.Context, rows []row) error {
	var phones []string
	for _, r := range rows {
		if r.line.Verdict == "" {
			phones = append(phones, r.line.Phone)
		}
	}
	known, err := j.s.Contacts.ByPhones(ctx, j.i.WorkspaceID, j.i.Options.Channel, phones)
	if err != nil {
		return err
	}
	for at := range rows {
		r := &rows[at]
		missing := 0
		for _, name := range r.tags {
			if id, ok := j.tags[filter.Fold(name)]; ok {
				r.entry.Tags = append(r.entry.Tags, id)
			} else {
				missing++
			}
		}
		if r.line.Verdict != "" {
			continue
		}
		c, ok := known[r.line.Phone]
		r.line.ContactID = c.ID
		switch {
		case !ok:
			r.line.Verdict = Added
		case c.Consent == contact.ConsentOut:
			r.line.Verdict = OptedOut
		case missing > 0 || r.entry.Changes(c, j.fields):
			r.line.Verdict = Update
		default:
			r.line.Verdict = Same
		}
	}
	return nil
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
