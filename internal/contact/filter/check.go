package filter

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind is what sort of values a field has.
type Kind string

// The kinds of fields. Values are kept as text: numbers plain, dates as 2026-01-31, yes and no as these words.
const (
	Text   Kind = "text"
	Number Kind = "number"
	Date   Kind = "date"
	Choice Kind = "choice"
	YesNo  Kind = "yes_no"
)

// Field is a field that an expression may name as field.<Key>.
type Field struct {
	ID   string
	Key  string
	Kind Kind
}

// Names are what an expression of a workspace may name. A nil Tags takes no tag.
type Names struct {
	Tags   map[string]string // name as Fold gives it → id
	Fields map[string]Field  // by key
}

// Fold makes two ways of writing one name equal.
func Fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// subject is what a condition is about.
type subject int

const (
	onNothing subject = iota
	onTag
	onFlag
	onName
	onPhone
	onSearch
	onConsent
	onDevice
	onTime
	onField
)

// Expr is an expression that was checked: every name is known, every value fits. The zero value is everybody.
type Expr struct {
	op   Op
	args []Expr
	on   subject
	// name tells flags and times apart; of a tag it is the id.
	name  string
	field Field
	text  string  // folded
	num   float64 // of a number
	when  moment  // of a time or date
}

// moment is a point in time, or a distance from now.
type moment struct {
	ago time.Duration
	day string // 2026-01-31; "" with ago
}

// Check holds a tree against what there is in a workspace. ErrSize, ErrSyntax for a tree that is none, ErrSubject,
// ErrOperator, ErrValue.
func Check(n Node, names Names) (Expr, error) {
	left := MaxNodes
	return check(n, names, 1, &left)
}

func check(n Node, names Names, depth int, left *int) (Expr, error) {
	if *left--; depth > MaxDepth+2 || *left < 0 {
		return Expr{}, ErrSize
	}
	switch n.Op {
	case And, Or, Not:
		if n.On != "" || n.Value != "" || n.Op == Or && len(n.Args) == 0 || n.Op == Not && len(n.Args) != 1 {
			return Expr{}, ErrSyntax.Withf(1, shown(string(n.Op)))
		}
		e := Expr{op: n.Op}
		for _, a := range n.Args {
			arg, err := check(a, names, depth+1, left)
			if err != nil {
				return Expr{}, err
			}
			e.args = append(e.args, arg)
		}
		return e, nil
	}
	if len(n.Args) > 0 || !n.Op.compares() && n.Op != Is && n.Op != Has {
		return Expr{}, ErrSyntax.Withf(1, shown(string(n.Op)))
	}
	if utf8.RuneCountInString(n.Value) > MaxValue || !utf8.ValidString(n.Value) || strings.ContainsRune(n.Value, 0) {
		return Expr{}, ErrValue.Withf(shown(strings.ToValidUTF8(n.Value, "")), shown(n.On))
	}
	return condition(n, names)
}

// flags are the subjects of Is.
func flags() []string { return []string{"opted_in", "opted_out", "blocked", "group", "named"} }

func condition(n Node, names Names) (Expr, error) {
	e := Expr{op: n.Op, name: n.On}
	if n.Op == Is {
		if !slices.Contains(flags(), n.On) {
			return Expr{}, ErrSubject.Withf(shown(n.On))
		}
		e.on = onFlag
		return e, nil
	}
	var allowed []Op
	texts := []Op{Has, Equal, Unequal, Holds, Begins}
	order := []Op{Less, AtMost, More, AtLeast, Has}
	switch n.On {
	case "tag":
		e.on, allowed = onTag, []Op{Has, Equal}
	case "name":
		e.on, allowed = onName, texts
	case "phone":
		e.on, allowed = onPhone, texts
	case "search":
		e.on, allowed = onSearch, []Op{Holds}
	case "consent":
		e.on, allowed = onConsent, []Op{Has, Equal, Unequal}
	case "device":
		e.on, allowed = onDevice, []Op{Has, Equal, Unequal}
	case "created", "last_message", "last_seen":
		e.on, allowed = onTime, order
	default:
		key, ok := strings.CutPrefix(n.On, "field.")
		f, known := names.Fields[key]
		if !ok || !known {
			return Expr{}, ErrSubject.Withf(shown(n.On))
		}
		e.on, e.field, allowed = onField, f, fieldOps(f.Kind)
	}
	if !slices.Contains(allowed, n.Op) {
		return Expr{}, ErrOperator.Withf(shown(n.On), shown(string(n.Op)))
	}
	if n.Op == Has {
		if n.Value != "" {
			return Expr{}, ErrValue.Withf(shown(n.Value), shown(n.On))
		}
		return e, nil
	}
	return e.valued(n, names)
}

func fieldOps(k Kind) []Op {
	switch k {
	case Number, Date:
		return []Op{Has, Equal, Unequal, Less, AtMost, More, AtLeast}
	case Text:
		return []Op{Has, Equal, Unequal, Holds, Begins}
	}
	return []Op{Has, Equal, Unequal}
}

// valued reads the value as what the subject has.
func (e Expr) valued(n Node, names Names) (Expr, error) {
	wrong := ErrValue.Withf(shown(n.Value), shown(n.On))
	e.text = Fold(n.Value)
	ok := e.text != ""
	switch {
	case e.on == onTag:
		if e.name, ok = names.Tags[e.text]; !ok {
			return Expr{}, ErrSubject.Withf(shown("tag:" + n.Value))
		}
	case e.on == onPhone:
		e.text = onlyDigits(n.Value)
		ok = e.text != ""
	case e.on == onConsent:
		ok = e.text == "in" || e.text == "out" || e.text == "unknown"
	case e.on == onDevice:
		e.text = n.Value
	case e.on == onTime, e.on == onField && e.field.Kind == Date:
		e.when, ok = readMoment(n.Value)
	case e.on == onField && e.field.Kind == Number:
		e.num, ok = ReadNumber(n.Value)
	case e.on == onField && e.field.Kind == YesNo:
		e.text, ok = ReadYesNo(n.Value)
	}
	if !ok {
		return Expr{}, wrong
	}
	return e, nil
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// ReadNumber reads a plain number, with a point before decimals.
func ReadNumber(s string) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return f, err == nil && math.Abs(f) <= 1e15 && !strings.ContainsAny(s, "xXpP_")
}

// ReadYesNo reads yes and no, also as ya, tidak, true, false, 1 and 0, and gives yes or no.
func ReadYesNo(s string) (string, bool) {
	switch Fold(s) {
	case "yes", "ya", "y", "true", "1", "iya":
		return "yes", true
	case "no", "tidak", "t", "false", "0", "n", "nggak":
		return "no", true
	}
	return "", false
}

// readMoment reads 2026-01-31, or a time ago such as -12h, -30d, -2w.
func readMoment(s string) (moment, bool) {
	if rest, ok := strings.CutPrefix(s, "-"); ok && len(rest) >= 2 && len(rest) <= 6 {
		unit, known := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[rest[len(rest)-1]]
		n, err := strconv.ParseUint(rest[:len(rest)-1], 10, 16)
		if !known || err != nil || n > 5000 {
			return moment{}, false
		}
		return moment{ago: time.Duration(n) * unit}, true
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return moment{}, false
	}
	return moment{day: s}, true
}

// at is the moment in unix milliseconds; a day begins at midnight where now is.
func (m moment) at(now time.Time) int64 {
	if m.day == "" {
		return now.Add(-m.ago).UnixMilli()
	}
	t, _ := time.ParseInLocation(time.DateOnly, m.day, now.Location()) // it was read before
	return t.UnixMilli()
}

// onDay is the moment's day, as dates are compared.
func (m moment) onDay(now time.Time) float64 {
	day := m.day
	if day == "" {
		day = now.Add(-m.ago).Format(time.DateOnly)
	}
	n, _ := Days(day)
	return n
}

// Days is a date as a number: days since 1970. false for what is no date.
func Days(date string) (float64, bool) {
	t, err := time.Parse(time.DateOnly, date)
	return math.Floor(float64(t.Unix()) / 86400), err == nil
}
