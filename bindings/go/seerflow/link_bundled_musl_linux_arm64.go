//go:build !seerflow_static && !seerflow_shared && musl

package seerflow

// A released module contains the static library and its header. A checkout does not: use the tag seerflow_shared or seerflow_static there.

// #cgo CFLAGS: -I${SRCDIR}/../lib/linux_arm64_musl
// #cgo LDFLAGS: ${SRCDIR}/../lib/linux_arm64_musl/libseerflow.a -lpthread -ldl -lm
import "C"

// The import makes "go mod vendor" copy the library.
import _ "github.com/libseerflow/libseerflow/bindings/go/lib/linux_arm64_musl"
