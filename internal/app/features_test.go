package app_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	featuresFile = "../../docs/features.md"
	// featureHead is the first line of each table: the ability, the products (ours first), our operations or the tests that
	// show it.
	featureHead = "| | Ping! | Evolution | WAHA | GOWA | WuzAPI | operations, tests |"
	otherHead   = "## Other operations"
	lackHead    = "## What Ping! does not do (yet)"
)

// feature is a row of docs/features.md.
type feature struct {
	name       string
	cells      []string // a word per product, ours first
	operations []string
	tests      []string // pace.TestNarrow, web/e2e/inbox.spec.ts
}

// lacks reports whether Ping! has not all of it.
func (f feature) lacks() bool { return f.cells[0] != "yes" }

// featurePage is what docs/features.md says.
type featurePage struct {
	features []feature
	other    []string // operations that are no ability of the comparison
	lacking  []string // names under lackHead
	tests    []string // outside of rows
	problems []string // what could not be read
}

var (
	inCode = regexp.MustCompile("`([A-Z]+ /[^`]*)`")
	inTest = regexp.MustCompile("`([a-z]+\\.Test\\w+|web/e2e/[\\w-]+\\.spec\\.ts)`")
	aTest  = regexp.MustCompile(`(?m)^func (Test\w+)\(\w+ \*testing\.T\)`)
	inBold = regexp.MustCompile(`^- \*\*(.+?)\*\*`)
	// known are the words of a cell; partly says what part.
	known = regexp.MustCompile(`^(yes|no|\?|partly: \S.*)$`)
)

// found returns what a pattern's group stands for in a text.
func found(pattern *regexp.Regexp, text string) (all []string) {
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// readFeatures takes the page apart. Text outside of tables counts in the two lists only.
func readFeatures(text string) (p featurePage) {
	section, inTable := "", false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "## "):
			section, inTable = line, false
		case section == otherHead:
			p.other = append(p.other, found(inCode, line)...)
		case section == lackHead:
			if m := inBold.FindStringSubmatch(line); m != nil {
				p.lacking = append(p.lacking, m[1])
			}
		case line == featureHead:
			inTable = true
		case !strings.HasPrefix(line, "|"):
			inTable = false
			p.tests = append(p.tests, found(inTest, line)...)
		case !inTable:
			p.problems = append(p.problems, section+": a table without the line "+featureHead)
		case !strings.HasPrefix(line, "|---"):
			p.row(line)
		}
	}
	return p
}

// row adds a line of a table.
func (p *featurePage) row(line string) {
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	if want := strings.Count(featureHead, "|") - 1; len(cells) != want {
		p.problems = append(p.problems, "not as wide as the head: "+line)
		return
	}
	last := len(cells) - 1
	p.features = append(p.features, feature{cells[0], cells[1:last], found(inCode, cells[last]), found(inTest, cells[last])})
}

// check says what is wrong with the page, given the operations that the program has, and its tests.
func (p featurePage) check(has, tests []string) []string {
	wrong := slices.Clone(p.problems)
	names, covered := map[string]bool{}, map[string]bool{}
	var lack []string
	shown := slices.Clone(p.tests)
	for _, f := range p.features {
		if names[f.name] || f.name == "" {
			wrong = append(wrong, "twice, or without a name: "+f.name)
		}
		names[f.name] = true
		for _, c := range f.cells {
			if !known.MatchString(c) {
				wrong = append(wrong, f.name+": no known word: "+c)
			}
		}
		if f.lacks() {
			lack = append(lack, f.name)
		}
		if f.cells[0] == "?" || f.cells[0] == "no" && len(f.operations) > 0 {
			wrong = append(wrong, f.name+": Ping! says "+f.cells[0]+" and can know better")
		}
		if f.cells[0] == "yes" && len(f.operations)+len(f.tests) == 0 {
			wrong = append(wrong, f.name+": nothing shows it, neither an operation nor a test")
		}
		shown = append(shown, f.tests...)
		for _, o := range f.operations {
			covered[o] = true
		}
	}
	for _, o := range p.other {
		if covered[o] {
			wrong = append(wrong, o+" is no other operation, a row names it")
		}
		covered[o] = true
	}
	wrong = append(wrong, differ("named, but not in the OpenAPI document: ", covered, has)...)
	wrong = append(wrong, differ("in no row and not among the other operations: ", set(has), keys(covered))...)
	wrong = append(wrong, differ("no such test: ", set(shown), tests)...)
	wrong = append(wrong, differ("not under "+lackHead+": ", set(lack), p.lacking)...)
	return append(wrong, differ("said to be missing, but no row says so: ", set(p.lacking), lack)...)
}

// differ is what is in all but not in some, behind what.
func differ(what string, all map[string]bool, some []string) (out []string) {
	for _, v := range keys(all) {
		if !slices.Contains(some, v) {
			out = append(out, what+v)
		}
	}
	return out
}

func set(values []string) map[string]bool {
	out := map[string]bool{}
	for _, v := range values {
		out[v] = true
	}
	return out
}

func keys(m map[string]bool) (out []string) {
	for v := range m {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// testsThere lists all tests of the repository, each under the name of its folder, and the files of the browser's.
func testsThere(t *testing.T) (all []string) {
	t.Helper()
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || len(d.Name()) > 1 && d.Name()[0] == '.'):
			return fs.SkipDir
		case strings.HasSuffix(name, ".spec.ts"):
			all = append(all, name)
		case strings.HasSuffix(name, "_test.go"):
			text, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			for _, test := range found(aTest, string(text)) {
				all = append(all, path.Base(path.Dir(name))+"."+test)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// docs/features.md is held against the OpenAPI document and the tests: a new operation needs a row, and a row can't name
// what is not there, nor say yes with nothing that shows it.
func TestTheFeatureTableIsOfTheOperations(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(featuresFile)
	if err != nil {
		t.Fatal(err)
	}
	var has []string
	for _, o := range newHouse(t).operations {
		has = append(has, o.String())
	}
	p := readFeatures(string(text))
	if len(p.features) < 100 || len(p.other) < 5 {
		t.Errorf("read %d rows and %d other operations, want all of the page", len(p.features), len(p.other))
	}
	for _, w := range p.check(has, testsThere(t)) {
		t.Errorf("%s: %s", featuresFile, w)
	}
}

// The check finds what it is for: each page is good but for one thing.
func TestTheFeatureTableCanBeWrong(t *testing.T) {
	t.Parallel()
	const fine = "## Sending\n" + featureHead + "\n|---|---|---|---|---|---|---|\n" +
		"| text | yes | yes | ? | no | partly: short ones | `POST /messages` |\n" +
		"| smells | no | no | no | no | no | |\n" +
		"| is quick | yes | no | no | no | no | `app.TestQuick`, `web/e2e/speed.spec.ts` |\n" +
		otherHead + "\n- `GET /me`\n" + lackHead + "\n- **smells**: nobody has.\n- and more\n"
	tests := []string{"app.TestQuick", "web/e2e/speed.spec.ts"}
	has := []string{"POST /messages", "GET /me"}
	for what, tt := range map[string]struct {
		old, new string
		want     []string
	}{
		"nothing":          {"", "", nil},
		"no such":          {"`POST /messages`", "`POST /messages`, `POST /nothing`", []string{"named, but not in the OpenAPI document: POST /nothing"}},
		"not named":        {"- `GET /me`", "", []string{"in no row and not among the other operations: GET /me"}},
		"a row and other":  {"- `GET /me`", "- `GET /me`, `POST /messages`", []string{"POST /messages is no other operation, a row names it"}},
		"no word":          {"| yes | ? |", "| ja | ? |", []string{"text: no known word: ja"}},
		"partly of what":   {"partly: short ones", "partly", []string{"text: no known word: partly"}},
		"too narrow":       {"| smells | no |", "| smells |", []string{"not as wide as the head: | smells | no | no | no | no | |", "said to be missing, but no row says so: smells"}},
		"twice":            {"| smells | no", "| text | yes", []string{"twice, or without a name: text", "text: nothing shows it, neither an operation nor a test", "said to be missing, but no row says so: smells"}},
		"we don't know":    {"| text | yes", "| text | ?", []string{"text: Ping! says ? and can know better", "not under " + lackHead + ": text"}},
		"no, and how":      {"| no | |", "| no | `GET /me` |", []string{"smells: Ping! says no and can know better", "GET /me is no other operation, a row names it"}},
		"nothing shows it": {"`app.TestQuick`, `web/e2e/speed.spec.ts`", "", []string{"is quick: nothing shows it, neither an operation nor a test"}},
		"no such test":     {"app.TestQuick", "app.TestSlow", []string{"no such test: app.TestSlow"}},
		"not said openly":  {"- **smells**: nobody has.", "", []string{"not under " + lackHead + ": smells"}},
		"not missing":      {"| smells | no", "| smells | yes", []string{"smells: nothing shows it, neither an operation nor a test", "said to be missing, but no row says so: smells"}},
		"another headline": {featureHead, "| | Ping! |", []string{
			"## Sending: a table without the line " + featureHead, "## Sending: a table without the line " + featureHead,
			"## Sending: a table without the line " + featureHead, "## Sending: a table without the line " + featureHead,
			"## Sending: a table without the line " + featureHead,
			"in no row and not among the other operations: POST /messages", "said to be missing, but no row says so: smells",
		}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			page := strings.Replace(fine, tt.old, tt.new, 1)
			if diff := cmp.Diff(tt.want, readFeatures(page).check(has, tests)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
