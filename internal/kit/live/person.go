package live

import (
	"encoding/json"
	"fmt"
)

// personal is the channel of one caller of a workspace, on all screens.
func personal(c Caller) string { return "person:" + c.WorkspaceID + ":" + c.UserID }

// PublishTo sends an event to one caller's screens only. Like Publish it does not wait, and is for after the commit.
func (l *Live) PublishTo(to Caller, e Event) error {
	b, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode event %s: %w", e.Type, err)
	}
	if _, err := l.node.Publish(personal(to), b); err != nil {
		return fmt.Errorf("publish event %s: %w", e.Type, err)
	}
	return nil
}
