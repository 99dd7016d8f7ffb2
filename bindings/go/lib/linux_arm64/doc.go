// Package linux_arm64 is the place of the static C library for Linux on 64-bit ARM, which released modules contain.
package linux_arm64
