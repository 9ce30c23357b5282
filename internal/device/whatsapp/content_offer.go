package whatsapp

import (
	"strconv"
	"strings"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"github.com/pingcrm/pingcrm/internal/device"
)

// maxOfferLines bounds what is shown of a message with many buttons, rows or products.
const maxOfferLines = 64

// offerOf reads what a message says that phones draw in a form of their own: buttons, lists, invitations, events,
// products and orders, as other people and businesses send them. It is shown as a text.
func offerOf(m *waE2E.Message) (device.Content, bool) {
	for _, read := range []func(*waE2E.Message) ([]string, *waE2E.ContextInfo){buttonsOf, listOf, interactiveOf, templateOf, inviteOf, eventOf, goodsOf} {
		lines, ctx := read(m)
		var said []string
		for _, l := range lines {
			if l = strings.TrimSpace(l); l != "" && l != "•" && len(said) < maxOfferLines {
				said = append(said, l)
			}
		}
		if len(said) == 0 {
			continue
		}
		c := device.Content{Kind: device.KindText, Text: text(strings.Join(said, "\n"), maxText)}
		c.Invite = invitation(m.GetGroupInviteMessage())
		withContext(&c, ctx)
		return c, true
	}
	return device.Content{}, false
}

// invitation is what is needed to follow an invitation to a group; nil when it is none.
func invitation(g *waE2E.GroupInviteMessage) *device.Invite {
	jid, err := types.ParseJID(g.GetGroupJID())
	if err != nil || jid.Server != types.GroupServer || g.GetInviteCode() == "" {
		return nil
	}
	i := &device.Invite{Group: text(jid.User, maxName), Name: text(g.GetGroupName(), maxName), Code: text(g.GetInviteCode(), maxName)}
	if at := g.GetInviteExpiration(); at > 0 && at < 1<<40 {
		i.ExpiresAt = at * 1000
	}
	return i
}

// choice is a line for something that can be chosen.
func choice(s string) string { return "• " + s }

func buttonsOf(m *waE2E.Message) ([]string, *waE2E.ContextInfo) {
	b := m.GetButtonsMessage()
	lines := []string{b.GetText(), b.GetContentText(), b.GetFooterText()}
	for _, button := range b.GetButtons() {
		lines = append(lines, choice(button.GetButtonText().GetDisplayText()))
	}
	return lines, b.GetContextInfo()
}

func listOf(m *waE2E.Message) ([]string, *waE2E.ContextInfo) {
	l := m.GetListMessage()
	lines := []string{l.GetTitle(), l.GetDescription(), l.GetFooterText()}
	for _, section := range l.GetSections() {
		for _, row := range section.GetRows() {
			lines = append(lines, choice(row.GetTitle()))
		}
	}
	return lines, l.GetContextInfo()
}

func interactiveOf(m *waE2E.Message) ([]string, *waE2E.ContextInfo) {
	i := m.GetInteractiveMessage()
	lines := []string{i.GetHeader().GetTitle(), i.GetHeader().GetSubtitle(), i.GetBody().GetText(), i.GetFooter().GetText()}
	for _, card := range i.GetCarouselMessage().GetCards() {
		lines = append(lines, card.GetHeader().GetTitle(), card.GetBody().GetText())
	}
	return lines, i.GetContextInfo()
}

func templateOf(m *waE2E.Message) ([]string, *waE2E.ContextInfo) {
	h := m.GetTemplateMessage().GetHydratedTemplate()
	if h == nil {
		h = m.GetTemplateMessage().GetHydratedFourRowTemplate()
	}
	lines := []string{h.GetHydratedTitleText(), h.GetHydratedContentText(), h.GetHydratedFooterText()}
	for _, b := range h.GetHydratedButtons() {
		lines = append(lines, choice(b.GetQuickReplyButton().GetDisplayText()+b.GetUrlButton().GetDisplayText()+b.GetCallButton().GetDisplayText()))
	}
	return lines, m.GetTemplateMessage().GetContextInfo()
}

// inviteOf is the text of an invitation to a group, for those who only read it.
func inviteOf(m *waE2E.Message) ([]string, *waE2E.ContextInfo) {
	g := m.GetGroupInviteMessage()
	return []string{g.GetGroupName(), g.GetCaption()}, g.GetContextInfo()
}

// eventOf is an entry of a calendar. Its time is written in UTC: nobody knows where it will be read.
func eventOf(m *waE2E.Message) ([]string, *waE2E.ContextInfo) {
	e := m.GetEventMessage()
	if e == nil {
		return nil, nil
	}
	lines := []string{e.GetName()}
	if at := e.GetStartTime(); at > 0 && at < 1<<40 {
		when := time.Unix(at, 0).UTC().Format("2006-01-02 15:04 UTC")
		if end := e.GetEndTime(); end > at && end < 1<<40 {
			when += " – " + time.Unix(end, 0).UTC().Format("2006-01-02 15:04 UTC")
		}
		lines = append(lines, when)
	}
	return append(lines, e.GetLocation().GetName(), e.GetLocation().GetAddress(), e.GetDescription(), e.GetJoinLink()), e.GetContextInfo()
}

// goodsOf is a product of a catalogue, or an order from one.
func goodsOf(m *waE2E.Message) ([]string, *waE2E.ContextInfo) {
	if p := m.GetProductMessage(); p != nil {
		what := p.GetProduct()
		return []string{
			p.GetBody(), what.GetTitle(), price(what.GetPriceAmount1000(), what.GetCurrencyCode()), what.GetDescription(), what.GetURL(), p.GetFooter(),
		}, p.GetContextInfo()
	}
	o := m.GetOrderMessage()
	if o == nil {
		return nil, nil
	}
	count := ""
	if n := o.GetItemCount(); n > 0 {
		count = strconv.Itoa(int(n)) + "×"
	}
	return []string{o.GetOrderTitle(), count, price(o.GetTotalAmount1000(), o.GetTotalCurrencyCode()), o.GetMessage()}, o.GetContextInfo()
}

// price writes an amount that the network counts in thousandths of the currency.
func price(thousandths int64, currency string) string {
	if thousandths <= 0 {
		return ""
	}
	s := strconv.FormatInt(thousandths/1000, 10)
	if rest := thousandths % 1000; rest != 0 {
		s += "." + strings.TrimRight(strconv.FormatInt(1000+rest, 10)[1:], "0")
	}
	return strings.TrimSpace(text(currency, 8) + " " + s)
}
