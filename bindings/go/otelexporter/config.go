package otelexporter

import (
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

// Config is the exporter's section of the collector's configuration.
type Config struct {
	// Storage has the store's options, without "storage." in front: sqlite_path, durability, postgresql_url.
	Storage map[string]string `mapstructure:"storage"`
	// File is a YAML file with a storage section, such as Seerflow's own; what Storage has replaces what it has.
	File string `mapstructure:"file"`
	// SourceType is that of records whose resource has no service.name; "otlp" if empty.
	SourceType string `mapstructure:"source_type"`

	TimeoutConfig exporterhelper.TimeoutConfig                             `mapstructure:",squash"`
	QueueConfig   configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	RetryConfig   configretry.BackOffConfig                                `mapstructure:"retry_on_failure"`
}

func defaultConfig() component.Config {
	return &Config{
		TimeoutConfig: exporterhelper.NewDefaultTimeoutConfig(),
		QueueConfig:   configoptional.Some(exporterhelper.NewDefaultQueueConfig()),
		RetryConfig:   configretry.NewDefaultBackOffConfig(),
	}
}

// Validate refuses what could store a record twice.
func (c *Config) Validate() error {
	if queue := c.QueueConfig.Get(); queue != nil && queue.Batch.HasValue() {
		return errors.New("sending_queue.batch would make other batches of the same records after a restart, and store them twice; batch in front of the exporter")
	}
	return nil
}
