"""Compares files that ours wrote with the corpus, by Apache ORC's C++ library.

Run: MILLRACE_ORC_OUT=/tmp/orc-out node --test formats/orc/test/rewrite.test.ts && /tmp/orc/bin/python formats/orc/corpus/judge.py /tmp/orc-out
"""
import glob, os, sys
import pyarrow as pa, pyarrow.orc as orc

here = os.path.dirname(os.path.abspath(__file__))
count = 0
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.orc"))):
    name = os.path.basename(path).split(".")[0]
    ours, theirs = orc.ORCFile(path), orc.ORCFile(os.path.join(here, name + ".orc"))
    wanted = theirs.read()
    found = ours.read()
    for column in wanted.column_names:
        # the time zone of the writer is not part of the value, nor is the length of a text's type
        a, b = found[column].combine_chunks(), wanted[column].combine_chunks()
        if a.type != b.type:
            a = a.cast(b.type)
        assert a.equals(b), f"{path}: {column} differs"
    assert found.num_rows == wanted.num_rows
    count += 1
    print(f"{os.path.basename(path)}: {ours.nrows} rows, {ours.nstripes} stripes, {ours.compression}")
print(f"{count} files are equal")
