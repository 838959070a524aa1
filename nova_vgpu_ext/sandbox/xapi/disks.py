# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""What is on the disks: sparse files in a directory."""

import hashlib
import os
import shutil
import tempfile

PIECE = 1024**2
_ZEROS = bytes(PIECE)


class Full(Exception):
    """More was written than fits."""


class Disks:
    """The contents of VDIs, by uuid; what was never written is zeros."""

    def __init__(self):
        self._directory = None
        self._kept = False

    def keep_in(self, directory):
        """Have the contents in a directory, which outlives this."""
        os.makedirs(directory, exist_ok=True)
        self._directory = directory
        self._kept = True

    def close(self):
        """Throw all contents away, unless they are to be kept."""
        if self._directory is not None and not self._kept:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    def writer(self, uuid, size):
        """A Writer of a disk from which all has been wiped."""
        return Writer(self._path(uuid), size)

    def remove(self, uuid):
        """Throw away what is on a disk."""
        if self.has(uuid):
            os.remove(self._path(uuid))

    def has(self, uuid):
        """Was anything ever written on the disk?"""
        return self._directory is not None and os.path.exists(self._path(uuid))

    def copy(self, uuid, other):
        """Write what is on one disk on another."""
        with self.writer(other, float('inf')) as writer:
            for piece in self.pieces(uuid):
                writer.write(piece)

    def pieces(self, uuid, size=None):
        """What is on a disk, piece by piece.

        :param size: of the disk in bytes; what was never written is zeros
        """
        left = size
        if self.has(uuid):
            with open(self._path(uuid), 'rb') as file:
                while piece := file.read(_least(PIECE, left)):
                    left = None if left is None else left - len(piece)
                    yield piece
        while left:
            yield _ZEROS[:left]
            left -= min(left, PIECE)

    def sha256(self, uuid, size):
        """The hexadecimal hash of a disk's first bytes."""
        digest = hashlib.sha256()
        for piece in self.pieces(uuid, size):
            digest.update(piece)
        return digest.hexdigest()

    def _path(self, uuid):
        if self._directory is None:
            self._directory = tempfile.mkdtemp(prefix='xapi-sim-')
        return os.path.join(self._directory, uuid)


def _least(piece, left):
    return piece if left is None else min(piece, left)


class Writer:
    """Writes a disk from its start, leaving holes where zeros go.

    :ivar size: bytes that there is room for
    :ivar taken: bytes that are no holes
    """

    def __init__(self, path, size):
        self._file = open(path, 'wb')  # noqa: SIM115 closed by __exit__
        self.size = size
        self.taken = 0
        self._end = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A hole at the end counts too.
        self._file.truncate(self._end)
        self._file.close()

    def write(self, piece):
        """Write up to 1 MiB where the last piece ended.

        :raises Full: if it reaches beyond the disk's end
        """
        if self._file.tell() + len(piece) > self.size:
            raise Full
        if piece == _ZEROS[: len(piece)]:
            self._file.seek(len(piece), os.SEEK_CUR)
        else:
            self._file.write(piece)
            self.taken += len(piece)
        self._end = max(self._end, self._file.tell())

    def seek(self, offset):
        """Go on somewhere else."""
        self._file.seek(offset)
