package apiapp

import (
	"strings"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/device"
)

// The servers of WhatsApp addresses that the contract shows, and their form in a chat id, where @ and . are -.
const (
	personServer = "@s.whatsapp.net"
	lidServer    = "@lid"
	groupServer  = "@g.us"
)

// maxPhone is how many digits a phone number may have: ITU-T E.164.
const maxPhone = 15

var servers = []struct {
	server string
	kind   device.AddressKind
}{
	{personServer, device.AddressPhone},
	{"@c.us", device.AddressPhone},
	{lidServer, device.AddressLID},
	{groupServer, device.AddressGroup},
}

// parseAddress reads an address in every form of the contract: 6281…@s.whatsapp.net, 6281…-s-whatsapp-net, …@g.us,
// …-g-us, or a bare phone number in any spelling. group says that a bare number is a group's.
func parseAddress(s string, group bool) (device.Address, bool) {
	s = strings.TrimSpace(s)
	if len(s) > 128 {
		return device.Address{}, false
	}
	for _, f := range servers {
		for _, suffix := range []string{f.server, chatID(f.server)} {
			user, ok := strings.CutSuffix(s, suffix)
			if !ok {
				continue
			}
			return inServer(f.kind, user)
		}
	}
	if group {
		return inServer(device.AddressGroup, s)
	}
	phone, err := contact.ParsePhone(s, "ID")
	return device.Address{Kind: device.AddressPhone, Value: phone}, err == nil
}

// inServer checks the part of an address before its server. Old groups are called creator-time.
func inServer(kind device.AddressKind, user string) (device.Address, bool) {
	user, _, _ = strings.Cut(user, ":") // a device's own address is its person's
	digits := user
	if kind == device.AddressGroup {
		creator, created, old := strings.Cut(user, "-")
		if old && (!allDigits(creator) || !allDigits(created)) {
			return device.Address{}, false
		}
		digits = creator + created
	}
	if !allDigits(digits) {
		return device.Address{}, false
	}
	if kind == device.AddressPhone && (digits[0] == '0' || len(digits) > maxPhone) {
		phone, err := contact.ParsePhone(user, "ID") // somebody put a number as people write it before the server
		return device.Address{Kind: kind, Value: phone}, err == nil
	}
	return device.Address{Kind: kind, Value: user}, true
}

func allDigits(s string) bool {
	if len(s) < 5 || len(s) > 40 {
		return false
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// uid is a peer's address as the contract shows it: the number where it is known, else WhatsApp's own.
func uid(p device.Peer) string {
	for _, f := range servers {
		if v := p.Address(f.kind); v != "" {
			return v + f.server
		}
	}
	return ""
}

// chatID is an address with @ and . turned into -.
func chatID(address string) string {
	return strings.NewReplacer("@", "-", ".", "-").Replace(address)
}

// addressField parses a field that must hold an address.
func addressField(in fields, name string, group bool) (device.Address, error) {
	v, err := in.needed(name)
	if err != nil {
		return device.Address{}, err
	}
	a, ok := parseAddress(v, group)
	if !ok {
		return device.Address{}, errAddress.Withf(name).WithField(name)
	}
	return a, nil
}
