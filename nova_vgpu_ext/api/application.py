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

"""The application below the filters: which request goes where."""

import webob.dec
import webob.exc
from nova import exception
from nova.api import openstack
from nova.api import wsgi as base_wsgi
from nova.api.openstack import wsgi
from oslo_log import log as logging

from nova_vgpu_ext import extension
from nova_vgpu_ext import policies
from nova_vgpu_ext.api import vgpus

LOG = logging.getLogger(__name__)

# Method, path below that of the resource, and method of the controller.
ROUTES = (
    ('GET', '', 'index'),
    ('GET', '/', 'index'),
    ('GET', '/hosts', 'list_hosts'),
    ('GET', '/hosts/', 'list_hosts'),
    ('GET', '/hosts/{host}', 'show_host'),
    ('POST', '/explain', 'explain'),
)


def make():
    """The WSGI application; one that only says why where it can't work."""
    if not extension.installed():
        LOG.error(extension.HOW_TO_TURN_ON)
        return _unavailable
    policies.register()
    mapper = openstack.PlainMapper()
    resource = Resource(vgpus.VGPUsController())
    for method, path, action in ROUTES:
        mapper.connect(
            path,
            controller=resource,
            action=action,
            conditions={'method': [method]},
        )
    mapper.connect('{path:.*}', controller=resource, action='no_such_thing')
    return base_wsgi.Router(mapper)


@webob.dec.wsgify(RequestClass=wsgi.Request)
def _unavailable(request):
    return wsgi.Fault(
        webob.exc.HTTPServiceUnavailable(explanation=extension.HOW_TO_TURN_ON)
    )


class Resource(wsgi.Resource):
    """Nova's, which takes some malformed bodies for faults of its own."""

    def get_body(self, request):
        content_type, body = super().get_body(request)
        try:
            body.decode()
        except UnicodeDecodeError:
            raise wsgi.Fault(
                webob.exc.HTTPBadRequest(
                    explanation='The body of the request is not UTF-8.'
                )
            ) from None
        return content_type, body

    def deserialize(self, body):
        try:
            return super().deserialize(body)
        except RecursionError:
            raise exception.MalformedRequestBody(reason='nested') from None
