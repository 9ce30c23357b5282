package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/appstate"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/device"
)

// maxPicture bounds a profile picture: the network's are at most 640 pixels wide.
const maxPicture = 1 << 20

var (
	errPictureHost   = errors.New("the picture's address is not the network's")
	errPictureAnswer = errors.New("the picture could not be fetched")
)

// PictureOf fetches the profile picture of a person or a group from WhatsApp's own hosts.
func (s *session) PictureOf(ctx context.Context, who device.Peer, known string) (device.Picture, error) {
	jid, ok := jidOf(who)
	if !ok {
		return device.Picture{}, device.ErrUnregistered.WithCause(errNoAddress)
	}
	info, err := s.client.GetProfilePictureInfo(ctx, jid, &whatsmeow.GetProfilePictureParams{ExistingID: known})
	switch {
	case errors.Is(err, whatsmeow.ErrProfilePictureNotSet), errors.Is(err, whatsmeow.ErrProfilePictureUnauthorized):
		return device.Picture{}, device.ErrNoPicture.WithCause(err)
	case err != nil:
		return device.Picture{}, failed("ask for a picture", err)
	case info == nil || info.ID == known && known != "":
		return device.Picture{ID: known}, nil
	}
	data, err := s.fetchPicture(ctx, info.URL)
	if err != nil {
		return device.Picture{}, err
	}
	return device.Picture{ID: text(info.ID, maxName), Data: data}, nil
}

// fetchPicture gets what the network named; never from anybody else's host, and never through a redirection.
func (s *session) fetchPicture(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Port() != "" || u.User != nil || !strings.HasSuffix(u.Hostname(), ".whatsapp.net") {
		return nil, errPictureHost
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPictureAnswer, err)
	}
	client := *s.mediaClient()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return errPictureHost }
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPictureAnswer, err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxPicture+1))
	switch {
	case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone || resp.StatusCode == http.StatusForbidden:
		return nil, device.ErrNoPicture
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%w: %s", errPictureAnswer, resp.Status)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errPictureAnswer, err)
	case len(data) == 0 || len(data) > maxPicture:
		return nil, fmt.Errorf("%w: it has %d bytes or more", errPictureAnswer, len(data))
	}
	return data, nil
}

// mediaClient is the HTTP client that the session fetches files with.
func (s *session) mediaClient() *http.Client { return s.clients.media }

// OwnProfile asks what the account shows.
func (s *session) OwnProfile(ctx context.Context) (device.OwnProfile, error) {
	own := s.client.Store.GetJID().ToNonAD()
	found, err := s.client.GetUserInfo(ctx, []types.JID{own})
	if err != nil {
		return device.OwnProfile{}, failed("ask for the own profile", err)
	}
	return device.OwnProfile{
		Name: text(s.client.Store.PushName, maxName), About: text(found[own].Status, maxName), PictureID: text(found[own].PictureID, maxName),
	}, nil
}

// EditOwn changes the account's name and about text; the phone shows both at once.
func (s *session) EditOwn(ctx context.Context, c device.OwnChange) error {
	if c.Name != nil {
		if err := s.writeState(ctx, appstate.BuildSettingPushName(*c.Name)); err != nil {
			return failed("change the name", err)
		}
		// The network tells others the name that comes with the presence.
		if err := s.client.SendPresence(ctx, s.presence()); err != nil {
			return failed("tell the name", err)
		}
	}
	if c.About != nil {
		if err := s.client.SetStatusMessage(ctx, types.SetStatusInput{Text: c.About}); err != nil {
			return failed("change the about text", err)
		}
	}
	return nil
}

// PaintOwn changes or removes the account's picture.
func (s *session) PaintOwn(ctx context.Context, jpeg []byte) error {
	if len(jpeg) == 0 {
		jpeg = nil // what the library takes for a removal
	}
	_, err := s.client.SetGroupPhoto(ctx, types.EmptyJID, jpeg)
	if errors.Is(err, whatsmeow.ErrInvalidImageFormat) {
		return device.ErrPictureFormat.WithCause(err)
	}
	return failed("change the picture", err)
}

var (
	_ device.Portraitist = (*session)(nil)
	_ device.OwnProfiler = (*session)(nil)
	_ device.OwnEditor   = (*session)(nil)
	_ device.OwnPainter  = (*session)(nil)
)
