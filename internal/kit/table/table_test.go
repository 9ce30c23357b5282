package table

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/unicode"
)

// all reads a file to its end.
func all(data []byte) (rows [][]string, err error) {
	t, err := Open(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	defer t.Close()
	for {
		row, _, err := t.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, append([]string(nil), row...))
	}
}

func utf16(t *testing.T, e unicode.Endianness, b unicode.BOMPolicy, s string) string {
	t.Helper()
	out, err := unicode.UTF16(e, b).NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTablesAsProgramsSaveThem(t *testing.T) {
	t.Parallel()
	want := [][]string{{"nama", "hp"}, {"Café; Ñ", "0812"}}
	plain := "nama,hp\n\"Café; Ñ\",0812\n"
	for name, body := range map[string]string{
		"comma":             plain,
		"semicolon":         "nama;hp\r\n\"Café; Ñ\";0812\r\n",
		"tab":               "nama\thp\nCafé; Ñ\t0812",
		"bar":               "nama|hp\nCafé; Ñ|0812\n",
		"sep=":              "sep=;\nnama;hp\n\"Café; Ñ\";0812\n",
		"BOM":               "\ufeff" + plain,
		"UTF-16 LE":         utf16(t, unicode.LittleEndian, unicode.UseBOM, plain),
		"UTF-16 BE":         utf16(t, unicode.BigEndian, unicode.UseBOM, plain),
		"UTF-16 of no mark": utf16(t, unicode.LittleEndian, unicode.IgnoreBOM, plain),
		"Windows-1252":      "nama,hp\n\"Caf\xe9; \xd1\",0812\n",
	} {
		got, err := all([]byte(body))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestTheFirstRowNamesTheColumns(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]struct{ body, want string }{
		"nothing above":             {"nama,hp\nBudi,0812345678\n", "nama|hp"},
		"a title":                   {"DATA PELANGGAN\n\nnama,hp\nBudi,0812345678\n", "nama|hp"},
		"a title of semicolons":     {"DATA PELANGGAN;;\nper 28 November;;\nNo;Nama;HP\n1;Budi;0812345678\n", "No|Nama|HP"},
		"a title, then semicolons":  {"DATA PELANGGAN\nNo;Nama;HP\n1;Budi;0812345678\n", "No|Nama|HP"},
		"a title with a comma":      {"Pelanggan, per 28 November\nNama;HP\nBudi;0812345678\n", "Nama|HP"},
		"commas in all addresses":   {"Nama;HP;Alamat\nBudi;0812345678;Jl. Braga 1, Bandung\nAni;0812345679;Jl. Riau 2, RT 3, Garut\n", "Nama|HP|Alamat"},
		"decimals with a comma":     {"Nama;HP;Sisa\nBudi;0812345678;1,5\nAni;0812345679;2,5\n", "Nama|HP|Sisa"},
		"semicolons in a text":      {"Nama,HP,Catatan\nBudi,0812345678,teh; kopi; susu\n", "Nama|HP|Catatan"},
		"a shop's number above":     {"Toko Braga,,\nWA 0812-3456-7890,,\nNo,Nama,HP\n1,Budi,0812345678\n", "No|Nama|HP"},
		"a line of two above":       {"Cabang:,Braga,,\nNo,Nama,HP,Kota\n1,Budi,0812345678,Garut\n", "No|Nama|HP|Kota"},
		"one column":                {"hp\n0812345678\n0812345679\n", "hp"},
		"columns without a name":    {"nama,hp,,,,\nBudi,0812345678,a,b,c,d\nAni,,a,b,c,d\n", "nama|hp||||"},
		"one name for many columns": {"hp,,\n8.12E+10,a,b\nAni,a,b\n", "hp||"},
		"only names":                {"nama,hp\n", "nama|hp"},
	} {
		got, err := all([]byte(file.body))
		if err != nil || len(got) == 0 || strings.Join(got[0], "|") != file.want {
			t.Errorf("%s: %v %q, want %s first", name, err, got, file.want)
		}
	}
}

// workbook makes a spreadsheet of rows.
func workbook(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow("Sheet1", at, &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A number cell of a spreadsheet has all its digits, however it is shown.
func TestSpreadsheetsGiveTheirNumbersWhole(t *testing.T) {
	t.Parallel()
	rows, err := all(workbook(t, []any{"nama", "hp"}, []any{"Sari", 6281290641111}, []any{"Budi", "0812"}, []any{"Tono", 81290641111.0}))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]string{1: "6281290641111", 3: "81290641111"} {
		if got := rows[i][1]; got != want {
			t.Errorf("row %d is read as %q, want %q", i, got, want)
		}
	}
	if rows[2][1] != "0812" {
		t.Errorf("a text is read as %q", rows[2][1])
	}
}

// Dates of a spreadsheet are dates, in whatever form they are shown; numbers that look like one of its days stay numbers.
func TestSpreadsheetsGiveTheirDates(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	defer f.Close()
	put := func(cell string, value any, format any) {
		t.Helper()
		style := excelize.Style{}
		switch v := format.(type) {
		case int:
			style.NumFmt = v
		case string:
			style.CustomNumFmt = &v
		}
		id, err := f.NewStyle(&style)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.SetCellValue("Sheet1", cell, value), f.SetCellStyle("Sheet1", cell, cell, id)); err != nil {
			t.Fatal(err)
		}
	}
	put("A1", "nama", 0)
	put("B1", "nilai", 0)
	want := []string{}
	for i, c := range []struct {
		value  any
		format any
		want   string
	}{
		{45404, 14, "2024-04-22"},
		{45404, "dd/mm/yyyy", "2024-04-22"},
		{45404, "[$-421]dd mmmm yyyy", "2024-04-22"},
		{45404, "d-mmm", "2024-04-22"},
		{45404.75, "dd/mm/yyyy hh:mm", "2024-04-22 18:00:00"},
		{45404, 0, "45404"},
		{45404, "#,##0", "45404"},
		{45404, "\"Rp\"#,##0.00", "45404"},
		{0.45, 10, "0.45"},
		{6281290641111, 0, "6281290641111"},
		{"22/04/2024", 0, "22/04/2024"},
	} {
		put(fmt.Sprint("A", i+2), "Sari", 0)
		put(fmt.Sprint("B", i+2), c.value, c.format)
		want = append(want, c.want)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := all(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, row := range rows[1:] {
		got = append(got, row[1])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatIsNoTable(t *testing.T) {
	t.Parallel()
	sheet := workbook(t, []any{"a"}, []any{"b"})
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"a picture":       {"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x01", ErrNone},
		"an old workbook": {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ErrOld},
		"a torn workbook": {string(sheet[:len(sheet)/2]), ErrNone},
		"a bare zip":      {"PK\x03\x04" + strings.Repeat("x", 100), ErrNone},
	} {
		if rows, err := all([]byte(c.body)); !errors.Is(err, c.want) {
			t.Errorf("%s: got %d rows, %v; want %v", name, len(rows), err, c.want)
		}
	}
}

// A workbook of a few kilobytes that unpacks to more than there may be is refused before it fills anything.
func TestAZipBombIsRefused(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := bomb(&b, maxUnzip+(1<<20)); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 4<<20 {
		t.Fatalf("the bomb has %d bytes, it is none", b.Len())
	}
	if _, err := all(b.Bytes()); !errors.Is(err, ErrNone) {
		t.Errorf("got %v, want ErrNone", err)
	}
	b.Reset() // and it is a bomb, not a broken file
	if err := bomb(&b, 3*piece); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, f); n != 3*piece || err != nil {
		t.Errorf("a small one unpacks to %d bytes, %v", n, err)
	}
}

// FuzzTable: whatever bytes come, reading them ends, with rows that are bounded or an error.
func FuzzTable(f *testing.F) {
	f.Add([]byte("nama;hp\n\"a\";0812\n"))
	f.Add([]byte("\xff\xfen\x00a\x00,\x00"))
	f.Add([]byte("sep=;\n"))
	f.Add([]byte("sep="))
	f.Add(workbook(f, []any{"nama", "hp"}, []any{"x", 1.5}))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := all(data)
		for _, row := range rows {
			if len(row) > maxColumns || len(strings.Join(row, "")) > maxColumns*maxCell {
				t.Errorf("a row of %d cells, %v", len(row), err)
			}
		}
	})
}
