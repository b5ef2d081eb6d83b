"""LocalStack's way to the functions: an invocation goes to `cargo lambda watch` instead of a container.

LocalStack keeps the rule, the queues, the event source mappings and Lambda's control plane. Who is invoked, when and
how often is its decision; this module only carries the event over and the answer back. It uses LocalStack's private
interface, so the version is pinned in requirements.lock.

`cargo local` selects it with LAMBDA_RUNTIME_EXECUTOR=cargo-local and says in CARGO_LOCAL_WATCH where watch listens.
"""

import json
import os

from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class CargoLocalPlugin(RuntimeExecutorPlugin):
    name = "cargo-local"

    def load(self, *args, **kwargs):
        return executor(os.environ["CARGO_LOCAL_WATCH"])


def executor(watch):
    # Imported late: LocalStack looks at every plugin at its start, before these modules are ready.
    import requests
    from localstack.services.lambda_.invocation.lambda_models import InvocationResult
    from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

    class WatchExecutor(RuntimeExecutor):
        """One execution environment. The process behind it belongs to watch, so there is nothing to start or to stop."""

        def start(self, env_vars):
            pass

        def stop(self):
            pass

        def get_address(self):
            return "127.0.0.1"

        def get_endpoint_from_executor(self):
            return "127.0.0.1"

        def get_runtime_endpoint(self):
            return watch

        def get_logs(self):
            return ""

        @classmethod
        def prepare_version(cls, function_version):
            pass

        @classmethod
        def cleanup_version(cls, function_version):
            pass

        def invoke(self, payload):
            name = self.function_version.id.function_name
            timeout_s = self.function_version.config.timeout
            try:
                answer = requests.post(
                    f"{watch}/2015-03-31/functions/{name}/invocations",
                    data=payload["payload"].encode(),
                    timeout=timeout_s,
                    # A proxy of the user's is for the world outside.
                    proxies={"http": "", "https": ""},
                )
                body, failed = answer.content or b"null", answer.status_code != 200
            except requests.Timeout:
                body, failed = error("Sandbox.Timedout", f"Task timed out after {timeout_s}.00 seconds"), True
            except requests.RequestException as problem:
                body, failed = error("Watch.Unreachable", f"cargo lambda watch at {watch}: {problem}"), True
            request_id = payload["invoke-id"]
            logs = f"START RequestId: {request_id}\nEND RequestId: {request_id}\n"
            if failed:
                logs += f"ERROR {body.decode(errors='replace')}\n"
            return InvocationResult(request_id, body, is_error=failed, logs=logs)

    return WatchExecutor


def error(kind, message):
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
