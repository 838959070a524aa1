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

"""A certificate that nobody but the simulator's clients trust."""

import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)
_VALID = datetime.timedelta(days=365)


def make(directory, address):
    """Make a certificate for an IP address, signed by itself.

    :returns: path of its file; that of the key is beside it
    """
    key = ec.generate_private_key(ec.SECP256R1())
    path = os.path.join(directory, 'ca.pem')
    pem = serialization.Encoding.PEM
    _write(path, _sign(key, address).public_bytes(pem))
    _write(
        key_of(path),
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    return path


def key_of(path):
    """The path of a certificate's key."""
    return f'{path}.key'


def _sign(key, address):
    public = key.public_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    names = [
        x509.IPAddress(ipaddress.ip_address(address)),
        x509.DNSName('localhost'),
    ]
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(public)
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=public,
        serial_number=x509.random_serial_number(),
        # Clocks of client and server may differ.
        not_valid_before=now - _DAY,
        not_valid_after=now + _VALID,
    )
    builder = builder.add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    for extension in (
        x509.SubjectAlternativeName(names),
        identifier,
        issuer,
        _usage(),
    ):
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256())


def _usage():
    wanted = ('digital_signature', 'key_cert_sign')
    names = (
        'digital_signature',
        'content_commitment',
        'key_encipherment',
        'data_encipherment',
        'key_agreement',
        'key_cert_sign',
        'crl_sign',
        'encipher_only',
        'decipher_only',
    )
    return x509.KeyUsage(**{name: name in wanted for name in names})


def _write(path, content):
    """Write a file that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, 'wb') as file:
        file.write(content)
