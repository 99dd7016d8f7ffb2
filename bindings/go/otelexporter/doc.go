// Package otelexporter is an exporter of the OpenTelemetry Collector that stores logs in the database that Seerflow reads.
//
// A batch goes to the store in one call, and is committed when the call returns. The exporter names each request that it receives,
// before the queue, and the records get their ids from that name: a batch that is sent again, by a retry or by a persistent queue after
// a restart, is stored once, and two requests that say the same are two. Records that have neither a time nor an observed time get
// the latter then.
package otelexporter
