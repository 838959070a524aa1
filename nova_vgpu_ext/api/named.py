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

"""What a request to explain names: a flavor, an image and hosts."""

import nova.conf
import webob.exc
from nova import exception
from nova import objects
from nova.image import glance

CONF = nova.conf.CONF
ZONE = 'availability_zone'


def _refuses(sentence):
    raise webob.exc.HTTPBadRequest(explanation=sentence)


def flavor(context, name):
    """The Flavor of an id or, if there is none, a name.

    :raises HTTPBadRequest: if there is none of that name either
    """
    try:
        return objects.Flavor.get_by_flavor_id(context, name)
    except exception.FlavorNotFound:
        pass
    try:
        return objects.Flavor.get_by_name(context, name)
    except exception.FlavorNotFound:
        _refuses(f'There is no flavor with the id or name {name}.')


def image(context, identifier):
    """The ImageMeta of an image, None for none.

    :raises HTTPBadRequest: if there is no such image for this user
    :raises HTTPServiceUnavailable: if Glance does not answer
    """
    if identifier is None:
        return None
    try:
        found = glance.API().get(context, identifier)
        return objects.ImageMeta.from_dict(found)
    except exception.GlanceConnectionFailed as error:
        raise webob.exc.HTTPServiceUnavailable(
            explanation=error.format_message()
        ) from None
    except (exception.NotFound, exception.Forbidden):
        _refuses(f'There is no image with the id {identifier}.')
    except ValueError as error:
        _refuses(f'Nova takes no image with the id {identifier}: {error}')


def tests_of_hosts(context, asked):
    """Tests of a host's name for its aggregate and zone, all to be passed.

    :param asked: what a request names, as its schema has it
    :raises HTTPBadRequest: if there is no such aggregate or zone
    """
    tests = []
    if 'aggregate' in asked:
        tests.append(_aggregate(context, asked['aggregate']).__contains__)
    if ZONE in asked:
        tests.append(_in_zone(context, asked[ZONE]))
    return tests


def _aggregate(context, name):
    """The hosts of the aggregate with an id or, if there is none, a name."""
    aggregates = objects.AggregateList.get_all(context)
    for what in (lambda one: str(one.id), lambda one: one.name):
        for aggregate in aggregates:
            if what(aggregate) == name:
                return set(aggregate.hosts)
    _refuses(f'There is no aggregate with the id or name {name}.')


def _in_zone(context, name):
    """A test of whether a host is in an availability zone."""
    aggregates = objects.AggregateList.get_by_metadata_key(context, ZONE)
    zones = {
        host: aggregate.metadata[ZONE]
        for aggregate in aggregates
        for host in aggregate.hosts
    }
    default = CONF.default_availability_zone
    known = {default, *(one.metadata[ZONE] for one in aggregates)}
    if name not in known:
        _refuses(f'There is no availability zone {name}.')
    return lambda host: zones.get(host, default) == name
