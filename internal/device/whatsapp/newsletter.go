package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/device"
)

// newsletterJID reads a newsletter's address.
func newsletterJID(id string) (types.JID, error) {
	jid, err := types.ParseJID(id)
	if err != nil || jid.Server != types.NewsletterServer || jid.User == "" || jid.Device != 0 || len(id) > 64 {
		return types.EmptyJID, device.ErrNewsletter
	}
	for _, r := range jid.User {
		if r < '0' || r > '9' {
			return types.EmptyJID, device.ErrNewsletter
		}
	}
	return jid, nil
}

// newsletterFailed is failed for graph queries and posts, whose refusals come in forms of their own.
func newsletterFailed(what string, err error) error {
	code := 0
	var graph types.GraphQLErrors
	if errors.As(err, &graph) && len(graph) > 0 {
		code = graph[0].Extensions.ErrorCode
	} else if n, ok := refusal(err); ok {
		code = n
	}
	switch {
	case err == nil:
		return nil
	case code == http.StatusNotFound:
		return device.ErrNewsletter.WithCause(err)
	case code != 0:
		return &device.RefusedError{Code: strconv.Itoa(code), Err: fmt.Errorf("%s: %w", what, err)}
	default:
		return failed(what, err)
	}
}

func newsletterOf(m *types.NewsletterMetadata) device.Newsletter {
	n := device.Newsletter{
		ID: m.ID.String(), Name: text(m.ThreadMeta.Name.Text, maxName), Description: text(m.ThreadMeta.Description.Text, maxText),
		Invite: text(m.ThreadMeta.InviteCode, maxName), Followers: m.ThreadMeta.SubscriberCount, Role: string(types.NewsletterRoleGuest),
	}
	if at := m.ThreadMeta.CreationTime.Time; at.Unix() > 0 {
		n.CreatedAt = at.UnixMilli()
	}
	if v := m.ViewerMeta; v != nil {
		n.Role, n.Muted = text(string(v.Role), maxName), v.Mute == types.NewsletterMuteOn
	}
	return n
}

// Newsletters lists what the account follows or writes.
func (s *session) Newsletters(ctx context.Context) ([]device.Newsletter, error) {
	list, err := s.client.GetSubscribedNewsletters(ctx)
	if err != nil {
		return nil, newsletterFailed("list newsletters", err)
	}
	out := make([]device.Newsletter, 0, len(list))
	for _, m := range list {
		if m != nil {
			out = append(out, newsletterOf(m))
		}
	}
	return out, nil
}

// Newsletter finds one by address, code or link.
func (s *session) Newsletter(ctx context.Context, ref string) (device.Newsletter, error) {
	var m *types.NewsletterMetadata
	jid, err := newsletterJID(ref)
	if err == nil {
		m, err = s.client.GetNewsletterInfo(ctx, jid)
	} else {
		m, err = s.client.GetNewsletterInfoWithInvite(ctx, ref)
	}
	if err == nil && m == nil {
		return device.Newsletter{}, device.ErrNewsletter
	}
	if err != nil {
		return device.Newsletter{}, newsletterFailed("look for a newsletter", err)
	}
	return newsletterOf(m), nil
}

// CreateNewsletter makes one that the account writes.
func (s *session) CreateNewsletter(ctx context.Context, name, description string) (device.Newsletter, error) {
	m, err := s.client.CreateNewsletter(ctx, whatsmeow.CreateNewsletterParams{Name: name, Description: description})
	if err != nil {
		return device.Newsletter{}, newsletterFailed("make a newsletter", err)
	}
	if m == nil {
		return device.Newsletter{}, errNoNewsletter
	}
	return newsletterOf(m), nil
}

var errNoNewsletter = errors.New("the network made no newsletter and gave no reason")

// FollowNewsletter follows one or leaves it.
func (s *session) FollowNewsletter(ctx context.Context, id string, action device.FollowAction) error {
	jid, err := newsletterJID(id)
	if err != nil {
		return err
	}
	if action == device.Unfollow {
		return newsletterFailed("leave a newsletter", s.client.UnfollowNewsletter(ctx, jid))
	}
	return newsletterFailed("follow a newsletter", s.client.FollowNewsletter(ctx, jid))
}

// PostNewsletter writes in one of the account's newsletters. Posts and their files are not encrypted.
func (s *session) PostNewsletter(ctx context.Context, id, networkID string, c device.Content) (device.NewsletterPost, error) {
	var out device.NewsletterPost
	jid, err := newsletterJID(id)
	if err != nil {
		return out, err
	}
	if c.Kind != device.KindText && uploadType(c.Kind) == "" {
		return out, device.ErrNewsletterPost
	}
	up, err := s.uploadOpen(ctx, c)
	if errors.Is(err, errNoBlob) || errors.Is(err, errTooLarge) || errors.Is(err, errNotWebP) {
		return out, device.ErrNewsletterPost.WithCause(err)
	}
	if err != nil {
		return out, failed("upload a newsletter's file", err)
	}
	extra := whatsmeow.SendRequestExtra{ID: networkID, Timeout: postTimeout}
	if up != nil {
		extra.MediaHandle = up.Handle
	}
	msg, err := messageOf(c, up, addressee{chat: jid, own: s.ownAddress(jid)})
	if err != nil {
		return out, device.ErrNewsletterPost.WithCause(err)
	}
	res, err := s.client.SendMessage(ctx, jid, msg, extra)
	if err != nil {
		return out, newsletterFailed("post", err)
	}
	return device.NewsletterPost{Number: res.ServerID, NetworkID: networkID, Kind: c.Kind, Text: c.Text, At: res.Timestamp.UnixMilli()}, nil
}

// uploadOpen puts the file of c at the network without encrypting it; nil for contents without one.
func (s *session) uploadOpen(ctx context.Context, c device.Content) (*whatsmeow.UploadResponse, error) {
	return s.uploadBy(ctx, c, func(r io.ReadSeeker, kind whatsmeow.MediaType) (whatsmeow.UploadResponse, error) {
		return s.client.UploadNewsletterReader(ctx, r, kind)
	})
}

// NewsletterPosts reads a stretch of a newsletter.
func (s *session) NewsletterPosts(ctx context.Context, id string, before, n int) ([]device.NewsletterPost, error) {
	jid, err := newsletterJID(id)
	if err != nil {
		return nil, err
	}
	list, err := s.client.GetNewsletterMessages(ctx, jid, &whatsmeow.GetNewsletterMessagesParams{Count: n, Before: before})
	if errors.Is(err, whatsmeow.ErrIQNotFound) {
		return nil, device.ErrNewsletter.WithCause(err)
	}
	if err != nil {
		return nil, newsletterFailed("read a newsletter", err)
	}
	out := make([]device.NewsletterPost, 0, len(list))
	for _, m := range list {
		p, ok := postOf(m.MessageServerID, m.MessageID, m.Message)
		if !ok {
			continue
		}
		p.At, p.Views, p.Reactions = m.Timestamp.UnixMilli(), m.ViewsCount, map[string]int{}
		for emoji, count := range m.ReactionCounts {
			p.Reactions[text(emoji, maxName)] = count
		}
		out = append(out, p)
	}
	return out, nil
}

// ReactNewsletter reacts to a post. The network says nothing to it.
func (s *session) ReactNewsletter(ctx context.Context, id string, number int, emoji string) error {
	jid, err := newsletterJID(id)
	if err != nil {
		return err
	}
	return failed("react to a post", s.client.NewsletterSendReaction(ctx, jid, number, emoji, ""))
}

var (
	_ device.NewsletterLister   = (*session)(nil)
	_ device.NewsletterFinder   = (*session)(nil)
	_ device.NewsletterMaker    = (*session)(nil)
	_ device.NewsletterFollower = (*session)(nil)
	_ device.NewsletterWriter   = (*session)(nil)
	_ device.NewsletterReader   = (*session)(nil)
	_ device.NewsletterReacter  = (*session)(nil)
	_ device.NewsletterMuter    = (*session)(nil)
)
