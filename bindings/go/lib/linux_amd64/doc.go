// Package linux_amd64 is the place of the static C library for Linux on x86-64, which released modules contain.
package linux_amd64
