package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Checks that OpenTelemetry's builder produces the collector that is tested here.
func TestTheBuilderConfigHasTheModulesOfMain(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	manifest, module, program := read("builder-config.yaml"), read("go.mod"), read("main.go")
	components := regexp.MustCompile(`- gomod: (\S+) (\S+)`).FindAllStringSubmatch(manifest, -1)
	if len(components) != 6 {
		t.Errorf("%d components", len(components))
	}
	for _, component := range components {
		if !strings.Contains(module, component[1]+" "+component[2]) || !strings.Contains(program, `"`+component[1]+`"`) {
			t.Errorf("%s %s differs from main.go", component[1], component[2])
		}
	}
}
