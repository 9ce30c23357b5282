package stats

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pingcrm/pingcrm/internal/chat"
)

const second = int64(1000)

// talk counts messages of one chat, each as "who@second".
func talk(at ...said) tally {
	t := tally{messages: map[cell]numbers{}, replies: map[answer]numbers{}, waits: map[string]wait{}}
	for _, m := range at {
		m.chat = "c"
		t.add(m)
	}
	return t
}

func TestRepliesAreTimedFromTheFirstUnansweredWord(t *testing.T) {
	t.Parallel()
	const them = chat.ByContact
	type reply struct {
		By chat.AuthorKind
		S  int64
	}
	for name, c := range map[string]struct {
		said []said
		want []reply
		left wait
	}{
		"one":                         {[]said{{by: them, at: 1}, {by: chat.ByMember, at: 31}}, []reply{{chat.ByMember, 30}}, wait{dirty: true}},
		"several words, one answer":   {[]said{{by: them, at: 1}, {by: them, at: 9}, {by: chat.ByPhone, at: 21}}, []reply{{chat.ByPhone, 20}}, wait{dirty: true}},
		"several answers count once":  {[]said{{by: them, at: 1}, {by: chat.ByMember, at: 5}, {by: chat.ByMember, at: 6}}, []reply{{chat.ByMember, 4}}, wait{dirty: true}},
		"nobody asked":                {[]said{{by: chat.ByMember, at: 5}}, nil, wait{}},
		"a machine, then a person":    {[]said{{by: them, at: 1}, {by: chat.ByRule, at: 2}, {by: chat.ByMember, at: 61}}, []reply{{chat.ByRule, 1}, {chat.ByMember, 60}}, wait{dirty: true}},
		"a machine twice":             {[]said{{by: them, at: 1}, {by: chat.ByRule, at: 2}, {by: chat.ByRule, at: 3}}, []reply{{chat.ByRule, 1}}, wait{since: second, byBot: true, dirty: true}},
		"after a machine a new word":  {[]said{{by: them, at: 1}, {by: chat.ByRule, at: 2}, {by: them, at: 100}, {by: chat.ByMember, at: 110}}, []reply{{chat.ByRule, 1}, {chat.ByMember, 10}}, wait{dirty: true}},
		"a broadcast answers nobody":  {[]said{{by: them, at: 1}, {by: chat.ByBroadcast, at: 2}}, nil, wait{since: second, dirty: true}},
		"groups are not timed":        {[]said{{by: them, at: 1, group: true}, {by: chat.ByMember, at: 2, group: true}}, nil, wait{}},
		"a clock that went backwards": {[]said{{by: them, at: 10}, {by: chat.ByMember, at: 5}}, []reply{{chat.ByMember, 0}}, wait{dirty: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range c.said {
				c.said[i].at *= second
			}
			got := talk(c.said...)
			want := map[chat.AuthorKind]numbers{}
			for _, r := range c.want {
				want[r.By] = numbers{want[r.By].n + 1, want[r.By].ms + r.S*second}
			}
			have := map[chat.AuthorKind]numbers{}
			for a, m := range got.replies {
				have[a.by] = numbers{have[a.by].n + m.n, have[a.by].ms + m.ms}
			}
			if d := cmp.Diff(want, have, cmp.AllowUnexported(numbers{})); d != "" {
				t.Errorf("replies (-want +got):\n%s", d)
			}
			if got.waits["c"] != c.left {
				t.Errorf("left waiting: got %+v, want %+v", got.waits["c"], c.left)
			}
		})
	}
}

func TestBucketsHoldWhatTheyAreNamedFor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(0, 90*24*3600*second).Draw(t, "ms")
		b := bucketOf(ms)
		if from, to := bucketFrom(b), bucketFrom(b+1); ms < from || ms >= to {
			t.Fatalf("%d ms is in bucket %d, which is %d..%d", ms, b, from, to)
		}
	})
}

func TestPercentilesAreNearTheTruth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(50, 300).Draw(t, "n")
		longest := rapid.Int64Range(10*second, 3600*second).Draw(t, "longest")
		s := sums{}
		for i := range n { // evenly spread, so that the percentiles are known
			ms := longest * int64(i+1) / int64(n)
			s.reply(answer{cell{by: chat.ByMember}, bucketOf(ms)}, numbers{1, ms})
		}
		r := s.replies.replies()
		for p, got := range map[int64]int64{50: r.MedianMS, 90: r.P90MS} {
			if want := longest * p / 100; float64(got) < 0.75*float64(want)-500 || float64(got) > 1.25*float64(want)+500 {
				t.Fatalf("p%d of %d times up to %d ms: got %d, want about %d", p, n, longest, got, want)
			}
		}
		if r.Count != int64(n) {
			t.Fatalf("counted %d of %d", r.Count, n)
		}
	})
}

func TestNamesAreNoFormulas(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Ani": "Ani", "": "", "=1+1": "'=1+1", "@x": "'@x", "-a": "'-a", "+62": "'+62", "\tx": "'\tx"} {
		if got := plain(name); got != want {
			t.Errorf("plain(%s) is %s, want %s", fmt.Sprintf("%q", name), got, want)
		}
	}
}
