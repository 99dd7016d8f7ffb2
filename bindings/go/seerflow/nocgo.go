//go:build !cgo

package seerflow

// The compiler reports the undefined name: this package calls the C library libseerflow through cgo.
var _ = seerflow_requires_CGO_ENABLED_1_and_a_C_compiler
