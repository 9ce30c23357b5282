package whatsapp

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/pingcrm/pingcrm/internal/kit/scratch"
)

// Bounds of one piece of history. A phone sends some thousand messages at a time, which are a few MiB; the library
// unpacks whatever comes, and a thousandth of a piece may be as large as the piece unpacked.
const (
	maxPiece        = 64 << 20 // bytes, packed as well as unpacked
	maxPieceEntries = 100_000  // chats and messages, each of which is about a KiB in memory however small it was
)

// errPieceTooLarge says that a piece of history is larger than any phone would send.
var errPieceTooLarge = errors.New("a piece of history is too large")

// piece brings a piece of history, looks how large it is, and only then has the library read it.
func (c *conn) piece(ctx context.Context, n *waE2E.HistorySyncNotification) (*waHistorySync.HistorySync, error) {
	packed := n.GetInitialHistBootstrapInlinePayload()
	if packed == nil {
		var err error
		if packed, err = c.fetchPiece(ctx, n); err != nil {
			return nil, fmt.Errorf("download history: %w", err)
		}
	}
	if err := weighPiece(packed); err != nil {
		return nil, fmt.Errorf("unpack history: %w", err)
	}
	data, err := c.client.DownloadHistorySync(ctx, &waE2E.HistorySyncNotification{InitialHistBootstrapInlinePayload: packed}, true)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return data, nil
}

func (c *conn) fetchPiece(ctx context.Context, n *waE2E.HistorySyncNotification) ([]byte, error) {
	tmp, err := scratch.New()
	if err != nil {
		return nil, err
	}
	defer func() { _ = tmp.Close() }()
	if err := c.client.DownloadToFile(ctx, n, &bounded{File: tmp, end: maxPiece + 64}); err != nil {
		if errors.Is(err, errTooLarge) {
			return nil, errors.Join(errPieceTooLarge, err)
		}
		return nil, err
	}
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return io.ReadAll(tmp)
}

// weighPiece refuses a piece that would need much more memory than history does. It keeps nothing of it.
func weighPiece(packed []byte) error {
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	s := scale{Reader: bufio.NewReader(z)}
	err = s.weigh(maxPiece+1, 2)
	if s.read > maxPiece || s.entries > maxPieceEntries {
		return errPieceTooLarge
	}
	return err
}

// listField is the number of a piece's list of chats, and of a chat's list of messages.
const listField = 2

// errNoPiece says that what was unpacked is no message of the protocol.
var errNoPiece = errors.New("it is no history")

// scale reads a piece once, and counts.
type scale struct {
	*bufio.Reader
	read    int64
	entries int
}

// ReadByte is io.ByteReader's.
func (s *scale) ReadByte() (byte, error) {
	s.read++
	return s.Reader.ReadByte()
}

func (s *scale) skip(n uint64) error {
	if n > maxPiece {
		s.read += maxPiece + 1
		return errPieceTooLarge
	}
	s.read += int64(n)
	_, err := s.Discard(int(n))
	return err
}

// weigh counts a message's list and, depth times deep, those of its entries, until end bytes are read or there are no more.
func (s *scale) weigh(end int64, depth int) error {
	for s.read < end {
		if _, err := s.Peek(1); errors.Is(err, io.EOF) {
			return nil
		}
		tag, err := binary.ReadUvarint(s)
		if err != nil {
			return err
		}
		switch field, kind := protowire.DecodeTag(tag); kind {
		case protowire.VarintType:
			_, err = binary.ReadUvarint(s)
		case protowire.Fixed64Type:
			err = s.skip(8)
		case protowire.Fixed32Type:
			err = s.skip(4)
		case protowire.BytesType:
			err = s.field(field == listField, depth)
		default:
			err = errNoPiece
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *scale) field(list bool, depth int) error {
	size, err := binary.ReadUvarint(s)
	if err != nil || !list {
		return errors.Join(err, s.skip(size))
	}
	if s.entries++; s.entries > maxPieceEntries || size > maxPiece {
		return errPieceTooLarge
	}
	if depth == 1 {
		return s.skip(size)
	}
	return s.weigh(s.read+int64(size), depth-1)
}
