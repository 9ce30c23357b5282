package contact_test

import (
	"context"
	"testing"

	"github.com/pingcrm/pingcrm/internal/contact"
	"github.com/pingcrm/pingcrm/internal/contact/filter"
	"github.com/pingcrm/pingcrm/internal/kit/db"
	"github.com/pingcrm/pingcrm/internal/kit/db/dbtest"
)

// crowd is how many contacts the benchmarks list.
const crowd = 500_000

// fill makes a crowd: one in ten has a tag, one in a thousand another one, one in fifty has opted out.
const fill = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $3)
	INSERT INTO contacts (workspace_id, id, name, name_source, phone, sort_name, search, tags, consent, created_at, updated_at, last_message_at)
	SELECT $1, 'c' || (1000000 + i), 'Orang ' || i, 'given', '62812' || (1000000 + i), 'aorang ' || i, 'orang ' || i || ' 62812' || (1000000 + i),
		CASE WHEN i % 10 = 0 THEN CAST($2 AS TEXT) ELSE '' END, CASE WHEN i % 50 = 0 THEN 'out' ELSE '' END, 1700000000000 + i, 1700000000000 + i, 1700000000000 + (i * 7919) % 500000
	FROM n`

const fillTags = `INSERT INTO contact_tags (workspace_id, tag_id, contact_id)
	SELECT workspace_id, CAST($2 AS TEXT), id FROM contacts WHERE workspace_id = $1 AND CAST(SUBSTR(id, 2) AS INTEGER) % $3 = 0`

func BenchmarkHalfAMillion(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) { halfAMillion(b, open(b)) })
	}
}

func halfAMillion(b *testing.B, d *db.DB) {
	s := contact.New(d, contact.Config{})
	dbtest.Migrated(b, d, contact.Module(s))
	often, err := s.AddTag(b.Context(), ws, "often", "")
	if err != nil {
		b.Fatal(err)
	}
	rare, err := s.AddTag(b.Context(), ws, "rare", "")
	if err != nil {
		b.Fatal(err)
	}
	if err := d.Tx(b.Context(), func(ctx context.Context) error {
		if _, err := d.Exec(ctx, fill, ws, often.ID, crowd); err != nil {
			return err
		}
		if _, err := d.Exec(ctx, fillTags, ws, often.ID, 10); err != nil {
			return err
		}
		_, err := d.Exec(ctx, fillTags, ws, rare.ID, 1000)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	if d.Postgres() {
		if _, err := d.Exec(b.Context(), `ANALYZE`); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range []struct{ name, text string }{
		{"everybody", ``}, {"tag-often", `tag:"often"`}, {"tag-rare", `tag:"rare"`}, {"opted-out", `opted_out`}, {"search", `search ~ "812143"`}, {"search-often", `search ~ oran`}, {"search-none", `search ~ "kucing"`},
	} {
		tree, err := filter.Parse(c.text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("list/"+c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Search(b.Context(), ws, contact.Query{Where: tree}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("count/"+c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Count(b.Context(), ws, tree); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("count-to-10000/"+c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.CountUpTo(b.Context(), ws, tree, 10_000); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
