package table

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"hash/crc32"
	"io"
)

// piece is how much of a bomb is packed; it is repeated as often as needed.
const piece = 1 << 20

// blanks writes n bytes of blanks, a whole number of pieces, as a part of a ZIP file. Packing all of them would take a minute.
func blanks(z *zip.Writer, name string, n int64) error {
	var packed bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return err
	}
	body := bytes.Repeat([]byte(" "), piece)
	if _, err := deflate.Write(body); err != nil {
		return err
	}
	if err := deflate.Flush(); err != nil { // what is before is whole by itself
		return err
	}
	one := bytes.Clone(packed.Bytes())
	packed.Reset()
	if err := deflate.Close(); err != nil {
		return err
	}
	sum := crc32.NewIEEE()
	for range n / piece {
		_, _ = sum.Write(body)
	}
	h := &zip.FileHeader{
		Name: name, Method: zip.Deflate, CRC32: sum.Sum32(),
		UncompressedSize64: uint64(n), CompressedSize64: uint64(int64(len(one))*(n/piece) + int64(packed.Len())),
	}
	w, err := z.CreateRaw(h)
	if err != nil {
		return err
	}
	for range n / piece {
		if _, err := w.Write(one); err != nil {
			return err
		}
	}
	_, err = w.Write(packed.Bytes())
	return err
}

// bomb writes a workbook whose sheet unpacks to n bytes, a whole number of pieces.
func bomb(w io.Writer, n int64) error {
	z := zip.NewWriter(w)
	for name, body := range map[string]string{
		"[Content_Types].xml":        `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`,
		"xl/workbook.xml":            `<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets><sheet name="a" sheetId="1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>`,
	} {
		f, err := z.Create(name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, body); err != nil {
			return err
		}
	}
	if err := blanks(z, "xl/worksheets/sheet1.xml", n); err != nil {
		return err
	}
	return z.Close()
}
