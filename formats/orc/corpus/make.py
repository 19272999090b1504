"""Makes the corpus: small ORC files by Apache ORC's C++ library (through pyarrow and pyorc), and what they hold as JSON beside them.

Run: python3 -m venv /tmp/orc && /tmp/orc/bin/pip install pyarrow==26.0.1 pyorc==0.12.0 && /tmp/orc/bin/python formats/orc/corpus/make.py
Values in the JSON are in the form of the conformance suite: BIGINT and DECIMAL (unscaled) as {"n": "…"}, bytes in hex, timestamps
as [millis, nanos], ROW and ARRAY as arrays, MAP as an array of pairs.
"""
import datetime, decimal, json, os, random
import pyarrow as pa, pyarrow.orc as orc
import pyorc
from zoneinfo import ZoneInfo

here = os.path.dirname(os.path.abspath(__file__))
random.seed(7)


def n(value):
    return None if value is None else {"n": str(value)}


def note(name, columns):
    expected = {"columns": [{"name": k, "type": t, "values": v} for k, (t, v) in columns.items()]}
    with open(os.path.join(here, name + ".json"), "w") as out:
        json.dump(expected, out, separators=(",", ":"))


def save(name, columns, **options):
    """columns: name -> (arrow array, SQL type, expected values)"""
    table = pa.table({k: v[0] for k, v in columns.items()})
    orc.write_table(table, os.path.join(here, name + ".orc"), **options)
    note(name, {k: (v[1], v[2]) for k, v in columns.items()})


def some(values, every=7):
    return [None if i % every == 3 else v for i, v in enumerate(values)]


def longs(N):
    """All kinds of runs: constant, steps, small, wide, outliers, the ends of the range."""
    parts = [7] * 40 + list(range(0, 900, 3)) + [5000 - i for i in range(100)]
    parts += [random.randrange(100) for _ in range(300)]
    parts += [random.randrange(-2**40, 2**40) for _ in range(100)]
    parts += [random.randrange(-2**63, 2**63) for _ in range(60)]
    parts += [10000 + random.randrange(200) if i % 50 else 2**35 + i for i in range(400)]
    parts += [-2**63, 2**63 - 1, 0, -1, 2**52, 2**52 + 1, -2**52 - 1] * 3
    parts += [2**62 + i * 5 for i in range(60)] + [i * i for i in range(150)]
    return (parts * (N // len(parts) + 1))[:N]


def flat(N=1600):
    wide = some(longs(N))
    ints = some([(i * 7919) % 100003 - 50000 for i in range(N)])
    shorts = some([i % 300 - 150 for i in range(N)])
    bytes_ = some([i * 31 % 256 - 128 if i % 100 > 40 else 3 for i in range(N)])
    flags = some([i % 3 == 0 or 200 < i < 400 for i in range(N)])
    floats = some([i / 8 for i in range(N)])
    doubles = some([i / 3 for i in range(N)])
    codes = some([f"value {i % 13}" for i in range(N)])
    texts = some([f"ä{i}" * (i % 4) for i in range(N)])
    raw = some([bytes([i % 256, 255 - i % 256]) * (i % 3) for i in range(N)])
    price = some([decimal.Decimal(i * 37 - 9000) / 100 for i in range(N)])
    huge = some([decimal.Decimal(random.randrange(-10**37, 10**37)).scaleb(-10) for i in range(N)])
    days = some([i * 40 - 20000 for i in range(N)])
    nanos = some([(i - 800) * 86400_000_000_000 * 11 + i * 123456789 % 10**9 // 10**(i % 9) * 10**(i % 9) for i in range(N)])
    at = [None if v is None else [v // 1000000, v % 1000000] for v in nanos]
    epoch = datetime.date(1970, 1, 1)
    context = decimal.Context(prec=50)
    return {
        "big": (pa.array(wide, pa.int64()), "BIGINT", [n(v) for v in wide]),
        "int": (pa.array(ints, pa.int32()), "INT", ints),
        "small": (pa.array(shorts, pa.int16()), "SMALLINT", shorts),
        "tiny": (pa.array(bytes_, pa.int8()), "TINYINT", bytes_),
        "flag": (pa.array(flags, pa.bool_()), "BOOLEAN", flags),
        "float": (pa.array(floats, pa.float32()), "FLOAT", floats),
        "double": (pa.array(doubles, pa.float64()), "DOUBLE", doubles),
        "code": (pa.array(codes), "STRING", codes),
        "text": (pa.array(texts), "STRING", texts),
        "raw": (pa.array(raw, pa.binary()), "BYTES", [None if v is None else v.hex() for v in raw]),
        "price": (pa.array(price, pa.decimal128(12, 2)), "DECIMAL(12, 2)", [None if v is None else n(int(v.scaleb(2, context))) for v in price]),
        "huge": (pa.array(huge, pa.decimal128(38, 10)), "DECIMAL(38, 10)", [None if v is None else n(int(v.scaleb(10, context))) for v in huge]),
        "day": (pa.array([None if v is None else epoch + datetime.timedelta(v) for v in days], pa.date32()), "DATE", days),
        "at": (pa.array(nanos, pa.timestamp("ns")), "TIMESTAMP(9)", at),
        "seen": (pa.array(nanos, pa.timestamp("ns", "UTC")), "TIMESTAMP_LTZ(9)", at),
    }


def nested(N=300):
    lists = some([[None if k == 2 else i + k for k in range(i % 5)] for i in range(N)])
    deep = some([[None if k == 1 else [f"t{j}" for j in range(k)] for k in range(i % 4)] for i in range(N)])
    maps = some([[(k, None if k == 1 else f"v{i}") for k in range(i % 3)] for i in range(N)])
    rows = some([{"x": None if i % 5 == 0 else i, "y": None if i % 6 == 0 else {"z": None if i % 4 == 0 else f"z{i}"}} for i in range(N)])
    pairs = some([[{"a": k, "b": None if k == 1 else list(range(k))} for k in range(i % 4)] for i in range(N)])
    plain = lambda r: None if r is None else [r["x"], None if r["y"] is None else [r["y"]["z"]]]
    return {
        "ints": (pa.array(lists, pa.list_(pa.int32())), "ARRAY<INT>", lists),
        "deep": (pa.array(deep, pa.list_(pa.list_(pa.string()))), "ARRAY<ARRAY<STRING>>", deep),
        "map": (pa.array(maps, pa.map_(pa.int32(), pa.string())), "MAP<INT, STRING>", [None if m is None else [list(e) for e in m] for m in maps]),
        "row": (pa.array(rows, pa.struct([("x", pa.int32()), ("y", pa.struct([("z", pa.string())]))])), "ROW<x INT, y ROW<z STRING>>", [plain(r) for r in rows]),
        "pairs": (pa.array(pairs, pa.list_(pa.struct([("a", pa.int32()), ("b", pa.list_(pa.int32()))]))), "ARRAY<ROW<a INT, b ARRAY<INT>>>",
                  [None if p is None else [[e["a"], e["b"]] for e in p] for p in pairs]),
    }


def zoned(name, zone, N=900):
    tz = ZoneInfo(zone)
    start = datetime.datetime(1968, 1, 1, 5, 6, 7, 891000)
    walls = some([start + datetime.timedelta(days=37 * i % 24000, microseconds=i * 1007) for i in range(N)])
    wall = lambda v: None if v is None else (lambda d: [d.days * 86400000 + d.seconds * 1000 + d.microseconds // 1000, d.microseconds % 1000 * 1000])(v - datetime.datetime(1970, 1, 1))
    texts = some([f"text {i}" for i in range(N)])
    with open(os.path.join(here, name + ".orc"), "wb") as out:
        writer = pyorc.Writer(out, "struct<text:varchar(20),at:timestamp>", stripe_size=4096, batch_size=100, row_index_stride=1000,
                              compression=pyorc.CompressionKind.NONE, timezone=tz)
        for i in range(N):
            writer.write((texts[i], None if walls[i] is None else walls[i].replace(tzinfo=tz)))
        writer.close()
    note(name, {"text": ("VARCHAR(20)", texts), "at": ("TIMESTAMP(6)", [wall(v) for v in walls])})


for codec in ["uncompressed", "zlib", "snappy", "zstd", "lz4"]:
    random.seed(7)
    save(f"flat-{codec}", flat(), compression=codec, dictionary_key_size_threshold=0.5, compression_block_size=65536)
    os.replace(os.path.join(here, f"flat-{codec}.json"), os.path.join(here, "flat.json"))
save("nested", nested(), compression="zstd", dictionary_key_size_threshold=0.9, stripe_size=4096)
save("empty", {k: (v[0].slice(0, 0), v[1], []) for k, v in flat(100).items()})
random.seed(7)
save("flat-v1-runs", flat(), compression="zlib", dictionary_key_size_threshold=0.5, file_version="0.11")
os.remove(os.path.join(here, "flat-v1-runs.json"))
zoned("zone", "America/New_York")
