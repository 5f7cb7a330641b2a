"""The suite of the shop: it talks to the app as a customer would."""

import urllib.error
import urllib.parse
import urllib.request

import pytest


def post(url, **fields):
    """The status and text of an answer."""
    data = urllib.parse.urlencode(fields).encode()
    try:
        with urllib.request.urlopen(url, data, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_test_shop_is_open(procrun_url):
    with urllib.request.urlopen(procrun_url, timeout=10) as answer:
        assert answer.read() == b"The test shop is open"


def test_an_order_is_packed(procrun_app, procrun_logs):
    assert post(f"{procrun_app.url}/orders", item="tea") == (201, "ordered")
    procrun_app.wait_for_log("packed tea", process="worker")
    assert "ordered: tea" in procrun_logs("web")


def test_an_empty_order_is_refused(procrun_url):
    assert post(f"{procrun_url}/orders")[0] == 400


def test_a_command_sees_the_same_shop(procrun_run):
    assert procrun_run("echo $SHOP").stdout == "The test shop\n"


@pytest.mark.procrun(processes="web", env={"SHOP": "Another shop"})
def test_there_can_be_another_shop(procrun_url):
    with urllib.request.urlopen(procrun_url, timeout=10) as answer:
        assert answer.read() == b"Another shop is open"
