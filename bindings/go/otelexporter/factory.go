package otelexporter

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/libseerflow/libseerflow/bindings/go/otelexporter/internal/metadata"
)

// NewFactory returns the factory of the exporter "seerflow".
func NewFactory() exporter.Factory { return newFactory(makeStore) }

func newFactory(open opener) exporter.Factory {
	create := func(ctx context.Context, set exporter.Settings, config component.Config) (exporter.Logs, error) {
		settings := config.(*Config)
		e, err := newLogs(settings, set, open)
		if err != nil {
			return nil, err
		}
		queued, err := exporterhelper.NewLogs(ctx, set, config, e.push,
			// The exporter changes requests: it adds names and observed times, and shortens uids.
			exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}),
			exporterhelper.WithStart(e.start),
			exporterhelper.WithShutdown(e.shutdown),
			exporterhelper.WithTimeout(settings.TimeoutConfig),
			exporterhelper.WithRetry(settings.RetryConfig),
			exporterhelper.WithQueue(settings.QueueConfig))
		if err != nil {
			return nil, err
		}
		return &receiving{Logs: queued, to: e}, nil
	}
	return exporter.NewFactory(metadata.Type, defaultConfig, exporter.WithLogs(create, metadata.LogsStability))
}
