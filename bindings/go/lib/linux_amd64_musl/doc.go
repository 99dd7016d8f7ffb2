// Package linux_amd64_musl is the place of the static C library for Linux with musl on x86-64, which released modules contain.
package linux_amd64_musl
