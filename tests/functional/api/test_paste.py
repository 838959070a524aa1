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

"""The paste file that Nova ships, with one line more."""

import importlib.metadata
import pathlib
import unittest

import fixtures
from paste import deploy

from tests.functional.api import base

PROJECT = 'nova-vgpu-ext'
LINE = f'/v2.1/vgpus: egg:{PROJECT}#vgpus\n'


def entry_points(group):
    """The names that the installed package has in a group."""
    installed = importlib.metadata.distribution(PROJECT).entry_points
    return {one.name: one.load() for one in installed.select(group=group)}


class PasteTest(base.APITestCase):
    def load(self):
        """{path: application} of Nova's API."""
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path, 'ini')
        text = pathlib.Path(base.base.PASTE_FILE).read_text()
        path.write_text(text.replace(base.COMPOSITE, base.COMPOSITE + LINE))
        urlmap = deploy.loadapp(f'config:{path}', 'osapi_compute')
        return {path: app for (_, path), app in urlmap.applications}

    @unittest.skipUnless(
        entry_points('paste.app_factory'),
        'the package that is installed does not have it yet',
    )
    def test_one_line_gives_the_filters_of_novas_own(self):
        apps = self.load()
        ours, theirs = map(
            self.filters, (apps['/v2.1/vgpus'], apps['/v2.1/+'])
        )
        self.assertEqual(theirs, ours)
        self.assertGreater(len(ours), 6, ours)

    @staticmethod
    def filters(app):
        """The classes of the filters around an application."""
        found = []
        while hasattr(app, 'application'):
            found.append(type(app))
            app = app.application
        return found
