package seerflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The scenarios in tests/scenarios, which every binding runs.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("../../../tests/scenarios/*.json")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var scenario struct {
			Name   string
			Config map[string]string
			Steps  []step
		}
		if err := json.Unmarshal(data, &scenario); err != nil {
			t.Fatal(file, err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			config := Config{"storage.sqlite_path": filepath.Join(t.TempDir(), "scenario.db")}
			for key, value := range scenario.Config {
				config[key] = value
			}
			store, err := Open(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = store.Close() }()
			run := &runner{t: t, store: store}
			for i, step := range scenario.Steps {
				run.step(fmt.Sprintf("step %d, %s", i, step.Do), step)
			}
		})
	}
}

type runner struct {
	t      *testing.T
	store  *Store
	cursor string
	saved  time.Time
}

func (r *runner) step(where string, step step) {
	// In Go a limit of 0 means that none is given.
	if step.Query.Limit != nil && *step.Query.Limit == 0 {
		return
	}
	answer, err := r.run(step)
	if step.Fails != nil {
		var failure *Error
		if !errors.As(err, &failure) || failure.Kind.String() != step.Fails.Code || failure.Retriable != step.Fails.Retriable {
			r.t.Fatalf("%s: %v, not %+v", where, err, *step.Fails)
		}
		return
	}
	if err != nil {
		r.t.Fatalf("%s: %v", where, err)
	}
	if step.Expect == nil {
		return
	}
	var expected, actual any
	encoded, err := json.Marshal(answer)
	if err == nil {
		err = json.Unmarshal(encoded, &actual)
	}
	if err == nil {
		err = json.Unmarshal(step.Expect, &expected)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.match(where, actual, expected)
}

// match applies the rules of tests/scenarios/README.md. Large numbers are texts on both sides.
func (r *runner) match(where string, actual, expected any) {
	r.t.Helper()
	switch expected := expected.(type) {
	case nil:
		if actual != nil {
			r.t.Errorf("%s: %v is there", where, actual)
		}
	case []any:
		items, _ := actual.([]any)
		if len(items) != len(expected) {
			r.t.Fatalf("%s: %v has %d elements, not %d", where, actual, len(items), len(expected))
		}
		for i := range items {
			r.match(fmt.Sprintf("%s[%d]", where, i), items[i], expected[i])
		}
	case map[string]any:
		members, _ := actual.(map[string]any)
		for key, value := range expected {
			r.match(where+"."+key, members[key], value)
		}
	default:
		if expected == "*" && actual != nil {
			return
		}
		if fmt.Sprint(actual) != fmt.Sprint(expected) {
			r.t.Errorf("%s: %v, not %v", where, actual, expected)
		}
	}
}

type object = map[string]any
