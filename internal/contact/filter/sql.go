package filter

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Query collects the arguments of a statement about contacts c of one workspace, which is $1.
type Query struct {
	Args []any
	now  time.Time
	lite bool
}

// NewSQLite begins a statement for SQLite, NewPostgres one for PostgreSQL; days and times ago count from now, in its zone.
func NewSQLite(workspaceID string, now time.Time) *Query {
	return &Query{Args: []any{workspaceID}, now: now, lite: true}
}

// NewPostgres is NewSQLite for PostgreSQL.
func NewPostgres(workspaceID string, now time.Time) *Query {
	return &Query{Args: []any{workspaceID}, now: now}
}

// Add puts a value behind the arguments and returns its placeholder. Whatever comes from outside goes through here.
func (q *Query) Add(v any) string {
	q.Args = append(q.Args, v)
	return fmt.Sprintf("$%d", len(q.Args))
}

// Where is the condition of an expression: constants of this file and placeholders.
func (q *Query) Where(e Expr) string {
	switch e.op {
	case And, "":
		return q.chain(e.args, " AND ", "1 = 1")
	case Or:
		return q.chain(e.args, " OR ", "1 = 0")
	case Not:
		return "NOT " + q.Where(e.args[0])
	case Unequal:
		e.op = Equal
		return "NOT " + q.Where(e)
	}
	switch e.on {
	case onTag:
		return q.tagged(e)
	case onFlag:
		return flagged(e.name)
	case onName:
		return q.textual("c.sort_name", e, "a")
	case onPhone:
		return q.textual("c.phone", e, "")
	case onSearch:
		return "c.search LIKE " + q.Add("%"+escape(e.text)+"%") + ` ESCAPE '\'`
	case onConsent:
		if e.op == Has {
			return "c.consent <> ''"
		}
		return "c.consent = " + q.Add(strings.Replace(e.text, "unknown", "", 1))
	case onDevice:
		if e.op == Has {
			return "EXISTS (SELECT 1 FROM contact_devices x WHERE x.workspace_id = $1 AND x.contact_id = c.id)"
		}
		return "EXISTS (SELECT 1 FROM contact_devices x WHERE x.workspace_id = $1 AND x.contact_id = c.id AND x.device_id = " + q.Add(e.text) + ")"
	case onTime:
		return q.timely(e)
	}
	return "EXISTS (SELECT 1 FROM contact_fields x WHERE x.workspace_id = $1 AND x.contact_id = c.id AND " + q.fielded(e) + ")"
}

func (q *Query) chain(args []Expr, between, empty string) string {
	if len(args) == 0 {
		return empty
	}
	parts := make([]string, 0, len(args))
	for _, a := range args {
		parts = append(parts, q.Where(a))
	}
	return "(" + strings.Join(parts, between) + ")"
}

func (q *Query) tagged(e Expr) string {
	if e.op == Has {
		return "c.tags <> ''"
	}
	return "EXISTS (SELECT 1 FROM contact_tags x WHERE x.workspace_id = $1 AND x.contact_id = c.id AND x.tag_id = " + q.Add(e.name) + ")"
}

func flagged(name string) string {
	switch name {
	case "opted_in":
		return "c.consent = 'in'"
	case "opted_out":
		return "c.consent = 'out'"
	case "blocked":
		return "c.blocked = 1"
	case "group":
		return "c.is_group = 1"
	}
	return "c.name <> ''"
}

// textual compares a column whose values begin with a mark of their own, as sort_name does with names.
func (q *Query) textual(column string, e Expr, mark string) string {
	switch e.op {
	case Has:
		if mark != "" {
			return column + " LIKE " + q.Add(mark+"%")
		}
		return column + " <> ''"
	case Equal:
		return column + " = " + q.Add(mark+e.text)
	case Holds:
		return column + " LIKE " + q.Add(mark+"%"+escape(e.text)+"%") + ` ESCAPE '\'`
	}
	return column + " LIKE " + q.Add(mark+escape(e.text)+"%") + ` ESCAPE '\'`
}

func escape(s string) string { return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) }

// sign is the operator in SQL.
func sign(op Op) string {
	switch op {
	case Less, AtMost, More, AtLeast:
		return " " + string(op) + " "
	}
	return " = "
}

func column(name string) string {
	switch name {
	case "last_message":
		return "c.last_message_at"
	case "last_seen":
		return "c.last_seen_at"
	}
	return "c.created_at"
}

func (q *Query) timely(e Expr) string {
	col := column(e.name)
	if e.op == Has {
		return col + " > 0"
	}
	return "(" + col + " > 0 AND " + col + sign(e.op) + q.Add(e.when.at(q.now)) + ")"
}

// fielded is the condition on contact_fields x.
func (q *Query) fielded(e Expr) string {
	s := "x.field_id = " + q.Add(e.field.ID)
	switch {
	case e.op == Has:
		return s
	case e.field.Kind == Number:
		return s + " AND x.num" + sign(e.op) + q.Add(e.num)
	case e.field.Kind == Date:
		return s + " AND x.num" + sign(e.op) + q.Add(e.when.onDay(q.now))
	}
	return s + " AND " + q.textual("x.folded", e, "")
}

// Parts are the conditions that all have to hold, for Pick.
func (e Expr) Parts() []Expr {
	if e.op != And {
		return []Expr{e}
	}
	var all []Expr
	for _, a := range e.args {
		all = append(all, a.Parts()...)
	}
	return all
}

// Pick is a statement that gives the ids, as id, of all contacts for which a part holds (and perhaps of some more) from
// an index, without looking at every contact; "" when there is no such way.
func (q *Query) Pick(e Expr) string {
	switch {
	case e.op == Equal && e.on == onTag:
		//sql:built a placeholder
		return "SELECT x.contact_id AS id FROM contact_tags x WHERE x.workspace_id = $1 AND x.tag_id = " + q.Add(e.name)
	case e.op == Equal && e.on == onDevice:
		//sql:built a placeholder
		return "SELECT x.contact_id AS id FROM contact_devices x WHERE x.workspace_id = $1 AND x.device_id = " + q.Add(e.text)
	case e.on == onField && (e.op == Equal || e.op == Has || e.field.Kind == Number || e.field.Kind == Date) && e.op.positive():
		//sql:built conditions of this file
		return "SELECT x.contact_id AS id FROM contact_fields x WHERE x.workspace_id = $1 AND " + q.fielded(e)
	case e.op == Equal && e.on == onPhone:
		//sql:built a placeholder
		return "SELECT p.id FROM contacts p WHERE p.workspace_id = $1 AND p.phone <> '' AND p.phone = " + q.Add(e.text)
	case e.on == onTime && (e.op == More || e.op == AtLeast) && e.name != "last_seen":
		col := strings.Replace(column(e.name), "c.", "p.", 1)
		//sql:built a column of this file, a placeholder
		return "SELECT p.id FROM contacts p WHERE p.workspace_id = $1 AND p.merged_into = '' AND " + col + sign(e.op) + q.Add(e.when.at(q.now))
	case e.op == Equal && e.on == onConsent && e.text != "unknown":
		//sql:built a placeholder
		return "SELECT p.id FROM contacts p WHERE p.workspace_id = $1 AND p.consent <> '' AND p.consent = " + q.Add(e.text)
	case e.op == Is && (e.name == "opted_out" || e.name == "opted_in"):
		//sql:built a placeholder
		return "SELECT p.id FROM contacts p WHERE p.workspace_id = $1 AND p.consent <> '' AND p.consent = " + q.Add(strings.TrimPrefix(e.name, "opted_"))
	case e.op == Equal && e.on == onName:
		//sql:built a placeholder
		return "SELECT p.id FROM contacts p WHERE p.workspace_id = $1 AND p.merged_into = '' AND p.sort_name = " + q.Add("a"+e.text)
	}
	return q.pickText(e)
}

func (o Op) positive() bool { return o != Unequal }

// trigram is the length of the pieces in which the index of texts finds its words.
const trigram = 3

// pickText finds parts of names and numbers by the index of texts.
func (q *Query) pickText(e Expr) string {
	text := e.on == onSearch || e.on == onName || e.on == onPhone
	if !text || e.op != Holds && e.op != Begins || utf8.RuneCountInString(e.text) < trigram {
		return ""
	}
	if q.lite {
		//sql:built a placeholder
		//sql:sqlite
		return `SELECT x.contact_id AS id FROM contact_search f JOIN contact_texts x ON x.n = f.rowid
			WHERE x.workspace_id = $1 AND contact_search MATCH ` + q.Add(`"`+strings.ReplaceAll(e.text, `"`, `""`)+`"`)
	}
	//sql:built a placeholder
	return "SELECT p.id FROM contacts p WHERE p.workspace_id = $1 AND p.search LIKE " + q.Add("%"+escape(e.text)+"%") + ` ESCAPE '\'`
}
