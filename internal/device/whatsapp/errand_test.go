package whatsapp

import (
	"testing"
	"testing/synctest"
)

func TestAnErrandIsDoneOnceMoreWhenItIsCalledMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		runs, atOnce := 0, 0
		e := &errand{do: func() {
			atOnce++
			if atOnce > 1 {
				t.Error("two at once")
			}
			runs++
			<-gate
			atOnce--
		}}
		e.call()
		synctest.Wait()
		for range 5 {
			e.call()
		}
		gate <- struct{}{}
		synctest.Wait()
		if runs != 2 {
			t.Errorf("five calls meanwhile made %d runs, want 2 in all", runs)
		}
		gate <- struct{}{}
		synctest.Wait()
		e.call()
		gate <- struct{}{}
		e.end()
		e.call()
		synctest.Wait()
		if runs != 3 {
			t.Errorf("got %d runs, want 3: one after the pause and none after the end", runs)
		}
	})
}
