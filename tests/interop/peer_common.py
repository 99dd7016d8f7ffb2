"""Shared by the parts of ``peer.py``: JSON values and Seerflow's storage."""

import base64
import contextlib
import datetime
import json
import math
import os
import uuid

import msgspec

from seerflow.config import StorageConfig
from seerflow.models import TimeRange
from seerflow.storage.factory import connect_storage

MIN_NS = -(2**63)
MAX_NS = 2**63 - 1
ALL_TIME = TimeRange(start_ns=MIN_NS, end_ns=MAX_NS)


def to_json(value):
    """Converts a decoded msgpack value to one that JSON can represent."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bin": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, msgspec.msgpack.Ext):
        data = base64.b64encode(bytes(value.data)).decode()
        return {"$ext": [value.code, data]}
    if isinstance(value, datetime.datetime):
        return {"$time": value.isoformat()}
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": str(value)}
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {key: to_json(item) for key, item in value.items()}
        return {"$map": [[to_json(k), to_json(v)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return value


def from_json(value):
    """The inverse of ``to_json``."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (key, inner), = value.items()
        if key == "$bin":
            return base64.b64decode(inner)
        if key == "$ext":
            return msgspec.msgpack.Ext(inner[0], base64.b64decode(inner[1]))
        if key == "$time":
            return datetime.datetime.fromisoformat(inner)
        if key == "$float":
            return float(inner)
        if key == "$map":
            return {from_json(k): from_json(v) for k, v in inner}
    return {key: from_json(item) for key, item in value.items()}


def read_ndjson(path):
    """The JSON objects of a file, one per line; empty lines are skipped."""
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def time_range(start, end):
    """The range with missing ends filled in; ``None`` if both are missing."""
    if start is None and end is None:
        return None
    return TimeRange(start_ns=MIN_NS if start is None else start,
                     end_ns=MAX_NS if end is None else end)


def configuration(db):
    """The ``storage`` section of Seerflow's configuration, for a file or a
    PostgreSQL address."""
    if db.startswith("postgresql://"):
        return {"backend": "postgresql", "postgresql_url": db}
    return {"backend": "sqlite", "sqlite_path": os.path.abspath(db)}


def size(db):
    """Bytes of the file; 0 for a database on a server."""
    return 0 if db.startswith("postgresql://") else os.path.getsize(db)


@contextlib.asynccontextmanager
async def storage(db):
    """Seerflow's storage on the database, closed at the end as by Seerflow."""
    store = await connect_storage(StorageConfig(**configuration(db)))
    try:
        yield store
    finally:
        await store.close()
