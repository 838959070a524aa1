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

"""What may be shown of a database's URL and of the errors about it."""

from urllib import parse

from sqlalchemy import engine
from sqlalchemy import exc as sqla_exc


def place(url):
    """Return where a URL points, without user, password and query.

    :returns: like ``mysql+pymysql://db1/nova``; empty if it can't be read
    """
    parsed = _parsed(url)
    if parsed is None:
        return ''
    shown = engine.URL.create(
        parsed.drivername,
        host=_host(parsed),
        port=parsed.port,
        database=parsed.database,
    )
    return str(shown)


def reason(error, url):
    """Return the first line of what an error says, without secrets.

    :param url: URL of the database that the error came from
    """
    parsed = _parsed(url)
    if parsed is None:
        # What the parser says of a bad URL may quote its password.
        return 'its connection is no valid SQLAlchemy URL'
    error = getattr(error, 'inner_exception', None) or error
    text = str(getattr(error, 'orig', None) or error).strip() or repr(error)
    text = text.splitlines()[0].rstrip('.')
    for secret in _secrets(parsed):
        text = text.replace(secret, '***')
    return text


def _parsed(url):
    try:
        return engine.make_url(url)
    # ValueError: a port that is no number
    except (sqla_exc.ArgumentError, ValueError):
        return None


def _host(parsed):
    # An @ in the password that wasn't written %40 ends up in the host.
    return (parsed.host or '').rpartition('@')[2] or None


def _secrets(parsed):
    password = parsed.password or ''
    leaked = (parsed.host or '').rpartition('@')[0]
    secrets = {password, parse.quote(password), parse.quote_plus(password)}
    return sorted((secrets | {leaked}) - {''}, key=len, reverse=True)
