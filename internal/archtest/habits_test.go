package archtest

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// checkInits finds init functions: they run unasked, in an order nobody reads.
func checkInits(s *source) []finding {
	var all []finding
	s.code(func(f *file) {
		for _, d := range f.tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				all = append(all, s.found(fn.Pos(), "init(): build the value where it is needed and pass it"))
			}
		}
	})
	return all
}

// constantCalls build values that nobody changes afterwards: errors, faults,
// compiled patterns and templates. Each is "package.Function".
//
//arch:global a table, never written
var constantCalls = []string{
	"errors.New", "fmt.Errorf", "fault.New", "regexp.MustCompile", "template.Must", "big.NewInt",
	"strings.NewReplacer", "time.FixedZone", "netip.MustParsePrefix", "netip.MustParseAddr",
}

// checkGlobals finds package-level variables that can change. A table or an
// error that nothing in its package writes, takes the address of or clears is
// as good as a constant.
func checkGlobals(s *source) []finding {
	written := map[string]map[string]bool{} // folder → names
	s.code(func(f *file) {
		if written[f.dir] == nil {
			written[f.dir] = map[string]bool{}
		}
		writes(f.tree, written[f.dir])
	})
	var all []finding
	s.code(func(f *file) {
		for _, d := range f.tree.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.VAR {
				continue
			}
			for _, spec := range decl.Specs {
				vs, ok := spec.(*ast.ValueSpec)
				if !ok || f.excused("arch:global", s.line(vs.Pos()), s.line(decl.Pos())) {
					continue
				}
				all = append(all, globals(s, f, vs, written[f.dir])...)
			}
		}
	})
	return all
}

func globals(s *source, f *file, vs *ast.ValueSpec, written map[string]bool) []finding {
	var all []finding
	for i, name := range vs.Names {
		var value ast.Expr
		if i < len(vs.Values) {
			value = vs.Values[i]
		}
		switch {
		case name.Name == "_", embedded(f, s.line(vs.Pos())):
		case written[name.Name]:
			all = append(all, s.found(name.Pos(), "%s is written: a package has no state of its own", name.Name))
		case value == nil:
			all = append(all, s.found(name.Pos(), "%s has no value yet, so something will write it", name.Name))
		case !constantValue(value):
			all = append(all, s.found(name.Pos(), "%s is built by a call: it may hold state", name.Name))
		}
	}
	return all
}

// embedded reports whether go:embed gives the value.
func embedded(f *file, line int) bool {
	_, ok := f.directive("go:embed", line)
	return ok
}

// constantValue reports whether an initial value can stay as it is: literals,
// tables and pure constructors, but no pointer to something that can change.
func constantValue(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit, *ast.Ident, *ast.SelectorExpr, *ast.FuncLit:
		return true
	case *ast.ParenExpr:
		return constantValue(e.X)
	case *ast.BinaryExpr:
		return constantValue(e.X) && constantValue(e.Y)
	case *ast.UnaryExpr:
		return constantValue(e.X)
	case *ast.CompositeLit:
		return !slices.ContainsFunc(e.Elts, func(x ast.Expr) bool { return !constantElement(x) })
	case *ast.CallExpr:
		return constantCall(e)
	}
	return false
}

func constantElement(e ast.Expr) bool {
	if kv, ok := e.(*ast.KeyValueExpr); ok {
		return constantElement(kv.Value)
	}
	return constantValue(e)
}

func constantCall(e *ast.CallExpr) bool {
	switch fn := e.Fun.(type) {
	case *ast.SelectorExpr:
		if pkg, ok := fn.X.(*ast.Ident); ok && slices.Contains(constantCalls, pkg.Name+"."+fn.Sel.Name) {
			return true
		}
		// A copy of a constant value: ErrX.WithField("name").
		inner, ok := fn.X.(*ast.CallExpr)
		return strings.HasPrefix(fn.Sel.Name, "With") && (!ok || constantCall(inner))
	case *ast.ArrayType, *ast.InterfaceType:
		return true // a conversion
	case *ast.ParenExpr:
		return true // (*T)(nil)
	case *ast.Ident:
		return slices.Contains([]string{"string", "int64", "int", "float64", "len", "uint32", "uint64"}, fn.Name)
	}
	return false
}

// writes collects the package-level names that a file changes.
func writes(tree *ast.File, names map[string]bool) {
	top := topVars(tree)
	mark := func(e ast.Expr) {
		if id := rootOf(e); id != nil && !local(id, top) {
			names[id.Name] = true
		}
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, e := range n.Lhs {
					mark(e)
				}
			}
		case *ast.IncDecStmt:
			mark(n.X)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				if _, literal := n.X.(*ast.CompositeLit); !literal {
					mark(n.X)
				}
			}
		case *ast.CallExpr:
			if fn, ok := n.Fun.(*ast.Ident); ok && (fn.Name == "delete" || fn.Name == "clear") && len(n.Args) > 0 {
				mark(n.Args[0])
			}
		}
		return true
	})
}

// rootOf is x in x, x.f, x[i], *x and (x).
func rootOf(e ast.Expr) *ast.Ident {
	for {
		switch v := e.(type) {
		case *ast.Ident:
			return v
		case *ast.SelectorExpr:
			e = v.X
		case *ast.IndexExpr:
			e = v.X
		case *ast.StarExpr:
			e = v.X
		case *ast.ParenExpr:
			e = v.X
		default:
			return nil
		}
	}
}

// local reports whether a name is declared inside a function of its file.
func local(id *ast.Ident, top map[*ast.ValueSpec]bool) bool {
	if id.Obj == nil {
		return false // declared in another file of the package
	}
	spec, ok := id.Obj.Decl.(*ast.ValueSpec)
	return !ok || !top[spec]
}

func topVars(tree *ast.File) map[*ast.ValueSpec]bool {
	top := map[*ast.ValueSpec]bool{}
	for _, d := range tree.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.VAR {
			continue
		}
		for _, spec := range decl.Specs {
			if vs, ok := spec.(*ast.ValueSpec); ok {
				top[vs] = true
			}
		}
	}
	return top
}

// checkSleeps finds time.Sleep in tests, except on the virtual clock of a
// synctest bubble.
func checkSleeps(s *source) []finding {
	var all []finding
	for _, f := range s.files {
		if !f.test && !testOnly(f.dir) {
			continue
		}
		var bubbles []ast.Node
		ast.Inspect(f.tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if calls(call, "synctest", "Test") {
				bubbles = append(bubbles, call)
			}
			inside := slices.ContainsFunc(bubbles, func(b ast.Node) bool { return b.Pos() <= call.Pos() && call.End() <= b.End() })
			if calls(call, "time", "Sleep") && !inside && !f.excused("arch:sleep", s.line(call.Pos())) {
				all = append(all, s.found(call.Pos(), "time.Sleep: wait on what is expected, with a deadline"))
			}
			return true
		})
	}
	return all
}

func calls(call *ast.CallExpr, pkg, name string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == pkg
}

// checkBools finds bool parameters of exported functions and methods: at the
// call nobody can read what true means.
func checkBools(s *source) []finding {
	var all []finding
	s.code(func(f *file) {
		for _, d := range f.tree.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !fn.Name.IsExported() || !exportedReceiver(fn) || f.excused("arch:bool", s.line(fn.Pos())) {
				continue
			}
			for _, p := range fn.Type.Params.List {
				if id, ok := p.Type.(*ast.Ident); ok && id.Name == "bool" {
					all = append(all, s.found(p.Pos(), "%s takes a bool: two functions, or a struct that names it", fn.Name.Name))
				}
			}
		}
	})
	return all
}

func exportedReceiver(fn *ast.FuncDecl) bool {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return true
	}
	e := fn.Recv.List[0].Type
	for {
		switch v := e.(type) {
		case *ast.StarExpr:
			e = v.X
		case *ast.IndexExpr:
			e = v.X
		case *ast.IndexListExpr:
			e = v.X
		case *ast.Ident:
			return v.IsExported()
		default:
			return true
		}
	}
}

// longest is the hard end of a program file; most stay under 400 lines.
const longest = 600

func checkLengths(s *source) []finding {
	var all []finding
	s.code(func(f *file) {
		if n := s.line(f.tree.FileEnd); n > longest {
			all = append(all, s.found(f.tree.Package, "%d lines, the end is at %d: it holds more than one thing", n, longest))
		}
	})
	return all
}

func TestNoInits(t *testing.T) {
	t.Parallel()
	report(t, "style: no init()", checkInits(project(t)))
}

func TestNoMutableGlobals(t *testing.T) {
	t.Parallel()
	report(t, "style: no globals (//arch:global REASON above the declaration where there must be one)", checkGlobals(project(t)))
}

func TestNoSleepsInTests(t *testing.T) {
	t.Parallel()
	report(t, "style: no sleeps", checkSleeps(project(t)))
}

func TestNoBoolParameters(t *testing.T) {
	t.Parallel()
	report(t, "style: no bool parameters in exported functions (//arch:bool REASON where an interface wants one)", checkBools(project(t)))
}

func TestFilesEnd(t *testing.T) {
	t.Parallel()
	report(t, "style: files to 400 lines, never over 600", checkLengths(project(t)))
}
