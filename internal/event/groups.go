package event

import (
	"context"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/group"
)

// The types of events about groups.
const (
	GroupCreated   Type = "group.created"
	GroupJoined    Type = "group.joined"
	GroupLeft      Type = "group.left"
	GroupPromoted  Type = "group.promoted"
	GroupDemoted   Type = "group.demoted"
	GroupChanged   Type = "group.changed"
	GroupRequested Type = "group.requested"
	GroupDeleted   Type = "group.deleted"
)

// Group is the data of events about groups.
type Group struct {
	Group   Person        `json:"group"`
	By      *GroupPerson  `json:"by,omitempty" doc:"Who did it; missing when the network does not tell"`
	Members []GroupPerson `json:"members,omitempty" doc:"With joined, left, promoted, demoted and requested: whom it happened to. Who left by themselves is by, too"`
	Change  string        `json:"change,omitempty" enum:"name,description,picture,announce,locked,join_approval,admins_add,disappearing,invite" doc:"With group.changed: what"`
	Text    string        `json:"text,omitempty" doc:"The new name, description or link, or the picture's id; empty when it was taken away"`
	On      *bool         `json:"on,omitempty" doc:"With announce, locked, join_approval and admins_add: whether it is on now; missing when the network does not tell"`
	Seconds int           `json:"seconds,omitempty" doc:"With disappearing: after how many seconds, 0 is never"`
	At      int64         `json:"at" doc:"By the network's clock, unix milliseconds"`

	Message *chat.MessageView `json:"message,omitempty" doc:"As its chat shows it, of the kind group; missing when it is told again"`
	Chat    *Thread           `json:"chat,omitempty" doc:"That chat"`
}

// GroupPerson is somebody of a group: a contact, or the device's own account.
type GroupPerson struct {
	Self bool `json:"self,omitempty" doc:"The device's own account, which is no contact"`
	*Person
}

func groupKinds() []Kind {
	sari, on := exampleSari(), true
	us := &GroupPerson{Self: true}
	g := func(by *GroupPerson, members ...GroupPerson) Group {
		return Group{Group: exampleGroup(), By: by, Members: members, At: exampleAt}
	}
	changed := g(us)
	changed.Change, changed.On = string(device.GroupAnnounce), &on
	line := exampleMessage(chat.Message{
		State: chat.StateReceived, Origin: device.OriginLive,
		Content: device.Content{Kind: device.KindGroup, Group: &device.GroupLine{Deed: device.GroupAnnounce, By: device.TargetSelf, On: &on}},
	})
	changed.Message, changed.Chat = &line, &Thread{ID: exampleChat, Group: true, Turn: chat.TurnBot, TurnVersion: 1}
	return []Kind{
		{GroupCreated, 1, "A device's account is in a group that it was not in: it made it, joined it or was added.", g(&GroupPerson{Person: &sari})},
		{GroupJoined, 1, "People came into a group, or were added.", g(us, GroupPerson{Person: &sari})},
		{GroupLeft, 1, "People left a group, or were removed.", g(&GroupPerson{Person: &sari}, GroupPerson{Person: &sari})},
		{GroupPromoted, 1, "Members of a group were made admins.", g(us, GroupPerson{Person: &sari})},
		{GroupDemoted, 1, "Admins of a group are members again.", g(us, GroupPerson{Person: &sari})},
		{GroupChanged, 1, "A group's name, description, picture, link or settings are new.", changed},
		{GroupRequested, 1, "Somebody asks to be let into a group.", g(&GroupPerson{Person: &sari}, GroupPerson{Person: &sari})},
		{GroupDeleted, 1, "A group is no more.", g(nil)},
	}
}

// GroupChanged is for chat.Service.Happened. What was told as history is not told as new.
func (l Listener) GroupChanged(ctx context.Context, h chat.Happened) error {
	c := h.Change
	if c.Origin == device.OriginHistory {
		return nil
	}
	t, ok := map[device.GroupDeed]Type{
		device.GroupCame: GroupCreated, device.GroupJoined: GroupJoined, device.GroupLeft: GroupLeft, device.GroupPromoted: GroupPromoted,
		device.GroupDemoted: GroupDemoted, device.GroupRequested: GroupRequested, device.GroupEnded: GroupDeleted,
	}[c.Deed]
	out := Group{Text: c.Text, On: c.On, Seconds: c.Seconds, At: c.At}
	if !ok {
		t, out.Change = GroupChanged, string(c.Deed)
	}
	var err error
	if out.Group, err = l.person(ctx, c.Group); err != nil {
		return err
	}
	if c.By != nil {
		by, err := l.groupPerson(ctx, *c.By)
		if err != nil {
			return err
		}
		out.By = &by
	}
	for _, m := range c.Members {
		who, err := l.groupPerson(ctx, m)
		if err != nil {
			return err
		}
		out.Members = append(out.Members, who)
	}
	if h.Message.ID != "" {
		said, in := shown(h.Message), threadOf(h.Chat)
		out.Message, out.Chat = &said, &in
	}
	return l.Log.Append(ctx, Draft{
		WorkspaceID: c.Device.WorkspaceID, DeviceID: c.Device.ID, Subject: c.Group.ID, Type: t, Data: out,
	})
}

func (l Listener) groupPerson(ctx context.Context, p group.Person) (GroupPerson, error) {
	if p.Self {
		return GroupPerson{Self: true}, nil
	}
	who, err := l.person(ctx, p.Contact)
	return GroupPerson{Person: &who}, err
}
