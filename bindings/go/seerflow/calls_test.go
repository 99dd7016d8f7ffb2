package seerflow_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// calls are all methods that take a context.
func calls(store *seerflow.Store, target string) map[string]func(context.Context) error {
	const id = "0192f0a4-7b1e-7c3a-9d2b-5e6f7a8b9c0d"
	var every seerflow.Query
	around := seerflow.Query{Entity: id}
	graph := store.Graph()
	return map[string]func(context.Context) error{
		"Open":       store.Open,
		"Flush":      store.Flush,
		"Checkpoint": store.Checkpoint,
		"Backup":     func(ctx context.Context) error { return store.Backup(ctx, target) },
		"Check":      func(ctx context.Context) error { return second(store.Check(ctx, seerflow.CheckStructure)) },
		"Summary":    func(ctx context.Context) error { return second(store.Summary(ctx)) },
		"Prune":      func(ctx context.Context) error { return second(store.Prune(ctx, time.Unix(1, 0), 0)) },
		"WriteEvents": func(ctx context.Context) error {
			return second(store.WriteEvents(ctx, []seerflow.Event{{}}, seerflow.Durable()))
		},
		"Write": func(ctx context.Context) error {
			return second(store.Write(ctx, seerflow.Lines, []byte("m\n"), seerflow.Durable()))
		},
		"WriteAlerts": func(ctx context.Context) error {
			return second(store.WriteAlerts(ctx, []seerflow.Alert{{AlertType: "ml", EntityType: "user", EntityUUID: id}}, 0))
		},
		"WriteEdges": func(ctx context.Context) error {
			return store.WriteEdges(ctx, []seerflow.Edge{{SourceID: id, TargetID: id, RelType: "r"}}, true)
		},
		"Event":         func(ctx context.Context) error { return second(store.Event(ctx, id)) },
		"Events":        func(ctx context.Context) error { return first(store.Events(ctx, every)) },
		"QueryEvents":   func(ctx context.Context) error { return second(store.QueryEvents(ctx, every)) },
		"CountEvents":   func(ctx context.Context) error { return second(store.CountEvents(ctx, every, seerflow.BySource)) },
		"EventEntities": func(ctx context.Context) error { return second(store.EventEntities(ctx, id)) },
		"Entity":        func(ctx context.Context) error { return second(store.Entity(ctx, id)) },
		"DistinctEvents": func(ctx context.Context) error {
			return second(store.DistinctEvents(ctx, every, seerflow.BySource))
		},
		"EventHistogram": func(ctx context.Context) error {
			return second(store.EventHistogram(ctx, every, time.Hour, seerflow.ByNone))
		},
		"Alert":          func(ctx context.Context) error { return second(store.Alert(ctx, id)) },
		"Alerts":         func(ctx context.Context) error { return first(store.Alerts(ctx, every)) },
		"QueryAlerts":    func(ctx context.Context) error { return second(store.QueryAlerts(ctx, every)) },
		"CountAlerts":    func(ctx context.Context) error { return second(store.CountAlerts(ctx, every, seerflow.ByRule)) },
		"AlertHistogram": func(ctx context.Context) error { return second(store.AlertHistogram(ctx, every, time.Hour)) },
		"AlertPatterns":  func(ctx context.Context) error { return second(store.AlertPatterns(ctx, every)) },
		"Judge":          func(ctx context.Context) error { return store.Judge(ctx, id, seerflow.TruePositive, "") },
		"AppendVerdict":  func(ctx context.Context) error { return store.AppendVerdict(ctx, id, seerflow.TruePositive, "") },
		"Feedback":       func(ctx context.Context) error { return first(store.Feedback(ctx, every)) },
		"QueryFeedback":  func(ctx context.Context) error { return second(store.QueryFeedback(ctx, every)) },
		"FeedbackStats":  func(ctx context.Context) error { return second(store.FeedbackStats(ctx)) },
		"WriteTemplates": func(ctx context.Context) error {
			return store.WriteTemplates(ctx, []seerflow.Template{{TemplateID: 1}})
		},
		"Templates":       func(ctx context.Context) error { return second(store.Templates(ctx, every)) },
		"PruneTemplates":  func(ctx context.Context) error { return second(store.PruneTemplates(ctx, 1)) },
		"ResetTemplates":  func(ctx context.Context) error { return second(store.ResetTemplates(ctx)) },
		"SaveModel":       func(ctx context.Context) error { return second(store.SaveModel(ctx, "m", nil)) },
		"SwapModel":       func(ctx context.Context) error { return second(store.SwapModel(ctx, "m", nil, time.Time{})) },
		"LoadModel":       func(ctx context.Context) error { return second(store.LoadModel(ctx, "m")) },
		"DeleteModel":     func(ctx context.Context) error { return second(store.DeleteModel(ctx, "m")) },
		"Models":          func(ctx context.Context) error { return second(store.Models(ctx, every)) },
		"SigmaRules":      func(ctx context.Context) error { return second(store.SigmaRules(ctx)) },
		"EnableSigmaRule": func(ctx context.Context) error { return store.EnableSigmaRule(ctx, "r", true) },
		"WriteSigmaMatches": func(ctx context.Context) error {
			return store.WriteSigmaMatches(ctx, []seerflow.SigmaMatches{{RuleID: "r"}})
		},
		"DeadLetters":      func(ctx context.Context) error { return first(store.DeadLetters(ctx, every)) },
		"QueryDeadLetters": func(ctx context.Context) error { return second(store.QueryDeadLetters(ctx, every)) },
		"Edges":            func(ctx context.Context) error { return first(store.Edges(ctx, every)) },
		"QueryEdges":       func(ctx context.Context) error { return second(store.QueryEdges(ctx, every)) },
		"PruneEdges":       func(ctx context.Context) error { return second(store.PruneEdges(ctx, time.Unix(1, 0))) },
		"Graph.Neighbours": func(ctx context.Context) error { return second(graph.Neighbours(ctx, around)) },
		"Graph.Path":       func(ctx context.Context) error { return second(graph.Path(ctx, id, id)) },
		"Graph.Subgraph":   func(ctx context.Context) error { _, _, err := graph.Subgraph(ctx, around); return err },
		"Graph.Related":    func(ctx context.Context) error { return second(graph.Related(ctx, around)) },
		"Graph.Top":        func(ctx context.Context) error { return second(graph.Top(ctx, "pagerank", 1)) },
		"Graph.Counts":     func(ctx context.Context) error { _, _, err := graph.Counts(ctx); return err },
		"Graph.Health":     graph.Health,
	}
}

func second[T any](_ T, err error) error { return err }

// first returns the error of the first record.
func first[T any](records func(func(T, error) bool)) error {
	for _, err := range records {
		return err
	}
	return nil
}

// Shutdown closes the store although its context has ended, so other tests cover it.
func TestTheTableHasEveryMethodWithAContext(t *testing.T) {
	table := calls(open(t), "")
	for prefix, receiver := range map[string]any{"": &seerflow.Store{}, "Graph.": seerflow.Graph{}} {
		of := reflect.TypeOf(receiver)
		for i := range of.NumMethod() {
			method := of.Method(i)
			takes := method.Type.NumIn() > 1 && method.Type.In(1) == reflect.TypeFor[context.Context]()
			if takes && method.Name != "Shutdown" && table[prefix+method.Name] == nil {
				t.Errorf("%s%s is missing", prefix, method.Name)
			}
		}
	}
}

// hanging returns a store whose server accepts connections and never replies.
func hanging(t *testing.T) *seerflow.Store {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	store, err := seerflow.New(seerflow.Config{
		"storage.backend": "postgresql", "storage.postgresql_url": fmt.Sprintf("postgres://u@%v/db?sslmode=disable", listener.Addr()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func TestEveryCallEndsWithItsContext(t *testing.T) {
	const soon = 200 * time.Millisecond
	later := func(end func(context.CancelFunc)) func() (context.Context, context.CancelFunc) {
		return func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(context.Background())
			end(cancel)
			return ctx, cancel
		}
	}
	cases := map[string]struct {
		context func() (context.Context, context.CancelFunc)
		want    error
		kind    seerflow.Kind
	}{
		"expired": {func() (context.Context, context.CancelFunc) {
			return context.WithDeadline(context.Background(), time.Unix(0, 0))
		}, context.DeadlineExceeded, seerflow.ErrTimeout},
		"cancelled": {later(func(cancel context.CancelFunc) { cancel() }), context.Canceled, seerflow.ErrInterrupted},
		"deadline": {func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), soon)
		}, context.DeadlineExceeded, seerflow.ErrTimeout},
		"cancelled later": {later(func(cancel context.CancelFunc) { time.AfterFunc(soon, cancel) }), context.Canceled, seerflow.ErrInterrupted},
	}
	for name, one := range cases {
		t.Run(name, func(t *testing.T) {
			// These calls do not wait for the server.
			idle := map[string]bool{"Flush": true, "Backup": true}
			var running sync.WaitGroup
			for method, call := range calls(hanging(t), t.TempDir()+"/copy.db") {
				running.Add(1)
				go func() {
					defer running.Done()
					ctx, cancel := one.context()
					defer cancel()
					began := time.Now()
					err := call(ctx)
					if took := time.Since(began); took > 5*time.Second {
						t.Errorf("%s took %v", method, took)
					}
					if idle[method] && !errors.Is(err, one.want) {
						return
					}
					// A write that waits for the database waits for room in the queue.
					if !errors.Is(err, one.want) || !errors.Is(err, one.kind) && !errors.Is(err, seerflow.ErrAgain) {
						t.Errorf("%s: %v", method, err)
					}
				}()
			}
			running.Wait()
		})
	}
}
