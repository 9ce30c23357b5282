package chat

import "context"

// Only picks messages of a chat by what is kept of them beside their text.
type Only string

// The picks.
const (
	OnlyAll     Only = ""
	OnlyFiles   Only = "files"   // with a file, stickers too
	OnlyStarred Only = "starred" // that the account has starred
	OnlyPinned  Only = "pinned"  // that somebody has pinned; the pin may be over or taken off, its content says
)

// The conditions are written as the indexes of these names are. In a JSON text of ours a quotation mark of somebody's is
// always escaped, so that these are keys and nothing else.
const (
	selectFiles = `SELECT ` + messageColumns + messageTables + `
		WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND m.content LIKE '%"media":{%' AND (m.ordered_at, m.id) < ($3, $4)
		ORDER BY m.ordered_at DESC, m.id DESC LIMIT $5`

	selectStarred = `SELECT ` + messageColumns + messageTables + `
		WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND m.starred = 1 AND (m.ordered_at, m.id) < ($3, $4)
		ORDER BY m.ordered_at DESC, m.id DESC LIMIT $5`

	selectPinned = `SELECT ` + messageColumns + messageTables + `
		WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.shown = 1 AND m.content LIKE '%"pin":{%' AND (m.ordered_at, m.id) < ($3, $4)
		ORDER BY m.ordered_at DESC, m.id DESC LIMIT $5`
)

// kept returns the messages of a chat that o picks and that end before k, newest first.
func (s store) kept(ctx context.Context, c Chat, o Only, k key, limit int) ([]Message, error) {
	text := map[Only]string{OnlyFiles: selectFiles, OnlyStarred: selectStarred, OnlyPinned: selectPinned}[o]
	return messages(s.db.Query(ctx, text, c.WorkspaceID, c.ID, k.At, k.ID, limit))
}
