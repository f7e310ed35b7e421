"""What the standard library's C modules compute; every line is the same on every run."""

import bz2
import ctypes
import datetime
import decimal
import hashlib
import hmac
import json
import lzma
import mmap
import os
import random
import re
import sqlite3
import struct
import sys
import tempfile
import zlib

data = bytes(range(256)) * 4096
print("python", sys.version_info[:2], sys.byteorder, sys.maxsize)
print("json", json.dumps(json.loads('{"b": [1, 2.5, null], "a": "\\u00e9"}'), sort_keys=True))
print("zlib", zlib.crc32(data), len(zlib.compress(data, 9)), zlib.decompress(zlib.compress(data)) == data)
print("bz2", bz2.decompress(bz2.compress(data)) == data, "lzma", lzma.decompress(lzma.compress(data)) == data)
for name in ("md5", "sha1", "sha256", "sha3_512", "blake2b"):
    print(name, hashlib.new(name, data).hexdigest())
print("pbkdf2", hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1000).hex())
print("hmac", hmac.new(b"key", data, "sha512").hexdigest())
print("random", [random.Random(42).randrange(1000) for _ in range(3)], len(os.urandom(64)))
print("decimal", decimal.Decimal(2).sqrt(decimal.Context(prec=60)))
print("re", re.findall(r"(\w+)@(\w+)", "alice@home bob@work"))
print("datetime", datetime.datetime.fromtimestamp(0, datetime.timezone.utc).isoformat())
print("struct", struct.pack(">IhQ", 1, -2, 3).hex())
print("ctypes", ctypes.CDLL(None).strlen(b"enclave"))

database = sqlite3.connect(":memory:")
database.execute("CREATE TABLE t(x)")
database.executemany("INSERT INTO t VALUES (?)", ((n,) for n in range(1000)))
print("sqlite3", database.execute("SELECT sum(x) FROM t").fetchone())

with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "file")
    with open(path, "w+b") as file:
        file.write(data)
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            print("mmap", view[:4].hex(), len(view), hashlib.sha256(view).hexdigest())
    print("listdir", os.listdir(directory), os.stat(path).st_size)

print("floats", 0.1 + 0.2, 1e308 * 10, sum(1 / n for n in range(1, 10000)))
print("big", (3**100000).bit_length(), 3**100000 % 1000000007)
