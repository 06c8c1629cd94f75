"""The live client against a real server on loopback that pages, fails, truncates and dawdles."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import pytest
from registry_fixtures import study

import equipoise as eq
from equipoise.registry.sources.ctgov_live import Pace, pages

STUDIES = [study(f"NCT0920{i:04d}") for i in range(25)]


class Server:
    """A registry of `STUDIES`, ten a page, whose answers a test may spoil."""

    def __init__(self):
        self.asked = []
        self.spoil = []
        self.total = len(STUDIES)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                query = {
                    name: values[0] for name, values in parse_qs(urlparse(self.path).query).items()
                }
                outer.asked.append(query)
                if outer.spoil and outer.spoil[0][0] in {query.get("pageToken", ""), "*"}:
                    how = outer.spoil.pop(0)[1]
                    return how(self, outer.answer(query))
                return self.send(200, outer.answer(query))

            def send(self, status, body, **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.http.server_port}/api/v2"

    def answer(self, query):
        start = int(query.get("pageToken", "p0")[1:])
        size = int(query["pageSize"])
        page = {"totalCount": self.total, "studies": STUDIES[start : start + size]}
        if start + size < len(STUDIES):
            page["nextPageToken"] = f"p{start + size}"
        return json.dumps(page).encode()

    def close(self):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def server():
    served = Server()
    yield served
    served.close()


@pytest.fixture
def reg(tmp_path):
    registry = eq.Registry(tmp_path / "l.duckdb")
    yield registry
    registry.close()


def options(server, **more):
    return {
        "base_url": server.url,
        "page_size": 10,
        "per_minute": 0,
        "sleep": lambda seconds: None,
        **more,
    }


def fails(status, **headers):
    return lambda handler, body: handler.send(status, b"busy", **headers)


def truncates(handler, body):
    handler.send(200, body[: len(body) // 2])


def breaks_off(handler, body):
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[:100])
    handler.close_connection = True


def html(handler, body):
    handler.send(200, b"<html><title>maintenance</title></html>")


def dawdles(handler, body):
    time.sleep(0.6)
    handler.send(200, body)


def test_every_page_is_fetched_and_loaded(server, reg):
    report = reg.fetch({"query.cond": "lung"}, **options(server))
    assert report.records == 25
    assert reg.registrations().height == 25
    assert [query.get("pageToken") for query in server.asked] == [None, "p10", "p20"]
    assert {query["query.cond"] for query in server.asked} == {"lung"}
    assert {query["countTotal"] for query in server.asked} == {"true"}


@pytest.mark.parametrize(
    "how", [fails(429, Retry_After="7"), fails(500), fails(503), truncates, breaks_off, html]
)
def test_a_spoilt_page_is_asked_for_again(server, reg, how):
    server.spoil = [("p10", how), ("p10", how)]
    assert reg.fetch({"query.cond": "lung"}, **options(server)).records == 25
    assert [query.get("pageToken") for query in server.asked].count("p10") == 3


def test_the_registry_is_waited_for_as_long_as_it_asks(server, reg):
    waits = []
    server.spoil = [("p10", fails(429, Retry_After="7"))]
    reg.fetch({"query.cond": "lung"}, **options(server, sleep=waits.append))
    assert waits == [7.0]


def test_a_server_that_dawdles_is_asked_again(server, reg):
    server.spoil = [("p10", dawdles)]
    assert reg.fetch({"query.cond": "lung"}, **options(server, timeout=0.2)).records == 25


def test_a_fetch_that_fails_goes_on_where_it_stopped(server, reg):
    server.spoil = [("p20", fails(500))] * 3
    with pytest.raises(eq.SourceError, match="goes on where it stopped"):
        reg.fetch({"query.cond": "lung"}, **options(server, attempts=3))
    assert reg.snapshots().is_empty()
    server.asked.clear()
    assert reg.fetch({"query.cond": "lung"}, **options(server)).records == 25
    assert [query.get("pageToken") for query in server.asked] == ["p20"]


def test_pages_short_of_their_total_are_an_error(server, reg):
    server.total = 30
    with pytest.raises(eq.SourceError, match="25 studies of a total of 30"):
        reg.fetch({"query.cond": "lung"}, **options(server))
    assert reg.snapshots().is_empty()


def test_a_refusal_is_not_repeated(server, reg):
    server.spoil = [("*", fails(400))] * 9
    with pytest.raises(eq.SourceError, match="status 400"):
        reg.fetch({"query.cond": "("}, **options(server))
    assert len(server.asked) == 1


def test_only_what_is_newer_is_asked_for(server, reg):
    reg.fetch({"query.cond": "lung"}, **options(server))
    reg.fetch({"query.cond": "lung"}, since="last", **options(server))
    assert server.asked[-1]["filter.advanced"] == "AREA[LastUpdatePostDate]RANGE[2030-03-01,MAX]"
    assert reg.sql("SELECT count(*) AS n FROM versions")["n"][0] == 25


def test_a_token_that_comes_back_is_an_error(server):
    server.answer = lambda query: json.dumps(
        {"totalCount": 99, "studies": STUDIES[:1], "nextPageToken": "again"}
    ).encode()
    with pytest.raises(eq.SourceError, match="pages must go on"):
        list(pages({}, **options(server)))


def test_requests_keep_to_their_rate():
    now, waits = [0.0], []

    def sleep(seconds):
        waits.append(seconds)
        now[0] += seconds

    pace = Pace(60, sleep, lambda: now[0])
    for _ in range(3):
        pace.wait()
    assert waits == [1.0, 1.0]
