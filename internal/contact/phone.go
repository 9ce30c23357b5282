package contact

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ParsePhone reads a phone number as people write it (0812…, 62812…, +62 812-…, 8.12E+10 from a spreadsheet) and
// returns digits with the country code. region is a two-letter country, used for numbers without a country code; ""
// is ID. Any number that can exist by its length is taken; whether it does is the network's word. ErrPhone.
func ParsePhone(raw, region string) (string, error) {
	region = strings.ToUpper(cmp.Or(region, "ID"))
	if len(raw) > 64 {
		return "", ErrPhone
	}
	digits, international := phoneDigits(raw)
	if len(digits) < 5 || len(digits) > 17 {
		return "", ErrPhone
	}
	if phone, ok := indonesianMobile(digits, international); ok && region == "ID" {
		return phone, nil
	}
	var tries []string
	switch code := strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region)); {
	case international:
		tries = []string{"+" + digits}
	case strings.HasPrefix(digits, "00"):
		tries = []string{"+" + digits[2:]}
	case strings.HasPrefix(digits, "0"):
		tries = []string{digits}
	case strings.HasPrefix(digits, code+"0"): // 62 0812…: both prefixes at once, a habit
		tries = []string{"+" + code + digits[len(code)+1:], "+" + digits}
	case strings.HasPrefix(digits, code):
		tries = []string{"+" + digits, digits}
	default:
		// 812… without anything is a mobile number of the region; 6591234567, no mobile here, is another country's.
		if tries = []string{"+" + digits, digits}; mobile(digits, region) {
			tries = tries[1:]
		}
	}
	return firstNumber(tries, region)
}

// indonesianMobile reads what nearly every number of an Indonesian list is, which the library takes fifty times as long for:
// a million of them are imported and planned. False says nothing: it may be one all the same.
func indonesianMobile(digits string, international bool) (phone string, ok bool) {
	national, withCode := strings.CutPrefix(digits, "62")
	if !withCode {
		if international {
			return "", false
		}
		national = strings.TrimPrefix(digits, "0")
	}
	if len(national) < 9 || len(national) > 12 || national[0] != '8' || national[1] == '0' || national[1] == '4' {
		return "", false
	}
	return "62" + national, true
}

// longest is how many digits a number has at most, its country's code among them (E.164). The library lets longer ones pass.
const longest = 15

// firstNumber prefers a number that is assigned to one whose length alone fits.
func firstNumber(tries []string, region string) (string, error) {
	possible := ""
	for _, t := range tries {
		n, err := phonenumbers.Parse(t, region)
		if err != nil {
			continue
		}
		out := strings.TrimPrefix(phonenumbers.Format(n, phonenumbers.E164), "+")
		if len(out) > longest {
			continue
		}
		if phonenumbers.IsValidNumber(n) {
			return out, nil
		}
		if possible == "" && phonenumbers.IsPossibleNumber(n) {
			possible = out
		}
	}
	if possible == "" {
		return "", ErrPhone
	}
	return possible, nil
}

func mobile(digits, region string) bool {
	n, err := phonenumbers.Parse(digits, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return false
	}
	t := phonenumbers.GetNumberType(n)
	return t == phonenumbers.MOBILE || t == phonenumbers.FIXED_LINE_OR_MOBILE
}

// phoneDigits takes the digits out of raw; false digits ("") when there is anything that no phone number has.
func phoneDigits(raw string) (digits string, international bool) {
	s := strings.TrimSpace(raw)
	if d, ok := spreadsheet(s); ok {
		return d, false
	}
	s = strings.TrimSuffix(s, ".0")
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '\u0660' && r <= '\u0669': // Arabic digits
			b.WriteRune(r - '\u0660' + '0')
		case r >= '\uff10' && r <= '\uff19': // full-width digits
			b.WriteRune(r - '\uff10' + '0')
		case (r == '+' || r == '\uff0b') && b.Len() == 0 && !international:
			international = true
		case strings.ContainsRune(" -.()/\t\u00a0\u2010\u2011\u2012\u2013\u2014\u200b\u202a\u202c\ufeff", r):
		default:
			return "", false
		}
	}
	return b.String(), international
}

// spreadsheet reads 6.28123E+12, what a spreadsheet makes of a number. Digits that it has lost are not invented: the
// number must be whole, and the exponent not say more digits than are written plus trailing zeros of a real one.
func spreadsheet(s string) (string, bool) {
	if !strings.ContainsAny(s, "eE") {
		return "", false
	}
	f, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || f != math.Trunc(f) || f < 1e6 || f >= 1e16 {
		return "", false
	}
	return strconv.FormatInt(int64(f), 10), true
}
