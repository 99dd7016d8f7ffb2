package otelexporter

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
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
	// PostgreSQL is the server, instead of the option postgresql_url.
	PostgreSQL PostgreSQL `mapstructure:"postgresql"`
	// File is a YAML file with a storage section, such as Seerflow's. The other options override those of the file.
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

// PostgreSQL has the parts of a connection string, and the schema. Missing parts come from libpq's variables (PGHOST ...) and password file.
type PostgreSQL struct {
	// Host is a name, an address, or the directory of a socket.
	Host string `mapstructure:"host"`
	// Port is the port of the server.
	Port uint16 `mapstructure:"port"`
	// Database is the name of the database.
	Database string `mapstructure:"database"`
	// User is the name of the role.
	User string `mapstructure:"user"`
	// Password is the password of the role.
	Password configopaque.String `mapstructure:"password"`
	// Schema is the schema of the tables, created if missing.
	Schema string `mapstructure:"schema"`
	// SSLMode is disable, prefer, require, verify-ca or verify-full.
	SSLMode string `mapstructure:"sslmode"`
}

// conninfo returns the connection string.
func (p *PostgreSQL) conninfo() string {
	var parts []string
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+"='"+quote.Replace(value)+"'")
		}
	}
	add("host", p.Host)
	if p.Port != 0 {
		add("port", strconv.Itoa(int(p.Port)))
	}
	add("dbname", p.Database)
	add("user", p.User)
	add("password", string(p.Password))
	add("sslmode", p.SSLMode)
	return strings.Join(parts, " ")
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

// Validate refuses invalid options, a configuration without a location, and settings by which a record could be stored twice.
func (c *Config) Validate() error {
	hasServer := c.PostgreSQL != PostgreSQL{}
	for _, key := range places {
		if value, isSet := c.Storage[key]; isSet && value == "" {
			return fmt.Errorf("storage::%s is empty", key)
		}
	}
	named := func(key string) bool { return c.Storage[key] != "" }
	switch {
	case hasServer && slices.ContainsFunc(places, named):
		return fmt.Errorf("postgresql and storage::%s both set the location of the store", strings.Join(places, ", storage::"))
	case !hasServer && c.File == "" && !slices.ContainsFunc(places, named):
		return fmt.Errorf("one of postgresql, file, storage::%s must set the location of the store", strings.Join(places, ", storage::"))
	}
	if queue := c.QueueConfig.Get(); queue != nil && queue.Batch.HasValue() {
		return errors.New("sending_queue::batch is not supported: after a restart it would split the same records into other batches, which would be stored twice; use a batch processor before the exporter")
	}
	// A store checks its options when it is made. It opens nothing.
	store, err := c.store()
	if err != nil {
		return err
	}
	return store.Close()
}

// store makes the store without opening it.
func (c *Config) store() (*seerflow.Store, error) {
	options := seerflow.Config{}
	if c.PostgreSQL != (PostgreSQL{}) {
		options["storage.postgresql_url"] = c.PostgreSQL.conninfo()
		if c.PostgreSQL.Schema != "" {
			options["storage.postgresql_schema"] = c.PostgreSQL.Schema
		}
	}
	for key, value := range c.Storage {
		options["storage."+key] = string(value)
	}
	if options["storage.postgresql_url"] != "" && options["storage.backend"] == "" {
		options["storage.backend"] = "postgresql"
	}
	var from []seerflow.OpenOption
	if c.File != "" {
		from = append(from, seerflow.FromFile(c.File))
	}
	return seerflow.New(options, from...)
}
