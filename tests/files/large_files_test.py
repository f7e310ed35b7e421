"""Several files of one volume that grow past 4 GiB together, written by one run of an enclave and read by the next. FARL_GIB says how large
they become; the host's file is as large as all of them, in the directory for temporary files."""

import os
import shutil
import subprocess
import tempfile
import unittest

from tests.files.volume import Volume

FILES = 2
GIB = float(os.environ.get("FARL_GIB", "4.25"))
# A piece differs from all others in each of its blocks, and from what zeros or another file would give.
PROGRAM = """if 1:
    import os, sys
    PIECE = 1 << 20
    work, files, pieces = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    block = bytes(range(256)) * 15
    def piece_of(file, number):
        return b"".join((b"%d %d %d " % (file, number, part)).ljust(256, b".") + block for part in range(PIECE // 4096))
    names = ["/volume/large-%d" % file for file in range(files)]
    mode = os.O_RDWR | os.O_CREAT if work == "write" else os.O_RDONLY
    opened = [os.open(name, mode, 0o600) for name in names]
    for number in range(pieces):
        for file, descriptor in enumerate(opened):
            expected = piece_of(file, number)
            if work == "write":
                done = os.write(descriptor, expected)
                assert done == PIECE, done
            elif os.read(descriptor, PIECE) != expected:
                sys.exit("piece %d of file %d is another one" % (number, file))
    for descriptor in opened:
        if work == "write":
            os.fsync(descriptor)
        elif os.read(descriptor, 1):
            sys.exit("a file is longer than it was written")
    print(work, "done", os.stat(names[0]).st_size)
    """


class LargeFiles(unittest.TestCase):
    def test_are_read_as_they_were_written(self):
        directory = tempfile.mkdtemp(prefix="farl-large-")
        self.addCleanup(shutil.rmtree, directory)
        volume = Volume(directory)
        pieces = int(GIB * 1024)
        for work in ("write", "read"):
            arguments = ["/usr/bin/python3", "-S", "-c", PROGRAM, work, str(FILES), str(pieces)]
            with volume.start(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
                output, errors = process.communicate(timeout=3600)
            self.assertEqual((output, process.returncode), (f"{work} done {pieces << 20}\n", 0), errors)


if __name__ == "__main__":
    unittest.main(verbosity=2)
