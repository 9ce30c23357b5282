package demo

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"strings"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/feature/autoreply"
	"github.com/pingcrm/pingcrm/internal/member"
	"github.com/pingcrm/pingcrm/internal/template"
)

const (
	shopName  = "Toko Demo"
	shopEmail = "demo@tokodemo.example"
)

// customer is a simulated person: what they write first, what they answer to a question, and what they show of themselves.
type customer struct {
	name    string
	opening string
	answer  string
	about   string
}

// customers are made up.
var customers = []customer{ //arch:global the cast of the demo, never changed
	{name: "Sari Wulandari", opening: "Kak, brownies cokelatnya masih ada?", answer: "Boleh kak, 2 kotak ya", about: "Pecinta kue"},
	{name: "Budi Santoso", opening: "Selamat siang, bisa kirim ke Bandung?", answer: "Oke kak, terima kasih", about: "Sibuk"},
	{name: "Dewi Lestari", opening: "Halo", about: "Ada"},
	{name: "Agus Pratama", answer: "Siap kak, saya transfer sekarang", about: "Bismillah"},
	{name: "Rina Marlina", about: "Reseller kue Bandung"},
	{name: "Joko Susilo", about: "Hanya pesan"},
}

// rules are the shop's automatic answers.
func rules(workspaceID string) []autoreply.Rule {
	keyword := func(match autoreply.Match, words ...string) autoreply.Trigger {
		return autoreply.Trigger{Trigger: autoreply.TriggerKeyword, Match: match, Words: words}
	}
	list := []autoreply.Rule{
		{
			Name: "Salam", When: keyword(autoreply.MatchExact, "halo", "hai", "hi", "hello", "assalamualaikum", "selamat pagi"),
			Then: []autoreply.Step{{Text: "Halo {name}, selamat datang di {business_name}! Ketik *menu* untuk melihat daftar harga."}},
		},
		{
			Name: "Daftar harga", When: keyword(autoreply.MatchFuzzy, "menu", "harga", "daftar harga", "katalog"),
			Then: []autoreply.Step{
				{Text: "Daftar harga {business_name}:\n• Brownies cokelat Rp45.000\n• Bolu pandan Rp38.000\n• Kue kering Rp60.000"},
				{Text: "{Mau pesan|Mau order} yang mana, {name}? Ketik *pesan* lalu nama kuenya.", DelaySeconds: 1, Typing: true},
			},
		},
		{
			Name: "Pesanan", When: keyword(autoreply.MatchStartsWith, "pesan ", "order "),
			Then: []autoreply.Step{{Text: "{Siap|Baik}, pesanan \"{message}\" kami catat. Kami kabari begitu siap, ya."}},
		},
		{
			Name: "Di luar jam buka", When: autoreply.Trigger{Trigger: autoreply.TriggerOutOfHours}, EveryMinutes: 240,
			Then: []autoreply.Step{{Text: "Kami sedang tutup. Pesanmu kami balas saat buka, ya."}},
		},
	}
	for i := range list {
		list[i].WorkspaceID, list[i].Enabled, list[i].Audience = workspaceID, true, autoreply.AudiencePeople
	}
	return list
}

// templates are the shop's messages kept ready.
func templates(workspaceID string) []template.Template {
	return []template.Template{
		{WorkspaceID: workspaceID, Name: "Pesanan siap", Category: "Pesanan", Body: "{Halo|Hai} {name}, pesananmu di {business_name} sudah siap diambil."},
		{WorkspaceID: workspaceID, Name: "Pengingat pembayaran", Category: "Pembayaran", Body: "Halo {name=Kak}, pembayaran {amount} jatuh tempo {due}."},
	}
}

// seed makes the shop in one transaction.
func (c Config) seed(ctx context.Context) (Facts, error) {
	f := Facts{Email: shopEmail, Password: password()}
	for {
		err := c.App.InTx(ctx, func(ctx context.Context) error { return c.fill(ctx, &f) })
		if !errors.Is(err, member.ErrEmailTaken) {
			return f, err
		}
		// An earlier demo lost its demo.json; this one is a shop of its own.
		f.Email = strings.Replace(shopEmail, "@", "-"+strings.ToLower(password()[:4])+"@", 1)
	}
}

func (c Config) fill(ctx context.Context, f *Facts) error {
	w, err := c.App.Workspaces.Create(ctx, shopName)
	if err != nil {
		return err
	}
	f.WorkspaceID = w.ID
	m, err := c.App.Members.Create(ctx, w.ID, member.Fields{Email: f.Email, Name: "Demo", Role: member.Owner, Password: f.Password})
	if err != nil {
		return err
	}
	by := member.Principal{WorkspaceID: w.ID, MemberID: m.ID, Role: member.Owner}
	if _, f.APIKey, err = c.App.Members.CreateKey(ctx, by, member.KeyFields{Name: "Demo"}); err != nil {
		return err
	}
	d, err := c.App.Devices.Create(ctx, w.ID, c.App.Channel(), "Nomor toko", device.Settings{})
	if err != nil {
		return err
	}
	f.Devices = []Number{{ID: d.ID}}
	for _, r := range rules(w.ID) {
		if _, err := c.App.Rules.Create(ctx, r); err != nil {
			return err
		}
	}
	for _, t := range templates(w.ID) {
		if _, err := c.App.Templates.Create(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// password is 80 random bits as letters and digits.
func password() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b)
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}
