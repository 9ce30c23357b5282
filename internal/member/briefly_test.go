package member

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestARequestWaitsBrieflyForACourtesy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("refused")
		if err := briefly(func() error { return refused }); !errors.Is(err, refused) {
			t.Errorf("what is refused at once: %v, want the refusal", err)
		}
		began, wrote := time.Now(), false
		err := briefly(func() error {
			time.Sleep(10 * time.Second)
			wrote = true
			return nil
		})
		if took := time.Since(began); !errors.Is(err, errLate) || took != brief {
			t.Errorf("what takes ten seconds was waited for %v, %v; want %v", took, err, brief)
		}
		time.Sleep(20 * time.Second)
		if synctest.Wait(); !wrote {
			t.Error("it was not done in the end")
		}
	})
}
