package table

import (
	"slices"
	"strconv"
	"strings"
)

// ahead is how many rows are looked at for the one that names the columns.
const ahead = 20

// headed begins with the row that names the columns: people write a title, a date or an address above it.
type headed struct {
	Table
	looked bool
	rows   []numbered // read ahead, not given out yet
	err    error      // what ended the reading ahead
}

// numbered is a row with its number in the file.
type numbered struct {
	cells []string
	at    int
}

// Next reads a row.
func (h *headed) Next() ([]string, int, error) {
	if !h.looked {
		h.looked = true
		h.look()
	}
	if len(h.rows) > 0 {
		r := h.rows[0]
		h.rows = h.rows[1:]
		return r.cells, r.at, nil
	}
	if h.err != nil {
		return nil, 0, h.err
	}
	return h.Table.Next()
}

// look reads ahead and forgets what stands above the columns' names.
func (h *headed) look() {
	for len(h.rows) < ahead {
		cells, at, err := h.Table.Next()
		if err != nil {
			h.err = err
			break
		}
		if filled(cells) > 0 {
			h.rows = append(h.rows, numbered{slices.Clone(cells), at})
		}
	}
	h.rows = h.rows[headOf(h.rows):]
}

// headOf is the first row that fills most of the columns, and stands above all that have a number in them. Where there
// is none, it is the first row.
func headOf(rows []numbered) int {
	widest := 0
	for _, r := range rows {
		widest = max(widest, filled(r.cells))
	}
	for i, r := range rows {
		n := filled(r.cells)
		if n > 1 && slices.ContainsFunc(r.cells, long) {
			break
		}
		if 2*n > widest {
			return i
		}
	}
	return 0
}

func filled(cells []string) (n int) {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

// long tells a number as people have it, 0812-…, also one that a spreadsheet has shortened to 8.12E+10.
func long(cell string) bool {
	digits := 0
	for _, c := range cell {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
	return digits >= 7 || err == nil && f >= 1e7
}
