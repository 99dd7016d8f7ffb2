package otelexporter

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/libseerflow/libseerflow/bindings/go"
)

// Config is the exporter's section of the collector's configuration.
type Config struct {
	// Storage has the store's options, without "storage." in front: sqlite_path, durability, postgresql_url.
	Storage Options `mapstructure:"storage"`
	// File is a YAML file with a storage section, such as Seerflow's own; what Storage has replaces what it has.
	File string `mapstructure:"file"`
	// SourceType is that of records whose resource has no service.name; "otlp" if empty.
	SourceType string `mapstructure:"source_type"`

	TimeoutConfig exporterhelper.TimeoutConfig                             `mapstructure:",squash"`
	QueueConfig   configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	RetryConfig   configretry.BackOffConfig                                `mapstructure:"retry_on_failure"`
}

// Options are options of the store. They are not shown: a connection string holds a password.
type Options map[string]configopaque.String

// Unmarshal takes numbers and booleans for texts.
func (o *Options) Unmarshal(section *confmap.Conf) error {
	*o = Options{}
	for key, value := range section.ToStringMap() {
		(*o)[key] = configopaque.String(fmt.Sprint(value))
	}
	return nil
}

func defaultConfig() component.Config {
	return &Config{
		TimeoutConfig: exporterhelper.NewDefaultTimeoutConfig(),
		QueueConfig:   configoptional.Some(exporterhelper.NewDefaultQueueConfig()),
		RetryConfig:   configretry.NewDefaultBackOffConfig(),
	}
}

// places are the options that say where the store is.
var places = []string{"sqlite_path", "data_dir", "postgresql_url"}

// Validate refuses options that the store does not know, a store that is nowhere, and what could store a record twice.
func (c *Config) Validate() error {
	known := map[string]bool{}
	for _, option := range seerflow.Options() {
		known[strings.TrimPrefix(option.Key, "storage.")] = true
	}
	for _, key := range slices.Sorted(maps.Keys(c.Storage)) {
		if !known[key] {
			return fmt.Errorf("storage::%s is not an option", key)
		}
		if c.Storage[key] == "" && slices.Contains(places, key) {
			return fmt.Errorf("storage::%s is empty", key)
		}
	}
	named := func(key string) bool { return c.Storage[key] != "" }
	if c.File == "" && !slices.ContainsFunc(places, named) {
		return fmt.Errorf("one of file, storage::%s must say where to store", strings.Join(places, ", storage::"))
	}
	if queue := c.QueueConfig.Get(); queue != nil && queue.Batch.HasValue() {
		return errors.New("sending_queue.batch would make other batches of the same records after a restart, and store them twice; batch in front of the exporter")
	}
	return nil
}
