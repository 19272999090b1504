"""Makes the corpus: small Parquet files by Apache Arrow, and what they hold as JSON beside them.

Run: python3 -m venv /tmp/arrow && /tmp/arrow/bin/pip install pyarrow==26.0.1 && /tmp/arrow/bin/python formats/parquet/corpus/make.py
Values in the JSON are in the form of the conformance suite: BIGINT and DECIMAL (unscaled) as {"n": "…"}, bytes in hex, timestamps
as [millis, nanos], ROW and ARRAY as arrays, MAP as an array of pairs.
"""
import datetime, decimal, json, os
import pyarrow as pa, pyarrow.parquet as pq

here = os.path.dirname(os.path.abspath(__file__))
N = 300


def n(value):
    return None if value is None else {"n": str(value)}


def time_of(nanos):
    return None if nanos is None else [nanos // 1000000, nanos % 1000000]


def save(name, columns, **options):
    """columns: name -> (arrow array, SQL type, expected values)"""
    table = pa.table({k: v[0] for k, v in columns.items()})
    pq.write_table(table, os.path.join(here, name + ".parquet"), **options)
    expected = {"columns": [{"name": k, "type": v[1], "values": v[2]} for k, v in columns.items()]}
    with open(os.path.join(here, name + ".json"), "w") as out:
        json.dump(expected, out, separators=(",", ":"))


def some(values, every=7):
    return [None if i % every == 3 else v for i, v in enumerate(values)]


def flat():
    ints = some([i * 7 - 900 for i in range(N)])
    longs = some([(i - 150) * 2**55 for i in range(N)])
    shorts = some([(i * 31) % 200 - 100 for i in range(N)])
    doubles = some([i / 3 for i in range(N)])
    texts = some([f"value {i % 13}" for i in range(N)])
    blobs = some([bytes([i % 256, 255]) for i in range(N)])
    flags = some([i % 3 == 0 for i in range(N)])
    days = some([i * 50 - 5000 for i in range(N)])
    nanos = some([(i - 150) * 86399999999999 for i in range(N)])
    micros = [None if v is None else v // 1000 for v in nanos]
    millis = [None if v is None else v // 1000000 for v in nanos]
    dec9 = some([decimal.Decimal(i * 1237 - 99999).scaleb(-2) for i in range(N)])
    dec18 = some([decimal.Decimal((i - 150) * 10**15).scaleb(-3) for i in range(N)])
    dec30 = some([decimal.Decimal((i - 150) * 10**26).scaleb(-5) for i in range(N)])
    clock = some([i * 250000 for i in range(N)])
    un = lambda values, scale: [n(None if v is None else int(v.scaleb(scale))) for v in values]
    as_ns = lambda values, unit: [time_of(None if v is None else v * unit) for v in values]
    unsigned = some([2**32 - 1 - i for i in range(N)])
    return {
        "i": (pa.array(ints, pa.int32()), "INT", ints),
        "wider": (pa.array(ints, pa.int32()), "BIGINT", [n(v) for v in ints]),
        "l": (pa.array(longs, pa.int64()), "BIGINT", [n(v) for v in longs]),
        "b": (pa.array(shorts, pa.int8()), "TINYINT", shorts),
        "u": (pa.array(unsigned, pa.uint32()), "BIGINT", [n(v) for v in unsigned]),
        "d": (pa.array(doubles, pa.float64()), "DOUBLE", doubles),
        "f": (pa.array([None if v is None else float(v) for v in ints], pa.float32()), "DOUBLE", ints),
        "s": (pa.array(texts), "STRING", texts),
        "y": (pa.array(blobs, pa.binary()), "BYTES", [None if v is None else v.hex() for v in blobs]),
        "y2": (pa.array(blobs, pa.binary(2)), "BYTES", [None if v is None else v.hex() for v in blobs]),
        "q": (pa.array(flags), "BOOLEAN", flags),
        "day": (pa.array(days, pa.date32()), "DATE", days),
        "tns": (pa.array(nanos, pa.timestamp("ns")), "TIMESTAMP(9)", as_ns(nanos, 1)),
        "tus": (pa.array(micros, pa.timestamp("us")), "TIMESTAMP(6)", as_ns(micros, 1000)),
        "tms": (pa.array(millis, pa.timestamp("ms", "UTC")), "TIMESTAMP_LTZ(3)", as_ns(millis, 1000000)),
        "tus3": (pa.array(micros, pa.timestamp("us")), "TIMESTAMP(3)", [None if v is None else [v // 1000, 0] for v in micros]),
        "clock": (pa.array(clock, pa.time32("ms")), "TIME(0)", clock),
        "clockus": (pa.array([None if v is None else v * 1000 for v in clock], pa.time64("us")), "TIME(0)", clock),
        "dec9": (pa.array(dec9, pa.decimal128(9, 2)), "DECIMAL(9, 2)", un(dec9, 2)),
        "dec18": (pa.array(dec18, pa.decimal128(18, 3)), "DECIMAL(18, 3)", un(dec18, 3)),
        "dec30": (pa.array(dec30, pa.decimal128(38, 5)), "DECIMAL(38, 5)", un(dec30, 5)),
    }


def nested():
    lists = some([[None if k == 1 else k * i for k in range(i % 4)] for i in range(N)])
    deep = some([[None if k == 2 else [f"{i}-{m}" for m in range(k)] for k in range(i % 4)] for i in range(N)])
    maps = some([[(k, f"v{k}" if k else None) for k in range(i % 3)] for i in range(N)])
    rows = some([{"x": None if i % 5 == 0 else i, "y": {"z": None if i % 2 else f"z{i}"}} for i in range(N)])
    of_rows = some([[None if k == 1 else {"a": k, "b": [k] * k} for k in range(i % 3)] for i in range(N)])
    pair = pa.struct([("x", pa.int32()), ("y", pa.struct([("z", pa.string())]))])
    item = pa.struct([("a", pa.int32()), ("b", pa.list_(pa.int32()))])
    return {
        "lists": (pa.array(lists, pa.list_(pa.int32())), "ARRAY<INT>", lists),
        "deep": (pa.array(deep, pa.list_(pa.list_(pa.string()))), "ARRAY<ARRAY<STRING>>", deep),
        "maps": (pa.array(maps, pa.map_(pa.int32(), pa.string())), "MAP<INT, STRING>",
                 [None if v is None else [list(p) for p in v] for v in maps]),
        "rows": (pa.array(rows, pair), "ROW<x INT, y ROW<z STRING>>",
                 [None if v is None else [v["x"], [v["y"]["z"]]] for v in rows]),
        "ofrows": (pa.array(of_rows, pa.list_(item)), "ARRAY<ROW<a INT, b ARRAY<INT>>>",
                   [None if v is None else [None if r is None else [r["a"], r["b"]] for r in v] for v in of_rows]),
    }


def encoded():
    columns = flat()
    picked = {k: columns[k] for k in ("i", "l", "d", "f", "s", "y", "y2", "q", "dec18")}
    encoding = {"i": "DELTA_BINARY_PACKED", "l": "DELTA_BINARY_PACKED", "d": "BYTE_STREAM_SPLIT", "f": "BYTE_STREAM_SPLIT",
                "s": "DELTA_BYTE_ARRAY", "y": "DELTA_LENGTH_BYTE_ARRAY", "y2": "BYTE_STREAM_SPLIT", "q": "RLE",
                "dec18": "DELTA_BYTE_ARRAY"}
    return picked, encoding


save("flat-v1-snappy", flat(), compression="snappy", row_group_size=128, write_batch_size=16, data_page_size=64)
save("flat-v2-zstd", flat(), compression="zstd", data_page_version="2.0", row_group_size=200, data_page_size=256, write_batch_size=16)
save("flat-plain-gzip", flat(), compression="gzip", use_dictionary=False, version="2.6")
save("flat-checked", flat(), compression="none", write_page_checksum=True)
int96 = {k: v for k, v in flat().items() if k in ("tns", "tus3")}
int96["t0"] = (int96["tns"][0], "TIMESTAMP(0)", [None if v is None else [v[0] // 1000 * 1000, 0] for v in int96["tns"][2]])
save("int96", int96, use_deprecated_int96_timestamps=True)
save("nested-v1", nested(), compression="zstd", row_group_size=128, data_page_size=64, write_batch_size=16)
save("nested-v2", nested(), compression="snappy", data_page_version="2.0")
columns, encoding = encoded()
save("encodings", columns, use_dictionary=False, column_encoding=encoding, version="2.6", compression="none")
save("empty", {"i": (pa.array([], pa.int32()), "INT", []), "s": (pa.array([], pa.string()), "STRING", [])})
save("brotli", {"i": (pa.array([1, 2], pa.int32()), "INT", [1, 2])}, compression="brotli")
packed = {"s": (pa.array([f"text {i % 7}" * 9 for i in range(200)]), "STRING", [f"text {i % 7}" * 9 for i in range(200)])}
save("lz4-raw", packed, compression="lz4", use_dictionary=False)
