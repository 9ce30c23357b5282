package notify

import (
	"cmp"
	"context"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	webpush "github.com/SherClockHolmes/webpush-go"

	"github.com/pingcrm/pingcrm/internal/kit/seal"
	"github.com/pingcrm/pingcrm/internal/member"
)

// Kind is what a notice is about, of which a bell chooses.
type Kind string

// The kinds of notices.
const (
	Mine       Kind = "mine"       // somebody wrote in a chat that is the member's
	Team       Kind = "team"       // … that is one of the member's teams'
	Unassigned Kind = "unassigned" // … that is nobody's
	Groups     Kind = "groups"     // … of several people, whosever it is
	Given      Kind = "assigned"   // a chat was given to the member
	Mentions   Kind = "mentions"   // a note asks the member to read it
	Devices    Kind = "devices"    // a device is off its account; owners and admins only
)

// kinds lists all kinds.
func kinds() []Kind { return []Kind{Mine, Team, Unassigned, Groups, Given, Mentions, Devices} }

// usual is what a bell tells of until somebody chooses. Groups are loud.
func usual() []Kind { return []Kind{Mine, Team, Unassigned, Given, Mentions, Devices} }

// Bell is a session's browser that asked to be told, and of what.
type Bell struct {
	SessionID   string
	WorkspaceID string // the one that the session showed when it asked
	MemberID    string
	Language    string // of its screen, for who has not chosen one
	Kinds       []Kind
	Preview     bool   // whether what was written is shown
	Code        string // why the push service refused the last notice; "" when it took it
	ToldAt      int64  // unix ms; 0 is never
	Since       int64  // unix ms: what happened before is not told

	hash    string // of its address, which one browser has and no other
	address string // sealed, see address
}

// address is where a browser's push service takes what is for it: who knows it can write to the browser.
type address struct {
	Endpoint string `json:"endpoint"`
	P256DH   string `json:"p256dh"`
	Auth     string `json:"auth"`
}

// Keys are what a notice is encrypted with, as the browser gives them.
type Keys struct {
	P256DH string `json:"p256dh" maxLength:"200" doc:"The browser's public key, in base64url"`
	Auth   string `json:"auth" maxLength:"100" doc:"The browser's secret, in base64url"`
}

// Fields are what a browser says to be told. Kinds and Preview that are nil stay as they are, or are the usual ones.
type Fields struct {
	Endpoint string  `json:"endpoint" maxLength:"1000" doc:"Where the browser's push service takes messages"`
	Keys     Keys    `json:"keys"`
	Kinds    *[]Kind `json:"kinds,omitempty" maxItems:"20" enum:"mine,team,unassigned,groups,assigned,mentions,devices" doc:"What it is told of; missing leaves it"`
	Preview  *bool   `json:"preview,omitempty" doc:"Whether what was written is shown; missing leaves it, at first yes"`
	Language string  `json:"language,omitempty" enum:"id,en" doc:"Of the screen, for who has not chosen one"`
}

// Set has the session of by told of what it chooses. Another session that had the same browser is told no more.
// member.ErrPeopleOnly, or a fault that names the field; then nothing has changed.
func (s *Service) Set(ctx context.Context, by member.Principal, f Fields) (b Bell, err error) {
	if by.SessionID == "" {
		return Bell{}, member.ErrPeopleOnly
	}
	if err := s.check(f); err != nil {
		return Bell{}, err
	}
	text, err := json.Marshal(address{f.Endpoint, f.Keys.P256DH, f.Keys.Auth})
	if err != nil {
		return Bell{}, err
	}
	sealed, err := s.conf.Seal.SealText(seal.Secret(text))
	if err != nil {
		return Bell{}, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		before, err := s.store.bell(ctx, by.WorkspaceID, by.SessionID)
		if err != nil {
			return err
		}
		b = Bell{
			SessionID: by.SessionID, WorkspaceID: by.WorkspaceID, MemberID: by.MemberID, Language: f.Language, Kinds: usual(), Preview: true,
			Since: s.now(), hash: hashOf(f.Endpoint), address: sealed,
		}
		if before != nil {
			b.Language = cmp.Or(f.Language, before.Language)
			b.Kinds, b.Preview, b.ToldAt, b.Since = before.Kinds, before.Preview, before.ToldAt, before.Since
		}
		if f.Kinds != nil {
			b.Kinds = slices.Compact(slices.Sorted(slices.Values(*f.Kinds)))
		}
		if f.Preview != nil {
			b.Preview = *f.Preview
		}
		if _, err := s.place(ctx, by.WorkspaceID); err != nil { // from here on there is somebody to tell
			return err
		}
		return s.store.put(ctx, b)
	})
	return b, err
}

// Bell is the one of by's session, nil when it has none. member.ErrPeopleOnly.
func (s *Service) Bell(ctx context.Context, by member.Principal) (*Bell, error) {
	if by.SessionID == "" {
		return nil, member.ErrPeopleOnly
	}
	return s.store.bell(ctx, by.WorkspaceID, by.SessionID)
}

// Remove has by's session told no more; one that is not is fine. member.ErrPeopleOnly.
func (s *Service) Remove(ctx context.Context, by member.Principal) error {
	if by.SessionID == "" {
		return member.ErrPeopleOnly
	}
	return s.store.forget(ctx, by.SessionID)
}

// check refuses what no push service could have given.
func (s *Service) check(f Fields) error {
	u, err := url.Parse(f.Endpoint)
	if err != nil || u.Scheme != "https" && !(s.conf.Plain && u.Scheme == "http") {
		return errAddress.WithCause(err)
	}
	if err := s.conf.CheckURL(f.Endpoint); err != nil {
		return errAddress.WithCause(err)
	}
	public, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(f.Keys.P256DH, "="))
	if err != nil {
		return errKeys.WithCause(err)
	}
	if _, err := ecdh.P256().NewPublicKey(public); err != nil {
		return errKeys.WithCause(err)
	}
	if auth, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(f.Keys.Auth, "=")); err != nil || len(auth) != 16 {
		return errKeys.WithCause(err)
	}
	if f.Kinds != nil && slices.ContainsFunc(*f.Kinds, func(k Kind) bool { return !slices.Contains(kinds(), k) }) {
		return errKind
	}
	return nil
}

func hashOf(endpoint string) string {
	sum := sha256.Sum256([]byte(endpoint))
	return hex.EncodeToString(sum[:])
}

// to is where the bell's notices go.
func (s *Service) to(b Bell) (*webpush.Subscription, error) {
	text, err := s.conf.Seal.OpenText(b.address)
	if err != nil {
		return nil, err
	}
	var a address
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return nil, err
	}
	return &webpush.Subscription{Endpoint: a.Endpoint, Keys: webpush.Keys{Auth: a.Auth, P256dh: a.P256DH}}, nil
}
