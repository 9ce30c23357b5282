package contact

import (
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// Who somebody is is asked for with each message: it must cost the same with ten contacts and with a million.
func TestIdentitiesAreFoundByTheirContact(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	dbtest.Migrated(t, d, Module(New(d, Config{})))
	for name, c := range map[string]struct{ text, want string }{
		"identities": {selectIdentities, "identities_by_contact (workspace_id=? AND contact_id=?)"},
		"contact":    {selectContact, "contacts_1 (workspace_id=? AND id=?)"},
	} {
		if got := dbtest.Plan(t, d, c.text); !strings.Contains(got, c.want) {
			t.Errorf("%s: the plan is\n%s\nwant %s in it", name, got, c.want)
		}
	}
}
