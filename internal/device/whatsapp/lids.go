package whatsapp

import (
	"context"
	"sync"

	"go.mau.fi/util/dbutil"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
)

// lidMap is the library's map of LIDs and numbers, which remembers everybody it was ever asked about, for
// as long as the program runs. This one begins anew when it knows maxLIDs; the tables know the rest.
type lidMap struct {
	db   *dbutil.Database
	most int

	mu    sync.RWMutex // held for writing while the map is exchanged: nothing of before reaches the tables after that
	known *sqlstore.CachedLIDMap
	crowd crowd
}

const maxLIDs = 16_384

func newLIDMap(d *dbutil.Database) *lidMap {
	return &lidMap{db: d, most: maxLIDs, known: sqlstore.NewCachedLIDMap(d), crowd: newCrowd()}
}

// of is the map to ask about users, and how to let go of it.
func (l *lidMap) of(users ...string) (m *sqlstore.CachedLIDMap, done func()) {
	l.crowd.add(users)
	// It isn't waited for: who has the map may wait for the database, and that for somebody who wants the map.
	if l.crowd.size() > l.most && l.mu.TryLock() {
		if l.crowd.size() > l.most {
			l.known = sqlstore.NewCachedLIDMap(l.db)
			l.crowd.forget()
		}
		l.mu.Unlock()
	}
	l.mu.RLock()
	return l.known, l.mu.RUnlock
}

func (l *lidMap) PutManyLIDMappings(ctx context.Context, mappings []store.LIDMapping) error {
	users := make([]string, len(mappings))
	for i, m := range mappings {
		users[i] = m.LID.User
	}
	m, done := l.of(users...)
	defer done()
	return m.PutManyLIDMappings(ctx, mappings)
}

func (l *lidMap) PutLIDMapping(ctx context.Context, lid, pn types.JID) error {
	m, done := l.of(lid.User)
	defer done()
	return m.PutLIDMapping(ctx, lid, pn)
}

func (l *lidMap) GetPNForLID(ctx context.Context, lid types.JID) (types.JID, error) {
	m, done := l.of(lid.User)
	defer done()
	return m.GetPNForLID(ctx, lid)
}

func (l *lidMap) GetLIDForPN(ctx context.Context, pn types.JID) (types.JID, error) {
	m, done := l.of(pn.User)
	defer done()
	return m.GetLIDForPN(ctx, pn)
}

func (l *lidMap) GetManyLIDsForPNs(ctx context.Context, pns []types.JID) (map[types.JID]types.JID, error) {
	users := make([]string, len(pns))
	for i, pn := range pns {
		users[i] = pn.User
	}
	m, done := l.of(users...)
	defer done()
	return m.GetManyLIDsForPNs(ctx, pns)
}

var _ store.LIDStore = (*lidMap)(nil)
