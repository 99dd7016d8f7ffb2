// Package otelexporter is an exporter of the OpenTelemetry Collector that stores logs in the database that Seerflow reads.
//
// A batch goes to the store as the protobuf bytes that it is, in one call, and is committed when the call returns. Its
// records get their ids from a hash of those bytes: a batch that is sent again, by a retry or by a persistent queue after
// a restart, is stored once.
package otelexporter
