package chat

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pingcrm/pingcrm/internal/kit/httpx"
	"github.com/pingcrm/pingcrm/internal/member"
)

type (
	deleteIn struct {
		ID  string `path:"id" maxLength:"64" doc:"The message's id"`
		For string `query:"for" enum:"me,everyone" default:"me" doc:"me: on all devices of this account; everyone: a message of ours, on the contact's phone too"`
	}
	labelView struct {
		ID        string `json:"id"`
		DeviceID  string `json:"device_id"`
		NetworkID string `json:"network_id" doc:"The channel's own id"`
		Name      string `json:"name"`
		Color     int    `json:"color" doc:"The number of a colour of the channel's palette, 0 to 19"`
		CreatedAt int64  `json:"created_at"`
	}
	labelOut  struct{ Body labelView }
	labelsOut struct{ Body httpx.List[labelView] }
	labelsIn  struct {
		ID string `path:"id" maxLength:"64" doc:"The device's id"`
	}
	addLabelIn struct {
		ID   string `path:"id" maxLength:"64" doc:"The device's id"`
		Body struct {
			Name  string `json:"name" minLength:"1" maxLength:"100"`
			Color int    `json:"color,omitempty" minimum:"0" maximum:"19"`
		}
	}
	labelIn struct {
		ID      string `path:"id" maxLength:"64" doc:"The device's id"`
		LabelID string `path:"label_id" maxLength:"64" doc:"The label's id"`
	}
	changeLabelIn struct {
		ID      string `path:"id" maxLength:"64" doc:"The device's id"`
		LabelID string `path:"label_id" maxLength:"64" doc:"The label's id"`
		Body    struct {
			Name  *string `json:"name,omitempty" minLength:"1" maxLength:"100"`
			Color *int    `json:"color,omitempty" minimum:"0" maximum:"19"`
		}
	}
	labelledIn struct {
		ID      string `path:"id" maxLength:"64" doc:"The chat's or message's id"`
		LabelID string `path:"label_id" maxLength:"64" doc:"The label's id"`
	}
)

func labelViewOf(l Label) labelView {
	return labelView{ID: l.ID, DeviceID: l.DeviceID, NetworkID: l.NetworkID, Name: l.Name, Color: l.Color, CreatedAt: l.CreatedAt}
}

func (a api) registerMarks(h huma.API) {
	gone := httpx.Answers(http.StatusNoContent)
	httpx.Handle(h, "DELETE /chats/{id}", member.WriteChats, "Delete a chat on all devices of this account", a.deleteChat, gone)
	httpx.Handle(h, "DELETE /messages/{id}", member.SendMessages, "Delete a message for this account, or one of ours for everyone", a.deleteMessage, gone)
	httpx.Handle(h, "PUT /messages/{id}/star", member.WriteChats, "Put a star on a message", a.starMessage(a.s.Star), gone)
	httpx.Handle(h, "DELETE /messages/{id}/star", member.WriteChats, "Take the star off a message", a.starMessage(a.s.Unstar), gone)
	httpx.Handle(h, "GET /devices/{id}/labels", member.ReadChats, "List a device's labels", a.labels)
	httpx.Handle(h, "POST /devices/{id}/labels", member.WriteChats, "Make a label", a.addLabel, httpx.Answers(http.StatusCreated))
	httpx.Handle(h, "PATCH /devices/{id}/labels/{label_id}", member.WriteChats, "Rename or recolour a label", a.changeLabel)
	httpx.Handle(h, "DELETE /devices/{id}/labels/{label_id}", member.WriteChats, "Delete a label and take it off everything", a.deleteLabel, gone)
	httpx.Handle(h, "PUT /chats/{id}/labels/{label_id}", member.WriteChats, "Put a label on a chat", a.label(a.s.LabelChat), gone)
	httpx.Handle(h, "DELETE /chats/{id}/labels/{label_id}", member.WriteChats, "Take a label off a chat", a.label(a.s.UnlabelChat), gone)
	httpx.Handle(h, "PUT /messages/{id}/labels/{label_id}", member.WriteChats, "Put a label on a message", a.label(a.s.LabelMessage), gone)
	httpx.Handle(h, "DELETE /messages/{id}/labels/{label_id}", member.WriteChats, "Take a label off a message", a.label(a.s.UnlabelMessage), gone)
}

func (a api) deleteChat(ctx context.Context, in *chatIn) (*struct{}, error) {
	return nil, a.s.DeleteChat(ctx, caller(ctx), in.ID)
}

func (a api) deleteMessage(ctx context.Context, in *deleteIn) (*struct{}, error) {
	if in.For == "everyone" {
		who := member.Caller(ctx)
		by := Author{ByMember, who.MemberID}
		if who.MemberID == "" {
			by = Author{ByAPI, who.KeyID}
		}
		return nil, a.s.RevokeMessage(ctx, who.WorkspaceID, in.ID, by)
	}
	return nil, a.s.DeleteMessage(ctx, caller(ctx), in.ID)
}

func (a api) starMessage(do func(ctx context.Context, workspaceID, messageID string) error) func(context.Context, *chatIn) (*struct{}, error) {
	return func(ctx context.Context, in *chatIn) (*struct{}, error) { return nil, do(ctx, caller(ctx), in.ID) }
}

func (a api) labels(ctx context.Context, in *labelsIn) (*labelsOut, error) {
	list, err := a.s.Labels(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &labelsOut{Body: httpx.List[labelView]{Items: make([]labelView, 0, len(list))}}
	for _, l := range list {
		out.Body.Items = append(out.Body.Items, labelViewOf(l))
	}
	return out, nil
}

func (a api) addLabel(ctx context.Context, in *addLabelIn) (*labelOut, error) {
	l, err := a.s.AddLabel(ctx, caller(ctx), in.ID, in.Body.Name, in.Body.Color)
	return &labelOut{Body: labelViewOf(l)}, err
}

func (a api) changeLabel(ctx context.Context, in *changeLabelIn) (*labelOut, error) {
	l, err := a.s.ChangeLabel(ctx, caller(ctx), in.LabelID, LabelChange{DeviceID: in.ID, Name: in.Body.Name, Color: in.Body.Color})
	return &labelOut{Body: labelViewOf(l)}, err
}

func (a api) deleteLabel(ctx context.Context, in *labelIn) (*struct{}, error) {
	return nil, a.s.DeleteLabel(ctx, caller(ctx), in.ID, in.LabelID)
}

func (a api) label(do func(ctx context.Context, workspaceID, id, labelID string) error) func(context.Context, *labelledIn) (*struct{}, error) {
	return func(ctx context.Context, in *labelledIn) (*struct{}, error) {
		return nil, do(ctx, caller(ctx), in.ID, in.LabelID)
	}
}
