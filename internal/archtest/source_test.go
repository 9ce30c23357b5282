package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

const modulePath = "github.com/pingcrm/pingcrm"

// source is the module's Go code, parsed. Paths are relative to its root.
type source struct {
	fset  *token.FileSet
	files []*file
}

type file struct {
	path      string
	dir       string // of the package: "internal/kit/db", "." for the root
	test      bool
	generated bool
	tree      *ast.File
	comments  map[int]string // text of each comment, by the line it ends on
}

// finding is one place that breaks a rule.
type finding struct {
	where string // file:line
	what  string
}

func (f finding) String() string { return f.where + ": " + f.what }

// loadOnce parses the module once for all tests; nothing writes to the result.
//
//arch:global parsed once, read by every test
var loadOnce = sync.OnceValues(func() (*source, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	return load(os.DirFS(root))
})

func project(t *testing.T) *source {
	t.Helper()
	s, err := loadOnce()
	if err != nil {
		t.Fatalf("reading the module: %v", err)
	}
	return s
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, statErr := os.Stat(filepath.Join(dir, "go.mod")); statErr == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod above the test's folder")
		}
	}
	return "", err
}

// example parses an in-memory module for the tests of the checks themselves.
// Sources may leave out the package clause.
func example(t *testing.T, files map[string]string) *source {
	t.Helper()
	m := fstest.MapFS{}
	for name, src := range files {
		if !strings.Contains(src, "package ") {
			src = "package x\n" + src
		}
		m[name] = &fstest.MapFile{Data: []byte(src)}
	}
	s, err := load(m)
	if err != nil {
		t.Fatalf("reading the example: %v", err)
	}
	return s
}

func load(root fs.FS) (*source, error) {
	s := &source{fset: token.NewFileSet()}
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && foreign(p):
			return fs.SkipDir
		case d.IsDir() || path.Ext(p) != ".go":
			return nil
		}
		src, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		return s.add(p, src)
	})
	return s, err
}

// foreign reports whether a folder holds nothing that is ours to judge.
func foreign(dir string) bool {
	base := path.Base(dir)
	return dir != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") ||
		slices.Contains([]string{"node_modules", "testdata", "dist", "vendor"}, base) ||
		dir == "bin" || dir == "data")
}

func (s *source) add(p string, src []byte) error {
	tree, err := parser.ParseFile(s.fset, p, src, parser.ParseComments)
	if err != nil {
		return err
	}
	f := &file{
		path:      p,
		dir:       path.Dir(p),
		test:      strings.HasSuffix(p, "_test.go"),
		generated: ast.IsGenerated(tree),
		tree:      tree,
		comments:  map[int]string{},
	}
	for _, g := range tree.Comments {
		var text []string
		for _, c := range g.List {
			text = append(text, c.Text)
		}
		f.comments[s.line(g.End())] = strings.Join(text, "\n")
	}
	s.files = append(s.files, f)
	return nil
}

func (s *source) line(p token.Pos) int { return s.fset.Position(p).Line }

func (s *source) found(at token.Pos, format string, args ...any) finding {
	p := s.fset.Position(at)
	return finding{where: p.Filename + ":" + strconv.Itoa(p.Line), what: fmt.Sprintf(format, args...)}
}

// code calls fn for every file of the program: no tests, nothing generated.
func (s *source) code(fn func(*file)) {
	for _, f := range s.files {
		if !f.test && !f.generated {
			fn(f)
		}
	}
}

// directive finds "//name REASON" in the comment that ends directly above or
// on one of the lines. ok is true only when what has to be said is said.
func (f *file) directive(name string, lines ...int) (reason string, ok bool) {
	for _, line := range lines {
		for _, l := range []int{line - 1, line} {
			for text := range strings.Lines(f.comments[l]) {
				rest, found := strings.CutPrefix(strings.TrimSpace(text), "//"+name)
				if found && (rest == "" || rest[0] == ' ') {
					return strings.TrimSpace(rest), true
				}
			}
		}
	}
	return "", false
}

// excused reports whether a place carries the directive with a reason.
func (f *file) excused(name string, lines ...int) bool {
	reason, _ := f.directive(name, lines...)
	return reason != ""
}

// testOnly reports whether a folder holds a package that exists for tests:
// its own name ends in "test", or it lies below one.
func testOnly(dir string) bool {
	return slices.ContainsFunc(strings.Split(dir, "/"), func(part string) bool {
		return strings.HasSuffix(part, "test")
	})
}

func below(dir, root string) bool { return dir == root || strings.HasPrefix(dir, root+"/") }

// report fails the test with every finding.
func report(t *testing.T, why string, all []finding) {
	t.Helper()
	for _, f := range all {
		t.Errorf("%s\n\trule: %s", f, why)
	}
}

// wantFindings checks the checks: each of want must be part of exactly one
// finding, and there must be no others.
func wantFindings(t *testing.T, got []finding, want ...string) {
	t.Helper()
	for _, w := range want {
		n := 0
		for _, f := range got {
			if strings.Contains(f.String(), w) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("got %d findings with %q, want 1, in %v", n, w, got)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d findings, want %d: %v", len(got), len(want), got)
	}
}

func TestLoadSeesThisModule(t *testing.T) {
	t.Parallel()
	s := project(t)
	var self, kit bool
	for _, f := range s.files {
		self = self || f.path == "internal/archtest/source_test.go"
		kit = kit || below(f.dir, "internal/kit") && !f.test
		if strings.Contains(f.path, "node_modules") {
			t.Errorf("%s is not ours", f.path)
		}
	}
	if !self || !kit {
		t.Errorf("got %d files without this one or without the kit: the checks would pass on nothing", len(s.files))
	}
}
