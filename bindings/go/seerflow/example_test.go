package seerflow_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// temporary opens a store in a directory that the example removes.
func temporary() (*seerflow.Store, func()) {
	folder, err := os.MkdirTemp("", "seerflow")
	if err != nil {
		log.Fatal(err)
	}
	store, err := seerflow.Open(context.Background(), seerflow.Config{"storage.sqlite_path": filepath.Join(folder, "events.db")})
	if err != nil {
		log.Fatal(err)
	}
	return store, func() {
		_ = store.Close()
		_ = os.RemoveAll(folder)
	}
}

func Example() {
	ctx := context.Background()
	store, done := temporary()
	defer done()

	result, err := store.WriteEvents(ctx, []seerflow.Event{{
		Message: "Accepted password for deploy from 203.0.113.66",
		Users:   []string{"deploy"}, IPs: []string{"203.0.113.66"},
	}}, seerflow.Durable())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Accepted, "stored, they survive the death of the", result.Durability)

	id, err := seerflow.EntityID(seerflow.EntityIP, "203.0.113.66")
	if err != nil {
		log.Fatal(err)
	}
	for event, err := range store.Events(ctx, seerflow.Query{Entity: id}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(event.Message)
	}
	// Output:
	// 1 stored, they survive the death of the process
	// Accepted password for deploy from 203.0.113.66
}

func ExampleStore_Write() {
	ctx := context.Background()
	store, done := temporary()
	defer done()

	lines := []byte("Mar 14 01:47:13 web2 sshd[812]: Failed password for root from 203.0.113.66 port 51514 ssh2\n")
	if _, err := store.Write(ctx, seerflow.Lines, lines, seerflow.Durable(), seerflow.Timezone("Europe/Berlin")); err != nil {
		log.Fatal(err)
	}
	page, err := store.QueryEvents(ctx, seerflow.Query{Text: `"failed password"`})
	if err != nil {
		log.Fatal(err)
	}
	event := page.Items[0]
	fmt.Println(event.SourceID, event.Users, event.IPs)
	// Output: web2 [root] [203.0.113.66]
}

func ExampleRetriable() {
	store, done := temporary()
	defer done()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	switch _, err := store.WriteEvents(ctx, []seerflow.Event{{Message: "m"}}); {
	case err == nil:
		fmt.Println("accepted")
	case errors.Is(err, seerflow.ErrAgain):
		fmt.Println("the queue is full")
	case seerflow.Retriable(err):
		fmt.Println("try again later")
	}
	// Output: accepted
}

func ExampleNewHandler() {
	store, done := temporary()
	defer done()

	handler := seerflow.NewHandler(store, &seerflow.HandlerOptions{SourceType: "shop"})
	defer func() { _ = handler.Close() }()
	slog.New(handler).Warn("payment refused", slog.Group("order", "id", 7))

	_ = handler.Close()
	page, err := store.QueryEvents(context.Background(), seerflow.Query{Text: "payment"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(page.Items[0].Severity, page.Items[0].Attributes["order.id"])
	// Output: warning 7
}
