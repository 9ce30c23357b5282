package desk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"slices"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/member"
)

// maxNote is the longest note, in characters.
const maxNote = 10_000

// Note is what somebody wrote about a chat for the others who work on it. It is never sent.
type Note struct {
	ID          string          `json:"id"`
	WorkspaceID string          `json:"-"`
	ChatID      string          `json:"chat_id"`
	DeviceID    string          `json:"device_id"`
	By          chat.AuthorKind `json:"by" doc:"member or api"`
	ByID        string          `json:"by_id"`
	Text        string          `json:"text"`
	Mentions    []string        `json:"mentions" doc:"The ids of the members who are asked to read it"`
	CreatedAt   int64           `json:"created_at" doc:"Unix milliseconds: where it stands in the thread"`
	EditedAt    int64           `json:"edited_at,omitempty" doc:"Unix milliseconds; missing: never"`
}

func (n Note) author() chat.Author { return chat.Author{Kind: n.By, ID: n.ByID} }

// NoteChange is what became of a note.
type NoteChange struct {
	Note    Note // as it is now, or was
	New     bool
	Deleted bool
	// Mentioned are those who are mentioned from now on and were not before.
	Mentioned []string
}

// Jot is a note to be written.
type Jot struct {
	Text     string
	Mentions []string // ids of members
}

// AddNote writes a note. ErrText, chat.ErrNotFound, or the fault of a member that there is not.
func (s *Service) AddNote(ctx context.Context, by member.Principal, chatID string, j Jot) (n Note, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		c, err := s.conf.Chats.Get(ctx, by.WorkspaceID, chatID)
		if err != nil {
			return err
		}
		a := authorOf(by)
		n = Note{ID: id.New(), WorkspaceID: by.WorkspaceID, ChatID: c.Chat.ID, DeviceID: c.DeviceID, By: a.Kind, ByID: a.ID, CreatedAt: s.now()}
		if err := s.jot(ctx, &n, j); err != nil {
			return err
		}
		if err := s.insertNote(ctx, n); err != nil {
			return err
		}
		return s.mention(ctx, n, nil, NoteChange{New: true})
	})
	return n, err
}

// jot puts what somebody wrote into a note.
func (s *Service) jot(ctx context.Context, n *Note, j Jot) (err error) {
	if n.Text, err = text(j.Text, maxNote); err != nil {
		return err
	}
	n.Mentions = slices.Compact(slices.Sorted(slices.Values(j.Mentions)))
	if n.Mentions == nil {
		n.Mentions = []string{}
	}
	for _, m := range n.Mentions {
		if err := s.conf.Member(ctx, n.WorkspaceID, m); err != nil {
			return err
		}
	}
	return nil
}

// mention notes who is mentioned, and tells of the note.
func (s *Service) mention(ctx context.Context, n Note, before []string, c NoteChange) error {
	for _, m := range n.Mentions {
		if slices.Contains(before, m) {
			continue
		}
		c.Mentioned = append(c.Mentioned, m)
		if err := s.insertMention(ctx, n, m, s.now()); err != nil {
			return err
		}
	}
	for _, m := range before {
		if !slices.Contains(n.Mentions, m) {
			if err := s.deleteMention(ctx, n, m); err != nil {
				return err
			}
		}
	}
	c.Note = n
	return s.NoteChanged.Fire(ctx, c)
}

// EditNote changes a note for who wrote it, or an admin. ErrNoteNotFound, ErrNotYours, and what AddNote says.
func (s *Service) EditNote(ctx context.Context, by member.Principal, noteID string, j Jot) (n Note, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if n, err = s.ownNote(ctx, by, noteID); err != nil {
			return err
		}
		before := n.Mentions
		if err := s.jot(ctx, &n, j); err != nil {
			return err
		}
		n.EditedAt = s.now()
		if err := s.updateNote(ctx, n); err != nil {
			return err
		}
		return s.mention(ctx, n, before, NoteChange{})
	})
	return n, err
}

// DeleteNote deletes a note for who wrote it, or an admin. ErrNoteNotFound, ErrNotYours.
func (s *Service) DeleteNote(ctx context.Context, by member.Principal, noteID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		n, err := s.ownNote(ctx, by, noteID)
		if err != nil {
			return err
		}
		if err := s.deleteNote(ctx, n); err != nil {
			return err
		}
		return s.NoteChanged.Fire(ctx, NoteChange{Note: n, Deleted: true})
	})
}

func (s *Service) ownNote(ctx context.Context, by member.Principal, noteID string) (Note, error) {
	n, err := s.note(ctx, by.WorkspaceID, noteID)
	if err == nil && !mayChange(by, n.author()) {
		err = ErrNotYours
	}
	return n, err
}

// Stretch is a part of a chat's time, unix ms: after Since, before Until; 0 is open.
type Stretch struct {
	Since, Until int64
	Limit        int
}

// Notes returns the newest notes of a stretch of a chat, in time order. chat.ErrNotFound.
func (s *Service) Notes(ctx context.Context, workspaceID, chatID string, st Stretch) ([]Note, error) {
	c, err := s.conf.Chats.Get(ctx, workspaceID, chatID)
	if err != nil {
		return nil, err
	}
	if st.Until == 0 {
		st.Until = math.MaxInt64
	}
	list, err := s.notes(ctx, workspaceID, c.Chat.ID, st)
	slices.Reverse(list)
	return list, err
}

const noteColumns = `n.workspace_id, n.id, n.chat_id, n.device_id, n.by_kind, n.by_id, n.body, n.mentions, n.created_at, n.edited_at`

func (n *Note) refs(mentions *[]byte) []any {
	return []any{&n.WorkspaceID, &n.ID, &n.ChatID, &n.DeviceID, &n.By, &n.ByID, &n.Text, mentions, &n.CreatedAt, &n.EditedAt}
}

func (n *Note) finish(mentions []byte) error {
	if len(mentions) == 0 {
		return nil
	}
	return json.Unmarshal(mentions, &n.Mentions)
}

const selectNote = `SELECT ` + noteColumns + ` FROM notes n WHERE n.workspace_id = $1 AND n.id = $2`

func (s *Service) note(ctx context.Context, workspaceID, noteID string) (Note, error) {
	var n Note
	var mentions []byte
	err := s.db.QueryRow(ctx, selectNote, workspaceID, noteID).Scan(n.refs(&mentions)...)
	if errors.Is(err, sql.ErrNoRows) {
		return n, ErrNoteNotFound
	}
	return n, errors.Join(err, n.finish(mentions))
}

const selectNotes = `SELECT ` + noteColumns + ` FROM notes n WHERE n.workspace_id = $1 AND n.chat_id = $2 AND n.created_at > $3 AND n.created_at < $4
	ORDER BY n.created_at DESC, n.id DESC LIMIT $5`

func (s *Service) notes(ctx context.Context, workspaceID, chatID string, st Stretch) ([]Note, error) {
	rows, err := s.db.Query(ctx, selectNotes, workspaceID, chatID, st.Since, st.Until, st.Limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	list := []Note{}
	for rows.Next() {
		var n Note
		var mentions []byte
		if err := rows.Scan(n.refs(&mentions)...); err != nil {
			return nil, err
		}
		if err := n.finish(mentions); err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, rows.Err()
}

const insertNote = `INSERT INTO notes (workspace_id, id, chat_id, device_id, by_kind, by_id, body, mentions, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

func (s *Service) insertNote(ctx context.Context, n Note) error {
	mentions, err := json.Marshal(n.Mentions)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, insertNote, n.WorkspaceID, n.ID, n.ChatID, n.DeviceID, string(n.By), n.ByID, n.Text, string(mentions), n.CreatedAt)
	return err
}

const updateNote = `UPDATE notes SET body = $3, mentions = $4, edited_at = $5 WHERE workspace_id = $1 AND id = $2`

func (s *Service) updateNote(ctx context.Context, n Note) error {
	mentions, err := json.Marshal(n.Mentions)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, updateNote, n.WorkspaceID, n.ID, n.Text, string(mentions), n.EditedAt)
	return err
}

const (
	deleteNote         = `DELETE FROM notes WHERE workspace_id = $1 AND id = $2`
	deleteNoteMentions = `DELETE FROM mentions WHERE workspace_id = $1 AND note_id = $2`
)

func (s *Service) deleteNote(ctx context.Context, n Note) error {
	if _, err := s.db.Exec(ctx, deleteNoteMentions, n.WorkspaceID, n.ID); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, deleteNote, n.WorkspaceID, n.ID)
	return err
}

const insertMention = `INSERT INTO mentions (workspace_id, member_id, note_id, chat_id, at, read_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`

// insertMention notes a mention; who mentions themselves has read it.
func (s *Service) insertMention(ctx context.Context, n Note, memberID string, at int64) error {
	read := int64(0)
	if n.By == chat.ByMember && n.ByID == memberID {
		read = at
	}
	_, err := s.db.Exec(ctx, insertMention, n.WorkspaceID, memberID, n.ID, n.ChatID, at, read)
	return err
}

const deleteMention = `DELETE FROM mentions WHERE workspace_id = $1 AND note_id = $2 AND member_id = $3`

func (s *Service) deleteMention(ctx context.Context, n Note, memberID string) error {
	_, err := s.db.Exec(ctx, deleteMention, n.WorkspaceID, n.ID, memberID)
	return err
}
