package importer

import (
	"slices"
	"strings"

	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// mendsAtMost is how many rows of a file can be mended; who has more mends the file.
const mendsAtMost = 1000

// ErrMends is for rows that are mended and not there, or mended twice.
var ErrMends = fault.New(fault.Invalid, "import_mends", fault.Text{
	ID: "Tiap baris hanya bisa dibetulkan sekali, dengan nomor, nama, atau dilewati.",
	EN: "A row can be mended once, with a number, a name, or by leaving it out.",
}).WithField("mends")

// Mend is what a person wants of one row instead of what the file says: another number, another name, or that it is left
// out. What is empty stays as the file has it. The row is judged as any other.
type Mend struct {
	Row     int    `json:"row"`
	Phone   string `json:"phone,omitempty"`
	Name    string `json:"name,omitempty"`
	LeftOut bool   `json:"left_out,omitempty"`
}

// mendsOf are the mends by their rows, tidied. ErrMends.
func mendsOf(list []Mend) (map[int]Mend, error) {
	if len(list) > mendsAtMost {
		return nil, ErrMends
	}
	out := make(map[int]Mend, len(list))
	for _, m := range list {
		m.Phone, m.Name = strings.TrimSpace(db.Text(m.Phone)), strings.TrimSpace(db.Text(m.Name))
		_, again := out[m.Row]
		if again || m.Row < 1 || m.Phone == "" && m.Name == "" && !m.LeftOut {
			return nil, ErrMends
		}
		out[m.Row] = m
	}
	return out, nil
}

// apply puts a mend over a row's cells: what is mended stands in the first column of its kind, and the others of that kind
// are empty.
func (m Mend) apply(cells, columns []string) []string {
	if m.Phone == "" && m.Name == "" {
		return cells
	}
	cells = slices.Clone(cells)
	for len(cells) < len(columns) {
		cells = append(cells, "")
	}
	phone, name := m.Phone, m.Name
	for at, to := range columns {
		switch {
		case to == toPhone && m.Phone != "":
			cells[at], phone = phone, ""
		case to == toName && m.Name != "":
			cells[at], name = name, ""
		}
	}
	return cells
}
