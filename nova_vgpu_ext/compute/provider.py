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

"""A compute node's resource provider in Placement, as far as vGPUs go.

Nova's report client does the calls. Its cache of providers is left alone:
each allocation on the provider makes it stale, and Nova reads anew itself
where a write of its own meets a conflict.
"""

import collections

from nova_vgpu_ext import names

# Inventories whose reserved equals their total; project and user needn't be
# told (Placement's REST API version history).
_INVENTORIES_VERSION = '1.26'
_CLASSES_VERSION = '1.7'
_RESHAPER_VERSION = '1.30'


class Conflict(Exception):
    """Somebody else changed the provider in between."""


class Failed(Exception):
    """Placement didn't do what it was asked for."""


class Provider:
    """The provider of one compute node.

    Each method raises Failed or, where Placement can't be reached, an
    exception of keystoneauth1.

    :param client: Nova's SchedulerReportClient
    """

    # Those that Placement is known to have; they are never removed.
    _classes = set()

    def __init__(self, client, uuid, context):
        self._client = client
        self._uuid = uuid
        self._url = f'/resource_providers/{uuid}'
        self._request_id = context.global_id
        self._generation = None

    def read(self):
        """What Placement knows.

        :returns: ({resource class: inventory}, {consumer: {canonical key:
            count}}), where the second is empty for a consumer without vGPUs
        :raises Conflict: if the two are not of the same moment
        """
        inventories = self._get('inventories')
        allocations = self._get('allocations')
        generation = inventories['resource_provider_generation']
        if generation != allocations['resource_provider_generation']:
            raise Conflict
        self._generation = generation
        return inventories['inventories'], {
            consumer: names.of_vgpus(one['resources'])
            for consumer, one in allocations['allocations'].items()
        }

    def write(self, inventories):
        """Replace all inventories, as they were when they were read.

        :param inventories: {resource class: inventory}
        :raises Conflict: if the provider has changed since then
        """
        self._make_classes(inventories)
        self._put(
            f'{self._url}/inventories',
            self._as_read(inventories),
            _INVENTORIES_VERSION,
        )

    def write_with_allocations(self, inventories, more):
        """The same at once with allocations for which there was no room.

        :param more: {consumer: {canonical key: how many more}}
        """
        self._make_classes(inventories)
        allocations = {
            consumer: self._with_more(consumer, counts)
            for consumer, counts in more.items()
        }
        response = self._client.post(
            '/reshaper',
            {
                'inventories': {self._uuid: self._as_read(inventories)},
                'allocations': allocations,
            },
            version=_RESHAPER_VERSION,
            global_request_id=self._request_id,
        )
        _check(response)

    def _as_read(self, inventories):
        return {
            'resource_provider_generation': self._generation,
            'inventories': inventories,
        }

    def _make_classes(self, inventories):
        for name in names.of_vgpus(inventories).keys() - self._classes:
            self._put(f'/resource_classes/{name}', None, _CLASSES_VERSION)
            self._classes.add(name)

    def _with_more(self, consumer, counts):
        """All that a consumer has, and some more of this provider."""
        response = self._client.get(
            f'/allocations/{consumer}',
            version=_RESHAPER_VERSION,
            global_request_id=self._request_id,
        )
        _check(response)
        found = response.json()
        for there in found['allocations'].values():
            there.pop('generation', None)  # it is only told
        resources = found['allocations'][self._uuid]['resources']
        for key, count in counts.items():
            resources[key] = resources.get(key, 0) + count
        return found

    def _get(self, what):
        response = self._client.get(
            f'{self._url}/{what}', global_request_id=self._request_id
        )
        _check(response)
        return response.json()

    def _put(self, url, data, version):
        response = self._client.put(
            url, data, version=version, global_request_id=self._request_id
        )
        if response.status_code == 400:
            self._classes.clear()  # perhaps an administrator removed some
        _check(response)


def _check(response):
    if response.status_code == 409:
        raise Conflict
    if response.status_code == 403:
        raise Failed(
            'it does not let us: give the user of the group [placement] in '
            'nova.conf the role service.'
        )
    if response.status_code >= 400:
        raise Failed(f'HTTP {response.status_code}: {response.text}')


def by_owner(allocated, owner_of):
    """Allocations by instance, where a migration's are its instance's.

    :param owner_of: function of a consumer's uuid
    """
    owners = collections.defaultdict(collections.Counter)
    for consumer, has in allocated.items():
        owners[owner_of(consumer)].update(has)
    return owners
