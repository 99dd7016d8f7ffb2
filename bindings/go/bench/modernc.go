//go:build modernc

package main

import _ "modernc.org/sqlite"

func init() { drivers = append(drivers, [2]string{"sqlite", "modernc.org/sqlite"}) }
