package baileys

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// minNode is the oldest Node that Baileys 7 runs on.
const minNode = 20

// ErrNode says that Node or npm is missing or too old.
var ErrNode = errors.New("install Node 20 or newer with npm (Debian: apt-get install nodejs npm)")

// install makes sure that the packages of the lock file are there, once for all processes that ask at
// the same time, and returns the folder of the harness.
func install(ctx context.Context) (dir string, err error) {
	if dir, err = findHarness(); err != nil {
		return "", err
	}
	if err := checkNode(ctx); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(os.TempDir(), "wasim-baileys-"+strconv.Itoa(os.Getuid())+".lock"))
	if err != nil {
		return "", fmt.Errorf("wait for another installation of Baileys: %w", err)
	}
	defer unlock()
	wanted, err := lockHash(dir)
	if err != nil {
		return "", err
	}
	stamp := filepath.Join(dir, "node_modules", ".installed")
	if have, err := os.ReadFile(stamp); err == nil && string(have) == wanted {
		return dir, nil
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--no-progress", "--loglevel=error")
	cmd.Dir = dir
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci in %s: %w\n%s", dir, err, output)
	}
	if err := os.WriteFile(stamp, []byte(wanted), 0o600); err != nil {
		return "", fmt.Errorf("note that Baileys is installed: %w", err)
	}
	return dir, nil
}

// findHarness looks for the harness from the working directory upwards: tests run in their package's folder.
func findHarness() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the Baileys harness: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		for _, candidate := range []string{dir, filepath.Join(dir, "wasim", "baileys")} {
			if _, err := os.Stat(filepath.Join(candidate, "harness.mjs")); err == nil {
				return candidate, nil
			}
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("find the Baileys harness above %s: %w", start, fs.ErrNotExist)
		}
	}
}

func checkNode(ctx context.Context) error {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%s is missing: %w", program, ErrNode)
		}
	}
	output, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return fmt.Errorf("node --version: %w: %w", err, ErrNode)
	}
	return checkVersion(string(bytes.TrimSpace(output)))
}

// checkVersion takes what node --version prints, such as v20.19.2.
func checkVersion(version string) error {
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < minNode {
		return fmt.Errorf("node is %q: %w", version, ErrNode)
	}
	return nil
}

func lockHash(dir string) (string, error) {
	content, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return "", fmt.Errorf("read the lock file of Baileys: %w", err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// lock holds a file exclusively until unlock; the kernel lets go of it when the process dies.
func lock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		_ = file.Close()
		return nil, err
	}
	return func() { _ = file.Close() }, nil
}
