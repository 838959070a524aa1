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

import io
import struct

import ddt
import fixtures
from oslotest import base

from nova_vgpu_ext.sandbox.xapi import disks
from nova_vgpu_ext.sandbox.xapi import vhd

BLOCK = 2 * 2**20
SIZE = 3 * BLOCK
CONTENT = b'a' * 2**20 + bytes(BLOCK + 2**20) + b'z' * 100
PADDED = CONTENT.ljust(SIZE, b'\0')


@ddt.ddt
class VHDTestCase(base.BaseTestCase):
    def pieces(self):
        for start in range(0, SIZE, 2**20):
            yield PADDED[start : start + 2**20]

    def packed(self):
        return b''.join(vhd.pack(self.pieces, SIZE))

    def unpacked(self, image, size=SIZE):
        path = self.useFixture(fixtures.TempDir()).join('disk')
        with disks.Writer(path, size) as writer:
            vhd.unpack(io.BytesIO(image).read, writer)
        with open(path, 'rb') as file:
            return file.read().ljust(size, b'\0')

    def test_there_and_back(self):
        self.assertTrue(self.unpacked(self.packed()) == PADDED)

    def test_empty_blocks_take_no_room(self):
        self.assertLess(len(self.packed()), 2 * BLOCK + 2**16)

    def test_as_the_format_says(self):
        image = self.packed()
        footer = image[:512]
        self.assertEqual(image[-512:], footer)
        self.assertEqual(b'conectix', footer[:8])
        # Geometry apart: sizes at 40 and 48, type at 60, checksum at 64.
        self.assertEqual((SIZE, SIZE), struct.unpack('>QQ', footer[40:56]))
        self.assertEqual(3, struct.unpack('>I', footer[60:64])[0])
        for part, place in ((footer, 64), (image[512:1536], 36)):
            (checksum,) = struct.unpack('>I', part[place : place + 4])
            rest = part[:place] + part[place + 4 :]
            self.assertEqual(~sum(rest) & 0xFFFFFFFF, checksum)
        self.assertEqual(b'cxsparse', image[512:520])
        table = struct.unpack('>3I', image[1536:1548])
        self.assertEqual((4, 0xFFFFFFFF, 4 + 1 + BLOCK // 512), table)

    def test_blocks_in_any_order(self):
        image = bytearray(self.packed())
        first, _, last = struct.unpack('>3I', image[1536:1548])
        image[1536:1548] = struct.pack('>3I', last, 0xFFFFFFFF, first)
        found = self.unpacked(bytes(image))
        self.assertTrue(found.startswith(b'z' * 100 + b'\0'))
        self.assertTrue(found[2 * BLOCK :].startswith(b'a' * 2**20))

    def test_too_big(self):
        self.assertRaises(
            disks.Full, self.unpacked, self.packed(), SIZE - BLOCK
        )

    @ddt.data((0, b'x'), (60, b'\0\0\0\4'), (512, b'x'), (1536, bytes(4)))
    @ddt.unpack
    def test_unreadable(self, place, wrong):
        image = bytearray(self.packed())
        image[place : place + len(wrong)] = wrong
        self.assertRaises(vhd.Unreadable, self.unpacked, bytes(image))


class DisksTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.disks = disks.Disks()
        self.addCleanup(self.disks.close)

    def test_never_written(self):
        self.assertEqual(bytes(5), b''.join(self.disks.pieces('a', 5)))
        self.assertFalse(self.disks.has('a'))
        self.disks.remove('a')

    def test_holes(self):
        with self.disks.writer('a', 3 * 2**20) as writer:
            writer.write(bytes(2**20))
            writer.write(b'x' * 10)
            writer.write(bytes(2**20))
        self.assertEqual(10, writer.taken)
        content = bytes(2**20) + b'x' * 10 + bytes(2**20)
        self.assertTrue(content == b''.join(self.disks.pieces('a')))
        self.assertEqual(
            self.disks.sha256('a', len(content)),
            self.disks.sha256('a', len(content)),
        )

    def test_wiped_first(self):
        for content in (b'old', b''):
            with self.disks.writer('a', 10) as writer:
                writer.write(content)
        self.assertEqual(bytes(3), b''.join(self.disks.pieces('a', 3)))

    def test_full(self):
        with self.disks.writer('a', 2) as writer:
            self.assertRaises(disks.Full, writer.write, b'abc')

    def test_removed(self):
        with self.disks.writer('a', 2) as writer:
            writer.write(b'a')
        self.disks.remove('a')
        self.assertFalse(self.disks.has('a'))
