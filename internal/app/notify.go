package app

import (
	"strings"

	"github.com/pingcrm/pingcrm/internal/feature/notify"
)

// notices makes what tells browsers of what happens while nobody looks.
func (a *App) notices() *notify.Service {
	return notify.New(notify.Config{
		DB: a.db, Log: a.log, Now: a.clock.Now, Seal: a.seal, Events: a.Events, Chats: a.Chats, Members: a.Members, Teams: a.Teams,
		Client: a.outbound.Client(), CheckURL: a.outbound.Check, Plain: a.conf.Network != nil, Contact: a.complaints(),
	})
}

// complaints is where push services may say that something is wrong with us: some refuse who names nothing.
func (a *App) complaints() string {
	if strings.HasPrefix(a.conf.PublicURL, "https://") {
		return a.conf.PublicURL
	}
	_, from, angled := strings.Cut(a.conf.MailFrom, "<")
	if !angled {
		from = a.conf.MailFrom
	}
	if from = strings.TrimSuffix(strings.TrimSpace(from), ">"); from != "" {
		return from
	}
	return "ping@localhost"
}
