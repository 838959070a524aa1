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


"""Images of Glance as disks of XenServer."""

import struct

from nova import exception
from nova.image import glance
from oslo_utils import units

from nova_vgpu_ext.virt.xenapi import imports
from nova_vgpu_ext.virt.xenapi import storage

# A dynamic VHD begins with a copy of its footer: the cookie, and further on
# the disk's size and the kind of VHD.
_VHD_COOKIE = b'conectix'
_VHD_SIZE = struct.Struct('>48xQ')
_VHD_KIND = struct.Struct('>60xI')
_VHD_DYNAMIC = 3
_HEAD = 512

# In these container formats the disk is not what the image is.
_WRAPPED = ('compressed', 'docker', 'ova', 'ovf')


def check(image_meta, flavor=None):
    """Refuse an image that this driver can't use.

    :param flavor: of the instance whose root disk it is to be
    :raises ImageUnacceptable: one sentence says what to do
    :raises FlavorDiskSmallerThanImage: if the flavor's disk is too small
    """
    form = image_meta.disk_format
    container = image_meta.container_format
    if form not in ('raw', 'vhd') or container in _WRAPPED:
        raise _unacceptable(
            image_meta,
            'the XenServer driver takes images of the disk formats raw and '
            'vhd in the container format bare, and this is '
            f'{form} in {container}',
        )
    if form == 'raw' and flavor is not None:
        _root_size(image_meta.size, flavor)


def fetch(context, image_meta, instance, disks, session, kind):
    """Make a disk of an image.

    The bytes are handed on as they come, so memory doesn't grow with them.

    :param disks: storage.Disks
    :param kind: storage.ROOT, which is as big as the flavor says, or
        storage.RESCUE, which is as big as the image
    :returns: reference of the VDI
    :raises ImageUnacceptable: if the bytes aren't what was promised
    """
    sink = _Sink(image_meta, instance, disks, session, kind)
    try:
        # It writes into what it is given, and checks signatures on the way.
        glance.API().download(
            context,
            image_meta.id,
            data=sink,
            trusted_certs=instance.trusted_certs,
        )
        sink.finish()
    except BaseException as error:
        sink.abandon(error)
        raise
    return sink.disk


class _Sink:
    """Where Glance's client writes an image to.

    :ivar disk: reference of the VDI, once enough of the image was seen
    """

    def __init__(self, image_meta, instance, disks, session, kind):
        self._image = image_meta
        self._instance = instance
        self._disks = disks
        self._session = session
        self._kind = kind
        self._head = b''
        self._import = None
        self._left = image_meta.size
        self.disk = None

    def write(self, chunk):
        self._left -= len(chunk)
        if self._left < 0:
            raise self._wrong_length()
        if self._import is not None:
            self._import.write(chunk)
            return
        self._head += chunk
        if len(self._head) >= min(_HEAD, self._image.size):
            self._begin()

    def _begin(self):
        form = self._image.disk_format
        self.disk = self._disks.create(
            self._instance, self._kind, self._disk_size()
        )
        opened = imports.DiskImport(
            self._session,
            self._instance.uuid,
            self.disk,
            form,
            self._image.size,
        )
        self._import = opened.__enter__()
        self._import.write(self._head)

    def _disk_size(self):
        size = self._image.size
        if self._image.disk_format == 'vhd':
            size = _vhd_size(self._image, self._head)
        if self._kind == storage.ROOT:
            size = _root_size(size, self._instance.flavor)
        return -(-size // units.Mi) * units.Mi

    def truncate(self, size):
        """Glance's client does this to what has a bad signature.

        It raises an error too, so that the whole disk is removed.
        """

    def finish(self):
        """Wait until all is written."""
        if self._left or self._import is None:
            raise self._wrong_length()
        self._import.__exit__(None, None, None)

    def abandon(self, error):
        """Let go of the import after an error."""
        if self._import is not None:
            self._import.__exit__(type(error), error, error.__traceback__)

    def _wrong_length(self):
        return _unacceptable(
            self._image,
            f'it does not have the {self._image.size} bytes that it should',
        )


def _root_size(size, flavor):
    """How big a root disk must be, in bytes.

    :param size: of the image's disk
    """
    wanted = flavor.root_gb * units.Gi
    if wanted and size > wanted:
        raise exception.FlavorDiskSmallerThanImage(
            flavor_size=wanted, image_size=size
        )
    return wanted or size


def _vhd_size(image_meta, head):
    """The size of the disk in a VHD, from its first bytes.

    A fixed VHD has its footer at its end, which is too late; one that
    builds on another disk must not be followed to it.
    """
    if (
        not head.startswith(_VHD_COOKIE)
        or _VHD_KIND.unpack_from(head)[0] != _VHD_DYNAMIC
    ):
        raise _unacceptable(
            image_meta,
            'it is no dynamic VHD: convert it by "qemu-img convert -O vpc"',
        )
    return _VHD_SIZE.unpack_from(head)[0]


def _unacceptable(image_meta, reason):
    return exception.ImageUnacceptable(image_id=image_meta.id, reason=reason)
