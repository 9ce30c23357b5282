// Package table owns reading tables that people saved from spreadsheets: CSV in whatever form, and XLSX.
package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The reasons for files that can't be read.
var (
	ErrNone = errors.New("this is no table")
	ErrOld  = errors.New("this is a spreadsheet of before 2007")
)

// Bounds of a file.
const (
	MaxFile    = 50 << 20 // bytes
	MaxRows    = 500_000
	maxColumns = 200
	maxCell    = 2000      // bytes of a cell that are read; what is longer is cut
	maxUnzip   = 512 << 20 // bytes that a spreadsheet may unpack to
	inMemory   = 1 << 20   // bytes of a spreadsheet's part that are unpacked in memory; larger ones go to a file
)

// Table gives the rows of a file one by one, so that its size does not matter. The first one names the columns.
type Table interface {
	// Next returns the next row, with its number in the file from 1; io.EOF at the end. The row is the caller's until
	// the next call.
	Next() (row []string, number int, err error)
	io.Closer
}

// Open reads a file by what it is, whatever its name says. ErrNone for what is none, ErrOld for a spreadsheet of before 2007.
func Open(r io.ReadSeeker) (Table, error) {
	t, err := open(r)
	if err != nil {
		return nil, err
	}
	return &headed{Table: t}, nil
}

func open(r io.ReadSeeker) (Table, error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read a file's begin: %w", err)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("go to a file's begin: %w", err)
	}
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return openSheet(r)
	case bytes.HasPrefix(head, []byte{0xd0, 0xcf, 0x11, 0xe0}): // XLS of before 2007
		return nil, ErrOld
	}
	return openCSV(r)
}

// sheet is the first sheet of a workbook.
type sheet struct {
	file   *excelize.File
	rows   *excelize.Rows
	days   *days // nil where there are none
	number int
}

func openSheet(r io.Reader) (t Table, err error) {
	defer func() { // the library takes some broken files badly
		if p := recover(); p != nil {
			t, err = nil, errors.Join(ErrNone, fmt.Errorf("open a spreadsheet: %v", p))
		}
	}()
	f, err := excelize.OpenReader(r, excelize.Options{UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: inMemory, RawCellValue: true})
	if err != nil {
		return nil, errors.Join(ErrNone, err)
	}
	names := f.GetSheetList()
	if len(names) == 0 {
		return nil, errors.Join(ErrNone, f.Close())
	}
	rows, err := f.Rows(names[0])
	if err != nil {
		return nil, errors.Join(ErrNone, err, f.Close())
	}
	days, err := daysOf(f, names[0])
	if err != nil {
		return nil, errors.Join(ErrNone, err, rows.Close(), f.Close())
	}
	return &sheet{file: f, rows: rows, days: days}, nil
}

// Next reads a row of the sheet.
func (s *sheet) Next() (row []string, number int, err error) {
	defer func() {
		if p := recover(); p != nil {
			row, err = nil, errors.Join(ErrNone, fmt.Errorf("read a spreadsheet: %v", p))
		}
	}()
	if !s.rows.Next() {
		if err := s.rows.Error(); err != nil {
			return nil, 0, errors.Join(ErrNone, err)
		}
		return nil, 0, io.EOF
	}
	s.number++
	row, err = s.rows.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, 0, errors.Join(ErrNone, err)
	}
	if s.days != nil {
		if err := s.days.fill(row); err != nil {
			return nil, 0, errors.Join(ErrNone, err)
		}
	}
	return bounded(row), s.number, nil
}

// Close lets go of the file.
func (s *sheet) Close() error {
	if s.days != nil {
		return errors.Join(s.days.rows.Close(), s.rows.Close(), s.file.Close())
	}
	return errors.Join(s.rows.Close(), s.file.Close())
}

// lines is a CSV file.
type lines struct {
	r      *csv.Reader
	number int
}

func openCSV(r io.Reader) (Table, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(64 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("read a file's begin: %w", err)
	}
	var decoded io.Reader = b
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		decoded = transform.NewReader(b, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		_, _ = b.Discard(3) // it was peeked at
	case wide(head):
		decoded = transform.NewReader(b, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder())
	case bytes.IndexByte(head, 0) >= 0:
		return nil, ErrNone
	case !utf8.Valid(wholeRunes(head)):
		decoded = transform.NewReader(b, charmap.Windows1252.NewDecoder())
	}
	text := bufio.NewReaderSize(decoded, 64<<10)
	sample, err := text.Peek(8 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, errors.Join(ErrNone, err)
	}
	c := csv.NewReader(text)
	c.Comma, c.LazyQuotes, c.FieldsPerRecord, c.ReuseRecord = comma(string(sample)), true, -1, true
	return &lines{r: c}, nil
}

// wide tells UTF-16 without a mark at its begin: every second byte of Latin text is zero.
func wide(head []byte) bool {
	zeros := 0
	for i := 1; i < len(head) && i < 64; i += 2 {
		if head[i] == 0 {
			zeros++
		}
	}
	return zeros > 8 || len(head) >= 4 && zeros == min(len(head), 64)/2
}

// wholeRunes leaves away a rune that the end of the buffer cuts.
func wholeRunes(b []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(b); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// commas may stand between the cells of a CSV file.
const commas = ",;\t|"

// comma is what stands between the cells in most of the first lines, and of several such what stands there most often: a
// title above the columns may have a comma, too. Excel writes ; where the comma is for decimals.
func comma(sample string) rune {
	if first, _, ok := strings.Cut(sample, "\n"); ok && strings.HasPrefix(strings.ToLower(first), "sep=") && len(first) >= 5 {
		return rune(first[4])
	}
	var lines, signs [len(commas)]int
	seen := [len(commas)]bool{}
	quoted, line := false, 0
	for _, r := range sample {
		if r == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if r == '\n' {
			if line++; line == ahead {
				break
			}
			seen = [len(commas)]bool{}
		}
		i := strings.IndexRune(commas, r)
		if i < 0 {
			continue
		}
		signs[i]++
		if !seen[i] {
			seen[i] = true
			lines[i]++
		}
	}
	best := 0
	for i := range commas {
		if lines[i] > lines[best] || lines[i] == lines[best] && signs[i] > signs[best] {
			best = i
		}
	}
	return rune(commas[best])
}

// Next reads a row.
func (l *lines) Next() ([]string, int, error) {
	for {
		row, err := l.r.Read()
		if errors.Is(err, io.EOF) {
			return nil, 0, io.EOF
		}
		if err != nil {
			return nil, 0, errors.Join(ErrNone, err)
		}
		l.number++
		if l.number == 1 && strings.HasPrefix(strings.ToLower(row[0]), "sep=") {
			continue
		}
		return bounded(row), l.number, nil
	}
}

// Close does nothing; the reader is the caller's.
func (l *lines) Close() error { return nil }

// bounded cuts what no contact has.
func bounded(row []string) []string {
	if len(row) > maxColumns {
		row = row[:maxColumns]
	}
	for i, c := range row {
		if len(c) > maxCell {
			row[i] = strings.ToValidUTF8(c[:maxCell], "")
		} else if !utf8.ValidString(c) {
			row[i] = strings.ToValidUTF8(c, "\ufffd")
		}
	}
	return row
}

// Harmless keeps a spreadsheet from running a text as a formula.
func Harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(s[0])) {
		return "'" + s
	}
	// Full-width signs are run by some spreadsheets, too.
	for _, sign := range []string{"＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, sign) {
			return "'" + s
		}
	}
	return s
}
