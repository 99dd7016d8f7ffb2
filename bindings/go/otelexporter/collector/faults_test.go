package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// scale returns the number of records of a test and the seconds of an outage: more with SEERFLOW_TORTURE=long.
func scale() (count int, outage time.Duration) {
	if os.Getenv("SEERFLOW_TORTURE") == "long" {
		return records, 8 * time.Second
	}
	return 20_000, 2 * time.Second
}

// locked holds the write lock of a database, as another process does.
func locked(t *testing.T, path string) (unlock func()) {
	fd, err := syscall.Open(path+"-shm", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	// The byte for writers in the index of the write-ahead log. The lock belongs to the open file description.
	const setLockAndWait = 38
	if err := syscall.FcntlFlock(uintptr(fd), setLockAndWait, &syscall.Flock_t{Type: syscall.F_WRLCK, Start: 120, Len: 1}); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() { _ = syscall.Close(fd) })
}

func openStore(t *testing.T, config seerflow.Config) *seerflow.Store {
	store, err := seerflow.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// checkAll fails if a record is missing or stored twice.
func checkAll(t *testing.T, store *seerflow.Store, count int) {
	t.Helper()
	if events, messages := all(t, store, seerflow.Query{}); events != count || messages != count {
		t.Errorf("%d events with %d messages, not %d", events, messages, count)
	}
}

func TestALockedDatabaseLosesNothing(t *testing.T) {
	t.Parallel()
	count, outage := scale()
	folder := t.TempDir()
	path, address := filepath.Join(folder, "seerflow.db"), freeAddress(t)
	c := newCollector(t, "examples/files.yaml", folder, "SEERFLOW_DB="+path, "LOG_FILES="+filepath.Join(folder, "none.log"), "OTLP="+address, "HOST_NAME=h")
	c.start()
	store := openStore(t, seerflow.Config{"storage.sqlite_path": path})
	unlocked := make(chan struct{})
	send(t.Context(), t, address, count, func(sent int) {
		if sent == count/4 {
			unlock := locked(t, path)
			time.AfterFunc(outage, func() { unlock(); close(unlocked) })
		}
	})
	<-unlocked
	c.await(store, uint64(count))
	c.stop(syscall.SIGTERM)
	checkAll(t, store, count)
}

func TestSIGTERMWhileTheDatabaseIsLocked(t *testing.T) {
	t.Parallel()
	const count = 5000
	folder := t.TempDir()
	path, address := filepath.Join(folder, "seerflow.db"), freeAddress(t)
	c := newCollector(t, "examples/files.yaml", folder, "SEERFLOW_DB="+path, "LOG_FILES="+filepath.Join(folder, "none.log"), "OTLP="+address, "HOST_NAME=h")
	c.start()
	store := openStore(t, seerflow.Config{"storage.sqlite_path": path})
	send(t.Context(), t, address, 1000, func(int) {})
	c.await(store, 1000)
	unlock := locked(t, path)
	defer unlock()
	send(t.Context(), t, address, count, func(int) {})
	began := time.Now()
	c.stop(syscall.SIGTERM)
	took := time.Since(began)
	t.Logf("ended after %v", took)
	if took > 30*time.Second {
		t.Errorf("the collector needed %v", took)
	}
	// The first 1,000 records have the keys of those that are stored.
	if !strings.Contains(c.said(), "persistent queue still holds") || !strings.Contains(c.said(), `"records": 5000`) {
		t.Errorf("the collector printed:\n%s", c.said())
	}
	unlock()
	c.start()
	c.await(store, count)
	c.stop(syscall.SIGTERM)
	checkAll(t, store, count)
}

// cluster is a PostgreSQL server of this test.
type cluster struct {
	t            *testing.T
	bin, data    string
	port, socket string
}

func newCluster(t *testing.T) *cluster {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		t.Skip("PostgreSQL is not installed")
	}
	// The server does not run as root, and its user cannot read the directory of the test.
	folder, err := os.MkdirTemp("/tmp", "seerflow-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(freeAddress(t), ":")
	p := &cluster{t: t, bin: found[len(found)-1], data: filepath.Join(folder, "data"), port: port, socket: folder}
	if os.Getuid() == 0 {
		if output, err := exec.Command("chown", "postgres", folder).CombinedOutput(); err != nil {
			t.Skipf("%v: %s", err, output)
		}
	}
	t.Cleanup(func() {
		_, _ = p.try("pg_ctl", "-D", p.data, "-m", "immediate", "stop")
		_ = os.RemoveAll(folder)
	})
	p.run("initdb", "-D", p.data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	return p
}

func (p *cluster) try(program string, arguments ...string) (string, error) {
	command := append([]string{filepath.Join(p.bin, program)}, arguments...)
	if os.Getuid() == 0 {
		command = append([]string{"runuser", "-u", "postgres", "--"}, command...)
	}
	run := exec.Command(command[0], command[1:]...)
	run.Dir = "/"
	output, err := run.CombinedOutput()
	return string(output), err
}

func (p *cluster) run(program string, arguments ...string) {
	if output, err := p.try(program, arguments...); err != nil {
		p.t.Fatalf("%s: %v: %s", program, err, output)
	}
}

func (p *cluster) start() {
	p.run("pg_ctl", "-D", p.data, "-w", "-l", filepath.Join(p.socket, "log"), "-o", fmt.Sprintf("-p %s -k %s -c listen_addresses=127.0.0.1", p.port, p.socket), "start")
}

// The collector starts before its server, which is then restarted while it receives records.
func TestPostgreSQLIsDownAndRestarted(t *testing.T) {
	t.Parallel()
	count, outage := scale()
	server := newCluster(t)
	folder, address := t.TempDir(), freeAddress(t)
	c := newCollector(t, "testdata/postgresql.yaml", folder, "OTLP="+address, "POSTGRES_PORT="+server.port)
	c.start()
	down, restarted := make(chan struct{}), make(chan struct{})
	time.AfterFunc(2*time.Second, func() {
		server.start()
		close(down)
	})
	send(t.Context(), t, address, count, func(sent int) {
		switch sent {
		case 1000:
			<-down
		case count / 2:
			go func() {
				defer close(restarted)
				server.run("pg_ctl", "-D", server.data, "-m", "immediate", "stop")
				time.Sleep(outage)
				server.start()
			}()
		}
	})
	<-down
	<-restarted
	if !strings.Contains(c.said(), "the database cannot be opened yet") {
		t.Errorf("the collector printed:\n%.2000s", c.said())
	}
	store := openStore(t, seerflow.Config{"storage.backend": "postgresql", "storage.postgresql_url": "postgres://postgres@127.0.0.1:" + server.port + "/postgres", "storage.postgresql_schema": "logs"})
	c.await(store, uint64(count))
	c.stop(syscall.SIGTERM)
	checkAll(t, store, count)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := store.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}
