package outbox

import (
	"strings"
	"testing"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// What the runner does for each send must cost the same with ten sends and with a million: no statement of its looks
// at more rows than it takes.
func TestTheRunnersStatementsUseTheirIndexes(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	dbtest.Migrated(t, d, device.Module(device.New(device.Config{DB: d})), Module(New(d, Config{})))
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"peek":        {peekSends, []string{"sends_queue (workspace_id=? AND device_id=? AND cold=? AND lane<?)", "sends_retrying (workspace_id=? AND device_id=? AND chat_id=? AND lane=?"}},
		"claim":       {claimSends, []string{"sends_1 (workspace_id=? AND id=?)"}},
		"requeue":     {requeueClaimed, []string{"sends_claimed (workspace_id=? AND device_id=?)"}},
		"taken":       {markTaken, []string{"sends_1 (workspace_id=? AND id=?)"}},
		"settle":      {settleSend, []string{"sends_1 (workspace_id=? AND id=?)"}},
		"wake":        {wakeQueued, []string{"sends_waiting (workspace_id=? AND device_id=? AND due_at<?)"}},
		"wakeHeld":    {wakeHeld, []string{"sends_1 (workspace_id=? AND id=?)", "sends_waiting (workspace_id=? AND device_id=? AND due_at<?)"}},
		"leapRetries": {leapRetries, []string{"sends_waiting (workspace_id=? AND device_id=?)"}},
		"leapQueued":  {leapQueued, []string{"sends_queue (workspace_id=? AND device_id=?)"}},
		"leapClaimed": {leapClaimed, []string{"sends_claimed (workspace_id=? AND device_id=?)"}},
		"nextDue":     {selectNextDue, []string{"COVERING INDEX sends_waiting (workspace_id=? AND device_id=?)"}},
		"holdCold":    {holdCold, []string{"sends_queue (workspace_id=? AND device_id=? AND cold=?)"}},
		"pause":       {holdBatch, []string{"sends_batch (workspace_id=? AND batch=?)"}},
		"resume":      {resumeBatch, []string{"sends_batch (workspace_id=? AND batch=?)"}},
		"cancel":      {cancelBatch, []string{"sends_batch (workspace_id=? AND batch=?)"}},
		"waiting":     {countWaiting, []string{"sends_batch (workspace_id=? AND batch=?)"}},
		"past":        {selectPast, []string{"sends_spent (workspace_id=? AND device_id=? AND spent_at>?)"}},
		"setAside":    {setAside, []string{"sends_1 (workspace_id=? AND id=?)"}},
		"receipt":     {selectByNetworkID, []string{"sends_network (workspace_id=? AND device_id=? AND network_id=?)"}},
	} {
		got := dbtest.Plan(t, d, c.text)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: the plan is\n%s\nwant %s in it", name, got, want)
			}
		}
		if strings.Contains(got, "SCAN sends") || strings.Contains(got, "TEMP B-TREE") {
			t.Errorf("%s: the plan is\n%s\nwant no scan and no sorting", name, got)
		}
	}
}
