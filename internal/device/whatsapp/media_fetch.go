package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waMmsRetry"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/scratch"
)

// retryPatience is how long the account's phone has to upload a file again. A phone that is off does not answer at all.
const retryPatience = 20 * time.Second

// Download fetches the file of a message that was received, and checks it against the hashes in the message.
func (s *session) Download(ctx context.Context, m device.Media) ([]byte, error) {
	if m.Size > maxInMemory {
		return nil, errTooLarge
	}
	tmp, err := scratch.New()
	if err != nil {
		return nil, err
	}
	defer func() { _ = tmp.Close() }()
	if err := s.fetch(ctx, m, tmp.File, maxInMemory); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read a fetched file: %w", err)
	}
	if _, err := b.ReadFrom(tmp); err != nil {
		return nil, fmt.Errorf("read a fetched file: %w", err)
	}
	return b.Bytes(), nil
}

// DownloadTo is Download of what need not fit into memory.
func (s *session) DownloadTo(ctx context.Context, m device.Media, to *os.File) error {
	if m.Size > maxDownload {
		return errTooLarge
	}
	return s.fetch(ctx, m, to, maxDownload)
}

// fetch brings a file from the network's media hosts. What these have thrown away, the account's phone is asked to upload
// again.
func (s *session) fetch(ctx context.Context, m device.Media, to *os.File, limit int64) error {
	r, mediaType, err := readRemote(m.Remote)
	if err != nil {
		return err
	}
	err = s.fetchFrom(ctx, r, mediaType, to, limit)
	if gone(err) && r.Of != nil {
		if r.Path, err = s.uploadedAgain(ctx, r, err); err == nil {
			err = s.fetchFrom(ctx, r, mediaType, to, limit)
		}
	}
	if gone(err) {
		return device.ErrMediaGone.WithCause(err)
	}
	return err
}

func (s *session) fetchFrom(ctx context.Context, r remote, mediaType whatsmeow.MediaType, to *os.File, limit int64) error {
	if err := to.Truncate(0); err != nil {
		return fmt.Errorf("empty a file: %w", err)
	}
	if _, err := to.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("go to a file's begin: %w", err)
	}
	// Padding and the authentication code come on top of the file itself.
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	b := &bounded{File: to, end: limit + 64, stop: stop}
	err := s.client.DownloadMediaWithPathToFile(ctx, r.Path, r.EncSHA256, r.SHA256, r.Key, mediaType, "", false, b)
	if b.failed != nil { // the library takes it for the network's failure
		err = b.failed
	}
	if err != nil {
		return fmt.Errorf("download media: %w", err)
	}
	return nil
}

// bounded is a file that takes no more than it should: what the network sends may be larger than what it said.
type bounded struct {
	whatsmeow.File // no *os.File: its ReadFrom and WriteString, which io.Copy prefers, would go past Write

	end    int64
	stop   context.CancelFunc // nil: there is nothing to stop
	failed error              // why it takes no more; trying again does not help
}

// Write fails at the end, and stops the download when it fails.
func (b *bounded) Write(p []byte) (n int, err error) {
	defer func() {
		if err != nil {
			b.failed = err
			if b.stop != nil {
				b.stop()
			}
		}
	}()
	at, err := b.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	if at+int64(len(p)) > b.end {
		return 0, errTooLarge
	}
	return b.File.Write(p)
}

// gone reports whether a media host has no such file any more.
func gone(err error) bool {
	for _, e := range []error{whatsmeow.ErrMediaDownloadFailedWith403, whatsmeow.ErrMediaDownloadFailedWith404, whatsmeow.ErrMediaDownloadFailedWith410} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// uploadedAgain asks the account's phone for a file and returns where it lies now. was is why it has to be asked, and what
// is returned when the phone does not help.
func (s *session) uploadedAgain(ctx context.Context, r remote, was error) (path string, err error) {
	info, err := r.Of.info()
	if err != nil {
		return "", was
	}
	ctx, cancel := context.WithTimeout(ctx, retryPatience)
	defer cancel()
	answer, done := s.retries.wait(info.ID)
	defer done()
	if err := s.client.SendMediaRetryReceipt(ctx, info, r.Key); err != nil {
		return "", fmt.Errorf("ask the phone for a file: %w", err)
	}
	select {
	case e := <-answer:
		n, err := whatsmeow.DecryptMediaRetryNotification(e, r.Key)
		if err != nil || n.GetResult() != waMmsRetry.MediaRetryNotification_SUCCESS || n.GetStanzaID() != info.ID {
			return "", errors.Join(was, err)
		}
		return n.GetDirectPath(), nil
	case <-ctx.Done():
		return "", was
	}
}

func (o *origin) info() (*types.MessageInfo, error) {
	chat, err := types.ParseJID(o.Chat)
	if err != nil {
		return nil, err
	}
	sender := chat
	if o.Sender != "" {
		if sender, err = types.ParseJID(o.Sender); err != nil {
			return nil, err
		}
	}
	return &types.MessageInfo{ID: o.ID, MessageSource: types.MessageSource{
		Chat: chat, Sender: sender, IsFromMe: o.FromMe, IsGroup: chat.Server == types.GroupServer,
	}}, nil
}

// mediaRetries are those who wait for the phone's answers, by message. The zero value is ready.
type mediaRetries struct {
	mu      sync.Mutex
	waiting map[string][]chan *events.MediaRetry
}

// wait returns where the answer comes; done takes the waiting back.
func (r *mediaRetries) wait(id string) (answer <-chan *events.MediaRetry, done func()) {
	ch := make(chan *events.MediaRetry, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == nil {
		r.waiting = map[string][]chan *events.MediaRetry{}
	}
	r.waiting[id] = append(r.waiting[id], ch)
	return ch, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		var left []chan *events.MediaRetry
		for _, c := range r.waiting[id] {
			if c != ch {
				left = append(left, c)
			}
		}
		if r.waiting[id] = left; len(left) == 0 {
			delete(r.waiting, id)
		}
	}
}

// told hands an answer to everybody who waits for it; an answer that nobody waits for is forgotten.
func (r *mediaRetries) told(e *events.MediaRetry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.waiting[e.MessageID] {
		select {
		case c <- e:
		default:
		}
	}
}

var (
	_ device.Downloader     = (*session)(nil)
	_ device.FileDownloader = (*session)(nil)
)
