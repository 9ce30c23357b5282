package archtest

import (
	"bytes"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A forbidden text may not stand in any file of the project. The patterns are
// written so that they don't find themselves.
type forbidden struct {
	why     string
	pattern *regexp.Regexp
	only    func(name string) bool // nil: every file
}

//arch:global a table, never written
var forbiddenTexts = []forbidden{
	{
		"a path of one machine means nothing on another",
		regexp.MustCompile(`(?:^|[\s"'(=:])/(?:root|work|home/[a-z]\w*|Users/\w+)/[\w.]`), nil,
	},
	{
		"packages come from wherever the reader's go and npm are told to get them, so no registry is named",
		regexp.MustCompile(`(?i)\b(?:registry\.(?:npmjs|yarnpkg)|(?:proxy|sum)\.golang|(?:deb|ftp)\.debian|archive\.ubuntu|(?:files\.)?python(?:hosted)|index\.crates)[.]\w+`), nil,
	},
	{
		"a lock file that says where each package lies only works there (npm: omit-lockfile-registry-resolved)",
		regexp.MustCompile(`"resolved"\s*:\s*"(?:https?|git\+ssh):`), func(name string) bool { return path.Base(name) == "package-lock.json" },
	},
	{
		"a conflict that nobody solved",
		regexp.MustCompile(`(?m)^(?:<{7}|>{7}) `), nil,
	},
	{
		"a private key belongs to nobody's repository; tests make their own",
		regexp.MustCompile(`-----BEGIN (?:\w+ )?PRIVATE KEY-----\n`), nil,
	},
	{
		"what is missing is said where people look for it, not hidden in the code",
		regexp.MustCompile(`(?:/[/*]|#)\s*(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b`), nil,
	},
}

// checkTexts looks for forbidden texts in one file.
func checkTexts(name string, content []byte) []finding {
	if bytes.IndexByte(content, 0) >= 0 {
		return nil // not text
	}
	var all []finding
	for _, f := range forbiddenTexts {
		if f.only != nil && !f.only(name) {
			continue
		}
		for _, at := range f.pattern.FindAllIndex(content, -1) {
			line := 1 + bytes.Count(content[:at[0]], []byte("\n"))
			all = append(all, finding{
				where: name + ":" + strconv.Itoa(line),
				what:  strconv.Quote(string(content[at[0]:at[1]])) + ": " + f.why,
			})
		}
	}
	return all
}

// tracked lists the files that git tracks or is about to.
func tracked(t *testing.T, root string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "-c", "safe.directory="+root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing the project's files needs git and its checkout: %v", err)
	}
	names := strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
	slices.Sort(names)
	return slices.Compact(names)
}

func TestNoForbiddenTexts(t *testing.T) {
	t.Parallel()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	names := tracked(t, root)
	if len(names) < 10 {
		t.Fatalf("got %d files, want the whole project", len(names))
	}
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		report(t, "what may stand in a file", checkTexts(name, content))
	}
}

func TestForbiddenTextsAreFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"see /ro" + "ot/go/pkg":                           1,
		"dir := \"/wo" + "rk/main\"":                      1,
		"cd /ho" + "me/budi/src":                          1,
		"https://registry.npm" + "js.org/x":               1,
		"GOPROXY=https://proxy.go" + "lang.org":           1,
		"a\n<<<<<<" + "< HEAD\n":                          1,
		"-----BEGIN EC PRIVATE" + " KEY-----\nMHc":        1,
		"x() // TO" + "DO later":                          1,
		"GET /workspaces, /home, /api/root/x, /worker/a":  0,
		"https://example.com/home/budi/x and /home alone": 0,
		"/* list to do */ toDO := 1":                      0,
	} {
		if got := checkTexts("a.go", []byte(text)); len(got) != want {
			t.Errorf("%q: got %v, want %d", text, got, want)
		}
	}
	lock := []byte(`{"resolved": "` + `https://packages.example/x.tgz"}`)
	wantFindings(t, checkTexts("web/package-lock.json", lock), "web/package-lock.json:1")
	wantFindings(t, checkTexts("web/data.json", lock))
	wantFindings(t, checkTexts("a.png", []byte("\x00 /ro"+"ot/x")))
}
