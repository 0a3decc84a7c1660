"""Where the sessions find the servers, which `run` started."""

import os
from pathlib import Path

import pytest
from kubernetes import config


@pytest.fixture(scope="session")
def cluster():
    """A client of the API server."""
    return config.new_client_from_config(os.environ["KUBECONFIG"])


@pytest.fixture(scope="session")
def nsx_url():
    return os.environ["NSX_URL"]


@pytest.fixture(scope="session")
def nsx_password():
    return Path(os.environ["NSX_PASSWORD_FILE"]).read_text().strip()


@pytest.fixture(scope="session")
def nsx_ca():
    return os.environ["NSX_CA_FILE"]
