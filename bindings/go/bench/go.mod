module github.com/libseerflow/libseerflow/bindings/go/bench

go 1.24

replace github.com/libseerflow/libseerflow/bindings/go => ../

require (
	github.com/google/uuid v1.6.0
	github.com/libseerflow/libseerflow/bindings/go v0.0.0
	github.com/mattn/go-sqlite3 v1.14.53
	github.com/vmihailenco/msgpack/v5 v5.4.1
)

require github.com/vmihailenco/tagparser/v2 v2.0.0 // indirect
