package device

import "context"

// Privacy is whom an account lets see and do what. The words are the network's: all, contacts, contact_blacklist, none,
// and match_last_seen or known for those settings that have them. Empty is not known.
type Privacy struct {
	LastSeen     string
	Online       string
	Picture      string
	About        string
	Groups       string // who may add the account to groups
	ReadReceipts string
	Calls        string
}

// PrivacyReader is a session that can ask for its account's settings.
type PrivacyReader interface {
	Privacy(ctx context.Context) (Privacy, error)
}

// PrivacyChanger is a session that can change them: what is not empty in p. A *RefusedError for a word that the network
// does not take.
type PrivacyChanger interface {
	SetPrivacy(ctx context.Context, p Privacy) error
}

// PresenceFollower is a session that can have its network tell when somebody comes online, until its connection ends.
// Networks tell it to who shows itself as online only.
type PresenceFollower interface {
	FollowPresence(ctx context.Context, who Peer) error
}

// PersonPresence is whether somebody looks at their phone.
type PersonPresence struct {
	Who      Peer
	Online   bool
	LastSeen int64 // unix ms; 0 when it is hidden or not known
}

// PresenceSink is a Sink that is told who comes online and goes.
type PresenceSink interface {
	PresenceSeen(ctx context.Context, d Device, p PersonPresence) error
}

// PresenceHeard is that a device of ours saw somebody come or go.
type PresenceHeard struct {
	Device   Device
	Presence PersonPresence
}

// PresenceSeen commits that somebody came or went; what can't be taken in is logged and dropped.
func (k sink) PresenceSeen(ctx context.Context, d Device, p PersonPresence) error {
	return k.told(ctx, d, "somebody's presence", func(ctx context.Context, d Device) error {
		return k.s.Presences.Fire(ctx, PresenceHeard{d, p})
	})
}

// BlockSink is a Sink that is told whom the account's other devices block. Nil only when it is durable; the same may come
// again.
type BlockSink interface {
	BlockSeen(ctx context.Context, d Device, who Peer, action BlockAction) error
}

// BlockHeard is that an account of ours has blocked somebody on another of its devices, or taken that back.
type BlockHeard struct {
	Device Device
	Who    Peer
	Action BlockAction
}

// BlockSeen commits a block; what can't be taken in is logged and dropped.
func (k sink) BlockSeen(ctx context.Context, d Device, who Peer, action BlockAction) error {
	return k.told(ctx, d, "a block", func(ctx context.Context, d Device) error {
		return k.s.Blocks.Fire(ctx, BlockHeard{d, who, action})
	})
}

var (
	_ PresenceSink = sink{}
	_ BlockSink    = sink{}
)
