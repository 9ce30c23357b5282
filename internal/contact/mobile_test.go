package contact

import (
	"fmt"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// What is read without the library is what the library says: a mobile number, and in each way to write it the same one.
func TestIndonesianMobileNumbers(t *testing.T) {
	t.Parallel()
	taken := 0
	for prefix := 8000; prefix < 9000; prefix++ {
		for length := 8; length <= 13; length++ {
			national := fmt.Sprintf("%d%s", prefix, "5063174928"[:length-4])
			phone, ok := indonesianMobile("62"+national, true)
			if !ok {
				continue
			}
			taken++
			n, err := phonenumbers.Parse("+62"+national, "")
			if err != nil || !phonenumbers.IsValidNumber(n) || phonenumbers.GetNumberType(n) != phonenumbers.MOBILE || phone != "62"+national {
				t.Fatalf("%s is taken as %s; the library: %v, %v", national, phone, n, err)
			}
			for _, written := range []string{"0" + national, "62" + national, national} {
				if got, ok := indonesianMobile(written, false); !ok || got != phone {
					t.Errorf("%s: got %q, %v; want %s", written, got, ok, phone)
				}
			}
		}
	}
	if taken < 2000 {
		t.Errorf("%d of the numbers were taken, want nearly all of 8 digits and more", taken)
	}
	for _, other := range []string{"+0812906411", "+812906411", "620812906411", "00628129064", "0212906411"} {
		digits, international := phoneDigits(other)
		if phone, ok := indonesianMobile(digits, international); ok {
			t.Errorf("%s is taken as %s", other, phone)
		}
	}
}
