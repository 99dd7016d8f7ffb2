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

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// Config is the section of the exporter in the collector's configuration.
type Config struct {
	// Storage has the options of the store, without the prefix "storage.": sqlite_path, durability, postgresql_url.
	Storage Options `mapstructure:"storage"`
	// File is a YAML file with a storage section, such as Seerflow's. Options in Storage override those of the file.
	File string `mapstructure:"file"`
	// SourceType is the source type of records whose resource has no service.name. "otlp" if empty.
	SourceType string `mapstructure:"source_type"`

	TimeoutConfig exporterhelper.TimeoutConfig                             `mapstructure:",squash"`
	QueueConfig   configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	RetryConfig   configretry.BackOffConfig                                `mapstructure:"retry_on_failure"`
}

// Options are options of the store. Their values are not printed, because a connection string contains a password.
type Options map[string]configopaque.String

// Unmarshal converts numbers and booleans to texts.
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

// places are the options that set the location of the store.
var places = []string{"sqlite_path", "data_dir", "postgresql_url"}

// Validate refuses unknown options, a configuration without a location, and settings by which a record could be stored twice.
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
		return fmt.Errorf("one of file, storage::%s must set the location of the store", strings.Join(places, ", storage::"))
	}
	if queue := c.QueueConfig.Get(); queue != nil && queue.Batch.HasValue() {
		return errors.New("sending_queue.batch is not supported: after a restart it would split the same records into other batches, which would be stored twice; use a batch processor before the exporter")
	}
	return nil
}
