//go:build !unix

package wasim

import "os"

// lockFolder only opens the file: these systems have no lock that both ends with
// its process and is in the standard library. Two networks on one folder are not noticed there.
func lockFolder(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
}
