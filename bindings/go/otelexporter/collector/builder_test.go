package main

import (
	"os"
	"os/exec"
	"path/filepath"
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
	if len(components) != 7 {
		t.Errorf("%d components", len(components))
	}
	for _, component := range components {
		if !strings.Contains(module, component[1]+" "+component[2]) || !strings.Contains(program, `"`+component[1]+`"`) {
			t.Errorf("%s %s differs from main.go", component[1], component[2])
		}
	}
}

// Checks the configuration in the exporter's README, with a receiver and a directory of this test.
func TestTheReadmeIsValid(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(readme), "```yaml\n")
	block, _, isThere := strings.Cut(block, "```")
	path, err := binary()
	if err != nil || !isThere {
		t.Fatal(isThere, err)
	}
	rest := "{extensions: {file_storage: {directory: " + t.TempDir() + "}}, receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:1}}}}, " +
		"service: {extensions: [file_storage], pipelines: {logs: {receivers: [otlp], exporters: [seerflow]}}}}"
	validate := exec.Command(path, "validate", "--config", "env:README", "--config", "env:REST")
	validate.Env = append(os.Environ(), "README="+block, "REST="+rest)
	if output, err := validate.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}

// The command "validate" checks the values of options too, and opens nothing.
func TestTheExamplesAreValid(t *testing.T) {
	examples, err := filepath.Glob("examples/*.yaml")
	if err != nil || len(examples) != 3 {
		t.Fatal(examples, err)
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, example := range examples {
		// A further source of configuration, which overrides the example.
		for override, isValid := range map[string]bool{"{}": true, "exporters: {seerflow: {storage: {durability: forever}}}": false} {
			validate := exec.Command(path, "validate", "--config", example, "--config", "env:OVERRIDE")
			validate.Env = append(os.Environ(), "QUEUE_DIR="+folder, "SEERFLOW_DB="+filepath.Join(folder, "x.db"), "OTLP=127.0.0.1:1", "SYSLOG_TCP=127.0.0.1:1", "SYSLOG_UDP=127.0.0.1:1",
				"LOG_FILES=x.log", "HOST_NAME=h", "POSTGRES_HOST=h", "POSTGRES_DATABASE=d", "POSTGRES_USER=u", "POSTGRES_PASSWORD=p", "POSTGRES_SCHEMA=s", "OVERRIDE="+override)
			output, err := validate.CombinedOutput()
			if (err == nil) != isValid || !isValid && !strings.Contains(string(output), "durability") {
				t.Errorf("%s: %v: %s", example, err, output)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "x.db")); err == nil {
		t.Error("validate created the database")
	}
}
