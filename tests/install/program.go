package main

import (
	"context"
	"fmt"
	"log"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

func main() {
	ctx := context.Background()
	store, err := seerflow.Open(ctx, seerflow.Config{"storage.sqlite_path": "events.db"})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	_, err = store.WriteEvents(ctx, []seerflow.Event{{
		Message: "Accepted password for deploy from 203.0.113.66",
		Users:   []string{"deploy"}, IPs: []string{"203.0.113.66"},
	}}, seerflow.Durable())
	if err != nil {
		log.Fatal(err)
	}

	for event, err := range store.Events(ctx, seerflow.Query{Text: "accepted password"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(event.Message)
	}
}
