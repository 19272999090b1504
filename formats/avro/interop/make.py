"""Makes the Avro files of this folder with fastavro, and checks files that Millrace wrote.

Usage: python make.py make FOLDER            writes FOLDER/*.avro and their rows as JSON
       python make.py read FILE              prints the rows of a file as JSON
Needs: pip install fastavro==1.13.1 python-snappy==0.7.3 backports.zstd
"""
import datetime
import decimal
import json
import sys
import uuid

import fastavro

SCHEMA = {
    "type": "record",
    "name": "sample.Row",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "name", "type": ["null", "string"]},
        {"name": "ratio", "type": "double"},
        {"name": "small", "type": "float"},
        {"name": "flag", "type": "boolean"},
        {"name": "data", "type": "bytes"},
        {"name": "color", "type": {"type": "enum", "name": "Color", "symbols": ["RED", "GREEN"]}},
        {"name": "code", "type": {"type": "fixed", "name": "Code", "size": 3}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "clock", "type": {"type": "int", "logicalType": "time-millis"}},
        {"name": "micros", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "wall", "type": {"type": "long", "logicalType": "local-timestamp-millis"}},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 4}},
        {"name": "key", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "tags", "type": {"type": "array", "items": ["null", "string"]}},
        {"name": "counts", "type": {"type": "map", "values": "int"}},
        {"name": "inner", "type": ["null", {"type": "record", "name": "Inner", "fields": [
            {"name": "x", "type": "int"},
            {"name": "mixed", "type": ["null", "int", "string"]},
        ]}]},
    ],
}

START = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc)


def row(i):
    return {
        "id": (i - 50) * 2**55 if i % 7 == 0 else i,
        "name": None if i % 5 == 0 else f"name {i} é",
        "ratio": i / 3,
        "small": i / 4,
        "flag": i % 2 == 0,
        "data": bytes(range(i % 5)),
        "color": "RED" if i % 3 else "GREEN",
        "code": bytes([i % 256, 0, 255]),
        "day": datetime.date(1970, 1, 1) + datetime.timedelta(days=i * 100 - 3000),
        "clock": datetime.time(i % 24, i % 60, 0, 5000),
        "micros": START + datetime.timedelta(microseconds=i * 1234567),
        "wall": datetime.datetime(2020, 1, 1, 0, 0, i % 60),
        "price": decimal.Decimal(i * 123457 - 5000000).scaleb(-4),
        "key": uuid.UUID(int=i),
        "tags": [None if k == 1 else f"t{k}" for k in range(i % 4)],
        "counts": {f"k{k}": k * i for k in range(i % 3)},
        "inner": None if i % 4 == 0 else {"x": i, "mixed": [None, i, f"m{i}"][i % 3]},
    }


def plain(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (datetime.date, datetime.time, uuid.UUID, decimal.Decimal)):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53 else value


def make(folder):
    rows = [row(i) for i in range(300)]
    for codec in ["null", "deflate", "snappy", "zstandard"]:
        with open(f"{folder}/fastavro-{codec}.avro", "wb") as out:
            fastavro.writer(out, SCHEMA, rows, codec=codec, sync_interval=4000)
    with open(f"{folder}/fastavro.json", "w") as out:
        out.write("[\n" + ",\n".join(json.dumps(plain(one), ensure_ascii=False) for one in rows) + "\n]\n")


def read(path):
    with open(path, "rb") as file:
        print(json.dumps([plain(one) for one in fastavro.reader(file)], ensure_ascii=False))


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    read(sys.argv[2])
