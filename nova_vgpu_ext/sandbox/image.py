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

"""The stand-in for Glance."""

import json
import threading
import uuid

import webob
from webob import static

from nova_vgpu_ext.sandbox import identity
from nova_vgpu_ext.sandbox import rest

CIRROS = 'cirros'
CIRROS_ID = '155d900f-4e14-4e4c-a73d-069cbf4541e6'
_EPOCH = '2020-01-01T00:00:00Z'
_MIB = 1024**2


def _image(image_id, fields):
    """An image as Glance shows it, the given fields winning."""
    return {
        'name': None,
        'status': 'queued',
        'visibility': 'private',
        'container_format': 'bare',
        'disk_format': 'raw',
        'size': None,
        'checksum': None,
        'min_disk': 0,
        'min_ram': 0,
        'owner': identity.PROJECT_ID,
        'os_hidden': False,
        'protected': False,
        'tags': [],
        'created_at': _EPOCH,
        'updated_at': _EPOCH,
        **fields,
        'id': image_id,
        'self': f'/v2/images/{image_id}',
        'file': f'/v2/images/{image_id}/file',
        'schema': '/v2/schemas/image',
    }


_FIRST = {
    'name': CIRROS,
    'status': 'active',
    'visibility': 'public',
    # All zeros: nothing that would boot.
    'size': _MIB,
}


class Image(rest.App):
    """Enough of Glance to boot, snapshot, shelve and set properties."""

    NAME = 'image service'
    ROUTES = (
        ('GET', '(?:/versions)?', 'versions'),
        ('GET', '/v2/schemas/images?', 'schema'),
        ('GET', '/v2/images', 'list'),
        ('POST', '/v2/images', 'create'),
        ('GET', '/v2/images/([^/]+)', 'show'),
        ('PATCH', '/v2/images/([^/]+)', 'change'),
        ('DELETE', '/v2/images/([^/]+)', 'delete'),
        ('PUT', '/v2/images/([^/]+)/file', 'upload'),
        ('GET', '/v2/images/([^/]+)/file', 'download'),
        ('GET', '/v2/images/[^/]+/members', 'members'),
    )

    def __init__(self, path, folder):
        """Take over the images of the last start.

        :param path: of the file that keeps what is known of the images
        :param folder: for what is in them
        """
        self._path = path
        self._folder = folder
        folder.mkdir(exist_ok=True)
        self._lock = threading.Lock()
        if path.exists():
            self._images = json.loads(path.read_text())
        else:
            self._images = {CIRROS_ID: _image(CIRROS_ID, _FIRST)}

    def _save(self):
        self._path.write_text(json.dumps(self._images, indent=1))

    def versions(self, request):
        link = {'rel': 'self', 'href': f'{request.application_url}/v2/'}
        version = {'id': 'v2.9', 'status': 'CURRENT', 'links': [link]}
        return rest.reply({'versions': [version]}, 300)

    def schema(self, request):
        # Types are left open: Nova's client checks values against them.
        fields = {name: {} for name in _image('', {})}
        return rest.reply(
            {'name': 'image', 'properties': fields, 'additionalProperties': {}}
        )

    def list(self, request):
        asked = ('name', 'id', 'visibility', 'status', 'owner')
        wanted = {
            key: value.removeprefix('in:').split(',')
            for key, value in request.params.items()
            if key in asked
        }
        images = [
            image
            for image in self._images.values()
            if all(image[key] in values for key, values in wanted.items())
        ]
        return rest.reply(
            {'images': images, 'first': '', 'schema': '/v2/schemas/images'}
        )

    def create(self, request):
        fields = request.json_body
        image_id = fields.get('id') or str(uuid.uuid4())
        with self._lock:
            self._images[image_id] = _image(image_id, fields)
            self._save()
        return rest.reply(self._images[image_id], 201)

    def show(self, request, image_id):
        if image_id not in self._images:
            return _missing(image_id)
        return rest.reply(self._images[image_id])

    def change(self, request, image_id):
        """Apply a JSON patch, whose paths name an image's properties."""
        if image_id not in self._images:
            return _missing(image_id)
        with self._lock:
            image = dict(self._images[image_id])
            for step in request.json_body:
                key = step['path'].lstrip('/')
                # RFC 6901, section 4, in this order.
                key = key.replace('~1', '/').replace('~0', '~')
                if step['op'] == 'remove':
                    image.pop(key, None)
                else:
                    image[key] = step['value']
            self._images[image_id] = image
            self._save()
        return rest.reply(image)

    def delete(self, request, image_id):
        with self._lock:
            gone = self._images.pop(image_id, None)
            self._save()
        if not gone:
            return _missing(image_id)
        (self._folder / image_id).unlink(missing_ok=True)
        return rest.done()

    def upload(self, request, image_id):
        if image_id not in self._images:
            return _missing(image_id)
        with (self._folder / image_id).open('wb') as file:
            for part in iter(lambda: request.body_file.read(_MIB), b''):
                file.write(part)
            size = file.tell()
        with self._lock:
            self._images[image_id].update(size=size, status='active')
            self._save()
        return rest.done()

    def download(self, request, image_id):
        if image_id not in self._images:
            return _missing(image_id)
        path = self._folder / image_id
        if path.exists():
            return webob.Response(
                app_iter=static.FileIter(path.open('rb')),
                content_type='application/octet-stream',
                content_length=path.stat().st_size,
            )
        return webob.Response(
            body=bytes(self._images[image_id]['size'] or 0),
            content_type='application/octet-stream',
        )

    def members(self, request):
        return rest.reply({'members': []})


def _missing(image_id):
    return rest.refuse(404, f'No image found with ID {image_id}.')
