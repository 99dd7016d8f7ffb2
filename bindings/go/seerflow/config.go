package seerflow

// #include "calls.h"
import "C"

import "log/slog"

// Config has the options of a store that differ from their defaults, such as "storage.sqlite_path". [Options] lists all options.
type Config map[string]string

// Option is one option of the library.
type Option struct {
	// Key is its name, as in [Config].
	Key string
	// Default is its value if it is not set.
	Default string
	// Doc is a description of one sentence.
	Doc string
}

// Options lists every option.
func Options() []Option {
	options := make([]Option, C.seerflow_config_option_count())
	for i := range options {
		var key, value, doc *C.char
		C.seerflow_config_option_at(C.size_t(i), &key, &value, &doc, nil)
		options[i] = Option{C.GoString(key), C.GoString(value), C.GoString(doc)}
	}
	return options
}

// Version returns the version of the library that the program runs with.
func Version() string { return C.GoString(C.seerflow_version()) }

// OpenOptions are settings of [New] and [Open] beside the [Config], which overrides them.
type OpenOptions struct {
	// File is a YAML file with a storage section, such as Seerflow's seerflow.yaml. None if empty.
	File string
	// Environment reads options from the environment, which override those of File: SEERFLOW_STORAGE_DURABILITY sets storage.durability.
	Environment bool
	// ReadOnly opens the database for reading. Nothing is created or changed, and writes fail with [ErrPermission].
	ReadOnly bool
	// MustExist makes opening a database that does not exist fail with [ErrNotFound], instead of creating it.
	MustExist bool
	// Shared makes all stores of this process that name the same database, and have this option, one store. Their other options must be
	// equal. Closing the last of them closes the shared store.
	Shared bool
	// Logger gets the log records of the library, of the levels that it enables. Records that come faster than it takes them are dropped. A
	// shared store logs to the Logger of the Store that was created first, until that Store is closed.
	Logger *slog.Logger
}

// An OpenOption changes [OpenOptions].
type OpenOption func(*OpenOptions)

// FromFile sets [OpenOptions.File].
func FromFile(path string) OpenOption { return func(o *OpenOptions) { o.File = path } }

// FromEnvironment sets [OpenOptions.Environment].
func FromEnvironment() OpenOption { return func(o *OpenOptions) { o.Environment = true } }

// ReadOnly sets [OpenOptions.ReadOnly].
func ReadOnly() OpenOption { return func(o *OpenOptions) { o.ReadOnly = true } }

// MustExist sets [OpenOptions.MustExist].
func MustExist() OpenOption { return func(o *OpenOptions) { o.MustExist = true } }

// Shared sets [OpenOptions.Shared].
func Shared() OpenOption { return func(o *OpenOptions) { o.Shared = true } }

// Logger sets [OpenOptions.Logger].
func Logger(logger *slog.Logger) OpenOption { return func(o *OpenOptions) { o.Logger = logger } }

// load sets the options of the file, the environment and the other settings.
func (o *OpenOptions) load(settings *C.seerflow_config) error {
	var details *C.seerflow_error
	if o.File != "" {
		var held texts
		defer held.free()
		path := held.always(o.File)
		if err := held.failure(); err != nil {
			return err
		}
		if err := check(C.seerflow_config_load_file(settings, path, &details), &details); err != nil {
			return err
		}
	}
	if o.Environment {
		if err := check(C.seerflow_config_load_env(settings, &details), &details); err != nil {
			return err
		}
	}
	for key, isSet := range map[string]bool{"storage.read_only": o.ReadOnly, "storage.must_exist": o.MustExist} {
		if !isSet {
			continue
		}
		if err := set(settings, key, "true"); err != nil {
			return err
		}
	}
	return nil
}

func set(settings *C.seerflow_config, key, value string) error {
	var held texts
	defer held.free()
	k, v := held.always(key), held.always(value)
	if err := held.failure(); err != nil {
		return err
	}
	// The library treats an empty path as one that is not set. An explicitly empty path is usually an environment variable that is not set.
	if value == "" && (key == "storage.sqlite_path" || key == "storage.data_dir") {
		return &Error{Kind: ErrConfig, Message: key + " is empty"}
	}
	var details *C.seerflow_error
	return check(C.seerflow_config_set(settings, k, v, &details), &details)
}
