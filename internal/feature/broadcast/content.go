package broadcast

import (
	"context"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"strings"
	"unicode"

	"github.com/pingcrm/pingcrm/internal/device"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/fault"
	"github.com/pingcrm/pingcrm/internal/kit/fill"
)

// maxVariants is how many texts one broadcast may try.
const maxVariants = 5

// Content is what a broadcast says.
type Content struct {
	Variants  []Variant         `json:"variants"`
	Variables map[string]string `json:"variables,omitempty"` // for who has none of that name
}

// Variant is one way to say it. Recipients are dealt the variants in turn.
type Variant struct {
	Text   string `json:"text"`
	FileID string `json:"file_id,omitempty"`
	// TemplateID is where the text came from; what becomes of that template later changes nothing here.
	TemplateID string `json:"template_id,omitempty"`
}

// check says what is wrong with a content, or nil.
func (c Content) check() error {
	if len(c.Variants) == 0 {
		return ErrContent
	}
	if len(c.Variants) > maxVariants {
		return ErrVariants
	}
	for _, v := range c.Variants {
		if strings.TrimSpace(db.Text(v.Text)) == "" && v.FileID == "" {
			return ErrContent
		}
		if _, err := fill.Parse(v.Text); err != nil {
			return err
		}
	}
	return nil
}

// speech is a content that is ready to be rendered.
type speech struct {
	content Content
	texts   []fill.Text
	bases   []device.Content
}

// speech prepares a content: files are found once, not for each recipient.
func (s *Service) speech(ctx context.Context, workspaceID string, c Content) (*speech, error) {
	sp := &speech{content: c}
	for _, v := range c.Variants {
		t, err := fill.Parse(v.Text)
		if err != nil {
			return nil, err
		}
		base := device.Content{Kind: device.KindText}
		if v.FileID != "" {
			if base, err = s.Files.Content(ctx, workspaceID, v.FileID, "", ""); err != nil {
				return nil, named(err, "media.file_id")
			}
		}
		sp.texts, sp.bases = append(sp.texts, t), append(sp.bases, base)
	}
	return sp, nil
}

// named says in which field a missing thing was named.
func named(err error, field string) error {
	if f, ok := fault.From(err); ok {
		return f.WithField(field)
	}
	return err
}

// render is what one recipient gets: the same each time it is asked for the same seed.
func (sp *speech) render(variant int, seed string, vars map[string]string) (device.Content, error) {
	variant = min(variant, len(sp.texts)-1)
	all := make(map[string]string, len(sp.content.Variables)+len(vars))
	for k, v := range sp.content.Variables {
		all[k] = v
	}
	for k, v := range vars {
		if _, fallback := all[k]; v != "" || !fallback {
			all[k] = v
		}
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(seed))
	pick := rand.New(rand.NewPCG(h.Sum64(), 1)).IntN //nolint:gosec // a choice of words, no secret
	text, err := sp.texts[variant].Render(all, pick)
	if err != nil {
		return device.Content{}, err
	}
	c := sp.bases[variant]
	c.Text = db.Text(text)
	if c.Kind == device.KindText && strings.TrimSpace(c.Text) == "" {
		return c, ErrContent
	}
	return c, nil
}

// codeOf is the stable word for why somebody can't be rendered for.
func codeOf(err error) string {
	switch {
	case errors.Is(err, fill.ErrMissing):
		return "variable_missing"
	case errors.Is(err, ErrContent):
		return "text_empty"
	}
	if f, ok := fault.From(err); ok {
		return f.Code
	}
	return "internal"
}

// Warning is something about a broadcast that makes people report it, and numbers banned.
type Warning struct {
	Code    string `json:"code" enum:"links_to_strangers,identical_bodies,shouting,no_opt_out" doc:"A stable word"`
	Message string `json:"message" doc:"In Indonesian"`
	English string `json:"message_en"`
}

//arch:global patterns, never written
var (
	linkIn   = regexp.MustCompile(`(?i)\bhttps?://|\bwww\.|\b(?:bit\.ly|wa\.me|s\.id|t\.me)/`)
	optOutIn = regexp.MustCompile(`(?i)\b(?:stop|berhenti|unsub\w*|unreg|opt[ -]?out)\b`)
)

// warnings looks at a content; cold is to how many it counts as a first message.
func (c Content) warnings(cold, all int64) (out []Warning) {
	out = []Warning{}
	var links, shouts, silent bool
	plain := len(c.Variants) == 1
	for _, v := range c.Variants {
		links = links || linkIn.MatchString(v.Text)
		shouts = shouts || shouting(v.Text)
		silent = silent || !optOutIn.MatchString(v.Text)
		plain = plain && !strings.ContainsAny(v.Text, "{")
	}
	if links && cold > 0 {
		out = append(out, Warning{
			"links_to_strangers", "Ada tautan untuk orang yang belum pernah, atau sudah 28 hari tidak, menulis ke kamu. Ini sebab nomor paling sering dilaporkan.",
			"There is a link for people who have never written to you, or not for 28 days. Nothing gets numbers reported more often.",
		})
	}
	if plain && all > 20 {
		out = append(out, Warning{
			"identical_bodies", "Semua orang mendapat teks yang sama persis. Sapa dengan {name} dan pakai pilihan {Halo|Hai}.",
			"Everybody gets exactly the same text. Greet with {name} and use choices such as {Halo|Hai}.",
		})
	}
	if shouts {
		out = append(out, Warning{"shouting", "Teksnya hampir semua huruf besar.", "The text is nearly all in capitals."})
	}
	if silent {
		out = append(out, Warning{
			"no_opt_out", "Tidak ada cara berhenti. Tambahkan misalnya \"Balas STOP untuk berhenti\".",
			"It doesn't say how to get no more. Add, for example, \"Reply STOP to unsubscribe\".",
		})
	}
	return out
}

// shouting: of at least 20 letters that can be capitals, six in ten are.
func shouting(text string) bool {
	upper, all := 0, 0
	for _, r := range text {
		if unicode.IsUpper(r) {
			upper++
		}
		if unicode.IsUpper(r) || unicode.IsLower(r) {
			all++
		}
	}
	return all >= 20 && upper*10 >= all*6
}
