// Stores a log line and finds it, with the released Go module.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

func main() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "seerflow")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	store, err := seerflow.Open(ctx, seerflow.Config{"storage.sqlite_path": folder + "/events.db"})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	if _, err := store.WriteEvents(ctx, []seerflow.Event{{Message: "Accepted password for deploy"}}, seerflow.Durable()); err != nil {
		log.Fatal(err)
	}
	found := 0
	for event, err := range store.Events(ctx, seerflow.Query{Text: "accepted password"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(event.Message)
		found++
	}
	if found != 1 {
		log.Fatalf("%d events found", found)
	}
}
