//go:build !seerflow_static

package seerflow

// #cgo pkg-config: seerflow
import "C"
