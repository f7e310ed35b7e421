"""A self-made certificate for localhost, for tests and demonstrations only."""

import os

from tests.support.runner import NATIVE


def make_certificate(directory):
    """Makes a key and a self-signed certificate in `directory`; returns both paths, certificate first."""
    certificate, key = (os.path.join(directory, name) for name in ("certificate.pem", "key.pem"))
    done = NATIVE.run(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
    )
    if done.status != 0:
        raise RuntimeError(f"openssl could not make a certificate: {done.errors}")
    return certificate, key
