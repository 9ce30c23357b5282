package archtest

import (
	"go/ast"
	"go/token"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// storeys are the floors of the house, from the ground up. A package may
// import what lies on a lower floor, and its own rooms; never up, never a
// neighbour on the same floor. As every step goes down, so does every chain.
//
//arch:global a table, never written
var storeys = []struct{ root, why string }{
	{"internal/kit", "the kit knows no word of the product, so that it can be used, tested and replaced alone"},
	{"internal/workspace", "a workspace owns everything else, so it can depend on none of it"},
	{"internal/audit", "whatever does something writes it down, so the log knows none of it"},
	{"internal/factor", "a second factor is somebody's, and does not care whose"},
	{"internal/member", "members are known before anything they work with"},
	{"internal/team", "a team is members under one name; what they work on lies above"},
	{"internal/device", "a device must run without knowing what is done with its messages"},
	{"internal/file", "a file is bytes with a name; what it is part of lies above"},
	{"internal/template", "a text to be filled in knows of whom it is for, not how it travels"},
	{"internal/contact", "a contact exists without any chat; what a network calls it comes in the device's words (docs/adr/0003)"},
	{"internal/profile", "what a network shows of a contact is asked for, whether or not there is a chat"},
	{"internal/group", "groups are asked for and changed at their network, whether or not anybody writes in them (docs/adr/0010)"},
	{"internal/outbox", "a send is put on the wire of a device, whatever it was said for"},
	{"internal/governor", "whether a send may go now depends on what went before, not on what it says"},
	{"internal/chat", "a chat is where in and out meet; features hang on it, not it on them"},
	{"internal/desk", "what members keep beside the chats is no part of them"},
	{"internal/search", "words are looked for in what was said; who said it does not know of that"},
	{"internal/call", "a call is written down with who called, and may be answered with a message"},
	{"internal/status", "status updates are kept beside the inbox, with who posted them"},
	{"internal/event", "the log tells what the nouns did; none of them knows that it is written down"},
	{"internal/feature", "a feature can be deleted: a folder and one line in app; two that need each other miss a noun"},
	{"internal/app", "app alone imports everything, so it is imported by nothing below"},
	{"internal/demo", "the demo uses the product from outside"},
	{"internal/bench", "measurements use the product from outside"},
	{"cmd", "commands read flags and call app"},
}

// shared is a floor on which each folder is a room of its own.
func shared(root string) bool { return root == "internal/feature" || root == "cmd" }

// place says on which floor and in which room a package is.
func place(dir string) (floor int, room string, ok bool) {
	for i, s := range storeys {
		if !below(dir, s.root) {
			continue
		}
		room = s.root
		if rest := strings.TrimPrefix(dir, s.root+"/"); shared(s.root) && rest != dir {
			room = path.Join(s.root, strings.Split(rest, "/")[0])
		}
		return i, room, true
	}
	return 0, "", false
}

// drivers are the packages that speak to one network each.
//
//arch:global a table, never written
var drivers = []string{"whatsapp", "cloudapi", "webchat"}

func driverDir(name string) string { return "internal/device/" + name }

func inDriver(dir string) bool {
	return slices.ContainsFunc(drivers, func(d string) bool { return below(dir, driverDir(d)) })
}

// An importRule forbids program code of some packages to import some others.
type importRule struct {
	why   string
	wrong func(from, to string) bool // to: a folder of ours, or the import path
}

// visitors are the packages that may use the simulated network or a bare
// client beside tests: they show or measure the product.
func visitor(dir string) bool {
	return below(dir, "cmd") || below(dir, "internal/app") || below(dir, "internal/demo") ||
		below(dir, "internal/bench") || below(dir, "bench") || testOnly(dir)
}

//arch:global a table, never written
var importRules = []importRule{
	{
		"drivers see their network, device and the kit only: what they know of the product is the contract in device",
		func(from, to string) bool {
			return inDriver(from) && ours(to) && to != "internal/device" && !below(to, "internal/kit") &&
				!below(to, roomOfDriver(from))
		},
	},
	{
		"a driver is chosen in app; whoever else imports one ties the product to its network",
		func(from, to string) bool {
			return inDriver(to) && !inDriver(from) && !below(from, "internal/app") && !testOnly(from)
		},
	},
	{
		"wasim is a public package that tests other people's bots too: it imports nothing of the product",
		func(from, to string) bool { return below(from, "wasim") && ours(to) && !below(to, "wasim") },
	},
	{
		"the product doesn't know that its network may be simulated: only the demo, app, commands and tests do",
		func(from, to string) bool {
			return below(to, "wasim") && !below(from, "wasim") && !visitor(from)
		},
	},
	{
		"whatsmeow stays behind the driver's contract, so that a change of it changes one package",
		func(from, to string) bool {
			return below(to, "go.mau.fi/whatsmeow") && !below(from, driverDir("whatsapp")) &&
				!below(from, "wasim") && !below(from, "bench") && !below(from, "internal/bench") && !testOnly(from)
		},
	},
	{
		"the engines are the kit's business; everybody else writes one SQL text for both",
		func(from, to string) bool {
			return (below(to, "github.com/jackc/pgx/v5") || below(to, "modernc.org/sqlite")) &&
				strings.HasPrefix(from, "internal/") && !below(from, "internal/kit") && !visitor(from)
		},
	},
	{
		"what exists for tests stays out of the program",
		func(from, to string) bool { return ours(to) && testOnly(to) && !testOnly(from) },
	},
	{
		"sdk is what plugin authors import: it stands alone",
		func(from, to string) bool { return below(from, "sdk") && ours(to) && !below(to, "sdk") },
	},
	{
		"web carries the built pages and nothing else",
		func(from, to string) bool { return below(from, "web") && ours(to) && !below(to, "web") },
	},
}

// ours reports whether an import names a folder of this module, as opposed to
// a path of the standard library or of somebody else.
func ours(to string) bool {
	return slices.ContainsFunc([]string{"internal", "wasim", "sdk", "web", "cmd", "bench"}, func(root string) bool {
		return below(to, root)
	})
}

func roomOfDriver(dir string) string {
	for _, d := range drivers {
		if below(dir, driverDir(d)) {
			return driverDir(d)
		}
	}
	return dir
}

// target is an import's folder in this module, or its path.
func target(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	if rest, found := strings.CutPrefix(p, modulePath+"/"); found {
		return rest
	}
	return p
}

// checkImports holds the program's imports to the storeys and the rules. Test
// files may import what they like, except that wasim's too stay clear of the product.
func checkImports(s *source) []finding {
	var all []finding
	for _, f := range s.files {
		for _, spec := range f.tree.Imports {
			to := target(spec)
			if f.test && !(below(f.dir, "wasim") && below(to, "internal")) {
				continue
			}
			if why := wrongStorey(f.dir, to); why != "" {
				all = append(all, s.found(spec.Pos(), "%s imports %s: %s", f.dir, to, why))
			}
			for _, r := range importRules {
				if r.wrong(f.dir, to) {
					all = append(all, s.found(spec.Pos(), "%s imports %s: %s", f.dir, to, r.why))
				}
			}
		}
	}
	return all
}

func wrongStorey(from, to string) string {
	if testOnly(to) || inDriver(to) {
		return ""
	}
	here, room, ok := place(from)
	there, otherRoom, known := place(to)
	if !ok || !known || there < here || room == otherRoom {
		return ""
	}
	return storeys[there].why
}

// checkPlaces wants every package under internal to have a storey, so that a
// new one is placed on purpose.
func checkPlaces(s *source) []finding {
	var all []finding
	seen := map[string]bool{}
	for _, f := range s.files {
		if seen[f.dir] || !below(f.dir, "internal") || testOnly(f.dir) {
			continue
		}
		seen[f.dir] = true
		if _, _, ok := place(f.dir); !ok {
			all = append(all, s.found(f.tree.Package, "%s is on no storey: put it into the table in archtest, with a reason", f.dir))
		}
	}
	return all
}

// checkChannelNames finds a channel's name as a value outside its driver and
// outside app, where drivers are listed.
func checkChannelNames(s *source) []finding {
	var all []finding
	s.code(func(f *file) {
		if !below(f.dir, "internal") || below(f.dir, "internal/app") || below(f.dir, "internal/demo") || inBench(f.dir) || testOnly(f.dir) {
			return
		}
		tags := structTags(f.tree)
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if _, isImport := n.(*ast.ImportSpec); isImport {
				return false
			}
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			for _, name := range drivers {
				if !below(f.dir, driverDir(name)) && namesChannel(lit, name, tags[lit]) {
					all = append(all, s.found(lit.Pos(), "%s names the channel %q", f.dir, name))
				}
			}
			return true
		})
	})
	return all
}

func inBench(dir string) bool { return below(dir, "internal/bench") }

func structTags(tree *ast.File) map[*ast.BasicLit]bool {
	tags := map[*ast.BasicLit]bool{}
	ast.Inspect(tree, func(n ast.Node) bool {
		if f, ok := n.(*ast.Field); ok && f.Tag != nil {
			tags[f.Tag] = true
		}
		return true
	})
	return tags
}

// namesChannel: the whole text is the name, or SQL compares with it, or a
// struct tag lists it. A path or a sentence with the word in it is no decision.
func namesChannel(lit *ast.BasicLit, name string, tag bool) bool {
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return false
	}
	if tag {
		words := strings.Split(reflect.StructTag(text).Get("enum"), ",")
		return slices.Contains(words, name) || reflect.StructTag(text).Get("default") == name
	}
	return text == name || strings.Contains(text, "'"+name+"'")
}

func TestImportsGoDown(t *testing.T) {
	t.Parallel()
	report(t, "design: storeys", checkImports(project(t)))
}

func TestEveryPackageHasAStorey(t *testing.T) {
	t.Parallel()
	report(t, "a package is placed on purpose", checkPlaces(project(t)))
}

func TestChannelNamesStayInTheirDriver(t *testing.T) {
	t.Parallel()
	report(t, "style: a channel's name stays in its driver; others ask what the driver can do", checkChannelNames(project(t)))
}
