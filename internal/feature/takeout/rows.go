package takeout

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pingcrm/pingcrm/internal/file"
	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// page is how many rows are read at once.
const page = 1000

// table writes the rows of a table, one JSON object in each line.
func (s *Service) table(workspaceID string, t Table) step {
	return func(ctx context.Context, p *part, after []any) ([]any, int64, error) {
		var to io.Writer
		var written int64
		begin := after
		for {
			list, err := s.rows(ctx, workspaceID, t, after)
			if err != nil || len(list) == 0 {
				return nil, written, err
			}
			if to == nil {
				if to, err = p.file(numbered(ctx, "data/"+t.Name+".jsonl", begin), zip.Deflate); err != nil {
					return nil, written, err
				}
			}
			for _, r := range list {
				if _, err := to.Write(r.line); err != nil {
					return nil, written, err
				}
			}
			written += int64(len(list))
			after = list[len(list)-1].key
			switch {
			case len(list) < page:
				return nil, written, nil
			case p.full():
				return after, written, nil
			}
		}
	}
}

// row is a row as it is written, and its key.
type row struct {
	line []byte
	key  []any
}

// rows reads the rows of a workspace that come behind a key; nil is from the first.
func (s *Service) rows(ctx context.Context, workspaceID string, t Table, after []any) ([]row, error) {
	keys := strings.Join(t.Key, ", ")
	behind, args := "", []any{workspaceID, page}
	if after != nil {
		var marks []string
		for _, v := range after {
			args = append(args, v)
			marks = append(marks, "$"+strconv.Itoa(len(args)))
		}
		behind = " AND (" + keys + ") > (" + strings.Join(marks, ", ") + ")"
	}
	//sql:built the names are those of Config.Tables, which a test compares with the database; all else are arguments
	text := `SELECT * FROM ` + t.Name + ` WHERE workspace_id = $1` + behind + ` ORDER BY ` + keys + ` LIMIT $2`
	rows, err := s.DB.Query(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.Name, err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	var list []row
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("read %s: %w", t.Name, err)
		}
		r, err := t.row(names, values)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

func (t Table) row(names []string, values []any) (r row, err error) {
	r.key = make([]any, len(t.Key))
	var line bytes.Buffer
	for i, name := range names {
		v := values[i]
		if k := slices.Index(t.Key, name); k >= 0 {
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			r.key[k] = v
		}
		if name == "workspace_id" || slices.Contains(t.Omit, name) {
			continue
		}
		sep := byte(',')
		if line.Len() == 0 {
			sep = '{'
		}
		line.WriteByte(sep)
		if err := t.field(&line, name, v); err != nil {
			return r, err
		}
	}
	line.WriteString("}\n")
	r.line = line.Bytes()
	return r, nil
}

func (t Table) field(to *bytes.Buffer, name string, v any) error {
	fmt.Fprintf(to, "%q:", name)
	text, isText := v.(string)
	if b, ok := v.([]byte); ok && utf8.Valid(b) {
		text, isText = string(b), true
	}
	if isText && slices.Contains(t.JSON, name) && json.Valid([]byte(text)) {
		return json.Compact(to, []byte(text))
	}
	if isText {
		v = text
	}
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	to.Truncate(to.Len() - 1) // its end of line
	return err
}

// sheet has somebody else write a file.
func (s *Service) sheet(workspaceID string, sh Sheet) step {
	return func(ctx context.Context, p *part, _ []any) ([]any, int64, error) {
		to, err := p.file(sh.Name, zip.Deflate)
		if err != nil {
			return nil, 0, err
		}
		return nil, 0, sh.Write(ctx, workspaceID, to)
	}
}

// count is how many rows and files will be written.
func (s *Service) count(ctx context.Context, workspaceID string) (total int64, err error) {
	for _, t := range append(slices.Clone(s.Tables), Table{Name: "files"}) {
		if t.Why != "" {
			continue
		}
		var n int64
		//sql:built the name is one of Config.Tables
		if err := s.DB.QueryRow(ctx, `SELECT COUNT(*) FROM `+t.Name+` WHERE workspace_id = $1`, workspaceID).Scan(&n); err != nil {
			return 0, fmt.Errorf("count %s: %w", t.Name, err)
		}
		total += n
	}
	return total, nil
}

// files writes the bytes of the files, each in a folder of its id.
func (s *Service) files(workspaceID string) step {
	return func(ctx context.Context, p *part, after []any) ([]any, int64, error) {
		last := ""
		if len(after) == 1 {
			last, _ = after[0].(string)
		}
		var written int64
		for {
			list, err := s.Files.After(ctx, workspaceID, last, 100)
			if err != nil || len(list) == 0 {
				return nil, written, err
			}
			for _, f := range list {
				if p.full() {
					return []any{last}, written, nil
				}
				if err := s.file(ctx, p, workspaceID, f); err != nil {
					return nil, written, err
				}
				last = f.ID
				written++
			}
		}
	}
}

// file writes one file's bytes, as they are: most are packed already. One whose bytes are gone is left out.
func (s *Service) file(ctx context.Context, p *part, workspaceID string, f file.File) error {
	r, err := s.Files.Open(ctx, workspaceID, f.ID)
	if known, ok := fault.From(err); errors.Is(err, blob.ErrMissing) || ok && known.Kind == fault.NotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open file %s: %w", f.ID, err)
	}
	defer func() { _ = r.Close() }()
	name := path.Base(path.Clean("/" + strings.ReplaceAll(f.Filename, `\`, "/")))
	if name == "/" || name == "." {
		name = "file"
	}
	to, err := p.file("files/"+f.ID+"/"+name, zip.Store)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, r)
	return err
}

const readmeText = `Ping! - salinan semua data / a copy of all data

contacts.csv     kontak, bisa dibuka di Excel / the contacts, for a spreadsheet
data/*.jsonl     satu baris = satu data, dalam JSON / one line is one row, as JSON
files/<id>/...   foto, dokumen, suara / pictures, documents, sounds; <id> adalah "blob" di data/messages.jsonl
                 (<id> is the "blob" in data/messages.jsonl)

Waktu ditulis sebagai milidetik sejak 1970 (UTC). Times are milliseconds since 1970 (UTC).
Yang besar dibagi: data/messages.jsonl, data/messages-0002.jsonl, ... What is large is split like this.
Kata sandi, kunci API dan rahasia webhook tidak ikut. Passwords, API keys and webhook secrets are not in it.
Simpan di tempat aman: isinya percakapan pelanggan. Keep it safe: it holds customers' conversations.
`

func readme(_ context.Context, p *part, _ []any) ([]any, int64, error) {
	to, err := p.file("README.txt", zip.Deflate)
	if err == nil {
		_, err = io.WriteString(to, readmeText)
	}
	return nil, 0, err
}
