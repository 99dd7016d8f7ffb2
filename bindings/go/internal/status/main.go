// Command status generates the constants for the kinds of failures from seerflow.h.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"log"
	"os"
	"regexp"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: status HEADER OUTPUT")
	}
	header, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	source, err := Generate(header)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(os.Args[2], source, 0o644); err != nil {
		log.Fatal(err)
	}
}

var member = regexp.MustCompile(`(?s)/\*\*(.*?)\*/\s*SEERFLOW_STATUS_([A-Z_]+) = (\d+),`)

// Generate returns the Go source of the kinds in a header.
func Generate(header []byte) ([]byte, error) {
	_, rest, found := bytes.Cut(header, []byte("typedef enum seerflow_status "))
	rest, _, ended := bytes.Cut(rest, []byte("} seerflow_status;"))
	if !found || !ended {
		return nil, fmt.Errorf("the header has no enum seerflow_status")
	}
	var out bytes.Buffer
	out.WriteString("// Code generated from seerflow.h by internal/status; DO NOT EDIT.\n\n//go:build cgo\n\npackage seerflow\n\n")
	out.WriteString("// The kinds of failures. A later library may return kinds that are not listed here.\nconst (\n")
	for _, found := range member.FindAllSubmatch(rest, -1) {
		name := camel(string(found[2]))
		if name == "Ok" {
			continue
		}
		doc := strings.Join(strings.Fields(strings.ReplaceAll(string(found[1]), "*", "")), " ")
		fmt.Fprintf(&out, "\t// %s\n\tErr%s Kind = %s\n", doc, name, found[3])
	}
	out.WriteString(")\n")
	return format.Source(out.Bytes())
}

func camel(name string) string {
	if name == "IO" {
		return name
	}
	var out strings.Builder
	for part := range strings.SplitSeq(strings.ToLower(name), "_") {
		out.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return out.String()
}
