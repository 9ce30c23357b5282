package importer

import (
	"slices"
	"strings"
	"unicode"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/workspace"
)

// refusals and agreements are how shops write into a column whether somebody wants promotions: "gak mau", "TIDAK", "boleh", "ok".
func refusals() []string {
	return []string{
		"tidak", "tdk", "tak", "gak", "ga", "gk", "nggak", "ngga", "ngak", "enggak", "engga", "ndak", "jangan", "jgn", "tolak", "menolak", "keberatan", "berhenti",
		"no", "not", "dont", "never", "out", "stop", "n", "t", "false", "0", "✗", "✘", "❌",
	}
}

func agreements() []string {
	return []string{
		"ya", "y", "iya", "yes", "ok", "oke", "okay", "okey", "mau", "boleh", "setuju", "bersedia", "in", "true", "1", "✓", "✔", "✅",
	}
}

// consentOf reads such a cell. One word of refusal is enough: who did not want it is not to get it for an agreement beside it.
func consentOf(cell string) contact.Consent {
	words := strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(cell, "'", "")), func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.Is(unicode.So, c)
	})
	said := func(list []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	switch {
	case said(refusals()), workspace.DefaultOptOut("").Asks(cell) == workspace.WishOut:
		return contact.ConsentOut
	case said(agreements()):
		return contact.ConsentIn
	}
	return contact.ConsentUnknown
}

// unsaid tells a cell in which nothing stands, as people fill it.
func unsaid(cell string) bool { return strings.Trim(cell, "-–—.? ") == "" }

// asksConsent tells a column by its name and by what stands below: "Mau promo?" with ya and tidak, but not a column of promotions.
func asksConsent(name string, samples [][]string, column int) bool {
	about := []string{"promo", "promosi", "siaran", "broadcast", "setuju", "persetujuan", "izin", "ijin", "langganan", "consent", "subscribe", "subscribed", "newsletter", "marketing"}
	if !slices.ContainsFunc(strings.Fields(name), func(w string) bool { return slices.Contains(about, w) }) {
		return false
	}
	read, all := 0, 0
	for _, row := range samples {
		if column >= len(row) || unsaid(row[column]) {
			continue
		}
		all++
		if consentOf(row[column]) != contact.ConsentUnknown {
			read++
		}
	}
	return 2*read > all
}
