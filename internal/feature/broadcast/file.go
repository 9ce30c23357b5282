package broadcast

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/table"
)

// The faults of files.
var (
	ErrFile = fault.New(fault.Invalid, "audience_file", fault.Text{
		ID: "Berkas penerima bukan CSV atau XLSX yang bisa dibaca.", EN: "The file of recipients is no CSV or XLSX that can be read.",
	}).WithField("audience.file_id")
	ErrColumn = fault.New(fault.Invalid, "audience_column", fault.Text{
		ID: "Tidak ada kolom nomor telepon di berkas ini. Sebutkan namanya di column.", EN: "There is no column with phone numbers in this file. Name it in column.",
	}).WithField("audience.column")
)

// looked is how many rows are looked at to find the column of numbers.
const looked = 20

// columnsOf are the columns of a file of recipients: the variable of each, and which has the number.
type columnsOf struct {
	vars  []string
	phone int
}

// checkFile refuses a file in which there is nobody.
func (s *Service) checkFile(ctx context.Context, workspaceID string, a Audience) (err error) {
	t, err := s.openTable(ctx, workspaceID, a.FileID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	_, err = readColumns(t, a.Column)
	return err
}

// openTable opens a workspace's file as a table.
func (s *Service) openTable(ctx context.Context, workspaceID, fileID string) (*openFile, error) {
	r, err := s.Files.Open(ctx, workspaceID, fileID)
	if err != nil {
		return nil, named(err, "audience.file_id")
	}
	t, err := table.Open(r)
	if err != nil {
		_ = r.Close() // the first error counts
		return nil, fileFault(err)
	}
	return &openFile{Table: t, r: r}, nil
}

func fileFault(err error) error {
	if errors.Is(err, table.ErrNone) || errors.Is(err, table.ErrOld) {
		return ErrFile.WithCause(err)
	}
	return err
}

// openFile is a table with the file that it reads, and the rows that were read ahead.
type openFile struct {
	table.Table
	r     io.Closer
	ahead [][]string
}

// Close closes both.
func (o *openFile) Close() error { return errors.Join(o.Table.Close(), o.r.Close()) }

// row is the next row that is not blank.
func (o *openFile) row() ([]string, error) {
	if len(o.ahead) > 0 {
		r := o.ahead[0]
		o.ahead = o.ahead[1:]
		return r, nil
	}
	for {
		r, _, err := o.Next()
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(r, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			return r, nil
		}
	}
}

// readColumns reads the header and finds the column of numbers: the named one, else one that is called so, else the one
// in which most look like numbers.
func readColumns(o *openFile, name string) (c columnsOf, err error) {
	header, err := o.row()
	if err != nil {
		return c, orNobody(err)
	}
	header = slices.Clone(header)
	c.phone = -1
	for i, h := range header {
		c.vars = append(c.vars, variable(h))
		if name != "" && (variable(h) == variable(name)) || name == "" && c.phone < 0 && isPhoneHeading(c.vars[i]) {
			c.phone = i
		}
	}
	for range looked {
		r, err := o.row()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return c, fileFault(err)
		}
		o.ahead = append(o.ahead, slices.Clone(r))
	}
	if c.phone < 0 && name == "" {
		c.phone = numbersIn(o.ahead, len(header))
	}
	if c.phone < 0 {
		return c, ErrColumn
	}
	return c, nil
}

func orNobody(err error) error {
	if errors.Is(err, io.EOF) {
		return ErrColumn
	}
	return fileFault(err)
}

// numbersIn is the column that has most numbers; -1 for none.
func numbersIn(rows [][]string, columns int) int {
	best, most := -1, 0
	for i := range columns {
		n := 0
		for _, r := range rows {
			if i < len(r) && contact.ReadNumber(r[i]).Phone != "" {
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	return best
}

func isPhoneHeading(v string) bool {
	return slices.Contains([]string{
		"phone", "phone_number", "telephone", "telepon", "telp", "tlp", "no_telepon", "no_telp", "nomor_telepon", "hp", "no_hp", "nomor_hp", "nohp", "handphone",
		"mobile", "mobile_phone", "wa", "no_wa", "nomor_wa", "nowa", "no_whatsapp", "nomor_whatsapp", "nomor", "number", "msisdn",
	}, v)
}

// variable is the name under which a text can use a column: Nama Pelanggan is {nama_pelanggan}.
func variable(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(heading)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.IsSpace(r) || r == '_' || r == '-' || r == '.' || r == '/':
			if s := b.String(); s != "" && !strings.HasSuffix(s, "_") {
				b.WriteByte('_')
			}
		}
		if b.Len() >= 60 {
			break
		}
	}
	return strings.TrimSuffix(b.String(), "_")
}

// TableHead is the begin of a file of recipients, as a broadcast reads it.
type TableHead struct {
	Columns []string            `json:"columns" doc:"The names under which a text can use its columns, without the one of the numbers"`
	Rows    []map[string]string `json:"rows" doc:"The first ten recipients: what each has of those columns"`
}

// headRows is how many recipients a TableHead has.
const headRows = 10

// TableHead reads the begin of a file of recipients. ErrFile, ErrColumn, and a fault of kind not_found.
func (s *Service) TableHead(ctx context.Context, workspaceID, fileID string) (h TableHead, err error) {
	t, err := s.openTable(ctx, workspaceID, fileID)
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	cols, err := readColumns(t, "")
	if err != nil {
		return h, err
	}
	h = TableHead{Columns: []string{}, Rows: []map[string]string{}}
	for i, name := range cols.vars {
		if i != cols.phone && name != "" && !slices.Contains(h.Columns, name) {
			h.Columns = append(h.Columns, name)
		}
	}
	for len(h.Rows) < headRows {
		r, err := t.row()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return h, fileFault(err)
		}
		_, vars := cols.read(r)
		h.Rows = append(h.Rows, vars)
	}
	return h, nil
}

// fileSource are the rows of a file. It reads on where it is; elsewhere it begins again and reads up to there.
type fileSource struct {
	s       *Service
	b       Broadcast
	channel string

	file *openFile
	cols columnsOf
	at   int
}

func (t *fileSource) next(ctx context.Context, cursor string) ([]candidate, string, error) {
	want, _ := strconv.Atoi(cursor) // "" is 0
	if t.file == nil || t.at != want {
		if err := t.seek(ctx, want); err != nil {
			return nil, cursor, err
		}
	}
	list := make([]candidate, 0, chunk)
	for len(list) < chunk {
		r, err := t.file.row()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, cursor, fileFault(err)
		}
		t.at++
		list = append(list, t.read(r))
	}
	if len(list) == 0 {
		err := t.file.Close()
		t.file = nil
		return nil, cursor, err
	}
	return list, strconv.Itoa(t.at), t.s.known(ctx, t.b.WorkspaceID, t.channel, list)
}

// seek opens the file and leaves out so many rows.
func (t *fileSource) seek(ctx context.Context, rows int) (err error) {
	if t.file != nil {
		_ = t.file.Close() // it was only read
	}
	if t.file, err = t.s.openTable(ctx, t.b.WorkspaceID, t.b.Audience.FileID); err != nil {
		return err
	}
	if t.cols, err = readColumns(t.file, t.b.Audience.Column); err != nil {
		return err
	}
	for t.at = 0; t.at < rows; t.at++ {
		if _, err := t.file.row(); err != nil {
			return fileFault(err)
		}
	}
	return nil
}

func (t *fileSource) read(row []string) candidate { return numbered(t.cols.read(row)) }

// read takes a row apart: its number, and the values that a text can use.
func (c columnsOf) read(row []string) (number string, vars map[string]string) {
	vars = map[string]string{}
	for i, cell := range row {
		cell = strings.TrimSpace(db.Text(cell))
		switch {
		case i == c.phone:
			number = cell
		case i < len(c.vars) && c.vars[i] != "" && cell != "":
			vars[c.vars[i]] = cell
			if slices.Contains([]string{"nama", "nama_pelanggan", "nama_lengkap", "customer_name", "full_name"}, c.vars[i]) {
				vars["name"] = cell
			}
		}
	}
	return number, vars
}
