package archtest

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sqlText is one statement of the program.
type sqlText struct {
	at       token.Pos
	text     string
	built    bool   // put together at run time: text is the constant part
	engine   string // "sqlite" or "postgres" for one of a pair, else empty
	global   bool   // goes over all workspaces, with a reason
	complain string
}

// verb recognises SQL by its first word, in one case throughout ("Select a
// device from the list" is for people).
var verb = regexp.MustCompile(`^\s*(?:--[^\n]*\n\s*)*(?:(?:SELECT|WITH)\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+\S+|DELETE\s+FROM\s|REPLACE\s+INTO\s)`)

// lowerVerb is the same in lower case, where only whole forms are SQL.
var lowerVerb = regexp.MustCompile(`^\s*(?:select\s[^.!?]*\sfrom\s|insert\s+into\s+\w+\s*\(|update\s+\w+\s+set\s|delete\s+from\s+\w+\s+where\s|with\s+\w+\s+as\s*\()`)

func looksLikeSQL(text string) bool { return verb.MatchString(text) || lowerVerb.MatchString(text) }

// sqlTexts collects every statement of the packages under internal. Upgrades
// are left out: they are tried by being run, on the tables of their time.
func sqlTexts(s *source) []sqlText {
	consts := newConstants(s)
	var all []sqlText
	s.code(func(f *file) {
		if !below(f.dir, "internal") || testOnly(f.dir) || upgradeFile(f.path) {
			return
		}
		c := &collector{s: s, f: f, consts: consts}
		c.walk()
		all = append(all, c.found...)
	})
	return all
}

var upgradeName = regexp.MustCompile(`^(?:\w+_)?(?:migrations?|upgrades?|schema)(?:_\w+)?\.go$`)

func upgradeFile(p string) bool { return upgradeName.MatchString(path.Base(p)) }

// collector walks one file.
type collector struct {
	s      *source
	f      *file
	consts *constants
	around []ast.Node // from the file down to what is being looked at
	found  []sqlText
}

// walk takes each text whole: nothing below a string expression is looked at.
func (c *collector) walk() {
	tags := structTags(c.f.tree)
	ast.Inspect(c.f.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil:
			c.around = c.around[:len(c.around)-1]
			return true
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if tags[n] || c.take(n) {
				return false
			}
		case *ast.BinaryExpr:
			if c.take(n) {
				return false
			}
		}
		c.around = append(c.around, n)
		return true
	})
}

// anchors are the lines above which a directive for e may stand: its own, and
// those of the declaration or statement that it is part of.
func (c *collector) anchors(e ast.Expr) []int {
	lines := []int{c.s.line(e.Pos())}
	for _, n := range slices.Backward(c.around) {
		switch n.(type) {
		case *ast.BlockStmt, *ast.FuncDecl, *ast.FuncLit, *ast.File:
			return lines
		}
		lines = append(lines, c.s.line(n.Pos()))
	}
	return lines
}

// take reports whether an expression was a statement, and keeps it.
func (c *collector) take(e ast.Expr) bool {
	text, whole := c.consts.fold(c.f, e)
	if !looksLikeSQL(text) {
		return whole
	}
	lines := c.anchors(e)
	t := sqlText{at: e.Pos(), text: text}
	t.global = c.reasoned(&t, "sql:global", lines)
	t.built = c.reasoned(&t, "sql:built", lines)
	for _, engine := range []string{"sqlite", "postgres"} {
		if _, ok := c.f.directive("sql:"+engine, lines...); ok {
			t.engine = engine
		}
	}
	if !whole && !t.built {
		t.complain = "a statement put together at run time can't be checked: make it a constant, or say //sql:built and why"
	}
	c.found = append(c.found, t)
	return true
}

func (c *collector) reasoned(t *sqlText, name string, lines []int) bool {
	reason, ok := c.f.directive(name, lines...)
	if ok && reason == "" {
		t.complain = "//" + name + " without a reason"
	}
	return ok
}

// constants are the string constants of the program, by folder and name.
type constants struct {
	byDir map[string]map[string]ast.Expr
	home  map[ast.Expr]*file
}

func newConstants(s *source) *constants {
	c := &constants{byDir: map[string]map[string]ast.Expr{}, home: map[ast.Expr]*file{}}
	s.code(func(f *file) {
		for _, d := range f.tree.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.CONST {
				continue
			}
			for _, spec := range decl.Specs {
				c.add(f, spec.(*ast.ValueSpec)) // what else could a const's spec be
			}
		}
	})
	return c
}

func (c *constants) add(f *file, spec *ast.ValueSpec) {
	if c.byDir[f.dir] == nil {
		c.byDir[f.dir] = map[string]ast.Expr{}
	}
	for i, name := range spec.Names {
		if i < len(spec.Values) {
			c.byDir[f.dir][name.Name] = spec.Values[i]
			c.home[spec.Values[i]] = f
		}
	}
}

// fold computes a constant string. whole is false when a part of it is only
// known at run time; the text then holds a blank in its place.
func (c *constants) fold(f *file, e ast.Expr) (text string, whole bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.ParenExpr:
		return c.fold(f, e.X)
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", false
		}
		x, okX := c.fold(f, e.X)
		y, okY := c.fold(f, e.Y)
		return x + y, okX && okY
	case *ast.Ident:
		return c.named(f, e)
	case *ast.SelectorExpr:
		return c.imported(f, e)
	}
	return " ", false
}

func (c *constants) named(f *file, id *ast.Ident) (string, bool) {
	if id.Obj != nil { // declared in this file
		spec, ok := id.Obj.Decl.(*ast.ValueSpec)
		if !ok || id.Obj.Kind != ast.Con {
			return " ", false
		}
		for i, name := range spec.Names {
			if name.Name == id.Name && i < len(spec.Values) {
				return c.fold(f, spec.Values[i])
			}
		}
		return " ", false
	}
	if e, ok := c.byDir[f.dir][id.Name]; ok {
		return c.fold(c.home[e], e)
	}
	return " ", false
}

func (c *constants) imported(f *file, sel *ast.SelectorExpr) (string, bool) {
	pkg, ok := sel.X.(*ast.Ident)
	if !ok {
		return " ", false
	}
	for _, spec := range f.tree.Imports {
		dir := target(spec)
		name := path.Base(dir)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name != pkg.Name {
			continue
		}
		if e, ok := c.byDir[dir][sel.Sel.Name]; ok {
			return c.fold(c.home[e], e)
		}
	}
	return " ", false
}

var (
	sqlNoise = regexp.MustCompile(`(?s)'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/`)
	sqlWord  = regexp.MustCompile(`\w+`)
	// scoped: the workspace is compared with a parameter, or as part of a row or a set. A join's
	// `a.workspace_id = b.workspace_id` says only that both are of one, not of which.
	scoped  = regexp.MustCompile(`(?i)\bworkspace_id\s*(?:=\s*(?:CAST\s*\(\s*)?\$\d|in\b)|\$\d+\s*=\s*(?:\w+\.)?workspace_id\b|\([^()]*\bworkspace_id\b[^()]*\)\s*(?:=|<|>|in\b)`)
	inserts = regexp.MustCompile(`(?is)^\s*(?:insert|replace)\b`)
	// beforeSelect is the whole text when nothing is selected.
	beforeSelect = regexp.MustCompile(`(?is)^(?:.*?\bselect\b|.*)`)
	named        = regexp.MustCompile(`(?i)\bworkspace_id\b`)
)

// outOfWorkspace says how a statement leaves its workspace, or "". tables are
// those that have a workspace_id.
func outOfWorkspace(t sqlText, tables map[string]bool) string {
	if t.global {
		return ""
	}
	text := sqlNoise.ReplaceAllString(t.text, "''")
	if inserts.MatchString(text) && named.MatchString(text) {
		// The row says its workspace; what it is made from must be of one too.
		text = text[len(beforeSelect.FindString(text)):]
	}
	for _, word := range sqlWord.FindAllString(text, -1) {
		switch {
		case !tables[strings.ToLower(word)]:
		case scoped.MatchString(text):
			return ""
		case named.MatchString(text):
			return "uses " + word + " and names workspace_id without comparing it with a parameter: add `AND workspace_id = $n`, or say //sql:global and why"
		default:
			return "uses " + word + " without workspace_id: add it, or say //sql:global and why"
		}
	}
	return ""
}
