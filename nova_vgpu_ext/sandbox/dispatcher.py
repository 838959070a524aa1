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

"""All services behind one port, told apart by the path's first part."""


class Dispatcher:
    """A WSGI application made of others, each mounted at a name."""

    def __init__(self):
        self._apps = {}

    def mount(self, name, app):
        """Serve all paths below /name by a WSGI application."""
        self._apps[name] = app

    def __call__(self, environ, start_response):
        _, _, path = environ.get('PATH_INFO', '').partition('/')
        name, slash, rest = path.partition('/')
        app = self._apps.get(name)
        if app is None:
            start_response('404 Not Found', [('Content-Type', 'text/plain')])
            return [b'No such service is running in the sandbox.\n']
        environ['SCRIPT_NAME'] = f'{environ.get("SCRIPT_NAME", "")}/{name}'
        environ['PATH_INFO'] = slash + rest
        return app(environ, start_response)
