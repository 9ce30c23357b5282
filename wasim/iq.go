package wasim

import (
	"encoding/json"
	"strconv"

	"go.mau.fi/whatsmeow/types"
)

// asking is an iq and who sent it.
type asking struct {
	net    *Network
	conn   *conn
	device *device
	iq     *node
}

// handleIQ answers a query. Every one gets an answer: clients wait more than a minute for a missing one.
func (n *Network) handleIQ(c *conn, d *device, iq *node) {
	kind := text(iq, "type")
	if kind == "result" || kind == "error" {
		return
	}
	q := asking{net: n, conn: c, device: d, iq: iq}
	answer, ok := q.answer()
	if !ok {
		n.opts.Logger.Info("wasim: query without an answer", "device", c.name, "iq", iq.String())
		answer = refusal(iq, 501, "feature-not-implemented")
	}
	c.send(answer)
	q.afterwards()
}

func (q asking) answer() (node, bool) {
	switch text(q.iq, "xmlns") {
	case "w:p", "urn:xmpp:ping":
		return result(q.iq), true
	case "encrypt":
		return q.encrypt()
	case "usync":
		return q.usync(), true
	case "passive", "w:web", "w:stats", "tos", "urn:xmpp:whatsapp:dirty":
		return result(q.iq), true
	case "w:m":
		return q.mediaConn(), true
	case "w:sync:app:state":
		return q.appState(), true
	case "privacy":
		return q.privacy(), true
	case "w:profile:picture":
		if id, ok := q.aboutGroup(); ok {
			return q.groupPicture(id), true
		}
		return q.picture(), true
	case "status":
		return q.about(), true
	case "w:mex":
		return q.mex(), true
	case "newsletter":
		return q.newsletterIQ()
	case "md":
		return q.multiDevice()
	case "blocklist":
		return q.blocklist(), true
	case "abt", "w", "w:biz", "disappearing_mode", "fb:thrift_iq":
		return q.settings()
	case "w:g2":
		return q.groups(), true
	default:
		return node{}, false
	}
}

// afterwards does what has to come behind the answer.
func (q asking) afterwards() {
	switch {
	case text(q.iq, "xmlns") == "passive" && hasChild(q.iq, "active"):
		q.net.activate(q.conn, q.device)
	case text(q.iq, "xmlns") == "passive" && hasChild(q.iq, "passive"):
		q.device.out.close(q.conn)
	case hasChild(q.iq, "remove-companion-device"):
		// The client has asked for it and ends the connection itself.
		q.net.forget(q.device)
		q.conn.part(partingGrace)
	}
}

func (q asking) settings() (node, bool) {
	switch firstTag(q.iq) {
	case "props":
		return result(q.iq, node{Tag: "props", Attrs: attrs{"protocol": "1", "hash": "0", "refresh": "86400"}, Content: []node{}}), true
	case "business_profile":
		return q.businessProfile(), true
	case "verified_name":
		return result(q.iq), true
	default:
		return result(q.iq), true
	}
}

func (q asking) mediaConn() node {
	return result(q.iq, node{
		Tag: "media_conn",
		Attrs: attrs{
			"auth": "simulated", "ttl": "3600", "auth_ttl": "21600", "max_buckets": "12", "id": "1", "is_new": "1",
			"max_auto_download_retry": "4", "max_manual_retry": "3",
		},
		Content: []node{{Tag: "host", Attrs: attrs{"hostname": "mmg.whatsapp.net", "type": "primary"}}},
	})
}

func (q asking) multiDevice() (node, bool) {
	switch firstTag(q.iq) {
	case "remove-companion-device":
		return result(q.iq), true
	default:
		return node{}, false
	}
}

// aboutQuery is the graph query with which clients set their about text.
const aboutQuery = "9152604461510864"

// mex is the graph query interface; what the network keeps of it is the about text.
func (q asking) mex() node {
	query := child(q.iq, "query")
	if answer, ok := q.newsletterMex(text(&query, "query_id"), content(&query)); ok {
		body, err := json.Marshal(answer)
		if err != nil {
			return refusal(q.iq, 500, "internal-server-error")
		}
		return result(q.iq, node{Tag: "result", Content: body})
	}
	if text(&query, "query_id") == aboutQuery {
		var body struct {
			Variables struct {
				Input struct {
					Text *string `json:"text"`
				} `json:"input"`
			} `json:"variables"`
		}
		if err := json.Unmarshal(content(&query), &body); err != nil {
			return refusal(q.iq, 400, "bad-request")
		}
		if about := body.Variables.Input.Text; about != nil {
			if err := q.net.setAbout(q.device.account, q.device, *about); err != nil {
				return refusal(q.iq, 406, "not-acceptable")
			}
		}
	}
	return result(q.iq, node{Tag: "result", Content: []byte(`{"data":{}}`)})
}

// privacySettings are the categories and what is allowed to whom in a new account.
func defaultPrivacy() map[string]string {
	return map[string]string{
		"readreceipts": "all", "last": "all", "profile": "all", "status": "all", "online": "all",
		"groupadd": "all", "calladd": "all", "messages": "all", "defense": "off", "stickers": "all",
	}
}

func (q asking) privacy() node {
	if hasChild(q.iq, "tokens") {
		return result(q.iq)
	}
	a := q.device.account
	asked := child(q.iq, "privacy")
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range asked.GetChildren() {
		c := &asked.GetChildren()[i]
		if name, value := text(c, "name"), text(c, "value"); name != "" && value != "" {
			a.privacy[name] = value
		}
	}
	categories := make([]node, 0, len(a.privacy))
	for name, value := range a.privacy {
		categories = append(categories, node{Tag: "category", Attrs: attrs{"name": name, "value": value}})
	}
	return result(q.iq, node{Tag: "privacy", Content: categories})
}

// encrypt keeps and hands out keys.
func (q asking) encrypt() (node, bool) {
	keys := q.device.keys
	switch {
	case hasChild(q.iq, "count"):
		count := keys.count()
		if keys.firstCount() && q.net.opts.FastPairing && count == 0 {
			// A device without keys uploads 812 of them; one that is told of a single key uploads 50.
			count = 1
		}
		return result(q.iq, node{Tag: "count", Attrs: attrs{"value": strconv.Itoa(count)}}), true
	case hasChild(q.iq, "digest"):
		return q.digest(), true
	case hasChild(q.iq, "key"):
		return q.keyQuery(), true
	case text(q.iq, "type") == "set" && hasChild(q.iq, "rotate"):
		return result(q.iq), true
	case text(q.iq, "type") == "set":
		if err := keys.upload(q.iq); err != nil {
			q.net.opts.Logger.Warn("wasim: key upload refused", "device", q.conn.name, "error", err)
			return refusal(q.iq, 406, "not-acceptable"), true
		}
		return result(q.iq), true
	default:
		return node{}, false
	}
}

// digest satisfies clients that compare what the network has with what they have.
func (q asking) digest() node {
	b, _ := q.device.keys.peek()
	return result(q.iq, node{Tag: "digest", Content: append(b.nodes(), node{Tag: "hash", Content: make([]byte, 20)})})
}

func (q asking) keyQuery() node {
	asked := child(q.iq, "key")
	users := make([]node, 0, len(asked.GetChildren()))
	for i := range asked.GetChildren() {
		jid := address(&asked.GetChildren()[i], "jid")
		user := node{Tag: "user", Attrs: attrs{"jid": jid, "t": unixString(q.net.now())}}
		if b, ok := q.net.bundleOf(jid); ok {
			user.Content = b.nodes()
		} else {
			user.Content = []node{{Tag: "error", Attrs: attrs{"code": "404", "text": "item-not-found"}}}
		}
		users = append(users, user)
	}
	return result(q.iq, node{Tag: "list", Content: users})
}

// bundleOf takes a bundle of keys of any device, and tells a companion that runs low.
func (n *Network) bundleOf(jid types.JID) (bundle, bool) {
	a := n.accounts.at(jid)
	if a == nil {
		return bundle{}, false
	}
	if jid.Device == 0 {
		return a.phone.bundle(), true
	}
	d := a.device(int(jid.Device))
	if d == nil {
		return bundle{}, false
	}
	b, left := d.keys.take()
	if left == lowKeys-1 {
		n.notify(d, "encrypt", types.ServerJID, node{Tag: "count", Attrs: attrs{"value": strconv.Itoa(left)}})
	}
	return b, true
}
