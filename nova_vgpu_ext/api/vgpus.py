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

"""The controller: policy, schema, and who answers."""

import bisect
import functools
import re

import webob.exc
from nova.api import validation
from nova.api.openstack import common
from nova.api.openstack import wsgi

from nova_vgpu_ext import policies
from nova_vgpu_ext.api import explaining
from nova_vgpu_ext.api import named
from nova_vgpu_ext.api import reports
from nova_vgpu_ext.api import schemas
from nova_vgpu_ext.api import views

# Whatever else is no name of a host, and not all databases take it.
_HOST = re.compile('[ -~]{1,255}')


class VGPUsController(wsgi.Controller):
    """The resource /vgpus; the same in all of Nova's microversions."""

    @wsgi.expected_errors((400, 503))
    @validation.query_schema(schemas.PAGE)
    def index(self, req):
        """What there is of each model in the whole cloud."""
        context = _allowed(req, policies.INDEX)
        found = reports.of(context)
        books = [one.books for one in found.items if one.books is not None]
        totals = views.totals(books)
        page, links = _page(req, totals, '', lambda total: total['model'])
        return {'vgpus': page, **_linked('vgpus', links)}

    @wsgi.expected_errors((400, 503))
    @validation.query_schema(schemas.PAGE)
    def list_hosts(self, req):
        """What there is of each model on each host that has any."""
        context = _allowed(req, policies.LIST_HOSTS)
        page, links = _page(req, reports.hosts(context).items, 'hosts')
        found = reports.of(context, page) if page else reports.Found([], True)
        hosts = [views.host(*one) for one in views.by_host(found.items)]
        return {'hosts': hosts, **_linked('hosts', links)}

    @wsgi.expected_errors((404, 503))
    @validation.query_schema(schemas.NO_QUERY)
    def show_host(self, req, host):
        """A host, its physical GPUs, and who holds what of them."""
        context = _allowed(req, policies.SHOW_HOST)
        found = _of_host(context, host)
        if not found:
            raise webob.exc.HTTPNotFound(
                explanation=f'No compute host {host} was found.'
            )
        return {'host': views.host_in_full(host, found)}

    @wsgi.expected_errors((400, 503))
    @wsgi.response(200)
    @validation.schema(schemas.EXPLAIN)
    @validation.query_schema(schemas.NO_QUERY)
    def explain(self, req, body):
        """Where a flavor fits, and why not elsewhere."""
        context = _allowed(req, policies.EXPLAIN)
        asked = body['explain']
        flavor = named.flavor(context, asked['flavor'])
        image = named.image(context, asked.get('image'))
        read_all = functools.partial(_all, context)
        found = _asked_for(context, asked, read_all)
        answer = explaining.explanation(flavor, image, found, read_all)
        return {'explain': answer}

    @wsgi.expected_errors(404)
    def no_such_thing(self, req, path, body=None):
        """Whatever else is asked for."""
        raise webob.exc.HTTPNotFound(
            explanation=f'{req.method} does not work here, or there is '
            'nothing at this path.'
        )


def _allowed(req, rule):
    """The request's context.

    :raises PolicyNotAuthorized: if the rule does not let it
    """
    context = req.environ['nova.context']
    context.can(rule)
    return context


def _page(req, items, path, key=str):
    """(the items of the page that is asked for, links to the next)

    :param items: sorted by their keys
    :param path: of the list, below that of the resource
    """
    limit, marker = common.get_limit_and_marker(req)
    first = bisect.bisect_right(items, marker or '', key=key)
    page = items[first : first + limit]
    links = []
    if first + limit < len(items):
        links = views.Links().after(req, key(page[-1]), path)
    return page, links


def _linked(name, links):
    return {f'{name}_links': links} if links else {}


def _of_host(context, host):
    """The Reports of one host, also if it has no GPUs.

    :raises HTTPServiceUnavailable: if it may be where nobody answers
    """
    if not _HOST.fullmatch(host):
        return []
    found = reports.of(context, [host], without_vgpus=True)
    if not found.items and not found.all_answered:
        raise webob.exc.HTTPServiceUnavailable(
            explanation=f'No compute host {host} was found, but not all cells '
            'answer: try again later.'
        )
    # Some databases take upper and lower case for the same.
    return [one for one in found.items if one.host == host]


def _all(context):
    return reports.of(context, without_vgpus=True).items


def _asked_for(context, asked, read_all):
    """The Reports of the hosts that a request to explain names.

    :raises HTTPBadRequest: if it names what isn't there
    """
    tests = named.tests_of_hosts(context, asked)
    if 'host' in asked:
        found = _of_host(context, asked['host'])
        if not found:
            raise webob.exc.HTTPBadRequest(
                explanation=f'No compute host {asked["host"]} was found.'
            )
    else:
        found = read_all()
    return [one for one in found if all(test(one.host) for test in tests)]
