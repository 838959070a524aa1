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

"""Disk images in Microsoft's format VHD, read and written as a stream.

A dynamic image has a footer's copy, a header, a table that says in which
sector each block of 2 MiB stands, the blocks, each after a bitmap of its
sectors, and the footer. A fixed image is the disk itself, then the footer.
"""

import struct

from nova_vgpu_ext.sandbox.xapi import disks
from nova_vgpu_ext.sandbox.xapi import storage

_SECTOR = 512
_FOOTER = struct.Struct('>8sIIQI4sI4sQQIII16sB427x')
_HEADER = struct.Struct('>8sQQIIII16sII512x192x256x')
_BITMAP = b'\xff' * _SECTOR
_NOWHERE = 0xFFFFFFFF
_DYNAMIC = 3


class Unreadable(Exception):
    """The stream isn't an image that stands on its own."""


# Reading


def unpack(read, writer):
    """Write the disk that an image holds.

    :param read: a function of a number, that returns just so many bytes
    :param writer: disks.Writer
    :raises Unreadable: if the image can't be understood
    :raises disks.Full: if the disk is bigger than there is room for
    """
    footer = _FOOTER.unpack(read(_SECTOR))
    if footer[0] != b'conectix' or footer[11] != _DYNAMIC:
        raise Unreadable('It is no dynamic VHD without a parent.')
    if footer[9] > writer.size:
        raise disks.Full
    _skip(read, footer[3] - _SECTOR)
    table_at, blocks, size = _header(read)
    at = footer[3] + _HEADER.size
    _skip(read, table_at - at)
    table = struct.unpack(f'>{blocks}I', read(4 * blocks))
    at = table_at + 4 * blocks
    placed = sorted(
        (sector, number)
        for number, sector in enumerate(table)
        if sector != _NOWHERE
    )
    for sector, number in placed:
        _skip(read, sector * _SECTOR - at)
        _block(read, writer, number, size, footer[9])
        at = sector * _SECTOR + _bitmap_size(size) + size


def _header(read):
    """Where the table stands, how many blocks it has, and their size."""
    fields = _HEADER.unpack(read(_HEADER.size))
    if fields[0] != b'cxsparse' or fields[5] % _SECTOR or not fields[5]:
        raise Unreadable('Its header is damaged.')
    return fields[2], fields[4], fields[5]


def _skip(read, count):
    if count < 0:
        raise Unreadable('Its parts overlap.')
    while count:
        piece = min(count, disks.PIECE)
        read(piece)
        count -= piece


def _bitmap_size(size):
    bits = size // _SECTOR
    return -(-bits // 8 // _SECTOR) * _SECTOR


def _block(read, writer, number, size, disk_size):
    """Write one block; the last one may reach beyond the disk's end."""
    read(_bitmap_size(size))
    start = number * size
    writer.seek(start)
    left = size
    while left:
        piece = read(min(left, disks.PIECE))
        inside = disk_size - (start + size - left)
        if inside > 0:
            writer.write(piece[:inside])
        left -= len(piece)


# Writing


def pack(pieces, size):
    """The parts of a dynamic image.

    :param pieces: a function that gives the disk's pieces; called twice
    :param size: of the disk, in whole blocks
    """
    count = size // storage.BLOCK
    used = [
        number
        for number, block in enumerate(_blocks(pieces))
        if block.strip(b'\0')
    ]
    table_sectors = -(-4 * count // _SECTOR)
    first = 3 + table_sectors
    step = 1 + storage.BLOCK // _SECTOR
    table = [_NOWHERE] * count
    for place, number in enumerate(used):
        table[number] = first + place * step
    footer = _footer(size)
    yield footer
    yield _dynamic_header(count)
    packed = struct.pack(f'>{count}I', *table)
    yield packed.ljust(table_sectors * _SECTOR, b'\xff')
    for number, block in enumerate(_blocks(pieces)):
        if table[number] != _NOWHERE:
            yield _BITMAP + block
    yield footer


def _blocks(pieces):
    block = b''
    for piece in pieces():
        block += piece
        while len(block) >= storage.BLOCK:
            yield block[: storage.BLOCK]
            block = block[storage.BLOCK :]


def _footer(size):
    fields = [
        b'conectix', 2, 0x10000, _SECTOR, 0, b'nvx ', 0x10000, b'Wi2k',
        size, size, 0, _DYNAMIC, 0, bytes(16), 0,
    ]  # fmt: skip
    return _with_checksum(_FOOTER, fields, 12)


def _dynamic_header(count):
    fields = [
        b'cxsparse', 0xFFFFFFFFFFFFFFFF, 3 * _SECTOR, 0x10000, count,
        storage.BLOCK, 0, bytes(16), 0, 0,
    ]  # fmt: skip
    return _with_checksum(_HEADER, fields, 6)


def _with_checksum(layout, fields, place):
    total = sum(layout.pack(*fields))
    fields[place] = ~total & 0xFFFFFFFF
    return layout.pack(*fields)
