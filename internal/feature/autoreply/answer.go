package autoreply

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/pingcrm/pingcrm/internal/chat"
	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/fill"
)

// compiled is a rule ready to be asked.
type compiled struct {
	Rule
	fits  matcher     // nil but for keywords
	texts []fill.Text // of the steps
	shop  bool        // a text names something of the shop: its name or its clock
}

// ruleset is a workspace's enabled rules at a version, in order, fallbacks last.
type ruleset struct {
	version int64
	rules   []compiled
}

// Ready reports whether the workspace has a rule that is on.
func (s *Service) Ready(ctx context.Context, workspaceID string) (bool, error) {
	set, err := s.rules(ctx, workspaceID)
	return err == nil && len(set.rules) > 0, err
}

// rules returns the workspace's rules, compiled once per version.
func (s *Service) rules(ctx context.Context, workspaceID string) (*ruleset, error) {
	v, err := s.store.version(ctx, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("read the rules' version: %w", err)
	}
	if c, ok := s.cache.Load(workspaceID); ok && c.(*ruleset).version == v {
		return c.(*ruleset), nil
	}
	list, err := s.store.list(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	set := &ruleset{version: v}
	for _, r := range list {
		if !r.Enabled {
			continue
		}
		c, err := compileRule(r)
		if err != nil {
			s.log.ErrorContext(ctx, "a stored rule can't be used", "workspace", workspaceID, "rule", r.ID, "error", err)
			continue
		}
		set.rules = append(set.rules, c)
	}
	slices.SortStableFunc(set.rules, func(a, b compiled) int { return last(a) - last(b) })
	s.cache.Store(workspaceID, set)
	return set, nil
}

func last(c compiled) int {
	if c.When.Trigger == TriggerFallback {
		return 1
	}
	return 0
}

func compileRule(r Rule) (compiled, error) {
	c := compiled{Rule: r}
	for _, step := range r.Then {
		t, err := fill.Parse(step.Text)
		if err != nil {
			return c, err
		}
		c.texts = append(c.texts, t)
		c.shop = c.shop || slices.ContainsFunc(t.Vars(), ofShop)
	}
	if r.When.Trigger != TriggerKeyword {
		return c, nil
	}
	var err error
	c.fits, err = compile(r.When)
	return c, err
}

// Kind is the author of the answers.
func (s *Service) Kind() chat.AuthorKind { return chat.ByRule }

// Answer is the first rule's that fits and may answer again by now; nil when there is none, or when the message looks
// like an echo of our own words or of another machine. Fallbacks keep quiet while a rule that fits only rests.
func (s *Service) Answer(ctx context.Context, q chat.Question) (*chat.Answer, error) {
	set, err := s.rules(ctx, q.WorkspaceID)
	if err != nil || len(set.rules) == 0 {
		return nil, err
	}
	text := normalise(q.Message.Content.Text)
	mem, err := s.store.memory(ctx, q.WorkspaceID, q.Chat.ID)
	if err != nil {
		return nil, fmt.Errorf("recall a chat's answers: %w", err)
	}
	if mem.loops(text, q.Now.UnixMilli()) {
		s.log.InfoContext(ctx, "not answered, looks like a loop", "workspace", q.WorkspaceID, "chat", q.Chat.ID)
		if q.Preview {
			return nil, nil
		}
		return nil, s.store.remember(ctx, q.WorkspaceID, q.Chat.ID, mem.next(text, q.Now.UnixMilli()))
	}
	r, err := s.choose(ctx, set, q, text)
	if err != nil || r == nil {
		return nil, err
	}
	return s.say(ctx, r, q, mem.next(text, q.Now.UnixMilli()))
}

// choose finds the rule that answers, or nil.
func (s *Service) choose(ctx context.Context, set *ruleset, q chat.Question, text string) (*compiled, error) {
	resting := false
	for i := range set.rules {
		r := &set.rules[i]
		if resting && r.When.Trigger == TriggerFallback {
			return nil, nil
		}
		ok, err := s.fits(ctx, r, q, text)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if ok, err = s.rested(ctx, r, q); ok || err != nil {
			return r, err
		}
		resting = true
	}
	return nil, nil
}

// fits reports whether the rule is for this question.
func (s *Service) fits(ctx context.Context, r *compiled, q chat.Question, text string) (bool, error) {
	if q.Chat.Group && r.Audience == AudiencePeople || !q.Chat.Group && r.Audience == AudienceGroups {
		return false, nil
	}
	if len(r.DeviceIDs) > 0 && !slices.Contains(r.DeviceIDs, q.Device.ID) {
		return false, nil
	}
	return s.triggered(ctx, r, q, text)
}

// rested reports whether the rule may answer in this chat again.
func (s *Service) rested(ctx context.Context, r *compiled, q chat.Question) (bool, error) {
	if r.EveryMinutes == 0 {
		return true, nil
	}
	at, err := s.store.firedAt(ctx, q.WorkspaceID, r.ID, q.Chat.ID)
	return q.Now.UnixMilli()-at >= int64(r.EveryMinutes)*60_000, err
}

func (s *Service) triggered(ctx context.Context, r *compiled, q chat.Question, text string) (bool, error) {
	switch r.When.Trigger {
	case TriggerKeyword:
		return text != "" && r.fits(q.Message.Content.Text, text), nil
	case TriggerWelcome:
		return q.First && !q.Chat.Group, nil
	case TriggerOutOfHours:
		open, err := s.workspaces.IsOpen(ctx, q.WorkspaceID, q.Now)
		return !open && err == nil, err
	default:
		return true, nil
	}
}

// say makes the rule's messages. One that comes out blank, as {|Halo} may, is left out.
func (s *Service) say(ctx context.Context, r *compiled, q chat.Question, mem memory) (*chat.Answer, error) {
	vars, err := s.variables(ctx, r, q)
	if err != nil {
		return nil, err
	}
	a := &chat.Answer{By: r.ID, Autoread: q.Device.Settings.Autoread}
	var texts []string
	var wait time.Duration
	for i, step := range r.Then {
		text, err := r.texts[i].Render(vars, rand.IntN)
		if err != nil {
			return nil, fmt.Errorf("fill in rule %s: %w", r.ID, err)
		}
		if step.FileID == "" && strings.TrimSpace(text) == "" {
			continue
		}
		content, err := s.content(ctx, q.WorkspaceID, step, text)
		if err != nil {
			return nil, err
		}
		delay := time.Duration(step.DelaySeconds) * time.Second
		wait += delay
		texts = append(texts, text)
		a.Parts = append(a.Parts, chat.Part{Content: content, Delay: delay, Typing: step.Typing})
	}
	now := q.Now.UnixMilli()
	a.Accepted = func(ctx context.Context) error {
		if err := s.store.fired(ctx, q.WorkspaceID, r.ID, q.Chat.ID, now); err != nil {
			return err
		}
		return s.store.remember(ctx, q.WorkspaceID, q.Chat.ID, mem.answered(texts, now+wait.Milliseconds()))
	}
	return a, nil
}

// ofShop reports whether a variable is read from the workspace.
func ofShop(name string) bool { return name == "business_name" || name == "time" || name == "date" }

// variables are what an answer can say of the person and, if the rule does, of the shop.
func (s *Service) variables(ctx context.Context, r *compiled, q chat.Question) (map[string]string, error) {
	vars := map[string]string{
		"name": cmp.Or(q.Sender.Name, "Kak"), "phone": q.Sender.Phone, "message": q.Message.Content.Text,
	}
	if !r.shop {
		return vars, nil
	}
	name, zone, err := s.workspaces.Shop(ctx, q.WorkspaceID)
	if err != nil {
		return nil, err
	}
	now := q.Now.In(zone)
	vars["business_name"], vars["time"], vars["date"] = name, now.Format("15:04"), now.Format("02-01-2006")
	return vars, nil
}

// content is a step's message: a text, or a file with the text as its caption.
func (s *Service) content(ctx context.Context, workspaceID string, step Step, text string) (device.Content, error) {
	if step.FileID == "" {
		return device.Content{Kind: device.KindText, Text: text}, nil
	}
	c, err := s.files.Content(ctx, workspaceID, step.FileID, step.Kind, text)
	if err != nil {
		return device.Content{}, fmt.Errorf("file of a rule: %w", err)
	}
	return c, nil
}
