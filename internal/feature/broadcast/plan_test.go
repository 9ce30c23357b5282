package broadcast

import (
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// What a page asks of those who failed or were left out must read no more than them, with a million recipients beside them.
func TestReasonsAreReadOutOfTheirIndex(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	dbtest.Migrated(t, d, contact.Module(contact.New(d, contact.Config{})), Module(New(Config{DB: d})))
	for name, c := range map[string]struct{ text, want string }{
		"codes":    {countCodes, "COVERING INDEX broadcast_recipients_ended (workspace_id=? AND broadcast_id=? AND state=?)"},
		"failed":   {selectFailed, "broadcast_recipients_ended (workspace_id=? AND broadcast_id=? AND state=? AND code=? AND n>?)"},
		"byReason": {selectByReason, "broadcast_recipients_ended (workspace_id=? AND broadcast_id=? AND state=? AND code=? AND n>?)"},
	} {
		got := dbtest.Plan(t, d, c.text)
		if !strings.Contains(got, c.want) || strings.Contains(got, "SCAN") || strings.Contains(got, "TEMP B-TREE") {
			t.Errorf("%s: the plan is\n%s\nwant %s, no scan and no sorting", name, got, c.want)
		}
	}
}
