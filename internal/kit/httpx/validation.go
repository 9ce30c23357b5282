package httpx

import (
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/fault"
)

// The faults of a body or parameter that does not fit its schema. None of them repeats what was sent.
var (
	errFieldMissing = fault.New(fault.Invalid, "field_missing", fault.Text{
		ID: "Kolom ini wajib diisi.", EN: "This field is required.",
	})
	errUnknownField = fault.New(fault.Invalid, "field_unknown", fault.Text{
		ID: "Kolom ini tidak dikenal. Periksa ejaannya, atau hapus.", EN: "This field is not known. Check its spelling, or leave it out.",
	})
	errWrongType = fault.New(fault.Invalid, "field_type", fault.Text{
		ID: "Jenis isi kolom ini salah: harus %s.", EN: "This field has the wrong type: it must be %s.",
	})
	errTooShort = fault.New(fault.Invalid, "field_too_short", fault.Text{
		ID: "Isi kolom ini terlalu pendek: paling sedikit %s.", EN: "This field is too short: at least %s.",
	})
	errTooLong = fault.New(fault.Invalid, "field_too_long", fault.Text{
		ID: "Isi kolom ini terlalu panjang: paling banyak %s.", EN: "This field is too long: at most %s.",
	})
	errTooSmall = fault.New(fault.Invalid, "field_too_small", fault.Text{
		ID: "Angka ini terlalu kecil: harus %s.", EN: "This number is too small: it must be %s.",
	})
	errTooBig = fault.New(fault.Invalid, "field_too_big", fault.Text{
		ID: "Angka ini terlalu besar: harus %s.", EN: "This number is too big: it must be %s.",
	})
	errChoice = fault.New(fault.Invalid, "field_choice", fault.Text{
		ID: "Isi kolom ini harus salah satu dari: %s.", EN: "This field must be one of: %s.",
	})
	errFormat = fault.New(fault.Invalid, "field_format", fault.Text{
		ID: "Isi kolom ini tidak sesuai bentuk yang diminta. Lihat /docs.", EN: "This field does not have the form that is asked for. See /docs.",
	})
)

// complaint pairs a message of the schema validator with our fault. A group in the pattern is the fault's argument;
// it comes from the schema, never from the request.
type complaint struct {
	pattern *regexp.Regexp
	fault   *fault.Fault
}

// complaints is made once per API: the patterns follow huma's validation package.
func complaints() []complaint {
	c := func(pattern string, f *fault.Fault) complaint {
		return complaint{regexp.MustCompile("^" + pattern + "$"), f}
	}
	return []complaint{
		c(`unexpected property`, errUnknownField),
		c(`expected (boolean|number|integer|string|array|object)`, errWrongType),
		c(`invalid (integer|boolean)`, errWrongType),
		c(`invalid (float).*`, errWrongType),
		c(`expected (?:array )?length >= (\d+)`, errTooShort),
		c(`expected (?:array )?length <= (\d+)`, errTooLong),
		c(`expected number (>=? \S+)`, errTooSmall),
		c(`expected number (<=? \S+)`, errTooBig),
		c(`expected value to be one of "(.*)"`, errChoice),
		c(`required \w+ parameter is missing`, errFieldMissing),
	}
}

var missing = regexp.MustCompile(`^expected required property (\S+) to be present$`)

// explainDetail turns one complaint of the schema validator into a fault that names the field.
func explainDetail(list []complaint, d *huma.ErrorDetail) *fault.Fault {
	field := fieldName(d.Location)
	if m := missing.FindStringSubmatch(d.Message); m != nil {
		return errFieldMissing.WithField(shorten(strings.TrimPrefix(field+"."+m[1], "body.")))
	}
	for _, c := range list {
		m := c.pattern.FindStringSubmatch(d.Message)
		switch {
		case m == nil:
		case len(m) > 1:
			return c.fault.Withf(m[1]).WithField(shorten(field))
		default:
			return c.fault.WithField(shorten(field))
		}
	}
	return errFormat.WithField(shorten(field))
}

// fieldName drops the place a field was in: "body.name" and "query.name" are both "name".
func fieldName(location string) string {
	for _, place := range []string{"body.", "path.", "query.", "header.", "cookie."} {
		if rest, ok := strings.CutPrefix(location, place); ok {
			return rest
		}
	}
	return location
}
