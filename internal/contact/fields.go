package contact

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.mau.fi/util/dbutil"

	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/id"
)

const (
	// maxFields is how many fields a workspace may define.
	maxFields = 50
	// maxFieldName and maxChoices bound a field; maxFieldValue what a contact has in it, in characters.
	maxFieldName  = 50
	maxChoices    = 100
	maxFieldValue = 500
)

// The faults of fields.
var (
	ErrFieldNotFound = fault.New(fault.NotFound, "field_not_found", fault.Text{
		ID: "Kolom ini tidak ada. Buat dulu di pengaturan kontak.", EN: "There is no such field. Make it in the settings of contacts first.",
	})
	ErrFieldName = fault.New(fault.Invalid, "field_name_invalid", fault.Text{
		ID: "Nama kolom harus 1 sampai 50 karakter dan memuat huruf atau angka.", EN: "A field's name must have 1 to 50 characters, a letter or digit among them.",
	}).WithField("name")
	ErrFieldTaken = fault.New(fault.Conflict, "field_exists", fault.Text{
		ID: "Sudah ada kolom dengan nama ini.", EN: "There is a field with this name already.",
	}).WithField("name")
	ErrFields = fault.New(fault.Conflict, "too_many_fields", fault.Text{
		ID: "Paling banyak 50 kolom. Hapus yang tidak dipakai.", EN: "There can be at most 50 fields. Delete those that are not used.",
	})
	ErrFieldChoices = fault.New(fault.Invalid, "field_choices_invalid", fault.Text{
		ID: "Kolom pilihan butuh 1 sampai 100 pilihan yang berbeda, masing-masing sampai 100 karakter.",
		EN: "A field of choices needs 1 to 100 different choices of up to 100 characters each.",
	}).WithField("choices")
	ErrFieldValue = fault.New(fault.Invalid, "field_value_invalid", fault.Text{
		ID: "Isi kolom %s tidak cocok. %s", EN: "The value of the field %s does not fit. %s",
	})
)

// Field is a column of a business's own on all its contacts. Its key, by which expressions and imports name it, is made
// of its first name and stays.
type Field struct {
	ID          string
	WorkspaceID string
	Key         string
	Name        string
	Kind        filter.Kind
	Choices     []string // of a filter.Choice
	CreatedAt   int64    // unix ms
}

// Read checks a value as people write it and returns it as it is kept; "" stays "" and means no value. Numbers may have
// Indonesian points and commas, dates may be written 31/01/2026. ErrFieldValue.
func (f Field) Read(raw string) (string, error) {
	v := strings.TrimSpace(db.Text(raw))
	if v == "" {
		return "", nil
	}
	var ok bool
	var hint fault.Text
	switch f.Kind {
	case filter.Number:
		v, ok = readNumber(v)
		hint = fault.Text{ID: "Tulis angka, misalnya 150000 atau 12,5.", EN: "Write a number, such as 150000 or 12.5."}
	case filter.Date:
		v, ok = readDate(v)
		hint = fault.Text{ID: "Tulis tanggal, misalnya 2026-01-31 atau 31/01/2026.", EN: "Write a date, such as 2026-01-31 or 31/01/2026."}
	case filter.YesNo:
		v, ok = filter.ReadYesNo(v)
		hint = fault.Text{ID: "Tulis ya atau tidak.", EN: "Write yes or no."}
	case filter.Choice:
		at := slices.IndexFunc(f.Choices, func(c string) bool { return filter.Fold(c) == filter.Fold(v) })
		if ok = at >= 0; ok {
			v = f.Choices[at]
		}
		hint = fault.Text{ID: "Pilih salah satu pilihannya.", EN: "Choose one of its choices."}
	default:
		ok = utf8.RuneCountInString(v) <= maxFieldValue
		hint = fault.Text{ID: "Paling panjang 500 karakter.", EN: "It may have at most 500 characters."}
	}
	if ok {
		return v, nil
	}
	bad := *ErrFieldValue
	bad.Text = fault.Text{ID: fmt.Sprintf(bad.Text.ID, f.Name, hint.ID), EN: fmt.Sprintf(bad.Text.EN, f.Name, hint.EN)}
	return "", bad.WithField("fields." + f.Key)
}

// readNumber takes 1500, 1500.5, 1.500.000, 1.500,50, Rp 1.500 and Rp1.500,-.
func readNumber(s string) (string, bool) {
	for _, round := range []string{",--", ",-", ".-"} {
		s = strings.TrimSuffix(s, round)
	}
	s = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(strings.ReplaceAll(s, "\u00a0", " "), "Rp"), "."))
	switch dots, commas := strings.Count(s, "."), strings.Count(s, ","); {
	case dots > 1, dots == 1 && commas == 1 && strings.Index(s, ".") < strings.Index(s, ","):
		s = strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	case commas > 1, commas == 1 && dots == 1:
		s = strings.ReplaceAll(s, ",", "")
	case commas == 1:
		s = strings.ReplaceAll(s, ",", ".")
	case dots == 1 && len(s)-strings.Index(s, ".") == 4 && !strings.HasPrefix(s, "0."): // 1.500 is fifteen hundred in Indonesia
		s = strings.ReplaceAll(s, ".", "")
	}
	f, ok := filter.ReadNumber(s)
	return strconv.FormatFloat(f, 'f', -1, 64), ok
}

// readDate takes 2026-01-31, day before month with / - or . between, and 31 Januari 2026, 31-Jan-26.
func readDate(s string) (string, bool) {
	if m := inWords.FindStringSubmatch(s); m != nil {
		month, ok := monthOf(m[2])
		if !ok {
			return "", false
		}
		s = m[1] + "/" + strconv.Itoa(month) + "/" + m[3]
	}
	for _, layout := range []string{time.DateOnly, "2/1/2006", "2-1-2006", "2.1.2006", "2006/1/2", time.RFC3339, time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1800 && t.Year() <= 2300 {
			return t.Format(time.DateOnly), true
		}
	}
	for _, layout := range []string{"2/1/06", "2-1-06", "2.1.06"} {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Year() > 2040 { // a birthday rather than a plan
				t = t.AddDate(-100, 0, 0)
			}
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}

// inWords is a day whose month is written out, or cut.
//
//arch:global a pattern, never written
var inWords = regexp.MustCompile(`^(\d{1,2})[ -/]*(\pL{3,9})\.?[ -/,]*(\d{4}|\d{2})$`)

// monthOf knows a month by its first letters, Indonesian or English: Okt, Oktober, Sept, Agust.
func monthOf(word string) (int, bool) {
	word = strings.ToLower(word)
	for i, names := range [][]string{
		{"januari", "january"},
		{"februari", "february", "pebruari"},
		{"maret", "march"},
		{"april"},
		{"mei", "may"},
		{"juni", "june"},
		{"juli", "july"},
		{"agustus", "august", "agt", "ags"},
		{"september"},
		{"oktober", "october"},
		{"november", "nopember"},
		{"desember", "december"},
	} {
		if slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, word) }) {
			return i + 1, true
		}
	}
	return 0, false
}

// Fields lists the fields of a workspace in the order in which they were made.
func (s *Service) Fields(ctx context.Context, workspaceID string) ([]Field, error) {
	return s.store.fields(ctx, workspaceID)
}

func (s *Service) fieldsByKey(ctx context.Context, workspaceID string) (map[string]Field, error) {
	list, err := s.store.fields(ctx, workspaceID)
	m := make(map[string]Field, len(list))
	for _, f := range list {
		m[f.Key] = f
	}
	return m, err
}

// AddField defines a field. ErrFieldName, ErrFieldChoices, ErrFieldTaken, ErrFields.
func (s *Service) AddField(ctx context.Context, workspaceID, name string, kind filter.Kind, choices []string) (Field, error) {
	f := Field{
		ID: id.New(), WorkspaceID: workspaceID, Key: keyOf(name), Name: name, Kind: kind, Choices: choices, CreatedAt: s.now().UnixMilli(),
	}
	if err := f.check(); err != nil {
		return Field{}, err
	}
	return f, s.db.Tx(ctx, func(ctx context.Context) error {
		list, err := s.store.fields(ctx, workspaceID)
		if err != nil {
			return err
		}
		if len(list) >= maxFields {
			return ErrFields
		}
		return s.arranged(ctx, workspaceID, s.store.insertField(ctx, f))
	})
}

// keyOf makes a word that expressions can name out of a name.
func keyOf(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(cleanName(name)) {
		switch {
		case r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	return strings.Trim(b.String(), "_")
}

func (f *Field) check() error {
	f.Name = cleanName(f.Name)
	if n := utf8.RuneCountInString(f.Name); n < 1 || n > maxFieldName || f.Key == "" {
		return ErrFieldName
	}
	if f.Kind != filter.Choice {
		f.Choices = nil
		return nil
	}
	seen := map[string]bool{}
	for i, c := range f.Choices {
		c = cleanName(c)
		f.Choices[i] = c
		if n := utf8.RuneCountInString(c); n < 1 || n > 100 || seen[filter.Fold(c)] {
			return ErrFieldChoices
		}
		seen[filter.Fold(c)] = true
	}
	if len(seen) < 1 || len(seen) > maxChoices {
		return ErrFieldChoices
	}
	return nil
}

// FieldChange is what ChangeField changes; nil stays. The kind of a field stays, too: contacts have values of it.
type FieldChange struct {
	Name    *string
	Choices []string
}

// ChangeField gives a field another name or choices. Contacts keep what they have, even of a choice that is no more.
// ErrFieldNotFound, ErrFieldName, ErrFieldChoices.
func (s *Service) ChangeField(ctx context.Context, workspaceID, fieldID string, ch FieldChange) (f Field, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if f, err = s.store.field(ctx, workspaceID, fieldID); err != nil {
			return err
		}
		if ch.Name != nil {
			f.Name = *ch.Name
		}
		if ch.Choices != nil {
			f.Choices = slices.Clone(ch.Choices)
		}
		if err := f.check(); err != nil {
			return err
		}
		return s.arranged(ctx, workspaceID, s.store.updateField(ctx, f))
	})
	return f, err
}

// DeleteField takes a field with its values off all contacts. ErrFieldNotFound, also the second time; ErrInUse while a
// segment names it.
func (s *Service) DeleteField(ctx context.Context, workspaceID, fieldID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		f, err := s.store.field(ctx, workspaceID, fieldID)
		if err != nil {
			return err
		}
		if err := s.unused(ctx, workspaceID, "field."+f.Key, ""); err != nil {
			return err
		}
		return s.arranged(ctx, workspaceID, s.store.deleteField(ctx, workspaceID, fieldID))
	})
}

const fieldColumns = `workspace_id, id, field_key, name, kind, choices, created_at`

func scanField(r dbutil.Scannable) (f Field, err error) {
	var choices string
	if err = r.Scan(&f.WorkspaceID, &f.ID, &f.Key, &f.Name, &f.Kind, &choices, &f.CreatedAt); err != nil {
		return f, err
	}
	return f, json.Unmarshal([]byte(choices), &f.Choices)
}

const selectFields = `SELECT ` + fieldColumns + ` FROM contact_field_kinds WHERE workspace_id = $1 ORDER BY created_at, id`

func (s store) fields(ctx context.Context, workspaceID string) ([]Field, error) {
	rows, err := s.db.Query(ctx, selectFields, workspaceID)
	return dbutil.NewRowIterWithError(rows, scanField, err).AsList()
}

const selectField = `SELECT ` + fieldColumns + ` FROM contact_field_kinds WHERE workspace_id = $1 AND id = $2`

func (s store) field(ctx context.Context, workspaceID, fieldID string) (Field, error) {
	f, err := scanField(s.db.QueryRow(ctx, selectField, workspaceID, fieldID))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrFieldNotFound
	}
	return f, err
}

const insertField = `INSERT INTO contact_field_kinds (workspace_id, id, field_key, name, kind, choices, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

func (s store) insertField(ctx context.Context, f Field) error {
	choices, _ := json.Marshal(f.Choices) // texts can't fail
	_, err := s.db.Exec(ctx, insertField, f.WorkspaceID, f.ID, f.Key, f.Name, f.Kind, string(choices), f.CreatedAt)
	return taken(err, ErrFieldTaken)
}

const updateField = `UPDATE contact_field_kinds SET name = $3, choices = $4 WHERE workspace_id = $1 AND id = $2`

func (s store) updateField(ctx context.Context, f Field) error {
	choices, _ := json.Marshal(f.Choices) // texts can't fail
	_, err := s.db.Exec(ctx, updateField, f.WorkspaceID, f.ID, f.Name, string(choices))
	return err
}

//sql:sqlite
const stripFieldSQLite = `UPDATE contacts SET fields = json_remove(fields, '$."' || $2 || '"') WHERE workspace_id = $1
	AND id IN (SELECT x.contact_id FROM contact_fields x WHERE x.workspace_id = $1 AND x.field_id = $2)`

//sql:postgres
const stripFieldPostgres = `UPDATE contacts SET fields = (fields::jsonb - $2::text)::text WHERE workspace_id = $1
	AND id IN (SELECT x.contact_id FROM contact_fields x WHERE x.workspace_id = $1 AND x.field_id = $2::text)`

const deleteValues = `DELETE FROM contact_fields WHERE workspace_id = $1 AND field_id = $2`

const deleteField = `DELETE FROM contact_field_kinds WHERE workspace_id = $1 AND id = $2`

func (s store) deleteField(ctx context.Context, workspaceID, fieldID string) error {
	strip := stripFieldSQLite
	if s.db.Postgres() {
		strip = stripFieldPostgres
	}
	for _, text := range []string{strip, deleteValues, deleteField} {
		if _, err := s.db.Exec(ctx, text, workspaceID, fieldID); err != nil {
			return err
		}
	}
	return nil
}
