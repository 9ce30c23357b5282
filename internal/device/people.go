package device

import (
	"context"
	"errors"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of asking about people.
var (
	ErrNoPicture = fault.New(fault.NotFound, "picture_not_set", fault.Text{
		ID: "Kontak ini tidak punya foto profil, atau menyembunyikannya.",
		EN: "This contact has no profile picture, or hides it.",
	})
	ErrUnregistered = fault.New(fault.NotFound, "number_not_registered", fault.Text{
		ID: "Nomor ini tidak terdaftar di jaringan.", EN: "This number is not registered on the network.",
	})
	ErrPictureFormat = fault.New(fault.Invalid, "picture_invalid", fault.Text{
		ID: "Foto harus JPEG atau PNG yang utuh, paling besar 16 MiB dan 6000×6000 piksel.",
		EN: "The picture must be a whole JPEG or PNG of at most 16 MiB and 6000×6000 pixels.",
	})
)

// Number is what a network says of a phone number.
type Number struct {
	Phone      string // as it was asked for: digits with country code
	Registered bool
	Addresses  []Address // of the person, the phone number among them; none when it is not registered
	Name       string    // the verified name of a business; mostly empty
}

// NumberFinder is a session that can say which phone numbers its network knows. It answers in the order of the
// question. Networks ban who asks for too many; whoever calls it keeps count.
type NumberFinder interface {
	FindNumbers(ctx context.Context, phones []string) ([]Number, error)
}

// Shown is what a person shows of themselves. What is hidden is empty.
type Shown struct {
	About     string
	PictureID string    // changes with the picture; empty when there is none, or it is hidden
	Addresses []Address // every address of the person that is known now
	Business  *Business // nil for people
}

// Business is what a business shows of itself.
type Business struct {
	Address    string
	Email      string
	Categories []string
	Timezone   string // an IANA name, or empty
	Hours      []OpenHours
}

// OpenHours are the hours of one weekday; Open and Close are in the network's words, mostly minutes after midnight.
type OpenHours struct {
	Day   string // sun, mon, tue …
	Mode  string // open_24h, specific_hours, appointment_only
	Open  string
	Close string
}

// Profiler is a session that can ask what somebody shows. ErrUnregistered when the network does not know them.
type Profiler interface {
	ShownBy(ctx context.Context, who Peer) (Shown, error)
}

// Picture is a profile picture.
type Picture struct {
	ID   string // the network's; the same for the same picture
	Data []byte // as the network gave it; its type is not to be trusted
}

// Portraitist is a session that can fetch profile pictures of people and groups. known is the ID of the picture that
// the caller has: when that is still the one, the answer has the ID and no Data. ErrNoPicture.
type Portraitist interface {
	PictureOf(ctx context.Context, who Peer, known string) (Picture, error)
}

// BlockAction is what to do about somebody.
type BlockAction string

// The actions.
const (
	BlockPerson   BlockAction = "block"
	UnblockPerson BlockAction = "unblock"
)

// Blocker is a session that can keep people from writing to the account. Doing it twice changes nothing.
type Blocker interface {
	Block(ctx context.Context, who Peer, action BlockAction) error
}

// BlockLister is a session that can list who is blocked.
type BlockLister interface {
	Blocked(ctx context.Context) ([]Peer, error)
}

// OwnProfile is what the account shows of itself.
type OwnProfile struct {
	Name      string
	About     string
	PictureID string // empty when there is none
}

// OwnProfiler is a session that can tell what its account shows.
type OwnProfiler interface {
	OwnProfile(ctx context.Context) (OwnProfile, error)
}

// OwnChange changes what the account shows; nil leaves as it is.
type OwnChange struct {
	Name  *string // 1 to 25 characters
	About *string // up to 139 characters; empty shows none
}

// OwnEditor is a session that can change what its account shows.
type OwnEditor interface {
	EditOwn(ctx context.Context, c OwnChange) error
}

// OwnPainter is a session that can change its account's picture. jpeg is square; empty removes the picture.
type OwnPainter interface {
	PaintOwn(ctx context.Context, jpeg []byte) error
}

// Presence is whether the account shows itself as present.
type Presence string

// The presences.
const (
	PresenceOnline  Presence = "online"
	PresenceOffline Presence = "offline"
)

// Presenter is a session that can show its account as online. Networks notify the phone less while it is, and take it for
// offline when a connection begins. ErrNameless where they want a name with it that is not known yet.
type Presenter interface {
	Present(ctx context.Context, p Presence) error
}

// Activity is what somebody is shown to be doing in a chat.
type Activity string

// The activities.
const (
	ActivityTyping    Activity = "typing"
	ActivityRecording Activity = "recording"
	ActivityNone      Activity = "none"
)

// Actor is a session that can show an activity in a chat.
type Actor interface {
	Act(ctx context.Context, to Peer, a Activity) error
}

// PictureSink is a Sink that is told that somebody has another profile picture, or none any more.
type PictureSink interface {
	Pictured(ctx context.Context, d Device, who Peer) error
}

// Pictured commits that a picture has changed; what can't be taken in is logged and dropped.
func (k sink) Pictured(ctx context.Context, d Device, who Peer) error {
	err := k.s.persist(ctx, func(ctx context.Context) error {
		d, err := k.holder(ctx, d)
		if err != nil {
			return err
		}
		return k.s.Pictured.Fire(ctx, Identified{d, who})
	})
	if errors.Is(err, errPoison) {
		k.s.log.Error("drop a picture's change", "device", d.ID, "error", err)
		return nil
	}
	return err
}

var _ PictureSink = sink{}
