package pgtest

import (
	"bufio"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// supervise is the program that stands between us and the server: it outlives
// a killed test by the moment it takes to stop the server and remove its files.
//
//go:embed supervise.sh
var supervise string

// superuser owns every database of a throw-away server. The socket lies in a
// folder that only its owner can enter, so there is no password.
const superuser = "ping"

// Options say what kind of server Start starts.
type Options struct {
	// Durable waits for the disk at every commit, as a real server does.
	Durable bool
}

// Server is one throw-away PostgreSQL, reached through a Unix socket.
type Server struct {
	dir   string
	leash io.Closer // while it is open, the server lives
	cmd   *exec.Cmd
	bin   string // folder of the server's programs
	set   string // settings of its command line
	owner *syscall.Credential
}

// Start makes a new, empty PostgreSQL server and returns when it accepts
// connections. It stops, and its files go, when Stop is called or when this
// process ends in any way.
func Start(o Options) (*Server, error) {
	bin, err := findServer(os.Getenv, defaultPlaces())
	if err != nil {
		return nil, err
	}
	owner, err := serverUser(os.Getuid(), user.Lookup)
	if err != nil {
		return nil, err
	}
	dir, err := ownedDir(owner)
	if err != nil {
		return nil, err
	}
	s, err := launch(dir, bin, owner, o)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

// URL is the address of the server's administrative database.
func (s *Server) URL() string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.User(superuser),
		Path:     "/postgres",
		RawQuery: url.Values{"host": {s.dir}}.Encode(),
	}
	return u.String()
}

// Stop ends the server and waits until its files are gone. A second call
// returns an error and does nothing.
func (s *Server) Stop() error {
	return cmp.Or(s.leash.Close(), s.cmd.Wait())
}

func launch(dir, bin string, owner *syscall.Credential, o Options) (*Server, error) {
	//nolint:noctx // the leash ends the server, and gives it time to stop
	cmd := exec.Command("/bin/sh", "-c", supervise, "pgtest", bin, dir, superuser, settings(dir, o))
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", "HOME=" + dir}
	cmd.Dir = dir
	// A group of its own: Ctrl-C at the terminal must reach the test first,
	// and the server only through the closed leash.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: owner}
	leash, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	says, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting PostgreSQL's supervisor: %w", err)
	}
	s := &Server{dir: dir, leash: leash, cmd: cmd, bin: bin, set: settings(dir, o), owner: owner}
	if err := awaitReady(says); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// awaitReady reads the supervisor's only line. The supervisor itself gives up
// on a server that doesn't start, so there is always an end to wait for.
func awaitReady(says io.Reader) error {
	r := bufio.NewReader(says)
	line, err := r.ReadString('\n')
	if line == "ready\n" {
		return nil
	}
	rest, _ := io.ReadAll(r)
	return cmp.Or(
		failure(strings.TrimSpace(line+string(rest))),
		fmt.Errorf("PostgreSQL's supervisor said nothing: %w", err),
	)
}

func failure(said string) error {
	if said == "" {
		return nil
	}
	return fmt.Errorf("PostgreSQL did not start: %s", said)
}

// settings are the server's command line. Without Durable nothing waits for
// the disk: the data is thrown away in any case.
func settings(dir string, o Options) string {
	set := []string{
		"listen_addresses=",
		"unix_socket_directories=" + dir,
		"max_connections=300",
		"shared_buffers=64MB",
	}
	if !o.Durable {
		set = append(set, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}
	var b strings.Builder
	for _, s := range set {
		fmt.Fprintf(&b, " -c '%s'", s)
	}
	return b.String()
}

// ownedDir makes the server's folder. It also holds the socket, whose path may
// not be longer than about 100 bytes; a deep TMPDIR is therefore not followed.
func ownedDir(owner *syscall.Credential) (string, error) {
	parent := os.TempDir()
	if len(parent) > 60 {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "pgtest-")
	if err != nil || owner == nil {
		return dir, err
	}
	if err := os.Chown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// serverUser picks whom the server runs as: PostgreSQL refuses to run as root.
// nil means: as ourselves.
func serverUser(uid int, lookup func(string) (*user.User, error)) (*syscall.Credential, error) {
	if uid != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := lookup(name)
		if err != nil {
			continue
		}
		id, errU := strconv.ParseUint(u.Uid, 10, 32)
		group, errG := strconv.ParseUint(u.Gid, 10, 32)
		if errU == nil && errG == nil && id != 0 {
			return &syscall.Credential{Uid: uint32(id), Gid: uint32(group)}, nil
		}
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody to run it as")
}

// defaultPlaces are the folders where distributions keep the server's
// programs, which are usually not in PATH.
func defaultPlaces() []string {
	return []string{
		"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
		"/usr/pgsql-*/bin",                  // Fedora, RHEL
		"/usr/libexec/postgresql*",          // Alpine
		"/opt/homebrew/opt/postgresql*/bin", // macOS
		"/usr/local/opt/postgresql*/bin",
		"/usr/local/pgsql/bin",
	}
}

// findServer returns the folder with the newest PostgreSQL's server programs.
// PING_TEST_POSTGRES_BIN, when set, is the only place looked at.
func findServer(getenv func(string) string, places []string) (string, error) {
	const own = "PING_TEST_POSTGRES_BIN"
	if dir := getenv(own); dir != "" {
		if hasServer(dir) {
			return dir, nil
		}
		return "", fmt.Errorf("%s=%s holds no initdb, pg_ctl and postgres", own, dir)
	}
	var found []string
	for _, p := range places {
		dirs, err := filepath.Glob(p)
		if err != nil {
			return "", fmt.Errorf("place %q: %w", p, err)
		}
		found = append(found, dirs...)
	}
	found = append(found, filepath.SplitList(getenv("PATH"))...)
	found = slices.DeleteFunc(found, func(dir string) bool { return !hasServer(dir) })
	if len(found) == 0 {
		return "", errors.New("PostgreSQL's server programs (initdb, pg_ctl, postgres) were not found: " +
			"install them (Debian: apt-get install postgresql), name their folder in " + own +
			", or name a running server in " + EnvServer)
	}
	return slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(version(a), version(b)) }), nil
}

func hasServer(dir string) bool {
	for _, name := range []string{"initdb", "pg_ctl", "postgres"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

// version is the last number in a path such as /usr/lib/postgresql/15/bin, 0
// where there is none.
func version(dir string) int {
	digits := strings.FieldsFunc(dir, func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(digits[len(digits)-1]) // too many digits: MaxInt, which is as good
	return n
}
