"""Sends a command until its answer is known: python command.py URL TOKEN < BODY.json"""

import json
import sys
import time
import uuid

import httpx


def send(url: str, token: str, body: object) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}", "idempotency-key": str(uuid.uuid4())}  # of every try the same
    while True:
        try:
            answer = httpx.post(url, json=body, headers=headers)
            if answer.status_code != 503:
                return answer
        except httpx.TransportError:
            pass  # it may have been done: the key finds out
        time.sleep(1)


answer = send(sys.argv[1], sys.argv[2], json.load(sys.stdin))
print(answer.status_code, answer.headers.get("zhixing-position", "-"), answer.text)
