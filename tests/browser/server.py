#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Serve page.html, keep what it posts: server.py PAGE DIRECTORY. Ends with the result."""
import http.server
import pathlib
import sys

page = pathlib.Path(sys.argv[1]).read_bytes()
out = pathlib.Path(sys.argv[2])
done = False


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == '/'
        self.send_response(200 if found else 404)
        self.send_header('Content-Type', 'text/html; charset=utf-8')
        self.end_headers()
        if found:
            self.wfile.write(page)

    def do_POST(self):
        global done
        names = {'/picture': 'picture.png', '/result': 'result.json'}
        body = self.rfile.read(int(self.headers['Content-Length']))
        if self.path in names:
            (out / names[self.path]).write_bytes(body)
        self.send_response(204)
        self.end_headers()
        done = self.path == '/result'

    def log_message(self, *args):
        pass


server = http.server.HTTPServer(('localhost', 8000), Handler)
while not done:
    server.handle_request()
