module github.com/libseerflow/libseerflow/bindings/go

go 1.24
