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

"""How Sphinx makes the documentation."""

import importlib.metadata
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / '_ext'))

project = 'nova-vgpu-ext'
copyright = 'nova-vgpu-ext developers'
version = release = importlib.metadata.version(project)

extensions = [
    'cliff.sphinxext',
    'openstackdocstheme',
    'oslo_config.sphinxext',
    'oslo_policy.sphinxext',
    'program_help',
    'reno.sphinxext',
]

html_theme = 'openstackdocs'
html_theme_options = {'display_global_toc_section': True}
pygments_style = 'native'

# No project on opendev.org: nothing to link to, no version to ask git for.
openstackdocs_auto_name = False
openstackdocs_auto_version = False
openstackdocs_use_storyboard = False

# What all listing and showing commands of openstack have.
autoprogram_cliff_ignored = [
    '--help',
    *('--format', '--column', '--quote', '--noindent', '--prefix'),
    *('--max-width', '--fit-width', '--print-empty'),
    *('--sort-column', '--sort-ascending', '--sort-descending'),
]
