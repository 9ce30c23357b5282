package wasim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pingcrm/pingcrm/wasim/internal/group"
)

// groupsDir has a file for each group, replaced whole when something about it has changed.
const groupsDir = "groups"

func (f *folder) groupFile(id string) string { return filepath.Join(f.dir, groupsDir, id+phoneFile) }

// saveGroups writes the groups that are not on the disk as they are, and removes those that are no more. Called with
// the folder's lock held.
func (n *Network) saveGroups() error {
	marks := n.groups.Marks()
	var failed error
	for id, mark := range marks {
		if n.folder.groups[id] == mark {
			continue
		}
		g, err := n.groups.Get(id)
		if err != nil {
			continue // The last one has just left; the next round removes the file.
		}
		data, err := json.Marshal(g)
		if err == nil {
			err = writeWhole(n.folder.groupFile(id), data)
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("write down group %s: %w", id, err))
			continue
		}
		n.folder.groups[id] = mark
	}
	for id := range n.folder.groups {
		if _, there := marks[id]; there {
			continue
		}
		if err := os.Remove(n.folder.groupFile(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, fmt.Errorf("remove group %s: %w", id, err))
			continue
		}
		delete(n.folder.groups, id)
	}
	return failed
}

// loadGroups brings back the groups of earlier runs.
func (n *Network) loadGroups() error {
	dir := filepath.Join(n.folder.dir, groupsDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("wasim: make the network's folder: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("wasim: read the network's folder: %w", err)
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if !strings.HasSuffix(path, phoneFile) {
			_ = os.Remove(path) // A kill cut it off; the whole file is beside it.
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("wasim: read the network's folder: %w", err)
		}
		var g group.Group
		if err := json.Unmarshal(data, &g); err != nil || g.ID+phoneFile != entry.Name() || len(g.Members) == 0 {
			return fmt.Errorf("%w: %s: %w", ErrFolder, path, errors.Join(err, errNoGroup))
		}
		n.groups.Add(g)
		n.folder.groups[g.ID] = n.groups.Marks()[g.ID]
	}
	// Codes are drawn by their number; those of earlier runs must not come again.
	n.groups.serial.Store(n.folder.about.Boots * bootIDs)
	return nil
}

var errNoGroup = errors.New("not a group of that name")
