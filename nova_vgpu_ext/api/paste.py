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

"""The way from a line of api-paste.ini to the application.

In ``[composite:osapi_compute]`` the line says under which path it is; all
else, above all who is let in, is as the same file has it for Nova's own API.
"""

from paste.deploy import loadwsgi

from nova_vgpu_ext.api import application

_COMPOSITES = ('paste.composite_factory', 'paste.composit_factory')


def vgpus(global_conf, beside='openstack_compute_api_v21'):
    """Make the application behind the filters of Nova's own.

    A ``paste.app_factory``, by the name ``egg:nova-vgpu-ext#vgpus``.

    :param global_conf: of the paste file; has its path as ``__file__``
    :param beside: the composite of that file whose filters it gets
    :raises SystemExit: if there is no such composite; one sentence
    """
    path = global_conf.get('__file__')
    if not path:
        raise SystemExit(
            'egg:nova-vgpu-ext#vgpus takes the filters of the paste file that '
            'names it, so it must be loaded from a file.'
        )
    context = _composite(path, beside)
    context.loader = _OtherEnd(context.loader, application.make())
    return context.create()


def _composite(path, name):
    """The composite of a paste file, before it is made."""
    try:
        context = loadwsgi.ConfigLoader(path).app_context(name)
    except LookupError:
        context = None
    if context is None or context.protocol not in _COMPOSITES:
        raise SystemExit(
            f'egg:nova-vgpu-ext#vgpus takes the filters of [composite:{name}],'
            f" which {path} does not have: name the composite of Nova's own "
            'API by a section [app:vgpus] with "use = '
            'egg:nova-vgpu-ext#vgpus" and "beside = <composite>", and let '
            'the line of [composite:osapi_compute] say vgpus.'
        )
    return context


class _OtherEnd:
    """A loader that gives Nova's pipeline another application at its end.

    So it is Nova's own factory that chooses and orders the filters.
    """

    def __init__(self, loader, app):
        self._loader = loader
        self._app = app

    def get_filter(self, *args, **kwargs):
        return self._loader.get_filter(*args, **kwargs)

    def get_app(self, *args, **kwargs):
        return self._app
