module github.com/libseerflow/libseerflow/bindings/go/seerflowzap

go 1.24

require (
	github.com/libseerflow/libseerflow/bindings/go v1.0.0-rc.1
	go.uber.org/goleak v1.3.0
	go.uber.org/zap v1.28.0
)

require go.uber.org/multierr v1.10.0 // indirect

replace github.com/libseerflow/libseerflow/bindings/go => ../
