package whatsapp

import (
	"context"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/device"
)

// addressed is somebody that is asked about, with the address to ask by; empty for who has no account.
type addressed struct {
	peer device.Peer
	jid  types.JID
}

// findPeople finds the addresses of people, of those whose number alone is known in one question to the network.
func (s *session) findPeople(ctx context.Context, peers []device.Peer) ([]addressed, error) {
	out := make([]addressed, len(peers))
	var phones []string
	for i, p := range peers {
		out[i].peer = p
		jid, ok := jidOf(p)
		if !ok || !personal(jid) {
			continue
		}
		if jid.Server == types.DefaultUserServer {
			if jid = other(ctx, s.people.lids, jid); jid.IsEmpty() {
				phones = append(phones, p.Address(device.AddressPhone))
			}
		}
		out[i].jid = jid
	}
	if len(phones) == 0 {
		return out, nil
	}
	found, err := s.FindNumbers(ctx, phones)
	if err != nil {
		return nil, err
	}
	registered := make(map[string]device.Peer, len(found))
	for _, n := range found {
		if n.Registered {
			registered[n.Phone] = device.Peer{Addresses: n.Addresses}
		}
	}
	for i := range out {
		if out[i].jid.IsEmpty() {
			out[i].jid, _ = jidOf(registered[out[i].peer.Address(device.AddressPhone)])
		}
	}
	return out, nil
}

// known lists the addresses of those who have an account.
func known(people []addressed) (jids []types.JID) {
	for _, p := range people {
		if !p.jid.IsEmpty() {
			jids = append(jids, p.jid)
		}
	}
	return jids
}

// outcomes says what became of each person. The network answers in the group's form of address, which may be another
// than that of the question; who it doesn't mention was done.
func outcomes(people []addressed, answer []types.GroupParticipant) []device.MemberResult {
	codes := map[types.JID]int{}
	for _, p := range answer {
		for _, jid := range []types.JID{p.JID, p.LID, p.PhoneNumber} {
			codes[jid.ToNonAD()] = p.Error
		}
	}
	out := make([]device.MemberResult, len(people))
	for i, p := range people {
		out[i] = device.MemberResult{Peer: p.peer, Code: codeNoAccount}
		if p.jid.IsEmpty() {
			continue
		}
		out[i].Code = resultCode(codes[p.jid])
		if a, ok := addressOf(p.jid); ok && p.peer.Address(a.Kind) == "" {
			out[i].Peer.Addresses = append(out[i].Peer.Addresses[:len(p.peer.Addresses):len(p.peer.Addresses)], a)
		}
	}
	return out
}

// ChangeMembers adds, removes, promotes, demotes, approves or rejects people.
func (s *session) ChangeMembers(ctx context.Context, group device.Peer, action device.MemberAction, peers []device.Peer) ([]device.MemberResult, error) {
	jid, err := groupJID(group)
	if err != nil {
		return nil, err
	}
	people, err := s.findPeople(ctx, peers)
	if err != nil {
		return nil, err
	}
	jids := known(people)
	if len(jids) == 0 {
		return outcomes(people, nil), nil
	}
	var answer []types.GroupParticipant
	switch action {
	case device.MemberApprove, device.MemberReject:
		answer, err = s.client.UpdateGroupRequestParticipants(ctx, jid, jids, whatsmeow.ParticipantRequestChange(action))
	default:
		answer, err = s.client.UpdateGroupParticipants(ctx, jid, jids, whatsmeow.ParticipantChange(action))
	}
	if err != nil {
		return nil, inGroup("change a group's members", err)
	}
	return outcomes(people, answer), nil
}

// JoinRequests asks who waits to be let in.
func (s *session) JoinRequests(ctx context.Context, group device.Peer) ([]device.JoinRequest, error) {
	jid, err := groupJID(group)
	if err != nil {
		return nil, err
	}
	list, err := s.client.GetGroupRequestParticipants(ctx, jid)
	if err != nil {
		return nil, inGroup("ask who wants to join a group", err)
	}
	out := make([]device.JoinRequest, 0, len(list))
	for _, r := range list {
		req := device.JoinRequest{Peer: peerOf("", r.JID, other(ctx, s.people.lids, r.JID))}
		if !r.RequestedAt.IsZero() {
			req.At = r.RequestedAt.UnixMilli()
		}
		out = append(out, req)
	}
	return out, nil
}
