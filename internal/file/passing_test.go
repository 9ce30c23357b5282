package file_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	drawing "image/png"
	"os"
	"testing"

	"github.com/pingcrm/pingcrm/internal/file"
)

// Bytes that pass by are drawn by a page under the same conditions as those that are kept.
func TestOnlyHarmlessPicturesPassToBeDrawn(t *testing.T) {
	t.Parallel()
	var small bytes.Buffer
	if err := drawing.Encode(&small, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	huge := bytes.Clone(small.Bytes())
	copy(huge[16:24], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65,536 pixels wide and high, as its header says
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	lost := errors.New("gone")
	for name, c := range map[string]struct {
		data []byte
		err  error
		want error
	}{
		"a picture":             {small.Bytes(), nil, nil},
		"one of many points":    {huge, nil, file.ErrNotShown},
		"no picture":            {[]byte("<svg onload=alert(1)>"), nil, file.ErrNotShown},
		"nothing":               {nil, nil, file.ErrNotShown},
		"what can't be fetched": {nil, lost, lost},
	} {
		served, err := file.PassingShown("image/png", "", func(to *os.File) error {
			_, _ = to.Write(c.data)
			return c.err
		})
		if !errors.Is(err, c.want) || (err == nil) != (served != nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
