package autoreply

import (
	"strings"
	"testing"
	"time"
)

// talk lets somebody write texts, each a pause after our last answer, and counts how many are answered with say.
func talk(say string, delay, pause time.Duration, texts ...string) (answered int) {
	var m memory
	now := int64(1_000_000)
	for _, text := range texts {
		now += pause.Milliseconds()
		n := normalise(text)
		if m.loops(n, now) {
			m = m.next(n, now)
			continue
		}
		answered++
		said := now + delay.Milliseconds()
		m, now = m.next(n, now).answered([]string{say}, said), said
	}
	return answered
}

func times(n int, text string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = text
	}
	return out
}

func TestTheGuardStopsMachinesAndNotPeople(t *testing.T) {
	t.Parallel()
	const other = "Terima kasih telah menghubungi kami, pesan Anda segera dibalas."
	for name, c := range map[string]struct {
		say          string
		delay, pause time.Duration
		texts        []string
		want         int
	}{
		"a short word again and again":             {"Halo kak, ada yang bisa dibantu?", 0, time.Second, times(20, "halo"), 20},
		"a short word at once":                     {"Halo kak, ada yang bisa dibantu?", 0, 0, times(20, "menu"), 20},
		"different long texts":                     {"Baik", 0, time.Second, []string{other + "1", other + "2", other + "3", other + "4"}, 4},
		"a greeting that is ours":                  {"Halo", 0, 15 * time.Second, times(5, "halo"), 5},
		"a greeting that is ours, thrice":          {"Halo", 0, time.Second, times(3, "halo"), 3},
		"a long text that a person sends daily":    {"Baik", 0, 24 * time.Hour, times(5, other), 5},
		"our own words come back":                  {"Halo kak, ada yang bisa dibantu?", 0, time.Second, append([]string{"halo"}, times(9, "Halo kak, ada yang bisa dibantu?")...), 1},
		"our own words, quoted":                    {"Selamat datang di toko kami!", 0, time.Second, []string{"hai", "Anda menulis: SELAMAT  datang di toko kami! (dikutip)"}, 1},
		"our own words a day later":                {"Selamat datang di toko kami!", 0, 24 * time.Hour, []string{"hai", "selamat datang di toko kami!"}, 2},
		"a greeting in our words":                  {"Selamat pagi", 0, time.Second, []string{"selamat pagi", "selamat pagi kak, mau pesan", "selamat pagi"}, 3},
		"numbered texts":                           {"Pesanan kami terima: nomor 1", 0, time.Second, []string{"hai", "Pesanan kami terima: nomor 10"}, 2},
		"our own short word as an echo":            {"Halo", 0, time.Second, times(50, "halo"), 3},
		"another machine":                          {"Maaf, kami tidak mengerti.", 0, time.Second, times(50, other), 3},
		"another machine that waits for our delay": {"Maaf, kami tidak mengerti.", 15 * time.Second, time.Second, times(50, other), 3},
		"nothing but pictures":                     {"Terima kasih", 0, time.Second, times(10, ""), 10},
	} {
		if got := talk(c.say, c.delay, c.pause, c.texts...); got != c.want {
			t.Errorf("%s: answered %d of %d, want %d", name, got, len(c.texts), c.want)
		}
	}
}

func TestTheGuardsMemoryIsBounded(t *testing.T) {
	t.Parallel()
	var m memory
	for i := range 100 {
		m = m.next(strings.Repeat("é", 10_000), int64(i)).answered([]string{strings.Repeat("ü", 10_000), ""}, int64(i))
	}
	if len(m.Said) != rememberOf || len([]rune(m.Said[0].Text)) != keptRunes || len([]rune(m.Heard)) != keptRunes {
		t.Errorf("kept %d answers of %d runes and %d runes heard", len(m.Said), len([]rune(m.Said[0].Text)), len([]rune(m.Heard)))
	}
}
