package faults

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Server is a PostgreSQL server of one test.
type Server struct {
	Port string

	t            testing.TB
	bin, folder  string
	runsAsCaller bool
}

// NewServer creates a server that does not run yet. It is removed after the test. Without PostgreSQL the test is skipped, and fails in CI.
func NewServer(t testing.TB) *Server {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		missing(t, "PostgreSQL is not installed (tests/setup.sh installs it)")
	}
	// The server does not run as root, and its user cannot read the directory of the test.
	folder, err := os.MkdirTemp("/tmp", "seerflow-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Port: freePort(t), t: t, bin: filepath.Dir(found[len(found)-1]), folder: folder, runsAsCaller: os.Getuid() != 0}
	t.Cleanup(func() {
		_, _ = s.try("pg_ctl", "-m", "immediate", "stop")
		_ = os.RemoveAll(folder)
	})
	if !s.runsAsCaller {
		if output, err := exec.Command("chown", "postgres", folder).CombinedOutput(); err != nil {
			missing(t, fmt.Sprintf("the user postgres: %v: %s", err, output))
		}
	}
	s.run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	return s
}

// missing skips a test that cannot run here. It fails the test in CI.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

func freePort(t testing.TB) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

// URL returns the connection string of a superuser.
func (s *Server) URL() string { return "postgres://postgres@127.0.0.1:" + s.Port + "/postgres" }

// Start starts the server, and returns when it accepts connections.
func (s *Server) Start() {
	options := fmt.Sprintf("-p %s -k %s -c listen_addresses=127.0.0.1 -c fsync=off", s.Port, s.folder)
	s.run("pg_ctl", "-w", "-l", filepath.Join(s.folder, "log"), "-o", options, "start")
}

// Crash ends the server without a checkpoint.
func (s *Server) Crash() { s.run("pg_ctl", "-m", "immediate", "stop") }

func (s *Server) run(program string, arguments ...string) {
	if output, err := s.try(program, arguments...); err != nil {
		s.t.Errorf("%s: %v: %s", program, err, output)
	}
}

func (s *Server) try(program string, arguments ...string) (string, error) {
	command := append([]string{filepath.Join(s.bin, program), "-D", filepath.Join(s.folder, "data")}, arguments...)
	if !s.runsAsCaller {
		command = append([]string{"runuser", "-u", "postgres", "--"}, command...)
	}
	run := exec.Command(command[0], command[1:]...)
	run.Dir = "/"
	output, err := run.CombinedOutput()
	return string(output), err
}
