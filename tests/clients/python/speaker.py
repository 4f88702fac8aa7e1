"""A server that reads aloud, as OpenAI's /v1/audio/speech does, in the one voice that the package hibari-tts brings."""

import json
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from hibari import Hibari, write_wav

NOISE = 11
"""The same for each sentence, so that each always sounds the same."""


class Speech(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/audio/speech" or not asked.get("input"):
            return self.answer(404, "application/json", b'{"error": {"message": "Only speech is made here, of some input."}}')
        with tempfile.TemporaryDirectory() as folder:
            sound = Path(folder, "sound.wav")
            write_wav(str(sound), self.server.voice(asked["input"], asked.get("speed", 1.0), NOISE))
            return self.answer(200, "audio/wav", sound.read_bytes())

    def answer(self, status, kind, content):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


def serve(tell):
    """From now on. Returns its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Speech)
    server.voice = Hibari()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port
