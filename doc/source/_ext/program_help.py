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

"""The directive ``program-help``: what a program says with ``--help``.

Its argument leads to a function that gives an argparse parser::

    .. program-help:: nova_vgpu_ext.cmd.manage:make_parser

There is a section for each command that has no further commands.
"""

import argparse
import os
import pkgutil

from docutils import nodes
from docutils import statemachine
from docutils.parsers import rst
from sphinx.util import nodes as sphinx_nodes

_WIDTH = '79'  # of the text, in columns


class ProgramHelp(rst.Directive):
    """A section for each command of a program."""

    required_arguments = 1

    def run(self):
        make = pkgutil.resolve_name(self.arguments[0])
        os.environ['COLUMNS'] = _WIDTH  # read by argparse
        lines = statemachine.StringList()
        for parser in leaves(make()):
            for line in _section(parser):
                lines.append(line, self.arguments[0])
        node = nodes.section()
        node.document = self.state.document
        sphinx_nodes.nested_parse_with_titles(self.state, lines, node)
        return node.children


def leaves(parser):
    """The parsers of all commands without further ones, in order."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from leaves(below)
            return
    yield parser


def _section(parser):
    yield parser.prog
    yield '-' * len(parser.prog)
    yield ''
    yield '.. code-block:: text'
    yield ''
    for line in parser.format_help().splitlines():
        yield f'   {line}'
    yield ''


def setup(app):
    """Called by Sphinx."""
    app.add_directive('program-help', ProgramHelp)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}
