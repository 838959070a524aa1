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

"""The REST resource /vgpus, as its callers like it."""

import urllib.parse

from osc_lib import exceptions

_NOT_THERE = (
    "This cloud's compute endpoint has no vGPUs: its administrator turns "
    "them on by a line in Nova's api-paste.ini (/v2.1/vgpus)."
)


class Client:
    """:param compute: what sends requests to Nova, as openstacksdk does."""

    def __init__(self, compute):
        self._compute = compute

    def models(self):
        """What there is of each model in the cloud, as dicts."""
        return self._pages('/vgpus', 'vgpus', {})

    def hosts(self, marker=None, limit=None):
        """What there is on each host, as dicts.

        :param marker: the host after which to begin
        :param limit: how many at the most; None for all
        """
        query = {'marker': marker, 'limit': limit}
        query = {key: value for key, value in query.items() if value}
        return self._pages('/vgpus/hosts', 'hosts', query, limit)

    def host(self, name):
        """A host with its pGPUs and claims, as a dict."""
        name = urllib.parse.quote(name, safe='')
        return self._answer(self._compute.get(f'/vgpus/hosts/{name}'))['host']

    def explain(self, **asked):
        """Where a flavor fits, and why not elsewhere, as a dict."""
        response = self._compute.post(
            '/vgpus/explain', json={'explain': asked}
        )
        return self._answer(response)['explain']

    def _pages(self, path, name, query, limit=None):
        """All items of a list, which the server gives in pages."""
        found = []
        while path:
            answer = self._answer(self._compute.get(path, params=query))
            found += answer[name]
            if limit and len(found) >= limit:
                return found[:limit]
            path, query = _next(answer.get(f'{name}_links', ()), path)
        return found

    def _answer(self, response):
        """:raises CommandError: with the server's sentence, or ours"""
        if response.status_code < 400:
            return response.json()
        raise exceptions.CommandError(_sentence(response))


def _next(links, path):
    """(path, query) of the next page, (None, {}) after the last."""
    for link in links:
        if link['rel'] == 'next':
            query = urllib.parse.urlsplit(link['href']).query
            return path, dict(urllib.parse.parse_qsl(query))
    return None, {}


def _sentence(response):
    """What an error says.

    Nova's own pages of errors have no JSON, and no words of this resource.
    """
    try:
        (fault,) = response.json().values()
        return fault['message']
    except (ValueError, TypeError, KeyError, AttributeError):
        if response.status_code == 404:
            return _NOT_THERE
        return f'The cloud answered {response.status_code} {response.reason}.'
