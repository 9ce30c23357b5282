package member

import "github.com/pingcrm/pingcrm/internal/kit/fault"

// The faults of this package.
var (
	ErrSignIn = fault.New(fault.Unauthenticated, "not_signed_in", fault.Text{
		ID: "Masuk dulu, atau kirim kunci API sebagai Authorization: Bearer.",
		EN: "Sign in first, or send an API key as Authorization: Bearer.",
	})
	ErrKey = fault.New(fault.Unauthenticated, "api_key_invalid", fault.Text{
		ID: "Kunci API ini tidak berlaku. Periksa, atau buat yang baru.",
		EN: "This API key is not valid. Check it, or make a new one.",
	})
	ErrLogin = fault.New(fault.Unauthenticated, "login_failed", fault.Text{
		ID: "E-mail atau kata sandi salah.", EN: "The e-mail or the password is wrong.",
	})
	ErrNotAllowed = fault.New(fault.Forbidden, "not_allowed", fault.Text{
		ID: "Peranmu tidak boleh melakukan ini. Minta bantuan pemilik atau admin.",
		EN: "Your role may not do this. Ask an owner or an admin.",
	})
	ErrOwnerOnly = fault.New(fault.Forbidden, "owner_only", fault.Text{
		ID: "Hanya pemilik yang boleh mengangkat, mengubah atau menghapus pemilik.",
		EN: "Only an owner may appoint, change or remove an owner.",
	})
	ErrNotFound = fault.New(fault.NotFound, "member_not_found", fault.Text{
		ID: "Anggota ini tidak ada.", EN: "There is no such member.",
	})
	ErrKeyNotFound = fault.New(fault.NotFound, "api_key_not_found", fault.Text{
		ID: "Kunci API ini tidak ada.", EN: "There is no such API key.",
	})
	ErrEmailTaken = fault.New(fault.Conflict, "email_taken", fault.Text{
		ID: "E-mail ini sudah dipakai anggota lain.", EN: "Another member has this e-mail already.",
	}).WithField("email")
	ErrLastOwner = fault.New(fault.Conflict, "last_owner", fault.Text{
		ID: "Ini pemilik terakhir. Angkat pemilik lain dulu.", EN: "This is the last owner. Appoint another one first.",
	})
	ErrSetUp = fault.New(fault.Conflict, "set_up_already", fault.Text{
		ID: "Pemasangan ini sudah disiapkan. Silakan masuk.", EN: "This installation is set up already. Please sign in.",
	})
	errEmail = fault.New(fault.Invalid, "email_invalid", fault.Text{
		ID: "E-mail ini tidak benar. Contoh: ani@toko.example.", EN: "This e-mail is not right. For example: ani@shop.example.",
	}).WithField("email")
	errName = fault.New(fault.Invalid, "name_invalid", fault.Text{
		ID: "Nama harus 1 sampai 100 huruf.", EN: "A name needs 1 to 100 characters.",
	}).WithField("name")
	errPassword = fault.New(fault.Invalid, "password_weak", fault.Text{
		ID: "Kata sandi harus 8 sampai 200 huruf dan bukan e-mailmu.", EN: "A password needs 8 to 200 characters and can't be your e-mail.",
	}).WithField("password")
	ErrPassword = fault.New(fault.Invalid, "password_wrong", fault.Text{
		ID: "Kata sandi lama salah.", EN: "The old password is wrong.",
	}).WithField("old_password")
	errRole = fault.New(fault.Invalid, "role_unknown", fault.Text{
		ID: "Peran harus owner, admin atau agent.", EN: "A role is owner, admin or agent.",
	}).WithField("role")
	errScope = fault.New(fault.Invalid, "scope_unknown", fault.Text{
		ID: "Lingkup ini tidak dikenal, atau lebih luas daripada milikmu sendiri.",
		EN: "This scope is not known, or wider than your own.",
	}).WithField("scopes")
	errExpiry = fault.New(fault.Invalid, "expiry_past", fault.Text{
		ID: "Waktu berakhir harus di masa depan.", EN: "The expiry must be in the future.",
	}).WithField("expires_at")
	ErrElsewhere = fault.New(fault.Conflict, "works_elsewhere", fault.Text{
		ID: "Orang ini juga bekerja di ruang kerja lain. E-mail, kata sandi dan langkah kedua hanya bisa ia ubah sendiri.",
		EN: "This person also works in another workspace, and changes e-mail, password and second factor themselves.",
	})
	ErrNotMember = fault.New(fault.NotFound, "not_your_workspace", fault.Text{
		ID: "Kamu bukan anggota ruang kerja ini.", EN: "You are not a member of this workspace.",
	}).WithField("workspace_id")
	ErrSessionNotFound = fault.New(fault.NotFound, "session_not_found", fault.Text{
		ID: "Sesi ini tidak ada, atau sudah berakhir.", EN: "There is no such session, or it is over.",
	})
	ErrPeopleOnly = fault.New(fault.Forbidden, "people_only", fault.Text{
		ID: "Ini hanya untuk orang yang masuk, bukan untuk kunci API.", EN: "This is for people who signed in, not for API keys.",
	})
	ErrInvitation = fault.New(fault.NotFound, "invitation_not_found", fault.Text{
		ID: "Undangan ini tidak ada. Minta tautan yang baru.", EN: "There is no such invitation. Ask for a new link.",
	})
	ErrInvitationOver = fault.New(fault.Gone, "invitation_over", fault.Text{
		ID: "Undangan ini sudah dipakai, dicabut atau kedaluwarsa. Minta tautan yang baru.",
		EN: "This invitation was used or revoked, or has expired. Ask for a new link.",
	})
	ErrInvitationOther = fault.New(fault.Conflict, "invitation_for_another", fault.Text{
		ID: "Undangan ini untuk e-mail lain. Masuk dengan e-mail itu, atau minta tautan tanpa e-mail.",
		EN: "This invitation is for another e-mail. Sign in with that one, or ask for a link without an e-mail.",
	})
	ErrMemberAlready = fault.New(fault.Conflict, "member_already", fault.Text{
		ID: "Kamu sudah anggota ruang kerja ini.", EN: "You are a member of this workspace already.",
	})
	ErrSignInToJoin = fault.New(fault.Conflict, "sign_in_to_join", fault.Text{
		ID: "E-mail ini sudah terdaftar. Masuk dulu, lalu buka tautan undangan lagi.",
		EN: "This e-mail is known here already. Sign in, then open the invitation's link again.",
	}).WithField("email")
	ErrHalf = fault.New(fault.Unauthenticated, "sign_in_again", fault.Text{
		ID: "Waktunya habis, atau terlalu banyak mencoba. Masuk lagi dari awal.",
		EN: "The time is over, or there were too many tries. Sign in again from the beginning.",
	})
	ErrOwnerNeeded = fault.New(fault.Forbidden, "owner_needed", fault.Text{
		ID: "Hanya pemilik yang boleh melakukan ini.", EN: "Only an owner may do this.",
	})
	ErrReset = fault.New(fault.NotFound, "reset_not_found", fault.Text{
		ID: "Tautan ini tidak ada. Minta yang baru.", EN: "There is no such link. Ask for a new one.",
	})
	ErrResetOver = fault.New(fault.Gone, "reset_over", fault.Text{
		ID: "Tautan ini sudah dipakai atau kedaluwarsa. Minta yang baru.", EN: "This link was used or has expired. Ask for a new one.",
	})
	errLanguage = fault.New(fault.Invalid, "language_unknown", fault.Text{
		ID: "Bahasa harus id atau en.", EN: "The language must be id or en.",
	}).WithField("language")
)
