package file

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"

	"github.com/pingcrm/pingcrm/internal/kit/blob"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/outbound"
	"github.com/pingcrm/pingcrm/internal/kit/scratch"
)

// The faults of fetching a file from an address.
var (
	ErrUnreachable = fault.New(fault.Invalid, "url_unreachable", fault.Text{
		ID: "Berkas di alamat ini tidak bisa diambil (%s). Periksa alamatnya, atau unggah berkasnya.",
		EN: "The file at this address could not be fetched (%s). Check the address, or upload the file.",
	}).WithField("url")
	errNoFetch = errors.New("this service fetches nothing")
)

// maxFetches is how many files are fetched at a time; each may take MaxSize on the disk until it is known.
const maxFetches = 4

// NewFetching makes a service that fetches files from addresses that users gave, too: by a client that reaches nothing of
// our own network.
func NewFetching(d *db.DB, blobs blob.Store, o *outbound.Outbound) *Service {
	s := New(d, blobs)
	s.client, s.check, s.fetches = o.Client(), o.Check, make(chan struct{}, maxFetches)
	return s
}

// Fetch keeps the file at an address and returns its id. What the answer says of its type is not believed, and no more
// than MaxSize is read. ErrUnreachable, ErrTooLarge, and the faults of outbound.Check.
func (s *Service) Fetch(ctx context.Context, workspaceID, address string) (fileID string, err error) {
	if s.client == nil {
		return "", errNoFetch
	}
	if err := s.check(address); err != nil {
		return "", inURL(err)
	}
	select {
	case s.fetches <- struct{}{}:
		defer func() { <-s.fetches }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", outbound.ErrURL.WithField("url").WithCause(err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		if outbound.Blocked(err) {
			return "", outbound.ErrPrivate.WithField("url").WithCause(err)
		}
		return "", ErrUnreachable.Withf("tidak menjawab / no answer").WithCause(err)
	}
	defer func() { _ = resp.Body.Close() }()
	switch {
	case resp.StatusCode != http.StatusOK:
		return "", ErrUnreachable.Withf("HTTP " + strconv.Itoa(resp.StatusCode))
	case resp.ContentLength > MaxSize:
		return "", ErrTooLarge.WithField("url")
	}
	f, err := s.spool(ctx, workspaceID, nameOf(resp.Request.URL), resp.Body)
	return f.ID, err
}

// spool keeps what r has, by way of a temporary file.
func (s *Service) spool(ctx context.Context, workspaceID, name string, r io.Reader) (File, error) {
	tmp, err := scratch.New()
	if err != nil {
		return File{}, err
	}
	defer func() { _ = tmp.Close() }()
	n, err := io.Copy(tmp, io.LimitReader(r, MaxSize+1))
	switch {
	case n > MaxSize:
		return File{}, ErrTooLarge.WithField("url")
	case err != nil:
		return File{}, ErrUnreachable.Withf("terputus / broken off").WithCause(err)
	case n == 0:
		return File{}, ErrEmpty.WithField("url")
	}
	return s.AddFrom(ctx, workspaceID, name, tmp)
}

// nameOf is the last part of an address's path.
func nameOf(u *url.URL) string { return path.Base(u.Path) }

// inURL names the field of a fault that has none.
func inURL(err error) error {
	if f, ok := fault.From(err); ok {
		return f.WithField("url")
	}
	return err
}
