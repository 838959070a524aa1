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

"""Whatever is wrong with a request is told; it never is a fault of ours."""

import contextlib
import json
import urllib.parse

import hypothesis
import webob
from hypothesis import strategies as st
from nova.api.openstack import urlmap

from tests.functional.api import base
from tests.unit import strategies

EXAMPLES = 20000 if strategies.PROFILE == 'long' else 2000

HOST = 'h1'
LISTS = '', '/hosts'
TEXT = st.text(st.characters(exclude_categories=['Cs']), max_size=30)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20),  # with halves of surrogate pairs
    lambda parts: (
        st.lists(parts, max_size=3) | st.dictionaries(TEXT, parts, max_size=3)
    ),
    max_leaves=8,
)


def as_wsgi(raw):
    """How WSGI hands on bytes."""
    return raw.decode('latin-1')


def asks(path='', method='GET', **environ):
    """What is to be changed of a request."""
    return {
        'REQUEST_METHOD': method,
        'PATH_INFO': f'/v2.1/vgpus{path}',
        **environ,
    }


def to_explain(body, content_type='application/json', **environ):
    return asks('/explain', 'POST', CONTENT_TYPE=content_type, **environ) | {
        'body': body
    }


RAW_NAMES = (TEXT.map(str.encode) | st.binary(max_size=30)).map(as_wsgi)
PATHS = (
    RAW_NAMES.filter(lambda name: name.strip('/'))
    .flatmap(
        lambda name: st.sampled_from(
            [
                f'/{name}',
                f'/hosts/{name}',
                f'/hosts/{HOST}/{name}',
                f'/hosts{name}',
            ]
        )
    )
    .filter(lambda path: path not in (f'/hosts/{HOST}', '/hosts', '/hosts/'))
    .map(asks)
)

METHODS = st.tuples(
    st.sampled_from([*LISTS, f'/hosts/{HOST}', '/explain']),
    st.sampled_from(['PUT', 'PATCH', 'DELETE', 'HEAD', 'TRACE', 'X']),
).map(lambda drawn: asks(*drawn))

WRONG_LIMITS = TEXT.filter(
    lambda text: not (text.strip().isdecimal() and int(text))
) | st.just('9' * 5000)
QUERIES = st.one_of(
    WRONG_LIMITS.map(lambda limit: {'limit': limit}),
    st.integers(max_value=0).map(lambda limit: {'limit': limit}),
    TEXT.filter(lambda name: name not in ('limit', 'marker')).map(
        lambda name: {name: '1'}
    ),
    st.binary(min_size=1).map(lambda raw: {'marker': b'\xff' + raw}),
    st.lists(TEXT, min_size=2, max_size=3).map(
        lambda markers: {'marker': markers}
    ),
).map(lambda query: urllib.parse.urlencode(query, doseq=True))
WRONG_QUERIES = st.tuples(st.sampled_from(LISTS), QUERIES).map(
    lambda drawn: asks(drawn[0], QUERY_STRING=drawn[1])
)

FIELDS = ('flavor', 'image', 'host', 'aggregate', 'availability_zone')
# Whatever they name isn't there.
NEARLY_RIGHT = st.dictionaries(
    st.sampled_from(FIELDS) | TEXT, JSON | TEXT, max_size=3
).map(lambda asked: {'explain': {'flavor': 'none of that name', **asked}})
BODIES = st.one_of(
    st.binary(max_size=200),
    (JSON | NEARLY_RIGHT).map(lambda body: json.dumps(body).encode()),
    NEARLY_RIGHT.map(lambda body: json.dumps(body).encode()[:-1]),
    st.sampled_from([b'[' * 100000, b'{"a":' * 20000, b'\xff\xfe', b'"' * 9]),
).map(to_explain)

HEADER = st.text(
    st.characters(min_codepoint=32, max_codepoint=255), max_size=30
)
WRONG_VERSIONS = HEADER.filter(
    lambda text: text.strip() and 'latest' not in text
).map(lambda text: f'compute x{text}') | st.sampled_from(
    ['compute 2.9999', 'compute 0.1', 'compute 2', 'compute 2.-1']
)
WRONG_HEADERS = st.one_of(
    WRONG_VERSIONS.map(lambda text: asks(HTTP_OPENSTACK_API_VERSION=text)),
    HEADER.map(lambda text: to_explain(b'{}', f'text/x{text}')),
)


def nova_reads(accept):
    """Nova's URL map, in front of all of its API, fails with some."""
    with contextlib.suppress(StopIteration):
        urlmap.Accept(accept)
        return True


# May be there as well.
OTHER_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        'HTTP_ACCEPT': HEADER.filter(nova_reads),
        'HTTP_ACCEPT_LANGUAGE': HEADER,
        'HTTP_X_OPENSTACK_REQUEST_ID': HEADER,
        'HTTP_ORIGIN': HEADER,
        'HTTP_FORWARDED': HEADER,
        'HTTP_USER_AGENT': HEADER,
    },
)
ROLES = st.sampled_from(['admin', 'admin', 'admin', 'reader', 'other'])


class MalformedTest(base.APITestCase):
    def test_is_told_in_a_sentence(self):
        self.start_host(HOST, 'GRID K2')
        self.count = 0
        checked = hypothesis.given(
            st.one_of(
                PATHS, METHODS, WRONG_QUERIES, BODIES, BODIES, WRONG_HEADERS
            ),
            OTHER_HEADERS,
            ROLES,
        )(self.check)
        hypothesis.settings(max_examples=EXAMPLES)(checked)()
        self.assertGreaterEqual(self.count, EXAMPLES)

    def check(self, wrong, others, role):
        self.count += 1
        request = webob.Request.blank('/')
        request.body = wrong.get('body', b'')
        request.environ.update(
            HTTP_X_AUTH_USER=role,
            HTTP_X_AUTH_PROJECT_ID=base.PROJECT,
            HTTP_X_ROLES=base.ROLES[role],
        )
        request.environ.update(others)
        request.environ.update(
            {name: value for name, value in wrong.items() if name != 'body'}
        )
        answer = request.get_response(self.api_fixture.app())
        self.assertIn(answer.status_int // 100, (4,), answer.text)
        if request.method != 'HEAD':
            self.assertRegex(self.sentence(answer), '[A-Za-z]+ [A-Za-z]+')

    @staticmethod
    def sentence(answer):
        if answer.content_type != 'application/json':
            return answer.text
        ((_, fault),) = answer.json.items()
        return fault['message']
