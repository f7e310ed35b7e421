"""Files in enclave memory whose contents do not fit there: the same bytes, and nothing of them outside in clear."""

import os
import subprocess
import unittest

BIN = os.environ["FARL_BIN"]

# A file of 24 MiB and a model of it: written, overwritten, cut, punched and read in pieces.
CODE = """if 1:
    import os, random, ctypes
    random.seed(7)
    size = 24 << 20
    file = os.open("/dev/shm/large", os.O_RDWR | os.O_CREAT)
    model = bytearray()
    def write(offset, data):
        assert os.pwrite(file, data, offset) == len(data)
        if len(model) < offset: model.extend(bytes(offset - len(model)))
        model[offset:offset + len(data)] = data
    for offset in range(0, size, 1 << 20):
        write(offset, b"the secret of block %8d. " % (offset >> 12) * 38000)
    for _ in range(3000):
        action, offset = random.randrange(10), random.randrange(size)
        if action < 5:
            write(offset, random.randbytes(random.choice((1, 100, 4096, 20000))))
        elif action < 9:
            length = random.choice((1, 4096, 30000))
            assert os.pread(file, length, offset) == model[offset:offset + length], offset
        else:
            offset, length = offset & ~4095, random.randrange(100000)
            length = min(length, max(0, len(model) - offset))
            if length and ctypes.CDLL(None).fallocate(file, 3, ctypes.c_long(offset), ctypes.c_long(length)) == 0:
                model[offset:offset + length] = bytes(length)
    os.truncate("/dev/shm/large", 10 << 20); del model[10 << 20:]
    os.truncate("/dev/shm/large", 12 << 20); model.extend(bytes(2 << 20))
    os.lseek(file, 0, 0)
    print(os.read(file, len(model)) == model, os.stat("/dev/shm/large").st_blocks <= (10 << 20) // 512)
    """


class OutsideBlocks(unittest.TestCase):
    def test_give_back_what_was_written(self):
        for limit in ("1", "1M", "1G"):
            with self.subTest(limit=limit):
                outcome = subprocess.run([f"{BIN}/farl", "run", "--quiet", "--ephemeral", limit, "--", "python3", "-c", CODE],
                                         capture_output=True, text=True, timeout=300)  # fmt: skip
                self.assertEqual((outcome.returncode, outcome.stderr, outcome.stdout), (0, "", "True True\n"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
