package wasim

import (
	"strconv"
	"strings"

	"go.mau.fi/whatsmeow/types"
)

// usync answers the query for everything that is to be known of users: whether a
// number exists, its devices, its hidden id, its about text.
func (q asking) usync() node {
	asked := child(q.iq, "usync")
	query, list := child(&asked, "query"), child(&asked, "list")
	users := make([]node, 0, len(list.GetChildren()))
	for i := range list.GetChildren() {
		if user, ok := q.user(&query, &list.GetChildren()[i]); ok {
			users = append(users, user)
		}
	}
	out := node{Tag: "usync", Attrs: attrs{}, Content: []node{
		{Tag: "result", Content: []node{}}, {Tag: "list", Content: users},
	}}
	for _, name := range []string{"sid", "mode", "context", "index", "last"} {
		if v := text(&asked, name); v != "" {
			out.Attrs[name] = v
		}
	}
	return result(q.iq, out)
}

// user answers for one user of the list. One who is asked for by address and
// isn't there is left out; one who is asked for by number is answered "out".
func (q asking) user(query, user *node) (node, bool) {
	contact := child(user, "contact")
	if number := string(content(&contact)); number != "" {
		return q.contact(query, number), true
	}
	jid := address(user, "jid").ToNonAD()
	a := q.net.accounts.at(jid)
	if a == nil {
		return node{}, false
	}
	return node{Tag: "user", Attrs: attrs{"jid": jid}, Content: q.protocols(query, a, formOf(jid), nil)}, true
}

// contact answers whether a number is on the network. Clients that ask for hidden
// ids get them as the user's address, with the number beside it.
func (q asking) contact(query *node, number string) node {
	protocol := child(query, "contact")
	name, _, _ := strings.Cut(strings.TrimPrefix(number, "+"), "@")
	pn := types.NewJID(name, types.DefaultUserServer)
	byLID := text(&protocol, "addressing_mode") == "lid"
	a := q.net.accounts.at(pn)
	echo := node{Tag: "contact", Attrs: attrs{"type": "in"}, Content: []byte(number)}
	if a == nil {
		echo.Attrs["type"] = "out"
		out := node{Tag: "user", Attrs: attrs{"jid": pn}, Content: []node{echo}}
		if byLID {
			out.Attrs = attrs{"pn_jid": pn}
		}
		return out
	}
	out := node{Tag: "user", Attrs: attrs{"jid": pn}}
	form := AddressPhone
	if byLID && q.net.opts.Addressing == AddressLID {
		out.Attrs = attrs{"jid": a.lidJID(), "pn_jid": pn}
		form = AddressLID
	}
	out.Content = q.protocols(query, a, form, &echo)
	return out
}

func (q asking) protocols(query *node, a *account, form Addressing, contact *node) []node {
	out := []node{}
	for _, protocol := range query.GetChildren() {
		switch protocol.Tag {
		case "contact":
			if contact != nil {
				out = append(out, *contact)
			}
		case "devices":
			out = append(out, deviceList(a, form, q.net))
		case "lid":
			out = append(out, node{Tag: "lid", Attrs: attrs{"val": a.lidJID()}})
		case "status", "picture", "business":
			out = append(out, a.usyncProfile(protocol.Tag, q.device.account, unixString(q.net.now())))
		case "disappearing_mode", "username", "bot":
			out = append(out, node{Tag: protocol.Tag})
		}
	}
	return out
}

func deviceList(a *account, form Addressing, n *Network) node {
	jids := a.deviceJIDs(form)
	devices := make([]node, len(jids))
	for i, jid := range jids {
		devices[i] = node{Tag: "device", Attrs: attrs{"id": strconv.Itoa(int(jid.Device))}}
		if jid.Device != 0 {
			devices[i].Attrs["key-index"] = strconv.Itoa(int(jid.Device))
		}
	}
	return node{Tag: "devices", Content: []node{
		{Tag: "device-list", Attrs: attrs{"hash": deviceHash(jids)}, Content: devices},
		{Tag: "key-index-list", Attrs: attrs{"ts": unixString(n.now())}},
	}}
}
