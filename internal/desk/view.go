package desk

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/id"
	"github.com/pingcrm/pingcrm/internal/member"
)

// maxViews is how many views a workspace may have.
const maxViews = 100

// Filter is a view's: what GET /chats takes, under the same names.
type Filter struct {
	DeviceID string `json:"device_id,omitempty" maxLength:"64"`
	Kind     string `json:"kind,omitempty" enum:"people,groups"`
	Turn     string `json:"turn,omitempty" enum:"bot,human"`
	Unread   string `json:"unread,omitempty" enum:"only"`
	Archived string `json:"archived,omitempty" enum:"only,none"`
	Pinned   string `json:"pinned,omitempty" enum:"only,none"`
	LabelID  string `json:"label_id,omitempty" maxLength:"64"`
	Assignee string `json:"assignee,omitempty" maxLength:"64" doc:"A member's id, me (whoever looks) or none"`
	TeamID   string `json:"team_id,omitempty" maxLength:"64" doc:"A team's id, or none"`
	Status   string `json:"status,omitempty" enum:"open,snoozed,resolved"`
	Waiting  string `json:"waiting,omitempty" enum:"only"`
	Sort     string `json:"sort,omitempty" enum:"newest,waiting"`
	Search   string `json:"search,omitempty" maxLength:"200"`
}

// View is a filter of the inbox under a name.
type View struct {
	ID          string          `json:"id"`
	WorkspaceID string          `json:"-"`
	Name        string          `json:"name"`
	Filter      Filter          `json:"filter"`
	Shared      bool            `json:"shared" doc:"Everybody of the workspace sees it"`
	By          chat.AuthorKind `json:"by" doc:"member or api"`
	ByID        string          `json:"by_id"`
	CreatedAt   int64           `json:"created_at" doc:"Unix milliseconds"`
	UpdatedAt   int64           `json:"updated_at" doc:"Unix milliseconds"`
}

func (v View) author() chat.Author { return chat.Author{Kind: v.By, ID: v.ByID} }

// ViewChange is what became of a view.
type ViewChange struct {
	View    View // as it is now, or was
	Deleted bool
}

// ViewFields are what a view is made of; in UpdateView nil leaves a field as it is.
type ViewFields struct {
	Name   *string
	Filter *Filter
	Shared *bool
}

// Views returns the views that p sees, in the order that p gave them; new ones at the end.
func (s *Service) Views(ctx context.Context, p member.Principal) ([]View, error) {
	all, err := s.views(ctx, p.WorkspaceID)
	out := []View{}
	for _, v := range all {
		if v.Shared || v.author() == authorOf(p) {
			out = append(out, v)
		}
	}
	if err != nil {
		return out, err
	}
	return out, s.inOrder(ctx, p, out)
}

// AddView makes a view. ErrViewName, ErrTooManyViews.
func (s *Service) AddView(ctx context.Context, by member.Principal, f ViewFields) (v View, err error) {
	a := authorOf(by)
	v = View{ID: id.New(), WorkspaceID: by.WorkspaceID, By: a.Kind, ByID: a.ID, CreatedAt: s.now()}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		all, err := s.views(ctx, by.WorkspaceID)
		if err != nil {
			return err
		}
		if len(all) >= maxViews {
			return ErrTooManyViews
		}
		return s.writeView(ctx, &v, f)
	})
	return v, err
}

// UpdateView changes a view for who made it, or a shared one for an admin. ErrViewNotFound, ErrNotYours, ErrViewName.
func (s *Service) UpdateView(ctx context.Context, by member.Principal, viewID string, f ViewFields) (v View, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if v, err = s.ownView(ctx, by, viewID); err != nil {
			return err
		}
		return s.writeView(ctx, &v, f)
	})
	return v, err
}

// DeleteView deletes a view for who made it, or a shared one for an admin. ErrViewNotFound, ErrNotYours.
func (s *Service) DeleteView(ctx context.Context, by member.Principal, viewID string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		v, err := s.ownView(ctx, by, viewID)
		if err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, deleteView, v.WorkspaceID, v.ID); err != nil {
			return err
		}
		return s.ViewChanged.Fire(ctx, ViewChange{View: v, Deleted: true})
	})
}

// ownView is a view that by sees and may change.
func (s *Service) ownView(ctx context.Context, by member.Principal, viewID string) (View, error) {
	list, err := s.Views(ctx, by)
	if err != nil {
		return View{}, err
	}
	for _, v := range list {
		if v.ID == viewID {
			if !mayChange(by, v.author()) {
				return v, ErrNotYours
			}
			return v, nil
		}
	}
	return View{}, ErrViewNotFound
}

func (s *Service) writeView(ctx context.Context, v *View, f ViewFields) error {
	if f.Name != nil {
		v.Name = *f.Name
	}
	name, err := text(v.Name, 100)
	if err != nil || strings.ContainsAny(name, "\r\n\t") {
		return ErrViewName
	}
	v.Name = name
	if f.Filter != nil {
		v.Filter = *f.Filter
		v.Filter.Search = db.Text(v.Filter.Search)
	}
	if f.Shared != nil {
		v.Shared = *f.Shared
	}
	v.UpdatedAt = s.now()
	filter, err := json.Marshal(v.Filter)
	if err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, putView, v.WorkspaceID, v.ID, v.Name, string(filter), flag(v.Shared), string(v.By), v.ByID, v.CreatedAt, v.UpdatedAt); err != nil {
		return err
	}
	return s.ViewChanged.Fire(ctx, ViewChange{View: *v})
}

const putView = `INSERT INTO views (workspace_id, id, name, filter, shared, by_kind, by_id, created_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name, filter = excluded.filter,
	shared = excluded.shared, updated_at = excluded.updated_at`

const deleteView = `DELETE FROM views WHERE workspace_id = $1 AND id = $2`

const selectViews = `SELECT workspace_id, id, name, filter, shared, by_kind, by_id, created_at, updated_at FROM views WHERE workspace_id = $1 ORDER BY id`

func (s *Service) views(ctx context.Context, workspaceID string) (list []View, err error) {
	rows, err := s.db.Query(ctx, selectViews, workspaceID)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var v View
		var filter []byte
		err := rows.Scan(&v.WorkspaceID, &v.ID, &v.Name, &filter, &v.Shared, &v.By, &v.ByID, &v.CreatedAt, &v.UpdatedAt)
		if err == nil {
			err = errors.Join(err, json.Unmarshal(filter, &v.Filter))
		}
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}
