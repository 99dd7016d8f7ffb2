package main

import (
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/internal/faults"
	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// facts are the fields of an event that do not depend on its way into the store.
type facts struct {
	Time                                time.Time
	Message, SourceType, SourceID       string
	Severity                            seerflow.Severity
	OTelSeverity                        int
	IPs, Users, Hosts, Processes, Files []string
	Entities                            []string
}

// factsOf returns the facts of all events, by message.
func factsOf(t *testing.T, store *seerflow.Store) map[string]facts {
	found := map[string]facts{}
	for e, err := range store.Events(t.Context(), seerflow.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		found[e.Message] = facts{e.Time, e.Message, e.SourceType, e.SourceID, e.Severity, e.OTelSeverity, e.IPs, e.Users, e.Hosts, e.Processes, e.Files, slices.Sorted(slices.Values(e.EntityRefs))}
	}
	return found
}

// compare fails if the collector's events differ from those of the same lines written without it. For lines that name no program or no host,
// the collector knows the source: the default of the exporter's source_type, and the source and the hosts of the resource.
func compare(t *testing.T, through *seerflow.Store, lines []string, source string, hosts ...string) {
	t.Helper()
	direct := openStore(t, seerflow.Config{"storage.sqlite_path": filepath.Join(t.TempDir(), "direct.db")})
	if _, err := direct.Write(t.Context(), seerflow.Lines, []byte(strings.Join(lines, "\n")+"\n"), seerflow.Durable()); err != nil {
		t.Fatal(err)
	}
	want, got := factsOf(t, direct), factsOf(t, through)
	for message, event := range want {
		if event.SourceType == "log" {
			event.SourceType = "otlp"
		}
		if event.SourceID == "" {
			event.SourceID, event.Hosts = source, hosts
			for _, host := range hosts {
				id, err := seerflow.EntityID(seerflow.EntityHost, host)
				if err != nil {
					t.Fatal(err)
				}
				event.Entities = slices.Sorted(slices.Values(append(event.Entities, id)))
			}
		}
		want[message] = event
	}
	if len(want) != len(lines) || len(got) != len(lines) {
		t.Errorf("%d lines, %d events directly, %d through the collector", len(lines), len(want), len(got))
	}
	for _, message := range slices.Sorted(maps.Keys(want)) {
		if !reflect.DeepEqual(got[message], want[message]) {
			t.Errorf("%q\nthrough: %+v\ndirect:  %+v", message, got[message], want[message])
		}
	}
	for message := range got {
		if _, ok := want[message]; !ok {
			t.Errorf("through the collector only: %q", message)
		}
	}
}

func TestLinesOfFilesBecomeTheEventsOfWrite(t *testing.T) {
	t.Parallel()
	lines := []string{
		`Mar 14 01:47:13 web2 sshd[812]: Failed password for root from 198.51.100.9 port 51514 ssh2`,
		`<34>1 2026-03-14T01:47:14.003Z mail1 postfix 77 ID47 - connection from 203.0.113.5 refused`,
		`2026-03-14T01:47:15.5Z ERROR [main] com.example.Shop - payment of user bob failed`,
		`{"time":"2026-03-14T01:47:16Z","level":"warn","msg":"slow answer","user":"alice"}`,
		`203.0.113.7 - carol [14/Mar/2026:01:47:17 +0000] "GET /index.html HTTP/1.1" 500 12 "-" "curl/8"`,
		`time="2026-03-14T01:47:18Z" level=error msg="disk is full" path=/var/lib`,
	}
	folder := t.TempDir()
	path, log := filepath.Join(folder, "seerflow.db"), filepath.Join(folder, "app.log")
	if err := os.WriteFile(log, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newCollector(t, "examples/files.yaml", folder, "SEERFLOW_DB="+path, "LOG_FILES="+log, "OTLP="+freeAddress(t), "HOST_NAME=here")
	c.start()
	store := openStore(t, seerflow.Config{"storage.sqlite_path": path})
	c.await(store, uint64(len(lines)))
	c.stop(syscall.SIGTERM)
	compare(t, store, lines, "here", "here")
}

func TestLinesOfSyslogBecomeTheEventsOfWrite(t *testing.T) {
	t.Parallel()
	over := map[string][]string{
		"tcp": {
			`<34>1 2026-03-14T01:47:14.003Z mail1 postfix 77 ID47 - connection from 203.0.113.5 refused`,
			`<165>1 2026-03-14T01:47:15+02:00 web2 app - - [ex@32473 iut="3"] login of bob failed`,
		},
		"udp": {
			`<38>Mar 14 01:47:13 web2 sshd[812]: Failed password for root from 198.51.100.9 port 51514 ssh2`,
			`<11>Mar  4 01:47:13 web2 kernel: out of memory`,
		},
	}
	folder := t.TempDir()
	path, tcp, udp := filepath.Join(folder, "seerflow.db"), freeAddress(t), freeAddress(t)
	c := newCollector(t, "examples/syslog.yaml", folder, "SEERFLOW_DB="+path, "SYSLOG_TCP="+tcp, "SYSLOG_UDP="+udp)
	c.start()
	store := openStore(t, seerflow.Config{"storage.sqlite_path": path})
	c.await(store, 0)
	var lines []string
	for network, address := range map[string]string{"tcp": tcp, "udp": udp} {
		var connection net.Conn
		var err error
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			if connection, err = net.Dial(network, address); err == nil && strings.Contains(c.said(), "Everything is ready") {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%v: %s", err, c.said())
			}
		}
		defer func() { _ = connection.Close() }()
		for _, line := range over[network] {
			lines = append(lines, line)
			if _, err := fmt.Fprintln(connection, line); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.await(store, uint64(len(lines)))
	c.stop(syscall.SIGTERM)
	compare(t, store, lines, "")
}

func TestLinesOfPodsBecomeTheEventsOfWrite(t *testing.T) {
	t.Parallel()
	server := faults.NewServer(t)
	server.Start()
	lines := []string{
		`2026-03-14T01:47:16.000000001Z stdout F {"level":"error","msg":"cannot pay","user":"alice"}`,
		`2026-03-14T01:47:17.000000002Z stderr F 203.0.113.7 - carol [14/Mar/2026:01:47:17 +0000] "GET / HTTP/1.1" 500 12 "-" "curl/8"`,
		`2026-03-14T01:47:18.000000003Z stdout F plain text`,
		`2026-03-14T01:47:19.000000004Z stdout F time="2026-03-14T01:47:18Z" level=error msg="disk is full"`,
	}
	folder := t.TempDir()
	pod := filepath.Join(folder, "pods", "shop_cart-1_0b0c7f3a-1111-2222-3333-444455556666", "cart")
	if err := os.MkdirAll(pod, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pod, "0.log"), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newCollector(t, "examples/kubernetes.yaml", folder, "POD_LOGS="+filepath.Join(folder, "pods", "*", "*", "*.log"),
		"POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT="+server.Port, "POSTGRES_DATABASE=postgres", "POSTGRES_USER=postgres", "POSTGRES_PASSWORD=x", "POSTGRES_SCHEMA=logs")
	c.start()
	store := openStore(t, seerflow.Config{"storage.backend": "postgresql", "storage.postgresql_url": server.URL(), "storage.postgresql_schema": "logs"})
	c.await(store, uint64(len(lines)))
	c.stop(syscall.SIGTERM)
	compare(t, store, lines, "cart-1")
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
