// Command bench writes the same events through mattn/go-sqlite3 and modernc.org/sqlite with Seerflow's schema, through the C API, and through
// the Go package. Compare the ratios, not the absolute figures.
//
//	go run -tags sqlite_fts5,modernc . PREFIX [EVENTS]        PREFIX: the installation prefix of libseerflow
//
// Without the tag modernc, modernc.org/sqlite is left out, which takes a minute to compile.
package main

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	_ "github.com/mattn/go-sqlite3"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

const (
	batchSize = 1000
	rounds    = 3
)

// drivers are the drivers of database/sql, by the name of their module. The first is the one that others are compared with.
var drivers = [][2]string{{"sqlite3", "mattn/go-sqlite3"}}

// The straightforward writer: Seerflow's tables and trigger, one row after the other, in transactions of 1,000.
const schema = `
	PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -64000; PRAGMA temp_store = MEMORY;
	CREATE TABLE events (event_id TEXT PRIMARY KEY, timestamp_ns INTEGER NOT NULL, observed_ns INTEGER NOT NULL, severity_id INTEGER NOT NULL,
		source_type TEXT NOT NULL, source_id TEXT NOT NULL, template_id INTEGER, message TEXT NOT NULL, entity_refs TEXT, data BLOB);
	CREATE INDEX idx_events_time ON events (timestamp_ns);
	CREATE INDEX idx_events_source_sev ON events (source_type, severity_id);
	CREATE INDEX idx_events_template ON events (template_id);
	CREATE TABLE entity_events (entity_uuid TEXT NOT NULL, timestamp_ns INTEGER NOT NULL, event_id TEXT NOT NULL,
		PRIMARY KEY (entity_uuid, timestamp_ns, event_id));
	CREATE VIRTUAL TABLE events_fts USING fts5 (message, content = 'events', tokenize = 'porter unicode61');
	CREATE TRIGGER events_fts_insert AFTER INSERT ON events BEGIN INSERT INTO events_fts (rowid, message) VALUES (new.rowid, new.message); END;`

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: bench PREFIX [EVENTS]")
	}
	count := 200_000
	if len(os.Args) > 2 {
		count = must(strconv.Atoi(os.Args[2]))
	}
	home := must(os.MkdirTemp("", "seerflow-bench-"))
	defer func() { _ = os.RemoveAll(home) }()
	files := 0
	fresh := func() string {
		files++
		return filepath.Join(home, fmt.Sprintf("%d.db", files))
	}
	events := failedLogins(count)

	var theirs []time.Duration
	for _, driver := range drivers {
		theirs = append(theirs, timed(func() { straightforward(driver[0], fresh(), events) }))
	}
	program := compiled(home, os.Args[1])
	batches := filepath.Join(home, "batches")
	writeBatches(batches, events)

	fmt.Printf("%d events, two entities each\n\n| writer | events/s | ratio to go-sqlite3 | time over the C API |\n|---|---:|---:|---:|\n", count)
	row := func(name string, took time.Duration, over string) {
		fmt.Printf("| %s | %.0f | %.1f | %s |\n", name, float64(count)/took.Seconds(), theirs[0].Seconds()/took.Seconds(), over)
	}
	for i, driver := range drivers {
		row(driver[1]+", Seerflow's schema, 1,000 a transaction", theirs[i], "")
	}
	for _, durable := range []bool{false, true} {
		c, ours := time.Duration(1<<62), time.Duration(1<<62)
		mode, flag := "buffered, batches of 1,000", "0"
		if durable {
			mode, flag = "durable, one batch of 1,000 after the other", "1"
		}
		for range rounds {
			said := must(exec.Command(program, fresh(), batches, flag).Output())
			seconds := must(strconv.ParseFloat(strings.TrimSpace(string(said)), 64))
			c = min(c, time.Duration(seconds*1e9))
			ours = min(ours, throughThePackage(fresh(), events, durable))
		}
		row("C API, "+mode, c, "")
		row("seerflow for Go, "+mode, ours, fmt.Sprintf("%.0f %%", 100*(ours.Seconds()/c.Seconds()-1)))
	}
	fmt.Printf("\noverhead of Go: %.0f ns an event, for encoding and passing batches while the queue has room\n", boundary(fresh(), events))
}

// failedLogins generates failed logins of sshd: 200 users, 5,000 addresses.
func failedLogins(count int) []seerflow.Event {
	events := make([]seerflow.Event, count)
	template := int64(1)
	for i := range events {
		user := fmt.Sprintf("user%d", i*7919%200)
		address := fmt.Sprintf("10.%d.%d.%d", i%5, i*31%250, i*17%4)
		port := strconv.Itoa(1024 + i*13%60_000)
		events[i] = seerflow.Event{
			Time: time.Unix(1_773_460_800, int64(i)*1_000_000), Severity: seerflow.SeverityWarning,
			SourceType: "sshd", SourceID: fmt.Sprintf("web%d", i%8),
			Message: fmt.Sprintf("Failed password for %s from %s port %s ssh2", user, address, port),
			IPs:     []string{address}, Users: []string{user},
			TemplateID: &template, Template: "Failed password for <*> from <*> port <*> ssh2", TemplateParams: []string{user, address, port},
		}
	}
	return events
}

// record returns an event under the names of the stored fields.
func record(event *seerflow.Event) map[string]any {
	return map[string]any{
		"timestamp_ns": event.Time.UnixNano(), "severity_id": event.Severity.Number(), "source_type": event.SourceType, "source_id": event.SourceID,
		"message": event.Message, "related_ips": event.IPs, "related_users": event.Users,
		"template_id": *event.TemplateID, "template_str": event.Template, "template_params": event.TemplateParams,
	}
}

func straightforward(driver, path string, events []seerflow.Event) {
	db := must(sql.Open(driver, path))
	db.SetMaxOpenConns(1)
	defer func() { _ = db.Close() }()
	must(db.Exec(schema))
	for from := 0; from < len(events); from += batchSize {
		tx := must(db.Begin())
		insert := must(tx.Prepare("INSERT OR IGNORE INTO events VALUES (?,?,?,?,?,?,?,?,?,?)"))
		relate := must(tx.Prepare("INSERT OR IGNORE INTO entity_events VALUES (?,?,?)"))
		for i := range events[from:min(from+batchSize, len(events))] {
			event := &events[from+i]
			id, at := uuid.NewString(), event.Time.UnixNano()
			refs := []string{must(seerflow.EntityID(seerflow.EntityIP, event.IPs[0])), must(seerflow.EntityID(seerflow.EntityUser, event.Users[0]))}
			fields := record(event)
			fields["type"], fields["event_id"], fields["observed_ns"], fields["entity_refs"] = "SeerflowEvent", id, at, refs
			must(insert.Exec(id, at, at, event.Severity.Number(), event.SourceType, event.SourceID, *event.TemplateID, event.Message,
				string(must(json.Marshal(refs))), must(msgpack.Marshal(fields))))
			for _, ref := range refs {
				must(relate.Exec(ref, at, id))
			}
		}
		if err := tx.Commit(); err != nil {
			log.Fatal(err)
		}
	}
}

// compiled compiles the C program, and returns its path.
func compiled(home, prefix string) string {
	var lib string
	for _, pattern := range []string{"lib/libseerflow.so", "lib64/libseerflow.so", "lib/*/libseerflow.so"} {
		if found, _ := filepath.Glob(filepath.Join(prefix, pattern)); len(found) > 0 {
			lib = filepath.Dir(found[0])
		}
	}
	program := filepath.Join(home, "c_api")
	command := exec.Command("cc", "-O2", "-D_POSIX_C_SOURCE=200809L", "../../../benches/common/c_api.c", "-I"+filepath.Join(prefix, "include"),
		"-L"+lib, "-lseerflow", "-Wl,-rpath,"+lib, "-o", program)
	if said, err := command.CombinedOutput(); err != nil {
		log.Fatalf("%v: %s", err, said)
	}
	return program
}

// writeBatches writes batches of msgpack. Before each stands its length, 4 bytes, little endian.
func writeBatches(path string, events []seerflow.Event) {
	file := must(os.Create(path))
	defer func() { _ = file.Close() }()
	for from := 0; from < len(events); from += batchSize {
		var batch []byte
		for i := range events[from:min(from+batchSize, len(events))] {
			batch = append(batch, must(msgpack.Marshal(record(&events[from+i])))...)
		}
		must(file.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(batch)))))
		must(file.Write(batch))
	}
}

func throughThePackage(path string, events []seerflow.Event, durable bool) time.Duration {
	ctx := context.Background()
	store := must(seerflow.Open(ctx, seerflow.Config{"storage.sqlite_path": path}))
	if _, err := store.Summary(ctx); err != nil {
		log.Fatal(err)
	}
	var options []seerflow.WriteOption
	if durable {
		options = append(options, seerflow.Durable())
	}
	return timed(func() {
		for from := 0; from < len(events); from += batchSize {
			must(store.WriteEvents(ctx, events[from:min(from+batchSize, len(events))], options...))
		}
		if err := store.Close(); err != nil {
			log.Fatal(err)
		}
	})
}

// boundary measures the cost of one event for the caller while the queue has room, in nanoseconds.
func boundary(path string, events []seerflow.Event) float64 {
	ctx := context.Background()
	store := must(seerflow.Open(ctx, seerflow.Config{"storage.sqlite_path": path}))
	defer func() { _ = store.Close() }()
	some := events[:min(50_000, len(events))]
	must(store.WriteEvents(ctx, some[:1]))
	took := timed(func() {
		for from := 0; from < len(some); from += batchSize {
			must(store.WriteEvents(ctx, some[from:min(from+batchSize, len(some))]))
		}
	})
	return float64(took.Nanoseconds()) / float64(len(some))
}

func timed(work func()) time.Duration {
	began := time.Now()
	work()
	return time.Since(began)
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
