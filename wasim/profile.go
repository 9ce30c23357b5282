package wasim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"go.mau.fi/whatsmeow/proto/waVnameCert"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// ErrPicture says that a profile picture is empty or too large.
var ErrPicture = errors.New("wasim: a profile picture has 1 byte to 1 MiB")

// ErrAbout says that an about text is too long.
var ErrAbout = errors.New("wasim: an about text has up to 139 characters")

const (
	// pictureHost serves profile pictures; it is another one than that of messages' files.
	pictureHost = "https://pps.whatsapp.net"
	maxPicture  = 1 << 20
	// maxAbout is the length that the app's input field allows.
	maxAbout = 139
	// maxPushName bounds what a client calls itself, in bytes.
	maxPushName = 100
)

// Business is what a business account shows of itself.
type Business struct {
	// Name is the verified name; empty has none.
	Name     string `json:"name,omitempty"`
	Address  string `json:"address,omitempty"`
	Email    string `json:"email,omitempty"`
	Category string `json:"category,omitempty"`
	// Timezone and Hours are when it is open.
	Timezone string          `json:"timezone,omitempty"`
	Hours    []BusinessHours `json:"hours,omitempty"`
}

// BusinessHours are one day's; Open and Close are minutes after midnight.
type BusinessHours struct {
	Day   string `json:"day"`
	Mode  string `json:"mode"`
	Open  int    `json:"open"`
	Close int    `json:"close"`
}

// Profile is what an account shows of itself.
type Profile struct {
	Name      string    `json:"name"`
	About     string    `json:"about"`
	PictureID string    `json:"picture_id,omitempty"`
	Business  *Business `json:"business,omitempty"`
}

// profile is the part of it that the account keeps beside its name and about text. account.mu guards it.
type profile struct {
	PictureID   string
	PicturePath string
	Business    *Business
}

// Profile tells what the account shows of itself.
func (p *Phone) Profile() Profile {
	a := p.account
	a.mu.Lock()
	defer a.mu.Unlock()
	return Profile{Name: a.name, About: a.about, PictureID: a.profile.PictureID, Business: a.profile.Business}
}

// Picture is the account's profile picture; nil when it has none.
func (p *Phone) Picture() []byte {
	p.account.mu.Lock()
	path := p.account.profile.PicturePath
	p.account.mu.Unlock()
	if path == "" {
		return nil
	}
	data, err := p.net.media.Get(path)
	if err != nil {
		return nil
	}
	return data
}

// SetPicture changes the profile picture, and tells everybody who knows the account and its own devices; empty removes it.
func (p *Phone) SetPicture(_ context.Context, jpeg []byte) error {
	_, err := p.net.setPicture(p.account, nil, jpeg)
	return err
}

// SetAbout changes the about text.
func (p *Phone) SetAbout(_ context.Context, text string) error {
	return p.net.setAbout(p.account, nil, text)
}

// SetBusiness makes the account a business's, or with nil a person's again.
func (p *Phone) SetBusiness(b *Business) {
	p.account.mu.Lock()
	defer p.account.mu.Unlock()
	p.account.profile.Business = nil
	if b != nil {
		own := *b
		p.account.profile.Business = &own
	}
}

// SetPrivacy changes who may see something (category profile, status, last…: all, contacts or none).
func (p *Phone) SetPrivacy(category, value string) {
	p.account.mu.Lock()
	defer p.account.mu.Unlock()
	p.account.privacy[category] = value
}

// setPicture changes an account's picture; by is the companion that did, nil the phone. Empty removes it.
func (n *Network) setPicture(a *account, by *device, jpeg []byte) (id string, err error) {
	if len(jpeg) > maxPicture {
		return "", fmt.Errorf("%w, not %d", ErrPicture, len(jpeg))
	}
	path := ""
	if len(jpeg) > 0 {
		if path, err = n.media.PutPicture(jpeg); err != nil {
			return "", fmt.Errorf("wasim: %w", err)
		}
		id = strconv.FormatInt(n.now().UnixMilli()*1000+n.count.ids.Add(1)%1000, 10)
	}
	a.mu.Lock()
	a.profile.PictureID, a.profile.PicturePath = id, path
	a.mu.Unlock()
	n.tellKnown(a, by, "picture", func(form Addressing) node {
		child := node{Tag: "set", Attrs: attrs{"jid": a.jid(form, 0), "id": id, "author": a.jid(form, 0)}}
		if id == "" {
			child = node{Tag: "delete", Attrs: attrs{"jid": a.jid(form, 0), "author": a.jid(form, 0)}}
		}
		return child
	})
	return id, nil
}

func (n *Network) setAbout(a *account, by *device, about string) error {
	if utf8.RuneCountInString(about) > maxAbout {
		return ErrAbout
	}
	a.mu.Lock()
	a.about = about
	a.mu.Unlock()
	n.tellKnown(a, by, "status", func(Addressing) node { return node{Tag: "set", Content: []byte(about)} })
	return nil
}

// rename takes over the name that a companion says with its presence.
func (a *account) rename(name string) {
	if name == "" || len(name) > maxPushName {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.name = name
}

// tellKnown sends a notification about an account to the companions of everybody who knows it, and to its own but one.
func (n *Network) tellKnown(a *account, but *device, kind string, say func(Addressing) node) {
	form := n.opts.Addressing
	for _, d := range a.companions() {
		if d != but {
			n.notify(d, kind, a.jid(form, 0), say(form))
		}
	}
	for _, lid := range a.peerLIDs() {
		peer := n.accounts.at(types.NewJID(lid, types.HiddenUserServer))
		if peer == nil || peer == a || a.hasBlocked(peer) {
			continue
		}
		for _, d := range peer.companions() {
			n.notify(d, kind, a.jid(form, 0), say(form))
		}
	}
}

// picture answers for profile pictures: get anybody's, set or remove the own one.
func (q asking) picture() node {
	var asked node
	if hasChild(q.iq, "picture") {
		asked = child(q.iq, "picture")
	}
	if text(q.iq, "type") == "set" {
		return q.putPicture(content(&asked))
	}
	a := q.net.accounts.at(address(q.iq, "target").ToNonAD())
	if a == nil {
		return refusal(q.iq, 404, "item-not-found")
	}
	a.mu.Lock()
	shown, hidden := a.profile, a != q.device.account && (a.privacy["profile"] == "none" || a.blocked[q.device.account.lid])
	a.mu.Unlock()
	switch {
	case hidden:
		return refusal(q.iq, 401, "not-authorized")
	case shown.PictureID == "":
		return refusal(q.iq, 404, "item-not-found")
	case text(&asked, "id") == shown.PictureID:
		return result(q.iq, node{Tag: "picture", Attrs: attrs{"status": "304"}})
	}
	kind := "image"
	if text(&asked, "type") == "preview" {
		kind = "preview"
	}
	return result(q.iq, node{Tag: "picture", Attrs: attrs{
		"id": shown.PictureID, "type": kind, "url": pictureHost + shown.PicturePath, "direct_path": shown.PicturePath,
	}})
}

func (q asking) putPicture(jpeg []byte) node {
	if len(jpeg) > 0 && !slices.Equal(jpeg[:min(2, len(jpeg))], []byte{0xff, 0xd8}) {
		return refusal(q.iq, 406, "not-acceptable")
	}
	id, err := q.net.setPicture(q.device.account, q.device, jpeg)
	if err != nil {
		return refusal(q.iq, 406, "not-acceptable")
	}
	if id == "" {
		return result(q.iq)
	}
	return result(q.iq, node{Tag: "picture", Attrs: attrs{"id": id}})
}

// about answers the older way to set the about text, and the question who sees status updates.
func (q asking) about() node {
	if hasChild(q.iq, "privacy") {
		return result(q.iq, node{Tag: "privacy", Content: []node{
			{Tag: "list", Attrs: attrs{"type": "contacts", "default": "true"}},
		}})
	}
	if hasChild(q.iq, "status") {
		asked := child(q.iq, "status")
		if err := q.net.setAbout(q.device.account, q.device, string(content(&asked))); err != nil {
			return refusal(q.iq, 406, "not-acceptable")
		}
	}
	return result(q.iq)
}

// businessProfile answers what a business shows; of somebody who is none it says nothing.
func (q asking) businessProfile() node {
	asked := child(q.iq, "business_profile", "profile")
	out := node{Tag: "business_profile", Attrs: attrs{"v": "244"}}
	jid := address(&asked, "jid").ToNonAD()
	a := q.net.accounts.at(jid)
	if a == nil {
		return result(q.iq, out)
	}
	a.mu.Lock()
	b := a.profile.Business
	a.mu.Unlock()
	if b != nil {
		out.Content = []node{b.node(jid)}
	}
	return result(q.iq, out)
}

func (b *Business) node(jid types.JID) node {
	hours := make([]node, 0, len(b.Hours))
	for _, h := range b.Hours {
		hours = append(hours, node{Tag: "business_hours_config", Attrs: attrs{
			"day_of_week": h.Day, "mode": h.Mode, "open_time": strconv.Itoa(h.Open), "close_time": strconv.Itoa(h.Close),
		}})
	}
	return node{Tag: "profile", Attrs: attrs{"jid": jid}, Content: []node{
		{Tag: "address", Content: []byte(b.Address)},
		{Tag: "email", Content: []byte(b.Email)},
		{Tag: "categories", Content: []node{{Tag: "category", Attrs: attrs{"id": "1"}, Content: []byte(b.Category)}}},
		{Tag: "business_hours", Attrs: attrs{"timezone": b.Timezone}, Content: hours},
		{Tag: "profile_options", Content: []node{}},
	}}
}

// verifiedName is the certificate that a business's name comes in. Clients don't check its signature.
func (b *Business) verifiedName() (node, bool) {
	if b == nil || b.Name == "" {
		return node{}, false
	}
	details, err := proto.Marshal(&waVnameCert.VerifiedNameCertificate_Details{
		Serial: proto.Uint64(1), Issuer: proto.String("smb:wa"), VerifiedName: proto.String(b.Name),
	})
	if err != nil {
		return node{}, false
	}
	cert, err := proto.Marshal(&waVnameCert.VerifiedNameCertificate{Details: details})
	if err != nil {
		return node{}, false
	}
	return node{Tag: "verified_name", Content: cert, Attrs: attrs{
		"v": "1", "verified_level": "unknown", "host_storage": "1", "actual_actors": "1", "privacy_mode_ts": "1700000000",
	}}, true
}

// usyncProfile answers the parts of a user query that are about what the account shows.
func (a *account) usyncProfile(protocol string, asker *account, at string) node {
	a.mu.Lock()
	defer a.mu.Unlock()
	hides := func(category string) bool {
		return a != asker && (a.privacy[category] == "none" || a.blocked[asker.lid])
	}
	switch protocol {
	case "status":
		if hides("status") {
			return node{Tag: "status", Attrs: attrs{"code": "401", "type": "fail"}}
		}
		return node{Tag: "status", Attrs: attrs{"t": at}, Content: []byte(a.about)}
	case "picture":
		if a.profile.PictureID == "" || hides("profile") {
			return node{Tag: "picture", Attrs: attrs{"code": "404"}}
		}
		return node{Tag: "picture", Attrs: attrs{"id": a.profile.PictureID}}
	default:
		if name, ok := a.profile.Business.verifiedName(); ok {
			return node{Tag: "business", Content: []node{name}}
		}
		return node{Tag: "business"}
	}
}
