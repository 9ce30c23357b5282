package member

import (
	"fmt"

	"github.com/pingcrm/pingcrm/internal/kit/mail"
)

// resetLetter is the letter with a link to set another password.
func resetLetter(language, to, link string, expires int64) mail.Message {
	m := mail.Message{To: to, ExpiresAt: expires, Subject: "Kata sandi baru untuk Ping!", Text: fmt.Sprintf(
		"Halo,\n\nada yang minta mengganti kata sandi akun Ping! dengan e-mail ini. Kalau itu kamu, buka tautan ini dalam satu jam:\n\n%s\n\n"+
			"Kalau bukan kamu, abaikan saja e-mail ini. Kata sandimu tetap sama.\n", link)}
	if language == "en" {
		m.Subject = "A new password for Ping!"
		m.Text = fmt.Sprintf(
			"Hello,\n\nsomebody asked to change the password of the Ping! account with this e-mail. If it was you, open this link within an hour:\n\n%s\n\n"+
				"If it wasn't, ignore this e-mail. Your password stays as it is.\n", link)
	}
	return m
}

// invitationLetter is the letter with an invitation. The names are what people gave, in plain text.
func invitationLetter(language, workspace, inviter, link string, i Invitation) mail.Message {
	if inviter == "" {
		inviter = workspace
	}
	m := mail.Message{To: i.Email, ExpiresAt: i.ExpiresAt, Subject: "Undangan ke " + workspace + " di Ping!", Text: fmt.Sprintf(
		"Halo,\n\n%s mengajak kamu bekerja di %s dengan Ping!. Buka tautan ini dalam tujuh hari:\n\n%s\n\n"+
			"Kalau kamu tidak mengenalnya, abaikan saja e-mail ini.\n", inviter, workspace, link)}
	if language == "en" {
		m.Subject = "Invitation to " + workspace + " on Ping!"
		m.Text = fmt.Sprintf(
			"Hello,\n\n%s invites you to work in %s with Ping!. Open this link within seven days:\n\n%s\n\n"+
				"If you don't know them, ignore this e-mail.\n", inviter, workspace, link)
	}
	return m
}
