package seerflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

func TestSlogRecordsBecomeEvents(t *testing.T) {
	store := open(t)
	handler := seerflow.NewHandler(store, &seerflow.HandlerOptions{AddSource: true, SourceType: "shop", SourceID: "web-1"})
	logger := slog.New(handler).With("user", "bob").WithGroup("order").With("id", 7)
	logger.Debug("not stored")
	logger.Warn("payment refused", "reason", errors.New("no money"), slog.Group("card", "type", "visa"), slog.Group("", "inline", true))
	logger.Log(context.Background(), slog.LevelError+1, "worse")
	if err := handler.Close(); err != nil {
		t.Fatal(err)
	}
	page, err := store.QueryEvents(t.Context(), seerflow.Query{Order: seerflow.Arrival})
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("%+v %v", page, err)
	}
	event := page.Items[0]
	if event.Message != "payment refused" || event.SourceType != "shop" || event.SourceID != "web-1" || event.Time.IsZero() ||
		event.Severity != seerflow.SeverityWarning || event.OTelSeverity != 13 {
		t.Errorf("%+v", event)
	}
	for key, want := range map[string]any{
		"user": "bob", "order.id": int64(7), "order.reason": "no money", "order.card.type": "visa", "order.inline": true,
	} {
		if event.Attributes[key] != want {
			t.Errorf("%s is %#v, not %#v", key, event.Attributes[key], want)
		}
	}
	if event.Attributes["code.line.number"] == nil {
		t.Error("the source is not there")
	}
	if page.Items[1].OTelSeverity != 18 || page.Items[1].Severity != seerflow.SeverityCritical {
		t.Errorf("%+v", page.Items[1])
	}
}

func TestSlogDropsARecordAfterItsTimeout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	store := openAt(t, path, "storage.queue_events", "10")
	defer func() { _ = store.Close() }()
	unlock := locked(t, path)
	handler := seerflow.NewHandler(store, &seerflow.HandlerOptions{Timeout: 50 * time.Millisecond})
	logger := slog.New(handler).With("a", 1)
	began := time.Now()
	for range 12 {
		logger.Info("m")
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	dropped := handler.Dropped()
	if dropped == 0 || dropped > 3 {
		t.Errorf("%d dropped", dropped)
	}
	// An earlier deadline of the context applies. A cancelled context does not prevent the attempt.
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	patient := slog.New(seerflow.NewHandler(store, nil))
	began = time.Now()
	patient.InfoContext(ctx, "m")
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("a deadline of a millisecond took %v", took)
	}
	unlock()
	if err := handler.Close(); err != nil {
		t.Fatal(err)
	}
	cancelled, stop := context.WithCancel(t.Context())
	stop()
	patient.InfoContext(cancelled, "m")
	if err := handler.Close(); err != nil {
		t.Fatal(err)
	}
	if stored := count(t, store, seerflow.Query{SourceType: "slog"}); stored != 12-dropped+1 {
		t.Errorf("%d stored, %d dropped", stored, dropped)
	}
}

func TestSlogAcceptsANilError(t *testing.T) {
	store := open(t)
	handler := seerflow.NewHandler(store, nil)
	slog.New(handler).Error("failed", "err", (*broken)(nil))
	if err := handler.Close(); err != nil {
		t.Fatal(err)
	}
	page, err := store.QueryEvents(t.Context(), seerflow.Query{})
	if err != nil || len(page.Items) != 1 || page.Items[0].Attributes["err"] != "<nil>" {
		t.Errorf("%+v %v", page, err)
	}
}

// The passwords hide themselves in each of the ways that log/slog respects.
type (
	textPassword   string
	jsonPassword   string
	valuedPassword string
	shownPassword  string
	login          struct {
		User   string       `json:"user"`
		Secret textPassword `json:"secret"`
		Hidden string       `json:"-"`
	}
)

func (textPassword) MarshalText() ([]byte, error) { return []byte("***"), nil }
func (jsonPassword) MarshalJSON() ([]byte, error) { return []byte(`"***"`), nil }
func (valuedPassword) LogValue() slog.Value       { return slog.StringValue("***") }
func (shownPassword) String() string              { return "***" }

// logged returns the attributes of the only event after a log statement.
func logged(t *testing.T, options *seerflow.HandlerOptions, log func(*slog.Logger)) seerflow.Event {
	t.Helper()
	store := open(t)
	handler := seerflow.NewHandler(store, options)
	log(slog.New(handler))
	if err := handler.Close(); err != nil {
		t.Fatal(err)
	}
	page, err := store.QueryEvents(t.Context(), seerflow.Query{})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v %v", page, err)
	}
	return page.Items[0]
}

func TestSlogRespectsHowValuesHideThemselves(t *testing.T) {
	const secret = "hunter2"
	event := logged(t, nil, func(logger *slog.Logger) {
		logger.With("with", textPassword(secret)).Info("m",
			"text", textPassword(secret), "json", jsonPassword(secret), "valued", valuedPassword(secret), "shown", shownPassword(secret),
			"list", []any{textPassword(secret), valuedPassword(secret)}, "typed", []jsonPassword{secret}, "map", map[string]shownPassword{"a": secret},
			"struct", login{"bob", secret, secret}, "pointer", &login{"bob", secret, secret},
			slog.Group("group", "valued", valuedPassword(secret), "text", textPassword(secret)))
	})
	if found := fmt.Sprint(event.Attributes); strings.Contains(found, secret) {
		t.Error(found)
	}
	for key, want := range map[string]any{
		"with": "***", "text": "***", "json": "***", "valued": "***", "shown": "***", "group.valued": "***", "group.text": "***",
		"list": `["***","***"]`, "typed": `["***"]`, "map": `{"a":"***"}`, "struct": `{"secret":"***","user":"bob"}`, "pointer": `{"secret":"***","user":"bob"}`,
	} {
		if got := sortedJSON(event.Attributes[key]); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v, not %#v", key, got, want)
		}
	}
}

// sortedJSON returns the JSON of a list or map, with sorted keys.
func sortedJSON(value any) any {
	text, isText := value.(string)
	var decoded any
	if isText && json.Unmarshal([]byte(text), &decoded) != nil {
		return value
	}
	if !isText {
		decoded = value
		if _, isList := value.([]any); !isList {
			return value
		}
	}
	encoded, err := json.Marshal(decoded)
	if err != nil {
		return err
	}
	return string(encoded)
}

func TestSlogStoresValuesOfOtherTypes(t *testing.T) {
	type level int
	type name string
	count := 7
	event := logged(t, nil, func(logger *slog.Logger) {
		logger.Info("m", "raw", json.RawMessage(`{"n":9007199254740993}`), "rawlist", json.RawMessage(`[1.5,true,null]`), "ints", []int{1, 2}, "nested", map[string][]int{"a": {1}},
			"level", level(3), "name", name("x"), "pointer", &count, "nil", (*int)(nil), "address", netip.MustParseAddr("192.0.2.1"),
			"failed", json.RawMessage("{"), "func", func() {}, "time", time.Unix(0, 1).UTC(), "duration", time.Second, "bytes", [2]byte{1, 2})
	})
	for key, want := range map[string]any{
		"raw": `{"n":9007199254740993}`, "rawlist": `[1.5,true,null]`, "ints": `[1,2]`, "nested": `{"a":[1]}`, "level": int64(3), "name": "x",
		"pointer": int64(7), "nil": nil, "address": "192.0.2.1", "time": "1970-01-01T00:00:00.000000001Z", "duration": "1s", "bytes": "[1,2]",
	} {
		if got := event.Attributes[key]; !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v, not %#v", key, got, want)
		}
	}
	for _, key := range []string{"failed", "func"} {
		if text, _ := event.Attributes[key].(string); !strings.HasPrefix(text, "!ERROR:") {
			t.Errorf("%s is %#v", key, event.Attributes[key])
		}
	}
}

func TestSlogReplacesAttributes(t *testing.T) {
	var groups []string
	at := time.Unix(1_700_000_000, 0).UTC()
	event := logged(t, &seerflow.HandlerOptions{AddSource: true, ReplaceAttr: func(in []string, attr slog.Attr) slog.Attr {
		groups = append(groups, strings.Join(append(slices.Clone(in), attr.Key), "/"))
		switch attr.Key {
		case slog.TimeKey:
			return slog.Time("when", at)
		case slog.LevelKey:
			return slog.String("level", "NOTICE")
		case slog.MessageKey:
			return slog.String("message", "other")
		case slog.SourceKey:
			attr.Value.Any().(*slog.Source).File = "main.go"
		case "removed":
			return slog.Attr{}
		case "secret":
			return slog.Any("secret", valuedPassword("hunter2"))
		}
		return attr
	}}, func(logger *slog.Logger) {
		logger.With("removed", 1).WithGroup("g").With("secret", 1).Warn("m", slog.Group("h", "removed", 1, "kept", 1))
	})
	if !event.Time.Equal(at) || event.Message != "other" || event.Severity != seerflow.SeverityWarning {
		t.Errorf("%+v", event)
	}
	for key, want := range map[string]any{"level": "NOTICE", "g.secret": "***", "g.h.kept": int64(1), "code.file.path": "main.go", "removed": nil, "g.h.removed": nil} {
		if got := event.Attributes[key]; got != want {
			t.Errorf("%s is %#v, not %#v", key, got, want)
		}
	}
	if want := "removed g/secret time level msg source g/h/removed g/h/kept"; strings.Join(groups, " ") != want {
		t.Error(groups)
	}
	removed := logged(t, &seerflow.HandlerOptions{AddSource: true, ReplaceAttr: func([]string, slog.Attr) slog.Attr { return slog.Attr{} }},
		func(logger *slog.Logger) { logger.Error("m", "a", 1) })
	if removed.Message != "" || removed.Severity != seerflow.SeverityInformational || len(removed.Attributes) != 0 {
		t.Errorf("%+v", removed)
	}
}

// The rules that the standard library checks for each handler. An event always has a time.
func TestSlogHandlerPassesSlogtest(t *testing.T) {
	stores := map[string]*seerflow.Store{}
	slogtest.Run(t, func(t *testing.T) slog.Handler {
		stores[t.Name()] = open(t)
		return seerflow.NewHandler(stores[t.Name()], nil)
	}, func(t *testing.T) map[string]any {
		store := stores[t.Name()]
		if err := store.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		page, err := store.QueryEvents(t.Context(), seerflow.Query{})
		if err != nil || len(page.Items) != 1 {
			t.Fatalf("%+v %v", page, err)
		}
		event := page.Items[0]
		result := map[string]any{slog.LevelKey: event.Severity, slog.MessageKey: event.Message}
		if !strings.HasSuffix(t.Name(), "zero-time") {
			result[slog.TimeKey] = event.Time
		}
		for key, value := range event.Attributes {
			group := result
			names := strings.Split(key, ".")
			for _, name := range names[:len(names)-1] {
				inner, ok := group[name].(map[string]any)
				if !ok {
					inner = map[string]any{}
					group[name] = inner
				}
				group = inner
			}
			group[names[len(names)-1]] = value
		}
		return result
	})
}
