/* Appends msgpack values to a string: https://github.com/msgpack/msgpack/blob/master/spec.md */

#ifndef SEERFLOW_MSGPACK_H_INCLUDED
#define SEERFLOW_MSGPACK_H_INCLUDED

#include <glib.h>
#include <string.h>

static inline void
_msgpack_append_be(GString *out, guint8 type, guint64 value, gsize bytes)
{
  guint64 be = GUINT64_TO_BE(value);

  g_string_append_c(out, (gchar) type);
  g_string_append_len(out, (const gchar *) &be + sizeof(be) - bytes, bytes);
}

static inline void
msgpack_append_nil(GString *out)
{
  g_string_append_c(out, (gchar) 0xc0);
}

static inline void
msgpack_append_boolean(GString *out, gboolean value)
{
  g_string_append_c(out, (gchar) (value ? 0xc3 : 0xc2));
}

static inline void
msgpack_append_int(GString *out, gint64 value)
{
  if (value >= 0 && value <= 0x7f)
    g_string_append_c(out, (gchar) value);
  else
    _msgpack_append_be(out, 0xd3, value, 8);
}

static inline void
msgpack_append_double(GString *out, gdouble value)
{
  guint64 bits;

  memcpy(&bits, &value, sizeof(bits));
  _msgpack_append_be(out, 0xcb, bits, 8);
}

static inline void
msgpack_append_text(GString *out, const gchar *text, gsize length)
{
  if (length < 32)
    g_string_append_c(out, (gchar) (0xa0 | length));
  else if (length <= G_MAXUINT8)
    _msgpack_append_be(out, 0xd9, length, 1);
  else if (length <= G_MAXUINT16)
    _msgpack_append_be(out, 0xda, length, 2);
  else
    _msgpack_append_be(out, 0xdb, length, 4);
  g_string_append_len(out, text, length);
}

/* A map or an array starts with the number of its items. msgpack_begin_*() returns the position of that number, and
 * msgpack_end() writes it. */

static inline gsize
msgpack_begin_map(GString *out)
{
  _msgpack_append_be(out, 0xdf, 0, 4);
  return out->len - 4;
}

static inline gsize
msgpack_begin_array(GString *out)
{
  _msgpack_append_be(out, 0xdd, 0, 4);
  return out->len - 4;
}

static inline void
msgpack_end(GString *out, gsize position, guint32 items)
{
  guint32 be = GUINT32_TO_BE(items);

  memcpy(out->str + position, &be, sizeof(be));
}

#endif
