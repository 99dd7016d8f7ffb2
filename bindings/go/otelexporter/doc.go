// Package otelexporter is an exporter of the OpenTelemetry Collector. It stores logs in a database that Seerflow can read.
//
// A batch is written with one call of the library, and is committed when the call returns. The exporter gives each received request a
// name before the request enters the queue. The ids of the records are made from that name. So a batch that is sent again, by a retry or
// by a persistent queue after a restart, is stored once; and two requests with the same content are stored as two. A record with neither a
// time nor an observed time gets the current time as its observed time.
//
// The exporter starts while the database does not answer. It reports this as its component status.
package otelexporter

// mdatagen also generates a Config, which has no use here.
//go:generate sh -c "go tool -modfile=tools.mod mdatagen metadata.yaml && rm generated_config.go generated_config_test.go"
