package handset

import (
	"context"
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// sendPeer queues a message from the phone to one of its own companions, of which people see nothing.
func (h *Handset) sendPeer(ctx context.Context, device types.JID, p *waE2E.ProtocolMessage) error {
	msg := &waE2E.Message{ProtocolMessage: p}
	bundles, err := h.missingBundles(ctx, []types.JID{device})
	if err != nil {
		return err
	}
	plain, err := proto.Marshal(msg)
	if err != nil {
		return fmt.Errorf("serialising a peer message: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	enc, ok := h.encNode(ctx, device, plain, msg, bundles[device])
	if !ok {
		return fmt.Errorf("peer message to %s: %w", device, ErrUnknownDevices)
	}
	id := h.keys.messageID()
	meta := waBinary.Node{Tag: "meta", Attrs: waBinary.Attrs{"appdata": "default"}}
	node := messageNode(id, device, msg, meta, enc)
	node.Attrs["category"] = "peer"
	delete(node.Attrs, "edit")
	h.post(node)
	h.peers[id] = sentMessage{msg: msg}
	h.state.Revision++
	return nil
}

// serve answers what own companions ask of the phone; what isn't a question is left alone. Not called with mu held.
func (h *Handset) serve(ctx context.Context, e envelope, p *waE2E.ProtocolMessage) {
	var err error
	switch p.GetType() {
	case waE2E.ProtocolMessage_APP_STATE_SYNC_KEY_REQUEST:
		err = h.shareKey(ctx, e.device)
	case waE2E.ProtocolMessage_PEER_DATA_OPERATION_REQUEST_MESSAGE:
		err = h.servePeerData(ctx, e, p.GetPeerDataOperationRequestMessage())
	}
	if err != nil {
		h.log.Warn("a companion's request wasn't answered", "phone", h.cfg.PN.User, "device", e.device.String(),
			"request", p.GetType().String(), "error", err)
	}
}

func (h *Handset) servePeerData(ctx context.Context, e envelope, r *waE2E.PeerDataOperationRequestMessage) error {
	switch r.GetPeerDataOperationRequestType() {
	case waE2E.PeerDataOperationRequestType_PLACEHOLDER_MESSAGE_RESEND:
		return h.resendPlaceholders(ctx, e, r)
	case waE2E.PeerDataOperationRequestType_HISTORY_SYNC_ON_DEMAND:
		return h.olderHistory(ctx, e, r.GetHistorySyncOnDemandRequest())
	default:
		return fmt.Errorf("request %s: %w", r.GetPeerDataOperationRequestType(), errNoAnswer)
	}
}

// resendPlaceholders gives a companion the messages of which it has only a
// placeholder; those that the phone hasn't got either are left out.
func (h *Handset) resendPlaceholders(ctx context.Context, e envelope, r *waE2E.PeerDataOperationRequestMessage) error {
	var results []*waE2E.PeerDataOperationRequestResponseMessage_PeerDataOperationResult
	h.mu.Lock()
	for _, wanted := range r.GetPlaceholderMessageResendRequest() {
		found := h.findAny(wanted.GetMessageKey().GetID())
		if found == nil {
			continue
		}
		raw, err := proto.Marshal(h.webMessage(found))
		if err != nil {
			continue
		}
		results = append(results, &waE2E.PeerDataOperationRequestResponseMessage_PeerDataOperationResult{
			PlaceholderMessageResendResponse: &waE2E.PeerDataOperationRequestResponseMessage_PeerDataOperationResult_PlaceholderMessageResendResponse{
				WebMessageInfoBytes: raw,
			},
		})
	}
	h.mu.Unlock()
	return h.sendPeer(ctx, e.device, &waE2E.ProtocolMessage{
		Type: waE2E.ProtocolMessage_PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE.Enum(),
		PeerDataOperationRequestResponseMessage: &waE2E.PeerDataOperationRequestResponseMessage{
			PeerDataOperationRequestType: waE2E.PeerDataOperationRequestType_PLACEHOLDER_MESSAGE_RESEND.Enum(),
			StanzaID:                     &e.id,
			PeerDataOperationResult:      results,
		},
	})
}
