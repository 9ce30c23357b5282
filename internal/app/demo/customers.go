package demo

import (
	"context"
	"strings"
	"time"
)

const (
	lookEvery  = 2 * time.Second  // how often customers look at their phones
	answerMost = 30 * time.Second // a customer answers at most once in this time
)

// open lets the customers who have something to say write their first message.
func (c Config) open(ctx context.Context, net *network, f Facts) {
	for i, who := range customers {
		if who.opening == "" || i >= len(f.Phones) {
			continue
		}
		if err := net.send(ctx, f.Phones[i].Number, f.Devices[0].Number, who.opening); err != nil {
			c.Log.WarnContext(ctx, "a demo customer could not write", "name", who.name, "error", err)
		}
	}
}

// Live lets the customers read what they get and answer questions until ctx ends.
func Live(ctx context.Context, c Config, f Facts) {
	net := newNetwork(c.NetworkURL)
	people := make([]*person, 0, len(f.Phones))
	for i, p := range f.Phones {
		if i < len(customers) && customers[i].answer != "" {
			people = append(people, &person{number: p.Number, answer: customers[i].answer, shop: f.Devices[0].Number})
		}
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		for _, p := range people {
			if err := p.look(ctx, net); err != nil && ctx.Err() == nil {
				c.Log.DebugContext(ctx, "a demo customer could not use the phone", "number", p.number, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// person is a customer at the phone.
type person struct {
	number, answer, shop string
	seen                 string // id of the last message looked at
	begun                bool
	answered             time.Time
}

// look reads what is new and answers a question, not too often. What was there before the demo started is old.
func (p *person) look(ctx context.Context, net *network) error {
	list, err := net.messages(ctx, p.number, p.seen)
	if err != nil || len(list) == 0 {
		p.begun = p.begun || err == nil
		return err
	}
	p.seen = list[len(list)-1].ID
	if !p.begun {
		p.begun = true
		return nil
	}
	asked := false
	for _, m := range list {
		asked = asked || !m.FromMe && strings.HasSuffix(strings.TrimSpace(m.Text), "?")
	}
	if err := net.read(ctx, p.number, p.shop); err != nil {
		return err
	}
	if !asked || time.Since(p.answered) < answerMost {
		return nil
	}
	p.answered = time.Now()
	return net.send(ctx, p.number, p.shop, p.answer)
}
