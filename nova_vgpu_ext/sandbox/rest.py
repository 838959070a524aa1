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

"""What the stand-ins have in common: routes in, JSON out."""

import re

import webob
import webob.dec


def reply(body, status=200, headers=()):
    """A response that holds the body as JSON."""
    response = webob.Response(json_body=body, status=status)
    response.headers.update(headers)
    return response


def done():
    """A response that has nothing to say."""
    return webob.Response(status=204)


def refuse(status, message):
    """A response that says what is wrong."""
    error = {'code': status, 'message': message}
    return reply({'error': error}, status)


class App:
    """A WSGI application that is a table of routes.

    ``ROUTES`` has (method, pattern of the whole path, name of the method
    that answers). The method gets the request and the pattern's groups.
    """

    ROUTES = ()
    NAME = 'service'

    @webob.dec.wsgify
    def __call__(self, request):
        path = request.path_info.rstrip('/')
        method = 'GET' if request.method == 'HEAD' else request.method
        for allowed, pattern, answer in self.ROUTES:
            match = re.fullmatch(pattern, path)
            if match and allowed == method:
                return getattr(self, answer)(request, *match.groups())
        return refuse(
            404, f"The sandbox's {self.NAME} has no {request.method} {path}."
        )
