"""Makes bzip2 files for the tests. Run: python3 connectors/filesystem/test/corpus/make.py"""
import bz2, os

here = os.path.dirname(os.path.abspath(__file__))
text = "\n".join(f"row {i} {'x' * (i % 90)}" for i in range(5000)).encode()
files = {
    "rows": bz2.compress(text, 1) + bz2.compress(b"\nlast"),
    "bomb": bz2.compress(("x" * 99999 + "\n").encode() * 600),
    "empty": bz2.compress(b""),
}
for name, content in files.items():
    with open(os.path.join(here, name + ".line.bz2"), "wb") as out:
        out.write(content)
