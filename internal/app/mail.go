package app

import (
	"github.com/pingcrm/pingcrm/internal/kit/mail"
	"github.com/pingcrm/pingcrm/internal/member"
)

// mailer makes what sends mail; nil, as an interface too, when nobody said how.
func (a *App) mailer() (member.Mailer, error) {
	if a.conf.SMTP == "" {
		return nil, nil
	}
	var err error
	a.Mail, err = mail.New(mail.Config{
		DB: a.db, Log: a.log, Seal: a.seal, Now: a.clock.Steady, URL: a.conf.SMTP, From: a.conf.MailFrom,
	})
	return a.Mail, err
}
