//go:build !seerflow_static && (seerflow_shared || !linux || !(amd64 || arm64))

package seerflow

// #cgo pkg-config: seerflow
import "C"
