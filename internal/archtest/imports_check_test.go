package archtest

import (
	"fmt"
	"testing"
)

// importing is an example file with one import.
func importing(target string) string {
	return fmt.Sprintf("import _ %q\n", target)
}

func imports(dir string) string { return importing(modulePath + "/" + dir) }

func TestImportRulesFindEachWrongImport(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ from, to string }{
		{"internal/kit/db", "internal/workspace"},
		{"internal/workspace", "internal/member"},
		{"internal/device", "internal/contact"},
		{"internal/device", "internal/chat"},
		{"internal/outbox", "internal/feature/webhook"},
		{"internal/feature/autoreply", "internal/feature/assistant"},
		{"internal/feature/autoreply/match", "internal/feature/assistant/prompt"},
		{"internal/chat", "internal/app"},
		{"internal/app", "cmd/pingcrm"},
		{"internal/device/whatsapp", "internal/contact"},
		{"internal/device/whatsapp", "internal/device/lease"},
		{"internal/device/whatsapp", "internal/device/cloudapi"},
		{"internal/device/webchat", "wasim"},
		{"internal/device", "internal/device/whatsapp"},
		{"internal/chat", "internal/device/webchat"},
		{"wasim", "internal/kit/fault"},
		{"wasim/control", "sdk"},
		{"internal/device", "wasim"},
		{"internal/chat", "internal/app/apptest"},
		{"sdk", "internal/kit/fault"},
		{"web", "internal/kit/fault"},
	} {
		got := checkImports(example(t, map[string]string{tc.from + "/a.go": imports(tc.to)}))
		if len(got) == 0 {
			t.Errorf("%s imports %s: got nothing, want a finding", tc.from, tc.to)
		}
	}
	for _, tc := range []struct{ from, path string }{
		{"internal/chat", "go.mau.fi/whatsmeow/types"},
		{"internal/device/cloudapi", "go.mau.fi/whatsmeow"},
		{"internal/demo", "go.mau.fi/whatsmeow"},
		{"internal/contact", "github.com/jackc/pgx/v5"},
		{"internal/outbox", "modernc.org/sqlite"},
	} {
		got := checkImports(example(t, map[string]string{tc.from + "/a.go": importing(tc.path)}))
		if len(got) != 1 {
			t.Errorf("%s imports %s: got %v, want one finding", tc.from, tc.path, got)
		}
	}
}

func TestImportRulesAllowWhatTheDesignAllows(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ from, to string }{
		{"internal/chat", "internal/outbox"},
		{"internal/chat", "internal/kit/db"},
		{"internal/kit/db/dbtest", "internal/kit/pgtest"},
		{"internal/feature/autoreply", "internal/chat"},
		{"internal/feature/autoreply", "internal/feature/autoreply/match"},
		{"internal/device", "internal/device/lease"},
		{"internal/device/whatsapp", "internal/device"},
		{"internal/device/whatsapp", "internal/kit/fault"},
		{"internal/device/whatsapp", "internal/device/whatsapp/convert"},
		{"internal/device/devicetest", "wasim"},
		{"internal/app", "internal/device/whatsapp"},
		{"internal/app", "wasim"},
		{"internal/demo", "wasim/control"},
		{"cmd/pingcrm", "internal/demo"},
		{"wasim/control", "wasim"},
		{"internal/kit/pgtest/withpostgres", "internal/kit/pgtest"},
	} {
		got := checkImports(example(t, map[string]string{tc.from + "/a.go": imports(tc.to)}))
		wantFindings(t, got)
	}
	got := checkImports(example(t, map[string]string{
		"internal/device/whatsapp/a.go": importing("go.mau.fi/whatsmeow"),
		"internal/kit/db/a.go":          importing("github.com/jackc/pgx/v5/pgxpool"),
		"internal/chat/a_test.go":       imports("internal/app/apptest") + importing("go.mau.fi/whatsmeow"),
	}))
	wantFindings(t, got)
}

func TestWasimsTestsStayClearOfTheProduct(t *testing.T) {
	t.Parallel()
	got := checkImports(example(t, map[string]string{"wasim/a_test.go": imports("internal/kit/fault")}))
	wantFindings(t, got, "wasim/a_test.go:2")
}

func TestAPackageWithoutAStoreyIsFound(t *testing.T) {
	t.Parallel()
	got := checkPlaces(example(t, map[string]string{
		"internal/common/a.go":   "",
		"internal/common/b.go":   "",
		"internal/kit/a.go":      "",
		"internal/chat/sub/a.go": "",
		"internal/apptest/a.go":  "",
		"wasim/a.go":             "",
	}))
	wantFindings(t, got, "internal/common")
}

func TestChannelNamesAreFound(t *testing.T) {
	t.Parallel()
	got := checkChannelNames(example(t, map[string]string{
		"internal/chat/literal.go":      `var _ = "whatsapp"`,
		"internal/chat/sql.go":          "const q = `SELECT 1 FROM devices WHERE channel = 'webchat'`",
		"internal/chat/tag.go":          "type in struct { Channel string `json:\"channel\" enum:\"cloudapi,other\"` }",
		"internal/device/webchat/a.go":  `var _ = "cloudapi"`,
		"internal/device/whatsapp/a.go": `const Channel = "whatsapp"`,
		"internal/app/a.go":             `var _ = "whatsapp"`,
		"internal/chat/path.go":         `var _ = "/api-app/whatsapp/chats"`,
		"internal/chat/a_test.go":       `var _ = "whatsapp"`,
		"internal/chat/import.go":       `import _ "whatsapp"`,
		"wasim/a.go":                    `var _ = "whatsapp"`,
	}))
	wantFindings(t, got, "literal.go:2", "sql.go:2", "tag.go:2", "internal/device/webchat/a.go:2")
}
