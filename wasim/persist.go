package wasim

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Faults of the folder that a network keeps its state in.
var (
	// ErrFolderBusy says that another network, perhaps of another process, uses the folder.
	ErrFolderBusy = errors.New("wasim: another network uses this folder")
	// ErrFolderSeed says that the folder's network was made with another seed.
	ErrFolderSeed = errors.New("wasim: this folder's network has another seed; give none, or another folder")
	// ErrFolder says that a file in the folder can't be read back.
	ErrFolder = errors.New("wasim: the network's folder is damaged")
)

const (
	// saveEvery is how often changed accounts are written; a kill loses at most what is younger.
	saveEvery = 50 * time.Millisecond
	// saveShare bounds the time spent with writing to 1/(1+saveShare): a phone with
	// very many messages is written less often, so that it isn't only written.
	saveShare = 4
	// folderFormat changes when an older folder could be misread.
	folderFormat = 1

	phonesDir   = "phones"
	mediaDir    = "media"
	aboutFile   = "network.json"
	lockFile    = "lock"
	runningFile = "running"
	// A phone's file has its number and this for a name; one that is being written has unfinished behind that.
	phoneFile  = ".json"
	unfinished = ".new"
	// bootIDs is how many ids of its own a network may give out before it is started again.
	bootIDs = 1 << 40
)

// folder is where a network keeps its state between runs: one file for each phone,
// written whole when something about it has changed. While the network runs there is
// a marker, so that the next one knows whether this one came to a proper end.
type folder struct {
	dir   string
	lock  *os.File
	about folderAbout
	// unclean is set when the run before was killed: what is on the disk may be older than what it did last.
	unclean bool

	// seed makes fingerprints, which are compared with each other only.
	seed maphash.Seed
	mu   sync.Mutex
	// written is what the file of each account has in it.
	written map[*account]fingerprint
	// groups has the mark of each group that has a file.
	groups map[string]int64
	// newsletters is the revision of them that is on the disk.
	newsletters uint64
}

// folderAbout is what doesn't belong to one account.
type folderAbout struct {
	Format int
	Seed   uint64
	// Boots counts the networks made on this folder; ids given out begin behind those of earlier ones.
	Boots int64
}

// openFolder takes a folder into use; nil without Options.Dir. The seed of an earlier
// run is taken over into opts.
func openFolder(opts *Options) (*folder, error) {
	if opts.Dir == "" {
		return nil, nil
	}
	f := &folder{dir: opts.Dir, seed: maphash.MakeSeed(), written: map[*account]fingerprint{}, groups: map[string]int64{}}
	if err := os.MkdirAll(filepath.Join(f.dir, phonesDir), 0o700); err != nil {
		return nil, fmt.Errorf("wasim: make the network's folder: %w", err)
	}
	var err error
	if f.lock, err = lockFolder(filepath.Join(f.dir, lockFile)); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrFolderBusy, f.dir, err)
	}
	if err := f.begin(opts); err != nil {
		_ = f.lock.Close()
		return nil, err
	}
	return f, nil
}

// begin reads what the folder is about, and marks it as in use.
func (f *folder) begin(opts *Options) error {
	path := filepath.Join(f.dir, aboutFile)
	switch data, err := os.ReadFile(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("wasim: read the network's folder: %w", err)
	case json.Unmarshal(data, &f.about) != nil || f.about.Format != folderFormat || f.about.Seed == 0:
		return fmt.Errorf("%w: %s", ErrFolder, path)
	case opts.Seed != 0 && opts.Seed != f.about.Seed:
		return fmt.Errorf("%w: %s", ErrFolderSeed, f.dir)
	default:
		opts.Seed = f.about.Seed
	}
	_, err := os.Stat(filepath.Join(f.dir, runningFile))
	f.unclean = err == nil
	return nil
}

// commit writes down the run that now begins, with the seed that it has got.
func (f *folder) commit(seed uint64) error {
	f.about = folderAbout{Format: folderFormat, Seed: seed, Boots: f.about.Boots + 1}
	data, err := json.Marshal(f.about)
	if err != nil {
		return err
	}
	if err := writeWhole(filepath.Join(f.dir, aboutFile), data); err != nil {
		return err
	}
	return writeWhole(filepath.Join(f.dir, runningFile), []byte("a network runs on this folder, or was killed\n"))
}

// firstID is where this run's own ids begin: notifications of earlier runs may still wait for their acks.
func (f *folder) firstID() int64 { return (f.about.Boots - 1) * bootIDs }

// release gives the folder back. clean says that everything is written.
func (f *folder) release(clean error) error {
	if clean == nil {
		clean = os.Remove(filepath.Join(f.dir, runningFile))
	}
	return errors.Join(clean, f.lock.Close())
}

// openState reads the folder, if there is one, and from then on writes what changes.
func (n *Network) openState() error {
	if n.folder == nil {
		return nil
	}
	if err := n.loadFolder(); err != nil {
		return err
	}
	if err := n.folder.commit(n.opts.Seed); err != nil {
		return fmt.Errorf("wasim: write the network's folder: %w", err)
	}
	n.count.ids.Store(n.folder.firstID())
	n.spawn(n.keepSaving)
	return nil
}

// loadFolder brings back the phones of earlier runs, in the order in which they were made.
func (n *Network) loadFolder() error {
	entries, err := os.ReadDir(filepath.Join(n.folder.dir, phonesDir))
	if err != nil {
		return fmt.Errorf("wasim: read the network's folder: %w", err)
	}
	var saved []savedAccount
	for _, entry := range entries {
		path := filepath.Join(n.folder.dir, phonesDir, entry.Name())
		if strings.HasSuffix(path, unfinished) {
			_ = os.Remove(path) // A kill cut it off; the whole file is beside it.
		}
		if !strings.HasSuffix(path, phoneFile) {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("wasim: read the network's folder: %w", err)
		}
		s, err := parseAccount(data)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrFolder, path, err)
		}
		saved = append(saved, s)
	}
	slices.SortFunc(saved, func(a, b savedAccount) int { return a.Order - b.Order })
	n.accounts.mu.Lock()
	defer n.accounts.mu.Unlock()
	for _, s := range saved {
		if err := n.restore(s); err != nil {
			return fmt.Errorf("%w: phone %s: %w", ErrFolder, s.PN, err)
		}
	}
	return errors.Join(n.loadGroups(), n.loadNewsletters())
}

// keepSaving writes what changes until the network is closed. It follows the system's
// clock: a test that holds the network's clock still can be killed as well.
func (n *Network) keepSaving() {
	timer := time.NewTimer(saveEvery)
	defer timer.Stop()
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-timer.C:
		}
		began := time.Now()
		if err := n.saveChanged(); err != nil {
			n.opts.Logger.Error("wasim: the network's state wasn't written", "folder", n.folder.dir, "error", err)
		}
		timer.Reset(max(saveEvery, saveShare*time.Since(began)))
	}
}

// saveChanged writes the accounts that are not on the disk as they are.
func (n *Network) saveChanged() error {
	n.folder.mu.Lock()
	defer n.folder.mu.Unlock()
	failed := errors.Join(n.saveGroups(), n.saveNewsletters())
	for _, a := range n.accounts.accounts() {
		now := a.fingerprint(n.folder.seed)
		if before, known := n.folder.written[a]; known && before == now {
			continue
		}
		if err := n.saveAccount(a, now); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// saveAll writes every account: sessions move on without anything that a fingerprint would show.
func (n *Network) saveAll() error {
	n.folder.mu.Lock()
	defer n.folder.mu.Unlock()
	failed := errors.Join(n.saveGroups(), n.saveNewsletters())
	for _, a := range n.accounts.accounts() {
		failed = errors.Join(failed, n.saveAccount(a, a.fingerprint(n.folder.seed)))
	}
	return failed
}

// saveAccount writes one account. Called with the folder's lock held.
func (n *Network) saveAccount(a *account, as fingerprint) error {
	saved, err := a.save()
	if err != nil {
		return fmt.Errorf("write down phone %s: %w", a.pn, err)
	}
	network, err := json.Marshal(saved)
	if err != nil {
		return fmt.Errorf("write down phone %s: %w", a.pn, err)
	}
	path := filepath.Join(n.folder.dir, phonesDir, a.pn+phoneFile)
	if err := writeWhole(path, network, []byte("\n"), saved.phone); err != nil {
		return fmt.Errorf("write down phone %s: %w", a.pn, err)
	}
	n.folder.written[a] = as
	return nil
}

// closeFolder writes everything and gives the folder back. Nothing may move any more.
func (n *Network) closeFolder() error {
	if n.folder == nil {
		return nil
	}
	if err := n.folder.release(n.saveAll()); err != nil {
		return fmt.Errorf("wasim: close the network's folder: %w", err)
	}
	return nil
}

// writeWhole makes a file's new content appear at once or not at all, whenever the
// process is killed. It doesn't wait for the disk: a simulation need not outlive the machine's power.
func writeWhole(path string, parts ...[]byte) error {
	temp := path + unfinished
	file, err := os.OpenFile(temp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if _, err = file.Write(part); err != nil {
			break
		}
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
