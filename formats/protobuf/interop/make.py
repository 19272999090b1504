"""Makes what this folder holds with Google's protoc and Python library: the descriptor set of ../test/order.proto and messages with their JSON.

Usage: python make.py FOLDER
Needs: pip install grpcio-tools==1.85.1
"""
import json
import pathlib
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_tools import protoc
import grpc_tools

here = pathlib.Path(__file__).parent
out = pathlib.Path(sys.argv[1])
include = str(pathlib.Path(grpc_tools.__file__).parent / "_proto")
code = protoc.main([
    "protoc", f"-I{here.parent / 'test'}", f"-I{include}", "--include_imports",
    f"--descriptor_set_out={out / 'order.descriptor'}", "order.proto",
])
assert code == 0
files = descriptor_pb2.FileDescriptorSet.FromString((out / "order.descriptor").read_bytes())
pool = descriptor_pool.DescriptorPool()
for file in files.file:
    pool.Add(file)
Order = message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Order"))

messages = []
for i in range(60):
    order = Order(
        flag=i % 2 == 0, i32=i * 7 - 90, i64=(i - 30) * 2**57, u32=i * 71582788, u64=i * 2**58,
        s32=-i, s64=-i * 2**50, f32=i, f64=i * 3, sf32=-i, sf64=-i * 2**40, real=i / 4, precise=i / 3,
        text=f"text {i} é", blob=bytes([i, 0, 255]), state=[0, 1, -7][i % 3], number=i % 2,
        numbers=[i, -i, 2**60] if i % 3 else [], loose=list(range(-1, i % 4)),
        lines=[Order.Line(item=f"l{k}", count=-k, tags=["a"] * k) for k in range(i % 3)],
        prices={f"p{k}": k / 2 for k in range(i % 3)},
        states=[1, 0, -7][: i % 4],
    )
    if i % 4:
        order.line.item = f"one {i}"
        order.line.count = -(2**62)
    if i % 5:
        order.at.seconds = 1700000000 + i
        order.at.nanos = i
    if i % 2:
        order.word = "w"
    messages.append(order)

with open(out / "orders.bin", "wb") as file:
    for order in messages:
        data = order.SerializeToString(deterministic=True)
        file.write(struct.pack(">I", len(data)) + data)
with open(out / "orders.json", "w") as file:
    rows = [json_format.MessageToDict(one, preserving_proto_field_name=True) for one in messages]
    file.write("[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n")
