// Package otelexporter is an exporter of the OpenTelemetry Collector that stores logs in the database that Seerflow reads.
//
// A batch goes to the store as the protobuf bytes that it is, in one call, and is committed when the call returns. Its
// records get their ids from a hash of those bytes: a batch that is sent again, by a retry or by a persistent queue after
// a restart, is stored once. Records that have neither a time nor an observed time get the latter before the queue, as
// OpenTelemetry's data model asks of who receives them: the same request received twice is two.
package otelexporter
