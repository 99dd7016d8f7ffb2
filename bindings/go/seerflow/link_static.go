//go:build seerflow_static

package seerflow

// #cgo pkg-config: --static seerflow
// #cgo LDFLAGS: -Wl,--as-needed -l:libseerflow.a -lpthread -ldl -lm
import "C"
