package device_test

import (
	"crypto/sha256"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/device"
)

func digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

func TestChosenOfAPoll(t *testing.T) {
	t.Parallel()
	p := device.Poll{Options: []string{"Merah", "Biru", "Hijau"}}
	for name, c := range map[string]struct {
		vote device.Vote
		want []string
	}{
		"nothing":          {device.Vote{}, []string{}},
		"by name":          {device.Vote{Options: []string{"Hijau", "Merah"}}, []string{"Merah", "Hijau"}},
		"by digest":        {device.Vote{Digests: [][]byte{digest("Biru")}}, []string{"Biru"}},
		"no such option":   {device.Vote{Options: []string{"Ungu"}, Digests: [][]byte{digest("Ungu"), nil, {1}}}, []string{}},
		"the same in both": {device.Vote{Options: []string{"Biru"}, Digests: [][]byte{digest("Biru"), digest("Biru")}}, []string{"Biru"}},
	} {
		if diff := cmp.Diff(c.want, p.Chosen(c.vote)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// In whatever order votes come, and however often, everybody's newest one is counted, once.
func TestVotesAreCountedOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		options := []string{"a", "b", "c"}
		ballots := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) device.Ballot {
			return device.Ballot{
				SenderID: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "who"),
				Options:  rapid.SliceOfNDistinct(rapid.SampledFrom(options), 0, 3, rapid.ID).Draw(t, "what"),
			}
		}), 1, 12).Draw(t, "ballots")
		for i := range ballots {
			ballots[i].At = int64(i + 1)
		}
		p := device.Poll{Options: options}
		for _, i := range rapid.Permutation(indexes(len(ballots))).Draw(t, "order") {
			p.Count(ballots[i])
			p.Count(ballots[i])
		}
		newest := map[string]device.Ballot{}
		for _, b := range ballots {
			newest[b.SenderID] = b
		}
		want := make([]int, len(options))
		for _, b := range newest {
			for n, o := range options {
				for _, chosen := range b.Options {
					if chosen == o {
						want[n]++
					}
				}
			}
		}
		if diff := cmp.Diff(want, p.Counts); diff != "" {
			t.Fatalf("counts of %v (-want +got):\n%s", ballots, diff)
		}
	})
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func TestPreviewOfEachKind(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]device.Content{
		"satu":      {Kind: device.KindText, Text: "satu\ndua"},
		"harga.pdf": {Kind: device.KindDocument, Media: &device.Media{Filename: "harga.pdf"}},
		"Warna?":    {Kind: device.KindPoll, Poll: &device.Poll{Name: "Warna?"}},
		"Monas":     {Kind: device.KindLocation, Location: &device.Location{Name: "Monas", Address: "Jakarta"}},
		"Jakarta":   {Kind: device.KindLocation, Location: &device.Location{Address: "Jakarta"}},
		"Budi":      {Kind: device.KindContact, Contacts: []device.Card{{Name: "Budi"}, {Name: "Ani"}}},
		"":          {Kind: device.KindSticker, Media: &device.Media{}},
	} {
		if got := c.Preview(); got != want {
			t.Errorf("Preview of %+v = %q, want %q", c, got, want)
		}
	}
}
