package seerflow

// #include <stdlib.h>
// #include "calls.h"
import "C"

import (
	"strings"
	"unsafe"
)

// texts allocates C texts and frees them together. A C text ends at its first NUL, so a NUL inside a text is an error of the call.
type texts struct {
	made   []unsafe.Pointer
	hasNUL bool
}

// of returns NULL for an empty text.
func (t *texts) of(text string) *C.char {
	if text == "" {
		return nil
	}
	return t.always(text)
}

func (t *texts) always(text string) *C.char {
	t.hasNUL = t.hasNUL || strings.IndexByte(text, 0) >= 0
	made := C.CString(text)
	t.made = append(t.made, unsafe.Pointer(made))
	return made
}

// str makes a text with a length. An empty text is absent.
func (t *texts) str(text string) C.seerflow_str {
	return C.seerflow_str{data: t.of(text), len: C.size_t(len(text))}
}

func (t *texts) failure() error {
	if t.hasNUL {
		return &Error{Kind: ErrInvalid, Message: "a text contains a NUL"}
	}
	return nil
}

func (t *texts) free() {
	for _, made := range t.made {
		C.free(made)
	}
}
