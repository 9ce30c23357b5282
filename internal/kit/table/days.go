package table

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// days gives the cells of a sheet as people see them, to tell those that are dates: in the file they are numbers like any
// other, 45404 for 22 April 2024.
type days struct{ rows *excelize.Rows }

// daysOf is nil for a workbook in which nothing is formatted as a date, which is then read once.
func daysOf(f *excelize.File, sheet string) (*days, error) {
	if !hasDates(f) {
		return nil, nil //nolint:nilnil // nothing to tell
	}
	rows, err := f.Rows(sheet)
	if err != nil {
		return nil, err
	}
	return &days{rows}, nil
}

// mostStyles is how many styles of a workbook are looked at.
const mostStyles = 5000

func hasDates(f *excelize.File) bool {
	for i := range mostStyles {
		style, err := f.GetStyle(i)
		if err != nil {
			return false // there are no more
		}
		n := style.NumFmt
		if n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 50 && n <= 58 {
			return true
		}
		if c := style.CustomNumFmt; c != nil && strings.ContainsAny(strings.ToLower(*c), "yd") {
			return true
		}
	}
	return false
}

// fill puts dates in the place of the numbers of the next row that are shown as such.
func (d *days) fill(row []string) error {
	if !d.rows.Next() {
		return d.rows.Error()
	}
	shown, err := d.rows.Columns(excelize.Options{})
	if err != nil {
		return err
	}
	for i, cell := range row {
		if i < len(shown) && shown[i] != cell {
			if day, ok := dayOf(cell, shown[i]); ok {
				row[i] = day
			}
		}
	}
	return nil
}

// dayOf is the date that a number stands for, as 2006-01-02, with the time where it has one; false for a number that is not
// shown as a date, so of which at least two of day, month and year are to be seen.
func dayOf(raw, shown string) (string, bool) {
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || n < 1 || n > 200_000 {
		return "", false
	}
	t, err := excelize.ExcelDateToTime(n, false)
	if err != nil {
		return "", false
	}
	t = t.Round(time.Second)
	parts := strings.FieldsFunc(shown, func(r rune) bool { return r < '0' || r > '9' })
	has := func(layouts ...string) int {
		for _, l := range layouts {
			if slices.Contains(parts, t.Format(l)) {
				return 1
			}
		}
		return 0
	}
	month := has("1", "01")
	if strings.ContainsFunc(shown, func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }) {
		month = 1
	}
	if has("2006", "06")+month+has("2", "02") < 2 {
		return "", false
	}
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return t.Format(time.DateOnly), true
	}
	return t.Format(time.DateTime), true
}
