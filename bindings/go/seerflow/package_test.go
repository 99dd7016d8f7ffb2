package seerflow_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// audit and nothing are options that a program writes itself.
func audit(o *seerflow.WriteOptions) { o.Durable, o.SourceType, o.BatchKey = true, "audit", "batch" }

func nothing(*seerflow.OpenOptions) {}

// writer is the part of a store that a program uses, and replaces in its tests.
type writer interface {
	WriteEvents(ctx context.Context, events []seerflow.Event, options ...seerflow.WriteOption) (seerflow.Result, error)
}

type replacement struct{ seen seerflow.WriteOptions }

func (r *replacement) WriteEvents(_ context.Context, _ []seerflow.Event, options ...seerflow.WriteOption) (seerflow.Result, error) {
	r.seen = seerflow.NewWriteOptions(options...)
	return seerflow.Result{}, nil
}

func TestOptionsCanBeWrittenAndRead(t *testing.T) {
	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": filepath.Join(t.TempDir(), "seerflow.db")}, nothing)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	var replaced replacement
	for _, to := range []writer{store, &replaced} {
		if _, err := to.WriteEvents(t.Context(), []seerflow.Event{{Message: "m"}}, audit, seerflow.Tag("tag")); err != nil {
			t.Fatal(err)
		}
	}
	if want := (seerflow.WriteOptions{Durable: true, SourceType: "audit", BatchKey: "batch", Tag: "tag"}); replaced.seen != want {
		t.Errorf("%+v", replaced.seen)
	}
	if stored := count(t, store, seerflow.Query{SourceType: "audit"}); stored != 1 {
		t.Errorf("%d events", stored)
	}
}

func TestNewOpensNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "seerflow.db")
	store, err := seerflow.New(seerflow.Config{"storage.sqlite_path": path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(path)); err == nil {
		t.Error("New made the directory")
	}
	if _, err := store.WriteEvents(t.Context(), []seerflow.Event{{}}, seerflow.Durable()); err != nil {
		t.Error(err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	for _, value := range []string{"maybe", ""} {
		if _, err := seerflow.New(seerflow.Config{"storage.durability": value}); !strings.Contains(err.Error(), "durability") {
			t.Error(err)
		}
	}
}

func TestTimesOfRecords(t *testing.T) {
	store := open(t)
	alert := seerflow.Alert{AlertType: "ml", EntityType: "user", EntityUUID: "0192f0a4-7b1e-7c3a-9d2b-5e6f7a8b9c0d", Time: time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC)}
	if _, err := store.WriteAlerts(t.Context(), []seerflow.Alert{alert}, 0); err == nil || !strings.Contains(err.Error(), "2262") {
		t.Error(err)
	}
	began := time.Now()
	alert.Time = time.Time{}
	if _, err := store.WriteAlerts(t.Context(), []seerflow.Alert{alert}, 0); err != nil {
		t.Fatal(err)
	}
	page, err := store.QueryAlerts(t.Context(), seerflow.Query{})
	if err != nil || len(page.Items) != 1 || page.Items[0].Time.Before(began) {
		t.Errorf("%+v %v", page, err)
	}
	if err := store.EnableSigmaRule(t.Context(), "r", true); err != nil {
		t.Fatal(err)
	}
	if rules, err := store.SigmaRules(t.Context()); err != nil || len(rules) != 1 || !rules[0].LastFired.IsZero() || rules[0].Updated.Before(began) {
		t.Errorf("%+v %v", rules, err)
	}
}

func TestWithoutCgoTheCompilerSaysWhatIsMissing(t *testing.T) {
	build := exec.Command("go", "build", ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	said, err := build.CombinedOutput()
	if err == nil || !strings.Contains(string(said), "requires_CGO_ENABLED_1") || strings.Count(string(said), "undefined:") != 1 {
		t.Errorf("%v: %s", err, said)
	}
}

// Every exported name of the modules has a comment, or stands in a group that has one.
func TestExportedNamesHaveComments(t *testing.T) {
	names := 0
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil || file.Name.Name == "main" || ast.IsGenerated(file) {
			return err
		}
		check := func(name *ast.Ident, comments ...*ast.CommentGroup) {
			if !name.IsExported() {
				return
			}
			names++
			for _, comment := range comments {
				if comment != nil {
					return
				}
			}
			t.Errorf("%s: %s has no comment", files.Position(name.Pos()), name.Name)
		}
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil || ast.IsExported(receiver(d.Recv.List[0].Type)) {
					check(d.Name, d.Doc)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.ValueSpec:
						for _, name := range s.Names {
							check(name, s.Doc, d.Doc)
						}
					case *ast.TypeSpec:
						check(s.Name, s.Doc, d.Doc)
					}
				}
			}
		}
		return nil
	})
	if err != nil || names < 200 {
		t.Errorf("%d names, %v", names, err)
	}
}

func receiver(of ast.Expr) string {
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	if generic, ok := of.(*ast.IndexExpr); ok {
		of = generic.X
	}
	name, _ := of.(*ast.Ident)
	return name.Name
}

func TestAReadOnlyStoreWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	config := seerflow.Config{"storage.sqlite_path": path}
	for _, option := range []seerflow.OpenOption{seerflow.ReadOnly(), seerflow.MustExist()} {
		if _, err := seerflow.Open(t.Context(), config, option, seerflow.MustExist()); !errors.Is(err, seerflow.ErrNotFound) {
			t.Error(err)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the database was created")
	}
	writer := openAt(t, path)
	defer func() { _ = writer.Close() }()
	reader, err := seerflow.Open(t.Context(), config, seerflow.ReadOnly())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	before := count(t, reader, seerflow.Query{})
	if _, err := reader.WriteEvents(t.Context(), []seerflow.Event{{}}, seerflow.Durable()); !errors.Is(err, seerflow.ErrPermission) {
		t.Error(err)
	}
	if after := count(t, writer, seerflow.Query{}); after != before {
		t.Errorf("%d events, not %d", after, before)
	}
}
