package apiapp

import (
	"testing"
	"time"

	"github.com/pingcrm/pingcrm/internal/device"
)

func TestAddressForms(t *testing.T) {
	t.Parallel()
	const phone, lid, group = device.AddressPhone, device.AddressLID, device.AddressGroup
	for _, c := range []struct {
		in    string
		group bool
		kind  device.AddressKind // "" is refused
		value string
	}{
		{"6281290641111", false, phone, "6281290641111"},
		{"081290641111", false, phone, "6281290641111"},
		{"+62 812-9064-1111", false, phone, "6281290641111"},
		{" 6281290641111@s.whatsapp.net ", false, phone, "6281290641111"},
		{"6281290641111-s-whatsapp-net", false, phone, "6281290641111"},
		{"6281290641111:12@s.whatsapp.net", false, phone, "6281290641111"},
		{"6281290641111@c.us", false, phone, "6281290641111"},
		{"081290641111@s.whatsapp.net", false, phone, "6281290641111"},
		{"081290641111-s-whatsapp-net", false, phone, "6281290641111"},
		{"123456789012345@lid", false, lid, "123456789012345"},
		{"123456789012345-lid", false, lid, "123456789012345"},
		{"120363303315871698@g.us", false, group, "120363303315871698"},
		{"120363303315871698-g-us", false, group, "120363303315871698"},
		{"120363303315871698", true, group, "120363303315871698"},
		{"6281290641111-1415646286@g.us", false, group, "6281290641111-1415646286"},
		{"6281290641111-1415646286-g-us", false, group, "6281290641111-1415646286"},
		{"6281290641111-1415646286", true, group, "6281290641111-1415646286"},
		{"", false, "", ""},
		{"@s.whatsapp.net", false, "", ""},
		{"-s-whatsapp-net", false, "", ""},
		{"pak budi", false, "", ""},
		{"pak budi", true, "", ""},
		{"62812906411111111111111111@s.whatsapp.net", false, "", ""},
		{"12a45678@lid", false, "", ""},
		{"1203-x@g.us", false, "", ""},
		{"6281290641111@evil.example", false, "", ""},
		{"٦٢٨١٢٩٠٦٤١١١١@s.whatsapp.net", false, "", ""},
	} {
		got, ok := parseAddress(c.in, c.group)
		if ok != (c.kind != "") || (ok && got != device.Address{Kind: c.kind, Value: c.value}) {
			t.Errorf("%q (group %v): got %+v, %v; want %s %s", c.in, c.group, got, ok, c.kind, c.value)
		}
	}
}

// FuzzAddress holds that an address which was read is shown in forms that are read as the same address again.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"0812 9064 1111", "6281290641111@s.whatsapp.net", "1203-1415@g.us", "123456-lid", "\xff@g.us", "+1 (212) 555-0100"} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, group bool) {
		a, ok := parseAddress(s, group)
		if !ok {
			return
		}
		shown := uid(device.Peer{Addresses: []device.Address{a}})
		for _, form := range []string{shown, chatID(shown)} {
			if again, ok := parseAddress(form, false); !ok || again != a {
				t.Fatalf("%q is %+v, shown as %q, which is read as %+v, %v", s, a, form, again, ok)
			}
		}
	})
}

func TestAgo(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	now := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		-time.Hour:                "Baru saja",
		0:                         "Baru saja",
		time.Minute - 1:           "Baru saja",
		time.Minute:               "1 Menit lalu",
		time.Hour - 1:             "59 Menit lalu",
		time.Hour:                 "1 Jam lalu",
		3*time.Hour + time.Minute: "3 Jam lalu",
		day - 1:                   "23 Jam lalu",
		day:                       "1 Hari lalu",
		30*day - 1:                "29 Hari lalu",
		30 * day:                  "1 Bulan lalu",
		365*day - 1:               "12 Bulan lalu",
		365 * day:                 "1 Tahun lalu",
		800 * day:                 "2 Tahun lalu",
	} {
		if got := ago(now.Add(-d), now); got != want {
			t.Errorf("%v ago is %q, want %q", d, got, want)
		}
	}
}
