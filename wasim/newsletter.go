package wasim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"github.com/pingcrm/pingcrm/wasim/internal/newsletter"
)

// Faults of newsletters.
var (
	ErrNewsletter      = newsletter.ErrUnknown
	ErrNewsletterOwner = newsletter.ErrForbidden
)

// NewsletterPost is what a phone sees of a post.
type NewsletterPost struct {
	ServerID  int            `json:"server_id"`
	ID        string         `json:"id"`
	Text      string         `json:"text"`
	Kind      string         `json:"kind"` // text, image, video… as the writer says
	At        time.Time      `json:"at"`
	Reactions map[string]int `json:"reactions"`
}

// CreateNewsletter makes a newsletter that the phone's owner writes, and returns its address.
func (p *Phone) CreateNewsletter(_ context.Context, name, description string) (string, error) {
	n, err := p.net.makeNewsletter(p.account, name, description)
	return n.ID + "@" + types.NewsletterServer, err
}

// FollowNewsletter follows one (its address or the code of its invitation).
func (p *Phone) FollowNewsletter(_ context.Context, ref string) error {
	return p.net.letters.Follow(ref, p.account.lid)
}

// PostNewsletter writes a text and returns its number.
func (p *Phone) PostNewsletter(_ context.Context, ref, text string) (int, error) {
	body, err := proto.Marshal(&waE2E.Message{Conversation: proto.String(text)})
	if err != nil {
		return 0, err
	}
	post, err := p.net.postNewsletter(p.account, nil, ref, newsletter.Post{ID: p.net.nextID(), Type: "text", Body: body})
	return post.ServerID, err
}

// ReactNewsletter reacts to a post; empty takes the reaction back.
func (p *Phone) ReactNewsletter(_ context.Context, ref string, serverID int, emoji string) error {
	return p.net.letters.React(ref, p.account.lid, serverID, emoji)
}

// Newsletters lists the addresses of those that the phone's owner follows.
func (p *Phone) Newsletters() []string {
	out := []string{}
	for _, n := range p.net.letters.Of(p.account.lid) {
		out = append(out, n.ID+"@"+types.NewsletterServer)
	}
	return out
}

// NewsletterPosts lists a newsletter's posts, oldest first.
func (p *Phone) NewsletterPosts(ref string) ([]NewsletterPost, error) {
	n, err := p.net.letters.Get(ref)
	out := make([]NewsletterPost, 0, len(n.Posts))
	for _, post := range n.Posts {
		seen := NewsletterPost{ServerID: post.ServerID, ID: post.ID, Kind: post.MediaType, At: post.At, Reactions: counted(post)}
		if seen.Kind == "" {
			seen.Kind = "text"
		}
		var m waE2E.Message
		if proto.Unmarshal(post.Body, &m) == nil {
			seen.Text = m.GetConversation() + m.GetExtendedTextMessage().GetText() + m.GetImageMessage().GetCaption() + m.GetVideoMessage().GetCaption()
		}
		out = append(out, seen)
	}
	return out, err
}

func counted(p newsletter.Post) map[string]int {
	out := map[string]int{}
	for _, emoji := range p.Reactions {
		out[emoji]++
	}
	return out
}

func (n *Network) makeNewsletter(a *account, name, description string) (newsletter.Newsletter, error) {
	id := strconv.FormatUint(120_363_000_000_000_000+draw(n.random("newsletter", n.count.ids.Add(1)))%1_000_000_000_000, 10)
	return n.letters.Create(id, a.lid, name, description, n.now())
}

// postNewsletter adds a post and gives it to the companions of all followers but the one that wrote it.
func (n *Network) postNewsletter(a *account, by *device, ref string, p newsletter.Post) (newsletter.Post, error) {
	p.At = n.now()
	p, to, err := n.letters.Append(ref, a.lid, p)
	if err != nil {
		return p, fmt.Errorf("wasim: post: %w", err)
	}
	from := types.NewJID(to.ID, types.NewsletterServer)
	out := node{Tag: "message", Content: []node{plaintextOf(p)}, Attrs: attrs{
		"from": from, "id": p.ID, "server_id": strconv.Itoa(p.ServerID), "t": unixString(p.At), "type": p.Type,
	}}
	for lid := range to.Followers {
		follower := n.accounts.at(types.NewJID(lid, types.HiddenUserServer))
		if follower == nil {
			continue
		}
		for _, d := range follower.companions() {
			if d != by {
				d.out.put(n.key("message", p.ID, from, ""), out)
			}
		}
	}
	return p, nil
}

// handleNewsletter takes a post or a reaction of a companion.
func (n *Network) handleNewsletter(c *conn, d *device, stanza *node) {
	to := address(stanza, "to")
	ack := node{Tag: "ack", Attrs: attrs{"class": "message", "id": text(stanza, "id"), "from": to, "t": unixString(n.now())}}
	s := subject{device: d}
	if n.refused(c, s, ack, 0) {
		return
	}
	if !d.seen.add(text(stanza, "id")) {
		n.count.repeated.Add(1)
		if number := n.numberOfPost(to.User, text(stanza, "id")); number > 0 {
			ack.Attrs["server_id"] = strconv.Itoa(number)
		}
		n.acknowledge(c, ack)
		return
	}
	var err error
	if text(stanza, "type") == "reaction" {
		reaction := child(stanza, "reaction")
		err = n.letters.React(to.User, d.account.lid, int(number(stanza, "server_id")), text(&reaction, "code"))
	} else {
		body := child(stanza, "plaintext")
		var post newsletter.Post
		post, err = n.postNewsletter(d.account, d, to.User, newsletter.Post{
			ID: text(stanza, "id"), Type: text(stanza, "type"), MediaType: text(&body, "mediatype"), Body: content(&body),
		})
		ack.Attrs["server_id"] = strconv.Itoa(post.ServerID)
	}
	if err != nil {
		n.refused(c, s, ack, newsletterCode(err))
		return
	}
	n.confirmAccepted(c, s, ack)
}

// numberOfPost is what the newsletter's post with that id was counted as; 0 is none.
func (n *Network) numberOfPost(ref, id string) int {
	letter, err := n.letters.Get(ref)
	if err != nil {
		return 0
	}
	for _, p := range letter.Posts {
		if p.ID == id {
			return p.ServerID
		}
	}
	return 0
}

func newsletterCode(err error) int {
	switch {
	case errors.Is(err, newsletter.ErrForbidden):
		return 403
	case errors.Is(err, newsletter.ErrName):
		return 400
	default:
		return 404
	}
}

// The graph queries of newsletters, by the numbers that web clients use.
const (
	mexNewsletter = "6563316087068696"
	mexSubscribed = "6388546374527196"
	mexCreate     = "6234210096708695"
	mexFollow     = "9926858900719341"
	mexUnfollow   = "6392786840836363"
	mexMute       = "6274038279359549"
	mexUnmute     = "6068417879924485"
)

// alsoMex are the numbers that Baileys uses for the same queries.
func alsoMex() map[string]string {
	return map[string]string{
		"8823471724422422": mexCreate, "24404358912487870": mexFollow, "9767147403369991": mexUnfollow,
		"29766401636284406": mexMute, "9864994326891137": mexUnmute,
	}
}

// newsletterMex answers a graph query about newsletters; ok is false for others.
func (q asking) newsletterMex(id string, body []byte) (answer any, ok bool) {
	var asked struct{ Variables newsletterAsked }
	_ = json.Unmarshal(body, &asked) // What is missing is answered like something unknown.
	if same, ok := alsoMex()[id]; ok {
		id, asked.Variables.Create.Name, asked.Variables.Create.Description = same, asked.Variables.Input.Name, asked.Variables.Input.Description
	}
	data, err := q.newsletterDeed(id, asked.Variables)
	if data == nil && err == nil {
		return nil, false
	}
	if err != nil {
		return map[string]any{"data": nil, "errors": []any{map[string]any{
			"message": err.Error(), "extensions": map[string]any{"error_code": newsletterCode(err), "severity": "CRITICAL"},
		}}}, true
	}
	return map[string]any{"data": data}, true
}

// newsletterAsked are the variables of a query.
type newsletterAsked struct {
	Newsletter string `json:"newsletter_id"`
	Input      struct{ Key, Name, Description string }
	Create     struct{ Name, Description string } `json:"newsletter_input"`
}

// newsletterDeed does what a query asks for; without data and error it is none of these.
func (q asking) newsletterDeed(id string, v newsletterAsked) (data map[string]any, err error) {
	book, me := &q.net.letters, q.device.account
	done := map[string]any{"id": v.Newsletter}
	var n newsletter.Newsletter
	switch id {
	case mexNewsletter:
		if n, err = book.Get(v.Input.Key); err == nil {
			data = map[string]any{"xwa2_newsletter": metadata(n, me.lid)}
		}
	case mexSubscribed:
		list := []any{}
		for _, n := range book.Of(me.lid) {
			list = append(list, metadata(n, me.lid))
		}
		data = map[string]any{"xwa2_newsletter_subscribed": list}
	case mexCreate:
		if n, err = q.net.makeNewsletter(me, v.Create.Name, v.Create.Description); err == nil {
			data = map[string]any{"xwa2_newsletter_create": metadata(n, me.lid)}
		}
	case mexFollow:
		data, err = map[string]any{"xwa2_newsletter_join_v2": done}, book.Follow(v.Newsletter, me.lid)
	case mexUnfollow:
		data, err = map[string]any{"xwa2_newsletter_leave_v2": done}, book.Unfollow(v.Newsletter, me.lid)
	case mexMute:
		data, err = map[string]any{"xwa2_newsletter_mute_v2": done}, book.Mute(v.Newsletter, me.lid, newsletter.On)
	case mexUnmute:
		data, err = map[string]any{"xwa2_newsletter_unmute_v2": done}, book.Mute(v.Newsletter, me.lid, newsletter.Off)
	}
	return data, err
}

// metadata is how clients are told of a newsletter.
func metadata(n newsletter.Newsletter, asker string) map[string]any {
	role, mute := "GUEST", "OFF"
	switch {
	case n.Owner == asker:
		role = "OWNER"
	case n.Followers[asker]:
		role = "SUBSCRIBER"
	}
	if n.Muted[asker] {
		mute = "ON"
	}
	says := func(s string) map[string]any {
		return map[string]any{"text": s, "id": "1", "update_time": strconv.FormatInt(n.Created.UnixMicro(), 10)}
	}
	return map[string]any{
		"id": n.ID + "@" + types.NewsletterServer, "state": map[string]any{"type": "ACTIVE"},
		"thread_metadata": map[string]any{
			"creation_time": unixString(n.Created), "invite": n.Invite, "name": says(n.Name), "description": says(n.Description),
			"subscribers_count": strconv.Itoa(len(n.Followers)), "verification": "UNVERIFIED", "picture": map[string]any{"id": "0", "direct_path": ""}, "preview": map[string]any{},
			"settings": map[string]any{"reaction_codes": map[string]any{"value": "ALL"}},
		},
		"viewer_metadata": map[string]any{"mute": mute, "role": role},
	}
}

// newsletterIQ answers for a newsletter's posts.
func (q asking) newsletterIQ() (node, bool) {
	asked, ref := node{}, address(q.iq, "to").User
	switch firstTag(q.iq) {
	case "messages":
		asked = child(q.iq, "messages")
		ref = address(&asked, "jid").User
	case "message_updates":
		asked = child(q.iq, "message_updates")
	case "live_updates":
		return result(q.iq, node{Tag: "live_updates", Attrs: attrs{"duration": "300"}}), true
	default:
		return node{}, false
	}
	n, err := q.net.letters.Get(ref)
	if err != nil {
		return refusal(q.iq, 404, "item-not-found"), true
	}
	posts, before, most := n.Posts, int(number(&asked, "before")), int(number(&asked, "count"))
	for before > 0 && len(posts) > 0 && posts[len(posts)-1].ServerID >= before {
		posts = posts[:len(posts)-1]
	}
	if most > 0 && len(posts) > most {
		posts = posts[len(posts)-most:]
	}
	list := make([]node, 0, len(posts))
	for _, p := range posts {
		list = append(list, nodeOf(p))
	}
	messages := node{Tag: "messages", Attrs: attrs{"jid": types.NewJID(n.ID, types.NewsletterServer)}, Content: list}
	if firstTag(q.iq) == "message_updates" {
		messages = node{Tag: "message_updates", Content: []node{messages}}
	}
	return result(q.iq, messages), true
}

func plaintextOf(p newsletter.Post) node {
	out := node{Tag: "plaintext", Attrs: attrs{}, Content: p.Body}
	if p.MediaType != "" {
		out.Attrs["mediatype"] = p.MediaType
	}
	return out
}

// nodeOf is a post with what became of it.
func nodeOf(p newsletter.Post) node {
	reactions := []node{}
	for emoji, n := range counted(p) {
		reactions = append(reactions, node{Tag: "reaction", Attrs: attrs{"code": emoji, "count": strconv.Itoa(n)}})
	}
	return node{Tag: "message", Attrs: attrs{
		"server_id": strconv.Itoa(p.ServerID), "id": p.ID, "type": p.Type, "t": unixString(p.At),
	}, Content: []node{plaintextOf(p), {Tag: "views_count", Attrs: attrs{"count": "0"}}, {Tag: "reactions", Content: reactions}}}
}

// newslettersFile has all of them; it is replaced whole.
const newslettersFile = "newsletters.json"

// saveNewsletters writes them down when they have changed. Called with the folder's lock held.
func (n *Network) saveNewsletters() error {
	if n.letters.Revision() == n.folder.newsletters {
		return nil
	}
	data, revision, err := n.letters.Save()
	if err == nil {
		err = writeWhole(filepath.Join(n.folder.dir, newslettersFile), data)
	}
	if err != nil {
		return fmt.Errorf("write down the newsletters: %w", err)
	}
	n.folder.newsletters = revision
	return nil
}

// loadNewsletters brings back those of earlier runs.
func (n *Network) loadNewsletters() error {
	path := filepath.Join(n.folder.dir, newslettersFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = n.letters.Load(data)
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrFolder, path, err)
	}
	return nil
}
