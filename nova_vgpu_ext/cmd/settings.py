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

"""Read nova.conf for a command, as Nova's own commands read it."""

import nova.conf
import oslo_messaging
from nova import config as nova_config
from oslo_config import cfg
from oslo_log import log as logging

CONF = nova.conf.CONF

# Libraries log whole tracebacks of errors that the commands put into a
# sentence; Nova's commands raise these levels likewise.
QUIET = (
    'alembic=WARN',
    'nova=ERROR',
    'nova.objects.cell_mapping=CRITICAL',
    'oslo_db=CRITICAL',
    'oslo.messaging=ERROR',
)


class BadConfiguration(Exception):
    """One sentence on what is wrong with nova.conf or the options."""


def load(argv):
    """Parse the options and nova.conf, and set up logging.

    :param argv: the command's name and its options, as in sys.argv
    :raises BadConfiguration: a file is missing or wrong
    """
    for group in ('database', 'api_database'):
        # A service waits for its database, 10 times 10 seconds; nobody wants
        # to before a terminal, unless nova.conf says so.
        CONF.set_default('max_retries', 0, group=group)
    try:
        nova_config.parse_args(argv)
    except cfg.Error as error:
        raise BadConfiguration(str(error)) from error
    except oslo_messaging.MessagingException as error:
        # Its text may quote the URL with its password.
        raise BadConfiguration(
            'transport_url in [DEFAULT] of nova.conf is not valid.'
        ) from error
    # Not before: Nova sets levels of its own while it parses.
    logging.set_defaults(
        default_log_levels=[*logging.get_default_log_levels(), *QUIET]
    )
    logging.setup(CONF, 'nova')
