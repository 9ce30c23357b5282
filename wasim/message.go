package wasim

import (
	"github.com/pingcrm/pingcrm/wasim/internal/handset"
)

type (
	// Content is what a phone sends: exactly one of Text, Media, Location, Contact,
	// Contacts, Reaction, Poll, Vote, Edit, Pin, Revoke, Timer and Raw is set. What else there is may go with whatever
	// stands by itself.
	Content = handset.Content
	// Media is a file that is encrypted, uploaded and sent.
	Media = handset.Media
	// Preview is what a text shows of an address.
	Preview = handset.Preview
	// Location is a place in degrees.
	Location = handset.Location
	// Card is a contact card.
	Card = handset.Card
	// Reaction answers a message with an emoji; an empty one takes the reaction back.
	Reaction = handset.Reaction
	// Poll asks a question.
	Poll = handset.Poll
	// Vote chooses from a poll; no options take the vote back.
	Vote = handset.Vote
	// Pin puts a message at the top of its chat.
	Pin = handset.Pin
	// Edit replaces the text of a message of this phone.
	Edit = handset.Edit
	// Message is one line of a chat as its phone shows it.
	Message = handset.Message
	// Counters is what a phone has counted.
	Counters = handset.Counters
	// ChatCount is what arrived in one chat of a phone.
	ChatCount = handset.ChatCount
	// Seen is what a phone shows of somebody else: typing, online.
	Seen = handset.Seen
)

// Message statuses. A phone's own message goes sent, delivered, read, played; a
// message of somebody else is received, then read; either may become revoked.
const (
	StatusSent      = handset.StatusSent
	StatusDelivered = handset.StatusDelivered
	StatusRead      = handset.StatusRead
	StatusPlayed    = handset.StatusPlayed
	StatusReceived  = handset.StatusReceived
	StatusRevoked   = handset.StatusRevoked
)
