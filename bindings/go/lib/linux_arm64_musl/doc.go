// Package linux_arm64_musl is the place of the static C library for Linux with musl on 64-bit ARM, which released modules contain.
package linux_arm64_musl
