package seerflow_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

func TestEveryFieldIsReadBack(t *testing.T) {
	store := open(t)
	template, confidence := int64(0), 0.25
	event := seerflow.Event{
		ID:   "0192f0a4-7b1e-7c3a-9d2b-5e6f7a8b9c0d",
		Time: time.Unix(1_700_000_000, 1).UTC(), Observed: time.Unix(1_700_000_000, 9).UTC(),
		TraceID: "0102030405060708090a0b0c0d0e0f10", SpanID: "0102030405060708",
		Severity: seerflow.SeverityTrace, OTelSeverity: 5,
		Kind: "alert", Category: "host", Type: "info", Outcome: "failure", Action: "login",
		CategoryUID: 3, ClassUID: 3002, TypeUID: 300_201, ActivityID: 1,
		Message: "größer", Body: map[string]any{"a": []any{int64(1), nil, true, -1.5, "x", []byte{0, 255}}},
		SourceType: "sshd", SourceID: "web-1",
		LogSourceCategory: "auth", LogSourceProduct: "linux", LogSourceService: "sshd",
		TemplateID: &template, Template: "a <*>", TemplateParams: []string{"b"},
		EntityRefs: []string{"0192f0a4-7b1e-7c3a-9d2b-5e6f7a8b9c0e"},
		IPs:        []string{"192.0.2.1"}, Users: []string{"root"}, Hosts: []string{"web-1"}, Files: []string{"/etc/passwd"},
		Domains: []string{"example.org"}, Processes: []string{"sshd:1"}, Hashes: []string{"md5:00"},
		Tactics: []string{"TA0001"}, Techniques: []string{"T1110"},
		RiskScore: 1.5, AnomalyScore: 0.5, Confidence: &confidence,
		Attributes: map[string]any{"n": int64(1 << 40), "neg": int64(-200), "u": uint64(1 << 63), "f": 2.5, "t": true, "nil": nil, "s": strings.Repeat("long ", 100)},
		Tags:       []string{"x", "y"}, Raw: "raw", Resource: map[string]string{"service.name": "shop"},
	}
	// Every field must be set, because a lost field would not be noticed otherwise.
	fields := reflect.ValueOf(event)
	for i := range fields.NumField() {
		if fields.Field(i).IsZero() {
			t.Errorf("%s is not set", fields.Type().Field(i).Name)
		}
	}
	result, err := store.WriteEvents(t.Context(), []seerflow.Event{event}, seerflow.Durable())
	if err != nil || result.Accepted != 1 || result.Consumed != 1 || result.Durability != "process" {
		t.Fatalf("%+v %v", result, err)
	}
	stored, err := store.Event(t.Context(), event.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(stored, event) {
		t.Errorf("\n%+v\nis not\n%+v", stored, event)
	}
}

// Go must read and write every field that the header has.
func TestEveryFieldOfTheHeaderIsImplemented(t *testing.T) {
	header := string(must(os.ReadFile("../../../include/seerflow.h")))
	encode, _ := os.ReadFile("encode.go")
	decode, _ := os.ReadFile("decode.go")
	_, fields, _ := strings.Cut(header, "typedef enum seerflow_field ")
	fields, _, _ = strings.Cut(fields, "} seerflow_field;")
	count := 0
	for line := range strings.Lines(fields) {
		name, isField := strings.CutPrefix(strings.TrimSpace(line), "SEERFLOW_FIELD_")
		if !isField {
			continue
		}
		count++
		name, _, _ = strings.Cut(name, " ")
		quoted := fmt.Sprintf("%q", strings.ToLower(name))
		if !strings.Contains(string(encode), quoted) || !strings.Contains(string(decode), quoted) {
			t.Errorf("%s is not read or not written", quoted)
		}
	}
	if count < 43 {
		t.Errorf("%d fields found", count)
	}
}

func TestStatusConstantsAreThoseOfTheHeader(t *testing.T) {
	made := filepath.Join(t.TempDir(), "status.go")
	if output, err := exec.Command("go", "run", "../internal/status", "../../../include/seerflow.h", made).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	want, got := must(os.ReadFile(made)), must(os.ReadFile("status.go"))
	if string(want) != string(got) {
		t.Error("status.go differs from the header: go generate")
	}
	if seerflow.ErrAgain.String() != "again" || seerflow.ErrConflict.String() != "conflict" {
		t.Error(seerflow.ErrAgain, seerflow.ErrConflict)
	}
}
