package importer

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/nyaruka/phonenumbers"
	"github.com/xuri/excelize/v2"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/kit/table"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Format is what an export is written as.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

type exportIn struct {
	contact.CriteriaIn
	Format Format `query:"format" enum:"csv,xlsx" default:"csv"`
}

func (a api) registerExport(h huma.API) {
	httpx.Handle(h, "GET /contacts/export", member.ManageContacts, "Contacts as a CSV or XLSX file, narrowed like the list", a.export)
}

func (a api) export(ctx context.Context, in *exportIn) (*file.Served, error) {
	where, err := a.s.Contacts.Criteria(ctx, caller(ctx), in.CriteriaIn)
	if err != nil {
		return nil, err
	}
	return a.s.Export(ctx, caller(ctx), where, in.Format)
}

// writer takes the rows of a file one by one.
type writer interface {
	row(cells []any) error
	end() error
}

// Export writes all contacts that a tree picks into a file, which is gone when it is closed. Nothing in it is run by a
// spreadsheet, whatever a contact calls itself. The faults of filter.Check.
func (s *Service) Export(ctx context.Context, workspaceID string, where filter.Node, f Format) (*file.Served, error) {
	zone, err := s.Zone(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	name := "kontak-" + s.Now().In(zone).Format("2006-01-02") + "." + string(f)
	return file.Passing("application/octet-stream", name, func(to *os.File) error { return s.WriteExport(ctx, workspaceID, where, f, to) })
}

// WriteExport is Export into a writer.
func (s *Service) WriteExport(ctx context.Context, workspaceID string, where filter.Node, f Format, to io.Writer) error {
	zone, err := s.Zone(ctx, workspaceID)
	if err != nil {
		return err
	}
	fields, err := s.Contacts.Fields(ctx, workspaceID)
	if err != nil {
		return err
	}
	w, err := writing(to, f)
	if err != nil {
		return err
	}
	head := []any{"id", "name", "phone", "tags", "consent", "consent_at", "blocked", "note", "created_at", "last_message_at", "last_seen_at"}
	for _, field := range fields {
		head = append(head, field.Name)
	}
	if err := w.row(head); err != nil {
		return err
	}
	err = s.Contacts.Each(ctx, workspaceID, where, func(cards []contact.Card) error {
		views, err := s.Contacts.Views(ctx, workspaceID, cards)
		for _, v := range views {
			err = errors.Join(err, w.row(exported(v, fields, zone)))
		}
		return err
	})
	return errors.Join(err, w.end())
}

// exported is a contact as a row.
func exported(v contact.CardView, fields []contact.Field, zone *time.Location) []any {
	tags := make([]string, 0, len(v.Tags))
	for _, t := range v.Tags {
		tags = append(tags, t.Name)
	}
	blocked := "no"
	if v.Blocked {
		blocked = "yes"
	}
	row := []any{
		v.ID, v.Name, spaced(v.Phone), strings.Join(tags, "; "), v.Consent, stamp(v.ConsentAt, zone), blocked, v.Note, stamp(v.CreatedAt, zone),
		stamp(v.LastMessageAt, zone), stamp(v.LastSeenAt, zone),
	}
	for _, f := range fields {
		value := v.Fields[f.Key]
		if n, ok := filter.ReadNumber(value); ok && f.Kind == filter.Number {
			row = append(row, n)
			continue
		}
		row = append(row, value)
	}
	return row
}

// stamp is a time as people and spreadsheets read it.
func stamp(ms int64, zone *time.Location) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(zone).Format("2006-01-02 15:04:05")
}

// spaced writes a number with blanks, which a spreadsheet does not round: 62 812-9064-1111.
func spaced(phone string) string {
	n, err := phonenumbers.Parse("+"+phone, "")
	if phone == "" || err != nil {
		return phone
	}
	return strings.TrimPrefix(phonenumbers.Format(n, phonenumbers.INTERNATIONAL), "+")
}

func writing(to io.Writer, f Format) (writer, error) {
	if f == XLSX {
		return newSheet(to)
	}
	if _, err := io.WriteString(to, "\ufeff"); err != nil { // Excel takes it for Latin without
		return nil, fmt.Errorf("begin an export: %w", err)
	}
	return &csvWriter{w: csv.NewWriter(to)}, nil
}

type csvWriter struct{ w *csv.Writer }

func (c *csvWriter) row(cells []any) error {
	out := make([]string, 0, len(cells))
	for _, cell := range cells {
		switch v := cell.(type) {
		case float64:
			out = append(out, strconv.FormatFloat(v, 'f', -1, 64))
		case string:
			out = append(out, table.Harmless(v))
		}
	}
	return c.w.Write(out)
}

func (c *csvWriter) end() error {
	c.w.Flush()
	return c.w.Error()
}

// sheetWriter writes a workbook; the library keeps what is large in a file of its own.
type sheetWriter struct {
	to     io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	n      int
}

func newSheet(to io.Writer) (writer, error) {
	f := excelize.NewFile()
	stream, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &sheetWriter{to: to, file: f, stream: stream}, nil
}

// row writes texts as texts: they are never formulas there, but they may become some on the way through a CSV.
func (s *sheetWriter) row(cells []any) error {
	s.n++
	at, err := excelize.CoordinatesToCellName(1, s.n)
	if err != nil {
		return err
	}
	out := make([]any, len(cells))
	for i, cell := range cells {
		if out[i] = cell; cell == "" {
			out[i] = nil
		} else if v, ok := cell.(string); ok {
			out[i] = table.Harmless(v)
		}
	}
	return s.stream.SetRow(at, out)
}

func (s *sheetWriter) end() error {
	err := s.stream.Flush()
	if err == nil {
		err = s.file.Write(s.to)
	}
	return errors.Join(err, s.file.Close())
}

// Report is each row of an import with its verdict, as far as it is, as CSV.
func (s *Service) Report(ctx context.Context, i Import) (*file.Served, error) {
	return file.Passing("application/octet-stream", "laporan-impor.csv", func(to *os.File) error { return s.WriteReport(ctx, i, to) })
}

// WriteReport is Report into a writer.
func (s *Service) WriteReport(ctx context.Context, i Import, to io.Writer) error {
	w, err := writing(to, CSV)
	if err != nil {
		return err
	}
	if err := w.row([]any{"row", "verdict", "reason", "reason_en", "cell", "phone", "second", "name", "ignored", "contact_id"}); err != nil {
		return err
	}
	for after := -1; ; {
		lines, next, err := s.store.lines(ctx, i, after)
		if err != nil || next == after {
			return errors.Join(err, w.end())
		}
		after = next
		for _, l := range lines {
			v := lineViewOf(l)
			if err := w.row([]any{
				strconv.Itoa(v.Row), string(v.Verdict), v.Reason, v.ReasonEN, v.Cell, spaced(v.Phone), spaced(v.Second), v.Name,
				strings.Join(v.Ignored, "; "), v.ContactID,
			}); err != nil {
				return err
			}
		}
	}
}
