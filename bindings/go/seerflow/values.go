//go:build cgo

package seerflow

import (
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
)

// appendOther appends a value of a type that appendValue does not know. Like the handlers of log/slog, it calls the methods by which a
// type writes itself to a log; a type that hides a secret there stays hidden here.
func appendOther(out []byte, value any, depth int) (result []byte) {
	defer func() {
		if cause := recover(); cause != nil {
			result = appendText(out, panicText(value, cause))
		}
	}()
	switch v := value.(type) {
	case slog.LogValuer:
		return appendValue(out, slog.AnyValue(v).Resolve().Any(), depth+1)
	case slog.Value:
		return appendValue(out, v.Resolve().Any(), depth+1)
	case []slog.Attr:
		return appendAttrs(out, v, depth)
	case json.Number:
		return appendNumber(out, v)
	case json.Marshaler:
		return appendJSON(out, v, depth)
	case error:
		return appendText(out, v.Error())
	case encoding.TextMarshaler:
		text, err := v.MarshalText()
		if err != nil {
			return appendText(out, "!ERROR:"+err.Error())
		}
		return appendText(out, string(text))
	case fmt.Stringer:
		return appendText(out, v.String())
	}
	return appendKind(out, reflect.ValueOf(value), depth)
}

// appendKind appends a value without such methods by its kind. The elements of lists and maps may have such methods.
func appendKind(out []byte, v reflect.Value, depth int) []byte {
	switch v.Kind() {
	case reflect.Bool:
		return appendValue(out, v.Bool(), depth)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return appendInt(out, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return appendValue(out, v.Uint(), depth)
	case reflect.Float32, reflect.Float64:
		return appendFloat(out, v.Float())
	case reflect.String:
		return appendText(out, v.String())
	case reflect.Pointer:
		if v.IsNil() {
			return append(out, 0xc0)
		}
		return appendValue(out, v.Elem().Interface(), depth+1)
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			return appendBytes(out, v.Bytes())
		}
		out = appendHeader(out, v.Len(), 0x90, 15, 0xdc)
		for i := range v.Len() {
			out = appendValue(out, v.Index(i).Interface(), depth+1)
		}
		return out
	case reflect.Map:
		if v.Type().Key().Kind() != reflect.String {
			break
		}
		out = appendHeader(out, v.Len(), 0x80, 15, 0xde)
		for pairs := v.MapRange(); pairs.Next(); {
			out = appendValue(appendText(out, pairs.Key().String()), pairs.Value().Interface(), depth+1)
		}
		return out
	}
	return appendJSON(out, v.Interface(), depth)
}

// appendAttrs appends the attributes of a group as a map.
func appendAttrs(out []byte, attrs []slog.Attr, depth int) []byte {
	out = appendHeader(out, len(attrs), 0x80, 15, 0xde)
	for _, attr := range attrs {
		out = appendValue(appendText(out, attr.Key), attr.Value.Resolve().Any(), depth+1)
	}
	return out
}

// appendJSON appends what encoding/json makes of a value.
func appendJSON(out []byte, value any, depth int) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		return appendText(out, "!ERROR:"+err.Error())
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var decoded any
	if err := decoder.Decode(&decoded); err != nil {
		return appendText(out, "!ERROR:"+err.Error())
	}
	return appendValue(out, decoded, depth+1)
}

// appendNumber appends a number of a JSON text. One that fits no integer is a float.
func appendNumber(out []byte, number json.Number) []byte {
	if value, err := number.Int64(); err == nil {
		return appendInt(out, value)
	}
	if value, err := strconv.ParseUint(number.String(), 10, 64); err == nil {
		return appendValue(out, value, 0)
	}
	if value, err := number.Float64(); err == nil {
		return appendFloat(out, value)
	}
	return appendText(out, number.String())
}

// panicText returns the text of a value whose method panicked. A method of a nil pointer is the usual cause.
func panicText(value, cause any) string {
	if v := reflect.ValueOf(value); v.Kind() == reflect.Pointer && v.IsNil() {
		return "<nil>"
	}
	return fmt.Sprintf("!PANIC: %v", cause)
}
