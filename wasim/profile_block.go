package wasim

import (
	"fmt"
	"slices"
	"strconv"

	"go.mau.fi/whatsmeow/types"
)

// Block keeps somebody (a number in any form, a JID) from reaching the account: what they write or call is taken by
// the network and never delivered. The account's companions are told.
func (p *Phone) Block(who string) error { return p.setBlocked(who, "block") }

// Unblock takes that back; what was written meanwhile is lost.
func (p *Phone) Unblock(who string) error { return p.setBlocked(who, "unblock") }

func (p *Phone) setBlocked(who, action string) error {
	other := p.net.accounts.find(who)
	if other == nil {
		return fmt.Errorf("%w: %q", ErrUnknownNumber, who)
	}
	p.net.block(p.account, nil, other, action)
	return nil
}

// Blocked lists the numbers that the account has blocked.
func (p *Phone) Blocked() []string {
	numbers := []string{}
	for _, lid := range p.account.blockedLIDs() {
		if a := p.net.accounts.at(types.NewJID(lid, types.HiddenUserServer)); a != nil {
			numbers = append(numbers, a.pn)
		}
	}
	slices.Sort(numbers)
	return numbers
}

func (a *account) blockedLIDs() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	lids := make([]string, 0, len(a.blocked))
	for lid, blocked := range a.blocked {
		if blocked {
			lids = append(lids, lid)
		}
	}
	slices.Sort(lids)
	return lids
}

func (a *account) hasBlocked(b *account) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.blocked[b.lid]
}

// block changes the list and tells the account's companions but the one that did it.
func (n *Network) block(a *account, by *device, other *account, action string) {
	before := strconv.Itoa(len(a.blockedLIDs()))
	a.mu.Lock()
	if action == "block" {
		a.blocked[other.lid] = true
	} else {
		delete(a.blocked, other.lid)
	}
	a.mu.Unlock()
	list := node{Tag: "blocklist", Attrs: attrs{
		"action": "modify", "dhash": strconv.Itoa(len(a.blockedLIDs())), "prev_dhash": before,
	}, Content: []node{{Tag: "item", Attrs: attrs{"jid": other.lidJID(), "action": action}}}}
	for _, d := range a.companions() {
		if d != by {
			n.notify(d, "account_sync", a.lidJID(), list)
		}
	}
}

// blocklist answers the list, after changing it if that was asked for.
func (q asking) blocklist() node {
	a := q.device.account
	if hasChild(q.iq, "item") {
		item := child(q.iq, "item")
		other, action := q.net.accounts.at(address(&item, "jid").ToNonAD()), text(&item, "action")
		switch {
		case other == nil:
			return refusal(q.iq, 404, "item-not-found")
		case action != "block" && action != "unblock":
			return refusal(q.iq, 400, "bad-request")
		}
		q.net.block(a, q.device, other, action)
	}
	lids := a.blockedLIDs()
	items := make([]node, 0, len(lids))
	for _, lid := range lids {
		items = append(items, node{Tag: "item", Attrs: attrs{"jid": types.NewJID(lid, types.HiddenUserServer)}})
	}
	return result(q.iq, node{Tag: "list", Attrs: attrs{"dhash": strconv.Itoa(len(items))}, Content: items})
}
