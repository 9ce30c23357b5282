package whatsapp

import (
	"go.mau.fi/whatsmeow/proto/waE2E"
)

// maxNesting bounds how deep wrappers are followed; real messages have at most three.
const maxNesting = 8

// unwrapped is a message without its wrappers, and what they said.
type unwrapped struct {
	message  *waE2E.Message
	viewOnce bool
	// destination is the chat of a message that another device of the account sent.
	destination string
}

// unwrap takes a message out of the wrappers around it. What is wrapped deeper than maxNesting stays wrapped and
// counts as unknown.
func unwrap(m *waE2E.Message) unwrapped {
	u := unwrapped{message: m}
	for range maxNesting {
		inner, viewOnce := u.inner()
		if inner == nil {
			return u
		}
		u.message, u.viewOnce = inner, u.viewOnce || viewOnce
	}
	return u
}

func (u *unwrapped) inner() (m *waE2E.Message, viewOnce bool) {
	if d := u.message.GetDeviceSentMessage(); d.GetMessage() != nil {
		u.destination = d.GetDestinationJID()
		return d.GetMessage(), false
	}
	for _, w := range []*waE2E.FutureProofMessage{
		u.message.GetViewOnceMessage(), u.message.GetViewOnceMessageV2(), u.message.GetViewOnceMessageV2Extension(),
	} {
		if w.GetMessage() != nil {
			return w.GetMessage(), true
		}
	}
	for _, w := range []*waE2E.FutureProofMessage{
		u.message.GetEphemeralMessage(), u.message.GetDocumentWithCaptionMessage(), u.message.GetEditedMessage(),
		u.message.GetBotInvokeMessage(), u.message.GetLottieStickerMessage(), u.message.GetGroupMentionedMessage(),
		u.message.GetAssociatedChildMessage(), u.message.GetPollCreationMessageV4(), u.message.GetLimitSharingMessage(),
		u.message.GetBotTaskMessage(), u.message.GetQuestionMessage(), u.message.GetBotForwardedMessage(),
		u.message.GetQuestionReplyMessage(), u.message.GetSpoilerMessage(), u.message.GetStatusMentionMessage(),
	} {
		if w.GetMessage() != nil {
			return w.GetMessage(), false
		}
	}
	return nil, false
}
